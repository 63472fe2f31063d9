/*
 * vfs/dir.c - names in directories.
 *
 * getdents() fills a buffer of the kernel while names are locked and
 * copies it out after; the position moves only over what the program got.
 */

#include "vfs/dir.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/path_internal.h"

#define NO_OPS NULL

static struct dirent_node *entry_of(struct avl_node *node)
{
	return container_of(node, struct dirent_node, node);
}

/* Shorter names first: lengths differ more often than they cost to compare. */
static int compare(const char *name, size_t len, const struct dirent_node *e)
{
	if (len != e->len)
		return len < e->len ? -1 : 1;
	return memcmp(name, e->name, len);
}

struct dirent_node *dir_find(struct inode *dir, const char *name, size_t len)
{
	struct avl_node *node = dir->dir.entries.node;

	while (node != NULL) {
		int cmp = compare(name, len, entry_of(node));

		if (cmp == 0)
			return entry_of(node);
		node = cmp < 0 ? node->left : node->right;
	}
	return NULL;
}

static struct dirent_node *entry_create(const char *name, size_t len,
					struct inode *inode)
{
	struct dirent_node *e = kmalloc(sizeof(*e) + len);

	if (e == NULL)
		return NULL;
	inode_get(inode);
	e->inode = inode;
	e->len = len;
	memcpy(e->name, name, len);
	return e;
}

int dir_add(struct inode *dir, const char *name, size_t len,
	    struct inode *inode)
{
	struct avl_node *parent = NULL, **link = &dir->dir.entries.node;
	struct dirent_node *e = entry_create(name, len, inode);

	if (e == NULL)
		return -ENOMEM;
	while (*link != NULL) {
		parent = *link;
		link = compare(name, len, entry_of(parent)) < 0 ?
			       &parent->left : &parent->right;
	}
	avl_insert(&dir->dir.entries, parent, link, &e->node, NO_OPS);
	e->cookie = dir->dir.next_cookie++;
	list_push_back(&dir->dir.order, &e->order);
	inode_touch_mtime(dir);
	return 0;
}

struct inode *dir_remove(struct inode *dir, struct dirent_node *e)
{
	struct inode *inode = e->inode;

	avl_remove(&dir->dir.entries, &e->node, NO_OPS);
	list_remove(&e->order);
	kfree(e);
	inode_touch_mtime(dir);
	return inode;
}

struct inode *dir_lookup(struct inode *dir, const char *name, size_t len)
{
	if (dir->ops->lookup != NULL)
		return dir->ops->lookup(dir, name, len);

	struct dirent_node *e = dir_find(dir, name, len);

	if (e == NULL)
		return NULL;
	inode_get(e->inode);
	return e->inode;
}

/* ---- reading a directory ---- */

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

static bool fill_emit(struct dir_sink *sink, const char *name, size_t len,
		      uint64_t ino, unsigned mode, uint64_t next)
{
	struct fill *fill = container_of(sink, struct fill, sink);
	size_t size = align_up(DIRENT_HEADER + len + 1, 8);
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
	memcpy(d->name, name, len);
	fill->used += size;
	fill->next = next;
	return true;
}

static void read_names(struct inode *dir, uint64_t cookie,
		       struct dir_sink *sink)
{
	struct dirent_node *e;

	list_for_each_entry(e, &dir->dir.order, order)
		if (e->cookie >= cookie &&
		    !sink->emit(sink, e->name, e->len, e->inode->ino,
				e->inode->mode, e->cookie + 1))
			return;
}

/* Everything from fill->next on that fits.  Names are locked. */
static long read_entries(struct inode *dir, struct fill *fill)
{
	const struct inode *parent = dir->parent != NULL ? dir->parent : dir;

	if (fill->next == 0 &&
	    !fill_emit(&fill->sink, ".", 1, dir->ino, S_IFDIR, 1))
		return 0;
	if (fill->next == 1 &&
	    !fill_emit(&fill->sink, "..", 2, parent->ino, S_IFDIR,
		       DIR_COOKIE_FIRST))
		return 0;
	if (dir->ops->readdir != NULL)
		return dir->ops->readdir(dir, fill->next, &fill->sink);
	if (dir->nlink != 0)
		read_names(dir, fill->next, &fill->sink);
	return 0;
}

static long copy_out(struct file *f, const struct fill *fill, vaddr_t buf)
{
	if (fill->used == 0)
		return fill->full ? -EINVAL : 0;
	if (copy_to_user(buf, fill->buf, fill->used) < 0)
		return -EFAULT;
	f->pos = fill->next;
	return (long)fill->used;
}

static long dir_getdents(struct file *f, vaddr_t buf, size_t n)
{
	struct fill fill = {
		.sink.emit = fill_emit,
		.size = min(n, BUFFER_MAX),
		.next = f->pos,
	};

	fill.buf = kmalloc(max(fill.size, 1UL));
	if (fill.buf == NULL)
		return -ENOMEM;

	names_lock_shared();
	long result = read_entries(f->inode, &fill);
	names_unlock_shared();
	if (result >= 0)
		result = copy_out(f, &fill, buf);
	kfree(fill.buf);
	inode_touch_atime(f->inode);
	return result;
}

static ssize_t dir_read(struct file *f UNUSED, vaddr_t buf UNUSED,
			size_t n UNUSED, uint64_t *pos UNUSED)
{
	return -EISDIR;
}

long dir_lseek(struct file *f, long offset, int whence)
{
	if (whence == 1)
		offset += (long)f->pos;
	else if (whence != 0)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	f->pos = (uint64_t)offset;
	return offset;
}

const struct file_ops dir_file_ops = {
	.read = dir_read,
	.lseek = dir_lseek,
	.getdents = dir_getdents,
};
