/*
 * vfs/peek.c - from a path to an inode, without a lock.
 *
 * A walk (vfs/walk.c) writes to a word for each lock that it takes and for each
 * inode that it holds, and for / and /tmp these are the same words for all harts.
 * Who wants to know what a path names peeks first: he reads by RCU (sync/rcu.h),
 * holds nothing on the way, and writes to nothing but the counts of what he wants
 * to keep: of the inode where the path ends, and if he stays there, of its mount.
 *
 * He may be wrong in two ways, and has an answer to each:
 *
 *	What he finds goes while he looks at it.  Inodes of a file system that
 *	can be peeked into, names of its directories, targets of its links, and
 *	mounts, are freed after a grace period; others he does not touch: he asks
 *	the mount, which is there, before its inodes.
 *
 *	What he finds stands elsewhere when he goes on.  Who moves or removes a
 *	directory, covers one, or changes a root or a current directory has names
 *	alone; that is counted (names_seen()).  If the count is at the end what it
 *	was at the beginning, all of this stood still meanwhile.
 *
 * The last look is for who stays, too: he takes what he wants to hold first, and
 * looks then (peek_end()).  Who has names alone is counted first, and looks then
 * who is there.  So of two who do so at once one at least sees the other.
 *
 *	who peeks	comes between	what happens
 *	found d in /a	rename to /b/d	".." of d is /b: the count is another one
 *	found d in /a	rmdir /a/d	d is empty: the count is another one
 *	is in d		mount on d	goes on below it: the count is another one
 *	goes up, out	umount, move	what is covered is there, or NULL: the count is
 *	  of a mount	  of the mount	  another one
 *	reads his own	chdir() by a	may have an inode of another mount: he looks at
 *	  mount, inode	  sibling	  the count before he touches it
 *	found f in d	unlink d/f	has a reference, and it was before that; or the
 *					  last one is gone: walks
 *	found a link	unlink, another	follows the one that he has found: its target
 *	  		  in its place	  is there, and was its target
 *	looks for f	create in d	the directory has a count of its own
 *	passes d	chmod d		as on a walk: before it, or after
 *	begins at a	closed by a	has the file, and so the directory
 *	  descriptor	  sibling
 *	holds the	umount: is	it sees him: EBUSY; or he finds the count another
 *	  mount		  somebody in?	  one, lets go, and walks
 *	is a writer	read-only from	the same
 *	  of it		  now on
 *	writes its path	a rename above	reads names that are there: the count is another
 *	  down		  him		  one
 *
 * So whatever he says was so at the moment when he looked for the last name. And
 * where he cannot say he asks the walk, once: it is locked, and gets there.
 *
 * He asks it too where a path leads into a file system that does not store its
 * names in memory, by many links, up to what is mounted nowhere, or to a file that
 * does not know of any of its names and is to be told of this one.
 */

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "sync/rcu.h"
#include "vfs/attr.h"
#include "vfs/fdtable.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"

/* Other ways to walk are not for him. */
#define PEEKED                                                            \
	(LOOKUP_FOLLOW | LOOKUP_EMPTY | LOOKUP_CHANGE | LOOKUP_TO_UMOUNT | \
	 LOOKUP_AS_REAL)

static struct path here(const struct peek *p)
{
	return (struct path){ p->mount, p->at.inode };
}

/* At @at, or at what covers it. */
static int peek_top(struct peek *p, struct path at)
{
	struct mount *m;

	while ((m = mount_on(at)) != NULL) {
		if (!m->is_peekable)
			return -EAGAIN;
		at = (struct path){ m, m->root };
	}
	p->mount = at.mount;
	p->at.inode = at.inode;
	return 0;
}

/* From the root of a mount to what it covers. */
static int peek_out(struct path *at)
{
	struct mount *above = READ_ONCE(at->mount->parent);
	struct inode *covered = READ_ONCE(at->mount->covered);

	if (above == NULL || !above->is_peekable || covered == NULL)
		return -EAGAIN;
	*at = (struct path){ above, covered };
	return 0;
}

static int peek_up(struct peek *p)
{
	struct path at = here(p);

	while (!path_is_same(at, p->root) && at.inode == at.mount->root) {
		int err = peek_out(&at);

		if (err < 0)
			return err;
	}
	if (path_is_same(at, p->root))
		return peek_top(p, here(p));
	at.inode = READ_ONCE(at.inode->parent);
	return at.inode != NULL ? peek_top(p, at) : -EAGAIN;
}

static int peek_down(struct peek *p)
{
	struct inode *dir = p->at.inode, *child;
	int err;

	if (dir->ops->peek == NULL)
		return -EAGAIN;
	err = dir->ops->peek(dir, &p->at.name, &child);
	if (err < 0)
		return err;
	race_point(name_peeked, 0);
	p->at.dir = dir;
	p->dir_mount = p->mount;
	return peek_top(p, (struct path){ p->mount, child });
}

/* Where the link leads is walked first, and @rest then. */
static int peek_follow(struct peek *p, const char **path, const char *rest)
{
	struct inode *link = p->at.inode;

	if (link->ops->target == NULL || p->links++ == PEEK_LINKS ||
	    (READ_ONCE(p->mount->flags) & MOUNT_NOSYMFOLLOW))
		return -EAGAIN;
	if (*rest != '\0')
		p->rest[p->depth++] = rest;
	*path = link->ops->target(link);
	race_point(link_found, 0);
	p->mount = **path == '/' ? p->root.mount : p->dir_mount;
	p->at.inode = **path == '/' ? p->root.inode : p->at.dir;
	*path = skip_slashes(*path);
	return 0;
}

static int peek_step(struct peek *p, const char **path)
{
	const char *rest;
	bool slash;
	int err = may_search(p->at.inode, p->how);

	if (err == 0)
		err = next_name(path, &p->at.name, &slash);
	if (err < 0 || name_is_dots(&p->at.name, 1))
		return err;
	if (name_is_dots(&p->at.name, 2))
		return peek_up(p);
	err = peek_down(p);
	if (err < 0)
		return err;
	rest = p->at.name.text + p->at.name.len;
	if (inode_is(p->at.inode, S_IFLNK) &&
	    (*rest != '\0' || p->depth > 0 || (p->how & LOOKUP_FOLLOW)))
		return peek_follow(p, path, rest);
	return slash && !inode_is(p->at.inode, S_IFDIR) ? -ENOTDIR : 0;
}

/* What a link has led to is to be gone on from. */
static int peek_rest(struct peek *p, const char **path)
{
	*path = skip_slashes(p->rest[--p->depth]);
	return inode_is(p->at.inode, S_IFDIR) ? 0 : -ENOTDIR;
}

/* What he reads first belongs together, and is touched then. */
static int peek_start(struct peek *p, bool absolute)
{
	struct path at;

	own_places(&p->root, &at);
	if (absolute)
		at = p->root;
	else if (p->from != NULL)
		at = (struct path){ p->from->mount, p->from->inode };
	if (names_have_moved(p->names) || at.mount == NULL ||
	    !at.mount->is_peekable)
		return -EAGAIN;
	p->mount = at.mount;
	p->at.inode = at.inode;
	return 0;
}

static int peek_all(struct peek *p, const char *path)
{
	int err = peek_start(p, *path == '/');

	path = skip_slashes(path);
	while (err == 0 && (*path != '\0' || p->depth > 0))
		err = *path != '\0' ? peek_step(p, &path) : peek_rest(p, &path);
	return err;
}

/* The file of a descriptor may have to be looked for with a lock. */
static int peek_from(struct peek *p, int dirfd, const char *path)
{
	if (*path == '\0' || (p->how & ~PEEKED))
		return -EAGAIN;
	if (*path == '/' || dirfd == AT_FDCWD)
		return 0;
	p->from = fd_get(dirfd);
	return p->from != NULL ? 0 : -EBADF;
}

int peek_begin(struct peek *p, int dirfd, const char *path, unsigned how)
{
	p->how = how;
	p->from = NULL;
	p->links = p->depth = 0;
	p->at.dir = NULL;

	int err = peek_from(p, dirfd, path);

	rcu_read_lock();
	p->names = names_seen();
	return err == 0 ? peek_all(p, path) : err;
}

int peek_hold(const struct peek *p, struct inode **out)
{
	if ((p->at.dir != NULL && unlikely(inode_lacks_place(p->at.inode, p->at.dir))) ||
	    !refcount_try_get(&p->at.inode->refs))
		return -EAGAIN;
	*out = p->at.inode;
	return 0;
}

int peek_hold_path(const struct peek *p, struct path *out)
{
	race_point(place_found, 0);
	int err = peek_hold(p, &out->inode);

	if (err == 0 && !mount_try_get(p->mount))
		err = -EAGAIN;
	else if (err == 0)
		out->mount = p->mount;
	return err;
}

int peek_end(struct peek *p, int err)
{
	/*
	 * ORDER names-alone, entering side; the other is in names_lock().
	 * Store buffering: what we hold against the count of names.
	 */
	smp_mb();
	bool moved = names_have_moved(p->names);

	rcu_read_unlock();
	if (p->from != NULL)
		file_put(p->from);
	return moved ? -EAGAIN : err;
}
