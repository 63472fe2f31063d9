/*
 * vfs/peek.c - from a path to an inode, without a lock.
 *
 * A walk (vfs/walk.c) writes to a word for each lock that it takes and for each
 * inode that it holds, and for / and /tmp these are the same words for all harts.
 * Who only wants to know what a path names peeks first: he reads by RCU
 * (sync/rcu.h), holds nothing on the way, and writes to nothing but the count of
 * the inode where the path ends.
 *
 * He may be wrong in two ways, and has an answer to each:
 *
 *	What he finds goes while he looks at it.  Inodes of a file system that
 *	can be peeked into, and mounts, are freed after a grace period; others he
 *	does not touch: he asks the mount, which is there, before its inodes.
 *
 *	What he finds stands elsewhere when he goes on.  Who moves or removes a
 *	directory, covers one, or changes a root or a current directory has names
 *	alone; that is counted (names_seen()).  If the count is at the end what it
 *	was at the beginning, all of this stood still meanwhile.
 *
 *	who peeks	comes between	what happens
 *	found d in /a	rename to /b/d	".." of d is /b: the count is another one
 *	found d in /a	rmdir /a/d	d is empty: the count is another one
 *	is in d		mount on d	goes on below it: the count is another one
 *	reads his own	chdir() by a	may have an inode of another mount: he looks at
 *	  mount, inode	  sibling	  the count before he touches it
 *	found f in d	unlink d/f	has a reference, and it was before that; or the
 *					  last one is gone: walks
 *	looks for f	create in d	the directory has a count of its own
 *	passes d	chmod d		as on a walk: before it, or after
 *
 * So whatever he says was so at the moment when he looked for the last name. And
 * where he cannot say he asks the walk, once: it is locked, and gets there.
 *
 * He asks it too where a path leads by a link, up out of a mount, into a file
 * system that does not store its names in memory, or begins at a descriptor.
 */

#include "debug/race.h"
#include "lib/errno.h"
#include "sync/rcu.h"
#include "vfs/attr.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"

/* Other ways to walk are not for him. */
#define PEEKED                                                            \
	(LOOKUP_FOLLOW | LOOKUP_EMPTY | LOOKUP_CHANGE | LOOKUP_TO_UMOUNT | \
	 LOOKUP_AS_REAL)

struct peek {
	struct path at;     /* is there while one reads; nobody holds it */
	struct path root;   /* where "/" is */
	uint32_t names;     /* how often they had moved when it began */
	unsigned how;       /* LOOKUP_* */
};

/* From a place on to what covers it. */
static int peek_top(struct peek *p)
{
	struct mount *m;

	while ((m = mount_on(p->at)) != NULL) {
		if (!m->is_peekable)
			return -EAGAIN;
		p->at = (struct path){ m, m->root };
	}
	return 0;
}

static int peek_up(struct peek *p)
{
	struct inode *parent = READ_ONCE(p->at.inode->parent);

	if (!path_is_same(p->at, p->root)) {
		if (p->at.inode == p->at.mount->root || parent == NULL)
			return -EAGAIN;
		p->at.inode = parent;
	}
	return peek_top(p);
}

static int peek_down(struct peek *p, const struct name *name)
{
	struct inode *dir = p->at.inode, *child;
	int err;

	if (dir->ops->peek == NULL)
		return -EAGAIN;
	err = dir->ops->peek(dir, name, &child);
	if (err < 0)
		return err;
	race_point(name_peeked, 0);
	p->at.inode = child;
	return peek_top(p);
}

static int peek_step(struct peek *p, const char **path)
{
	struct name name;
	bool slash;
	int err = may_search(p->at.inode, p->how);

	if (err == 0)
		err = next_name(path, &name, &slash);
	if (err < 0 || name_is(&name, "."))
		return err;
	if (name_is(&name, ".."))
		return peek_up(p);
	err = peek_down(p, &name);
	if (err < 0)
		return err;
	if (inode_is(p->at.inode, S_IFLNK) &&
	    (**path != '\0' || slash || (p->how & LOOKUP_FOLLOW)))
		return -EAGAIN;
	return slash && !inode_is(p->at.inode, S_IFDIR) ? -ENOTDIR : 0;
}

/* What he reads first belongs together, and is touched then. */
static int peek_start(struct peek *p, bool absolute)
{
	struct path cwd;

	p->names = names_seen();
	own_places(&p->root, &cwd);
	p->at = absolute ? p->root : cwd;
	if (names_have_moved(p->names) || !p->at.mount->is_peekable)
		return -EAGAIN;
	return 0;
}

static int peek_all(struct peek *p, const char *path)
{
	int err = peek_start(p, *path == '/');

	path = skip_slashes(path);
	while (err == 0 && *path != '\0')
		err = peek_step(p, &path);
	return err;
}

/* He is there, and stays if it has a reference left. */
static int peek_hold(const struct peek *p, struct sight *out)
{
	if (!refcount_try_get(&p->at.inode->refs))
		return -EAGAIN;
	*out = sight_of(p->at.mount, p->at.inode, p->how);
	return 0;
}

int peek(int dirfd, const char *path, unsigned how, struct sight *out)
{
	struct peek p = { .how = how };
	int err;

	if (*path == '\0' || (*path != '/' && dirfd != AT_FDCWD) ||
	    (how & ~PEEKED))
		return -EAGAIN;
	rcu_read_lock();
	err = peek_all(&p, path);
	if (names_have_moved(p.names))
		err = -EAGAIN;
	if (err == 0)
		err = peek_hold(&p, out);
	rcu_read_unlock();
	return err;
}
