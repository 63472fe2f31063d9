/*
 * futex_names.c - what a futex is known by outlives its page.
 *
 * Claim:  a futex word belongs to the memory that it is part of: who wakes it
 *         through another mapping finds its waiter, also behind a new page;
 *         who gets the frame of a word that is no more finds nobody.
 * Method: a child's threads wait on words of shared memory.  Some of it is
 *         unmapped under them, and the child makes more shared memory, which
 *         gets their frames, and wakes each of its words.  Some is a file's
 *         that is mapped twice: it is cut and made long again, and the word is
 *         woken at the other place.
 * Oracle: a wake of new memory reports nobody.  A wake of the file's word
 *         reports the one who waits, at some look: who sleeps on was lost.
 * -X:     what is woken as new memory is the file's.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <linux/futex.h>
#include <sys/syscall.h>

enum { LOST = 4, NEW = 512 };

static int *lost[LOST], *word, *again;
static volatile pid_t waiter[LOST + 1];

static long wake(int *at)
{
	return syscall(SYS_futex, at, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void *wait_for_wake(void *arg)
{
	long i = (long)arg;

	waiter[i] = gettid();
	syscall(SYS_futex, i < LOST ? lost[i] : word, FUTEX_WAIT, 0, NULL, NULL, 0);
	return NULL;
}

static void start_waiters(void)
{
	pthread_t t;

	for (long i = 0; i <= LOST; i++) {
		tap_thread(&t, NULL, wait_for_wake, (void *)i);
		while (waiter[i] == 0 || thread_state(getpid(), waiter[i]) != 'S')
			sched_yield();
	}
}

static int *map_file(int fd)
{
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return at;
}

/* New memory, until all frames that are free have been in it. */
static void wake_strangers(void)
{
	char *new = stress_map(NEW * PAGE, MAP_SHARED);

	for (int i = 0; i < NEW; i++) {
		int *at = stress.wrong ? again : (int *)(new + i * PAGE);

		*at = 0;
		stress_check(wake(at) == 0, "a stranger was woken");
	}
	munmap(new, NEW * PAGE);
}

static void wake_own(int fd)
{
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, PAGE) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	for (int i = 0; i < LOOKS && !stress_failed(); i++) {
		if (wake(again) == 1)
			return;
		usleep(LOOK_US);
	}
	stress_check(false, "a wake found nobody, and its waiter is in state %c",
		     thread_state(getpid(), waiter[LOST]));
}

static void be_child(void)
{
	int fd = stress_file("futex_names.tmp");

	if (ftruncate(fd, PAGE) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	word = map_file(fd);
	again = map_file(fd);
	for (int i = 0; i < LOST; i++)
		lost[i] = stress_map(PAGE, MAP_SHARED);
	start_waiters();
	for (int i = 0; i < LOST; i++)
		munmap(lost[i], PAGE);
	wake_strangers();
	wake_own(fd);
	_exit(0);
}

int main(int argc, char **argv)
{
	int status;

	stress_begin(argc, argv, 1, "a futex word is known by its memory");
	while (stress_go_on()) {
		pid_t pid = tap_fork();

		if (pid == 0)
			be_child();
		waitpid(pid, &status, 0);
		stress_check(status == 0, "wait status %#x", status);
		stress_round();
	}
	return stress_end();
}
