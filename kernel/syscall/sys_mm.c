/*
 * syscall/sys_mm.c - the calls that make, move, change and end mappings.
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/map.h"
#include "mm/pagecache.h"
#include "mm/vma.h"
#include "syscall/mm_args.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/flags.h"

#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define PROT_SEM 8
#define PROT_RIGHTS (PROT_READ | PROT_WRITE | PROT_EXEC)

_Static_assert(PROT_READ == VMA_READ && PROT_WRITE == VMA_WRITE &&
	       PROT_EXEC == VMA_EXEC, "rights are passed on as they are");

#define MAP_TYPE 0xfUL
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_SHARED_VALIDATE 3
#define MAP_FIXED 0x10UL
#define MAP_ANONYMOUS 0x20UL
#define MAP_GROWSDOWN 0x100UL
#define MAP_DENYWRITE 0x800UL
#define MAP_EXECUTABLE 0x1000UL
#define MAP_LOCKED 0x2000UL
#define MAP_NORESERVE 0x4000UL
#define MAP_POPULATE 0x8000UL
#define MAP_NONBLOCK 0x10000UL
#define MAP_STACK 0x20000UL
#define MAP_HUGETLB 0x40000UL
#define MAP_FIXED_NOREPLACE 0x100000UL
#define MAP_UNINITIALIZED 0x4000000UL
#define MAP_HUGE_SIZES (31UL << 26)
/* By MAP_SHARED_VALIDATE; MAP_FIXED_NOREPLACE came later than that. */
#define MAP_KNOWN                                                         \
	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN |           \
	 MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE |    \
	 MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_UNINITIALIZED |    \
	 MAP_HUGE_SIZES)

/* ---- mmap ---- */

static unsigned vma_flags_of(unsigned long prot, unsigned long flags)
{
	unsigned long type = flags & MAP_TYPE;

	return (unsigned)(prot & PROT_RIGHTS) |
	       (type != MAP_PRIVATE ? VMA_SHARED : 0) |
	       (flags & MAP_LOCKED ? VMA_LOCKED : 0) |
	       (flags & MAP_GROWSDOWN ? VMA_GROWSDOWN : 0) |
	       (flags & MAP_NORESERVE ? VMA_NORESERVE : 0);
}

/* What the open file allows; req->flags, mapping and file are filled in. */
static int check_file(struct map_request *req, struct file *file)
{
	bool shared = req->flags & VMA_SHARED;

	if (file->mode & FMODE_PATH)
		return -EBADF;
	if (!(file->mode & FMODE_READ))
		return -EACCES;
	if (req->flags & VMA_GROWSDOWN)
		return -EINVAL;
	if (shared && !(file->mode & FMODE_WRITE)) {
		if (req->flags & VMA_WRITE)
			return -EACCES;
		req->flags |= VMA_DENY_WRITE;
	}
	if (shared && (file->mode & FMODE_WRITE) && file->inode != NULL &&
	    inode_has(file->inode, INODE_APPEND))
		return -EACCES;
	if (shared && (file->mode & FMODE_WRITE) && file->ops->is_protected != NULL &&
	    file->ops->is_protected(file))
		return -EINVAL;
	if ((req->flags & VMA_EXEC) && !file_may_be_run(file))
		return -EPERM;
	if (file->ops->pagecache == NULL)
		return -ENODEV;
	req->pagecache = file->ops->pagecache(file);
	/* /dev/zero is memory like any other. */
	req->file = req->pagecache != NULL ? file : NULL;
	return 0;
}

/* One that could be written to; sealed, the file is mapped to be read. */
static long map_shared_file(struct map_request *req)
{
	struct pagecache *m = req->pagecache;
	long result = pagecache_begin_mapping(m);

	if (result == 0) {
		result = mm_map(current_mm(), req);
		pagecache_end_mapping(m);
		return result;
	}
	if (req->flags & VMA_WRITE)
		return result;
	req->flags |= VMA_DENY_WRITE;
	return mm_map(current_mm(), req);
}

static long map_checked(struct map_request *req)
{
	if (req->pagecache != NULL &&
	    (req->flags & (VMA_SHARED | VMA_DENY_WRITE)) == VMA_SHARED)
		return map_shared_file(req);
	return mm_map(current_mm(), req);
}

static NOINLINE long map_file(struct map_request *req, int fd)
{
	struct file *file = fd_get(fd);
	long result;

	if (file == NULL)
		return -EBADF;
	result = check_file(req, file);
	if (result == 0)
		result = map_checked(req);
	if (result > 0)
		file_was_read(file);
	file_put(file);
	return result;
}

/* There are no huge pages, and no file has any; other unknown flags are
 * ignored, as ever, but by MAP_SHARED_VALIDATE. */
static int check_mmap_flags(unsigned long flags, bool anonymous)
{
	if ((flags & MAP_HUGETLB) && !anonymous)
		return -EINVAL;
	/* What grows downwards is a stack, and one's own. */
	if ((flags & MAP_GROWSDOWN) && (flags & MAP_TYPE) == MAP_SHARED)
		return -EINVAL;
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
	case MAP_PRIVATE:
		return flags & MAP_HUGETLB ? -ENOMEM : 0;
	case MAP_SHARED_VALIDATE:
		if (anonymous)
			return -EINVAL;
		return flags & ~MAP_KNOWN ? -EOPNOTSUPP : 0;
	default:
		return -EINVAL;
	}
}

/* A file has bytes up to INT64_MAX; the offset of memory says nothing, but has
 * to count pages. */
static bool is_offset_range(uint64_t offset, uint64_t length, bool anonymous)
{
	return offset <= (anonymous ? UINT64_MAX : INT64_MAX) - length;
}

/* Who asks for it himself may have to hear that he may lock nothing. */
static NOINLINE int may_map_locked(uint64_t length)
{
	return may_lock(0) != 0 ? -EPERM : may_lock_more(length);
}

static NOINLINE bool fd_is_open(int fd)
{
	struct file *file = fd_get(fd);

	if (file != NULL)
		file_put(file);
	return file != NULL;
}

/*
 * LACKS mmap: `MAP_HUGETLB` is `ENOMEM`, `MAP_SYNC` `EOPNOTSUPP`,
 * `MAP_DROPPABLE` `EINVAL`; nobody, root either, maps the first page.
 */
SYSCALL_6(mmap, addr, length, prot, flags, fd, offset)
{
	struct map_request req = {
		.addr = addr,
		.length = align_up(length, PAGE_SIZE),
		.flags = vma_flags_of(prot, flags),
		.fixed = flags & MAP_FIXED,
		.noreplace = flags & MAP_FIXED_NOREPLACE,
		.populate = flags & (MAP_POPULATE | MAP_LOCKED),
		.offset = offset,
	};
	bool anonymous = flags & MAP_ANONYMOUS;
	int err;

	if (!is_aligned(offset, PAGE_SIZE))
		return -EINVAL;
	if (!anonymous && !fd_is_open((int)fd))
		return -EBADF;
	err = check_mmap_flags(flags, anonymous);
	if (err != 0)
		return err;
	if (length == 0)
		return -EINVAL;
	if (length > user_end)
		return -ENOMEM;
	if (!is_offset_range(offset, req.length, anonymous))
		return -EOVERFLOW;
	err = flags & MAP_LOCKED ? may_map_locked(req.length) :
				   may_map_more(req.length);
	if (err != 0)
		return err;
	return anonymous ? mm_map(current_mm(), &req) : map_file(&req, (int)fd);
}

/* ---- the others that change mappings ---- */

SYSCALL_2(munmap, start, length)
{
	if (length == 0 || !get_range(start, &length))
		return -EINVAL;
	return mm_unmap(current_mm(), start, length);
}

/* LACKS mprotect: `PROT_GROWSDOWN` is `EINVAL`. */
SYSCALL_3(mprotect, start, length, prot)
{
	if (!is_aligned(start, PAGE_SIZE))
		return -EINVAL;
	if (length == 0)
		return 0;
	if (!round_range(start, &length) || length == 0)
		return -ENOMEM;
	if (prot & ~(unsigned long)(PROT_RIGHTS | PROT_SEM))
		return -EINVAL;
	return mm_protect(current_mm(), start, length,
			  (unsigned)(prot & PROT_RIGHTS));
}

#define MREMAP_MAYMOVE 1UL
#define MREMAP_FIXED 2UL

static int is_locked(const struct vma *vma)
{
	return (vma->flags & VMA_LOCKED) != 0;
}

/* What is locked grows: it may be too much, and is brought in. */
static NOINLINE long grow_locked(vaddr_t old, uint64_t old_length,
				 uint64_t new_length, bool may_move, bool fixed,
				 vaddr_t new)
{
	uint64_t more = new_length - old_length;
	long at = may_lock_more(more);

	if (at == 0)
		at = mm_remap(current_mm(), old, old_length, new_length, may_move,
			      fixed, new);
	if (at > 0)
		(void)mm_populate(current_mm(), (vaddr_t)at + old_length, more);
	return at;
}

/*
 * LACKS mremap: `MREMAP_DONTUNMAP` and an old length of 0 are `EINVAL`; by what
 * memory of `MLOCK_ONFAULT` grows is brought in.
 */
SYSCALL_5(mremap, old, old_length, new_length, flags, new)
{
	bool may_move = flags & MREMAP_MAYMOVE, fixed = flags & MREMAP_FIXED;

	if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) || (fixed && !may_move))
		return -EINVAL;
	old_length = align_up(old_length, PAGE_SIZE);
	new_length = align_up(new_length, PAGE_SIZE);
	if (fixed && new_length > user_end)
		return -EINVAL;
	if (new_length > old_length &&
	    mm_ask(current_mm(), old, PAGE_SIZE, is_locked) > 0)
		return grow_locked(old, old_length, new_length, may_move, fixed,
				   new);
	return mm_remap(current_mm(), old, old_length, new_length, may_move,
			fixed, new);
}

/* Nobody needs it who can call mmap(); as on Linux it is no more than that. */
SYSCALL_4(remap_file_pages, start, size, prot, page)
{
	uint64_t length = align_down(size, PAGE_SIZE);

	start = align_down(start, PAGE_SIZE);
	if (prot != 0 || start + length <= start ||
	    page > (INT64_MAX - length) >> PAGE_SHIFT)
		return -EINVAL;
	return mm_repage(current_mm(), start, length, page << PAGE_SHIFT);
}

/* Would the heap be more than may be locked? */
static NOINLINE bool may_lock_heap(struct mm *mm, vaddr_t end)
{
	vaddr_t now = (vaddr_t)mm_brk(mm, 0);

	return end <= now ||
	       may_lock(mm_pages_locked_with(mm, now, end - now)) == 0;
}

SYSCALL_1(brk, end)
{
	struct mm *mm = current_mm();

	if (READ_ONCE(mm->new_flags) && !may_lock_heap(mm, end))
		end = 0;
	return mm_brk(mm, end);
}
