/*
 * hunt.c - small promises of the kernel, one after the other.
 *
 * Claim:  a pipe's end wakes everybody at the other one, and up to PIPE_BUF
 *         bytes go whole; a futex wakes those whose bits are asked for; wait
 *         has the child that was named; a thread runs where it may; what a
 *         process writes by force only it sees.
 * Method: each promise is kept or broken by a handful of calls, without luck.
 * Oracle: POSIX and Linux.
 * -X:     the child that is waited for is another one.
 *
 * Lab hunt asks for such a test: labs/hunt/handout.md.
 */
#include "libstuck.h"

#include <linux/futex.h>
#include <sys/syscall.h>

enum { WAITERS = 3 };

static volatile long never_changes;

/* ---- pipes ---- */

static void reads_to_the_end(int fds[2])
{
	char c;

	close(fds[1]);
	_exit(read(fds[0], &c, 1) != 0);
}

/* SIGPIPE ends it. */
static void writes_for_ever(int fds[2])
{
	static const char page[PAGE];

	close(fds[0]);
	while (write(fds[1], page, sizeof(page)) > 0)
		;
	_exit(1);
}

static void wait_until_asleep(pid_t pid)
{
	while (thread_state(pid, pid) != 'S')
		sched_yield();
}

static void expect_gone(pid_t pid)
{
	int status;

	for (int i = 0; waitpid(pid, &status, WNOHANG) == 0; i++) {
		sched_yield();
		if (i % 100 != 99 || !stays_in_state(pid, pid, 'S', &never_changes, 0))
			continue;
		stress_check(false, "it sleeps on, although nobody is at the other end any more");
		tap_kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return;
	}
}

/* Who waits does so at the end @mine. */
static void end_wakes_all(void (*waits)(int fds[2]), int mine)
{
	int fds[2];
	pid_t child[WAITERS];

	if (pipe(fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	for (int i = 0; i < WAITERS; i++) {
		child[i] = tap_fork();
		if (child[i] == 0)
			waits(fds);
		wait_until_asleep(child[i]);
	}
	close(fds[mine]);
	close(fds[!mine]);
	for (int i = 0; i < WAITERS; i++)
		expect_gone(child[i]);
}

/* Of which no whole number fills a page. */
static void small_writes_go_whole(void)
{
	static const char bytes[300];
	int fds[2];
	ssize_t n;

	if (pipe2(fds, O_NONBLOCK) < 0)
		bail_out("pipe2: %s", strerror(errno));
	while ((n = write(fds[1], bytes, sizeof(bytes))) == sizeof(bytes))
		;
	stress_check(n < 0 && errno == EAGAIN,
		     "the last of many writes of 300 bytes returns %zd", n);
	close(fds[0]);
	close(fds[1]);
}

/* ---- futex ---- */

static uint32_t word;

static void *waits_for_bit_1(void *arg TAP_UNUSED)
{
	syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1);
	return NULL;
}

static void only_the_bits_asked_for(void)
{
	pthread_t thread;
	long woken = 0;

	tap_thread(&thread, NULL, waits_for_bit_1, NULL);
	for (int i = 0; i < 200; i++) {
		woken += syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 2);
		sched_yield();
	}
	stress_check(woken == 0, "a wake-up of bit 2 woke who waits for bit 1");
	word = 1;
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	pthread_join(thread, NULL);
	word = 0;
}

/* ---- processes ---- */

static void the_child_that_was_named(void)
{
	int fds[2], status;
	char c;
	siginfo_t ended;
	pid_t first = tap_fork();

	if (first == 0)
		_exit(1);
	if (pipe(fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	pid_t second = tap_fork();

	if (second == 0)
		_exit(read(fds[0], &c, 1) == 1 ? 2 : 3);
	if (waitid(P_PID, (id_t)first, &ended, WEXITED | WNOWAIT) < 0)
		bail_out("waitid: %s", strerror(errno));
	if (write(fds[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	pid_t got = waitpid(second, &status, 0);

	stress_check(got == (stress.wrong ? first : second),
		     "child %d was asked for, and %d told of", second, got);
	while (wait(&status) > 0)
		;
	close(fds[0]);
	close(fds[1]);
}

static void where_it_may(void)
{
	long harts = sysconf(_SC_NPROCESSORS_ONLN);

	for (int i = 0; i < 4 * harts; i++) {
		cpu_set_t one;

		CPU_ZERO(&one);
		CPU_SET(i % harts, &one);
		if (sched_setaffinity(0, sizeof(one), &one) < 0)
			bail_out("sched_setaffinity: %s", strerror(errno));
		usleep(100);
		stress_check(sched_getcpu() == i % harts, "bound to hart %ld, it runs on %d",
			     i % harts, sched_getcpu());
	}
}

/* ---- memory ---- */

static void write_by_force(char *at, char c)
{
	int mem = open("/proc/self/mem", O_RDWR);

	if (mem < 0 || pwrite(mem, &c, 1, (off_t)(uintptr_t)at) != 1)
		bail_out("/proc/self/mem: %s", strerror(errno));
	close(mem);
}

static void only_it_sees(void)
{
	char *shared = stress_map(PAGE, MAP_PRIVATE);
	int status, fds[2];
	char c;

	*shared = 'a';
	if (mprotect(shared, PAGE, PROT_READ) < 0 || pipe(fds) < 0)
		bail_out("mprotect, pipe: %s", strerror(errno));
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(read(fds[0], &c, 1) != 1 || *(volatile char *)shared != 'a');
	write_by_force(shared, 'b');
	if (write(fds[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	waitpid(pid, &status, 0);
	stress_check(status == 0, "a child reads what its parent wrote by force");
	close(fds[0]);
	close(fds[1]);
	munmap(shared, PAGE);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 1, "small promises are kept");
	stress_needs_its_harts();
	while (stress_go_on()) {
		small_writes_go_whole();
		end_wakes_all(reads_to_the_end, 0);
		end_wakes_all(writes_for_ever, 1);
		only_the_bits_asked_for();
		the_child_that_was_named();
		only_it_sees();
		where_it_may();
		stress_round();
	}
	return stress_end();
}
