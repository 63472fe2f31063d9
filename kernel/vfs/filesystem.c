/*
 * vfs/filesystem.c - file systems as wholes: which kinds there are, and how
 * long one lives.
 *
 * Two counts.  While somebody sees it (a mount, and through that open files
 * and current directories), its names are reachable.  With the last sight
 * they are not, and it forgets them: ops->shut.  An inode may still be in
 * somebody's hands for the rest of a call, and knows its file system; so the
 * struct goes with the last inode: ops->release.
 *
 * A file system without shut() stays for ever, and its users share no count.
 */
#include "arch/barrier.h"
#include "lib/errno.h"
#include "vfs/mount_internal.h"
#include "vfs/notify/notify.h"

static struct list types = LIST_INIT(types); /* written at boot */
static unsigned last_dev = DEV_NAMELESS;     /* (a) */
static uint64_t last_number;                 /* (a) */

void filesystem_init(struct filesystem *fs)
{
	fs->number = atomic_fetch_add_relaxed(&last_number, 1) + 1;
	fs->dev = (unsigned)atomic_fetch_add_relaxed(&last_dev, 1) + 1;
	fs->sights = REFCOUNT_INIT(1);
	fs->inodes = REFCOUNT_INIT(1);
	list_init(&fs->watches);
	list_init(&fs->marks);
}

void filesystem_get(struct filesystem *fs)
{
	if (filesystem_can_go(fs))
		refcount_get(&fs->sights);
}

bool filesystem_is_seen_once(struct filesystem *fs)
{
	return filesystem_can_go(fs) && refcount_read(&fs->sights) == 1;
}

void filesystem_put(struct filesystem *fs)
{
	if (!filesystem_can_go(fs) || !refcount_put(&fs->sights))
		return;
	notify_filesystem_gone(fs);
	fs->ops->shut(fs);
	filesystem_uncount_inode(fs);
}

/* Under the lock under which it becomes read-only, so that one of the two comes
 * first. */
int filesystem_begin_change(struct filesystem *fs)
{
	int err = 0;

	names_lock_shared();
	if (READ_ONCE(fs->readonly))
		err = -EROFS;
	else
		atomic_fetch_add_relaxed(&fs->writers, 1);
	names_unlock_shared();
	return err;
}

void filesystem_end_change(struct filesystem *fs)
{
	atomic_fetch_add_relaxed(&fs->writers, -1U);
}

void filesystem_count_inode(struct filesystem *fs)
{
	if (filesystem_can_go(fs))
		refcount_get(&fs->inodes);
}

void filesystem_uncount_inode(struct filesystem *fs)
{
	if (filesystem_can_go(fs) && refcount_put(&fs->inodes))
		fs->ops->release(fs);
}

/* ---- kinds ---- */

void filesystem_register(struct filesystem_type *type)
{
	list_push_back(&types, &type->link);
}

static const struct filesystem_type *find_type(const char *name)
{
	const struct filesystem_type *type;

	list_for_each_entry(type, &types, link)
		if (strcmp(type->name, name) == 0)
			return type;
	return NULL;
}

static int may_use_device(const struct path *device)
{
	if (!inode_is(device->inode, S_IFBLK))
		return -ENOTBLK;
	return device->mount != NULL &&
	       (READ_ONCE(device->mount->flags) & MOUNT_NODEV) ? -EACCES : 0;
}

static int make_on_device(const struct filesystem_type *type, const char *source,
			  bool readonly, const char *options,
			  struct filesystem **fs)
{
	struct path device;
	int err;

	if (source == NULL)
		return -EINVAL;
	err = vfs_lookup_path(AT_FDCWD, source, LOOKUP_FOLLOW, &device);
	if (err != 0)
		return err;
	err = may_use_device(&device);
	if (err == 0)
		err = type->get_on(device.inode, readonly, options, fs);
	path_put(&device);
	return err;
}

int filesystem_make(const char *name, const char *source, bool readonly,
		    const char *options, struct filesystem **fs)
{
	const struct filesystem_type *type = find_type(name);

	if (type == NULL)
		return -ENODEV;
	return type->get_on != NULL ?
		       make_on_device(type, source, readonly, options, fs) :
		       type->get(options, fs);
}

bool filesystem_is_known(const char *name)
{
	return find_type(name) != NULL;
}

void filesystem_list(void (*show)(void *arg, const char *name, bool on_device),
		     void *arg)
{
	const struct filesystem_type *type;

	list_for_each_entry(type, &types, link)
		show(arg, type->name, type->get_on != NULL);
}
