/*
 * init/initramfs.c - unpack the initramfs into the root directory.
 *
 * Names are made through the same functions that system calls use.  Half a
 * system is worse than none: what cannot be made as the archive says, for
 * whatever reason, is a panic that names the entry.
 *
 * The archive need not fit into memory twice: what has been copied is given
 * back on the way.
 *
 * Of a file with several names, all carry the same number, and only the last
 * one the contents.  The first makes the file, the others are links to it,
 * and the contents go wherever they come.
 */

#include "init/initramfs.h"

#include "arch/memory.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/cpio.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/pagecache.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "vfs/attr.h"
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

/* Bytes of a file that are copied before their place is given back. */
#define PIECE (256UL << 10)

/* Bytes of an archive that keeps a user waiting. */
#define LARGE (128UL << 20)

/* The archive before @at has been read. */
static void release_before(const uint8_t *at)
{
	page_release_initrd(virt_to_phys((void *)at));
}

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

static int copy_contents(struct pagecache *m, const struct cpio_entry *e)
{
	for (size_t done = 0, n; done < e->size; done += n) {
		n = min(e->size - done, PIECE);
		if (pagecache_write_kernel(m, done, e->data + done, n) !=
		    (ssize_t)n)
			return -ENOMEM;
		release_before(e->data + done + n);
	}
	return 0;
}

static int store(const char *path, const struct cpio_entry *e)
{
	struct inode *inode = NULL;
	int err = vfs_lookup(AT_FDCWD, path, 0, &inode);

	if (err < 0)
		return err;
	err = copy_contents(inode->pagecache, e);
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
	struct inode *inode = NULL;

	if (err != -EEXIST)
		return err;
	err = vfs_lookup(AT_FDCWD, path, 0, &inode);
	if (err < 0)
		return err;
	err = inode_is(inode, S_IFDIR) ? 0 : -ENOTDIR;
	inode_put(inode);
	return err;
}

static void set_attributes(const char *path, const struct cpio_entry *e)
{
	const struct attr_change change = {
		.what = ATTR_OWNER | ATTR_MODE | ATTR_MTIME,
		.uid = e->uid,
		.gid = e->gid,
		.mode = e->mode,
		.mtime = (uint64_t)e->mtime * NS_PER_SECOND,
	};
	struct inode *inode = NULL;

	if (vfs_lookup(AT_FDCWD, path, 0, &inode) < 0)
		return;
	(void)inode_set_attr(inode, &change); /* the kernel may */
	inode_put(inode);
}

static const char *why(int err)
{
	switch (err) {
	case -ENOMEM:
	case -ENOSPC:
		return "no memory for it";
	case -EEXIST:
		return "it is there already";
	case -ENOTDIR:
		return "a file where a directory is needed";
	case -EISDIR:
		return "a directory where a file is needed";
	default:
		return "it cannot be made";
	}
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

/* The name, and what set_attributes() needs, outlive the archive's pages. */
static char name_buffer[PATH_MAX];

static void unpack(struct unpack *u, const struct cpio_entry *e)
{
	const char *fault = cpio_entry_fault(e);
	int err;

	if (strlcpy(name_buffer, e->name, PATH_MAX) >= PATH_MAX)
		panic("initramfs: %.60s...: the name is too long", e->name);
	if (fault != NULL)
		panic("initramfs: %s: %s", name_buffer, fault);
	make_parents(name_buffer);
	err = unpack_entry(u, name_buffer, e);
	if (err < 0)
		panic("initramfs: %s: %s", name_buffer, why(err));
	set_attributes(name_buffer, e);
	u->made++;
}

/* Of a large archive, which takes its time, each quarter is told of. */
static void tell_progress(const struct cpio *cpio, size_t *told)
{
	if (cpio->size < LARGE || cpio->offset - *told < cpio->size / 4)
		return;
	*told = cpio->offset;
	printk("initramfs: %zu of %zu MiB are unpacked\n", *told >> 20,
	       cpio->size >> 20);
}

void initramfs_unpack(const void *archive, size_t size)
{
	size_t told = 0;
	struct unpack u = { .multi_names = LIST_INIT(u.multi_names) };
	enum cpio_status status;
	struct cpio_entry e;
	struct cpio cpio;

	cpio_open(&cpio, archive, size);
	while ((status = cpio_next(&cpio, &e)) == CPIO_ENTRY) {
		unpack(&u, &e);
		release_before(cpio.data + cpio.offset);
		tell_progress(&cpio, &told);
	}
	if (status != CPIO_END)
		panic("initramfs: the entry behind %s: %s",
		      u.made == 0 ? "none" : name_buffer,
		      cpio_status_text(status));
	if (u.made == 0)
		panic("initramfs: nothing in it");
	forget_multi(&u);
	release_before(cpio.data + size);
}
