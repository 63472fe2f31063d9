/*
 * vfs/attr.c - mode, owner and times of inodes.
 *
 * Two locks for two needs.  Who changes attributes holds inode->lock, so that
 * what was judged is still so when it is changed, and so that a write can
 * take away set-ID bits and then write.  The words themselves change under
 * attr_lock as well, and are counted: reading them takes no lock, unless they
 * were just changing.  For a path of ten names asks ten times, of directories
 * that are everybody's: it must not wait for a long write, nor write itself.
 */

#include "vfs/attr.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/pagecache.h"
#include "vfs/flags.h"
#include "vfs/mount.h"
#include "vfs/notify/notify.h"

/* ---- reading ---- */

/* Whoever was disturbed. */
static NOINLINE struct inode_owner owner_locked(struct inode *inode)
{
	struct inode_owner owner;

	spin_lock(&inode->attr_lock);
	owner = (struct inode_owner){ inode->mode, inode->uid, inode->gid };
	spin_unlock(&inode->attr_lock);
	return owner;
}

struct inode_owner inode_owner(struct inode *inode)
{
	uint32_t seen = seq_begin(&inode->attr_seq);
	unsigned mode = READ_ONCE(inode->mode);

	lockorder_might_take(RANK_ATTR);
	race_point(mode_read, inode);
	unsigned uid = READ_ONCE(inode->uid), gid = READ_ONCE(inode->gid);

	if (unlikely(seq_was_disturbed(&inode->attr_seq, seen)))
		return owner_locked(inode);
	return (struct inode_owner){ mode, uid, gid };
}

uint64_t inode_size(const struct inode *inode)
{
	return inode->pagecache != NULL ? pagecache_size(inode->pagecache) : 0;
}

void inode_get_attr(struct inode *inode, struct inode_attr *attr)
{
	*attr = (struct inode_attr){
		.owner = inode_owner(inode),
		.ino = inode->ino,
		.dev = inode->fs->dev,
		.nlink = READ_ONCE(inode->nlink),
		.major = inode->major,
		.minor = inode->minor,
		.flags = READ_ONCE(inode->flags),
		.flags_kept = inode->ops->flags,
		.size = inode_size(inode),
		.atime = READ_ONCE(inode->atime),
		.mtime = READ_ONCE(inode->mtime),
		.ctime = READ_ONCE(inode->ctime),
	};
	if (inode->pagecache != NULL)
		attr->bytes_used = READ_ONCE(inode->pagecache->nr_pages)
				   << PAGE_SHIFT;
	if (inode->ops->getattr != NULL)
		inode->ops->getattr(inode, attr);
}

/* ---- rights ---- */

bool is_kept(const struct inode *inode)
{
	return inode_is(inode, S_IFREG) || inode_is(inode, S_IFDIR) ||
	       inode_is(inode, S_IFLNK);
}

/* Whom the mode does not hold back: he may do anything, but run what nobody
 * may run; or look at anything. */
static bool is_above_mode(unsigned mode, unsigned may, uint64_t caps)
{
	const bool dir = (mode & S_IFMT) == S_IFDIR;
	const unsigned look = dir ? MAY_READ | MAY_EXEC : MAY_READ;

	if ((caps & BIT(CAP_DAC_READ_SEARCH)) && (may & ~look) == 0)
		return true;
	return (caps & BIT(CAP_DAC_OVERRIDE)) &&
	       (!(may & MAY_EXEC) || dir || (mode & 0111) != 0);
}

/* Who asks; in the groups of the running process. */
struct somebody {
	unsigned uid, gid;
	uint64_t caps;
};

static int permission_of(struct inode *inode, unsigned may,
			 const struct somebody *who)
{
	struct inode_owner owner = inode_owner(inode);
	unsigned rights = owner.mode;

	if ((may & MAY_WRITE) && READ_ONCE(inode->fs->readonly) &&
	    is_kept(inode))
		return -EROFS;
	if ((may & MAY_WRITE) && inode_has(inode, INODE_IMMUTABLE))
		return -EPERM;
	if (who->uid == owner.uid)
		rights = owner.mode >> 6;
	else if (who->gid == owner.gid ||
		 cred_has_group(current_cred(), owner.gid))
		rights = owner.mode >> 3;
	return (may & ~rights) == 0 ||
	       is_above_mode(owner.mode, may, who->caps) ? 0 : -EACCES;
}

int inode_permission(struct inode *inode, unsigned may)
{
	const struct cred *cred = current_cred();

	return permission_of(inode, may, &(struct somebody){
		cred->fsuid, cred->fsgid, cred->caps.effective });
}

int inode_permission_real(struct inode *inode, unsigned may)
{
	const struct cred *cred = current_cred();

	return permission_of(inode, may, &(struct somebody){
		cred->uid, cred->gid, caps_of_real_user(cred) });
}

static bool can(enum cap cap)
{
	return cred_can(current_cred(), cap);
}

bool is_own(const struct inode_owner *owner)
{
	return current_cred()->fsuid == owner->uid || can(CAP_FOWNER);
}

static bool am_in_group(unsigned gid)
{
	const struct cred *cred = current_cred();

	return cred->fsgid == gid || cred_has_group(cred, gid);
}

bool may_give_group(unsigned gid)
{
	return am_in_group(gid) || can(CAP_FSETID);
}

/* ---- changing; inode->lock is held ---- */

/* @owner's mode without the bits that vouch for what will be no more.
 * Set-group-ID without the group's right to execute once meant something
 * else, and stays for members. */
static unsigned without_set_ids(const struct inode_owner *owner)
{
	unsigned mode = owner->mode & ~S_ISUID;

	if ((mode & S_IXGRP) || !may_give_group(owner->gid))
		mode &= ~S_ISGID;
	return mode;
}

static int may_change_mode(const struct inode_owner *old,
			   struct inode_owner *new, unsigned mode)
{
	if (!is_own(old))
		return -EPERM;
	if (!may_give_group(new->gid))
		mode &= ~S_ISGID;
	new->mode = (old->mode & S_IFMT) | (mode & 07777);
	return 0;
}

static bool gives_to_own_group(const struct inode_owner *old,
			       const struct inode_owner *new)
{
	return current_cred()->fsuid == old->uid && new->uid == old->uid &&
	       (new->gid == old->gid || am_in_group(new->gid));
}

/* Nobody gives files away without a capability; the owner chooses among his
 * groups.  Bits that vouch for him only who may change the mode takes away. */
static int may_change_owner(const struct inode_owner *old,
			    struct inode_owner *new,
			    const struct attr_change *change)
{
	if (change->uid != KEEP_ID)
		new->uid = change->uid;
	if (change->gid != KEEP_ID)
		new->gid = change->gid;
	if ((old->mode & S_IFMT) != S_IFDIR)
		new->mode = without_set_ids(old);
	if (new->mode != old->mode && !is_own(old))
		return -EPERM;
	return can(CAP_CHOWN) ||
	       (change->uid == KEEP_ID && change->gid == KEEP_ID) ||
	       gives_to_own_group(old, new) ? 0 : -EPERM;
}

static int may_change_times(struct inode *inode,
			    const struct inode_owner *old, unsigned what)
{
	if (is_own(old))
		return 0;
	return what & ATTR_NOW ? inode_permission(inode, MAY_WRITE) : -EPERM;
}

/* What @change makes of @old, into *@new, if it is allowed. */
static int judge(struct inode *inode, const struct attr_change *change,
		 const struct inode_owner *old, struct inode_owner *new)
{
	int err = 0;

	*new = *old;
	if (inode_has(inode, change->what & ATTR_NOW ? INODE_IMMUTABLE : INODE_FIXED))
		return -EPERM;
	/* Of a link it would mean nothing. */
	if ((change->what & ATTR_MODE) && (old->mode & S_IFMT) == S_IFLNK)
		return -EOPNOTSUPP;
	if (change->what & ATTR_OWNER)
		err = may_change_owner(old, new, change);
	if (err == 0 && (change->what & ATTR_MODE))
		err = may_change_mode(old, new, change->mode);
	if (err == 0 && (change->what & (ATTR_ATIME | ATTR_MTIME)))
		err = may_change_times(inode, old, change->what);
	if (err == 0 && inode->ops->setattr != NULL)
		err = inode->ops->setattr(inode, change);
	return err;
}

static void set_owner(struct inode *inode, const struct inode_owner *owner)
	REQUIRES(C_inode)
{
	assert_mutex_held(&inode->lock);
	spin_lock(&inode->attr_lock);
	seq_change(&inode->attr_seq);
	WRITE_ONCE(inode->mode, owner->mode);
	WRITE_ONCE(inode->uid, owner->uid);
	WRITE_ONCE(inode->gid, owner->gid);
	seq_changed(&inode->attr_seq);
	spin_unlock(&inode->attr_lock);
}

/* As Linux tells of it: of a time alone like of what would have set it. */
static uint32_t event_of(const struct attr_change *change)
{
	if (change->what & ATTR_MODE)
		return IN_ATTRIB;
	if (change->what & ATTR_OWNER)
		return change->uid != KEEP_ID || change->gid != KEEP_ID ?
			       IN_ATTRIB : 0;
	if ((change->what & ATTR_ATIME) && (change->what & ATTR_MTIME))
		return IN_ATTRIB;
	return change->what & ATTR_ATIME ? IN_ACCESS : IN_MODIFY;
}

int inode_set_attr(struct inode *inode, const struct attr_change *change)
{
	struct inode_owner old, new;

	mutex_lock(&inode->lock);
	old = inode_owner(inode);
	int err = judge(inode, change, &old, &new);

	if (err == 0) {
		set_owner(inode, &new);
		if (change->what & ATTR_ATIME)
			WRITE_ONCE(inode->atime, change->atime);
		if (change->what & ATTR_MTIME)
			WRITE_ONCE(inode->mtime, change->mtime);
		inode_touch_ctime(inode);
	}
	mutex_unlock(&inode->lock);
	race_point(owner_changed, inode);
	if (err == 0)
		notify_inode(inode, event_of(change));
	return err;
}

void inode_drop_set_ids(struct inode *inode)
{
	struct inode_owner owner;

	assert_mutex_held(&inode->lock);
	/* Nobody else sets them: that takes inode->lock, too. */
	if (likely(!(READ_ONCE(inode->mode) & (S_ISUID | S_ISGID))) ||
	    can(CAP_FSETID))
		return;
	owner = inode_owner(inode);
	owner.mode = without_set_ids(&owner);
	set_owner(inode, &owner);
}
