/*
 * ipc/sysv/shm.c - segments of shared memory.
 *
 * A segment is a page cache, so fork, faults and mprotect() treat it as they
 * treat a file that is mapped.  Each VMA that maps it counts as attached: the
 * page cache's get and put are told of each that comes, by shmat(), fork or a
 * split, and of each that goes, by shmdt(), munmap(), exec or exit.
 *
 * Removed while it is attached, it loses its key and stays, also for whoever
 * attaches it by its id, until the last VMA goes; which is decided under both
 * locks, after the count has come down under one, by whoever finds it so.
 */
#include "ipc/sysv/shm.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mm/limits.h"
#include "mm/map.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/memlock.h"

#define SEGMENTS_MAX 4096U
/* As Linux's: no limit, but room for who adds to it. */
#define NO_SIZE_LIMIT (UINT64_MAX - (1UL << 24))
/* Of any file. */
#define PAGES_MAX (1UL << 50)

#define NAME_FORMAT "/SYSV%08x (deleted)"
#define NAME_SIZE 32

struct shm_segment {
	struct sysv_object object; /* first */
	struct pagecache pagecache;
	struct file *file;         /* (c) no descriptor's: a name for /proc */
	uint64_t size;             /* (c) bytes */
	int cpid;                  /* (c) */
	int lpid GUARDED_BY(C_sysv);
	uint64_t nattch GUARDED_BY(C_sysv); /* VMAs, and who is in shmat() */
	int64_t atime GUARDED_BY(C_sysv), dtime GUARDED_BY(C_sysv),
		ctime GUARDED_BY(C_sysv);
};

uint64_t shm_max_bytes = NO_SIZE_LIMIT;
struct room shm_promised = { .limit = NO_SIZE_LIMIT };
struct sysv_table shm_table;

/* Pages that segments have. */
static struct room shm_pages;

static struct shm_segment *segment_of(struct sysv_object *o)
{
	return container_of(o, struct shm_segment, object);
}

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes >> PAGE_SHIFT) + (bytes % PAGE_SIZE != 0);
}

/* ---- those that are attached ---- */

static bool is_unused(const struct shm_segment *s) REQUIRES(C_sysv)
{
	return s->nattch == 0 && (s->object.mode & SHM_DEST);
}

/* It was unused a moment ago.  Somebody may have attached it since, or have
 * been faster. */
static void remove_unused(struct shm_segment *s)
{
	struct sysv_object *o = &s->object;
	bool gone;

	race_point(shm_unused, s);
	rwsem_lock(&shm_table.lock);
	mutex_lock(&o->lock);
	gone = !o->removed && is_unused(s);
	if (gone)
		sysv_unlink(o);
	mutex_unlock(&o->lock);
	rwsem_unlock(&shm_table.lock);
	if (gone)
		sysv_object_put(o); /* the table's */
}

static struct shm_segment *segment_of_pagecache(struct pagecache *m)
{
	return container_of(m, struct shm_segment, pagecache);
}

/* A VMA more.  Who asks has one, or is in shmat(). */
static void attach_vma(struct pagecache *m)
{
	struct shm_segment *s = segment_of_pagecache(m);

	sysv_object_get(&s->object);
	mutex_lock(&s->object.lock);
	s->nattch++;
	s->atime = sysv_now();
	s->lpid = sysv_pid();
	mutex_unlock(&s->object.lock);
}

/* Its reference is dropped last: the lock must outlive its unlocking. */
static void detach_vma(struct pagecache *m)
{
	struct shm_segment *s = segment_of_pagecache(m);
	bool unused;

	mutex_lock(&s->object.lock);
	assert(s->nattch > 0);
	s->nattch--;
	s->dtime = sysv_now();
	s->lpid = sysv_pid();
	unused = is_unused(s);
	mutex_unlock(&s->object.lock);
	if (unused)
		remove_unused(s);
	sysv_object_put(&s->object);
}

static const struct pagecache_ops shm_pagecache_ops = {
	.get = attach_vma,
	.put = detach_vma,
};

/* ---- segments ---- */

static const struct file_ops shm_file_ops = { 0 };

static int name_it(struct shm_segment *s, int key)
{
	int err = file_create(&s->file, &shm_file_ops, FMODE_READ | FMODE_WRITE,
			      O_RDWR, NULL);

	if (err != 0)
		return err;
	s->file->path = kmalloc(NAME_SIZE);
	if (s->file->path != NULL)
		ksnprintf(s->file->path, NAME_SIZE, NAME_FORMAT, (unsigned)key);
	return 0;
}

static int check_size(const struct sysv_wish *wish)
{
	uint64_t pages = pages_of(wish->size);

	if (wish->size == 0 || wish->size > READ_ONCE(shm_max_bytes))
		return -EINVAL;
	if (wish->flags & SHM_HUGETLB) /* of which there are none */
		return cred_can(current_cred(), CAP_IPC_LOCK) ? -ENOMEM : -EPERM;
	if (!(wish->flags & SHM_NORESERVE) && !mm_may_promise(VMA_WRITE, pages))
		return -ENOMEM;
	return pages > PAGES_MAX ? -EINVAL : 0;
}

/* Of one user who is not root: half of memory. */
static struct user *charge_pages(uint64_t pages)
{
	const struct cred *cred = current_cred();

	return user_charge(cred->user, USER_SHM_PAGES, pages,
			   cred_can(cred, CAP_SYS_RESOURCE) ? UINT64_MAX : pages_total() / 2);
}

static void give_back(struct shm_segment *s)
{
	room_give(&shm_promised, pages_of(s->size));
	user_uncharge(s->object.payer, USER_SHM_PAGES, pages_of(s->size));
}

/* The promise of its pages, charged. */
static int promise(struct shm_segment *s, uint64_t size)
{
	uint64_t pages = pages_of(size);

	if (!room_take(&shm_promised, pages))
		return -ENOSPC;
	if (charge_pages(pages) == NULL) {
		room_give(&shm_promised, pages);
		return -ENOSPC;
	}
	s->size = size;
	return 0;
}

static void init_segment(struct shm_segment *s)
{
	is_private(sysv);
	is_private(pagecache);
	pagecache_init(&s->pagecache, &shm_pagecache_ops, &shm_pages);
	s->pagecache.size = s->size;
	s->cpid = sysv_pid();
	s->ctime = sysv_now();
}

static int make(const struct sysv_wish *wish, struct sysv_object **made)
{
	int err = check_size(wish);

	if (err == 0)
		err = sysv_alloc(sizeof(struct shm_segment), wish, made);
	if (err != 0)
		return err;

	struct shm_segment *s = segment_of(*made);

	err = promise(s, wish->size);
	if (err == 0) {
		err = name_it(s, wish->key);
		if (err != 0)
			give_back(s);
	}
	if (err != 0)
		sysv_free(*made);
	else
		init_segment(s);
	return err;
}

static bool suits(const struct sysv_object *o, const struct sysv_wish *wish)
{
	return wish->size <= container_of(o, struct shm_segment, object)->size;
}

static bool retire(struct sysv_object *o)
	REQUIRES(C_sysvids) REQUIRES(C_sysv)
{
	if (segment_of(o)->nattch == 0)
		return true;
	o->mode |= SHM_DEST;
	sysv_forget_key(o);
	return false;
}

static int change(struct sysv_object *o,
		  const struct sysv_change *change UNUSED) REQUIRES(C_sysv)
{
	segment_of(o)->ctime = sysv_now();
	return 0;
}

static void release(struct sysv_object *o)
{
	struct shm_segment *s = segment_of(o);

	is_private(sysv);
	assert(s->nattch == 0);
	pagecache_destroy(&s->pagecache);
	file_put(s->file);
	give_back(s);
	sysv_free(o);
}

static const struct sysv_kind shm_kind = {
	.make = make,
	.suits = suits,
	.retire = retire,
	.change = change,
	.free = release,
};

/* Segments stay when who filled them is gone, as files do, and may have half
 * of memory as well. */
void shm_init(void)
{
	sysv_table_init(&shm_table, &shm_kind, SEGMENTS_MAX);
	shm_pages.limit = pages_total() / 2;
}

/* ---- shmat, shmdt ---- */

static unsigned rights_for(unsigned flags)
{
	unsigned rights = IPC_MAY_READ;

	if (!(flags & SHM_RDONLY))
		rights |= IPC_MAY_WRITE;
	if (flags & SHM_EXEC)
		rights |= IPC_MAY_EXEC;
	return rights;
}

static unsigned vma_flags_for(unsigned flags)
{
	return VMA_SHARED | VMA_READ |
	       (flags & SHM_RDONLY ? VMA_DENY_WRITE : VMA_WRITE) |
	       (flags & SHM_EXEC ? VMA_EXEC : 0);
}

/* While it is mapped, whoever does so counts as well, so that it is not
 * removed for being unused. */
static int begin_attach(struct shm_segment *s, unsigned flags)
{
	int err = 0;

	mutex_lock(&s->object.lock);
	if (!sysv_allows(&s->object, rights_for(flags)))
		err = -EACCES;
	else if (s->object.removed)
		err = -EIDRM;
	else
		s->nattch++;
	mutex_unlock(&s->object.lock);
	return err;
}

static void end_attach(struct shm_segment *s)
{
	bool unused;

	mutex_lock(&s->object.lock);
	s->nattch--;
	unused = is_unused(s);
	mutex_unlock(&s->object.lock);
	if (unused)
		remove_unused(s);
}

static long map(struct shm_segment *s, vaddr_t addr, unsigned flags)
{
	const struct map_request req = {
		.addr = addr,
		.length = align_up(s->size, PAGE_SIZE),
		.flags = vma_flags_for(flags),
		.fixed = addr != 0 && (flags & SHM_REMAP),
		.noreplace = addr != 0 && !(flags & SHM_REMAP),
		.pagecache = &s->pagecache,
		.file = s->file,
	};
	long at;

	if (addr + req.length < addr)
		return -EINVAL;
	at = may_map_more(req.length);
	if (at == 0)
		at = mm_map(current_mm(), &req);
	return at == -EEXIST ? -EINVAL : at;
}

long shm_attach(int id, vaddr_t addr, unsigned flags)
{
	struct sysv_object *o = sysv_find(&shm_table, id);
	long at;

	if (o == NULL)
		return -EINVAL;
	at = begin_attach(segment_of(o), flags);
	if (at == 0) {
		at = map(segment_of(o), addr, flags);
		end_attach(segment_of(o));
	}
	sysv_object_put(o);
	return at;
}

int shm_detach(vaddr_t addr)
{
	return mm_unmap_object(current_mm(), addr, &shm_pagecache_ops);
}

/* ---- shmctl ---- */

static int may_mark(const struct shm_segment *s, bool locked) REQUIRES(C_sysv)
{
	uint64_t limit = current_limit(RLIMIT_MEMLOCK);

	if (cred_can(current_cred(), CAP_IPC_LOCK))
		return 0;
	if (!sysv_is_own(&s->object) || (locked && limit == 0))
		return -EPERM;
	return locked && s->size > limit ? -ENOMEM : 0;
}

int shm_lock(int id, bool locked)
{
	struct sysv_object *o = sysv_find(&shm_table, id);
	int err;

	if (o == NULL)
		return -EINVAL;
	mutex_lock(&o->lock);
	err = o->removed ? -EIDRM : may_mark(segment_of(o), locked);
	if (err == 0)
		o->mode = (o->mode & ~SHM_LOCKED) | (locked ? SHM_LOCKED : 0);
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return err;
}

static void tell(const struct shm_segment *s, struct user_shmid_ds *to)
	REQUIRES(C_sysv)
{
	*to = (struct user_shmid_ds){
		.segsz = s->size,
		.atime = s->atime,
		.dtime = s->dtime,
		.ctime = s->ctime,
		.cpid = s->cpid,
		.lpid = s->lpid,
		.nattch = s->nattch,
	};
	sysv_tell(&s->object, &to->perm);
}

long shm_stat(int id, int how, struct user_shmid_ds *to)
{
	struct sysv_object *o = how == IPC_STAT ?
					sysv_find(&shm_table, id) :
					sysv_find_place(&shm_table, id);
	long result = 0;

	if (o == NULL)
		return -EINVAL;
	mutex_lock(&o->lock);
	if (how != SHM_STAT_ANY && !sysv_allows(o, IPC_MAY_READ))
		result = -EACCES;
	else if (o->removed)
		result = -EIDRM;
	else
		tell(segment_of(o), to);
	if (result == 0 && how != IPC_STAT)
		result = o->id;
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return result;
}

uint64_t shm_resident(int id)
{
	struct sysv_object *o = sysv_find(&shm_table, id);
	uint64_t pages = 0;

	if (o == NULL)
		return 0;
	pages = READ_ONCE(segment_of(o)->pagecache.nr_pages);
	sysv_object_put(o);
	return pages;
}

int shm_limits(struct user_shminfo *to)
{
	unsigned nr;

	*to = (struct user_shminfo){
		.shmmax = READ_ONCE(shm_max_bytes),
		.shmmin = 1,
		.shmmni = READ_ONCE(shm_table.limit),
		.shmseg = READ_ONCE(shm_table.limit),
		.shmall = READ_ONCE(shm_promised.limit),
	};
	return sysv_last_place(&shm_table, &nr);
}

int shm_usage(struct user_shm_info *to)
{
	unsigned nr;
	int last = sysv_last_place(&shm_table, &nr);

	*to = (struct user_shm_info){
		.used_ids = (int)nr,
		.shm_tot = READ_ONCE(shm_promised.used),
		.shm_rss = READ_ONCE(shm_pages.used),
	};
	return last;
}
