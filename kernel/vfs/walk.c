/*
 * vfs/walk.c - from a path to an inode.
 *
 * The walk goes name by name.  At a symbolic link it puts the target in front
 * of what is left of the path, in a buffer of its own, and goes on from the
 * directory of the link, or from the root: no recursion, and the limits on
 * links and on length hold by themselves.
 *
 * Every inode on the way is held by a reference: those of /proc exist only
 * as long as somebody holds them.
 */

#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "vfs/attr.h"
#include "vfs/fdtable.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"

#define MAX_LINKS 40

static const char *skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

static size_t name_length(const char *path)
{
	size_t len = 0;

	while (path[len] != '\0' && path[len] != '/')
		len++;
	return len;
}

static bool name_is(const struct walk *w, const char *name)
{
	return w->at.name.len == strlen(name) &&
	       memcmp(w->at.name.text, name, w->at.name.len) == 0;
}

/* ---- what the walk holds ---- */

static void forget_file(struct walk *w)
{
	if (w->file != NULL)
		file_put(w->file);
	w->file = NULL;
}

/* Be at @inode, in @dir; both references are taken over. */
static void move_to(struct walk *w, struct inode *inode, struct inode *dir,
		    enum last_kind kind)
{
	struct inode *old = w->at.inode, *old_dir = w->at.dir;

	w->at.inode = inode;
	w->at.dir = dir;
	w->kind = kind;
	inode_put(old);
	inode_put(old_dir);
	forget_file(w);
}

static struct inode *held(struct inode *inode)
{
	inode_get(inode);
	return inode;
}

void walk_end(struct walk *w)
{
	move_to(w, NULL, NULL, LAST_DOT);
	kfree(w->buf);
	w->buf = NULL;
}

/* ---- links ---- */

static bool is_followed(const struct walk *w, bool last)
{
	return inode_is(w->at.inode, S_IFLNK) &&
	       (!last || (w->how & LOOKUP_FOLLOW) ||
		(w->slash && !(w->how & LOOKUP_PARENT)));
}

static int follow_magic(struct walk *w)
{
	struct inode *inode = NULL;
	struct file *file = NULL;
	int err = w->at.inode->ops->follow(w->at.inode, &inode, &file);

	if (err < 0)
		return err;
	if (file != NULL && file->inode != NULL)
		inode = held(file->inode);
	move_to(w, inode, NULL, LAST_MAGIC);
	w->file = file;
	if (inode == NULL && w->slash)
		return -ENOTDIR;
	return 0;
}

/* @buf gets the target of the link, then @rest. */
static int splice(struct walk *w, char *buf, const char *rest)
{
	long n = w->at.inode->ops->readlink(w->at.inode, buf, PATH_MAX);

	if (n <= 0)
		return n < 0 ? (int)n : -ENOENT;
	if ((size_t)n + 1 + strlen(rest) + 1 > PATH_MAX)
		return -ENAMETOOLONG;
	if (w->slash || *rest != '\0')
		buf[n++] = '/';
	strlcpy(buf + n, rest, PATH_MAX - (size_t)n);
	return 0;
}

static int follow_link(struct walk *w, const char **path)
	REQUIRES_SHARED(C_names)
{
	char *buf;

	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (w->at.inode->ops->follow != NULL)
		return follow_magic(w);
	buf = kmalloc(PATH_MAX);
	if (buf == NULL)
		return -ENOMEM;

	int err = splice(w, buf, *path);

	kfree(w->buf);
	w->buf = buf;
	if (err < 0)
		return err;
	move_to(w, held(*buf == '/' ? own_root() : w->at.dir), NULL, LAST_DOT);
	*path = skip_slashes(buf);
	return 0;
}

/* ---- names ---- */

static int may_search(struct inode *dir)
{
	if (dir == NULL || !inode_is(dir, S_IFDIR))
		return -ENOTDIR;
	return inode_permission(dir, MAY_EXEC);
}

static void step_up(struct walk *w) REQUIRES_SHARED(C_names)
{
	struct inode *dir = w->at.inode;

	if (dir != own_root() && dir->parent != NULL)
		dir = dir->parent;
	move_to(w, held(dir), NULL, LAST_DOTDOT);
}

/* The child of @dir called @name, or what covers it; a reference. */
static int look_up(struct inode *dir, const struct name *name,
		   struct inode **out) REQUIRES_SHARED(C_names)
{
	struct inode *child;
	int err = dir->ops->lookup(dir, name, &child);

	if (err < 0)
		return err;
	*out = child;
	if (child->mounted != NULL) {
		*out = held(child->mounted);
		inode_put(child);
	}
	return 0;
}

static int step_down(struct walk *w, const char **path) REQUIRES_SHARED(C_names)
{
	bool last = **path == '\0';
	struct inode *child = NULL;
	int err = look_up(w->at.inode, &w->at.name, &child);

	if (err < 0 && err != -ENOENT)
		return err;
	move_to(w, child, held(w->at.inode), LAST_NAME);
	if (child == NULL)
		return last && (w->how & LOOKUP_PARENT) ? 0 : -ENOENT;
	if (is_followed(w, last))
		return follow_link(w, path);
	return w->slash && !inode_is(child, S_IFDIR) ? -ENOTDIR : 0;
}

/* One name of the path, whose first character is at *@path. */
static int step(struct walk *w, const char **path) REQUIRES_SHARED(C_names)
{
	int err = may_search(w->at.inode);

	if (err < 0)
		return err;
	w->at.name.text = *path;
	w->at.name.len = name_length(*path);
	if (w->at.name.len > NAME_MAX)
		return -ENAMETOOLONG;
	*path = skip_slashes(w->at.name.text + w->at.name.len);
	w->slash = **path == '\0' && w->at.name.text[w->at.name.len] == '/';
	if (name_is(w, "."))
		move_to(w, held(w->at.inode), NULL, LAST_DOT);
	else if (name_is(w, ".."))
		step_up(w);
	else
		return step_down(w, path);
	return 0;
}

int walk(struct walk *w, struct inode *start, const char *path, unsigned how)
{
	*w = (struct walk){ .how = how, .kind = LAST_DOT };
	if (*path == '\0' && !(how & LOOKUP_EMPTY))
		return -ENOENT;
	w->at.inode = held(*path == '/' ? own_root() : start);
	path = skip_slashes(path);
	while (*path != '\0') {
		int err = step(w, &path);

		if (err < 0)
			return err;
	}
	return 0;
}

static int start_at_fd(int dirfd, struct inode **out)
{
	struct file *f = fd_get(dirfd);

	if (f == NULL)
		return -EBADF;
	*out = f->inode;
	if (f->inode != NULL)
		inode_get(f->inode);
	file_put(f);
	return *out != NULL ? 0 : -ENOTDIR;
}

int walk_start(int dirfd, const char *path, unsigned how, struct inode **out)
{
	int err = 0;

	*out = NULL;
	if (*path == '/')
		return 0;
	if (*path == '\0' && !(how & LOOKUP_EMPTY))
		return -ENOENT;
	if (dirfd == AT_FDCWD)
		*out = own_cwd();
	else
		err = start_at_fd(dirfd, out);
	return err;
}

/* ---- the way back: from an inode to a path ---- */

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

long path_from(const struct inode *root, const struct inode *dir, char *buf)
{
	char *at = buf + PATH_MAX - 1;
	const struct inode *top = dir;

	*at = '\0';
	for (; at != NULL && top != root && top->parent != NULL;
	     top = top->parent)
		at = prepend(buf, at, top->name);
	if (at == NULL)
		return -ENAMETOOLONG;
	if (top != root)
		return -ENOENT;
	if (*at == '\0')
		*--at = '/';

	size_t len = strlen(at);

	memmove(buf, at, len + 1);
	return (long)len;
}

/* Put the path of what @w found into @buf. */
static long path_of_walk(const struct walk *w, char *buf)
	REQUIRES_SHARED(C_names)
{
	if (w->file != NULL)
		return w->file->path != NULL ?
			       (long)strlcpy(buf, w->file->path, PATH_MAX) :
			       -ENOENT;
	if (w->at.inode != NULL && inode_is(w->at.inode, S_IFDIR))
		return path_from(vfs_root(), w->at.inode, buf);
	if (w->at.dir == NULL)
		return -ENOENT;

	long len = path_from(vfs_root(), w->at.dir, buf);

	if (len == 1)
		len = 0; /* the root: its slash is the one that follows */
	if (len < 0 || (size_t)len + 1 + w->at.name.len + 1 > PATH_MAX)
		return -ENAMETOOLONG;
	buf[len] = '/';
	strlcpy(buf + len + 1, w->at.name.text, w->at.name.len + 1);
	return len + 1 + (long)w->at.name.len;
}

char *walk_path(const struct walk *w)
{
	char *buf = kmalloc(PATH_MAX), *path = NULL;

	if (buf == NULL)
		return NULL;
	if (path_of_walk(w, buf) >= 0)
		path = kstrdup(buf);
	kfree(buf);
	return path;
}
