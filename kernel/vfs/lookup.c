/*
 * vfs/lookup.c - what a path names, without opening it.
 */

#include "lib/errno.h"
#include "vfs/attr.h"
#include "vfs/path_internal.h"

/* Walk under the shared lock, which stays locked. */
static int walk_shared(struct walk *w, int dirfd, const char *path,
		       unsigned how) ACQUIRES_SHARED(C_names)
{
	struct inode *start;
	int err = walk_start(dirfd, path, how, &start);

	*w = (struct walk){ .kind = LAST_DOT };
	names_lock_shared();
	if (err == 0)
		err = walk(w, start, path, how);
	inode_put(start);
	return err;
}

int vfs_lookup(int dirfd, const char *path, unsigned how,
	       struct inode **out)
{
	struct walk w;
	int err = walk_shared(&w, dirfd, path, how);

	names_unlock_shared();
	if (err == 0 && w.at.inode == NULL)
		err = -ENXIO;
	if (err == 0) {
		*out = w.at.inode;
		inode_get(w.at.inode);
	}
	walk_end(&w);
	return err;
}

int vfs_access(int dirfd, const char *path, unsigned may, unsigned how,
	       bool effective)
{
	const struct cred *cred = current_cred();
	struct inode *inode = NULL;
	int err = vfs_lookup(dirfd, path, how, &inode);

	if (err < 0)
		return err;
	if (effective)
		err = inode_permission(inode, may);
	else
		err = inode_permission_of(inode, may, cred->uid, cred->gid);
	inode_put(inode);
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
	struct walk w;
	long result = walk_shared(&w, dirfd, path, LOOKUP_EMPTY);

	if (result == 0 && w.at.inode == NULL)
		result = -ENOENT;
	if (result == 0)
		result = read_link(w.at.inode, buf, n);
	/* A descriptor of something else than a link. */
	if (result == -EINVAL && *path == '\0')
		result = -ENOENT;
	names_unlock_shared();
	walk_end(&w);
	return result;
}
