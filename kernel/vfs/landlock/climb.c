/*
 * vfs/landlock/climb.c - what is allowed below a directory.
 *
 * From what is to be used up to the root of all, each layer's rules about what is
 * met on the way are added up.  What is covered by a mount is passed over: nobody
 * sees it, so no rule was meant for it.
 *
 * Names are locked, or who goes up peeks: then what he reads may change between
 * two words, and he learns at his end that it did (vfs/peek.c).  He touches what
 * is freed by RCU, and of an inode only numbers that do not change.
 */
#include "vfs/landlock/landlock_internal.h"

#include "lib/errno.h"
#include "sync/rcu.h"
#include "vfs/file.h"
#include "vfs/mount.h"

/* From the root of a mount to the directory that what it covers is in; or to that
 * itself, if it is the root of another. */
static int go_out(struct path *at, bool *again, bool peeks)
{
	const struct mount *m = at->mount;
	struct mount *above = READ_ONCE(m->parent);

	if (above == NULL)
		return 0;
	if (peeks && !above->is_peekable)
		return -EAGAIN;
	*again = rcu_dereference(m->name) == NULL;
	*at = (struct path){ above, *again ? READ_ONCE(m->covered) : READ_ONCE(m->dir) };
	if (at->inode == NULL) /* it was taken away meanwhile */
		return -EAGAIN;
	return 1;
}

int landlock_go_up(struct path *at, bool peeks)
{
	while (at->inode == at->mount->root) {
		bool again = false;
		int way = go_out(at, &again, peeks);

		if (way <= 0 || !again)
			return way;
	}
	at->inode = READ_ONCE(at->inode->parent);
	return at->inode != NULL;
}

/* @at is in @dir, and has more to be allowed. */
static int climb(const struct landlock_domain *d, struct landlock_missing *m,
		 struct path at, bool peeks)
{
	int way = 1;

	while (way > 0) {
		landlock_grant(m, d, &at);
		if (landlock_lacks(m) == 0)
			return 0;
		way = landlock_go_up(&at, peeks);
	}
	return way;
}

/* A file that no name has led to is where it was put last.  What never had a name is
 * nowhere. */
static int climb_by_place(const struct landlock_domain *d, struct landlock_missing *m,
			  const struct path *at, bool peeks)
{
	struct path dir = { at->mount, NULL };
	int err;

	if (peeks)
		return -EAGAIN;
	dir.inode = inode_get_place(at->inode, NULL);
	if (dir.inode == NULL)
		return 0;
	err = climb(d, m, dir, false);
	inode_put(dir.inode);
	return err;
}

/* From @at on, which was found in @dir, or by no name. */
static int add_up(const struct landlock_domain *d, struct landlock_missing *m,
		  const struct path *at, const struct path *dir, bool peeks)
{
	if (inode_is(at->inode, S_IFDIR) || at->inode == at->mount->root)
		return climb(d, m, *at, peeks);
	landlock_grant(m, d, at);
	if (landlock_lacks(m) == 0)
		return 0;
	return dir->inode != NULL ? climb(d, m, *dir, peeks) :
				    climb_by_place(d, m, at, peeks);
}

int landlock_judge(const struct landlock_domain *d, const struct path *at,
		   const struct path *dir, uint32_t right)
{
	struct landlock_missing m;

	if (at->mount == NULL)
		return 0;
	landlock_want(&m, d, right);
	if (landlock_lacks(&m) == 0)
		return 0;
	(void)add_up(d, &m, at, dir, false);
	return landlock_lacks(&m) != 0 ? -EACCES : 0;
}

/* ---- opening ---- */

static uint32_t rights_to_open(const struct file *f, bool exec)
{
	uint32_t rights = exec ? LANDLOCK_FS_EXECUTE : 0;

	if (inode_is(f->inode, S_IFDIR))
		return LANDLOCK_FS_READ_DIR;
	if (f->mode & FMODE_READ)
		rights |= LANDLOCK_FS_READ_FILE;
	if (f->mode & FMODE_WRITE)
		rights |= LANDLOCK_FS_WRITE_FILE;
	return rights;
}

/* Those that are asked for when it is used. */
static uint32_t rights_to_use(const struct inode *inode)
{
	bool is_device = inode_is(inode, S_IFCHR) || inode_is(inode, S_IFBLK);

	return LANDLOCK_FS_TRUNCATE | (is_device ? LANDLOCK_FS_IOCTL_DEV : 0);
}

static void note(struct file *f, uint32_t lacks)
{
	f->mode &= ~(FMODE_NO_TRUNCATE | FMODE_NO_IOCTL);
	if (lacks & LANDLOCK_FS_TRUNCATE)
		f->mode |= FMODE_NO_TRUNCATE;
	if (lacks & LANDLOCK_FS_IOCTL_DEV)
		f->mode |= FMODE_NO_IOCTL;
}

int landlock_judge_open(const struct landlock_domain *d, struct file *f,
			const struct path *dir, bool exec, bool peeks)
{
	const struct path at = { f->mount, f->inode };
	struct landlock_missing m;
	uint32_t wanted;
	int err = 0;

	if ((f->mode & FMODE_PATH) || at.mount == NULL)
		return 0;
	wanted = rights_to_open(f, exec);
	landlock_want(&m, d, wanted | rights_to_use(at.inode));
	if (landlock_lacks(&m) != 0)
		err = add_up(d, &m, &at, dir, peeks);
	if (err < 0 && peeks)
		return err;
	note(f, landlock_lacks(&m));
	return landlock_lacks(&m) & wanted ? -EACCES : 0;
}

/* ---- making ---- */

uint32_t landlock_making(unsigned type)
{
	switch (type) {
	case S_IFDIR:
		return LANDLOCK_FS_MAKE_DIR;
	case S_IFLNK:
		return LANDLOCK_FS_MAKE_SYM;
	case S_IFCHR:
		return LANDLOCK_FS_MAKE_CHAR;
	case S_IFBLK:
		return LANDLOCK_FS_MAKE_BLOCK;
	case S_IFIFO:
		return LANDLOCK_FS_MAKE_FIFO;
	case S_IFSOCK:
		return LANDLOCK_FS_MAKE_SOCK;
	}
	return LANDLOCK_FS_MAKE_REG;
}

int landlock_judge_make(const struct landlock_domain *d, const struct path *dir,
			unsigned type)
{
	return landlock_judge(d, dir, &(struct path){ NULL, NULL },
			      landlock_making(type));
}
