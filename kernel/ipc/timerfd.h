#pragma once

/*
 * ipc/timerfd.h - a timer that is a file: a read tells how often it rang.
 */

#include "lib/types.h"

struct file;

void timerfd_init(void); /* boot */

/* @flags: O_NONBLOCK.  0, or -ENOMEM. */
int timerfd_create(struct file **out, bool realtime, unsigned flags);

/* @expires: a deadline (arch/clock.h), 0 is off; @interval: ns.  @tells: it
 * says when the time of day was set, if that is what it goes by.  0, or
 * -ECANCELED: it was since it has said so last, and the timer is set. */
int timerfd_set(struct file *f, uint64_t expires, uint64_t interval, bool tells);

/* The time of day was set.  Sleeps. */
void timerfd_clock_was_set(void);

/* 0, or -EINVAL when @f is no timerfd. */
int timerfd_get(struct file *f, uint64_t *left, uint64_t *interval,
		bool *realtime);
