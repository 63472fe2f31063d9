/*
 * vfs/walk_back.c - the way back: from an inode to a path.
 *
 * A directory knows its parent and its name, the root of a mount what it
 * covers: so from below to above, with the text growing at its front.
 *
 * Names are locked, or who goes up peeks (vfs/peek.c): then what he reads may
 * change between two words, and he learns at his end that it did. Until then he
 * meets nothing that is not there: names of directories and mounts are freed by
 * RCU, and so are the inodes of a mount that can be peeked into.
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

/* What is above the root of @m, which is called *@name there (NULL: it is the
 * root of another mount). */
static struct path above_mount(const struct mount *m, const char **name)
{
	*name = rcu_dereference(m->name);
	return (struct path){ READ_ONCE(m->parent),
			      *name != NULL ? READ_ONCE(m->dir) :
					      READ_ONCE(m->covered) };
}

/* What is above @at, which is called *@name there. No inode: there is nothing. */
static struct path above(struct path at, const char **name)
{
	if (at.mount != NULL && at.inode == at.mount->root)
		return above_mount(at.mount, name);
	*name = rcu_dereference(at.inode->name);
	return (struct path){ at.mount, READ_ONCE(at.inode->parent) };
}

/* From @at up to @root; who @peeks not into what may be free by now: -EAGAIN. */
static long climb(struct path at, const struct path *root, char *buf, bool peeks)
{
	char *text = buf + PATH_MAX - 1;

	*text = '\0';
	while (text != NULL && !path_is_same(at, *root)) {
		const char *name;

		at = above(at, &name);
		if (at.inode == NULL)
			return -ENOENT;
		if (peeks && (at.mount == NULL || !at.mount->is_peekable))
			return -EAGAIN;
		if (name != NULL)
			text = prepend(buf, text, name);
	}
	return text == NULL ? -ENAMETOOLONG : finish(buf, text);
}

long path_from(const struct path *root, const struct path *dir, char *buf)
{
	return climb(*dir, root, buf, false);
}

/* The path of a directory is in @buf, and gets @name at its end. */
static long add_name(const struct name *name, char *buf, long len)
{
	if (len == 1)
		len = 0; /* the root: its slash is the one that follows */
	if (len < 0)
		return len;
	if ((size_t)len + 1 + name->len + 1 > PATH_MAX)
		return -ENAMETOOLONG;
	buf[len] = '/';
	memcpy(buf + len + 1, name->text, name->len);
	buf[(size_t)len + 1 + name->len] = '\0';
	return len + 1 + (long)name->len;
}

/* Of a file that no path has led to: by where it says that it is. */
static long path_by_place(struct path at, const struct path *root, char *buf)
{
	char *text;
	long len;

	if (at.mount != NULL && at.inode == at.mount->root)
		return climb(at, root, buf, false);

	const struct path dir = { at.mount, inode_get_place(at.inode, &text) };

	if (dir.inode == NULL)
		return -ENOENT;
	const struct name name = { text, strlen(text) };

	len = add_name(&name, buf, climb(dir, root, buf, false));
	name_free(text);
	inode_put(dir.inode);
	return len;
}

/* What was found, and where: @at.inode, called @at.name in @at.dir.  Of a
 * directory the path of itself, else that of the one where it is and the name. */
static long path_of_found(const struct dentry *at, const struct mount *m,
			  const struct mount *dir_mount, char *buf, bool peeks)
{
	const struct path root = vfs_root(),
			  dir = { (struct mount *)dir_mount, at->dir },
			  here = { (struct mount *)m, at->inode };

	if (here.inode != NULL && inode_is(here.inode, S_IFDIR))
		return climb(here, &root, buf, peeks);
	if (dir.inode == NULL)
		return peeks || here.inode == NULL ? -ENOENT :
						     path_by_place(here, &root, buf);
	return add_name(&at->name, buf, climb(dir, &root, buf, peeks));
}

long path_in_filesystem(const struct walk *w, char *buf)
{
	const struct path root = { NULL, w->mount->fs->root };
	const struct path dir = { NULL, w->at.dir }, here = { NULL, w->at.inode };

	if (inode_is(w->at.inode, S_IFDIR))
		return path_from(&root, &here, buf);
	if (w->at.dir == NULL || w->mount != w->dir_mount)
		return -ENOENT;
	return add_name(&w->at.name, buf, path_from(&root, &dir, buf));
}

/* -EAGAIN, who peeks cannot say; of other errors it has no path. */
static int found_path(const struct dentry *at, const struct mount *m,
		      const struct mount *dir_mount, bool peeks, char **path)
{
	char *buf = kmalloc(PATH_MAX);
	long len;

	*path = NULL;
	if (buf == NULL)
		return -ENOMEM;
	len = path_of_found(at, m, dir_mount, buf, peeks);
	if (len >= 0)
		*path = kstrdup(buf);
	kfree(buf);
	if (len >= 0)
		return *path != NULL ? 0 : -ENOMEM;
	return len == -EAGAIN ? -EAGAIN : 0;
}

static int path_of_file(const struct file *f, char **path)
{
	*path = f->path != NULL ? kstrdup(f->path) : NULL;
	return f->path != NULL && *path == NULL ? -ENOMEM : 0;
}

int walk_path(const struct walk *w, char **path)
{
	if (w->file != NULL)
		return path_of_file(w->file, path);
	return found_path(&w->at, w->mount, w->dir_mount, false, path);
}

int peek_path(const struct peek *p, char **path)
{
	return found_path(&p->at, p->mount, p->dir_mount, true, path);
}
