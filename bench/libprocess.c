/*
 * libprocess.c - rows that make processes and threads.
 *
 * The argument of the fork rows is how many MiB the parent has touched: what
 * fork costs more with them is the point of these rows.
 */
#define _GNU_SOURCE
#include "libbench.h"

#include <pthread.h>
#include <spawn.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPARE_MIB = 64 };	/* page tables, the kernel, the rest of us */

static char *tiny_argv[] = { "tiny", NULL }, *tiny_env[] = { NULL };

/* Memory of the size that the row is about; 0 is none. */
static void *parent_memory(long mib)
{
	struct sysinfo info;
	void *mem;

	if (mib == 0)
		return NULL;
	if (sysinfo(&info) == 0 &&
	    info.freeram * info.mem_unit / MIB < (unsigned long)mib + SPARE_MIB)
		bench_skip("too little memory");
	mem = map_pages(mib * (MIB / PAGE), 0);
	touch_pages(mem, mib * (MIB / PAGE));
	return mem;
}

static void drop_parent_memory(void *mem, long mib)
{
	if (mem)
		unmap_pages(mem, mib * (MIB / PAGE));
}

static void reap(pid_t pid)
{
	int status = 0;

	bench_check(waitpid(pid, &status, 0), "waitpid");
	bench_check(-status, "child");
}

static void fork_exit_wait(struct bench *b, long mib)
{
	void *mem = parent_memory(mib);

	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		pid_t pid = bench_check(fork(), "fork");

		if (pid == 0)
			_exit(0);
		reap(pid);
	}
	bench_stop(b);
	drop_parent_memory(mem, mib);
}

/*
 * Until one of the two is back in user mode: a scheduler may run the child
 * first, and what the child does is not part of fork().
 */
static void fork_alone(struct bench *b, long mib)
{
	void *mem = parent_memory(mib);
	volatile long *child_at = &b->shared[0];

	for (long i = 0; i < b->ops; i++) {
		uint64_t now;
		pid_t pid;

		*child_at = 0;
		bench_start(b);
		pid = bench_check(fork(), "fork");
		now = clock_ticks();
		if (pid == 0) {
			*child_at = now;
			_exit(0);
		}
		if (*child_at && (uint64_t)*child_at < now)
			now = *child_at;
		bench_stop_at(b, now);
		reap(pid);
	}
	drop_parent_memory(mem, mib);
}

_Noreturn static void exec_tiny(void)
{
	execve(bench_tiny, tiny_argv, tiny_env);
	_exit(1);
}

static void fork_exec_wait(struct bench *b, long unused)
{
	(void)unused;
	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		pid_t pid = bench_check(fork(), "fork");

		if (pid == 0)
			exec_tiny();
		reap(pid);
	}
	bench_stop(b);
}

static void vfork_exec_wait(struct bench *b, long mib)
{
	void *mem = parent_memory(mib);

	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		pid_t pid = bench_check(vfork(), "vfork");

		if (pid == 0)
			exec_tiny();
		reap(pid);
	}
	bench_stop(b);
	drop_parent_memory(mem, mib);
}

static void spawn_wait(struct bench *b, long mib)
{
	void *mem = parent_memory(mib);

	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		pid_t pid;

		bench_check(-posix_spawn(&pid, bench_tiny, NULL, NULL,
					 tiny_argv, tiny_env), "posix_spawn");
		reap(pid);
	}
	bench_stop(b);
	drop_parent_memory(mem, mib);
}

static void *end_at_once(void *arg)
{
	return arg;
}

static void thread_create_join(struct bench *b, long unused)
{
	(void)unused;
	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		pthread_t thread;

		bench_check(-pthread_create(&thread, NULL, end_at_once, NULL),
			    "pthread_create");
		pthread_join(thread, NULL);
	}
	bench_stop(b);
}

const struct row process_rows[] = {
	{ "fork+exit+wait, small", fork_exit_wait, 0, 10, 9, 0 },
	{ "fork+exit+wait, 16 MiB", fork_exit_wait, 16, 4, 4, 0 },
	{ "fork+exit+wait, 64 MiB", fork_exit_wait, 64, 2, 8, 0 },
	{ "fork+exit+wait, 256 MiB", fork_exit_wait, 256, 2, 3, 0 },
	{ "fork, small", fork_alone, 0, 10, 9, 0 },
	{ "fork, 16 MiB", fork_alone, 16, 4, 4, 0 },
	{ "fork, 64 MiB", fork_alone, 64, 2, 8, 0 },
	{ "fork, 256 MiB", fork_alone, 256, 2, 3, 0 },
	{ "fork+exec+wait", fork_exec_wait, 0, 5, 9, 0 },
	{ "vfork+exec+wait, 64 MiB", vfork_exec_wait, 64, 10, 5, 0 },
	{ "posix_spawn+wait, 64 MiB", spawn_wait, 64, 10, 5, 0 },
	{ "thread create+join", thread_create_join, 0, 20, 9, 0 },
	{ 0 },
};
