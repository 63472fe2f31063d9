#pragma once

/*
 * ipc/sysv/shm.h - System V shared memory: segments that live until they are
 * removed, and are attached to address spaces meanwhile.
 *
 * User structures come and go as kernel memory; errors are Linux's.
 */

#include "ipc/sysv/object.h"
#include "mm/room.h"

/* kernel.shmmax, bytes of a segment; shmall, pages of all together.  (a), root
 * may change them; shmmni is shm_table.limit. */
extern uint64_t shm_max_bytes;
extern struct room shm_promised;

extern struct sysv_table shm_table;

void shm_init(void); /* sysv_init() */

/* Where: @addr, a page, or 0: anywhere.  @flags: SHM_RDONLY, SHM_EXEC, and
 * SHM_REMAP: in place of what is there.  The address or -errno. */
long shm_attach(int id, vaddr_t addr, unsigned flags);
/* What began at @addr: 0 or -EINVAL. */
int shm_detach(vaddr_t addr);
/* SHM_LOCK, SHM_UNLOCK: 0 or -errno. */
int shm_lock(int id, bool locked);
/* IPC_STAT, SHM_STAT, SHM_STAT_ANY: 0 or the id, or -errno. */
long shm_stat(int id, int how, struct user_shmid_ds *to);
/* Pages that it has: for /proc. */
uint64_t shm_resident(int id);
/* IPC_INFO; SHM_INFO: the last place. */
int shm_limits(struct user_shminfo *to);
int shm_usage(struct user_shm_info *to);
