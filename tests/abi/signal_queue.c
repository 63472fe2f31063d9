/*
 * tests/abi/signal_queue.c
 *
 * Claim    Signals carry their sender and value; real-time signals queue in
 *          order, the lowest number first, and standard ones do not; a signal
 *          for a thread reaches that thread, one for the process any thread
 *          that does not block it; sigtimedwait and sigsuspend take them
 *          without a gap.
 * Method   Blocked signals are sent in a known order and then taken.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

static struct { int sig, code, value; pid_t pid; uid_t uid; } got[64];
static volatile int nr_got;

static void note(int sig, siginfo_t *info, void *uc TAP_UNUSED)
{
	got[nr_got].sig = sig;
	got[nr_got].code = info->si_code;
	got[nr_got].value = info->si_value.sival_int;
	got[nr_got].pid = info->si_pid;
	got[nr_got].uid = info->si_uid;
	nr_got++;
}

static sigset_t all_of_ours;

static void install_all(void)
{
	struct sigaction act = { .sa_sigaction = note,
				 .sa_flags = SA_SIGINFO };
	static const int sigs[] = { 10, 12, 34, 35, 36, 40, 64 };

	sigfillset(&act.sa_mask);
	sigemptyset(&all_of_ours);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		sigaction(sigs[i], &act, NULL);
		sigaddset(&all_of_ours, sigs[i]);
	}
}

static void test_order(void)
{
	union sigval value;
	bool in_order = true;

	sigprocmask(SIG_BLOCK, &all_of_ours, NULL);
	for (int i = 0; i < 10; i++) {
		value.sival_int = i;
		sigqueue(getpid(), 36, value);
		sigqueue(getpid(), 35, value);
		sigqueue(getpid(), SIGUSR1, value);
	}
	nr_got = 0;
	sigprocmask(SIG_UNBLOCK, &all_of_ours, NULL);
	is_int(nr_got, 21, "20 real-time signals and 1 standard one");
	is_int(got[0].sig, SIGUSR1, "the lowest number first");
	for (int i = 0; i < 10; i++)
		in_order &= got[1 + i].sig == 35 && got[1 + i].value == i &&
			    got[11 + i].sig == 36 && got[11 + i].value == i;
	ok(in_order, "each number in the order it was sent");
	is_int(got[5].code, SI_QUEUE, "si_code");
	is_int(got[5].pid, getpid(), "si_pid");
	is_int(got[5].uid, getuid(), "si_uid");
}

static void test_senders(void)
{
	nr_got = 0;
	kill(getpid(), SIGUSR1);
	is_int(got[0].code, SI_USER, "kill(): SI_USER");
	syscall(SYS_tgkill, getpid(), gettid(), SIGUSR2);
	is_int(got[1].code, SI_TKILL, "tgkill(): SI_TKILL");
	syscall(SYS_tkill, gettid(), SIGUSR1);
	is_int(got[2].pid, getpid(), "tkill(): si_pid");
	fails(syscall(SYS_tgkill, getpid() + 1, gettid(), 0), ESRCH,
	      "tgkill() checks the process");
	fails(syscall(SYS_tkill, 0, SIGUSR1), EINVAL, "no thread 0");
}

static void test_sigtimedwait(void)
{
	struct timespec soon = { 0, 5000000 }, none = { 0, 0 };
	union sigval value = { .sival_int = 77 };
	siginfo_t info;

	sigprocmask(SIG_BLOCK, &all_of_ours, NULL);
	fails(sigtimedwait(&all_of_ours, &info, &soon), EAGAIN,
	      "nothing comes in time");
	fails(sigtimedwait(&all_of_ours, &info, &none), EAGAIN, "a poll");
	sigqueue(getpid(), 40, value);
	kill(getpid(), SIGUSR2);
	nr_got = 0;
	is_int(sigwaitinfo(&all_of_ours, &info), SIGUSR2, "the lower one");
	is_int(sigtimedwait(&all_of_ours, &info, &soon), 40, "the other one");
	is_int(info.si_value.sival_int, 77, "with its value");
	is_int(nr_got, 0, "no handler ran");
	sigprocmask(SIG_UNBLOCK, &all_of_ours, NULL);
}

/* The child answers each signal with one: a gap in either wait hangs. */
static void test_ping_pong(void)
{
	sigset_t during, set;
	pid_t pid, parent = getpid();
	int rounds = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &during);
	sigdelset(&during, SIGUSR1);
	pid = tap_fork();
	if (pid == 0) {
		for (;;) {
			sigsuspend(&during);
			tap_kill_parent(parent, SIGUSR1);
		}
	}
	for (; rounds < 500; rounds++) {
		nr_got = 0;
		tap_kill(pid, SIGUSR1);
		while (nr_got == 0)
			sigsuspend(&during);
	}
	is_int(rounds, 500, "500 rounds of sigsuspend() ping-pong");
	sigprocmask(SIG_SETMASK, NULL, &during);
	ok(sigismember(&during, SIGUSR1), "the mask is back afterwards");
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* --- threads ------------------------------------------------------------- */

static volatile pid_t handled_by;
static volatile int stop_threads;

static void note_thread(int sig TAP_UNUSED)
{
	handled_by = gettid();
}

static void *wait_for_stop(void *tid)
{
	*(volatile pid_t *)tid = gettid();
	while (!stop_threads)
		usleep(500);
	return NULL;
}

static void test_threads(void)
{
	volatile pid_t tid[3] = { 0, 0, 0 };
	pthread_t t[3];
	int right = 0;

	signal(SIGUSR1, note_thread);
	for (int i = 0; i < 3; i++) {
		tap_thread(&t[i], NULL, wait_for_stop, (void *)&tid[i]);
		while (!tid[i])
			usleep(500);
	}
	for (int i = 0; i < 30; i++) {
		handled_by = 0;
		syscall(SYS_tgkill, getpid(), tid[i % 3], SIGUSR1);
		while (!handled_by)
			usleep(500);
		right += handled_by == tid[i % 3];
	}
	is_int(right, 30, "a thread's signal is handled by that thread");

	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	handled_by = 0;
	kill(getpid(), SIGUSR1);
	while (!handled_by)
		usleep(500);
	ok(handled_by != gettid(),
	   "a process's signal goes to a thread that does not block it");
	stop_threads = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int main(void)
{
	plan(21);
	install_all();
	if (!skip_under_qemu(6, "keeps its own queue"))
		test_order();
	test_senders();
	test_sigtimedwait();
	test_ping_pong();
	test_threads();
	return done_testing();
}
