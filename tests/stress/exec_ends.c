/*
 * exec_ends.c - a process whose threads exec, exit and are made at once.
 *
 * Claim:  of several threads that call exec, or exit for all, at the same time
 *         one wins; the others end, with those that are just being made, and
 *         the process goes on as the winner has said.
 * Method: a child begins to make threads, which count or sleep, while two
 *         others call exec, or exit_group(), or its parent kills it, in all
 *         pairs.  The first thread is among them or sleeps.
 * Oracle: the wait status is that of one of the two.  The new program has one
 *         thread, which bears the number of the process and is found by it.
 *         Who waits for a process all of whose threads are found asleep at
 *         look after look waits for ever: two wait for each other.  So does
 *         who waits for one in which threads are found to count on and on:
 *         they were forgotten.
 * -X:     the new program exits with another number.
 */
#define _GNU_SOURCE
#include "libstuck.h"

enum { EXEC_CODE = 10, EXIT_CODE = 20, MADE_MAX = 24, COUNTERS = 4, NR_ENDS = 3 };

static struct shared {
	volatile pid_t pid;           /* whose end is waited for, or 0 */
	volatile unsigned long waits; /* that ended */
	volatile unsigned long beats; /* of threads that count */
} *shared;

/* ---- the new program ---- */

static int be_new(int code)
{
	if (gettid() != getpid() || tap_tgkill(getpid(), gettid(), 0) != 0)
		return 201;
	if (nr_threads(getpid()) != 1)
		return 202;
	return code;
}

/* ---- the old one ---- */

static struct meeting start;

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* Without a system call, in which it would see that it is to end. */
static void *count_on(void *unused)
{
	for (;;)
		shared->beats++;
	return unused;
}

/* Refused, when the process ends: then so does this thread. */
static void *make_threads(void *unused)
{
	pthread_t t;

	meet(&start, 3);
	for (int i = 0; i < MADE_MAX; i++)
		if (pthread_create(&t, NULL, i < COUNTERS ? count_on : sleep_on,
				   NULL) != 0)
			break;
	return sleep_on(unused);
}

static void end_by_exec(int code)
{
	char text[12];

	snprintf(text, sizeof(text), "%d", code + stress.wrong);
	execl("/proc/self/exe", "exec_ends", "new", text, NULL);
	/* EAGAIN: another one was faster, and ends us. */
	sleep_on(NULL);
}

/* 0 and 1: by exec, 2: by exit. */
static void *end_process(void *way)
{
	meet(&start, 3);
	if ((long)way < 2)
		end_by_exec(EXEC_CODE + (int)(long)way);
	else
		syscall(SYS_exit_group, EXIT_CODE);
	return NULL;
}

static void be_old(long one, long two, bool first_too)
{
	pthread_t t;

	/* Should it never end, nobody waits for what it may have to say. */
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	tap_thread(&t, NULL, make_threads, NULL);
	tap_thread(&t, NULL, end_process, (void *)one);
	if (first_too)
		end_process((void *)two);
	tap_thread(&t, NULL, end_process, (void *)two);
	sleep_on(NULL);
}

/* ---- the parent ---- */

static bool is_end(int status, long way)
{
	return WIFEXITED(status) &&
	       WEXITSTATUS(status) == (way < 2 ? EXEC_CODE + way : EXIT_CODE);
}

static void one_round(struct rng *rng)
{
	long one = (long)rng_below(rng, NR_ENDS), two = (long)rng_below(rng, NR_ENDS);
	bool kills = rng_below(rng, 8) == 0, first_too = rng_below(rng, 2);
	pid_t pid = tap_fork();
	int status = -1;

	if (pid == 0)
		be_old(one, two, first_too);
	if (kills) {
		usleep((useconds_t)rng_below(rng, 2000));
		tap_kill(pid, SIGKILL);
	}
	shared->pid = pid;
	waitpid(pid, &status, 0);
	shared->pid = 0;
	shared->waits++;
	stress_check(is_end(status, one) || is_end(status, two) ||
		     (kills && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL),
		     "ends %ld and %ld, wait status %#x", one, two, status);
}

/* Its threads count, or all sleep: what might end it does not run. */
static bool goes_nowhere(pid_t pid)
{
	static unsigned long beats;
	bool counts = shared->beats != beats;

	beats = shared->beats;
	return counts || process_sleeps(pid);
}

static void look(void)
{
	static struct stress_seen seen;
	pid_t pid = shared->pid;

	if (pid == 0 || !goes_nowhere(pid))
		seen.looks = 0;
	else if (stress_stands(&seen, shared->waits))
		stress_check(false, "a process that is to end has %d threads and goes on",
			     nr_threads(pid));
}

int main(int argc, char **argv)
{
	struct rng rng;
	pid_t watch;

	if (argc == 3 && strcmp(argv[1], "new") == 0)
		return be_new(atoi(argv[2]));
	if (under_qemu_user())
		skip_all("qemu-user: the host cannot exec riscv64 programs");
	stress_begin(argc, argv, 1, "one of many ends wins, and no thread is left over");
	rng = rng_of(0);
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	watch = stress_watch(look);
	while (stress_go_on()) {
		one_round(&rng);
		stress_round();
	}
	stress_watch_end(watch);
	return stress_end();
}
