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
	 FAN_UNLIMITED_MARKS | FAN_REPORT_TID | GROUP_CLASSES)
#define EVENT_FILE_FLAGS                                               \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_FULL_SYNC |   \
	 O_CLOEXEC | O_LARGEFILE | O_NOATIME)

/*
 * LACKS fanotify_init: events come with descriptors, not with handles:
 * `FAN_REPORT_FID` and its like, `FAN_REPORT_PIDFD` and `FAN_ENABLE_AUDIT` are
 * `EINVAL`, and so nobody but root has a group.
 */
SYSCALL_2(fanotify_init, flags, event_flags)
{
	struct file *f;
	int err;

	if (!cred_can(current_cred(), CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & ~(unsigned long)GROUP_FLAGS) ||
	    (flags & GROUP_CLASSES) == GROUP_CLASSES ||
	    (event_flags & ~(unsigned long)EVENT_FILE_FLAGS) ||
	    (event_flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	err = fanotify_create(&f, (unsigned)flags, (unsigned)event_flags);
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
#define MASK_BITS                                                      \
	(IN_ACCESS | IN_MODIFY | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE |   \
	 IN_OPEN | FAN_OPEN_EXEC | FAN_ALL_PERM | MASK_FLAGS)

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

static int check_group(const struct file *f, const struct marking *m)
{
	if (!is_fanotify(f))
		return -EINVAL;
	if ((m->flags & MARK_TYPES) && !cred_can(current_cred(), CAP_SYS_ADMIN))
		return -EPERM;
	if ((m->mask & FAN_ALL_PERM) && !fanotify_is_asked(f))
		return -EINVAL;
	return (m->flags & FAN_MARK_EVICTABLE) && (m->flags & MARK_TYPES) ?
		       -EINVAL : 0;
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

/* A promise that cannot be kept where much is written to. */
static int check_ignore(const struct marking *m, const struct path *at)
{
	bool is_dir = inode_is(at->inode, S_IFDIR);

	if (!(m->flags & FAN_MARK_ADD) || !(m->flags & FAN_MARK_IGNORE))
		return 0;
	if (!(m->flags & MARK_TYPES) && !is_dir && (m->mask & MASK_FLAGS))
		return -ENOTDIR;
	if (m->flags & FAN_MARK_IGNORED_SURV_MODIFY)
		return 0;
	return m->flags & MARK_TYPES ? -EINVAL : is_dir ? -EISDIR : 0;
}

static int may_mark(const struct marking *m, const struct path *at)
{
	if ((m->flags & FAN_MARK_ONLYDIR) && !inode_is(at->inode, S_IFDIR))
		return -ENOTDIR;
	if ((m->flags & MARK_TYPES) && at->mount == NULL)
		return -EINVAL;
	if ((m->flags & FAN_MARK_ADD) && (m->mask & FAN_ALL_PERM) &&
	    strcmp(at->inode->fs->type, "proc") == 0)
		return -EINVAL; /* nor does Linux's /proc wait for anybody */

	int err = inode_permission(at->inode, MAY_READ);

	return err != 0 ? err : check_ignore(m, at);
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
	err = may_mark(m, &at);
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
 * LACKS fanotify_mark: no events of names and attributes, nor `FAN_FS_ERROR`, which
 * come with handles: `EINVAL`. What is open in no mount, as a `memfd`, is not
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
