/*
 * fs/proc/sys.c - /proc/sys: facts that programs look for, and limits.
 */
#include "fs/proc/procfs_internal.h"

#include "arch/barrier.h"
#include "fs/proc/aio.h"
#include "fs/proc/mqueue.h"
#include "fs/proc/sysvipc.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "proc/task/hostname.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"
#include "proc/task/random.h"
#include "vfs/cred.h"
#include "vfs/epoll/epoll.h"
#include "vfs/fifo.h"
#include "vfs/file.h"
#include "vfs/lease.h"
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

static int show_max_map_count(struct text *t,
			      const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(max_map_count));
	return 0;
}

/* A decimal number, @min to @max, goes to *@to. */
static int store_number(const char *word, uint32_t min, uint32_t max,
			uint32_t *to)
{
	const char *end;
	uint64_t n;

	if (!parse_u64(word, &end, 10, &n) || *end != '\0' ||
	    n < min || n > max)
		return -EINVAL;
	WRITE_ONCE(*to, (uint32_t)n);
	return 0;
}

static int show_pid_max(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(pid_max));
	return 0;
}

static int store_pid_max(const char *word, const struct procfs_entry *e UNUSED)
{
	return store_number(word, PID_MAX_LEAST, PID_MAX, &pid_max);
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
	int err = store_number(word, 0, TAINT_ALL, &bits);

	if (err == 0)
		atomic_fetch_or_relaxed(&tainted, bits);
	return err;
}

static int store_max_map_count(const char *word,
			       const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &max_map_count);
}

static int show_overcommit(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(overcommit_memory));
	return 0;
}

static int store_overcommit(const char *word,
			    const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, OVERCOMMIT_ALWAYS, &overcommit_memory);
}

static int show_file_max(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(max_files));
	return 0;
}

static int store_file_max(const char *word,
			  const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &max_files);
}

static int show_lease_time(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(lease_break_time));
	return 0;
}

static int store_lease_time(const char *word,
			    const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &lease_break_time);
}

/* The middle one was a number of free ones, long ago. */
static int show_file_nr(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\t0\t%u\n", READ_ONCE(nr_files),
		    READ_ONCE(max_files));
	return 0;
}

static int show_pipe_max_size(struct text *t,
			      const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(pipe_max_size));
	return 0;
}

/* A size that a pipe can have. */
static int store_pipe_max_size(const char *word,
			       const struct procfs_entry *e UNUSED)
{
	uint32_t size;
	int err = store_number(word, 1, PIPE_MAX_SIZE_LIMIT, &size);

	if (err == 0)
		WRITE_ONCE(pipe_max_size, pipe_round_size(size));
	return err;
}

static int show_pipe_soft(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(pipe_user_pages_soft));
	return 0;
}

static int store_pipe_soft(const char *word,
			   const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &pipe_user_pages_soft);
}

static int show_pipe_hard(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(pipe_user_pages_hard));
	return 0;
}

static int store_pipe_hard(const char *word,
			   const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &pipe_user_pages_hard);
}

static int show_threads_max(struct text *t,
			    const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(threads_max));
	return 0;
}

static int store_threads_max(const char *word,
			     const struct procfs_entry *e UNUSED)
{
	return store_number(word, MIN_THREADS_MAX, INT32_MAX, &threads_max);
}

static int show_epoll_watches(struct text *t,
			      const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(epoll_max_watches));
	return 0;
}

static int store_epoll_watches(const char *word,
			       const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &epoll_max_watches);
}

static int show_inotify_events(struct text *t,
			       const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(inotify_max_events));
	return 0;
}

static int store_inotify_events(const char *word,
				const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &inotify_max_events);
}

static int show_inotify_instances(struct text *t,
				  const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(inotify_max_instances));
	return 0;
}

static int store_inotify_instances(const char *word,
				   const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &inotify_max_instances);
}

static int show_inotify_watches(struct text *t,
				const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(inotify_max_watches));
	return 0;
}

static int store_inotify_watches(const char *word,
				 const struct procfs_entry *e UNUSED)
{
	return store_number(word, 0, INT32_MAX, &inotify_max_watches);
}

#define TEXT(name_, show_) \
	{ .name = name_, .mode = S_IFREG | 0444, .show = show_ }

#define SETTING(name_, show_, store_)                                 \
	{ .name = name_, .mode = S_IFREG | 0644, .show = show_,       \
	  .store = store_ }

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
	text_printf(t, "%d\n", CRED_MAX_GROUPS);
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
	static uint8_t boot_id[16];  /* (proc_tree_lock) */
	static bool made;            /* (proc_tree_lock) */
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

static const struct procfs_node random_children[] = {
	TEXT("boot_id", show_boot_id),
	TEXT("entropy_avail", show_entropy),
	TEXT("poolsize", show_entropy),
	TEXT("uuid", show_uuid),
	{ .name = NULL },
};

static const struct procfs_node kernel_children[] = {
	TEXT("cap_last_cap", show_cap_last),
	SETTING("core_pattern", procfs_show_core_pattern,
		procfs_store_core_pattern),
	SETTING("core_uses_pid", procfs_show_core_uses_pid,
		procfs_store_core_uses_pid),
	SETTING("domainname", show_domainname, store_domainname),
	SETTING("hostname", show_hostname, store_hostname),
	SETTING("msg_next_id", procfs_show_msg_next_id, procfs_store_msg_next_id),
	SETTING("msgmax", procfs_show_msgmax, procfs_store_msgmax),
	SETTING("msgmnb", procfs_show_msgmnb, procfs_store_msgmnb),
	SETTING("msgmni", procfs_show_msgmni, procfs_store_msgmni),
	TEXT("ngroups_max", show_groups_max),
	TEXT("osrelease", show_osrelease),
	TEXT("ostype", show_ostype),
	SETTING("pid_max", show_pid_max, store_pid_max),
	{ .name = "random", .mode = S_IFDIR | 0555, .children = random_children },
	TEXT("randomize_va_space", show_randomize),
	SETTING("sched_rt_period_us", procfs_show_rt_period,
		procfs_store_rt_period),
	SETTING("sched_rt_runtime_us", procfs_show_rt_runtime,
		procfs_store_rt_runtime),
	SETTING("sem", procfs_show_kernel_sem, procfs_store_kernel_sem),
	SETTING("sem_next_id", procfs_show_sem_next_id, procfs_store_sem_next_id),
	SETTING("shm_next_id", procfs_show_shm_next_id, procfs_store_shm_next_id),
	SETTING("shmall", procfs_show_shmall, procfs_store_shmall),
	SETTING("shmmax", procfs_show_shmmax, procfs_store_shmmax),
	SETTING("shmmni", procfs_show_shmmni, procfs_store_shmmni),
	SETTING("tainted", show_tainted, store_tainted),
	SETTING("threads-max", show_threads_max, store_threads_max),
	TEXT("version", show_version),
	{ .name = NULL },
};

static const struct procfs_node epoll_children[] = {
	SETTING("max_user_watches", show_epoll_watches, store_epoll_watches),
	{ .name = NULL },
};

static const struct procfs_node inotify_children[] = {
	SETTING("max_queued_events", show_inotify_events,
		store_inotify_events),
	SETTING("max_user_instances", show_inotify_instances,
		store_inotify_instances),
	SETTING("max_user_watches", show_inotify_watches,
		store_inotify_watches),
	{ .name = NULL },
};

static const struct procfs_node mqueue_children[] = {
	SETTING("msg_default", procfs_show_msg_default, procfs_store_msg_default),
	SETTING("msg_max", procfs_show_msg_max, procfs_store_msg_max),
	SETTING("msgsize_default", procfs_show_msgsize_default,
		procfs_store_msgsize_default),
	SETTING("msgsize_max", procfs_show_msgsize_max,
		procfs_store_msgsize_max),
	SETTING("queues_max", procfs_show_queues_max, procfs_store_queues_max),
	{ .name = NULL },
};

static const struct procfs_node fs_children[] = {
	SETTING("aio-max-nr", procfs_show_aio_max, procfs_store_aio_max),
	TEXT("aio-nr", procfs_show_aio_nr),
	{ .name = "epoll", .mode = S_IFDIR | 0555, .children = epoll_children },
	SETTING("file-max", show_file_max, store_file_max),
	TEXT("file-nr", show_file_nr),
	{ .name = "inotify", .mode = S_IFDIR | 0555,
	  .children = inotify_children },
	SETTING("lease-break-time", show_lease_time, store_lease_time),
	TEXT("nr_open", show_nr_open),
	SETTING("pipe-max-size", show_pipe_max_size, store_pipe_max_size),
	SETTING("pipe-user-pages-hard", show_pipe_hard, store_pipe_hard),
	SETTING("pipe-user-pages-soft", show_pipe_soft, store_pipe_soft),
	{ .name = "mqueue", .mode = S_IFDIR | 0555,
	  .children = mqueue_children },
	{ .name = NULL },
};

static const struct procfs_node vm_children[] = {
	SETTING("max_map_count", show_max_map_count, store_max_map_count),
	SETTING("overcommit_memory", show_overcommit, store_overcommit),
	TEXT("swappiness", show_zero),
	{ .name = NULL },
};

const struct procfs_node procfs_sys_children[] = {
	{ .name = "fs", .mode = S_IFDIR | 0555, .children = fs_children },
	{ .name = "kernel", .mode = S_IFDIR | 0555,
	  .children = kernel_children },
	{ .name = "vm", .mode = S_IFDIR | 0555, .children = vm_children },
	{ .name = NULL },
};

const struct procfs_node procfs_sysvipc_children[] = {
	TEXT("msg", procfs_show_sysvipc_msg),
	TEXT("sem", procfs_show_sysvipc_sem),
	TEXT("shm", procfs_show_sysvipc_shm),
	{ .name = NULL },
};
