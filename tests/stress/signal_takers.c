/*
 * tests/stress/signal_takers.c
 *
 * Claim    A signal for a process is taken once, by a thread that takes it,
 *          also when the thread that was chosen for it takes none any more at
 *          that moment: it hands it on.
 * Method   One thread ceases to take signals while one is sent to the process,
 *          in another way each round: its sigtimedwait() ends, by time, by
 *          another signal, or with the same one queued twice; it blocks it, by
 *          sigprocmask(), in a handler, or behind sigsuspend(); it exits. A
 *          second thread, behind it in the list of threads, takes them at any
 *          time, asleep in sigsuspend(); the sender blocks them.
 * Oracle   As many are taken as were sent. While one is not, and the second
 *          thread is found asleep again and again, nothing will wake it.
 * Catches  A withdrawal that hands nothing on; a look at what is pending
 *          before the wait is announced and not after; a mask that comes back
 *          too early or not at all.
 * -X       Now and then a signal is not sent.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <sys/syscall.h>
#include <time.h>

/* How the first thread ceases to take SIGUSR1 (with twice: SIGRTMIN). */
enum way {
	TIME, OTHER, TWICE, MASK, HANDLER, SUSPEND_MASKED, SUSPEND,
	NR_WAYS, EXIT = NR_WAYS,
};

static const char *const way_names[] = {
	"sigtimedwait() ends with its time",
	"sigtimedwait() takes another signal",
	"sigtimedwait() takes one of two",
	"sigprocmask() blocks it",
	"a handler blocks it",
	"a handler blocks it that ends sigsuspend()",
	"sigsuspend() ends",
	"the thread exits",
};

enum { ROUNDS_A_PAIR = 8, LONGEST_NS = 40000 };

static struct meeting start, end;
static enum way way;
static volatile bool over;
static volatile long taken;
static volatile pid_t second_tid;

static void take(int sig TAP_UNUSED)
{
	__atomic_fetch_add(&taken, 1, __ATOMIC_SEQ_CST);
}

static __thread volatile long others;

static void on_other(int sig TAP_UNUSED)
{
	others++;
	for (volatile int i = 0; i < 100; i++)
		;
}

static void change_mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(how, &set, NULL);
}

static void spin(struct rng *rng)
{
	long ns = (long)rng_below(rng, LONGEST_NS);
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000L +
	       now.tv_nsec - from.tv_nsec < ns);
}

/* ---- the first thread ---- */

static void wait_for(int sig, int other, long ns)
{
	struct timespec ts = { ns / 1000000000L, ns % 1000000000L };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigaddset(&set, other);
	if (sigtimedwait(&set, NULL, &ts) == sig)
		take(sig);
}

static void be_open(struct rng *rng)
{
	change_mask(SIG_UNBLOCK, SIGUSR1);
	spin(rng);
	change_mask(SIG_BLOCK, SIGUSR1);
}

/* The sender makes sure that @other comes. */
static void suspend_until(int other)
{
	long before = others;
	sigset_t open;

	pthread_sigmask(SIG_BLOCK, NULL, &open);
	sigdelset(&open, SIGUSR1);
	sigdelset(&open, other);
	while (others == before)
		sigsuspend(&open);
}

static void withdraw(struct rng *rng)
{
	switch (way) {
	case TIME:
		wait_for(SIGUSR1, SIGUSR1, (long)rng_below(rng, LONGEST_NS));
		break;
	case OTHER:
		wait_for(SIGUSR1, SIGUSR2, 2000000000L);
		break;
	case TWICE:
		wait_for(SIGRTMIN, SIGRTMIN, LONGEST_NS);
		break;
	case MASK:
		be_open(rng);
		break;
	case HANDLER:
		change_mask(SIG_UNBLOCK, SIGUSR2);
		be_open(rng);
		change_mask(SIG_BLOCK, SIGUSR2);
		break;
	case SUSPEND_MASKED:
		suspend_until(SIGUSR2);
		break;
	case SUSPEND:
		suspend_until(SIGHUP);
		break;
	case EXIT:
		change_mask(SIG_UNBLOCK, SIGUSR1);
		spin(rng);
		break;
	}
}

static void *first(void *arg)
{
	struct rng rng = rng_of((uint64_t)arg);
	bool exits;

	do {
		meet(&start, 2);
		exits = way == EXIT;
		withdraw(&rng);
		if (!exits)
			meet(&end, 2);
	} while (!exits);
	/* pthread_exit() would block everything before. */
	syscall(SYS_exit, 0);
	return NULL;
}

/* ---- the second thread ---- */

static void *second(void *arg TAP_UNUSED)
{
	sigset_t open;

	pthread_sigmask(SIG_BLOCK, NULL, &open);
	sigdelset(&open, SIGUSR1);
	sigdelset(&open, SIGUSR2);
	sigdelset(&open, SIGRTMIN);
	second_tid = gettid();
	while (!over)
		sigsuspend(&open);
	return NULL;
}

/* ---- the sender ---- */

static void wait_until_taken(long all)
{
	long seen;

	for (int i = 0; (seen = taken) < all; i++) {
		if (i < 1000) {
			sched_yield();
			continue;
		}
		i = 0;
		if (!stays_in_state(getpid(), second_tid, 'S', &taken, seen))
			continue;
		stress_check(false, "a signal of the process is pending, and a thread that takes it sleeps; %s",
			     way_names[way]);
		exit(stress_end());
	}
	stress_check(seen == all, "%ld signals were taken, %ld sent; %s",
		     seen, all, way_names[way]);
}

static void send(struct rng *rng, pthread_t to)
{
	int other = way == SUSPEND ? SIGHUP : SIGUSR2;
	bool needs_other = way == OTHER || way == HANDLER ||
			   way == SUSPEND_MASKED || way == SUSPEND;
	bool other_first = rng_below(rng, 2);

	spin(rng);
	if (needs_other && other_first)
		pthread_kill(to, other);
	if (way == TWICE)
		kill(getpid(), SIGRTMIN);
	if (!stress.wrong || rng_below(rng, 64) != 0)
		kill(getpid(), way == TWICE ? SIGRTMIN : SIGUSR1);
	if (needs_other && !other_first)
		pthread_kill(to, other);
}

static void one_round(struct rng *rng, pthread_t to, enum way how)
{
	long before = taken;

	way = how;
	meet(&start, 2);
	send(rng, to);
	if (how != EXIT)
		meet(&end, 2);
	else
		pthread_join(to, NULL);
	wait_until_taken(before + (how == TWICE ? 2 : 1));
	stress_round();
}

static void one_pair(struct rng *rng)
{
	pthread_t a, b;

	second_tid = 0;
	over = false;
	tap_thread(&a, NULL, first, (void *)(rng_next(rng) | 1));
	tap_thread(&b, NULL, second, NULL);
	for (int i = 0; i < ROUNDS_A_PAIR; i++)
		one_round(rng, a, rng_below(rng, NR_WAYS));
	one_round(rng, a, EXIT);
	over = true;
	pthread_kill(b, SIGUSR2);
	pthread_join(b, NULL);
}

static void handle(int sig, void (*handler)(int), int also_blocked)
{
	struct sigaction act = { .sa_handler = handler };

	sigemptyset(&act.sa_mask);
	if (also_blocked)
		sigaddset(&act.sa_mask, also_blocked);
	sigaction(sig, &act, NULL);
	change_mask(SIG_BLOCK, sig);
}

int main(int argc, char **argv)
{
	struct rng rng;

	stress_begin(argc, argv, 2, "who ceases to take a signal hands it on");
	rng = rng_of(0);
	handle(SIGUSR1, take, 0);
	handle(SIGRTMIN, take, 0);
	handle(SIGUSR2, on_other, SIGUSR1);
	handle(SIGHUP, on_other, 0);
	while (stress_go_on())
		one_pair(&rng);
	return stress_end();
}
