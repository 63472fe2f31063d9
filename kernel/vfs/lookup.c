/*
 * vfs/lookup.c - what a path names, without opening it.
 */

#include "lib/errno.h"
#include "vfs/attr.h"
#include "vfs/landlock/landlock.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"

void path_get(const struct path *path)
{
	if (path->mount != NULL)
		mount_get(path->mount);
	if (path->inode != NULL)
		inode_get(path->inode);
}

void path_put(const struct path *path)
{
	inode_put(path->inode);
	mount_put(path->mount);
}

/* Walk under the shared lock, which stays locked; *@start is put by the
 * caller, when it is not. */
static int walk_shared(struct walk *w, struct path *start, int dirfd,
		       const char *path, unsigned how) ACQUIRES_SHARED(C_names)
{
	int err = walk_start(dirfd, path, how, start);

	*w = (struct walk){ .kind = LAST_DOT };
	names_lock_shared();
	if (err == 0)
		err = walk(w, start, path, how);
	return err;
}

struct sight sight_of(struct mount *m, struct inode *inode, unsigned how)
{
	if (m == NULL)
		return (struct sight){ .inode = inode };
	if (READ_ONCE(m->expiring) && !(how & LOOKUP_TO_UMOUNT))
		WRITE_ONCE(m->expiring, false);
	return (struct sight){
		.inode = inode,
		.mount_id = m->id,
		.mount_flags = READ_ONCE(m->flags),
		.is_mount_root = inode == m->root,
	};
}

/* By the name that @w has found it by. */
static bool may_truncate(const struct walk *w) REQUIRES_SHARED(C_names)
{
	const struct path at = { w->mount, w->at.inode };
	const struct path dir = { w->dir_mount, w->at.dir };

	return landlock_may(&at, &dir, LANDLOCK_FS_TRUNCATE) == 0;
}

static int look_locked(int dirfd, const char *path, unsigned how,
		       struct sight *out)
{
	struct path start;
	struct walk w;
	int err = walk_shared(&w, &start, dirfd, path, how);

	if (err == 0 && w.at.inode == NULL)
		err = -ENXIO;
	if (err == 0) {
		inode_get(w.at.inode);
		*out = sight_of(w.mount, w.at.inode, how);
		out->no_truncate = (how & LOOKUP_TRUNCATE) && !may_truncate(&w);
	}
	names_unlock_shared();
	walk_end(&w);
	path_put(&start);
	return err;
}

/* What is there, and stays, for it has a reference. */
static int look_unlocked(int dirfd, const char *path, unsigned how,
			 struct sight *out)
{
	struct peek p;
	int err = peek_begin(&p, dirfd, path, how);

	struct inode *held = NULL;

	if (err == 0)
		err = peek_hold(&p, &held);
	if (err == 0)
		*out = sight_of(p.mount, held, how);
	err = peek_end(&p, err);
	if (err < 0)
		inode_put(held);
	return err;
}

static bool may_change(const struct sight *s)
{
	return !(s->mount_flags & MOUNT_RDONLY) &&
	       !READ_ONCE(s->inode->fs->readonly);
}

int vfs_look(int dirfd, const char *path, unsigned how, struct sight *out)
{
	int err;

	if (landlock_of_files() == NULL)
		how &= ~(unsigned)LOOKUP_TRUNCATE;
	err = look_unlocked(dirfd, path, how, out);
	if (err == -EAGAIN)
		err = look_locked(dirfd, path, how, out);
	if (err == 0 && (how & LOOKUP_CHANGE) && !may_change(out)) {
		inode_put(out->inode);
		err = -EROFS;
	}
	return err;
}

int vfs_lookup(int dirfd, const char *path, unsigned how,
	       struct inode **out)
{
	struct sight s;
	int err = vfs_look(dirfd, path, how, &s);

	if (err == 0)
		*out = s.inode;
	return err;
}

static int path_unlocked(int dirfd, const char *path, unsigned how,
			 struct path *out)
{
	struct peek p;
	int err = peek_begin(&p, dirfd, path, how);

	*out = (struct path){ NULL, NULL };
	if (err == 0)
		err = peek_hold_path(&p, out);
	err = peek_end(&p, err);
	if (err < 0)
		path_put(out);
	return err;
}

static int entry_locked(int dirfd, const char *path, unsigned how,
			struct entry *out)
{
	struct path start;
	struct walk w;
	int err = walk_shared(&w, &start, dirfd, path, how);

	*out = (struct entry){ 0 };
	if (err == 0 && w.at.inode == NULL)
		err = -ENXIO;
	if (err == 0) {
		*out = (struct entry){ { w.mount, w.at.inode },
				       { w.dir_mount, w.at.dir } };
		path_get(&out->at);
		path_get(&out->dir);
	}
	names_unlock_shared();
	walk_end(&w);
	path_put(&start);
	return err;
}

int vfs_find_inode(struct filesystem *fs, uint64_t ino, uint32_t generation,
		   struct inode **out)
{
	int err;

	if (fs->ops->find == NULL)
		return -ESTALE;
	names_lock_shared();
	err = fs->ops->find(fs, ino, generation, out);
	names_unlock_shared();
	return err;
}

int vfs_lookup_path(int dirfd, const char *path, unsigned how,
		    struct path *out)
{
	int err = path_unlocked(dirfd, path, how, out);

	struct entry e;

	if (err != -EAGAIN)
		return err;
	err = entry_locked(dirfd, path, how, &e);
	*out = e.at;
	path_put(&e.dir);
	return err;
}

int vfs_lookup_entry(int dirfd, const char *path, unsigned how, struct entry *out)
{
	if (landlock_of_files() != NULL)
		return entry_locked(dirfd, path, how, out);
	out->dir = (struct path){ NULL, NULL };
	return vfs_lookup_path(dirfd, path, how, &out->at);
}

void entry_put(const struct entry *e)
{
	path_put(&e->at);
	path_put(&e->dir);
}

/* What the mount says of what its inode allows. */
static int mount_allows(const struct sight *s, unsigned may)
{
	bool is_regular = inode_is(s->inode, S_IFREG);

	if ((may & MAY_EXEC) && is_regular && (s->mount_flags & MOUNT_NOEXEC))
		return -EACCES;
	if ((may & MAY_WRITE) && is_kept(s->inode) && !may_change(s))
		return -EROFS;
	return 0;
}

int vfs_access(int dirfd, const char *path, unsigned may, unsigned how,
	       bool effective)
{
	struct sight s;
	int err = vfs_look(dirfd, path, how | (effective ? 0 : LOOKUP_AS_REAL), &s);

	if (err != 0)
		return err;
	err = effective ? inode_permission(s.inode, may) :
			  inode_permission_real(s.inode, may);
	if (err == 0)
		err = mount_allows(&s, may);
	inode_put(s.inode);
	return err;
}

static long read_link(struct inode *link, char *buf, size_t n)
{
	if (!inode_is(link, S_IFLNK))
		return -EINVAL;
	inode_touch_atime(link);
	return link->ops->readlink(link, buf, n);
}

static long readlink_unlocked(int dirfd, const char *path, char *buf, size_t n)
{
	struct sight s;
	long result = look_unlocked(dirfd, path, 0, &s);

	if (result < 0)
		return result;
	if (inode_is(s.inode, S_IFLNK) && s.inode->ops->target == NULL)
		result = -EAGAIN;
	else
		result = read_link(s.inode, buf, n);
	inode_put(s.inode);
	return result;
}

static long readlink_locked(int dirfd, const char *path, char *buf, size_t n)
{
	struct path start;
	struct walk w;
	long result = walk_shared(&w, &start, dirfd, path, LOOKUP_EMPTY);

	if (result == 0 && w.at.inode == NULL)
		result = -ENOENT;
	if (result == 0)
		result = read_link(w.at.inode, buf, n);
	/* A descriptor of something else than a link. */
	if (result == -EINVAL && *path == '\0')
		result = -ENOENT;
	names_unlock_shared();
	walk_end(&w);
	path_put(&start);
	return result;
}

long vfs_readlink(int dirfd, const char *path, char *buf, size_t n)
{
	long result = readlink_unlocked(dirfd, path, buf, n);

	return result == -EAGAIN ? readlink_locked(dirfd, path, buf, n) : result;
}
