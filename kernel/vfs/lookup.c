/*
 * vfs/lookup.c - what a path names, without opening it.
 */

#include "lib/errno.h"
#include "vfs/attr.h"
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

static int judge_found(const struct walk *w, unsigned how)
{
	if (w->at.inode == NULL)
		return -ENXIO;
	if ((how & LOOKUP_CHANGE) && w->mount != NULL &&
	    mount_is_readonly(w->mount))
		return -EROFS;
	return 0;
}

int vfs_lookup(int dirfd, const char *path, unsigned how,
	       struct inode **out)
{
	struct path start;
	struct walk w;
	int err = walk_shared(&w, &start, dirfd, path, how);

	if (err == 0)
		err = judge_found(&w, how);
	names_unlock_shared();
	if (err == 0) {
		*out = w.at.inode;
		inode_get(w.at.inode);
	}
	walk_end(&w);
	path_put(&start);
	return err;
}

int vfs_lookup_path(int dirfd, const char *path, unsigned how,
		    struct path *out)
{
	struct path start;
	struct walk w;
	int err = walk_shared(&w, &start, dirfd, path, how);

	*out = (struct path){ NULL, NULL };
	if (err == 0)
		err = judge_found(&w, how);
	if (err == 0) {
		*out = (struct path){ w.mount, w.at.inode };
		path_get(out);
	}
	names_unlock_shared();
	walk_end(&w);
	path_put(&start);
	return err;
}

/* What the mount says of what its inode allows. */
static int mount_allows(const struct path *at, unsigned may)
{
	bool is_regular = inode_is(at->inode, S_IFREG);

	if (at->mount == NULL)
		return 0;
	if ((may & MAY_EXEC) && is_regular &&
	    (READ_ONCE(at->mount->flags) & MOUNT_NOEXEC))
		return -EACCES;
	if ((may & MAY_WRITE) && is_kept(at->inode) &&
	    mount_is_readonly(at->mount))
		return -EROFS;
	return 0;
}

int vfs_access(int dirfd, const char *path, unsigned may, unsigned how,
	       bool effective)
{
	const struct cred *cred = current_cred();
	struct path at;
	int err = vfs_lookup_path(dirfd, path, how, &at);

	if (err != 0)
		return err;
	if (effective)
		err = inode_permission(at.inode, may);
	else
		err = inode_permission_of(at.inode, may, &(struct somebody){
			cred->uid, cred->gid, caps_of_real_user(cred) });
	if (err == 0)
		err = mount_allows(&at, may);
	path_put(&at);
	return err;
}

static long read_link(struct inode *link, char *buf, size_t n)
{
	if (!inode_is(link, S_IFLNK))
		return -EINVAL;
	inode_touch_atime(link);
	return link->ops->readlink(link, buf, n);
}

long vfs_readlink(int dirfd, const char *path, char *buf, size_t n)
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
