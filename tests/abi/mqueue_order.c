/*
 * tests/abi/mqueue_order.c
 *
 * Claim    Of those who wait for a message, or for room for theirs, the most
 *          urgent one is served first: real-time threads by priority, then the
 *          others by their nice value, and of equals who has waited longest. The
 *          message goes to him and is never in the queue.
 * Method   Children of different urgency begin to wait one after the other, the
 *          least urgent ones first.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <mqueue.h>
#include <sched.h>
#include <sys/resource.h>

#include "libasleep.h"

struct waiter {
	int fifo, nice; /* fifo 0: it shares */
	int turn;       /* it is served as this one */
};

/* In the order in which they come. */
static struct waiter waiters[] = {
	{ 0, 15, 6 }, { 0, 5, 4 }, { 5, 0, 2 }, { 20, 0, 0 },
	{ 0, 5, 5 },  { 5, 0, 3 }, { 20, 0, 1 },
};

enum { WAITERS = sizeof(waiters) / sizeof(waiters[0]), SIZE = 8 };

static mqd_t mq;

static void new_queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = SIZE };
	char name[40];

	snprintf(name, sizeof(name), "/tap-%d", getpid());
	mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (mq < 0)
		bail_out("mq_open: %s", strerror(errno));
	mq_unlink(name);
}

static bool may_be_real_time(void)
{
	struct sched_param p = { .sched_priority = 1 };
	bool may = sched_setscheduler(0, SCHED_FIFO, &p) == 0;

	p.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER, &p);
	return may;
}

static void become(const struct waiter *w)
{
	struct sched_param p = { .sched_priority = w->fifo };

	if ((w->fifo && sched_setscheduler(0, SCHED_FIFO, &p) != 0) ||
	    setpriority(PRIO_PROCESS, 0, w->nice) != 0)
		_exit(99);
}

/* Its status is which message it got. */
static int receive(void *arg)
{
	char got[SIZE];

	become(arg);
	return mq_receive(mq, got, SIZE, NULL) == 1 ? got[0] : 98;
}

static int send(void *arg)
{
	struct waiter *w = arg;
	char text = (char)('a' + (w - waiters));

	become(w);
	return mq_send(mq, &text, 1, 0) == 0 ? 0 : 98;
}

static void test_receivers(void)
{
	pid_t pids[WAITERS];
	struct mq_attr attr;

	new_queue();
	for (int i = 0; i < WAITERS; i++)
		pids[i] = start_sleeper(receive, &waiters[i]);
	for (char m = 0; m < WAITERS; m++)
		if (mq_send(mq, &m, 1, 0) != 0)
			bail_out("mq_send: %s", strerror(errno));
	is_int(mq_getattr(mq, &attr), 0, "nobody has looked yet, perhaps");
	is_int(attr.mq_curmsgs, 0, "but the messages are in their hands");
	for (int i = 0; i < WAITERS; i++)
		is_exit(end_of(pids[i]), waiters[i].turn,
			"receiver %d (FIFO %d, nice %d) is served as number %d", i,
			waiters[i].fifo, waiters[i].nice, waiters[i].turn);
	mq_close(mq);
}

static void test_senders(void)
{
	pid_t pids[WAITERS];
	char got[SIZE];

	new_queue();
	is_int(mq_send(mq, "-", 1, 0), 0, "the queue is full");
	for (int i = 0; i < WAITERS; i++)
		pids[i] = start_sleeper(send, &waiters[i]);
	is_int(mq_receive(mq, got, SIZE, NULL), 1, "somebody has room");
	for (int turn = 0; turn < WAITERS; turn++) {
		if (mq_receive(mq, got, SIZE, NULL) != 1)
			bail_out("mq_receive: %s", strerror(errno));
		is_int(waiters[got[0] - 'a'].turn, turn,
		       "number %d is sender %d", turn, got[0] - 'a');
	}
	for (int i = 0; i < WAITERS; i++)
		is_exit(end_of(pids[i]), 0, "sender %d has sent", i);
	mq_close(mq);
}

/* Who has given up is not served, whoever he was. */
static void test_gone(void)
{
	struct waiter urgent = { 0, 0, 0 };
	pid_t first, other;

	new_queue();
	other = start_sleeper(receive, &waiters[0]);
	first = start_sleeper(receive, &urgent);
	tap_kill(first, SIGKILL);
	is_int(WTERMSIG(end_of(first)), SIGKILL, "the most urgent one is killed");
	is_int(mq_send(mq, "\7", 1, 0), 0, "a message comes");
	is_exit(end_of(other), 7, "and is for the other");
	mq_close(mq);
}

int main(void)
{
	if (!may_be_real_time())
		skip_all("no real-time priority to be had");
	test_receivers();
	test_senders();
	test_gone();
	return done_testing();
}
