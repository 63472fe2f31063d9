/*
 * syscall/sys_mm.c - memory: every check that needs only the arguments.
 */
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/file.h"
#include "proc/proc.h"
#include "syscall/syscall.h"

#define PROT_ALL 7UL
#define PROT_GROWSDOWN 0x01000000UL

#define MAP_SHARED 1UL
#define MAP_PRIVATE 2UL
#define MAP_SHARED_VALIDATE 3UL
#define MAP_TYPE 15UL
#define MAP_FIXED 0x10UL
#define MAP_ANONYMOUS 0x20UL
#define MAP_GROWSDOWN 0x100UL
#define MAP_LOCKED 0x2000UL
#define MAP_NORESERVE 0x4000UL
#define MAP_POPULATE 0x8000UL
#define MAP_STACK 0x20000UL
#define MAP_HUGETLB 0x40000UL
#define MAP_FIXED_NOREPLACE 0x100000UL

/* [start, start + length) lies in the user half; *@length is rounded up. */
static int check_range(vaddr_t start, unsigned long *length)
{
	if (start % PAGE_SIZE != 0)
		return -EINVAL;
	if (*length > USER_END || start > USER_END - *length)
		return -ENOMEM;
	*length = align_up(*length, PAGE_SIZE);
	return 0;
}

/* PROT_READ, _WRITE and _EXEC are VMA_READ, _WRITE and _EXEC. */
static int add_file(struct map_request *req, struct file *f, bool shared)
{
	if (f == NULL)
		return -EBADF;
	if (f->mode & FMODE_PATH)
		return -EBADF;
	if (!(f->mode & FMODE_READ))
		return -EACCES;
	if (shared && !(f->mode & FMODE_WRITE)) {
		if (req->flags & VMA_WRITE)
			return -EACCES;
		req->flags |= VMA_DENY_WRITE;
	}
	req->mapping = file_mapping(f);
	req->file = f;
	return req->mapping == NULL ? -ENODEV : 0;
}

static int decode_type(struct map_request *req, unsigned long flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
	case MAP_SHARED_VALIDATE:
		req->flags |= VMA_SHARED;
		break;
	case MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	if (flags & MAP_HUGETLB)
		return -EINVAL;
	if (flags & MAP_GROWSDOWN)
		req->flags |= VMA_GROWSDOWN;
	req->fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
	req->noreplace = flags & MAP_FIXED_NOREPLACE;
	req->populate = flags & (MAP_POPULATE | MAP_LOCKED);
	return 0;
}

SYSCALL_6(mmap, addr, length, prot, flags, fd, offset)
{
	struct map_request req = {
		.addr = addr,
		.length = align_up(length, PAGE_SIZE),
		.flags = prot & PROT_ALL,
		.offset = offset,
	};
	struct file *f = NULL;
	long result;

	if (length == 0 || offset % PAGE_SIZE != 0)
		return -EINVAL;
	if (length > USER_END)
		return -ENOMEM;
	result = decode_type(&req, flags);
	if (result == 0 && req.fixed)
		result = check_range(addr, &length);
	if (result == 0 && !(flags & MAP_ANONYMOUS)) {
		f = fd_get((int)fd);
		result = add_file(&req, f, req.flags & VMA_SHARED);
	}
	if (result == 0)
		result = mm_map(current_mm(), &req);
	if (f != NULL)
		file_put(f);
	return result;
}

SYSCALL_2(munmap, addr, length)
{
	if (length == 0 || check_range(addr, &length) != 0)
		return -EINVAL;
	return mm_unmap(current_mm(), addr, length);
}

SYSCALL_3(mprotect, addr, length, prot)
{
	int err;

	if (prot & ~PROT_ALL)
		return -EINVAL;
	err = check_range(addr, &length);
	if (err != 0 || length == 0)
		return err;
	return mm_protect(current_mm(), addr, length, (unsigned)prot);
}

#define MREMAP_MAYMOVE 1UL
#define MREMAP_FIXED 2UL

SYSCALL_5(mremap, old, old_length, new_length, flags, new_addr)
{
	bool fixed = flags & MREMAP_FIXED;

	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED))
		return -EINVAL;
	if (fixed && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (new_length == 0 || check_range(old, &old_length) != 0)
		return -EINVAL;
	if (new_length > USER_END)
		return fixed ? -EINVAL : -ENOMEM;
	new_length = align_up(new_length, PAGE_SIZE);
	if (fixed && check_range(new_addr, &new_length) != 0)
		return -EINVAL;
	return mm_remap(current_mm(), old, old_length, new_length,
			flags & MREMAP_MAYMOVE, fixed, new_addr);
}

SYSCALL_1(brk, end)
{
	return mm_brk(current_mm(), end);
}

enum {
	MADV_NORMAL = 0,
	MADV_RANDOM = 1,
	MADV_SEQUENTIAL = 2,
	MADV_WILLNEED = 3,
	MADV_DONTNEED = 4,
	MADV_FREE = 8,
	MADV_MERGEABLE = 12,
	MADV_UNMERGEABLE = 13,
	MADV_HUGEPAGE = 14,
	MADV_NOHUGEPAGE = 15,
	MADV_DONTDUMP = 16,
	MADV_DODUMP = 17,
	MADV_COLD = 20,
};

SYSCALL_3(madvise, addr, length, advice)
{
	if (check_range(addr, &length) != 0)
		return -EINVAL;
	switch (advice) {
	case MADV_DONTNEED:
		return length == 0 ? 0 :
				     mm_discard(current_mm(), addr, length);
	/* Hints: what they allow, we need not do. */
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_FREE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_COLD:
		return length == 0 ? 0 :
				     mm_is_mapped(current_mm(), addr, length);
	default:
		return -EINVAL;
	}
}

#define MS_ASYNC 1UL
#define MS_INVALIDATE 2UL
#define MS_SYNC 4UL

/* Mappings and files are the same pages: nothing is ever out of step. */
SYSCALL_3(msync, addr, length, flags)
{
	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC))
		return -EINVAL;
	if ((flags & MS_ASYNC) && (flags & MS_SYNC))
		return -EINVAL;
	if (addr % PAGE_SIZE != 0)
		return -EINVAL;
	if (check_range(addr, &length) != 0)
		return -ENOMEM;
	return length == 0 ? 0 : mm_is_mapped(current_mm(), addr, length);
}

SYSCALL_3(mincore, addr, length, vec)
{
	uint8_t resident[256];
	int err = 0;

	if (addr % PAGE_SIZE != 0)
		return -EINVAL;
	if (check_range(addr, &length) != 0)
		return -ENOMEM;
	while (length > 0 && err == 0) {
		unsigned long n = min(length, sizeof(resident) * PAGE_SIZE);

		err = mm_resident(current_mm(), addr, n, resident);
		if (err == 0)
			err = copy_to_user(vec, resident, n / PAGE_SIZE);
		addr += n;
		length -= n;
		vec += n / PAGE_SIZE;
	}
	return err;
}

/* Nothing is ever swapped out: to lock is to make present. */
static long lock_range(unsigned long addr, unsigned long length, bool populate)
{
	unsigned long start = align_down(addr, PAGE_SIZE);
	int err;

	length += addr - start;
	if (check_range(start, &length) != 0)
		return -ENOMEM;
	if (length == 0)
		return 0;
	err = mm_is_mapped(current_mm(), start, length);
	if (err == 0 && populate)
		err = mm_populate(current_mm(), start, length);
	return err;
}

SYSCALL_2(mlock, addr, length)
{
	return lock_range(addr, length, true);
}

SYSCALL_3(mlock2, addr, length, flags)
{
	return flags & ~1UL ? -EINVAL : lock_range(addr, length, !(flags & 1));
}

SYSCALL_2(munlock, addr, length)
{
	return lock_range(addr, length, false);
}

SYSCALL_1(mlockall, flags)
{
	return flags == 0 || flags & ~7UL ? -EINVAL : 0;
}

SYSCALL_0(munlockall)
{
	return 0;
}
