/*
 * vfs/mount.c - the lock of names, and which file system covers what.
 *
 * A directory that is covered knows the root of what covers it, and a walk
 * goes on from there.  The root has the covered directory's name and parent,
 * so the way up needs to know nothing of mounts.
 */

#include "vfs/mount.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/rwsem.h"
#include "vfs/path_internal.h"

static struct LOCK_OF(rwsem, names) names_sem; /* RANK_NAMES */
static struct filesystem *root_fs; /* (c) */
static struct list mounts GUARDED_BY(C_names) = LIST_INIT(mounts);
static unsigned last_dev GUARDED_BY(C_names) = DEV_NAMELESS;

/* Others know the class alone. */
void names_lock_shared(void) ACQUIRES_SHARED(names_sem);
void names_unlock_shared(void) RELEASES_SHARED(names_sem);
void names_lock(void) ACQUIRES(names_sem);
void names_unlock(void) RELEASES(names_sem);

void names_lock_shared(void)
{
	rwsem_lock_shared(&names_sem);
}

void names_unlock_shared(void)
{
	rwsem_unlock_shared(&names_sem);
}

void names_lock(void)
{
	rwsem_lock(&names_sem);
}

void names_unlock(void)
{
	rwsem_unlock(&names_sem);
}

struct inode *vfs_root(void)
{
	return root_fs->root;
}

static void add_mount(struct filesystem *fs) REQUIRES(C_names)
{
	fs->dev = ++last_dev;
	list_push_back(&mounts, &fs->link);
}

void vfs_mount_root(struct filesystem *fs)
{
	is_private(names);
	rwsem_init(&names_sem, RANK_NAMES);
	root_fs = fs;
	add_mount(fs);
}

bool is_mount_root(const struct inode *dir)
{
	return dir == dir->fs->root;
}

static int cover(struct inode *dir, struct filesystem *fs) REQUIRES(C_names)
{
	struct name name;

	if (!inode_is(dir, S_IFDIR))
		return -ENOTDIR;
	if (is_mount_root(dir))
		return -EBUSY;
	if (dir->nlink == 0)
		return -ENOENT;
	name = (struct name){ dir->name, strlen(dir->name) };
	if (!inode_set_parent(fs->root, dir->parent, &name))
		return -ENOMEM;
	dir->mounted = fs->root;
	add_mount(fs);
	return 0;
}

int vfs_mount(const char *path, struct filesystem *fs)
{
	struct inode *dir;
	int err = vfs_lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &dir);

	if (err < 0)
		return err;
	names_lock();
	err = cover(dir, fs);
	names_unlock();
	if (err < 0)
		inode_put(dir); /* else it is held for as long as it is covered */
	return err;
}

/* ---- all of them ---- */

static int show_one(const struct filesystem *fs, char *buf,
		    int (*show)(void *arg, const struct filesystem *fs,
				const char *path), void *arg)
	REQUIRES_SHARED(C_names)
{
	long len = path_from(vfs_root(), fs->root, buf);

	return len < 0 ? (int)len : show(arg, fs, buf);
}

int vfs_show_mounts(int (*show)(void *arg, const struct filesystem *fs,
				const char *path), void *arg)
{
	const struct filesystem *fs;
	char *buf = kmalloc(PATH_MAX);
	int err = 0;

	if (buf == NULL)
		return -ENOMEM;
	names_lock_shared();
	list_for_each_entry(fs, &mounts, link) {
		err = show_one(fs, buf, show, arg);
		if (err != 0)
			break;
	}
	names_unlock_shared();
	kfree(buf);
	return err;
}

static int sync_locked(struct filesystem *fs)
{
	return fs->ops->sync != NULL ? fs->ops->sync(fs) : 0;
}

int vfs_sync(struct filesystem *fs)
{
	names_lock_shared();
	int err = sync_locked(fs);

	names_unlock_shared();
	return err;
}

void vfs_sync_all(void)
{
	struct filesystem *fs;

	names_lock_shared();
	list_for_each_entry(fs, &mounts, link)
		(void)sync_locked(fs);
	names_unlock_shared();
}
