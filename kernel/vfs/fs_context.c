/*
 * vfs/fs_context.c - each process's place among the names: root, current
 * directory, umask.
 *
 * Roots and current directories are written under the exclusive lock, so
 * whoever holds it, in either way, may use them without a reference; and who peeks
 * (vfs/peek.c), for as long as names do not move.
 */

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/attr.h"
#include "vfs/fs_context.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"
#include "vfs/process.h"

/*
 *	(n)	the lock of names
 */
struct fs_context {
	struct refcount refs;
	struct path root; /* (n) */
	struct path cwd;  /* (n) */
	unsigned umask;   /* (a) */
};

static struct fs_context *context_alloc(unsigned umask)
{
	struct fs_context *fs = kzalloc(sizeof(*fs));

	if (fs == NULL)
		return NULL;
	fs->refs = REFCOUNT_INIT(1);
	fs->umask = umask;
	return fs;
}

/* Names are locked, or nobody else knows @fs. */
static void context_set(struct fs_context *fs, struct path root,
			struct path cwd)
{
	path_get(&root);
	path_get(&cwd);
	fs->root = root;
	fs->cwd = cwd;
}

struct fs_context *fs_context_create(void)
{
	struct fs_context *fs = context_alloc(022);

	if (fs != NULL)
		context_set(fs, vfs_root(), vfs_root());
	return fs;
}

struct fs_context *fs_context_copy(struct fs_context *from)
{
	struct fs_context *fs = context_alloc(READ_ONCE(from->umask));

	if (fs == NULL)
		return NULL;
	names_lock_shared();
	context_set(fs, from->root, from->cwd);
	names_unlock_shared();
	return fs;
}

void fs_context_get(struct fs_context *fs)
{
	refcount_get(&fs->refs);
}

/* Each process that uses it has one reference; nobody else has. */
bool fs_context_is_shared(const struct fs_context *fs)
{
	return refcount_read(&fs->refs) > 1;
}

void fs_context_put(struct fs_context *fs)
{
	if (!refcount_put(&fs->refs))
		return;
	path_put(&fs->root);
	path_put(&fs->cwd);
	kfree(fs);
}

struct path fs_context_root_locked(struct fs_context *fs)
{
	path_get(&fs->root);
	return fs->root;
}

struct path fs_context_cwd_locked(struct fs_context *fs)
{
	struct path cwd = fs->cwd;

	race_point(place_known, fs);
	path_get(&cwd);
	return cwd;
}

struct path fs_context_cwd(struct fs_context *fs)
{
	names_lock_shared();
	struct path cwd = fs_context_cwd_locked(fs);

	names_unlock_shared();
	return cwd;
}

unsigned fs_context_umask(const struct fs_context *fs)
{
	return READ_ONCE(fs->umask);
}

/* ---- of the running process; the kernel's own threads have none ---- */

static struct fs_context *own_context(void)
{
	const struct vfs_process *self = vfs_self_if_any();

	return self != NULL ? self->fs : NULL;
}

struct path own_root(void)
{
	struct fs_context *fs = own_context();

	return fs != NULL ? fs->root : vfs_root();
}

struct path own_cwd(void)
{
	struct fs_context *fs = own_context();
	struct path root;

	if (fs != NULL)
		return fs_context_cwd(fs);
	root = vfs_root();
	path_get(&root);
	return root;
}

void own_places(struct path *root, struct path *cwd)
{
	const struct fs_context *fs = own_context();

	if (fs == NULL) {
		*root = *cwd = vfs_root();
		return;
	}
	*root = (struct path){ READ_ONCE(fs->root.mount), READ_ONCE(fs->root.inode) };
	*cwd = (struct path){ READ_ONCE(fs->cwd.mount), READ_ONCE(fs->cwd.inode) };
}

unsigned own_umask(void)
{
	const struct fs_context *fs = own_context();

	return fs != NULL ? fs_context_umask(fs) : 0;
}

/* Put @dir into *@slot of the running process's context. */
static void change_place(struct path *slot, const struct path *dir)
{
	path_get(dir);
	names_lock();
	struct path old = *slot;

	WRITE_ONCE(slot->mount, dir->mount);
	WRITE_ONCE(slot->inode, dir->inode);
	names_unlock();
	path_put(&old);
}

int vfs_chdir(const struct path *dir)
{
	if (!inode_is(dir->inode, S_IFDIR))
		return -ENOTDIR;

	int err = inode_permission(dir->inode, MAY_EXEC);

	if (err == 0)
		change_place(&own_context()->cwd, dir);
	return err;
}

int vfs_chroot(const struct path *dir)
{
	if (!inode_is(dir->inode, S_IFDIR))
		return -ENOTDIR;

	int err = inode_permission(dir->inode, MAY_EXEC);

	if (err == 0 && !cred_can(current_cred(), CAP_SYS_CHROOT))
		err = -EPERM;
	if (err == 0)
		change_place(&own_context()->root, dir);
	return err;
}

unsigned vfs_umask(unsigned mask)
{
	return __atomic_exchange_n(&own_context()->umask, mask & 0777,
				   __ATOMIC_RELAXED);
}

long vfs_getcwd(char *buf)
{
	const struct fs_context *fs = own_context();
	long len;

	names_lock_shared();
	if (READ_ONCE(fs->cwd.inode->nlink) == 0)
		len = -ENOENT;
	else
		len = path_from(&fs->root, &fs->cwd, buf);
	names_unlock_shared();
	return len < 0 ? len : len + 1;
}

long path_of_dir_locked(const struct path *dir, char *buf)
{
	bool deleted = READ_ONCE(dir->inode->nlink) == 0;
	const struct path root = vfs_root();
	long len = path_from(&root, dir, buf);

	if (len < 0 || !deleted)
		return len;
	if ((size_t)len + sizeof(PATH_DELETED) > PATH_MAX)
		return -ENAMETOOLONG;
	strlcpy(buf + len, PATH_DELETED, sizeof(PATH_DELETED));
	return len + (long)sizeof(PATH_DELETED) - 1;
}
