#pragma once

/*
 * ipc/timerfd.h - a timer that is a file: a read tells how often it rang.
 */

#include "lib/types.h"

struct file;

/* @flags: O_NONBLOCK.  0, or -ENOMEM. */
int timerfd_create(struct file **out, bool realtime, unsigned flags);

/* @expires: absolute, 0 is off.  All in ticks. */
void timerfd_set(struct file *f, uint64_t expires, uint64_t interval);

/* 0, or -EINVAL when @f is no timerfd. */
int timerfd_get(struct file *f, uint64_t *left, uint64_t *interval,
		bool *realtime);
