/*
 * vfs/create.c - new names.
 *
 * A walk finds that the name is not there; then the entries of the directory
 * are locked, and it is looked for again.  If another thread was faster the
 * walk begins anew: what it finds then may be a link that leads elsewhere.
 */

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mm/slab.h"
#include "sync/rcu.h"
#include "sync/retry.h"
#include "vfs/attr.h"
#include "vfs/change_internal.h"
#include "vfs/flags.h"
#include "vfs/landlock/landlock.h"
#include "vfs/mount.h"
#include "vfs/notify/notify.h"

int may_create(const struct walk *w)
{
	if (w->kind != LAST_NAME || w->at.inode != NULL)
		return -EEXIST;
	if (mount_is_readonly(w->dir_mount))
		return -EROFS;
	if (READ_ONCE(w->at.dir->nlink) == 0 || w->at.dir->ops->create == NULL)
		return -ENOENT;
	return inode_permission(w->at.dir, MAY_WRITE | MAY_EXEC);
}

/*
 * What @wanted becomes in @dir: the running process's; in a set-group-ID directory, of
 * the directory's group, whose rights a program then has only if a member has made
 * it.  That is judged by what was asked for, before the umask takes its part: where it
 * takes the right to execute, chmod() could give that back to a program which vouches
 * for the group.
 */
static struct inode_spec spec_in(struct inode *dir, const struct inode_spec *wanted)
{
	const struct cred *cred = current_cred();
	struct inode_owner owner = inode_owner(dir);
	unsigned type = wanted->mode & S_IFMT;
	struct inode_spec spec = *wanted;

	spec.uid = cred->fsuid;
	spec.gid = cred->fsgid;
	if (type != S_IFLNK)
		spec.mode &= ~own_umask();
	if (!(owner.mode & S_ISGID))
		return spec;
	spec.gid = owner.gid;
	if (type == S_IFDIR)
		spec.mode |= S_ISGID;
	else if ((wanted->mode & S_IXGRP) && !may_give_group(owner.gid))
		spec.mode &= ~S_ISGID;
	return spec;
}

void count_subdir(struct inode *dir, int change)
{
	atomic_fetch_add_relaxed(&dir->nlink, (unsigned)change);
}

/* The entries of the directory are locked: whoever watches it is told of a name
 * before somebody can take it away. */
static int create_entry(struct walk *w, const struct inode_spec *spec)
	REQUIRES_SHARED(C_names)
{
	struct inode *dir = w->at.dir;
	int err;

	if (!walk_is_still_so(w))
		return -ESTALE;
	err = dir->ops->create(&w->at, spec);
	if (err < 0)
		return err;
	if (inode_is(w->at.inode, S_IFDIR))
		count_subdir(dir, 1);
	inode_touch_mtime(dir);
	notify_name(&w->at, IN_CREATE);
	return 0;
}

int walk_create(struct walk *w, const struct inode_spec *wanted)
{
	struct inode *dir = w->at.dir;
	struct inode_spec spec;
	int err = may_create(w);

	if (err == 0)
		err = landlock_may_make(w->dir_mount, dir, wanted->mode & S_IFMT);
	if (err < 0)
		return err;
	spec = spec_in(dir, wanted);
	race_point(name_missing, dir);
	rwsem_lock(&dir->entries);
	err = create_entry(w, &spec);
	rwsem_unlock(&dir->entries);
	return err;
}

static int may_create_nameless(const struct walk *w)
{
	struct inode *dir = w->at.inode;

	if (dir == NULL || !inode_is(dir, S_IFDIR))
		return -ENOTDIR;
	if (mount_is_readonly(w->mount))
		return -EROFS;
	if (dir->ops->nameless == NULL)
		return -EOPNOTSUPP;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

static void set_nameless(struct inode *inode, bool linkable)
{
	is_private(names);
	inode->nlink = 0;
	inode->linkable = linkable;
}

/* @w looks as if it had found @inode in the directory that it found, by a name
 * for /proc to show; which it keeps where it keeps the path. */
static int show_as_found(struct walk *w, struct inode *inode)
{
	const size_t size = sizeof("#18446744073709551615 (deleted)");
	char *text = kmalloc(size);
	size_t len;

	if (text == NULL)
		return -ENOMEM;
	len = (size_t)ksnprintf(text, size, "#%lu (deleted)", inode->ino);
	inode_put(w->at.dir);
	w->at = (struct dentry){ w->at.inode, { text, len }, inode };
	w->dir_mount = w->mount;
	w->kind = LAST_NAME;
	kfree(w->buf);
	w->buf = text;
	return 0;
}

int walk_create_nameless(struct walk *w, unsigned mode, bool linkable)
{
	const struct inode_spec wanted = { .mode = S_IFREG | mode };
	struct inode *dir = w->at.inode, *inode;
	struct inode_spec spec;
	int err = may_create_nameless(w);

	if (err < 0)
		return err;
	spec = spec_in(dir, &wanted);
	err = dir->ops->nameless(dir, &spec, &inode);
	if (err < 0)
		return err;
	set_nameless(inode, linkable);
	err = show_as_found(w, inode);
	if (err < 0)
		inode_put(inode);
	return err;
}

static int create_from(const struct path *start, const char *path,
		       const struct inode_spec *spec, struct inode **made)
{
	bool is_dir = (spec->mode & S_IFMT) == S_IFDIR;
	struct walk w;
	int err;

	names_lock_shared();
	err = walk(&w, start, path, LOOKUP_PARENT);
	if (err == 0 && w.slash && w.at.inode == NULL && !is_dir)
		err = -ENOENT;
	if (err == 0)
		err = walk_create(&w, spec);
	names_unlock_shared();
	if (err == 0 && made != NULL)
		inode_get(*made = w.at.inode);
	walk_end(&w);
	return err;
}

/* @made, if not NULL, gets the inode with a reference. */
static int create_at(int dirfd, const char *path, const struct inode_spec *spec,
		     struct inode **made)
{
	struct retry r = { 0 };
	struct path start;
	int err = walk_start(dirfd, path, 0, &start);

	if (err < 0)
		return err;
	rcu_throttle(); /* who removes names gives memory up that waits */
	do
		err = create_from(&start, path, spec, made);
	while (walk_again(&err, &r));
	path_put(&start);
	return err;
}

int vfs_mkdir(int dirfd, const char *path, unsigned mode)
{
	const struct inode_spec spec = { .mode = S_IFDIR | (mode & 01777) };

	return create_at(dirfd, path, &spec, NULL);
}

int vfs_mknod(int dirfd, const char *path, unsigned mode, unsigned major,
	      unsigned minor)
{
	const struct inode_spec spec = {
		.mode = mode & (S_IFMT | 07777),
		.major = major,
		.minor = minor,
	};

	return create_at(dirfd, path, &spec, NULL);
}

int vfs_make_socket(const char *path, struct inode **made)
{
	const struct inode_spec spec = { .mode = S_IFSOCK | 0777 };

	return create_at(AT_FDCWD, path, &spec, made);
}

int vfs_symlink(const char *target, int dirfd, const char *path)
{
	const struct inode_spec spec = { .mode = S_IFLNK | 0777, .target = target };

	return *target == '\0' ? -ENOENT : create_at(dirfd, path, &spec, NULL);
}

/* ---- a second name ---- */

static int may_link(const struct walk *w, const struct entry *of)
	REQUIRES(C_names)
{
	const struct path *old = &of->at;
	const struct dentry from = { .dir = of->dir.inode, .inode = old->inode };
	const struct landlock_move move = { .mount = w->dir_mount, .from = &from,
					    .to = &w->at };
	int err = may_create(w);

	if (err < 0)
		return err;
	if (old->mount != w->dir_mount)
		return -EXDEV;
	err = landlock_may_move(&move);
	if (err < 0)
		return err;
	if (inode_is(old->inode, S_IFDIR) || inode_has(old->inode, INODE_FIXED))
		return -EPERM;
	/* Its last name is gone; or it never had one. */
	if (w->slash || (READ_ONCE(old->inode->nlink) == 0 && !old->inode->linkable))
		return -ENOENT;
	return 0;
}

static int link_to(struct walk *w, const struct entry *old) REQUIRES(C_names)
{
	struct inode *dir = w->at.dir, *inode = old->at.inode;
	int err = may_link(w, old);
	char *name;

	if (err < 0)
		return err;
	name = name_copy(&w->at.name);
	if (name == NULL)
		return -ENOMEM;
	err = dir->ops->link(&w->at, inode);
	if (err < 0) {
		name_free(name);
		return err;
	}
	inode_move(inode, dir, name);
	inode->linkable = false;
	atomic_fetch_add_relaxed(&inode->nlink, 1);
	inode_touch_ctime(inode);
	inode_touch_mtime(dir);
	notify_self(inode, IN_ATTRIB);
	const struct dentry made = { dir, w->at.name, inode };

	notify_name(&made, IN_CREATE);
	return 0;
}

int vfs_link(int old_dirfd, const char *old, int new_dirfd, const char *new,
	     unsigned how)
{
	struct entry found;
	struct path start;
	struct walk w;
	int err = vfs_lookup_entry(old_dirfd, old, how, &found);

	if (err < 0)
		return err;
	err = walk_start(new_dirfd, new, 0, &start);
	if (err == 0) {
		rcu_throttle();
		names_lock();
		err = walk(&w, &start, new, LOOKUP_PARENT);
		if (err == 0)
			err = link_to(&w, &found);
		names_unlock();
		walk_end(&w);
		path_put(&start);
	}
	entry_put(&found);
	return err;
}
