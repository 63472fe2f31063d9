#pragma once

/*
 * ipc/sysv/object.h - what semaphores, shared memory and message queues of
 * System V have in common: a key, an id, an owner, and a life that ends when
 * somebody says so.
 *
 * Each family has a table (sem_table, shm_table, msg_table) and embeds a
 * struct sysv_object in what it keeps:
 *
 *	o = sysv_find(&sem_table, id);		with a reference, or NULL
 *	mutex_lock(&o->lock);
 *	if (!o->removed)			else -EIDRM
 *		...
 *	mutex_unlock(&o->lock);
 *	sysv_object_put(o);
 *
 * An id is a place in the table and how often ids went round before, so that
 * an old id is not taken for a new object that has its place.
 *
 * What is removed leaves the table at once, and is freed by whoever puts the
 * last reference: who was in a call on it finds it removed.
 */

#include "ipc/sysv/abi.h"
#include "lib/avl.h"
#include "lib/radix.h"
#include "lib/types.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/rwsem.h"

struct sysv_table;
struct user;

/*
 *	(c)	constant once others can find it
 *	(r)	the table's lock, exclusive, and the object's to write; either
 *		to read
 */
struct sysv_object {
	struct refcount refs;       /* the table, and who is in a call on it */
	struct LOCK_OF(mutex, sysv) lock; /* RANK_SYSV */
	struct sysv_table *table;   /* (c) */
	int id;                     /* (c) */
	unsigned seq;               /* (c) of its id */
	unsigned cuid, cgid;        /* (c) who made it */
	struct user *payer;         /* (c) of the bytes that it takes, */
	uint64_t bytes;             /* (c) so many: USER_SYSV_BYTES */
	int key;                    /* (r) IPC_PRIVATE: it is not found by one */
	bool removed GUARDED_BY(C_sysv);
	unsigned uid GUARDED_BY(C_sysv), gid GUARDED_BY(C_sysv); /* (r) */
	unsigned mode GUARDED_BY(C_sysv); /* (r) rights, and what its family adds */
	struct avl_node by_key GUARDED_BY(C_sysvids); /* with a key */
};

/* What a get call asks for. */
struct sysv_wish {
	int key;
	unsigned flags; /* rights, IPC_CREAT, IPC_EXCL */
	uint64_t size;  /* semaphores, or bytes */
};

/* What is to change: IPC_SET. */
struct sysv_change {
	unsigned uid, gid, mode;
	uint64_t queue_bytes; /* of a message queue */
};

/* What a family does.  No call but free() is without locks. */
struct sysv_kind {
	/* The table's lock is held: what @wish asks for, not in the table yet,
	 * one reference.  0 or -errno. */
	int (*make)(const struct sysv_wish *wish, struct sysv_object **made);
	/* The object's lock is held.  Is @o large enough?  NULL: yes. */
	bool (*suits)(const struct sysv_object *o, const struct sysv_wish *wish);
	/* Both are held: @o is to go.  True: at once, and nobody sleeps in it
	 * any more; false: later, by sysv_unlink(). */
	bool (*retire)(struct sysv_object *o);
	/* Both are held: what only this family changes, and when it changed.
	 * 0 or -errno. */
	int (*change)(struct sysv_object *o, const struct sysv_change *change);
	/* The last reference is gone. */
	void (*free)(struct sysv_object *o);
};

struct sysv_table {
	const struct sysv_kind *kind; /* (c) */
	uint32_t limit;               /* (a) objects at most; root may change it */
	int32_t next_id;              /* (a) of the next object, or -1: any; root
				       * may choose it */
	struct LOCK_OF(rwsem, sysvids) lock; /* RANK_SYSV_IDS */
	struct radix objects GUARDED_BY(C_sysvids); /* by place */
	struct avl_root keys GUARDED_BY(C_sysvids); /* struct sysv_object.by_key */
	unsigned nr GUARDED_BY(C_sysvids);
	unsigned seq GUARDED_BY(C_sysvids); /* of the next id */
	int last GUARDED_BY(C_sysvids); /* the place that was given last, or -1 */
};

void sysv_init(void); /* boot: sysv.c */

/* Ids have no room for more. */
#define SYSV_MOST_OBJECTS 32768U

void sysv_table_init(struct sysv_table *t, const struct sysv_kind *kind,
		     uint32_t limit);

/* Find or make: the id, or -errno. */
long sysv_get(struct sysv_table *t, const struct sysv_wish *wish);
/* IPC_RMID and IPC_SET: 0 or -errno. */
int sysv_remove(struct sysv_table *t, int id);
int sysv_change(struct sysv_table *t, int id, const struct sysv_change *change);
/* What IPC_SET says in @perm. */
struct sysv_change sysv_change_asked(const struct user_ipc_perm *perm);

/* @id with a reference; or what is at its place, whichever it is; or NULL. */
struct sysv_object *sysv_find(struct sysv_table *t, int id);
struct sysv_object *sysv_find_place(struct sysv_table *t, int id);
/* The first at or behind *@place, which is stored there; NULL: no more. */
struct sysv_object *sysv_next(struct sysv_table *t, uint64_t *place);
/* The last place that is taken, or 0; and how many are. */
int sysv_last_place(struct sysv_table *t, unsigned *nr);
void sysv_object_get(struct sysv_object *o);
void sysv_object_put(struct sysv_object *o);

/* Out of the table, with its key; the table's reference is the caller's to
 * put when the locks are gone. */
void sysv_unlink(struct sysv_object *o) REQUIRES(C_sysvids) REQUIRES(C_sysv);
/* It is not found by its key any more. */
void sysv_forget_key(struct sysv_object *o) REQUIRES(C_sysvids) REQUIRES(C_sysv);

/* A new object of @bytes, zeroed but for this part, charged to who runs:
 * 0, -ENOSPC (he has too much) or -ENOMEM. */
int sysv_alloc(size_t bytes, const struct sysv_wish *wish,
	       struct sysv_object **made);
/* Its memory, and its charge. */
void sysv_free(struct sysv_object *o);

/* May the running thread do what @rights, as in a mode, say?  May it do what
 * only an owner may? */
bool sysv_allows(const struct sysv_object *o, unsigned rights) REQUIRES(C_sysv);
bool sysv_is_own(const struct sysv_object *o) REQUIRES(C_sysv);

/* As programs see it. */
void sysv_tell(const struct sysv_object *o, struct user_ipc_perm *to)
	REQUIRES(C_sysv);
int64_t sysv_now(void); /* seconds since 1970 */
int sysv_pid(void);     /* of who runs */

/* @bytes that the running thread makes the kernel keep: who pays; NULL: it
 * would be too much.  user_uncharge() with USER_SYSV_BYTES gives it back. */
struct user *sysv_charge(uint64_t bytes);
