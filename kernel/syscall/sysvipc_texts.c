/*
 * syscall/sysvipc_texts.c - /proc/sysvipc, and the limits in /proc/sys/kernel.
 */
#include "syscall/texts.h"

#include "ipc/sysv/msg.h"
#include "ipc/sysv/sem.h"
#include "ipc/sysv/shm.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "vfs/inode.h"

/* ---- objects ---- */

static void write_sem(struct text *t, const struct user_semid_ds *ds, long id)
{
	text_printf(t, "%10d %10d  %4o %10lu %5u %5u %5u %5u %10ld %10ld\n",
		    ds->perm.key, (int)id, ds->perm.mode, ds->nsems,
		    ds->perm.uid, ds->perm.gid, ds->perm.cuid, ds->perm.cgid,
		    ds->otime, ds->ctime);
}

/* The id of the first at or behind *@place, which becomes the next; or -1. */
static int next_id(struct sysv_table *table, uint64_t *place)
{
	struct sysv_object *o = sysv_next(table, place);
	int id = -1;

	if (o == NULL)
		return id;
	id = o->id;
	sysv_object_put(o);
	++*place;
	return id;
}

static int show_sysvipc_sem(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct user_semid_ds ds;
	uint64_t place = 0;
	long id;

	text_printf(t, "       key      semid perms      nsems"
		       "   uid   gid  cuid  cgid      otime      ctime\n");
	while ((id = next_id(&sem_table, &place)) >= 0) {
		id = sem_stat((int)id, SEM_STAT_ANY, &ds);
		if (id >= 0)
			write_sem(t, &ds, id);
	}
	return 0;
}

static void write_shm(struct text *t, const struct user_shmid_ds *ds, int id)
{
	text_printf(t, "%10d %10d  %4o %21lu %5u %5u  %5lu %5u %5u %5u %5u"
		       " %10ld %10ld %10ld %21lu %21lu\n",
		    ds->perm.key, id, ds->perm.mode, ds->segsz,
		    (unsigned)ds->cpid, (unsigned)ds->lpid, ds->nattch,
		    ds->perm.uid, ds->perm.gid, ds->perm.cuid, ds->perm.cgid,
		    ds->atime, ds->dtime, ds->ctime,
		    shm_resident(id) * PAGE_SIZE, 0UL);
}

static int show_sysvipc_shm(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct user_shmid_ds ds;
	uint64_t place = 0;
	long id;

	text_printf(t, "       key      shmid perms                  size"
		       "  cpid  lpid nattch   uid   gid  cuid  cgid"
		       "      atime      dtime      ctime"
		       "                   rss                  swap\n");
	while ((id = next_id(&shm_table, &place)) >= 0) {
		id = shm_stat((int)id, SHM_STAT_ANY, &ds);
		if (id >= 0)
			write_shm(t, &ds, (int)id);
	}
	return 0;
}

static void write_msg(struct text *t, const struct user_msqid_ds *ds, long id)
{
	text_printf(t, "%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u %5u"
		       " %10ld %10ld %10ld\n",
		    ds->perm.key, (int)id, ds->perm.mode, ds->cbytes, ds->qnum,
		    (unsigned)ds->lspid, (unsigned)ds->lrpid, ds->perm.uid,
		    ds->perm.gid, ds->perm.cuid, ds->perm.cgid, ds->stime,
		    ds->rtime, ds->ctime);
}

static int show_sysvipc_msg(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct user_msqid_ds ds;
	uint64_t place = 0;
	long id;

	text_printf(t, "       key      msqid perms      cbytes       qnum"
		       " lspid lrpid   uid   gid  cuid  cgid"
		       "      stime      rtime      ctime\n");
	while ((id = next_id(&msg_table, &place)) >= 0) {
		id = msg_stat((int)id, MSG_STAT_ANY, &ds);
		if (id >= 0)
			write_msg(t, &ds, id);
	}
	return 0;
}

/* ---- limits ---- */

/* @n numbers up to INT32_MAX, with blanks between. */
static bool parse_numbers(const char *word, uint64_t *numbers, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		while (*word == ' ' || *word == '\t')
			word++;
		if (!parse_u64(word, &word, 10, &numbers[i]) ||
		    numbers[i] > INT32_MAX)
			return false;
	}
	return *word == '\0';
}

static int show_kernel_sem(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\t%lu\t%u\t%u\n", READ_ONCE(sem_max_in_set),
		    READ_ONCE(sem_room.limit), READ_ONCE(sem_max_ops),
		    READ_ONCE(sem_table.limit));
	return 0;
}

/* A set is one piece of kernel memory, and so are the operations of a call. */
#define LARGEST_SET 65535U
#define MOST_OPS 65535U

static int store_kernel_sem(const char *word,
			    const struct procfs_entry *e UNUSED)
{
	uint64_t n[4];

	if (!parse_numbers(word, n, 4) || n[0] > LARGEST_SET ||
	    n[2] > MOST_OPS || n[3] > SYSV_MOST_OBJECTS)
		return -EINVAL;
	WRITE_ONCE(sem_max_in_set, (uint32_t)n[0]);
	WRITE_ONCE(sem_room.limit, n[1]);
	WRITE_ONCE(sem_max_ops, (uint32_t)n[2]);
	WRITE_ONCE(sem_table.limit, (uint32_t)n[3]);
	return 0;
}

static int store_large(const char *word, uint64_t *to)
{
	const char *end;
	uint64_t n;

	if (!parse_u64(word, &end, 10, &n) || *end != '\0')
		return -EINVAL;
	WRITE_ONCE(*to, n);
	return 0;
}

/* A message is one piece of kernel memory, too. */
#define LARGEST_MESSAGE (KMALLOC_MAX - PAGE_SIZE)

static int show_shmmax(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%lu\n", READ_ONCE(shm_max_bytes));
	return 0;
}

static int store_shmmax(const char *word, const struct procfs_entry *e UNUSED)
{
	return store_large(word, &shm_max_bytes);
}

static int show_shmall(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%lu\n", READ_ONCE(shm_promised.limit));
	return 0;
}

static int store_shmall(const char *word, const struct procfs_entry *e UNUSED)
{
	return store_large(word, &shm_promised.limit);
}

static int show_next_id(struct text *t, const struct sysv_table *table)
{
	text_printf(t, "%d\n", READ_ONCE(table->next_id));
	return 0;
}

static int store_next_id(const char *word, struct sysv_table *table)
{
	uint64_t n;

	if (!parse_numbers(word, &n, 1))
		return -EINVAL;
	WRITE_ONCE(table->next_id, (int32_t)n);
	return 0;
}

static int show_sem_next_id(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show_next_id(t, &sem_table);
}

static int store_sem_next_id(const char *word, const struct procfs_entry *e UNUSED)
{
	return store_next_id(word, &sem_table);
}

static int show_shm_next_id(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show_next_id(t, &shm_table);
}

static int store_shm_next_id(const char *word, const struct procfs_entry *e UNUSED)
{
	return store_next_id(word, &shm_table);
}

static int show_msg_next_id(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show_next_id(t, &msg_table);
}

static int store_msg_next_id(const char *word, const struct procfs_entry *e UNUSED)
{
	return store_next_id(word, &msg_table);
}

const struct procfs_node ipc_kernel_nodes[] = {
	PROCFS_DIR("keys", keys_nodes),
	PROCFS_SETTING("msg_next_id", show_msg_next_id, store_msg_next_id),
	PROCFS_NUMBER("msgmax", &msg_max_bytes, 0, LARGEST_MESSAGE),
	PROCFS_NUMBER("msgmnb", &msg_max_in_queue, 0, INT32_MAX),
	PROCFS_NUMBER("msgmni", &msg_table.limit, 0, SYSV_MOST_OBJECTS),
	PROCFS_SETTING("sem", show_kernel_sem, store_kernel_sem),
	PROCFS_SETTING("sem_next_id", show_sem_next_id, store_sem_next_id),
	PROCFS_SETTING("shm_next_id", show_shm_next_id, store_shm_next_id),
	PROCFS_SETTING("shmall", show_shmall, store_shmall),
	PROCFS_SETTING("shmmax", show_shmmax, store_shmmax),
	PROCFS_NUMBER("shmmni", &shm_table.limit, 0, SYSV_MOST_OBJECTS),
	{ .name = NULL },
};

const struct procfs_node sysvipc_nodes[] = {
	PROCFS_TEXT("msg", show_sysvipc_msg),
	PROCFS_TEXT("sem", show_sysvipc_sem),
	PROCFS_TEXT("shm", show_sysvipc_shm),
	{ .name = NULL },
};
