#pragma once

/*
 * vfs/lease.h - leases: who has one on a file is told before somebody else
 * opens it in a way that would disturb him, and is waited for.
 *
 * A read lease says that nobody has the file open to write, a write lease that
 * nobody else has it open at all.  An open, or a truncation, that would make
 * this untrue breaks the lease: its holder is told by a signal, as the owner of
 * the open file that it was taken on (proc/signal/async.h), and has
 * lease_break_time seconds to give it up, or to be content with a read lease if
 * that is enough.  Then it is taken from him.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct file;
struct inode;

enum lease_type { /* Linux's numbers: F_RDLCK and so on */
	LEASE_READ,
	LEASE_WRITE,
	LEASE_NONE,
};

extern uint32_t lease_break_time; /* (a) seconds; 0: for ever.  Root changes it */

/* The running process takes, changes or gives up (LEASE_NONE) the lease on @f:
 * 0; -EACCES (the file is not his), -EINVAL (no regular file), -EAGAIN (it is
 * open in such a way; there is none to give up), -ENOMEM.  Sleeps. */
int lease_set(struct file *f, enum lease_type type);
/* What it is, or about to become. */
enum lease_type lease_of(struct file *f);

/* @f, whose inode is set, is about to be opened: it counts as open from now on,
 * also if it is not (FMODE_COUNTED says), until lease_closed().  0, -ETXTBSY (to
 * write to a program that runs: not counted), -EAGAIN (it would have to wait, with
 * O_NONBLOCK), -ERESTARTSYS.  Sleeps. */
int MUST_CHECK lease_open(struct file *f);
/* The last reference to @f is gone; its own lease, too. */
void lease_closed(struct file *f);
/* Somebody is about to truncate @inode by its name: 0 or -ERESTARTSYS. */
int MUST_CHECK lease_break_to_write(struct inode *inode);

void lease_init(void); /* boot */
