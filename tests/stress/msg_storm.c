/*
 * tests/stress/msg_storm.c
 *
 * Claim    Each message of a System V queue is received once, by somebody who
 *          asked for its type, in the order in which its sender sent; and who
 *          waits for room or for a message gets it when it is there.
 * Method   A queue with room for few messages; each of some senders has a type
 *          of his own and numbers what he sends, and each type two receivers;
 *          a timer's signals interrupt their waits, so that a message comes in
 *          the moment in which its receiver gives up.
 * Oracle   The numbers a receiver sees grow, and all that was sent was received.
 * Catches  A message for somebody who has just given up; a sender or receiver
 *          who sleeps on (the test hangs).
 * -X       A receiver throws one away.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/time.h>

enum { TYPES = 2, EACH = 2, MESSAGES = 100, ROOM = 48 };

struct message {
	long type;
	long number;
	char rest[16];
};

static int queue;
static long *received;	/* shared: by type, the sum of the numbers */

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

static void send(long type, struct rng *rng)
{
	struct message m = { .type = type };

	for (m.number = 1; m.number <= MESSAGES;) {
		size_t n = sizeof(m.number) + rng_below(rng, sizeof(m.rest));

		if (msgsnd(queue, &m, n, 0) == 0)
			m.number++;
		else if (!stress_check(errno == EINTR, "msgsnd: errno %d", errno))
			return;
	}
}

/* Until an empty message, which is passed on: it is the last. */
static void receive(long type)
{
	long last = 0, sum = 0;
	struct message m;
	ssize_t n;

	while ((n = msgrcv(queue, &m, sizeof(m), type, 0)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (!stress_check(n >= (ssize_t)sizeof(m.number), "msgrcv: errno %d",
				  errno) ||
		    !stress_check(m.type == type, "type %ld for %ld", m.type, type) ||
		    !stress_check(m.number > last, "%ld after %ld", m.number, last))
			break;
		last = m.number;
		sum += m.number;
	}
	m = (struct message){ .type = type };
	msgsnd(queue, &m, 0, IPC_NOWAIT);
	if (stress.wrong)
		sum--;
	__atomic_fetch_add(&received[type], sum, __ATOMIC_RELAXED);
}

static void play(long me)
{
	struct rng rng = rng_of(me + 16 * stress_rounds());
	long type = 1 + me % TYPES;

	disturb(&rng);
	if (me >= TYPES) {
		receive(type);
		return;
	}
	send(type, &rng);

	struct message last = { .type = type };

	while (msgsnd(queue, &last, 0, 0) < 0 && errno == EINTR)
		;
}

static void one_round(void)
{
	struct msqid_ds ds;

	queue = msgget(IPC_PRIVATE, 0600);
	if (queue < 0 || msgctl(queue, IPC_STAT, &ds) < 0)
		bail_out("msgget: %s", strerror(errno));
	ds.msg_qbytes = ROOM;
	msgctl(queue, IPC_SET, &ds);
	memset(received, 0, (TYPES + 1) * sizeof(*received));
	stress_children(TYPES * (1 + EACH), play);
	for (long type = 1; type <= TYPES; type++)
		stress_check(received[type] == MESSAGES * (MESSAGES + 1) / 2 ||
			     stress_failed(),
			     "of type %ld %ld was received", type, received[type]);
	msgctl(queue, IPC_RMID, NULL);
	stress_round();
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, TYPES * (1 + EACH), "each message is received once");
	received = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on())
		one_round();
	return stress_end();
}
