#pragma once

/*
 * ipc/sysv/sem.h - System V semaphores: sets of counters that change together
 * or not at all.
 *
 * User structures come and go as kernel memory; errors are Linux's.
 */

#include "ipc/sysv/object.h"
#include "mm/room.h"

/* kernel.sem: semaphores in a set, in all sets; operations of a call; sets
 * (sem_table.limit).  (a), root may change them. */
extern uint32_t sem_max_in_set, sem_max_ops;
extern struct room sem_room;

extern struct sysv_table sem_table;

void sem_init(void); /* sysv_init() */

/* Until @deadline (ticks): 0, -EAGAIN when it came, -EINTR, -EIDRM, ...; @n
 * is no more than sem_max_ops. */
long sem_operate(int id, const struct sembuf *ops, unsigned n,
		 uint64_t deadline);

/* Of one semaphore: GETVAL, GETPID, GETNCNT, GETZCNT, and SETVAL. */
long sem_tell_one(int id, int num, int what);
long sem_set_one(int id, int num, int value);
/* How many are in the set, or -errno; then all of them at once, to an array of
 * @n.  -EIDRM also when the set is another by now. */
long sem_count(int id, unsigned rights);
int sem_get_all(int id, uint16_t *values, unsigned n);
int sem_set_all(int id, const uint16_t *values, unsigned n);
/* IPC_STAT, SEM_STAT, SEM_STAT_ANY: 0 or the id, or -errno. */
long sem_stat(int id, int how, struct user_semid_ds *to);
/* IPC_INFO, SEM_INFO: the last place. */
int sem_info(bool usage, struct user_seminfo *to);
