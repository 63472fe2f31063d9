#pragma once

/*
 * vfs/epoll/epoll.h - a set of files, and those of them that are ready.
 *
 *	epoll_create(&f)			the set is a file too
 *	epoll_add(f, file, fd, &event)		file, known by fd, is watched
 *	epoll_wait(f, events, max, deadline)	who is ready, and for what
 *
 * poll() asks all of its files at each call; an epoll joins the wait queues of
 * a file once, when it is added, and is told what happens from then on.  What
 * was told of stands in the ready list, and only there epoll_wait() looks.
 *
 *	a file's waker			epoll_wait()
 *	makes the file ready		takes the item off the ready list
 *	puts the item on the list	asks the file
 *	wakes one who sleeps		sleeps if the list is empty
 *
 * So nothing is lost: who asked too early finds the item on the list again.
 *
 *	epoll.c		the set: add, change, remove; when a file or the set goes
 *	ready.c		the ready list and who is told of it; asking files
 *	wait.c		epoll_wait()
 *	nest.c		epolls that watch epolls: how deep, and in no circle
 */

#include "lib/types.h"

struct file;

#define EPOLLEXCLUSIVE (1U << 28) /* wake as few epolls as will do */
#define EPOLLWAKEUP (1U << 29)    /* keep the machine awake: it does not sleep */
#define EPOLLONESHOT (1U << 30)   /* report once, until changed */
#define EPOLLET (1U << 31)        /* report what happens, not what is */
#define EPOLL_HOW (EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)

/* As programs lay it out. */
struct epoll_event {
	uint32_t events;
	uint32_t unused;
	uint64_t data;
};

/* What all items of a user may be (fs.epoll.max_user_watches; root may change
 * it).  (a) */
extern uint32_t epoll_max_watches;

void epoll_init(void); /* boot */

/* 0, -ENFILE or -ENOMEM. */
int epoll_create(struct file **out);
bool is_epoll(const struct file *f);

/*
 * @ep is an epoll; a file in it is named by @fd as well, for the time it is
 * in there.  0, or -EEXIST, -ENOENT, -ELOOP (epolls in a circle, or too deep),
 * -ENOSPC (this user has too many), -ENOMEM; -EINVAL: an exclusive watch is
 * to be changed, or too many ways lead down through epolls.
 */
int epoll_add(struct file *ep, struct file *file, int fd,
	      const struct epoll_event *event);
int epoll_change(struct file *ep, struct file *file, int fd,
		 const struct epoll_event *event);
int epoll_remove(struct file *ep, struct file *file, int fd);

/*
 * Wait until @deadline (ticks) for files that are ready; up to @max events go
 * to @events in user memory: how many, or -EINTR, -EFAULT.
 */
long epoll_wait(struct file *ep, vaddr_t events, unsigned max,
		uint64_t deadline);

/* The last reference to @f is gone, which was watched: it leaves all sets. */
void epoll_forget_file(struct file *f);
