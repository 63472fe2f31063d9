/*
 * tests/abi/signal_wait.c
 *
 * Claim    sigtimedwait() takes a pending signal of its set, the lowest first,
 *          with what it tells, or waits for one until its time is up or a
 *          handler ran; sigsuspend() opens the mask, sleeps, and puts it
 *          back.  What is sent to a process goes to one of its threads that
 *          takes it, and what that one leaves to another.
 * Method   Signals are blocked and sent before and while one or two threads
 *          wait for them.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <pthread.h>
#include <time.h>

static sigset_t set_of(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	sigaddset(&set, b);
	return set;
}

static int wait_ms(int a, int b, int ms, siginfo_t *info)
{
	sigset_t set = set_of(a, b);
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	return sigtimedwait(&set, info, &ts);
}

static void send_value(int sig, int value)
{
	sigqueue(getpid(), sig, (union sigval){ .sival_int = value });
}

static volatile sig_atomic_t nr_calls;
static sigset_t seen_mask;

static void count(int sig TAP_UNUSED)
{
	nr_calls++;
	sigprocmask(SIG_BLOCK, NULL, &seen_mask);
}

static long ms_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from->tv_sec) * 1000 +
	       (now.tv_nsec - from->tv_nsec) / 1000000;
}

static void test_pending(void)
{
	siginfo_t info;

	send_value(SIGRTMIN, 1);
	send_value(SIGRTMIN, 2);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	is_int(wait_ms(SIGRTMIN, SIGUSR1, 0, &info), SIGUSR1,
	       "the lowest of what is pending comes first");
	ok(info.si_code == SI_USER && info.si_pid == getpid() &&
	   info.si_signo == SIGUSR1, "with its information");
	is_int(wait_ms(SIGRTMIN, SIGUSR1, 0, &info), SIGRTMIN,
	       "a standard signal is pending once; then the next one");
	is_int(info.si_value.sival_int, 1, "queued signals come in order");
	is_int(wait_ms(SIGRTMIN, SIGUSR1, 0, &info), SIGRTMIN, "each of them");
	is_int(info.si_value.sival_int, 2, "with its value");
	fails(wait_ms(SIGRTMIN, SIGUSR1, 0, NULL), EAGAIN, "no more");
}

static void test_time(void)
{
	struct timespec from, bad = { 0, 1000000000 };
	sigset_t set = set_of(SIGUSR1, SIGUSR1);

	clock_gettime(CLOCK_MONOTONIC, &from);
	fails(wait_ms(SIGUSR1, SIGUSR1, 30, NULL), EAGAIN, "time is up");
	ok(ms_since(&from) >= 30, "but not before");
	fails(sigtimedwait(&set, NULL, &bad), EINVAL, "no such time");
	kill(getpid(), SIGUSR2);
	fails(wait_ms(SIGUSR1, SIGUSR1, 10, NULL), EAGAIN,
	      "another blocked signal does not end it");
	is_int(wait_ms(SIGUSR2, SIGUSR2, 0, NULL), SIGUSR2,
	       "and stays pending");
}

/* ---- another thread ---- */

static pthread_t main_thread;

static void wait_until_main_sleeps(void)
{
	wait_until_asleep(getpid(), getpid());
}

static void *hit_main_later(void *sig)
{
	wait_until_main_sleeps();
	pthread_kill(main_thread, (int)(long)sig);
	return NULL;
}

static void *send_later(void *sig)
{
	wait_until_main_sleeps();
	kill(getpid(), (int)(long)sig);
	return NULL;
}

static pthread_t start(void *(*fn)(void *), long arg)
{
	pthread_t t;

	tap_thread(&t, NULL, fn, (void *)arg);
	return t;
}

static void test_sleep(void)
{
	struct sigaction act = { .sa_handler = count, .sa_flags = SA_RESTART };
	pthread_t t = start(hit_main_later, SIGUSR1);
	sigset_t only, old;

	is_int(wait_ms(SIGUSR1, SIGUSR1, 20000, NULL), SIGUSR1,
	       "a signal for the thread ends its sleep");
	pthread_join(t, NULL);
	t = start(send_later, SIGUSR1);
	is_int(wait_ms(SIGUSR1, SIGUSR1, 20000, NULL), SIGUSR1,
	       "one for the process too");
	pthread_join(t, NULL);

	sigaction(SIGHUP, &act, NULL);
	only = set_of(SIGHUP, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &only, &old);
	nr_calls = 0;
	t = start(hit_main_later, SIGHUP);
	fails(wait_ms(SIGUSR1, SIGUSR1, 20000, NULL), EINTR,
	      "a handler ends it, SA_RESTART or not");
	pthread_join(t, NULL);
	is_int(nr_calls, 1, "and has run");
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* SIGCHLD is ignored by default, but not by who blocks it and waits. */
static void test_ignored(void)
{
	siginfo_t info;
	pid_t pid = tap_fork();
	pthread_t t;

	if (pid == 0) {
		wait_until_asleep(getppid(), getppid());
		_exit(5);
	}
	is_int(wait_ms(SIGCHLD, SIGCHLD, 20000, &info), SIGCHLD,
	       "what is ignored by default can be waited for");
	ok(info.si_pid == pid && info.si_code == CLD_EXITED &&
	   info.si_status == 5, "and tells of the child");
	waitpid(pid, NULL, 0);
	signal(SIGUSR2, SIG_IGN);
	kill(getpid(), SIGUSR2);
	is_int(wait_ms(SIGUSR2, SIGUSR2, 0, NULL), SIGUSR2,
	       "SIG_IGN does not drop what is blocked");
	t = start(send_later, SIGUSR2);
	is_int(wait_ms(SIGUSR2, SIGUSR2, 20000, NULL), SIGUSR2,
	       "nor what is waited for");
	pthread_join(t, NULL);
	signal(SIGUSR2, SIG_DFL);
}

/* It is not blocked, and its default is to kill. */
static int wait_unblocked(void *unused TAP_UNUSED)
{
	sigset_t set = set_of(SIGUSR1, SIGUSR1);

	sigprocmask(SIG_UNBLOCK, &set, NULL);
	start(send_later, SIGUSR1);
	wait_ms(SIGUSR1, SIGUSR1, 20000, NULL);
	return 3;
}

/* ---- several who wait ---- */

struct waiter {
	int a, b;
	int got;
	volatile pid_t tid;	/* when it has begun */
	pthread_t thread;
};

static void *wait_for_one(void *arg)
{
	struct waiter *w = arg;
	struct timespec from;

	w->tid = gettid();
	clock_gettime(CLOCK_MONOTONIC, &from);
	w->got = wait_ms(w->a, w->b, 20000, NULL);
	/* Found at the end of the time, it had been lost until then. */
	if (ms_since(&from) >= 20000)
		w->got = -1;
	return NULL;
}

/* One after the other, so that who began first is known. */
static void start_waiters(struct waiter *w, int n)
{
	for (int i = 0; i < n; i++) {
		w[i].thread = start(wait_for_one, (long)&w[i]);
		wait_until_thread_asleep(&w[i].tid);
	}
}

static void join_waiters(struct waiter *w, int n)
{
	for (int i = 0; i < n; i++)
		pthread_join(w[i].thread, NULL);
}

static void test_two_waiters(void)
{
	struct waiter same[2] = { { .a = SIGRTMIN, .b = SIGRTMIN },
				  { .a = SIGRTMIN, .b = SIGRTMIN } };
	struct waiter both[2] = { { .a = SIGUSR1, .b = SIGUSR2 },
				  { .a = SIGUSR2, .b = SIGUSR2 } };

	if (!skip_under_qemu(1, "queued signals are told to one thread")) {
		start_waiters(same, 2);
		send_value(SIGRTMIN, 1);
		send_value(SIGRTMIN, 2);
		join_waiters(same, 2);
		ok(same[0].got == SIGRTMIN && same[1].got == SIGRTMIN,
		   "a signal queued twice wakes two threads");
	}
	start_waiters(both, 2);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	join_waiters(both, 2);
	ok(both[0].got == SIGUSR1 && both[1].got == SIGUSR2,
	   "of two signals each takes one");
}

static void test_thread_only(void)
{
	struct waiter two[2] = { { .a = SIGUSR1, .b = SIGUSR1 },
				 { .a = SIGUSR1, .b = SIGUSR1 } };

	start_waiters(two, 2);
	pthread_kill(two[1].thread, SIGUSR1);
	pthread_join(two[1].thread, NULL);
	is_int(two[1].got, SIGUSR1, "a signal for one thread is its alone");
	kill(getpid(), SIGUSR1);
	pthread_join(two[0].thread, NULL);
	is_int(two[0].got, SIGUSR1, "the other waits on");
}

/* Pending, and nobody takes it; then this thread does. */
static void *unblock(void *arg)
{
	sigset_t set = set_of(SIGHUP, SIGHUP);

	nr_calls = 0;
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	*(int *)arg = nr_calls;
	return NULL;
}

static void test_unblock(void)
{
	int calls = 0;
	pthread_t t;

	kill(getpid(), SIGHUP);
	t = start(unblock, (long)&calls);
	pthread_join(t, NULL);
	is_int(calls, 1, "who unblocks it takes what was pending");
}

/* ---- sigsuspend ---- */

static void test_suspend(void)
{
	struct sigaction act = { .sa_handler = count };
	sigset_t open = set_of(SIGUSR2, SIGUSR2), before, after, pending;
	pthread_t t;

	sigaction(SIGUSR1, &act, NULL);
	sigprocmask(SIG_BLOCK, NULL, &before);
	nr_calls = 0;
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	fails(sigsuspend(&open), EINTR, "sigsuspend() ends with a handler");
	is_int(nr_calls, 1, "which ran for what was pending");
	ok(sigismember(&seen_mask, SIGUSR2) && sigismember(&seen_mask, SIGUSR1)
	   && !sigismember(&seen_mask, SIGRTMIN), "under the mask of the call");
	sigprocmask(SIG_BLOCK, NULL, &after);
	ok(memcmp(&before, &after, 8) == 0, "the old mask is back");
	sigpending(&pending);
	ok(sigismember(&pending, SIGUSR2), "what both block stays pending");
	is_int(wait_ms(SIGUSR2, SIGUSR2, 0, NULL), SIGUSR2, "until it is taken");
	t = start(hit_main_later, SIGUSR1);
	fails(sigsuspend(&open), EINTR, "it sleeps until a handler ran");
	is_int(nr_calls, 2, "once");
	pthread_join(t, NULL);
}

int main(void)
{
	sigset_t all;

	plan(7 + 5 + 4 + 4 + 1 + 2 + 2 + 1 + 8);
	main_thread = pthread_self();
	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	sigprocmask(SIG_BLOCK, &all, NULL);
	test_pending();
	test_time();
	test_sleep();
	test_ignored();
	if (!skip_under_qemu(1, "has handlers of its own"))
		is_killed(in_child(wait_unblocked, NULL), SIGUSR1,
			  "to wait for a signal does not protect from it");
	test_two_waiters();
	test_thread_only();
	test_unblock();
	test_suspend();
	return done_testing();
}
