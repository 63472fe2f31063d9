/*
 * fs/proc/sysfs.c - /sys: the harts, as programs look for them, and the
 * folders in which they look for what drover does not have.
 *
 * Source: Linux Documentation/ABI/stable/sysfs-devices-system-cpu.
 */
#include "fs/proc/procfs_internal.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "proc/sched/hotplug.h"
#include "proc/sched/sched.h"

#define TEXT(name_, show_) \
	{ .name = name_, .mode = S_IFREG | 0444, .show = show_ }
#define DIR(name_, children_) \
	{ .name = name_, .mode = S_IFDIR | 0555, .children = children_ }

static const struct procfs_node nothing[] = { { .name = NULL } };

/* ---- all harts ---- */

/* As "0-2,5". */
static int show_list(struct text *t, struct hartmask mask)
{
	const char *comma = "";
	unsigned hart, last;

	for_each_hart(hart, mask) {
		if (hart > 0 && hartmask_has(mask, hart - 1))
			continue;
		for (last = hart; last + 1 < nr_harts &&
				  hartmask_has(mask, last + 1); last++)
			;
		text_printf(t, last == hart ? "%s%u" : "%s%u-%u", comma, hart,
			    last);
		comma = ",";
	}
	text_printf(t, "\n");
	return 0;
}

static struct hartmask all_harts(void)
{
	return hartmask_below(nr_harts);
}

static int show_all(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show_list(t, all_harts());
}

static int show_online(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show_list(t, sched_online_harts());
}

static int show_offline(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show_list(t, (struct hartmask){ all_harts().bits &
					       ~sched_online_harts().bits });
}

static int show_none(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "\n");
	return 0;
}

static int show_last(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", MAX_HARTS - 1);
	return 0;
}

/* As a set, in hexadecimal. */
static int show_online_set(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%lx\n", sched_online_harts().bits);
	return 0;
}

/* ---- one hart: a core of its own, all in one package ---- */

static int show_own_set(struct text *t, const struct procfs_entry *e)
{
	text_printf(t, "%lx\n", 1UL << e->fd);
	return 0;
}

static int show_own(struct text *t, const struct procfs_entry *e)
{
	text_printf(t, "%d\n", e->fd);
	return 0;
}

static int show_zero(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "0\n");
	return 0;
}

static int show_is_online(struct text *t, const struct procfs_entry *e)
{
	text_printf(t, "%d\n", hartmask_has(sched_online_harts(), (unsigned)e->fd));
	return 0;
}

/* As Linux reads a truth. */
static int store_is_online(const char *word, const struct procfs_entry *e)
{
	bool no = strchr("0nNfF", word[0]) != NULL, yes = strchr("1yYtT", word[0]) != NULL;

	if (word[0] == 'o' || word[0] == 'O') {
		no = word[1] == 'f' || word[1] == 'F';
		yes = word[1] == 'n' || word[1] == 'N';
	}
	if (word[0] == '\0' || (!no && !yes))
		return -EINVAL;
	return hart_set_online((unsigned)e->fd, yes);
}

static const struct procfs_node topology[] = {
	TEXT("core_cpus", show_own_set),
	TEXT("core_cpus_list", show_own),
	TEXT("core_id", show_own),
	TEXT("core_siblings", show_online_set),
	TEXT("core_siblings_list", show_online),
	TEXT("package_cpus", show_online_set),
	TEXT("package_cpus_list", show_online),
	TEXT("physical_package_id", show_zero),
	TEXT("thread_siblings", show_own_set),
	TEXT("thread_siblings_list", show_own),
	{ .name = NULL },
};

#define ONLINE						\
	{ .name = "online", .mode = S_IFREG | 0644,		\
	  .show = show_is_online, .store = store_is_online }

static const struct procfs_node hart_children[] = {
	ONLINE,
	DIR("topology", topology),
	{ .name = NULL },
};

/* Of one that is away. */
static const struct procfs_node away_children[] = {
	ONLINE,
	{ .name = NULL },
};

/* Without a name: its number is. */
static const struct procfs_node hart_node = {
	.mode = S_IFDIR | 0555,
	.children = hart_children,
};

static const struct procfs_node away_node = {
	.mode = S_IFDIR | 0555,
	.children = away_children,
};

static const struct procfs_node *node_of(unsigned hart)
{
	return hartmask_has(sched_online_harts(), hart) ? &hart_node : &away_node;
}

/* ---- the folder of harts ---- */

static const struct procfs_node harts_children[] = {
	TEXT("isolated", show_none),
	TEXT("kernel_max", show_last),
	TEXT("offline", show_offline),
	TEXT("online", show_online),
	TEXT("possible", show_all),
	TEXT("present", show_all),
	{ .name = NULL },
};

static int harts_lookup(struct inode *dir, const struct name *name,
			struct inode **child)
{
	struct procfs_entry about = *procfs_entry(dir);
	struct name number = { name->text + 3, name->len - 3 };

	if (name->len <= 3 || memcmp(name->text, "cpu", 3) != 0)
		return procfs_lookup_child(dir, name, child);
	about.fd = procfs_parse_number(&number);
	if (about.fd < 0 || (unsigned)about.fd >= nr_harts)
		return -ENOENT;
	return procfs_found(node_of((unsigned)about.fd), &about, dir, child);
}

#define FIRST_HART_COOKIE 64 /* above those of the children */

static bool emit_hart(struct dir_sink *sink, unsigned hart)
{
	const struct procfs_entry about = { .fd = (int)hart };
	char text[16];
	int len = ksnprintf(text, sizeof(text), "cpu%u", hart);
	const struct name name = { text, (size_t)len };
	const struct procfs_node *node = node_of(hart);

	return sink->emit(sink, &name, procfs_ino(node, &about), node->mode,
			  FIRST_HART_COOKIE + hart + 1);
}

static long harts_readdir(struct inode *dir, uint64_t cookie,
			  struct dir_sink *sink)
{
	uint64_t hart = 0;

	if (cookie < FIRST_HART_COOKIE &&
	    procfs_emit_children(dir, cookie, sink) == 0)
		return 0;
	if (cookie > FIRST_HART_COOKIE)
		hart = cookie - FIRST_HART_COOKIE;
	while (hart < nr_harts && emit_hart(sink, (unsigned)hart))
		hart++;
	return 0;
}

static const struct inode_ops harts_ops = {
	.lookup = harts_lookup,
	.readdir = harts_readdir,
	.release = procfs_release,
};

/* ---- the tree ---- */

static const struct procfs_node system_children[] = {
	{ .name = "cpu", .mode = S_IFDIR | 0555, .ops = &harts_ops,
	  .children = harts_children },
	{ .name = NULL },
};

static const struct procfs_node devices_children[] = {
	DIR("system", system_children),
	DIR("virtual", nothing),
	{ .name = NULL },
};

static const struct procfs_node dev_children[] = {
	DIR("block", nothing),
	DIR("char", nothing),
	{ .name = NULL },
};

static const struct procfs_node fs_children[] = {
	DIR("cgroup", nothing),
	{ .name = NULL },
};

static const struct procfs_node kernel_children[] = {
	DIR("debug", nothing),
	DIR("mm", nothing),
	{ .name = NULL },
};

static const struct procfs_node root_children[] = {
	DIR("block", nothing),
	DIR("bus", nothing),
	DIR("class", nothing),
	DIR("dev", dev_children),
	DIR("devices", devices_children),
	DIR("fs", fs_children),
	DIR("kernel", kernel_children),
	DIR("module", nothing),
	{ .name = NULL },
};

const struct procfs_node sysfs_root_node = {
	.name = "sys",
	.mode = S_IFDIR | 0555,
	.children = root_children,
};
