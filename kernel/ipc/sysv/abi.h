#pragma once

/*
 * ipc/sysv/abi.h - System V IPC as programs write it: Linux's numbers and
 * structures (riscv64, the generic ABI).
 *
 * Source: Linux include/uapi, asm-generic/{ipc,sem,shm,msg}buf.h and
 * linux/{ipc,sem,shm,msg}.h.
 */

#include "lib/types.h"

/* No place is without a name: something of the kernel's would be left in it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

#define IPC_PRIVATE 0
#define IPC_CREAT 01000U
#define IPC_EXCL 02000U
#define IPC_NOWAIT 04000U

#define IPC_RMID 0
#define IPC_SET 1
#define IPC_STAT 2
#define IPC_INFO 3

/* Rights, for all three that a mode has them for. */
#define IPC_MAY_READ 0444U
#define IPC_MAY_WRITE 0222U
#define IPC_MAY_EXEC 0111U

struct user_ipc_perm {
	int32_t key;
	uint32_t uid, gid, cuid, cgid;
	uint32_t mode;
	uint16_t seq, pad1;
	uint32_t pad2;
	uint64_t unused[2];
};

/* ---- semaphores ---- */

#define GETPID 11
#define GETVAL 12
#define GETALL 13
#define GETNCNT 14
#define GETZCNT 15
#define SETVAL 16
#define SETALL 17
#define SEM_STAT 18
#define SEM_INFO 19
#define SEM_STAT_ANY 20

#define SEM_UNDO 0x1000

#define SEM_VALUE_MAX 32767
#define SEM_ADJUST_MAX 32767

struct sembuf {
	uint16_t num;
	int16_t op;
	int16_t flags;
};

struct user_semid_ds {
	struct user_ipc_perm perm;
	int64_t otime, ctime;
	uint64_t nsems;
	uint64_t unused[2];
};

struct user_seminfo {
	int32_t semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz,
		semvmx, semaem;
};

_Static_assert(sizeof(struct user_ipc_perm) == 48, "Linux's ipc64_perm");
_Static_assert(sizeof(struct user_semid_ds) == 88, "Linux's semid64_ds");

/* ---- shared memory ---- */

#define SHM_LOCK 11
#define SHM_UNLOCK 12
#define SHM_STAT 13
#define SHM_INFO 14
#define SHM_STAT_ANY 15

/* Of shmget(); */
#define SHM_HUGETLB 04000U
#define SHM_NORESERVE 010000U
/* of shmat(); */
#define SHM_RDONLY 010000U
#define SHM_RND 020000U
#define SHM_REMAP 040000U
#define SHM_EXEC 0100000U
/* in a mode: it goes when nobody has it attached; it is locked. */
#define SHM_DEST 01000U
#define SHM_LOCKED 02000U

struct user_shmid_ds {
	struct user_ipc_perm perm;
	uint64_t segsz;
	int64_t atime, dtime, ctime;
	int32_t cpid, lpid;
	uint64_t nattch;
	uint64_t unused[2];
};

struct user_shminfo {
	uint64_t shmmax, shmmin, shmmni, shmseg, shmall;
	uint64_t unused[4];
};

struct user_shm_info {
	int32_t used_ids, pad;
	uint64_t shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};

_Static_assert(sizeof(struct user_shmid_ds) == 112, "Linux's shmid64_ds");

/* ---- message queues ---- */

#define MSG_STAT 11
#define MSG_INFO 12
#define MSG_STAT_ANY 13

#define MSG_NOERROR 010000U /* what does not fit is cut off */
#define MSG_EXCEPT 020000U  /* any type but this */
#define MSG_COPY 040000U    /* look at the n-th, and leave it */

struct user_msqid_ds {
	struct user_ipc_perm perm;
	int64_t stime, rtime, ctime;
	uint64_t cbytes, qnum, qbytes;
	int32_t lspid, lrpid;
	uint64_t unused[2];
};

struct user_msginfo {
	int32_t msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
	uint16_t msgseg, pad;
};

_Static_assert(sizeof(struct user_msqid_ds) == 120, "Linux's msqid64_ds");

#pragma GCC diagnostic pop
