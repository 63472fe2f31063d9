/*
 * init/initramfs.c - unpack the initramfs into the root directory.
 *
 * Names are made through the same functions that system calls use.  An entry
 * that cannot be made is reported and skipped; so is what follows a broken
 * one.  With no entry at all the machine has nothing to run, and panics.
 *
 * Of a file with several names, all carry the same number, and only the last
 * one the contents.  The first makes the file, the others are links to it,
 * and the contents go wherever they come.
 */

#include "init/initramfs.h"

#include "debug/printk.h"
#include "fs/tmp/tmpfs.h"
#include "lib/bug.h"
#include "lib/cpio.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "vfs/path.h"

/* Boot is single-threaded, and its stack is small. */
static char path_buffer[PATH_MAX];

/* A file that has more names to come, by its number in the archive. */
struct multi_name {
	struct list link;
	uint32_t ino, dev_major, dev_minor;
	char *path; /* where it was made first */
};

struct unpack {
	struct list multi_names;
	unsigned made;
};

/* Make the directories that lead to @path, if the archive did not. */
static void make_parents(const char *path)
{
	for (const char *p = strchr(path, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		size_t len = (size_t)(p - path);

		if (len == 0)
			continue;
		strlcpy(path_buffer, path, len + 1);
		(void)vfs_mkdir(AT_FDCWD, path_buffer, 0755);
	}
}

/* ---- contents ---- */

static int store(const char *path, const struct cpio_entry *e)
{
	struct inode *inode = NULL;
	int err = vfs_lookup(AT_FDCWD, path, 0, &inode);

	if (err < 0)
		return err;
	if (mapping_write_kernel(&inode->mapping, 0, e->data, e->size) !=
	    (ssize_t)e->size)
		err = -ENOMEM;
	inode_put(inode);
	return err;
}

static int make_file(const char *path, const struct cpio_entry *e)
{
	struct file *f;
	int err = vfs_open(AT_FDCWD, path, O_CREAT | O_EXCL | O_WRONLY,
			   e->mode, &f);

	if (err < 0)
		return err;
	file_put(f);
	return 0;
}

/* ---- files with several names ---- */

static struct multi_name *find_multi(struct unpack *u,
				     const struct cpio_entry *e)
{
	struct multi_name *m;

	list_for_each_entry(m, &u->multi_names, link)
		if (m->ino == e->ino && m->dev_major == e->dev_major &&
		    m->dev_minor == e->dev_minor)
			return m;
	return NULL;
}

static int remember_multi(struct unpack *u, const char *path,
			  const struct cpio_entry *e)
{
	struct multi_name *m = kmalloc(sizeof(*m));

	if (m == NULL)
		return -ENOMEM;
	*m = (struct multi_name){
		.ino = e->ino,
		.dev_major = e->dev_major,
		.dev_minor = e->dev_minor,
		.path = kstrdup(path),
	};
	if (m->path == NULL) {
		kfree(m);
		return -ENOMEM;
	}
	list_push_back(&u->multi_names, &m->link);
	return 0;
}

static void forget_multi(struct unpack *u)
{
	struct multi_name *m, *next;

	list_for_each_entry_safe(m, next, &u->multi_names, link) {
		kfree(m->path);
		kfree(m);
	}
}

static int unpack_file(struct unpack *u, const char *path,
		       const struct cpio_entry *e)
{
	struct multi_name *m = e->nlink > 1 ? find_multi(u, e) : NULL;
	int err;

	if (m != NULL)
		err = vfs_link(AT_FDCWD, m->path, AT_FDCWD, path, 0);
	else
		err = make_file(path, e);
	if (err == 0 && m == NULL && e->nlink > 1)
		err = remember_multi(u, path, e);
	if (err == 0 && e->size != 0)
		err = store(path, e);
	return err;
}

/* ---- entries ---- */

static int unpack_link(const char *path, const struct cpio_entry *e)
{
	if (e->size >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(path_buffer, e->data, e->size);
	path_buffer[e->size] = '\0';
	return vfs_symlink(path_buffer, AT_FDCWD, path);
}

/* A directory may be there already: the archive names them in any order. */
static int unpack_dir(const char *path, const struct cpio_entry *e)
{
	int err = vfs_mkdir(AT_FDCWD, path, e->mode);

	return err == -EEXIST ? 0 : err;
}

static void set_attributes(const char *path, const struct cpio_entry *e)
{
	struct inode *inode = NULL;

	if (vfs_lookup(AT_FDCWD, path, 0, &inode) < 0)
		return;
	mutex_lock(&inode->lock);
	inode->uid = e->uid;
	inode->gid = e->gid;
	inode->mode = (inode->mode & S_IFMT) | (e->mode & 07777);
	inode->mtime = (uint64_t)e->mtime * 1000000000;
	mutex_unlock(&inode->lock);
	inode_put(inode);
}

static int unpack_entry(struct unpack *u, const char *path,
			const struct cpio_entry *e)
{
	switch (e->mode & S_IFMT) {
	case S_IFREG:
		return unpack_file(u, path, e);
	case S_IFDIR:
		return unpack_dir(path, e);
	case S_IFLNK:
		return unpack_link(path, e);
	default:
		return vfs_mknod(AT_FDCWD, path, e->mode, e->rdev_major,
				 e->rdev_minor);
	}
}

static void unpack(struct unpack *u, const struct cpio_entry *e)
{
	int err;

	if (e->name_len >= PATH_MAX) {
		printk("initramfs: a name is too long\n");
		return;
	}
	make_parents(e->name);
	err = unpack_entry(u, e->name, e);
	if (err < 0) {
		printk("initramfs: %s: error %d\n", e->name, -err);
		return;
	}
	set_attributes(e->name, e);
	u->made++;
}

void initramfs_unpack(const void *archive, size_t size)
{
	struct unpack u = { .multi_names = LIST_INIT(u.multi_names) };
	enum cpio_status status;
	struct cpio_entry e;
	struct cpio cpio;

	cpio_open(&cpio, archive, size);
	while ((status = cpio_next(&cpio, &e)) == CPIO_ENTRY)
		unpack(&u, &e);
	forget_multi(&u);
	if (u.made == 0)
		panic("initramfs: nothing in it: %s", cpio_status_text(status));
	if (status != CPIO_END)
		printk("initramfs: the rest is lost: %s\n",
		       cpio_status_text(status));
}
