/*
 * syscall/sys_fanotify.c - fanotify_init() and fanotify_mark().
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "syscall/file_args.h"
#include "vfs/attr.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/mount.h"
#include "vfs/notify/fanotify.h"
#include "vfs/notify/notify.h"

/* ---- groups ---- */

#define GROUP_CLASSES (FAN_CLASS_CONTENT | FAN_CLASS_PRE_CONTENT)
#define GROUP_FLAGS                                                    \
	(FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |            \
	 FAN_UNLIMITED_MARKS | FAN_REPORT_PIDFD | FAN_REPORT_TID |     \
	 FAN_FID_BITS | GROUP_CLASSES)
/* Of a group that is not root's. */
#define PRIVATE_FLAGS (FAN_CLOEXEC | FAN_NONBLOCK | FAN_FID_BITS)
#define EVENT_FILE_FLAGS                                               \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_FULL_SYNC |   \
	 O_CLOEXEC | O_LARGEFILE | O_NOATIME)

/* What is told with handles, of which each kind needs another. */
static bool fids_make_sense(unsigned flags)
{
	if (!(flags & FAN_FID_BITS))
		return true;
	if (flags & GROUP_CLASSES)
		return false;
	if ((flags & FAN_REPORT_NAME) && !(flags & FAN_REPORT_DIR_FID))
		return false;
	return !(flags & FAN_REPORT_TARGET_FID) ||
	       ((flags & FAN_REPORT_NAME) && (flags & FAN_REPORT_FID));
}

static int check_flags(unsigned flags, unsigned event_flags)
{
	if ((flags & ~GROUP_FLAGS) || (flags & GROUP_CLASSES) == GROUP_CLASSES ||
	    (event_flags & ~EVENT_FILE_FLAGS) ||
	    (event_flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	/* A thread has no pidfd. */
	if ((flags & FAN_REPORT_PIDFD) && (flags & FAN_REPORT_TID))
		return -EINVAL;
	return fids_make_sense(flags) ? 0 : -EINVAL;
}

/* LACKS fanotify_init: `FAN_ENABLE_AUDIT` is `EINVAL`. */
SYSCALL_2(fanotify_init, flags, event_flags)
{
	bool is_private = !cred_can(current_cred(), CAP_SYS_ADMIN);
	struct file *f;
	int err;

	if (is_private && (!(flags & FAN_FID_BITS) || (flags & GROUP_FLAGS &
						       ~PRIVATE_FLAGS)))
		return -EPERM;
	if (flags > UINT32_MAX || event_flags > UINT32_MAX)
		return -EINVAL;
	err = check_flags((unsigned)flags, (unsigned)event_flags);
	if (err == 0)
		err = fanotify_create(&f, (unsigned)flags, (unsigned)event_flags,
				      is_private);
	return err != 0 ? err : fd_install(f, flags & FAN_CLOEXEC);
}

/* ---- marks ---- */

#define MARK_TYPES (FAN_MARK_MOUNT | FAN_MARK_FILESYSTEM)
#define MARK_COMMANDS (FAN_MARK_ADD | FAN_MARK_REMOVE | FAN_MARK_FLUSH)
#define MARK_IGNORES (FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORE)
#define MARK_FLAGS                                                     \
	(MARK_TYPES | MARK_COMMANDS | MARK_IGNORES |                   \
	 FAN_MARK_DONT_FOLLOW | FAN_MARK_ONLYDIR |                     \
	 FAN_MARK_IGNORED_SURV_MODIFY | FAN_MARK_EVICTABLE)
#define MASK_FLAGS (FAN_ONDIR | FAN_EVENT_ON_CHILD)
/* What is told with a descriptor, and what with handles alone. */
#define FD_EVENTS                                                      \
	(IN_ACCESS | IN_MODIFY | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE |   \
	 IN_OPEN | FAN_OPEN_EXEC | FAN_ALL_PERM)
#define FID_EVENTS                                                     \
	(IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | FAN_DIRENT_EVENTS)
#define MASK_BITS (FD_EVENTS | FID_EVENTS | MASK_FLAGS)

struct marking {
	unsigned flags;
	uint32_t mask;
	uint32_t anyhow; /* what does not keep a mark */
	int dirfd;
	vaddr_t path;
};

/* Before anything is looked up. */
static int check_request(struct marking *m)
{
	unsigned command = m->flags & MARK_COMMANDS;
	unsigned ignores = m->flags & MARK_IGNORES;

	if ((m->flags & ~MARK_FLAGS) || (m->flags & MARK_TYPES) == MARK_TYPES ||
	    ignores == MARK_IGNORES || (m->mask & ~MASK_BITS))
		return -EINVAL;
	if (command == FAN_MARK_FLUSH)
		return m->flags & ~(MARK_TYPES | FAN_MARK_FLUSH) ? -EINVAL : 0;
	if ((command != FAN_MARK_ADD && command != FAN_MARK_REMOVE) ||
	    m->mask == 0)
		return -EINVAL;
	if (ignores == FAN_MARK_IGNORED_MASK) { /* they mean nothing there */
		m->mask &= ~MASK_FLAGS;
		m->anyhow = MASK_FLAGS;
	}
	return 0;
}

/* Who has no path cannot say by which mount it was reached. */
static int check_events(unsigned group, const struct marking *m)
{
	if ((m->mask & FID_EVENTS) &&
	    (!(group & FAN_FID_BITS) || (m->flags & FAN_MARK_MOUNT)))
		return -EINVAL;
	return (m->mask & FAN_RENAME) && !(group & FAN_REPORT_NAME) ? -EINVAL : 0;
}

static int check_group(const struct file *f, const struct marking *m)
{
	unsigned group, event_flags;

	if (!is_fanotify(f))
		return -EINVAL;
	if ((m->flags & MARK_TYPES) &&
	    (fanotify_is_private(f) || !cred_can(current_cred(), CAP_SYS_ADMIN)))
		return -EPERM;
	if ((m->mask & FAN_ALL_PERM) && !fanotify_is_asked(f))
		return -EINVAL;
	if ((m->flags & FAN_MARK_EVICTABLE) && (m->flags & MARK_TYPES))
		return -EINVAL;
	fanotify_flags(f, &group, &event_flags);
	return check_events(group, m);
}

static int path_of_fd(int fd, struct path *at)
{
	struct file *f = file_of_fd((unsigned long)fd);
	int err = 0;

	if (f == NULL)
		return -EBADF;
	if (f->inode != NULL && f->mount != NULL) {
		*at = (struct path){ f->mount, f->inode };
		path_get(at);
	} else {
		err = -EINVAL;
	}
	file_put(f);
	return err;
}

/* Without a path it is what the descriptor is open of. */
static int find_object(const struct marking *m, struct path *at)
{
	unsigned how = m->flags & FAN_MARK_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW;

	return m->path != 0 ?
		       path_at((unsigned long)m->dirfd, m->path, how, at) :
		       path_of_fd(m->dirfd, at);
}

/* What only directories have is refused of others where it was not always taken. */
static int check_dir_events(unsigned group, const struct marking *m,
			    const struct path *at)
{
	bool is_strict = (group & FAN_REPORT_TARGET_FID) ||
			 (m->mask & FAN_RENAME) || (m->flags & FAN_MARK_IGNORE);

	return is_strict && !(m->flags & MARK_TYPES) &&
	       !inode_is(at->inode, S_IFDIR) &&
	       (m->mask & (FAN_DIRENT_EVENTS | MASK_FLAGS)) ? -ENOTDIR : 0;
}

/* A promise that cannot be kept where much is written to. */
static int check_ignore(const struct marking *m, const struct path *at)
{
	bool is_dir = inode_is(at->inode, S_IFDIR);

	if (!(m->flags & FAN_MARK_IGNORE))
		return 0;
	if (m->flags & FAN_MARK_IGNORED_SURV_MODIFY)
		return 0;
	return m->flags & MARK_TYPES ? -EINVAL : is_dir ? -EISDIR : 0;
}

/* Of many files each has to be found by its handle. */
static int check_handles(unsigned group, const struct marking *m,
			 const struct path *at)
{
	return (group & FAN_FID_BITS) && (m->flags & MARK_TYPES) &&
	       at->inode->fs->ops->find == NULL ? -EOPNOTSUPP : 0;
}

static int may_add(unsigned group, const struct marking *m, const struct path *at)
{
	int err = 0;

	if ((m->mask & FAN_ALL_PERM) && strcmp(at->inode->fs->type, "proc") == 0)
		return -EINVAL; /* nor does Linux's /proc wait for anybody */
	err = check_dir_events(group, m, at);
	if (err == 0)
		err = check_handles(group, m, at);
	return err != 0 ? err : check_ignore(m, at);
}

static int may_mark(const struct file *f, const struct marking *m,
		    const struct path *at)
{
	unsigned group, event_flags;

	if ((m->flags & FAN_MARK_ONLYDIR) && !inode_is(at->inode, S_IFDIR))
		return -ENOTDIR;
	if ((m->flags & MARK_TYPES) && at->mount == NULL)
		return -EINVAL;

	int err = inode_permission(at->inode, MAY_READ);

	if (err != 0 || !(m->flags & FAN_MARK_ADD))
		return err;
	fanotify_flags(f, &group, &event_flags);
	return may_add(group, m, at);
}

static int change_mark(struct file *f, struct marking *m, const struct path *at)
{
	if ((m->flags & MARK_TYPES) || !inode_is(at->inode, S_IFDIR)) {
		m->mask &= ~FAN_EVENT_ON_CHILD;
		m->anyhow |= FAN_EVENT_ON_CHILD;
	}
	return m->flags & FAN_MARK_ADD ?
		       fanotify_mark_add(f, at, m->mask, m->flags) :
		       fanotify_mark_remove(f, at, m->mask, m->flags, m->anyhow);
}

/* The path is held until the mark is there: nothing of it goes. */
static int mark_object(struct file *f, struct marking *m)
{
	struct path at;
	int err = find_object(m, &at);

	if (err != 0)
		return err;
	err = may_mark(f, m, &at);
	if (err == 0)
		err = change_mark(f, m, &at);
	path_put(&at);
	return err;
}

static int mark_for(struct file *f, struct marking *m)
{
	int err = check_group(f, m);

	if (err != 0)
		return err;
	if (!(m->flags & FAN_MARK_FLUSH))
		return mark_object(f, m);
	fanotify_mark_flush(f, m->flags);
	return 0;
}

/*
 * LACKS fanotify_mark: no `FAN_FS_ERROR`: `EINVAL`. What is open in no mount, as a `memfd`, is not
 * marked; of a file with several names the directory of the one that it got last is
 * told. An inode with an evictable mark stays all the same.
 */
SYSCALL_5(fanotify_mark, group, flags, mask, dirfd, path)
{
	struct marking m = {
		.flags = (unsigned)flags,
		.mask = (uint32_t)mask,
		.dirfd = (int)dirfd,
		.path = path,
	};
	int err = mask > UINT32_MAX ? -EINVAL : check_request(&m);
	struct file *f;

	if (err != 0)
		return err;
	f = file_of_fd(group);
	if (f == NULL)
		return -EBADF;
	err = mark_for(f, &m);
	file_put(f);
	return err;
}
