/*
 * tests/abi/stop_continue.c
 *
 * Claim    wait4() and SIGCHLD tell what became of a child last, a stop or a
 *          continuation, once; SIGCONT lets it go on whatever it does with
 *          the signal; calls that sleep go on, or end, as if it had never
 *          stood still; a stop signal may be caught, blocked and ignored.
 * Method   Children that sleep in one call each are stopped and continued.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <pthread.h>
#include <sys/mman.h>

static volatile sig_atomic_t nr_calls, last_code, last_status;

static void on_sigchld(int sig TAP_UNUSED, siginfo_t *info, void *uc TAP_UNUSED)
{
	nr_calls++;
	last_code = info->si_code;
	last_status = info->si_status;
}

static void handle_sigchld(int flags)
{
	struct sigaction act = { .sa_sigaction = on_sigchld,
				 .sa_flags = SA_SIGINFO | SA_RESTART | flags };

	sigaction(SIGCHLD, &act, NULL);
	nr_calls = last_code = last_status = 0;
}

static pid_t start(int (*fn)(void))
{
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(fn());
	return pid;
}

static int sleep_on(void)
{
	for (;;)
		pause();
	return 1;
}

static void finish(pid_t pid)
{
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Waits for the one that is expected; 0 or what it was instead. */
static int wait_event(pid_t pid, int options)
{
	int status = 0;

	return waitpid(pid, &status, options) == pid ? status : -1;
}

static void test_events(void)
{
	pid_t pid = start(sleep_on);
	siginfo_t info = { 0 };

	handle_sigchld(0);
	tap_kill(pid, SIGSTOP);
	is_int(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT), 0, "a stop");
	ok(info.si_code == CLD_STOPPED && info.si_status == SIGSTOP,
	   "by SIGSTOP");
	is_int(waitpid(pid, NULL, WNOHANG | WCONTINUED), 0,
	       "is no continuation");
	ok(WIFSTOPPED(wait_event(pid, WUNTRACED)), "WNOWAIT left it");
	is_int(waitpid(pid, NULL, WNOHANG | WUNTRACED), 0, "it is told once");
	ok(last_code == CLD_STOPPED && last_status == SIGSTOP,
	   "SIGCHLD said so");

	tap_kill(pid, SIGCONT);
	is_int(waitpid(pid, NULL, WNOHANG | WUNTRACED), 0,
	       "a continuation is no stop");
	ok(WIFCONTINUED(wait_event(pid, WCONTINUED)), "but it is told");
	is_int(waitpid(pid, NULL, WNOHANG | WCONTINUED), 0, "once");
	while (last_code == CLD_STOPPED)
		usleep(1000);
	ok(last_code == CLD_CONTINUED && last_status == SIGCONT,
	   "SIGCHLD says so");

	tap_kill(pid, SIGSTOP);
	waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT);
	tap_kill(pid, SIGCONT);
	is_int(waitpid(pid, NULL, WNOHANG | WUNTRACED), 0,
	       "a stop that is over is not told any more");
	tap_kill(pid, SIGSTOP);
	ok(WIFSTOPPED(wait_event(pid, WUNTRACED | WCONTINUED)) ||
	   WIFSTOPPED(wait_event(pid, WUNTRACED)), "the next one is");
	finish(pid);
}

static void test_nocldstop(void)
{
	pid_t pid = start(sleep_on);

	handle_sigchld(SA_NOCLDSTOP);
	tap_kill(pid, SIGSTOP);
	ok(WIFSTOPPED(wait_event(pid, WUNTRACED)), "a stop is waited for");
	tap_kill(pid, SIGCONT);
	ok(WIFCONTINUED(wait_event(pid, WCONTINUED)), "and a continuation");
	bool told = nr_calls != 0;

	finish(pid);
	if (!skip_under_qemu(2, "loses SA_NOCLDSTOP")) {
		ok(!told, "SA_NOCLDSTOP: without SIGCHLD");
		is_int(nr_calls, 1, "but not for the end");
	}
	ok(last_code == CLD_KILLED && last_status == SIGKILL, "by SIGKILL");
	signal(SIGCHLD, SIG_DFL);
}

static void test_kill(void)
{
	pid_t pid = start(sleep_on);

	tap_kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	tap_kill(pid, SIGUSR1);
	usleep(20000);
	is_int(waitpid(pid, NULL, WNOHANG), 0,
	       "a stopped process does not die of SIGUSR1");
	tap_kill(pid, SIGKILL);
	is_killed(wait_event(pid, 0), SIGKILL, "but of SIGKILL");

	pid = start(sleep_on);
	tap_kill(pid, SIGSTOP);
	tap_kill(pid, SIGKILL);
	is_killed(wait_event(pid, WUNTRACED), SIGKILL,
		  "whom SIGKILL ends while it stops is not told as stopped");
}

/* The stop was there to be told; from SIGKILL on it is not. Asked at once, for
 * then the child is still on its way, and more than once. */
static void test_kill_stopped(void)
{
	int nr_stops = 0;
	siginfo_t info;

	for (int i = 0; i < 20; i++) {
		pid_t pid = start(sleep_on);

		tap_kill(pid, SIGSTOP);
		waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT);
		tap_kill(pid, SIGKILL);
		if (WIFSTOPPED(wait_event(pid, WUNTRACED))) {
			nr_stops++;
			waitpid(pid, NULL, 0);
		}
	}
	is_int(nr_stops, 0, "nor is one that had stopped");
}

/* ---- calls that sleep ---- */

static int fds[2];

static int read_byte(void)
{
	char c;

	return read(fds[0], &c, 1) == 1 ? c : 1;
}

static volatile unsigned long *counts; /* shared: of threads, and the end */

static volatile unsigned long *end_of_naps(void)
{
	return &counts[192];
}

static int take_naps(void)
{
	while (*end_of_naps() == 0)
		if (usleep(50000) != 0)
			return errno;
	return 7;
}

static int wait_signal(void)
{
	struct timespec ts = { 20, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (sigtimedwait(&set, NULL, &ts) != SIGUSR1)
		if (errno != EINTR)
			return 1;
	return 7;
}

static void on_usr1(int sig TAP_UNUSED)
{
}

/* The call starts over after a stop, under the mask it was made with. */
static int suspend(void)
{
	sigset_t set, open, after;

	signal(SIGUSR1, on_usr1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &open);
	if (sigsuspend(&open) != -1 || errno != EINTR)
		return 1;
	sigprocmask(SIG_BLOCK, NULL, &after);
	return sigismember(&after, SIGUSR1) ? 7 : 2;
}

static void stop_and_continue(pid_t pid)
{
	tap_kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	tap_kill(pid, SIGCONT);
}

static void test_calls(void)
{
	pid_t pid;

	if (pipe(fds) < 0)
		bail_out("pipe");
	pid = start(read_byte);
	wait_until_asleep(pid, pid);
	stop_and_continue(pid);
	if (write(fds[1], "\7", 1) != 1)
		bail_out("write");
	is_exit(wait_event(pid, 0), 7, "read() goes on after a stop");
	pid = start(take_naps);
	for (int i = 0; i < 5; i++) {
		usleep(20000);
		stop_and_continue(pid);
	}
	*end_of_naps() = 1;
	is_exit(wait_event(pid, 0), 7, "nanosleep() too");
	pid = start(wait_signal);
	wait_until_asleep(pid, pid);
	tap_kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	tap_kill(pid, SIGUSR1);
	tap_kill(pid, SIGCONT);
	is_exit(wait_event(pid, 0), 7,
		"what was sent to a stopped process is taken after it");
	pid = start(suspend);
	wait_until_asleep(pid, pid);
	stop_and_continue(pid);
	tap_kill(pid, SIGUSR1);
	is_exit(wait_event(pid, 0), 7, "sigsuspend() still knows the old mask");
}

/* ---- what the process does with the signals ---- */

static void on_signal(int sig TAP_UNUSED)
{
	nr_calls++;
}

static int stop_oneself_cont(void (*handler)(int), bool block)
{
	sigset_t set;

	nr_calls = 0;
	signal(SIGCONT, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	if (block)
		sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGSTOP);
	if (block)
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 10 + nr_calls;
}

static int cont_handled(void)
{
	return stop_oneself_cont(on_signal, false);
}

static int cont_ignored(void)
{
	return stop_oneself_cont(SIG_IGN, false);
}

static int cont_blocked(void)
{
	return stop_oneself_cont(on_signal, true);
}

static void test_cont(int (*fn)(void), int code, const char *what)
{
	pid_t pid = start(fn);

	waitpid(pid, NULL, WUNTRACED);
	tap_kill(pid, SIGCONT);
	is_exit(wait_event(pid, 0), code, "%s", what);
}

/* SIGTSTP in each way it does not stop. */
static int do_not_stop(void)
{
	sigset_t set;

	setpgid(0, 0);
	nr_calls = 0;
	signal(SIGTSTP, SIG_IGN);
	raise(SIGTSTP);
	signal(SIGTSTP, on_signal);
	raise(SIGTSTP);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	raise(SIGCONT); /* discards it */
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 10 + nr_calls;
}

/* ---- threads ---- */

static volatile pid_t *tid;

static void *run(void *me)
{
	if (me)
		*tid = gettid();
	for (;;)
		counts[me ? 64 : 0]++;
	return NULL;
}

static int run_two(void)
{
	pthread_t t;

	tap_thread(&t, NULL, run, (void *)1);
	run(NULL);
	return 1;
}

static void test_thread(void)
{
	unsigned long before[2];
	pid_t pid = start(run_two);

	while (*tid == 0 || counts[0] == 0 || counts[64] == 0)
		usleep(1000);
	tap_tgkill(pid, *tid, SIGSTOP);
	ok(WIFSTOPPED(wait_event(pid, WUNTRACED)),
	   "SIGSTOP for a thread stops its process");
	before[0] = counts[0];
	before[1] = counts[64];
	usleep(20000);
	ok(counts[0] == before[0] && counts[64] == before[1], "all of it");
	tap_tgkill(pid, *tid, SIGCONT);
	while (counts[0] == before[0] || counts[64] == before[1])
		usleep(1000);
	ok(true, "and SIGCONT for a thread lets all go on");
	finish(pid);
}

/* ---- a stop that not all threads have joined ---- */

enum { LENT, END_LOAN };	/* of counts[], flags */

static void *sleep_as_thread(void *unused)
{
	*tid = gettid();
	sleep_on();
	return unused;
}

/* The first thread lends its memory, and can stop when it has it back. */
static int lend_memory(void)
{
	pthread_t t;

	tap_thread(&t, NULL, sleep_as_thread, NULL);
	if (tap_started(vfork()) == 0) {
		counts[LENT] = 1;
		while (!counts[END_LOAN])
			usleep(1000);
		_exit(0);
	}
	return sleep_on();
}

static void stop_one(pid_t pid)
{
	tap_tgkill(pid, *tid, SIGSTOP);
	while (!is_in_state(pid, *tid, 'T'))
		usleep(1000);
}

static void test_half_a_stop(void)
{
	pid_t pid;

	*tid = 0;
	counts[LENT] = counts[END_LOAN] = 0;
	pid = start(lend_memory);
	while (!counts[LENT] || *tid == 0)
		usleep(1000);
	wait_until_asleep(pid, *tid);
	handle_sigchld(0);
	stop_one(pid);
	usleep(20000);
	ok(waitpid(pid, NULL, WNOHANG | WUNTRACED) == 0 && nr_calls == 0,
	   "a stop is not told while a thread lends its memory");
	tap_kill(pid, SIGCONT);
	ok(WIFCONTINUED(wait_event(pid, WCONTINUED)), "it is called off");
	while (nr_calls == 0)
		usleep(1000);
	is_int(last_code, CLD_STOPPED, "SIGCHLD says that it had begun");

	stop_one(pid);
	counts[END_LOAN] = 1;
	ok(WIFSTOPPED(wait_event(pid, WUNTRACED)), "the last thread completes one");
	finish(pid);
}

int main(void)
{
	plan(12 + 5 + 4 + 4 + 4 + 3 + 4);
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	tid = (volatile pid_t *)(counts + 128);
	test_events();
	test_nocldstop();
	test_kill();
	test_kill_stopped();
	test_calls();
	test_cont(cont_handled, 11, "SIGCONT lets go on, then runs its handler");
	test_cont(cont_ignored, 10, "it lets go on though it is ignored");
	test_cont(cont_blocked, 11, "and though it is blocked");
	is_exit(wait_event(start(do_not_stop), WUNTRACED), 11,
		"SIGTSTP ignored, caught or called off does not stop");
	test_thread();
	if (!skip_under_qemu(4, "vfork() lends nothing"))
		test_half_a_stop();
	return done_testing();
}
