/*
 * vfs/dir.c - reading directories.
 *
 * getdents() fills a buffer of the kernel while names are locked and copies
 * it out after; the position moves only over what the program got.
 */

#include "vfs/dir.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/file.h"
#include "vfs/notify/notify.h"
#include "vfs/path_internal.h"

#define BUFFER_MAX 32768UL

/* As a program sees one entry. */
struct user_dirent {
	uint64_t ino;
	uint64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

#define DIRENT_HEADER offsetof(struct user_dirent, name)

struct fill {
	struct dir_sink sink; /* first */
	char *buf;
	size_t used, size;
	uint64_t next;        /* cookie after the last that fitted */
	bool full;
};

static bool fill_emit(struct dir_sink *sink, const struct name *name,
		      uint64_t ino, unsigned mode, uint64_t next)
{
	struct fill *fill = container_of(sink, struct fill, sink);
	size_t size = align_up(DIRENT_HEADER + name->len + 1, 8);
	struct user_dirent *d = (void *)(fill->buf + fill->used);

	if (size > fill->size - fill->used) {
		fill->full = true;
		return false;
	}
	memset(d, 0, size);
	d->ino = ino;
	d->next = next;
	d->size = (uint16_t)size;
	d->type = (mode & S_IFMT) >> 12;
	memcpy(d->name, name->text, name->len);
	fill->used += size;
	fill->next = next;
	return true;
}

/* Everything from fill->next on that fits.  Names are locked. */
static long read_entries(struct inode *dir, struct fill *fill)
	REQUIRES_SHARED(C_names)
{
	static const struct name dot = { ".", 1 }, dotdot = { "..", 2 };
	const struct inode *parent = dir->parent != NULL ? dir->parent : dir;

	if (fill->next == 0 &&
	    !fill_emit(&fill->sink, &dot, dir->ino, S_IFDIR, 1))
		return 0;
	if (fill->next == 1 &&
	    !fill_emit(&fill->sink, &dotdot, parent->ino, S_IFDIR,
		       DIR_COOKIE_FIRST))
		return 0;
	rwsem_lock_shared(&dir->entries);
	long result = dir->ops->readdir(dir, fill->next, &fill->sink);

	rwsem_unlock_shared(&dir->entries);
	return result;
}

static long copy_out(struct file *f, const struct fill *fill, vaddr_t buf)
{
	if (fill->used == 0)
		return fill->full ? -EINVAL : 0;
	if (copy_to_user(buf, fill->buf, fill->used) < 0)
		return -EFAULT;
	WRITE_ONCE(*file_pos_without_turn(f), fill->next);
	return (long)fill->used;
}

static long dir_getdents(struct file *f, vaddr_t buf, size_t n)
{
	int err = notify_ask(f, FAN_ACCESS_PERM);

	if (err != 0)
		return err;

	struct fill fill = {
		.sink.emit = fill_emit,
		.size = min(n, BUFFER_MAX),
		.next = READ_ONCE(f->pos),
	};

	fill.buf = kmalloc(max(fill.size, 1UL));
	if (fill.buf == NULL)
		return -ENOMEM;

	names_lock_shared();
	/* Removed: not even its dots are there. */
	long result = READ_ONCE(f->inode->nlink) != 0 ?
			      read_entries(f->inode, &fill) : -ENOENT;
	names_unlock_shared();
	if (result >= 0)
		result = copy_out(f, &fill, buf);
	kfree(fill.buf);
	file_was_read(f);
	if (result >= 0)
		notify_file(f, IN_ACCESS);
	return result;
}

static ssize_t dir_read(struct file *f UNUSED, vaddr_t buf UNUSED,
			size_t n UNUSED, uint64_t *pos UNUSED)
{
	return -EISDIR;
}

long dir_lseek(struct file *f, long offset, int whence)
{
	long base = whence == 1 ? (long)READ_ONCE(f->pos) : 0;

	if ((whence != 0 && whence != 1) ||
	    __builtin_add_overflow(base, offset, &offset) || offset < 0)
		return -EINVAL;
	WRITE_ONCE(*file_pos_without_turn(f), (uint64_t)offset);
	return offset;
}

const struct file_ops dir_file_ops = {
	.read = dir_read,
	.lseek = dir_lseek,
	.getdents = dir_getdents,
};
