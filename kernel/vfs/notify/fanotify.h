#pragma once

/*
 * vfs/notify/fanotify.h - what happens to files, told with the files
 * themselves, or with their handles and names: of an inode, of all that is
 * reached by a mount, or of a file system.  A group is a file; what is wanted and
 * what is ignored are its marks.
 */

#include "lib/types.h"

struct file;
struct path;

/* What happens: beside inotify's, which have the same numbers. */
#define FAN_Q_OVERFLOW 0x4000U
/* In a mask: of directories, too; of what is in a directory. */
#define FAN_EVENT_ON_CHILD 0x08000000U
#define FAN_ONDIR 0x40000000U

/* Of a group. */
#define FAN_CLOEXEC 1U
#define FAN_NONBLOCK 2U
#define FAN_CLASS_CONTENT 4U /* it is asked, */
#define FAN_CLASS_PRE_CONTENT 8U /* and before the others */
#define FAN_UNLIMITED_QUEUE 0x10U
#define FAN_UNLIMITED_MARKS 0x20U
#define FAN_REPORT_PIDFD 0x80U
#define FAN_REPORT_TID 0x100U
/* In place of a descriptor: handles of what it was done to, of the directory, the
 * name in that; and of what a name was of that came or went. */
#define FAN_REPORT_FID 0x200U
#define FAN_REPORT_DIR_FID 0x400U
#define FAN_REPORT_NAME 0x800U
#define FAN_REPORT_TARGET_FID 0x1000U
#define FAN_FID_BITS                                             \
	(FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME | \
	 FAN_REPORT_TARGET_FID)

/* What is answered. */
#define FAN_ALLOW 1U
#define FAN_DENY 2U

/* Of a mark. */
#define FAN_MARK_ADD 1U
#define FAN_MARK_REMOVE 2U
#define FAN_MARK_DONT_FOLLOW 4U
#define FAN_MARK_ONLYDIR 8U
#define FAN_MARK_MOUNT 0x10U
#define FAN_MARK_IGNORED_MASK 0x20U
#define FAN_MARK_IGNORED_SURV_MODIFY 0x40U
#define FAN_MARK_FLUSH 0x80U
#define FAN_MARK_FILESYSTEM 0x100U
#define FAN_MARK_EVICTABLE 0x200U
#define FAN_MARK_IGNORE 0x400U

/* fs.fanotify.*, which root may change: groups and marks of a user, events in
 * the queue of a new group.  (a) */
extern uint32_t fanotify_max_groups, fanotify_max_marks, fanotify_max_events;

void fanotify_init(void); /* boot */

/* @flags: FAN_*; @event_flags: O_* of the files that are told; @is_private: others'
 * numbers are not.  0, -EMFILE (this user has too many), -ENFILE, -ENOMEM. */
int fanotify_create(struct file **out, unsigned flags, unsigned event_flags,
		    bool is_private);
bool is_fanotify(const struct file *f);
/* It may be asked for permission. */
bool fanotify_is_asked(const struct file *f);
bool fanotify_is_private(const struct file *f);

/* ---- marks of @f, which is one; @flags has one of the three kinds ---- */

/* 0; -EEXIST (what is there may not become less), -ENOSPC (this user has too
 * many), -ENOMEM. */
int fanotify_mark_add(struct file *f, const struct path *at, uint32_t mask,
		      unsigned flags);
/* Without these, it goes unless more is left than of @anyhow: 0; -ENOENT:
 * there is none. */
int fanotify_mark_remove(struct file *f, const struct path *at, uint32_t mask,
			 unsigned flags, uint32_t anyhow);
/* All of a kind go. */
void fanotify_mark_flush(struct file *f, unsigned flags);

/* What is known of a mark, and of its group. */
struct fanotify_about {
	uint64_t number;
	uint32_t mask, ignored;
	unsigned flags;    /* FAN_MARK_* of what it is of and how */
	uint64_t ino, dev;
	unsigned mount_id;
};

/* The first mark of @f with a number above about->number: false, there is none. */
bool fanotify_next(struct file *f, struct fanotify_about *about);
void fanotify_flags(const struct file *f, unsigned *flags, unsigned *event_flags);
