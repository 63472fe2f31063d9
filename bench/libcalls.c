/*
 * libcalls.c - rows of one system call, or one signal, without any switch.
 */
#define _GNU_SOURCE
#include "libbench.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static void null_call(struct bench *b, long unused)
{
	(void)unused;
	bench_start(b);
	for (long i = 0; i < b->ops; i++)
		raw0(SYS_getppid);
	bench_stop(b);
}

/* As programs call it: Linux answers in user mode, through its vDSO. */
static void read_clock(struct bench *b, long unused)
{
	struct timespec now;

	(void)unused;
	bench_start(b);
	for (long i = 0; i < b->ops; i++)
		clock_gettime(CLOCK_MONOTONIC, &now);
	bench_stop(b);
}

static void read_clock_call(struct bench *b, long unused)
{
	struct timespec now;

	(void)unused;
	bench_start(b);
	for (long i = 0; i < b->ops; i++)
		raw3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0);
	bench_stop(b);
}

static void pipe_write_read(struct bench *b, long unused)
{
	char byte = 0;
	int ends[2];

	(void)unused;
	bench_check(pipe(ends), "pipe");
	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		raw3(SYS_write, ends[1], (long)&byte, 1);
		raw3(SYS_read, ends[0], (long)&byte, 1);
	}
	bench_stop(b);
	close(ends[0]);
	close(ends[1]);
}

/* The word is 0 and not 1: a wait does not wait. */
static void futex_call(struct bench *b, long operation)
{
	static int word;

	bench_start(b);
	for (long i = 0; i < b->ops; i++)
		raw6(SYS_futex, (long)&word, operation, 1, 0, 0, 0);
	bench_stop(b);
}

static void ignore(int sig)
{
	(void)sig;
}

static void signal_self(struct bench *b, long unused)
{
	struct sigaction act = { .sa_handler = ignore };
	long self = getpid(), tid = gettid();

	(void)unused;
	bench_check(sigaction(SIGUSR1, &act, NULL), "sigaction");
	bench_start(b);
	for (long i = 0; i < b->ops; i++)
		raw3(SYS_tgkill, self, tid, SIGUSR1);
	bench_stop(b);
}

/* Goes on after the store of four bytes that faulted. */
static void step_over(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig, (void)info;
	uc->uc_mcontext.__gregs[REG_PC] += 4;
}

static void fault_to_handler(struct bench *b, long unused)
{
	struct sigaction act = {
		.sa_sigaction = step_over, .sa_flags = SA_SIGINFO,
	};

	(void)unused;
	bench_check(sigaction(SIGSEGV, &act, NULL), "sigaction");
	bench_start(b);
	for (long i = 0; i < b->ops; i++)
		__asm__ volatile(".option push\n"
				 ".option norvc\n"
				 "	sw	zero, 0(zero)\n"
				 ".option pop" : : : "memory");
	bench_stop(b);
}

static void cache_transfer(struct bench *b, long call)
{
	int fd = cached_file(MIB / PAGE);
	char *buffer = map_pages(MIB / PAGE, 0);

	touch_pages(buffer, MIB / PAGE);
	bench_start(b);
	for (long i = 0; i < b->ops; i++)
		raw6(call, fd, (long)buffer, MIB, 0, 0, 0);
	bench_stop(b);
	unmap_pages(buffer, MIB / PAGE);
	close(fd);
}

const struct row call_rows[] = {
	{ "null call", null_call, 0, 2000, 5, 0 },
	{ "clock_gettime", read_clock, 0, 2000, 5, 0 },
	{ "clock_gettime, as a call", read_clock_call, 0, 2000, 5, 0 },
	{ "pipe write+read", pipe_write_read, 0, 500, 5, 0 },
	{ "futex wake, nobody waits", futex_call, FUTEX_WAKE_PRIVATE, 1000, 5,
	  0 },
	{ "futex wait, EAGAIN", futex_call, FUTEX_WAIT_PRIVATE, 1000, 5, 0 },
	{ "signal to self", signal_self, 0, 200, 5, 0 },
	{ "SIGSEGV and return", fault_to_handler, 0, 200, 5, 0 },
	{ "page cache write, 1 MiB", cache_transfer, SYS_pwrite64, 4, 5, 0 },
	{ "page cache read, 1 MiB", cache_transfer, SYS_pread64, 4, 5, 0 },
	{ 0 },
};
