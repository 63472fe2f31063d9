/*
 * fs/proc/sys.c - /proc/sys: facts that programs look for, and limits.
 */
#include "fs/proc/procfs_internal.h"

#include "arch/barrier.h"
#include "debug/printk.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "mm/page.h"
#include "mm/store.h"
#include "mm/userfault.h"
#include "proc/task/hostname.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"
#include "proc/task/random.h"
#include "sync/block.h"
#include "vfs/cred.h"
#include "vfs/epoll/epoll.h"
#include "vfs/file.h"
#include "vfs/lease.h"
#include "vfs/notify/dnotify.h"
#include "vfs/notify/fanotify.h"
#include "vfs/notify/inotify.h"

#define TAINT_ALL 0x7ffffU /* Linux 6.12 has 19 */

static int show_name(struct text *t, enum own_name which)
{
	char name[HOSTNAME_MAX + 1];

	own_name_get(which, name);
	text_printf(t, "%s\n", name);
	return 0;
}

static int store_name(const char *word, enum own_name which)
{
	own_name_set(which, word, min(strlen(word), (size_t)HOSTNAME_MAX));
	return 0;
}

static int show_hostname(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show_name(t, HOST_NAME);
}

static int store_hostname(const char *word, const struct procfs_entry *e UNUSED)
{
	return store_name(word, HOST_NAME);
}

static int show_domainname(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show_name(t, DOMAIN_NAME);
}

static int store_domainname(const char *word, const struct procfs_entry *e UNUSED)
{
	return store_name(word, DOMAIN_NAME);
}

static int show_osrelease(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, OS_RELEASE "\n");
	return 0;
}

/* What root has said of the kernel, in Linux's bits; nothing here says any. */
static uint32_t tainted; /* (a) */

static int show_tainted(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(tainted));
	return 0;
}

/* Once said, it stays. */
static int store_tainted(const char *word, const struct procfs_entry *e UNUSED)
{
	uint32_t bits;
	int err = procfs_store_number(word, 0, TAINT_ALL, &bits);

	if (err == 0)
		atomic_fetch_or_relaxed(&tainted, bits);
	return err;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(const char **words)
{
	while (is_blank(**words))
		++*words;
}

static int show_printk(struct text *t, const struct procfs_entry *e UNUSED)
{
	for (unsigned i = 0; i < NR_PRINTK_LEVELS; i++)
		text_printf(t, i == 0 ? "%u" : "\t%u", READ_ONCE(printk_levels[i]));
	text_put(t, "\n", 1);
	return 0;
}

/* As many as there are; the others stay. */
static int store_printk(const char *words, const struct procfs_entry *e UNUSED)
{
	uint64_t level[NR_PRINTK_LEVELS];
	unsigned n = 0;

	for (skip_blanks(&words); *words != '\0'; skip_blanks(&words), n++)
		if (n == NR_PRINTK_LEVELS ||
		    !parse_u64(words, &words, 10, &level[n]) ||
		    level[n] > INT32_MAX || (*words != '\0' && !is_blank(*words)))
			return -EINVAL;
	for (unsigned i = 0; i < n; i++)
		WRITE_ONCE(printk_levels[i], (uint32_t)level[i]);
	return 0;
}

/* The middle one was a number of free ones, long ago. */
static int show_file_nr(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\t0\t%u\n", READ_ONCE(nr_files),
		    READ_ONCE(max_files));
	return 0;
}

static int show_ostype(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, OS_TYPE "\n");
	return 0;
}

static int show_version(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "drover SMP\n");
	return 0;
}

static int show_groups_max(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%d\n", GROUPS_MAX);
	return 0;
}

static int show_cap_last(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", CAP_LAST);
	return 0;
}

/* Where everything is mapped is random. */
static int show_randomize(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "2\n");
	return 0;
}

static void write_uuid(struct text *t, const uint8_t random[16])
{
	for (unsigned i = 0; i < 16; i++) {
		uint8_t byte = random[i];

		if (i == 6)
			byte = (byte & 0x0f) | 0x40; /* version 4: random */
		else if (i == 8)
			byte = (byte & 0x3f) | 0x80;
		text_printf(t, i == 4 || i == 6 || i == 8 || i == 10 ?
				       "-%02x" : "%02x", byte);
	}
	text_put(t, "\n", 1);
}

static int show_uuid(struct text *t, const struct procfs_entry *e UNUSED)
{
	uint8_t random[16];

	random_bytes(random, sizeof(random));
	write_uuid(t, random);
	return 0;
}

/* The same until the machine is switched off.  Who asks first, makes it. */
static int show_boot_id(struct text *t, const struct procfs_entry *e UNUSED)
{
	static uint8_t boot_id[16] GUARDED_BY(proc_tree_lock);
	static bool made GUARDED_BY(proc_tree_lock);
	uint8_t random[16];

	random_bytes(random, sizeof(random));
	tree_lock();
	if (!made)
		memcpy(boot_id, random, sizeof(boot_id));
	made = true;
	memcpy(random, boot_id, sizeof(random));
	tree_unlock();
	write_uuid(t, random);
	return 0;
}

static int show_entropy(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "256\n");
	return 0;
}

static int show_nr_open(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "65536\n");
	return 0;
}

static int show_zero(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "0\n");
	return 0;
}

struct procfs_more procfs_more; /* (c) after boot */

static const struct procfs_node random_children[] = {
	PROCFS_TEXT("boot_id", show_boot_id),
	PROCFS_TEXT("entropy_avail", show_entropy),
	PROCFS_TEXT("poolsize", show_entropy),
	PROCFS_TEXT("uuid", show_uuid),
	{ .name = NULL },
};

static int show_last_pid(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%d\n", READ_ONCE(last_pid));
	return 0;
}

/* For who brings processes back with the numbers that they had. */
static int store_last_pid(const char *word, const struct procfs_entry *e UNUSED)
{
	const struct cred *cred = current_cred();
	uint32_t pid;
	int err;

	if (!cred_can(cred, CAP_CHECKPOINT_RESTORE) && !cred_can(cred, CAP_SYS_ADMIN))
		return -EPERM;
	err = procfs_store_number(word, 0, READ_ONCE(pid_max) - 1, &pid);
	if (err == 0)
		WRITE_ONCE(last_pid, (int)pid);
	return err;
}

static const struct procfs_node kernel_children[] = {
	PROCFS_TEXT("cap_last_cap", show_cap_last),
	PROCFS_SETTING("core_pattern", procfs_show_core_pattern,
		       procfs_store_core_pattern),
	PROCFS_SETTING("core_uses_pid", procfs_show_core_uses_pid,
		       procfs_store_core_uses_pid),
	PROCFS_SETTING("domainname", show_domainname, store_domainname),
	PROCFS_SETTING("hostname", show_hostname, store_hostname),
	PROCFS_TEXT("ngroups_max", show_groups_max),
	{ .name = "ns_last_pid", .mode = S_IFREG | 0666,
	  .show = show_last_pid, .store = store_last_pid },
	PROCFS_TEXT("osrelease", show_osrelease),
	PROCFS_TEXT("ostype", show_ostype),
	PROCFS_NUMBER("pid_max", &pid_max, PID_MAX_LEAST, PID_MAX),
	PROCFS_SETTING("printk", show_printk, store_printk),
	PROCFS_DIR("random", random_children),
	PROCFS_TEXT("randomize_va_space", show_randomize),
	PROCFS_SETTING("sched_rr_timeslice_ms", procfs_show_rr_slice,
		       procfs_store_rr_slice),
	PROCFS_SETTING("sched_rt_period_us", procfs_show_rt_period,
		       procfs_store_rt_period),
	PROCFS_SETTING("sched_rt_runtime_us", procfs_show_rt_runtime,
		       procfs_store_rt_runtime),
	PROCFS_SETTING("tainted", show_tainted, store_tainted),
	PROCFS_NUMBER("threads-max", &threads_max, MIN_THREADS_MAX, INT32_MAX),
	PROCFS_TEXT("version", show_version),
	{ .name = NULL },
};

static const struct procfs_node epoll_children[] = {
	PROCFS_NUMBER("max_user_watches", &epoll_max_watches, 0, INT32_MAX),
	{ .name = NULL },
};

static const struct procfs_node fanotify_children[] = {
	PROCFS_NUMBER("max_queued_events", &fanotify_max_events, 0, INT32_MAX),
	PROCFS_NUMBER("max_user_groups", &fanotify_max_groups, 0, INT32_MAX),
	PROCFS_NUMBER("max_user_marks", &fanotify_max_marks, 0, INT32_MAX),
	{ .name = NULL },
};

static const struct procfs_node inotify_children[] = {
	PROCFS_NUMBER("max_queued_events", &inotify_max_events, 0, INT32_MAX),
	PROCFS_NUMBER("max_user_instances", &inotify_max_instances, 0, INT32_MAX),
	PROCFS_NUMBER("max_user_watches", &inotify_max_watches, 0, INT32_MAX),
	{ .name = NULL },
};

static const struct procfs_node fs_children[] = {
	PROCFS_NUMBER("dir-notify-enable", &dir_notify_enable, 0, INT32_MAX),
	PROCFS_DIR("epoll", epoll_children),
	PROCFS_DIR("fanotify", fanotify_children),
	PROCFS_NUMBER("file-max", &max_files, 0, INT32_MAX),
	PROCFS_TEXT("file-nr", show_file_nr),
	PROCFS_DIR("inotify", inotify_children),
	PROCFS_NUMBER("lease-break-time", &lease_break_time, 0, INT32_MAX),
	PROCFS_TEXT("nr_open", show_nr_open),
	{ .name = NULL },
};

/* As Linux: pages of files; 2: inodes and names, which nobody keeps here; both; 4:
 * say no more on the console. */
#define DROP_PAGES 1U
#define DROP_MOST 4U
#define DROP_AT_ONCE 256U

/* Others may read as fast as it goes. */
static void drop_clean_pages(void)
{
	uint64_t most = pages_total();
	unsigned now;

	for (uint64_t all = 0; all < most; all += now) {
		now = store_reclaim(DROP_AT_ONCE);
		if (now == 0 || !block_go_on())
			return;
	}
}

static int store_drop_caches(const char *word, const struct procfs_entry *e UNUSED)
{
	uint32_t what;
	int err = procfs_store_number(word, 1, DROP_MOST, &what);

	if (err == 0 && (what & DROP_PAGES))
		drop_clean_pages();
	return err;
}

static const struct procfs_node vm_children[] = {
	{ .name = "drop_caches", .mode = S_IFREG | 0200, .show = show_zero,
	  .store = store_drop_caches },
	PROCFS_NUMBER("max_map_count", &max_map_count, 0, INT32_MAX),
	PROCFS_NUMBER("overcommit_memory", &overcommit_memory, 0,
		      OVERCOMMIT_ALWAYS),
	PROCFS_TEXT("swappiness", show_zero),
	PROCFS_NUMBER("unprivileged_userfaultfd", &unprivileged_userfaultfd, 0, 1),
	{ .name = NULL },
};

static const struct procfs_node no_children[] = { { .name = NULL } };

const struct procfs_node procfs_sys_children[] = {
	{ .name = "fs", .mode = S_IFDIR | 0555, .children = fs_children,
	  .more = &procfs_more.fs },
	{ .name = "kernel", .mode = S_IFDIR | 0555, .children = kernel_children,
	  .more = &procfs_more.kernel },
	{ .name = "net", .mode = S_IFDIR | 0555, .children = no_children,
	  .more = &procfs_more.net },
	PROCFS_DIR("vm", vm_children),
	{ .name = NULL },
};
