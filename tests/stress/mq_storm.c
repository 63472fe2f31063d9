/*
 * tests/stress/mq_storm.c
 *
 * Claim    Each message of a POSIX queue is received once, those of one sender
 *          and one priority in the order in which they were sent, also when
 *          time is up or a signal comes in the moment in which it arrives; and
 *          nobody sleeps while there is something for him.
 * Method   A queue of two messages; some senders number what they send, each in
 *          a priority of his own; some receivers; both wait with times so short
 *          that they are up as their turn comes, and are interrupted by a timer.
 * Oracle   The numbers that a receiver sees of a sender grow, and their sum is
 *          that of all; a queue that is empty at the end.
 * Catches  A message for somebody who has just given up; a sender or receiver
 *          who sleeps on (the test hangs).
 * -X       A receiver throws one away.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <mqueue.h>
#include <sys/time.h>

enum { SENDERS = 2, RECEIVERS = 2, MESSAGES = 60 };

static mqd_t queue;
static long *sum;	/* shared: of the numbers received */

static void on_alarm(int sig TAP_UNUSED)
{
}

/* From now on signals come. */
static void disturb(struct rng *rng)
{
	long us = 500 + rng_below(rng, 1500);
	struct itimerval it = { { 0, us }, { 0, us } };
	struct sigaction act = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}

enum { SOON_NS = 500000 };

static bool again(const char *what)
{
	return stress_check(errno == EINTR || errno == ETIMEDOUT, "%s: errno %d",
			    what, errno);
}

static bool send(long number, unsigned priority, struct rng *rng)
{
	struct timespec ts = stress_soon(rng, CLOCK_REALTIME, SOON_NS);

	if (rng_below(rng, 2))
		return mq_send(queue, (char *)&number, sizeof(number), priority) == 0;
	return mq_timedsend(queue, (char *)&number, sizeof(number), priority, &ts) == 0;
}

static void send_all(long me, struct rng *rng)
{
	for (long i = 1; i <= MESSAGES;) {
		if (send(i, me, rng))
			i++;
		else if (!again("mq_timedsend"))
			return;
	}
}

static bool receive(long *number, unsigned *priority, struct rng *rng)
{
	struct timespec ts = stress_soon(rng, CLOCK_REALTIME, SOON_NS);
	ssize_t n;

	if (rng_below(rng, 2))
		n = mq_receive(queue, (char *)number, sizeof(*number), priority);
	else
		n = mq_timedreceive(queue, (char *)number, sizeof(*number), priority, &ts);
	return n == sizeof(*number);
}

/* Until the number 0, which is passed on: it is the last. */
static void receive_all(struct rng *rng)
{
	long last[SENDERS] = { 0 }, mine = 0, number = -1;
	unsigned who = 0;

	while (number != 0) {
		if (!receive(&number, &who, rng)) {
			number = -1;
			if (!again("mq_timedreceive"))
				return;
			continue;
		}
		mine += number;
		if (number != 0 &&
		    !stress_check(who < SENDERS && number > last[who],
				  "%ld of %u after %ld", number, who, last[who]))
			return;
		last[who % SENDERS] = number;
	}
	while (!send(0, 0, rng) && again("mq_timedsend"))
		;
	__atomic_fetch_add(sum, mine - (stress.wrong ? 1 : 0), __ATOMIC_RELAXED);
}

static void play(long me)
{
	struct rng rng = rng_of(me + 16 * stress_rounds());

	disturb(&rng);
	if (me < SENDERS)
		send_all(me, &rng);
	else
		receive_all(&rng);
}

static pid_t start(long me)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		play(me);
		_exit(0);
	}
	return pid;
}

static void one_round(const char *name)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = sizeof(long) };
	pid_t sender[SENDERS];
	long end = 0;

	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (queue < 0)
		bail_out("mq_open: %s", strerror(errno));
	*sum = 0;
	for (long i = 0; i < RECEIVERS; i++)
		start(SENDERS + i);
	for (long i = 0; i < SENDERS; i++)
		sender[i] = start(i);
	for (int i = 0; i < SENDERS; i++)
		waitpid(sender[i], NULL, 0);
	mq_send(queue, (char *)&end, sizeof(end), 0);
	stress_reap();
	mq_getattr(queue, &attr);
	stress_check((*sum == SENDERS * MESSAGES * (MESSAGES + 1) / 2 &&
		      attr.mq_curmsgs == 1) || stress_failed(),
		     "the sum is %ld, and %ld are left", *sum, attr.mq_curmsgs);
	mq_close(queue);
	mq_unlink(name);
	stress_round();
}

int main(int argc, char **argv)
{
	char name[40];

	stress_begin(argc, argv, SENDERS + RECEIVERS, "each message is received once");
	snprintf(name, sizeof(name), "/storm-%d", getpid());
	sum = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on())
		one_round(name);
	mq_unlink(name);
	return stress_end();
}
