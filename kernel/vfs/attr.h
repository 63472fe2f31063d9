#pragma once

/*
 * vfs/attr.h - what is known about an inode, who may use it, who may change
 * what.
 *
 * Mode, user and group belong together: whether a program gives its owner's
 * rights away is decided by all three.  So they are read in one
 * (inode_owner()) and changed in one (inode_set_attr()), which also judges
 * whether the running process may, while nothing can change.
 */

#include "vfs/cred.h"
#include "vfs/inode.h"

/* ---- reading ---- */

/* As they were at one moment. */
struct inode_owner {
	unsigned mode, uid, gid;
};

struct inode_owner inode_owner(struct inode *inode);

/* All that stat() tells. */
struct inode_attr {
	struct inode_owner owner;
	uint64_t ino;
	unsigned dev, nlink, major, minor;
	unsigned flags, flags_kept; /* vfs/flags.h: those that it has, or might */
	uint64_t size, bytes_used;
	uint64_t atime, mtime, ctime; /* ns since 1970 */
	uint64_t btime; /* when it was made; 0: the file system does not say */
};

void inode_get_attr(struct inode *inode, struct inode_attr *attr);
/* Of a regular file, else 0. */
uint64_t inode_size(const struct inode *inode);

/* ---- rights, as in the low three bits of a mode ---- */

#define MAY_EXEC 1
#define MAY_WRITE 2
#define MAY_READ 4

/* What it holds is the file system's: no device, FIFO or socket. */
bool is_kept(const struct inode *inode);
/* May the running process do all of @may with @inode?  0 or -EACCES. */
int inode_permission(struct inode *inode, unsigned may);
/* The same for its real user, who may be another one: access(). */
int inode_permission_real(struct inode *inode, unsigned may);
/* The running process owns what @owner says, or can act as if (CAP_FOWNER). */
bool is_own(const struct inode_owner *owner);
/* Set-group-ID, which is the rights of group @gid, is its to set: a member, or
 * one with CAP_FSETID. */
bool may_give_group(unsigned gid);

/* ---- changing ---- */

#define ATTR_MODE 1     /* rights, by the owner */
#define ATTR_OWNER 2    /* uid and gid, either of them may be KEEP_ID */
#define ATTR_ATIME 4    /* times, by the owner; */
#define ATTR_MTIME 8
#define ATTR_NOW 16     /* or, if this is said of them, by who may write */

#define KEEP_ID UINT32_MAX

struct attr_change {
	unsigned what; /* ATTR_* */
	unsigned mode, uid, gid;
	uint64_t atime, mtime;
};

/*
 * If the running process may: 0, -EPERM, -EACCES, or what the file system
 * says.  A new owner, and whoever is not root and changes the contents, takes
 * away the set-ID bits: they are what the owner vouched for.
 */
int inode_set_attr(struct inode *inode, const struct attr_change *change);
/* The contents are about to change. */
void inode_drop_set_ids(struct inode *inode) REQUIRES(C_inode);
