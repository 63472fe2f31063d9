/*
 * ipc/sysv/object.c - keys, ids, rights and lives: see object.h.
 *
 * Two locks.  The table's says which objects there are and which key finds
 * which; to look up is to share it.  The object's says what state it is in.
 * To remove takes both, the table's first, so that who makes an object by a
 * key never meets one with that key that is about to go.
 */
#include "ipc/sysv/object.h"

#include "arch/clock.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/time.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/task/proc.h"
#include "vfs/cred.h"

#define NO_ID UINT32_MAX /* no user, no group */
#define NO_OPS ((const struct avl_ops *)NULL)

/* An id is a sequence number and a place below. */
#define PLACE_BITS 15
#define MAX_PLACES (int)SYSV_MOST_OBJECTS
#define MAX_SEQ (INT32_MAX >> PLACE_BITS)
/* New objects go round through so many places at least, so that an id is not
 * used again at once. */
#define FEWEST_PLACES 64U

static int place_of(int id)
{
	return id & (MAX_PLACES - 1);
}

static const struct radix_ops index_ops = { .alloc = kmalloc, .free = kfree };

void sysv_table_init(struct sysv_table *t, const struct sysv_kind *kind,
		     uint32_t limit)
{
	is_private(sysvids);
	t->kind = kind;
	t->limit = limit;
	t->next_id = -1;
	rwsem_init(&t->lock, RANK_SYSV_IDS);
	radix_init(&t->objects, &index_ops);
	t->last = -1;
}

static struct radix *objects_of(struct sysv_table *t) REQUIRES_SHARED(C_sysvids)
{
	return &t->objects;
}

/* ---- who pays ---- */

/* Of one user who is not root: a sixteenth of memory. */
static uint64_t bytes_limit(const struct cred *cred)
{
	return cred_can(cred, CAP_SYS_RESOURCE) ? UINT64_MAX : pages_total() * PAGE_SIZE / 16;
}

struct user *sysv_charge(uint64_t bytes)
{
	const struct cred *cred = current_cred();

	return user_charge(cred->user, USER_SYSV_BYTES, bytes,
			   bytes_limit(cred));
}

int sysv_alloc(size_t bytes, const struct sysv_wish *wish,
	       struct sysv_object **made)
{
	const struct cred *cred = current_cred();
	struct user *payer = sysv_charge(bytes);
	struct sysv_object *o = payer == NULL ? NULL : kzalloc(bytes);

	if (payer == NULL)
		return -ENOSPC;
	if (o == NULL) {
		user_uncharge(payer, USER_SYSV_BYTES, bytes);
		return -ENOMEM;
	}
	is_private(sysv);
	o->refs = REFCOUNT_INIT(1);
	mutex_init(&o->lock, RANK_SYSV);
	o->payer = payer;
	o->bytes = bytes;
	o->key = wish->key;
	o->mode = wish->flags & 0777;
	o->uid = o->cuid = cred->euid;
	o->gid = o->cgid = cred->egid;
	*made = o;
	return 0;
}

void sysv_free(struct sysv_object *o)
{
	user_uncharge(o->payer, USER_SYSV_BYTES, o->bytes);
	kfree(o);
}

void sysv_object_get(struct sysv_object *o)
{
	refcount_get(&o->refs);
}

void sysv_object_put(struct sysv_object *o)
{
	if (refcount_put(&o->refs))
		o->table->kind->free(o);
}

/* ---- rights ---- */

bool sysv_allows(const struct sysv_object *o, unsigned rights)
{
	const struct cred *cred = current_cred();
	unsigned granted = o->mode;

	/* Whatever class the rights were asked for. */
	rights = (rights >> 6 | rights >> 3 | rights) & 7;
	if (cred->euid == o->cuid || cred->euid == o->uid)
		granted >>= 6;
	else if (cred->egid == o->cgid || cred->egid == o->gid ||
		 cred_has_group(cred, o->cgid) || cred_has_group(cred, o->gid))
		granted >>= 3;
	return (rights & ~granted) == 0 || cred_can(cred, CAP_IPC_OWNER);
}

bool sysv_is_own(const struct sysv_object *o)
{
	const struct cred *cred = current_cred();

	return cred->euid == o->cuid || cred->euid == o->uid ||
	       cred_can(cred, CAP_SYS_ADMIN);
}

/* ---- keys ---- */

static struct sysv_object *of_key(struct avl_node *node)
{
	return avl_entry(node, struct sysv_object, by_key);
}

static struct sysv_object *find_key(struct sysv_table *t, int key)
	REQUIRES_SHARED(C_sysvids)
{
	struct avl_node *node = t->keys.node;

	while (node != NULL && of_key(node)->key != key)
		node = key < of_key(node)->key ? node->left : node->right;
	return node == NULL ? NULL : of_key(node);
}

static void add_key(struct sysv_table *t, struct sysv_object *o)
	REQUIRES(C_sysvids)
{
	struct avl_node *parent = NULL, **link = &t->keys.node;

	while (*link != NULL) {
		parent = *link;
		link = o->key < of_key(parent)->key ? &parent->left :
						      &parent->right;
	}
	avl_insert(&t->keys, parent, link, &o->by_key, NULL, NO_OPS);
}

void sysv_forget_key(struct sysv_object *o)
{
	if (o->key == IPC_PRIVATE)
		return;
	avl_remove(&o->table->keys, &o->by_key, NO_OPS);
	o->key = IPC_PRIVATE;
}

/* ---- places ---- */

/* The first free one of @places from @place on. */
static unsigned free_place_from(struct sysv_table *t, unsigned place,
				unsigned places) REQUIRES(C_sysvids)
{
	while (radix_get(objects_of(t), place) != NULL)
		place = (place + 1) % places;
	return place;
}

/*
 * An id with a free place behind the one that was given last.  Of those that
 * are tried at most two thirds are taken.
 */
static int make_id(struct sysv_table *t) REQUIRES(C_sysvids)
{
	unsigned places = min(max(t->nr + t->nr / 2, FEWEST_PLACES),
			      (unsigned)MAX_PLACES);
	int place = (int)free_place_from(t, (unsigned)(t->last + 1) % places,
					 places);

	if (place <= t->last)
		t->seq = t->seq == MAX_SEQ ? 0 : t->seq + 1;
	t->last = place;
	return (int)(t->seq << PLACE_BITS) + place;
}

/* The id that was chosen for the next object, or one near it if that place is
 * taken; else any. */
static int next_id(struct sysv_table *t) REQUIRES(C_sysvids)
{
	int wanted = READ_ONCE(t->next_id);

	if (wanted < 0)
		return make_id(t);
	WRITE_ONCE(t->next_id, -1);
	return (wanted & ~(MAX_PLACES - 1)) |
	       (int)free_place_from(t, (unsigned)place_of(wanted), MAX_PLACES);
}

static int enter(struct sysv_table *t, struct sysv_object *o)
	REQUIRES(C_sysvids)
{
	int id = next_id(t);
	int err = radix_set(&t->objects, (uint64_t)place_of(id), o);

	if (err != 0)
		return err;
	t->nr++;
	o->table = t;
	o->seq = (unsigned)(id >> PLACE_BITS);
	o->id = id;
	if (o->key != IPC_PRIVATE)
		add_key(t, o);
	return o->id;
}

void sysv_unlink(struct sysv_object *o)
{
	struct sysv_table *t = o->table;

	assert_rwsem_held_exclusive(&t->lock);
	sysv_forget_key(o);
	radix_delete(&t->objects, (uint64_t)place_of(o->id));
	t->nr--;
	o->removed = true;
}

struct sysv_object *sysv_find_place(struct sysv_table *t, int id)
{
	struct sysv_object *o;

	rwsem_lock_shared(&t->lock);
	o = radix_get(objects_of(t), (uint64_t)place_of(id));
	if (o != NULL)
		sysv_object_get(o);
	rwsem_unlock_shared(&t->lock);
	return o;
}

struct sysv_object *sysv_find(struct sysv_table *t, int id)
{
	struct sysv_object *o = id < 0 ? NULL : sysv_find_place(t, id);

	if (o == NULL || o->id == id)
		return o;
	sysv_object_put(o);
	return NULL;
}

struct sysv_object *sysv_next(struct sysv_table *t, uint64_t *place)
{
	struct sysv_object *o;

	rwsem_lock_shared(&t->lock);
	o = radix_next(objects_of(t), place);
	if (o != NULL)
		sysv_object_get(o);
	rwsem_unlock_shared(&t->lock);
	return o;
}

int sysv_last_place(struct sysv_table *t, unsigned *nr)
{
	uint64_t last = 0;

	rwsem_lock_shared(&t->lock);
	*nr = t->nr;
	for (uint64_t at = 0; radix_next(objects_of(t), &at) != NULL; at++)
		last = at;
	rwsem_unlock_shared(&t->lock);
	return (int)last;
}

/* ---- find or make ---- */

static long join(const struct sysv_table *t, struct sysv_object *o,
		 const struct sysv_wish *wish) REQUIRES_SHARED(C_sysvids)
{
	long result = o->id;

	if ((wish->flags & IPC_CREAT) && (wish->flags & IPC_EXCL))
		return -EEXIST;
	mutex_lock(&o->lock);
	if (t->kind->suits != NULL && !t->kind->suits(o, wish))
		result = -EINVAL;
	else if (!sysv_allows(o, wish->flags))
		result = -EACCES;
	mutex_unlock(&o->lock);
	return result;
}

static long make(struct sysv_table *t, const struct sysv_wish *wish)
	REQUIRES(C_sysvids)
{
	struct sysv_object *o;
	int err = t->kind->make(wish, &o);

	if (err != 0)
		return err;
	err = t->nr >= READ_ONCE(t->limit) ? -ENOSPC : enter(t, o);
	if (err < 0)
		t->kind->free(o);
	return err;
}

long sysv_get(struct sysv_table *t, const struct sysv_wish *wish)
{
	struct sysv_object *o = NULL;
	long result;

	rwsem_lock(&t->lock);
	if (wish->key != IPC_PRIVATE)
		o = find_key(t, wish->key);
	if (o != NULL)
		result = join(t, o, wish);
	else if (wish->key != IPC_PRIVATE && !(wish->flags & IPC_CREAT))
		result = -ENOENT;
	else
		result = make(t, wish);
	rwsem_unlock(&t->lock);
	return result;
}

/* ---- what only owners do ---- */

static int may_control(const struct sysv_object *o) REQUIRES(C_sysv)
{
	if (o->removed)
		return -EIDRM;
	return sysv_is_own(o) ? 0 : -EPERM;
}

int sysv_remove(struct sysv_table *t, int id)
{
	struct sysv_object *o = sysv_find(t, id);
	bool gone = false;
	int err;

	if (o == NULL)
		return -EINVAL;
	rwsem_lock(&t->lock);
	mutex_lock(&o->lock);
	err = may_control(o);
	if (err == 0)
		gone = t->kind->retire(o);
	if (gone)
		sysv_unlink(o);
	mutex_unlock(&o->lock);
	rwsem_unlock(&t->lock);
	if (gone)
		sysv_object_put(o); /* the table's */
	sysv_object_put(o);
	return err;
}

static int change_locked(struct sysv_object *o, const struct sysv_change *change)
	REQUIRES(C_sysv)
{
	int err = may_control(o);

	if (err == 0 && (change->uid == NO_ID || change->gid == NO_ID))
		err = -EINVAL;
	if (err == 0)
		err = o->table->kind->change(o, change);
	if (err != 0)
		return err;
	o->uid = change->uid;
	o->gid = change->gid;
	o->mode = (o->mode & ~0777U) | (change->mode & 0777);
	return 0;
}

struct sysv_change sysv_change_asked(const struct user_ipc_perm *perm)
{
	return (struct sysv_change){
		.uid = perm->uid,
		.gid = perm->gid,
		.mode = perm->mode,
	};
}

int sysv_change(struct sysv_table *t, int id, const struct sysv_change *change)
{
	struct sysv_object *o = sysv_find(t, id);
	int err;

	if (o == NULL)
		return -EINVAL;
	rwsem_lock(&t->lock);
	mutex_lock(&o->lock);
	err = change_locked(o, change);
	mutex_unlock(&o->lock);
	rwsem_unlock(&t->lock);
	sysv_object_put(o);
	return err;
}

/* ---- what is told ---- */

void sysv_tell(const struct sysv_object *o, struct user_ipc_perm *to)
{
	*to = (struct user_ipc_perm){
		.key = o->key,
		.uid = o->uid,
		.gid = o->gid,
		.cuid = o->cuid,
		.cgid = o->cgid,
		.mode = o->mode,
		.seq = (uint16_t)o->seq,
	};
}

int64_t sysv_now(void)
{
	return (int64_t)(clock_realtime_ns() / NS_PER_SECOND);
}

int sysv_pid(void)
{
	const struct proc *p = current_proc();

	return p == NULL ? 0 : p->pid;
}
