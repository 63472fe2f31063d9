/*
 * tests/abi/wake_first.c
 *
 * Claim    Who wakes and has not used up his share of a hart does not wait
 *          until the turn of one who computes is over; but who wakes often
 *          does not keep him from computing.
 * Method   All are bound to one hart.  How much one counts in a turn, he sees
 *          beside another who counts; then how much he counts from when he
 *          wakes somebody until that one has run; of each the median.  At
 *          last one who computes nearly all the time, and sleeps shortly.  In
 *          counted time only: tests/boot/counted.t.
 * Oracle   Progress is compared with progress, coarsely.
 */
#define _GNU_SOURCE
#include "libshare.h"

#include <sys/mman.h>

enum { OTHER = 0, ANSWERS = 64, TURNS = 21 };

static volatile long *word;	/* shared, a cache line for each */

static void end(pid_t pid)
{
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Count until @which is no more what it was @before: how far that is. */
static long count_until(int which, long before)
{
	long n = 0;

	while (word[which] == before)
		n++;
	return n;
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long median(long counts[TURNS])
{
	qsort(counts, TURNS, sizeof(counts[0]), compare);
	return counts[TURNS / 2];
}

/* How far this process counts in a turn, with another one beside. */
static long count_turn(void)
{
	pid_t other = tap_fork();
	long n[TURNS];

	while (other == 0)
		word[OTHER]++;
	for (int i = 0; i < TURNS; i++)
		n[i] = count_until(OTHER, word[OTHER]);
	end(other);
	return median(n);
}

static void answer(int fd)
{
	char c;

	while (read(fd, &c, 1) == 1)
		word[ANSWERS]++;
	_exit(0);
}

/* How far it counts until somebody whom it wakes has run. */
static long until_answered(void)
{
	pid_t other;
	long n[TURNS];
	int ask[2];

	if (pipe(ask) < 0)
		bail_out("pipe: %s", strerror(errno));
	other = tap_fork();
	if (other == 0) {
		close(ask[1]);
		answer(ask[0]);
	}
	for (int i = 0; i < TURNS; i++) {
		long before = word[ANSWERS];

		if (write(ask[1], "x", 1) != 1)
			bail_out("write: %s", strerror(errno));
		n[i] = count_until(ANSWERS, before);
	}
	close(ask[0]);
	close(ask[1]);
	waitpid(other, NULL, 0);
	return median(n);
}

/* Computes for most of a turn, sleeps as shortly as can be, and so on. */
static pid_t start_busy_sleeper(long most)
{
	pid_t pid = tap_fork();

	while (pid == 0) {
		for (long i = 0; i < most; i++)
			word[OTHER]++;
		usleep(100);
	}
	return pid;
}

static void test_greedy(long most)
{
	pid_t greedy = start_busy_sleeper(most);
	long from = word[OTHER], own = 0;

	while (word[OTHER] < from + 20 * most)
		own++;
	end(greedy);
	ok_without_errno(own > 5 * most, "he who computes has his share: "
			 "%ld beside %ld", own, 20 * most);
}

static void test_woken(void)
{
	long turn = count_turn(), wait = until_answered();

	diag("%ld of %ld", wait, turn);
	ok_without_errno(wait < turn / 4, "who is woken runs soon");
	test_greedy(turn * 9 / 10);
}

int main(void)
{
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (word == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	if (skip_unless_counted(2))
		return done_testing();
	stay_here();
	test_woken();
	return done_testing();
}
