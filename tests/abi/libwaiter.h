#pragma once

/*
 * libwaiter.h - threads of which each waits for one child.
 *
 * Who is told of a child must not be the first alone that waits: so the one
 * that it concerns is put among others.
 */

#include "libasleep.h"

#include <sys/wait.h>

enum { WAITERS_OF_CHILDREN = 3, CONCERNED = 1 };

struct waiter {
	pthread_t thread;
	volatile pid_t tid;
	pid_t child;
	int options, status;
};

static void *wait_for_one(void *arg)
{
	struct waiter *w = arg;

	w->tid = gettid();
	return (void *)(long)(waitpid(w->child, &w->status, w->options) == w->child);
}

static bool has_waited(struct waiter *w)
{
	void *result;

	pthread_join(w->thread, &result);
	return result != NULL;
}

/* All asleep: the one in the middle waits for @child, the others for @other. */
static void start_waiters_for(struct waiter *all, pid_t child, pid_t other, int options)
{
	for (int i = 0; i < WAITERS_OF_CHILDREN; i++) {
		all[i] = (struct waiter){ .child = i == CONCERNED ? child : other,
					  .options = options };
		tap_thread(&all[i].thread, NULL, wait_for_one, &all[i]);
		wait_until_thread_asleep(&all[i].tid);
	}
}

/* The others as well, when @other is killed: one of them gets its status. */
static void end_other_waiters(struct waiter *all, pid_t other)
{
	tap_kill(other, SIGKILL);
	for (int i = 0; i < WAITERS_OF_CHILDREN; i++)
		if (i != CONCERNED)
			has_waited(&all[i]);
}
