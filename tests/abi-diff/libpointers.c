/*
 * tests/abi-diff/libpointers.c - bad pointers that lie in memory: in vectors,
 * in lists of arguments, in the structures of clone3(), pselect6() and others.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"

#define BAD_LENGTHS { 0, 8, 4096, 1UL << 40, (1UL << 63) - 1, 1UL << 63, -1UL }

static const unsigned long bad[] = {
	0, 1, PAGE_AT(HOLE), PAGE_AT(READ_ONLY), PAGE_AT(NO_ACCESS),
	CROSSING_AT, PAGE_AT(PAST_END), 0xffffffc000000000UL, 1UL << 63, -1UL,
};
static const char *const bad_names[] = {
	"null", "one", "hole", "read-only", "no-access", "crossing",
	"past-end", "kernel", "LONG_MIN", "last-byte",
};
enum { NR_BAD = sizeof(bad) / sizeof(bad[0]) };

struct call {
	long nr, fd;
	struct iovec iov[3];
	int nr_pieces;
};

static long vector_call(const void *arg)
{
	const struct call *c = arg;

	return syscall(c->nr, c->fd, c->iov, c->nr_pieces, 0);
}

static void say_alone(long (*call)(const void *), const void *arg,
		      const char *title, const char *value)
{
	const char *died;
	long result = alone(call, arg, &died);

	if (died != NULL)
		say_words("%s, %s %s", title, value, died);
	else if (result < 0 && result > -4096)
		say_words("%s, %s = %s", title, value, error_name(-result));
	else
		say_words("%s, %s = %ld", title, value, result);
}

static void walk_vector(const char *name, long nr, long fd)
{
	static const unsigned long lengths[] = BAD_LENGTHS;
	char title[80];

	for (int i = 0; i < NR_BAD; i++)
		for (int l = 0; l < 7; l++) {
			struct call c = { nr, fd, { { (void *)BUFFER_AT, 4 },
					  { (void *)bad[i], lengths[l] },
					  { (void *)ZEROES_AT, 4 } }, 3 };

			snprintf(title, sizeof(title), "%s 4+%ld+4", name,
				 (long)lengths[l]);
			say_alone(vector_call, &c, title, bad_names[i]);
		}
}

static void walk_vectors(void)
{
	walk_vector("readv file", SYS_readv, FILE_FD);
	walk_vector("readv zero", SYS_readv, ZERO_FD);
	walk_vector("readv pipe", SYS_readv, PIPE_READ);
	walk_vector("writev file", SYS_writev, FILE_FD);
	walk_vector("writev null", SYS_writev, NULL_FD);
	walk_vector("writev pipe", SYS_writev, PIPE_WRITE);
	walk_vector("preadv file", SYS_preadv, FILE_FD);
	walk_vector("vmsplice pipe", SYS_vmsplice, PIPE_WRITE);
}

/* ---- argv and envp ---- */

struct vectors {
	unsigned long argv[3], envp[3];
};

static long exec_call(const void *arg)
{
	const struct vectors *v = arg;

	return execve("/no/such/program", (char **)v->argv, (char **)v->envp);
}

/* A program that is there: what it may not read is seen before it runs. */
static long exec_there(const void *arg)
{
	const struct vectors *v = arg;

	execve("/proc/self/exe", (char **)v->argv, (char **)v->envp);
	return -1;
}

static void walk_strings(void)
{
	for (int i = 0; i < NR_BAD; i++) {
		struct vectors in_argv = { { PATH_AT, bad[i], 0 }, { 0 } };
		struct vectors in_envp = { { PATH_AT, 0 }, { bad[i], 0 } };

		if (bad[i] == 0 || bad[i] == PAGE_AT(READ_ONLY))
			continue;
		say_alone(exec_call, &in_argv, "argv of nothing", bad_names[i]);
		say_alone(exec_there, &in_argv, "argv", bad_names[i]);
		say_alone(exec_there, &in_envp, "envp", bad_names[i]);
	}
}

/* ---- structures ---- */

struct masked_select {
	unsigned long mask, size;
};

static long select_call(const void *arg)
{
	struct timespec none = { 0, 0 };

	return syscall(SYS_pselect6, 0, NULL, NULL, NULL, &none, arg);
}

static void walk_select(void)
{
	static const unsigned long sizes[] = { 0, 4, 8, 16 };
	char title[40];

	for (int s = 0; s < 4; s++)
		for (int i = 0; i < NR_BAD; i++) {
			struct masked_select m = { bad[i], sizes[s] };

			snprintf(title, sizeof(title), "pselect6 mask of %lu",
				 sizes[s]);
			say_alone(select_call, &m, title, bad_names[i]);
		}
}

static long clone3_call(const void *arg)
{
	struct clone_args args = *(const struct clone_args *)arg;
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return pid > 0 ? 0 : pid;
}

static void walk_clone3(void)
{
	for (int i = 0; i < NR_BAD; i++) {
		struct clone_args plain = { .exit_signal = SIGCHLD };
		struct clone_args a;

		a = plain, a.flags = CLONE_PARENT_SETTID, a.parent_tid = bad[i];
		say_alone(clone3_call, &a, "clone3 parent_tid", bad_names[i]);
		a = plain, a.flags = CLONE_CHILD_SETTID, a.child_tid = bad[i];
		say_alone(clone3_call, &a, "clone3 child_tid", bad_names[i]);
		a = plain, a.flags = CLONE_CHILD_CLEARTID, a.child_tid = bad[i];
		say_alone(clone3_call, &a, "clone3 clear", bad_names[i]);
		a = plain, a.stack = bad[i];
		say_alone(clone3_call, &a, "clone3 stack of 0", bad_names[i]);
		a = plain, a.stack = bad[i], a.stack_size = 4096;
		if (bad[i] == 0 || bad[i] >= 1UL << 62)
			say_alone(clone3_call, &a, "clone3 stack", bad_names[i]);
		a = plain, a.exit_signal = bad[i];
		if (bad[i] > 64)
			say_alone(clone3_call, &a, "clone3 exit signal",
				  bad_names[i]);
		a = plain, a.set_tid = bad[i], a.set_tid_size = 1;
		say_alone(clone3_call, &a, "clone3 set_tid", bad_names[i]);
		a = plain, a.set_tid = bad[i];
		say_alone(clone3_call, &a, "clone3 set_tid of 0", bad_names[i]);
	}
}

static long clone3_size_call(const void *arg)
{
	static char args[8192];
	size_t size = *(const size_t *)arg;
	long pid;

	memset(args, 0, sizeof(args));
	((struct clone_args *)args)->exit_signal = SIGCHLD;
	if (size & 1)
		args[size & ~1UL] = 1;
	pid = syscall(SYS_clone3, args, (size & ~1UL) + (size & 1) * 8);
	if (pid == 0)
		_exit(0);
	return pid > 0 ? 0 : pid;
}

/* An odd size: 8 bytes more, and they are not zero. */
static void walk_clone3_sizes(void)
{
	static const size_t sizes[] = { 0, 8, 56, 64, 72, 80, 88, 96, 97, 4088,
					4096, 4104 };
	char value[24];

	for (int i = 0; i < 12; i++) {
		snprintf(value, sizeof(value), "%zu", sizes[i]);
		say_alone(clone3_size_call, &sizes[i], "clone3 size", value);
	}
}

static long sigaction_call(const void *arg)
{
	return syscall(SYS_rt_sigaction, SIGUSR1, NULL, *(long *)arg, 8);
}

static long sigevent_call(const void *arg)
{
	return syscall(SYS_timer_create, CLOCK_MONOTONIC, arg, BUFFER_AT);
}

static void walk_events(void)
{
	for (int notify = 0; notify <= 5; notify++)
		for (int sig = 0; sig <= 65; sig += 13) {
			struct sigevent e = { .sigev_notify = notify,
					      .sigev_signo = sig };
			char title[60];

			snprintf(title, sizeof(title), "timer_create notify %d",
				 notify);
			e._sigev_un._tid = (pid_t)syscall(SYS_gettid);
			say_alone(sigevent_call, &e, title,
				  sig == 0 ? "no signal" :
				  sig == 65 ? "signal 65" : "a signal");
		}
	for (int i = 0; i < NR_BAD; i++)
		say_alone(sigaction_call, &bad[i], "sigaction old",
			  bad_names[i]);
}

/* ---- what only the process itself can see ---- */


static void walk_effects(void)
{
	char rest[16];

	/* Of a pipe, nothing is taken that cannot be given. */
	SAY(read(PIPE_READ, (void *)(CROSSING_AT + 2), 8));
	SAY(read(PIPE_READ, (void *)PAGE_AT(HOLE), 8));
	fcntl(PIPE_READ, F_SETFL, O_NONBLOCK);
	SAY(read(PIPE_READ, rest, sizeof(rest)));
	SAY(write(PIPE_WRITE, (void *)CROSSING_AT, 8));
	SAY(read(PIPE_READ, rest, sizeof(rest)));
	SAY(pread(FILE_FD, (void *)CROSSING_AT, 8, 0));
	SAY(pread(FILE_FD, (void *)(CROSSING_AT - 6), 20, 0));
	SAY(pwrite(FILE_FD, (void *)PAGE_AT(HOLE), 8, 8188));
	SAY(lseek(FILE_FD, 0, SEEK_END));
	SAY(read(ZERO_FD, (void *)CROSSING_AT, 8));
	SAY(read(EVENT_FD, (void *)PAGE_AT(HOLE), 7));
	SAY(write(EVENT_FD, (void *)PAGE_AT(HOLE), 8));
	SAY(write(EVENT_FD, (void *)PAGE_AT(HOLE), 7));
	SAY(syscall(SYS_getrandom, CROSSING_AT, 8, 0));
	SAY(syscall(SYS_getdents64, DIR_FD, PAGE_AT(HOLE), 1000));
	SAY(syscall(SYS_getcwd, CROSSING_AT, 100));
	SAY(syscall(SYS_readlinkat, AT_FDCWD, FOLDER "/link", CROSSING_AT, 100));
	SAY(syscall(SYS_readlinkat, AT_FDCWD, FOLDER "/link", PAGE_AT(HOLE), 100));
}

void walk_pointers(const void *unused TAP_UNUSED)
{
	walk_vectors();
	walk_strings();
	walk_select();
	walk_clone3();
	walk_clone3_sizes();
	walk_events();
	walk_effects();
}
