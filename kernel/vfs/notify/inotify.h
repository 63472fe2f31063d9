#pragma once

/*
 * vfs/notify/inotify.h - what happens to files, as it is read from a file.
 */

#include "lib/types.h"

struct file;
struct inode;

/* In a mask, how to watch. */
#define IN_ONLYDIR 0x01000000U
#define IN_DONT_FOLLOW 0x02000000U
#define IN_EXCL_UNLINK 0x04000000U
#define IN_MASK_CREATE 0x10000000U
#define IN_MASK_ADD 0x20000000U
#define IN_ONESHOT 0x80000000U
/* In an event, what it is about. */
#define IN_UNMOUNT 0x2000U
#define IN_Q_OVERFLOW 0x4000U
#define IN_IGNORED 0x8000U
#define IN_ISDIR 0x40000000U

/* fs.inotify.*, which root may change: instances and watches of a user, events
 * in the queue of a new instance.  (a) */
extern uint32_t inotify_max_instances, inotify_max_watches, inotify_max_events;

void inotify_init(void); /* boot */

/* @flags: O_NONBLOCK.  0, -EMFILE (this user has too many), -ENFILE, -ENOMEM. */
int inotify_create(struct file **out, unsigned flags);
bool is_inotify(const struct file *f);

/*
 * @f, which is one, is told from now on what of @mask happens to @inode.  The
 * watch's number; -EEXIST (IN_MASK_CREATE), -ENOSPC (this user has too many),
 * -ENOMEM.
 */
int inotify_add(struct file *f, struct inode *inode, uint32_t mask);
/* What is known of a watch. */
struct inotify_about {
	int wd;
	uint32_t mask;
	uint64_t ino, dev;
};

/* The first watch of @f, which is one, with a number above about->wd: false,
 * there is none that watches something. */
bool inotify_next(struct file *f, struct inotify_about *about);
/* 0, or -EINVAL: there is no such watch. */
int inotify_remove(struct file *f, int wd);
