#pragma once

/*
 * tap.h - what a guest test says, in TAP (the Test Anything Protocol).
 *
 *	int main(void)
 *	{
 *		plan(2);
 *		ok(fd >= 0, "open %s", path);
 *		is_int(read(fd, buf, 9), 0, "an empty file reads as 0 bytes");
 *		return done_testing();
 *	}
 *
 * Every line leaves by one write(2), so that nothing is buffered across
 * fork() and lines of several threads do not mix.  Only the process that
 * called plan() counts results; a child tells its parent by its exit status
 * (see in_child()).
 *
 * A watchdog (SIGALRM, TAP_TIMEOUT seconds after the last result, 120 by
 * default) turns a hang into a "not ok".  A test that needs SIGALRM itself
 * calls no_watchdog() and leaves hangs to run-tests.
 *
 * The same program runs on Linux, under qemu-riscv64 (TAP_QEMU_USER is set in
 * the environment then, and the few tests that qemu's own emulation fails say
 * so by skip_under_qemu()) and on drover.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAP_UNUSED   __attribute__((unused))
#define TAP_FORMAT(n) __attribute__((unused, format(printf, n, n + 1)))

static struct {
	int planned;		/* 0: no plan was printed yet */
	int run;
	int failed;
	pid_t pid;		/* who counts */
	int patience;		/* of the watchdog, in seconds; 0: it is off */
	char last[100];		/* the newest result, for the watchdog */
} tap;

/* One line to stdout in one write, however long the text. */
TAP_UNUSED static void tap_line(const char *prefix, const char *fmt, va_list ap)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s", prefix);

	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(2);
}

TAP_FORMAT(1) static void diag(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line("# ", fmt, ap);
	va_end(ap);
}

/* drover's lab kernel knows who waits for what; others have no such file. */
static void tap_say_who_waits(void)
{
	int fd = open("/proc/drover/threads", O_RDONLY | O_CLOEXEC);
	char line[400] = "# ";
	int n = 2;

	while (fd >= 0 && read(fd, &line[n], 1) == 1) {
		if (line[n++] != '\n' && n < (int)sizeof(line))
			continue;
		if (write(STDOUT_FILENO, line, n) != n)
			_exit(2);
		n = 2;
	}
}

static void tap_timeout(int sig TAP_UNUSED)
{
	char line[200];
	int n;

	if (getpid() != tap.pid)
		_exit(1);
	n = snprintf(line, sizeof(line),
		     "not ok %d - watchdog: hangs after \"%s\"\n",
		     tap.run + 1, tap.last);
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(2);
	tap_say_who_waits();
	_exit(1);
}

TAP_UNUSED static void no_watchdog(void)
{
	tap.patience = 0;
	alarm(0);
	signal(SIGALRM, SIG_DFL);
}

static void tap_begin(void)
{
	const char *timeout = getenv("TAP_TIMEOUT");

	if (tap.pid)
		return;
	tap.pid = getpid();
	signal(SIGALRM, tap_timeout);
	tap.patience = timeout ? atoi(timeout) : 120;
	alarm(tap.patience);
}

/* How many results will follow. */
TAP_UNUSED static void plan(int n)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "1..%d\n", n);

	tap_begin();
	tap.planned = n;
	if (write(STDOUT_FILENO, line, len) != len)
		_exit(2);
}

TAP_UNUSED static void tap_result(bool good, const char *fmt, va_list ap)
{
	char prefix[32];
	va_list copy;

	tap_begin();
	if (tap.patience)
		alarm(tap.patience);
	va_copy(copy, ap);
	vsnprintf(tap.last, sizeof(tap.last), fmt, copy);
	va_end(copy);
	snprintf(prefix, sizeof(prefix), "%s %d - ", good ? "ok" : "not ok",
		 ++tap.run);
	if (!good)
		tap.failed++;
	tap_line(prefix, fmt, ap);
}

/* One result; true when it is good, so that callers can go on from it. */
TAP_FORMAT(2) static bool ok(bool good, const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	tap_result(good, fmt, ap);
	va_end(ap);
	if (!good)
		diag("errno %d (%s)", err, strerror(err));
	return good;
}

/* One result whose cause the caller tells, for errno has nothing to do with it. */
TAP_FORMAT(2) static bool ok_without_errno(bool good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_result(good, fmt, ap);
	va_end(ap);
	return good;
}

/* One result: @got is @want. */
TAP_FORMAT(3) static bool is_int(long got, long want, const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	tap_result(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		diag("got %ld (%#lx), want %ld (%#lx), errno %d (%s)",
		     got, got, want, want, err, strerror(err));
	return got == want;
}

/* The same of two texts. */
TAP_FORMAT(3) static bool is_text(const char *got, const char *want,
				  const char *fmt, ...)
{
	bool same = strcmp(got, want) == 0;
	va_list ap;

	va_start(ap, fmt);
	tap_result(same, fmt, ap);
	va_end(ap);
	if (!same)
		diag("got \"%s\", want \"%s\"", got, want);
	return same;
}

/* One result: a call returned -1 and left @want in errno. */
TAP_FORMAT(3) static bool fails(long result, int want, const char *fmt, ...)
{
	int err = errno;
	bool good = result == -1 && err == want;
	va_list ap;

	va_start(ap, fmt);
	tap_result(good, fmt, ap);
	va_end(ap);
	if (!good)
		diag("returned %ld, errno %d (%s), want -1 and %d (%s)",
		     result, err, strerror(err), want, strerror(want));
	return good;
}

/* @n results that cannot be had here. */
TAP_FORMAT(2) static void skip(int n, const char *fmt, ...)
{
	char why[200], line[256];
	va_list ap;

	tap_begin();
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	while (n-- > 0) {
		int len = snprintf(line, sizeof(line), "ok %d # SKIP %s\n",
				   ++tap.run, why);

		if (write(STDOUT_FILENO, line, len) != len)
			_exit(2);
	}
}

/* The whole program cannot run here. */
TAP_FORMAT(1) __attribute__((noreturn))
static void skip_all(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line("1..0 # SKIP ", fmt, ap);
	va_end(ap);
	exit(0);
}

/* Nothing after this makes sense. */
TAP_FORMAT(1) __attribute__((noreturn))
static void bail_out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line("Bail out! ", fmt, ap);
	va_end(ap);
	exit(255);
}

/* The last call: checks the plan, or prints it; gives main()'s result. */
TAP_UNUSED static int done_testing(void)
{
	if (!tap.planned) {
		plan(tap.run);
	} else if (tap.planned != tap.run) {
		diag("planned %d results, gave %d", tap.planned, tap.run);
		tap.failed++;
	}
	return tap.failed != 0;
}

TAP_UNUSED static bool under_qemu_user(void)
{
	return getenv("TAP_QEMU_USER") != NULL;
}

TAP_UNUSED static bool on_drover(void)
{
	return access("/proc/drover/counters", F_OK) == 0;
}

/* True, after skipping @n results, where qemu's user mode is known to fail. */
TAP_UNUSED static bool skip_under_qemu(int n, const char *why)
{
	if (under_qemu_user())
		skip(n, "qemu-user: %s", why);
	return under_qemu_user();
}

/*
 * True, after skipping @n results, where the clock of the guest goes on while the
 * host keeps a hart away: who ran then is charged with it, and has used up a share
 * of which he saw nothing.  tests/boot/counted.t counts instructions instead, and
 * sets TAP_COUNTED.
 */
TAP_UNUSED static bool skip_unless_counted(int n)
{
	bool counted = getenv("TAP_COUNTED") != NULL;

	if (!counted)
		skip(n, "shares are judged by tests/boot/counted.t");
	return !counted;
}

/* The number that the file @path begins with; -1: there is none. */
TAP_UNUSED static long read_number(const char *path)
{
	FILE *f = fopen(path, "r");
	long n = -1;

	if (!f || fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

/* The number behind @key, which a line of the file @path begins with; -1: there is
 * no such line. */
TAP_UNUSED static long read_value(const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	char line[200];
	long n = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			n = strtol(line + strlen(key), NULL, 10);
	if (f)
		fclose(f);
	return n;
}

/* --- processes and threads ------------------------------------------------
 *
 * A test may run as root on somebody's machine, and kill(-1) is all of it. So
 * tests start and signal processes by what is here alone (lint.t looks): what
 * could not be started ends the test, and only what it has started is reached.
 */

/* The result of fork(), vfork() or clone(), which must not be refused. */
TAP_UNUSED static pid_t tap_started(pid_t pid)
{
	if (pid < 0)
		bail_out("no new process: %s", strerror(errno));
	return pid;
}

TAP_UNUSED static pid_t tap_fork(void)
{
	return tap_started(fork());
}

/* For a test that goes on when it is refused a process: -1. */
TAP_UNUSED static pid_t tap_try_fork(void)
{
	return fork();
}

static void tap_must_be_ours(pid_t pid)
{
	if (pid <= 1)
		bail_out("kill: %d is no process of this test", pid);
}

/* @pid is what tap_fork() or tap_started() gave. */
TAP_UNUSED static int tap_kill(pid_t pid, int sig)
{
	tap_must_be_ours(pid);
	return kill(pid, sig);
}

/* One thread of it. */
TAP_UNUSED static int tap_tgkill(pid_t pid, pid_t tid, int sig)
{
	tap_must_be_ours(pid);
	return syscall(SYS_tgkill, pid, tid, sig);
}

/* All of the group that @leader, a process of ours, has made. */
TAP_UNUSED static int tap_kill_group(pid_t leader, int sig)
{
	tap_must_be_ours(leader);
	return kill(-leader, sig);
}

/* All that @uid has started, whom the caller has become: a user whom only
 * this test knows. */
TAP_UNUSED static int tap_kill_user(uid_t uid)
{
	if (uid < 1000 || getuid() != uid || geteuid() != uid)
		bail_out("kill: the caller is not user %u", uid);
	return kill(-1, SIGKILL);
}

/* @parent has forked the caller.  Who adopts its children is none of ours. */
TAP_UNUSED static int tap_kill_parent(pid_t parent, int sig)
{
	if (getppid() != parent)
		_exit(1);
	return kill(parent, sig);
}

/* pthread_create(), which must not be refused. */
TAP_UNUSED static void tap_thread(pthread_t *thread, const pthread_attr_t *attr,
				  void *(*fn)(void *), void *arg)
{
	int err = pthread_create(thread, attr, fn, arg);

	if (err)
		bail_out("pthread_create: %s", strerror(err));
}

/*
 * One thread, or process with shared memory, tells another: what it has stored
 * before tap_tell() is there for who has found @value by tap_told().  A volatile
 * flag tells of nothing but itself: the compiler may store it before the rest.
 */
#define tap_tell(flag, value) \
	__atomic_store_n((flag), (value), __ATOMIC_RELEASE)
#define tap_told(flag) __atomic_load_n((flag), __ATOMIC_ACQUIRE)

/* Runs @fn in a child whose exit status it gives; the wait status. */
TAP_UNUSED static int in_child(int (*fn)(void *), void *arg)
{
	int status;
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(fn(arg));
	if (waitpid(pid, &status, 0) != pid)
		bail_out("waitpid: %s", strerror(errno));
	return status;
}

/* One result: the wait status says "exited with @code". */
TAP_FORMAT(3)
static bool is_exit(int status, int code, const char *fmt, ...)
{
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == code;
	va_list ap;

	va_start(ap, fmt);
	tap_result(good, fmt, ap);
	va_end(ap);
	if (!good)
		diag("wait status %#x, want exit code %d", status, code);
	return good;
}

/* One result: the wait status says "killed by @sig". */
TAP_FORMAT(3)
static bool is_killed(int status, int sig, const char *fmt, ...)
{
	bool good = WIFSIGNALED(status) && WTERMSIG(status) == sig;
	va_list ap;

	va_start(ap, fmt);
	tap_result(good, fmt, ap);
	va_end(ap);
	if (!good)
		diag("wait status %#x, want signal %d", status, sig);
	return good;
}
