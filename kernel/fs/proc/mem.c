/*
 * fs/proc/mem.c - PID/mem: a process's memory as a file.
 *
 * Read and written as a debugger would, past the rights of private mappings;
 * copy-on-write holds there as everywhere (mm/access.c).  The file does not
 * keep the memory: a process that ends gives it back, whoever has it open.
 */
#include "fs/proc/procfs_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "sync/block.h"
#include "vfs/file.h"

#define CHUNK PAGE_SIZE

/* One piece between our memory at @buf and theirs at @addr: bytes moved. */
static ssize_t move(struct mm *mm, vaddr_t addr, vaddr_t buf, char *chunk,
		    size_t n, bool write)
{
	ssize_t moved;

	if (write && copy_from_user(chunk, buf, n) != 0)
		return -EFAULT;
	moved = mm_access(mm, addr, chunk, n, write, true);
	if (moved > 0 && !write &&
	    copy_to_user(buf, chunk, (size_t)moved) != 0)
		return -EFAULT;
	return moved;
}

static ssize_t move_all(struct mm *mm, vaddr_t buf, size_t n, uint64_t *pos,
			bool write)
{
	char *chunk = kmalloc(CHUNK);
	ssize_t moved = 0;
	size_t done = 0;

	if (chunk == NULL)
		return -ENOMEM;
	while (done < n) {
		size_t part = min(n - done, (size_t)CHUNK);

		moved = move(mm, *pos, buf + done, chunk, part, write);
		if (moved <= 0)
			break;
		done += (size_t)moved;
		*pos += (uint64_t)moved;
		if (block_killed())
			break;
	}
	kfree(chunk);
	return done > 0 ? (ssize_t)done : moved;
}

/* The address space was chosen when the file was opened.  That one is read
 * and written whatever its process has become; when nobody uses it any more,
 * this is the end of the file. */
static ssize_t move_if_used(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos, bool write)
{
	struct mm *mm = f->data;
	ssize_t moved;

	if (!mm_try_get(mm))
		return 0;
	moved = move_all(mm, buf, n, pos, write);
	mm_put(mm);
	return moved;
}

static ssize_t mem_read(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	return move_if_used(f, buf, n, pos, false);
}

static ssize_t mem_write(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	return move_if_used(f, buf, n, pos, true);
}

/* Addresses may look like negative offsets. */
long procfs_memory_lseek(struct file *f, long offset, int whence)
{
	uint64_t to = (uint64_t)offset;

	if (whence == 1)
		to += READ_ONCE(f->pos);
	else if (whence != 0)
		return -EINVAL;
	WRITE_ONCE(*file_pos_without_turn(f), to);
	return (long)to;
}

static void mem_release(struct file *f)
{
	if (f->data != NULL)
		mm_drop(f->data);
}

static const struct file_ops mem_file_ops = {
	.read = mem_read,
	.write = mem_write,
	.lseek = procfs_memory_lseek,
	.release = mem_release,
};

int procfs_keep_memory(struct inode *inode, struct mm **mm)
{
	int err = proc_inspect_memory(procfs_entry(inode)->proc, mm);

	if (err != 0)
		return err;
	if (*mm == NULL)
		return -ESRCH;
	mm_grab(*mm);
	mm_put(*mm);
	return 0;
}

static int mem_open(struct inode *inode, struct file *f)
{
	struct mm *mm;
	int err = procfs_keep_memory(inode, &mm);

	if (err != 0)
		return err;
	f->data = mm;
	f->ops = &mem_file_ops;
	return 0;
}

const struct inode_ops procfs_mem_ops = {
	.open = mem_open,
	.release = procfs_release,
};
