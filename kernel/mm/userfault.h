#pragma once

/*
 * mm/userfault.h - missing pages that a program brings itself: userfaultfd().
 *
 * A range of private memory may have somebody who is asked for its pages.  Who
 * touches one that is not there sleeps until it was filled, or he was told to look
 * again; meanwhile nothing is locked.  A page that is filled is looked for by who
 * was just about to sleep:
 *
 *	touches					fills
 *	stands with who waits: lock		the entry: leaf lock
 *	looks at the entry			wakes who waits: lock
 *
 * Whichever of the two has the lock first: the other sees the entry, or who waits.
 *
 * Source: Linux Documentation/admin-guide/mm/userfaultfd.rst, ioctl_userfaultfd(2).
 */

#include "mm/fault.h"
#include "mm/page.h"
#include "sync/waitq.h"

/* What was asked for; Linux's bits. */
#define USERFAULT_SIGBUS (1U << 7)        /* a signal, and nobody is asked */
#define USERFAULT_EXACT_ADDRESS (1U << 11) /* of the access, not of the page */
#define USERFAULT_READY (1U << 31)         /* it was, whatever that was */

/*
 *	(c)	constant
 *	(l)	lock
 *	(a)	atomic, or one word
 */
struct userfault {
	struct refcount refs;     /* the file; each mapping; who waits */
	struct mm *mm;            /* (c) not the memory: mm_grab() */
	bool user_only;           /* (c) the kernel does not wait */
	uint32_t features;        /* (a) USERFAULT_* */
	struct spinlock lock;     /* RANK_MISSING */
	struct list asked;        /* (l) struct missing, not read */
	struct list told;         /* (l) the same, read */
	bool closed;              /* (l) nobody answers any more */
	struct waitq readers;
};

struct missing_page {
	vaddr_t addr;
	bool write;
};

/* For the running process. NULL: no memory. */
struct userfault *userfault_create(bool user_only);
void userfault_get(struct userfault *u);
void userfault_put(struct userfault *u);

/*
 * Missing pages of what is mapped in [start, start + length), whole pages, are
 * asked of @u from now on, or not any more.  0; -EINVAL: something there is no
 * private memory, or nothing is; -EBUSY: another one is asked; -ENOMEM; -ESRCH: the
 * process is gone.  Sleeps.
 */
int userfault_register(struct userfault *u, vaddr_t start, uint64_t length);
int userfault_unregister(struct userfault *u, vaddr_t start, uint64_t length);
/* Nobody will answer: everybody looks again, and nothing is asked any more. */
void userfault_close(struct userfault *u);

/* The next that nobody has been told of: false, there is none. */
bool userfault_next(struct userfault *u, struct missing_page *page);
/* Without the lock: or has just come, or gone. */
bool userfault_has_asked(const struct userfault *u);

/*
 * The missing page at @va is @page from now on, which is taken; or zeros: NULL.
 * 0; -EEXIST: it is not missing; -ENOENT: nobody is asked there; -ENOMEM; -ESRCH.
 * Wakes nobody.
 */
int userfault_fill(struct userfault *u, vaddr_t va, struct page *page);
/* Who waits for a page of [start, start + length) looks again. */
void userfault_wake(struct userfault *u, vaddr_t start, uint64_t length);

/*
 * After FAULT_HANDED: wait for the page.  True: try the access again.  Else there is
 * *@result: FAULT_BEYOND, there is nobody to wait for; FAULT_OK: a signal came, of
 * who asks @from_user; FAULT_NOMAP: who is not was killed.  Nothing is locked.
 */
bool userfault_ask(struct mm *mm, vaddr_t addr, enum access access,
		   bool from_user, enum fault_result *result);

/* (a) vm.unprivileged_userfaultfd: who has no right to look into processes may
 * have one of all accesses, too. */
extern uint32_t unprivileged_userfaultfd;
