/*
 * fs/proc/maps_query.c - PROCMAP_QUERY: one mapping of a process, asked for by
 * an address, without the text of PID/maps.
 *
 * The answer is written under map_sem, shared, and copied out after it.
 *
 * Source: Linux's uapi/linux/fs.h, Documentation/filesystems/proc.rst.
 */
#include "fs/proc/procfs_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/growing.h"
#include "mm/maplock.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/rights.h"
#include "vfs/file.h"
#include "vfs/mount.h"

#define PROCMAP_QUERY 0xc0686611U

/* Which mapping: what it has to allow, the bits of enum vma_flags; or ... */
#define QUERY_RIGHTS (VMA_RIGHTS | VMA_SHARED)
#define QUERY_OR_NEXT 0x10U /* if none is there, the first above */
#define QUERY_FILE 0x20U    /* of a file */

_Static_assert(QUERY_RIGHTS == 0xf, "rights are passed on as they are");

/* Linux's struct procmap_query. */
struct procmap_query {
	uint64_t size, query_flags, query_addr;
	uint64_t start, end, flags, page_size, offset, inode;
	uint32_t dev_major, dev_minor, name_size, build_id_size;
	uint64_t name_addr, build_id_addr;
};

_Static_assert(sizeof(struct procmap_query) == 104, "Linux's procmap_query");
#define QUERY_SIZE_MIN offsetof(struct procmap_query, start)

static int check(const struct procmap_query *q)
{
	if (q->query_flags & ~(uint64_t)(QUERY_RIGHTS | QUERY_OR_NEXT | QUERY_FILE))
		return -EINVAL;
	if ((q->name_size != 0) != (q->name_addr != 0) ||
	    (q->build_id_size != 0) != (q->build_id_addr != 0))
		return -EINVAL;
	return 0;
}

static int get_query(struct procmap_query *q, vaddr_t from)
{
	uint64_t size;
	int err;

	if (get_user_u64(&size, from) != 0)
		return -EFAULT;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < QUERY_SIZE_MIN)
		return -EINVAL;
	err = growing_from_user(q, sizeof(*q), from, size);
	return err != 0 ? err : check(q);
}

static bool fits(const struct vma *vma, const struct procmap_query *q)
{
	unsigned rights = (unsigned)q->query_flags & QUERY_RIGHTS;

	return (vma->flags & rights) == rights &&
	       (vma->file != NULL || !(q->query_flags & QUERY_FILE));
}

static const struct vma *find(const struct mm *mm, const struct procmap_query *q)
	REQUIRES_SHARED(C_map)
{
	const struct vma *vma = vma_find(mm_vmas(mm), q->query_addr);

	if (!(q->query_flags & QUERY_OR_NEXT))
		return vma != NULL && vma->start <= q->query_addr && fits(vma, q) ?
			       vma : NULL;
	while (vma != NULL && !fits(vma, q))
		vma = vma_next(vma);
	return vma;
}

static void describe(struct procmap_query *q, const struct vma *vma)
{
	const struct inode *inode = vma->file != NULL ? vma->file->inode : NULL;

	q->start = vma->start;
	q->end = vma->end;
	q->flags = vma->flags & QUERY_RIGHTS;
	q->page_size = PAGE_SIZE;
	q->build_id_size = 0;
	q->offset = q->inode = 0;
	q->dev_major = q->dev_minor = 0;
	if (inode == NULL)
		return;
	q->offset = vma->offset;
	q->inode = inode->ino;
	q->dev_major = dev_major(inode->fs->dev);
	q->dev_minor = dev_minor(inode->fs->dev);
}

/* Into @buf, which has room for what was asked for: 0 or -ENAMETOOLONG. */
static int copy_name(struct procmap_query *q, char *buf, struct vma_name name)
{
	size_t length = name.text != NULL ? strlen(name.text) : 0;
	size_t size = length != 0 ? length + strlen(name.mark) + 1 : 0;

	if (q->name_size == 0)
		return 0;
	if (size > q->name_size)
		return -ENAMETOOLONG;
	if (size != 0) {
		memcpy(buf, name.text, length);
		strlcpy(buf + length, name.mark, size - length);
	}
	q->name_size = (uint32_t)size;
	return 0;
}

static int answer(struct mm *mm, struct procmap_query *q, char *name)
{
	int err = -ENOENT;

	map_lock_shared(mm);
	const struct vma *vma = find(mm, q);

	if (vma != NULL) {
		describe(q, vma);
		err = copy_name(q, name, procfs_vma_name(mm, vma));
	}
	map_unlock_shared(mm);
	return err;
}

static int put_answer(const struct procmap_query *q, const char *name, vaddr_t to)
{
	int err = copy_to_user(q->name_addr, name, q->name_size);

	return err != 0 ? err : copy_to_user(to, q, min(q->size, sizeof(*q)));
}

static int query(struct mm *mm, vaddr_t arg)
{
	struct procmap_query q;
	char *name;
	int err = get_query(&q, arg);

	if (err != 0)
		return err;
	q.name_size = min(q.name_size, (uint32_t)PATH_MAX);
	name = kmalloc(max(q.name_size, 1U));
	if (name == NULL)
		return -ENOMEM;
	err = answer(mm, &q, name);
	if (err == 0)
		err = put_answer(&q, name, arg);
	kfree(name);
	return err;
}

long procfs_query_map(const struct procfs_entry *e, unsigned cmd, vaddr_t arg)
{
	struct mm *mm;
	int err;

	if (cmd != PROCMAP_QUERY)
		return -ENOTTY;
	err = proc_inspect_memory(e->proc, &mm);
	if (err != 0 || mm == NULL)
		return err != 0 ? err : -ESRCH;
	err = query(mm, arg);
	mm_put(mm);
	return err;
}
