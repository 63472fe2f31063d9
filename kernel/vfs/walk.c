/*
 * vfs/walk.c - from a path to an inode.
 *
 * The walk goes name by name.  At a symbolic link it puts the target in front
 * of what is left of the path, in a buffer of its own, and goes on from the
 * directory of the link, or from the root: no recursion, and the limits on
 * links and on length hold by themselves.
 *
 * Every inode on the way has a reference: those of /proc exist only
 * as long as somebody holds them.
 */

#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "sync/retry.h"
#include "vfs/attr.h"
#include "vfs/fdtable.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"

#define MAX_LINKS 40

const char *skip_slashes(const char *path)
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

int next_name(const char **path, struct name *name, bool *slash)
{
	*name = (struct name){ *path, name_length(*path) };
	if (name->len > NAME_MAX)
		return -ENAMETOOLONG;
	*path = skip_slashes(name->text + name->len);
	*slash = **path == '\0' && name->text[name->len] == '/';
	return 0;
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
	mount_put(w->led_to);
	w->led_to = w->mount = w->dir_mount = NULL;
	kfree(w->buf);
	w->buf = NULL;
}

/* ---- links ---- */

/* It must not leave what is below the directory where it began. */
static bool is_scoped(const struct walk *w)
{
	return w->how & (LOOKUP_BENEATH | LOOKUP_IN_ROOT);
}

static bool leaves_mount(const struct walk *w, const struct mount *from,
			 const struct mount *to)
{
	return (w->how & LOOKUP_NO_MOUNTS) && from != to;
}

static bool is_followed(const struct walk *w, bool last)
{
	return inode_is(w->at.inode, S_IFLNK) &&
	       (!last || (w->how & LOOKUP_FOLLOW) ||
		(w->slash && !(w->how & LOOKUP_PARENT)));
}

static int follow_magic(struct walk *w)
{
	struct path to = { NULL, NULL };
	struct file *file = NULL;
	int err;

	if (w->how & LOOKUP_NO_MAGIC_LINKS)
		return -ELOOP;
	if (is_scoped(w))
		return -EXDEV;
	err = w->at.inode->ops->follow(w->at.inode, &to, &file);
	if (err < 0)
		return err;
	if (file != NULL) {
		to = (struct path){ file->mount, file->inode };
		path_get(&to);
	}
	if (leaves_mount(w, w->dir_mount, to.mount)) {
		path_put(&to);
		if (file != NULL)
			file_put(file);
		return -EXDEV;
	}
	move_to(w, to.inode, NULL, LAST_MAGIC);
	mount_put(w->led_to);
	w->led_to = w->mount = to.mount;
	w->dir_mount = NULL;
	w->file = file;
	if (to.inode == NULL && w->slash)
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

/* Go on at the root if @absolute, else in the directory of the link. */
static int start_over(struct walk *w, bool absolute)
{
	const struct path from = absolute ? w->root :
		(struct path){ w->dir_mount, w->at.dir };

	if ((absolute && (w->how & LOOKUP_BENEATH)) ||
	    leaves_mount(w, w->dir_mount, from.mount))
		return -EXDEV;
	move_to(w, held(from.inode), NULL, LAST_DOT);
	w->mount = from.mount;
	return 0;
}

static int follow_link(struct walk *w, const char **path)
{
	char *buf;

	if (++w->links > MAX_LINKS || (w->how & LOOKUP_NO_LINKS) ||
	    (READ_ONCE(w->mount->flags) & MOUNT_NOSYMFOLLOW))
		return -ELOOP;
	if (w->at.inode->ops->follow != NULL)
		return follow_magic(w);
	buf = kmalloc(PATH_MAX);
	if (buf == NULL)
		return -ENOMEM;

	int err = splice(w, buf, *path);

	kfree(w->buf);
	w->buf = buf;
	if (err == 0)
		err = start_over(w, *buf == '/');
	if (err == 0)
		*path = skip_slashes(buf);
	return err;
}

/* ---- names ---- */

int may_search(struct inode *dir, unsigned how)
{
	if (dir == NULL || !inode_is(dir, S_IFDIR))
		return -ENOTDIR;
	return unlikely(how & LOOKUP_AS_REAL) ? inode_permission_real(dir, MAY_EXEC) :
						inode_permission(dir, MAY_EXEC);
}

/* ".." of @at: out of a mount it is that of what is covered.  There is none
 * at @root, and at the top of what is mounted nowhere: that itself. */
static struct path parent_of(struct path at, struct path root)
	REQUIRES_SHARED(C_names)
{
	const struct path from = at;

	while (!path_is_same(at, root) && at.inode == at.mount->root &&
	       at.mount->parent != NULL)
		at = (struct path){ at.mount->parent, at.mount->covered };
	if (path_is_same(at, root) || at.inode == at.mount->root ||
	    at.inode->parent == NULL)
		return from;
	return (struct path){ at.mount, at.inode->parent };
}

static int step_up(struct walk *w) REQUIRES_SHARED(C_names)
{
	const struct path here = { w->mount, w->at.inode };
	const struct path parent = parent_of(here, w->root);
	const struct path up = mount_top(parent);

	if (((w->how & LOOKUP_BENEATH) && path_is_same(parent, here)) ||
	    leaves_mount(w, here.mount, up.mount))
		return -EXDEV;
	move_to(w, held(up.inode), NULL, LAST_DOTDOT);
	w->mount = up.mount;
	return 0;
}

/* The child of @dir called @name, a reference, whatever covers it. */
static int look_up_name(struct inode *dir, const struct name *name,
			struct inode **child) REQUIRES_SHARED(C_names)
{
	rwsem_lock_shared(&dir->entries);
	int err = dir->ops->lookup(dir, name, child);

	if (err == 0 && unlikely(inode_lacks_place(*child, dir)))
		inode_give_place(*child, dir, name);
	rwsem_unlock_shared(&dir->entries);
	return err;
}

/* The child of the directory @w is at, or what covers it: a reference.  The
 * walk is in the child's mount then. */
static int look_up(struct walk *w, struct inode **out) REQUIRES_SHARED(C_names)
{
	struct inode *child;
	int err = look_up_name(w->at.inode, &w->at.name, &child);
	struct path top;

	if (err < 0)
		return err;
	top = mount_top((struct path){ w->mount, child });
	if (leaves_mount(w, w->mount, top.mount)) {
		inode_put(child);
		return -EXDEV;
	}
	if (top.inode != child) {
		inode_get(top.inode);
		inode_put(child);
	}
	w->mount = top.mount;
	*out = top.inode;
	return 0;
}

bool walk_is_still_so(const struct walk *w)
{
	struct inode *dir = w->at.dir, *now = NULL;

	assert_rwsem_held_exclusive(&dir->entries);
	/* Who makes names up makes another inode each time, and changes none. */
	if (dir->ops->create == NULL)
		return true;
	(void)dir->ops->lookup(dir, &w->at.name, &now);
	inode_put(now); /* not the last: the name has one */
	return now == w->at.inode;
}

bool walk_again(int *err, struct retry *r)
{
	if (*err != -ESTALE)
		return false;
	if (retry_again(r))
		return true;
	*err = -EINTR;
	return false;
}

static int step_down(struct walk *w, const char **path) REQUIRES_SHARED(C_names)
{
	bool last = **path == '\0';
	struct mount *mount = w->mount;
	struct inode *child = NULL;
	int err = look_up(w, &child);

	if (err < 0 && err != -ENOENT)
		return err;
	move_to(w, child, held(w->at.inode), LAST_NAME);
	w->dir_mount = mount;
	if (child == NULL)
		return last && (w->how & LOOKUP_PARENT) ? 0 : -ENOENT;
	if (is_followed(w, last))
		return follow_link(w, path);
	return w->slash && !inode_is(child, S_IFDIR) ? -ENOTDIR : 0;
}

/* One name of the path, whose first character is at *@path. */
static int step(struct walk *w, const char **path) REQUIRES_SHARED(C_names)
{
	int err = may_search(w->at.inode, w->how);

	if (err == 0)
		err = next_name(path, &w->at.name, &w->slash);
	if (err < 0)
		return err;
	if (name_is_dots(&w->at.name, 1))
		move_to(w, held(w->at.inode), NULL, LAST_DOT);
	else if (name_is_dots(&w->at.name, 2))
		return step_up(w);
	else
		return step_down(w, path);
	return 0;
}

int walk(struct walk *w, const struct path *start, const char *path,
	 unsigned how)
{
	struct path from;

	*w = (struct walk){ .how = how, .kind = LAST_DOT };
	w->root = is_scoped(w) ? *start : own_root();
	if (*path == '\0' && !(how & LOOKUP_EMPTY))
		return -ENOENT;
	if (*path == '/' && (how & LOOKUP_BENEATH))
		return -EXDEV;
	from = *path == '/' ? w->root : *start;
	if (*path == '/' && !inode_is(from.inode, S_IFDIR))
		return -ENOTDIR;
	w->mount = from.mount;
	w->at.inode = held(from.inode);
	path = skip_slashes(path);
	while (*path != '\0') {
		int err = step(w, &path);

		if (err < 0)
			return err;
	}
	return 0;
}

static int start_at_fd(int dirfd, struct path *out)
{
	struct file *f = fd_get(dirfd);

	if (f == NULL)
		return -EBADF;
	if (f->inode != NULL) {
		*out = (struct path){ f->mount, f->inode };
		path_get(out);
	}
	file_put(f);
	return out->inode != NULL ? 0 : -ENOTDIR;
}

int walk_start(int dirfd, const char *path, unsigned how, struct path *out)
{
	int err = 0;

	*out = (struct path){ NULL, NULL };
	if (*path == '/' && !(how & LOOKUP_IN_ROOT))
		return 0;
	if (*path == '\0' && !(how & LOOKUP_EMPTY))
		return -ENOENT;
	if (dirfd == AT_FDCWD)
		*out = own_cwd();
	else
		err = start_at_fd(dirfd, out);
	return err;
}
