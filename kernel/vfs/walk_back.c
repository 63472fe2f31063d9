/*
 * vfs/walk_back.c - the way back: from an inode to a path.
 *
 * A directory knows its parent and its name, the root of a mount what it
 * covers: so from below to above, with the text growing at its front.
 */

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"

/* Put @name and a slash in front of what is at @at in @buf. */
static char *prepend(char *buf, char *at, const char *name)
{
	size_t len = strlen(name);

	if (at == NULL || (size_t)(at - buf) < len + 1)
		return NULL;
	at -= len;
	memcpy(at, name, len);
	*--at = '/';
	return at;
}

/* The path that ends at @at moves to the beginning of @buf. */
static long finish(char *buf, char *at)
{
	size_t len;

	if (*at == '\0')
		*--at = '/';
	len = strlen(at);
	memmove(buf, at, len + 1);
	return (long)len;
}

/* One step up from @at, whose name comes in front of *@text (NULL: it is too
 * long).  False: there is nothing above. */
static bool prepend_and_rise(struct path *at, char *buf, char **text)
	REQUIRES_SHARED(C_names)
{
	const struct mount *m = at->mount;

	if (m != NULL && at->inode == m->root) {
		if (m->parent == NULL)
			return false;
		if (m->name != NULL)
			*text = prepend(buf, *text, m->name);
		*at = (struct path){ m->parent,
				     m->name != NULL ? m->dir : m->covered };
		return true;
	}
	if (at->inode->parent == NULL)
		return false;
	*text = prepend(buf, *text, at->inode->name);
	at->inode = at->inode->parent;
	return true;
}

long path_from(const struct path *root, const struct path *dir, char *buf)
{
	char *text = buf + PATH_MAX - 1;
	struct path at = *dir;

	*text = '\0';
	while (text != NULL && !path_is_same(at, *root))
		if (!prepend_and_rise(&at, buf, &text))
			return -ENOENT;
	return text == NULL ? -ENAMETOOLONG : finish(buf, text);
}

/* Of a directory the path of itself, else that of the directory @dir and the
 * name.  In @buf is the path of either. */
static long add_name(const struct walk *w, char *buf, long len)
{
	if (len == 1)
		len = 0; /* the root: its slash is the one that follows */
	if (len < 0)
		return len;
	if ((size_t)len + 1 + w->at.name.len + 1 > PATH_MAX)
		return -ENAMETOOLONG;
	buf[len] = '/';
	strlcpy(buf + len + 1, w->at.name.text, w->at.name.len + 1);
	return len + 1 + (long)w->at.name.len;
}

/* Put the path of what @w found into @buf. */
static long path_of_walk(const struct walk *w, char *buf)
	REQUIRES_SHARED(C_names)
{
	const struct path root = vfs_root(), dir = { w->dir_mount, w->at.dir },
			  here = { w->mount, w->at.inode };

	if (w->file != NULL)
		return w->file->path != NULL ?
			       (long)strlcpy(buf, w->file->path, PATH_MAX) :
			       -ENOENT;
	if (here.inode != NULL && inode_is(here.inode, S_IFDIR))
		return path_from(&root, &here, buf);
	if (dir.inode == NULL)
		return -ENOENT;
	return add_name(w, buf, path_from(&root, &dir, buf));
}

long path_in_filesystem(const struct walk *w, char *buf)
{
	const struct path root = { NULL, w->mount->fs->root };
	const struct path dir = { NULL, w->at.dir }, here = { NULL, w->at.inode };

	if (inode_is(w->at.inode, S_IFDIR))
		return path_from(&root, &here, buf);
	if (w->at.dir == NULL || w->mount != w->dir_mount)
		return -ENOENT;
	return add_name(w, buf, path_from(&root, &dir, buf));
}

int walk_path(const struct walk *w, char **path)
{
	char *buf = kmalloc(PATH_MAX);
	int err = 0;

	*path = NULL;
	if (buf == NULL)
		return -ENOMEM;
	if (path_of_walk(w, buf) >= 0) {
		*path = kstrdup(buf);
		err = *path == NULL ? -ENOMEM : 0;
	}
	kfree(buf);
	return err;
}
