/*
 * tests/abi/futex_keys.c
 *
 * Claim    A futex word is known by the memory it belongs to, not by where it
 *          is mapped or which frame it has: wakes find their waiter through
 *          another mapping and behind a new frame, and nobody else's; memory
 *          that will never change has no such words, for any call.  A
 *          requeue moves each waiter once, also onto its own word.
 * Method   Waiters in threads, asleep as /proc says; their page is unmapped,
 *          or replaced, under them.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

enum { PAGE = 4096, WAITERS = 3, TRIES = 2000, SIZE_U32 = 2 };

static long futex(volatile int *word, int op, int value, long value2,
		  volatile int *word2)
{
	return syscall(SYS_futex, word, op, value, value2, word2, 0);
}

static volatile pid_t waiter;

static void *wait_on(void *word)
{
	waiter = gettid();
	return (void *)futex(word, FUTEX_WAIT, 0, 0, NULL);
}

static pthread_t start_waiter(volatile int *word)
{
	pthread_t t;

	waiter = 0;
	tap_thread(&t, NULL, wait_on, (void *)word);
	wait_until_thread_asleep(&waiter);
	return t;
}

/* Wake one, who may still be on his way to sleep: how many it were. */
static long wake_one(volatile int *word)
{
	long woken = 0;

	for (int i = 0; i < TRIES && woken == 0; i++) {
		woken = futex(word, FUTEX_WAKE, 1, 0, NULL);
		if (woken == 0)
			usleep(1000);
	}
	return woken;
}

static void *map(int prot, int flags, int fd)
{
	void *at = mmap(NULL, PAGE, prot, flags, fd, 0);

	if (at == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return at;
}

static int new_file(void)
{
	char path[] = "/tmp/futex-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || unlink(path) < 0 || ftruncate(fd, PAGE) < 0)
		bail_out("a file: %s", strerror(errno));
	return fd;
}

/* ---- requeue ---- */

static volatile int word, word2;

static void test_requeue(void)
{
	pthread_t t[WAITERS];
	long moved = 0;

	for (int i = 0; i < WAITERS; i++)
		t[i] = start_waiter(&word);
	for (int i = 0; i < TRIES && moved < WAITERS; i++) {
		usleep(1000);
		moved = futex(&word, FUTEX_REQUEUE, 0, 1000, &word);
	}
	is_int(moved, WAITERS, "onto its own word: each waiter once");
	is_int(futex(&word, FUTEX_REQUEUE, 1, INT_MAX, &word2), WAITERS,
	       "one is woken, the others are moved");
	is_int(futex(&word, FUTEX_WAKE, INT_MAX, 0, NULL), 0, "none is left");
	is_int(futex(&word2, FUTEX_WAKE, INT_MAX, 0, NULL), WAITERS - 1,
	       "they are there");
	for (int i = 0; i < WAITERS; i++)
		pthread_join(t[i], NULL);
	fails(futex(&word, FUTEX_REQUEUE, -1, 1, &word2), EINVAL,
	      "fewer than none to wake");
	fails(futex(&word, FUTEX_REQUEUE, 1, -1, &word2), EINVAL,
	      "fewer than none to move");
	fails(futex(&word, FUTEX_CMP_REQUEUE, 1, INT_MIN, &word2), EINVAL,
	      "the same with a comparison");
}

/* ---- whose word it is ---- */

/* The frame of a waiter's page is free; whoever gets it is a stranger. */
static int wake_strangers(void *unused TAP_UNUSED)
{
	int *old = map(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);

	*old = 0;
	start_waiter(old);
	munmap(old, PAGE);
	for (int i = 0; i < TRIES; i++) {
		int *new = map(PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1);

		*new = 0;
		if (futex(new, FUTEX_WAKE, 1, 0, NULL) != 0)
			return 1;
		munmap(new, PAGE);
	}
	return 0;
}

static void test_other_mapping(void)
{
	int fd = new_file();
	int *one = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	int *two = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	pthread_t t = start_waiter(one);

	munmap(one, PAGE);
	is_int(wake_one(two), 1, "through another mapping");
	pthread_join(t, NULL);
	t = start_waiter(two);
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, PAGE) < 0)
		bail_out("ftruncate");
	is_int(wake_one(two), 1, "the page was replaced by another");
	pthread_join(t, NULL);
	munmap(two, PAGE);
	close(fd);
}

/* Those that name several words, all but this one good. */
static void test_nameless(volatile int *anon)
{
	struct {
		uint64_t value, addr;
		uint32_t flags, reserved;
	} list[2] = {
		{ 0, (uintptr_t)&word, SIZE_U32, 0 },
		{ 0, (uintptr_t)anon, SIZE_U32, 0 },
	};

	word = 0;
	fails(futex(anon, FUTEX_REQUEUE, 1, 1, &word), EFAULT, "nobody is moved from it");
	fails(futex(&word, FUTEX_REQUEUE, 1, 1, anon), EFAULT, "nor to it");
	fails(futex(anon, FUTEX_CMP_REQUEUE_PI, 1, 1, &word), EFAULT,
	      "nor to a mutex that lends priority");
	fails(futex(&word, FUTEX_CMP_REQUEUE_PI, 1, 1, anon), EFAULT, "it is none itself");
	fails(futex(anon, FUTEX_LOCK_PI, 0, 0, NULL), EFAULT, "to be locked");
	if (under_qemu_user())
		skip(1, "qemu-user: old ones have no futex_waitv()");
	else
		fails(syscall(SYS_futex_waitv, list, 2, 0, NULL, 0), EFAULT,
		      "nor does it stand among several");
}

static void test_read_only(void)
{
	int fd = new_file();
	int *shared = map(PROT_READ, MAP_SHARED, fd);
	int *private = map(PROT_READ, MAP_PRIVATE, fd);
	int *anon = map(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	pthread_t t = start_waiter(shared);

	is_int(wake_one(private), 1, "a file's page, read-only");
	pthread_join(t, NULL);
	t = start_waiter(private);
	is_int(wake_one(shared), 1, "and the other way");
	pthread_join(t, NULL);
	fails(futex(anon, FUTEX_WAIT, 0, 0, NULL), EFAULT,
	      "memory that will never change");
	fails(futex(anon, FUTEX_WAKE, 1, 0, NULL), EFAULT, "nor be woken");
	fails(futex(anon, FUTEX_WAIT_PRIVATE, 1, 0, NULL), EAGAIN,
	      "called private it is a word like others");
	fails(futex(&word, FUTEX_WAKE_OP, 1, 1, shared), EFAULT,
	      "WAKE_OP cannot write there");
	test_nameless(anon);
	close(fd);
	munmap(shared, PAGE);
	munmap(private, PAGE);
	munmap(anon, PAGE);
}

static void test_private(void)
{
	int fd = new_file();
	int *shared = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	int *private = map(PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	pthread_t t = start_waiter(private);

	is_int(futex(shared, FUTEX_WAKE, 1, 0, NULL), 0,
	       "a private mapping that can be written is one's own");
	is_int(wake_one(private), 1, "and found there");
	pthread_join(t, NULL);
	munmap(shared, PAGE);
	munmap(private, PAGE);
	close(fd);
}

int main(void)
{
	plan(24);
	test_requeue();
	is_exit(in_child(wake_strangers, NULL), 0,
		"a wake on new memory reaches nobody");
	test_other_mapping();
	test_read_only();
	test_private();
	return done_testing();
}
