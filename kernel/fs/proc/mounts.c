/*
 * fs/proc/mounts.c - filesystems, PID/mounts, PID/mountinfo.
 *
 * They look at names, and so are written at open().
 *
 * Source: proc(5).
 */
#include "fs/proc/procfs_internal.h"

#include "arch/barrier.h"
#include "lib/string.h"
#include "vfs/mount.h"

const struct procfs_changes procfs_mount_changes = { &mount_changes, &mounts_changed };

static void show_type(void *text, const char *name, bool on_device)
{
	text_printf(text, "%s\t%s\n", on_device ? "" : "nodev", name);
}

int procfs_show_filesystems(struct text *t,
			    const struct procfs_entry *e UNUSED)
{
	filesystem_list(show_type, t);
	return 0;
}

/* A word: what would end it is written as an octal number. */
static void put_word(struct text *t, const char *word)
{
	for (; *word != '\0'; word++) {
		if (*word == ' ' || *word == '\t' || *word == '\n' ||
		    *word == '\\')
			text_printf(t, "\\%03o", (unsigned)*word);
		else
			text_put(t, word, 1);
	}
}

static void put_flags(struct text *t, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{ MOUNT_NOSUID, ",nosuid" },
		{ MOUNT_NODEV, ",nodev" },
		{ MOUNT_NOEXEC, ",noexec" },
		{ MOUNT_NOATIME, ",noatime" },
		{ MOUNT_NODIRATIME, ",nodiratime" },
		{ MOUNT_RELATIME, ",relatime" },
		{ MOUNT_NOSYMFOLLOW, ",nosymfollow" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			text_put(t, names[i].name, strlen(names[i].name));
}

static int show_mount(void *arg, const struct mount_view *view)
{
	const struct mount *m = view->mount;
	struct text *t = arg;

	put_word(t, m->source);
	text_put(t, " ", 1);
	put_word(t, view->path);
	text_printf(t, " %s %s", m->fs->type, mount_is_readonly(m) ? "ro" : "rw");
	put_flags(t, READ_ONCE(m->flags));
	text_printf(t, "%s 0 0\n", view->options);
	return 0;
}

int procfs_show_mounts(struct text *t, const struct procfs_entry *e UNUSED)
{
	return vfs_show_mounts(show_mount, t);
}

/* The place's own flags stand before the dash, the file system's behind. */
static int show_mountinfo(void *arg, const struct mount_view *view)
{
	const struct mount *m = view->mount;
	unsigned flags = READ_ONCE(m->flags);
	struct text *t = arg;

	text_printf(t, "%u %u %u:%u ", m->id, view->parent_id, dev_major(m->fs->dev),
		    dev_minor(m->fs->dev));
	put_word(t, m->root_path != NULL ? m->root_path : "/");
	text_put(t, " ", 1);
	put_word(t, view->path);
	text_printf(t, " %s", flags & MOUNT_RDONLY ? "ro" : "rw");
	put_flags(t, flags);
	text_printf(t, " - %s ", m->fs->type);
	put_word(t, m->source);
	text_printf(t, " %s%s\n", READ_ONCE(m->fs->readonly) ? "ro" : "rw",
		    view->options);
	return 0;
}

int procfs_show_mountinfo(struct text *t, const struct procfs_entry *e UNUSED)
{
	return vfs_show_mounts(show_mountinfo, t);
}
