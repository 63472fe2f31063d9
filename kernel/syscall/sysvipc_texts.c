/*
 * syscall/sysvipc_texts.c - /proc/sysvipc, and the limits in /proc/sys/kernel.
 */
#include "fs/proc/sysvipc.h"

#include "ipc/sysv/sem.h"
#include "lib/errno.h"
#include "lib/string.h"

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
	sysv_put(o);
	++*place;
	return id;
}

int procfs_show_sysvipc_sem(struct text *t, const struct procfs_entry *e UNUSED)
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

int procfs_show_kernel_sem(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\t%lu\t%u\t%u\n", READ_ONCE(sem_max_in_set),
		    READ_ONCE(sem_room.limit), READ_ONCE(sem_max_ops),
		    READ_ONCE(sem_table.limit));
	return 0;
}

/* A set is one piece of kernel memory, and so are the operations of a call. */
#define LARGEST_SET 65535U
#define MOST_OPS 65535U

int procfs_store_kernel_sem(const char *word,
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
