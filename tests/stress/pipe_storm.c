/*
 * tests/stress/pipe_storm.c
 *
 * Claim    Pipes lose, double and mix nothing, however many write and read at
 *          once, and the last close wakes everybody.
 * Method   Writers, processes and threads, send records of random length up to
 *          PIPE_BUF with a checksum into one pipe, without blocking when the
 *          seed is odd; one reader at a time takes the lock, reads a whole
 *          record and checks it. Sums of all records must agree at the end.
 * Catches  A wake-up that reaches only one of those who must see the end (race
 *          47), writers and readers on one queue (48), records that are mixed,
 *          lost wake-ups between full and empty (36).
 * -X       Records are written in two pieces.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>

struct record {
	unsigned short length;		/* of the bytes that follow the head */
	unsigned short writer;
	unsigned sum;
};

static struct {
	unsigned long written, read;	/* sums over all records */
	pthread_mutex_t reading;
} *shared;

static int fds[2];

static unsigned checksum(const unsigned char *bytes, int n, unsigned writer)
{
	unsigned sum = writer;

	for (int i = 0; i < n; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

static bool put(const void *bytes, size_t n)
{
	struct pollfd p = { .fd = fds[1], .events = POLLOUT };
	ssize_t done;

	while ((done = write(fds[1], bytes, n)) < 0 && errno == EAGAIN)
		poll(&p, 1, -1);
	return stress_check(done == (ssize_t)n, "write of %zu gives %zd", n,
			    done);
}

static void *write_records(void *me)
{
	struct rng rng = rng_of((long)me);
	unsigned char bytes[PIPE_BUF];
	struct record *head = (void *)bytes;
	size_t size;

	while (stress_go_on()) {
		head->length = rng_below(&rng, PIPE_BUF - sizeof(*head));
		head->writer = (long)me;
		for (int i = 0; i < head->length; i++)
			bytes[sizeof(*head) + i] = rng_next(&rng);
		head->sum = checksum(bytes + sizeof(*head), head->length,
				     head->writer);
		size = sizeof(*head) + head->length;
		if (stress.wrong ? !put(bytes, 4) || !put(bytes + 4, size - 4)
				 : !put(bytes, size))
			break;
		__atomic_fetch_add(&shared->written, head->sum,
				   __ATOMIC_RELAXED);
	}
	return NULL;
}

/* All @n bytes; false at the end. */
static bool get(void *bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = read(fds[0], (char *)bytes + done, n - done);

		if (r <= 0) {
			stress_check(r == 0 && done == 0,
				     "the pipe ends inside a record");
			return false;
		}
		done += r;
	}
	return true;
}

static bool read_record(void)
{
	static __thread unsigned char bytes[65536];
	struct record head;
	bool more;

	pthread_mutex_lock(&shared->reading);
	more = get(&head, sizeof(head)) &&
	       (head.length == 0 || get(bytes, head.length));
	pthread_mutex_unlock(&shared->reading);
	if (!more || stress_failed())
		return false;
	if (!stress_check(checksum(bytes, head.length, head.writer) == head.sum,
			  "a record of writer %d is damaged", head.writer))
		return false;
	__atomic_fetch_add(&shared->read, head.sum, __ATOMIC_RELAXED);
	stress_round();
	return true;
}

static void *read_records(void *unused)
{
	while (read_record())
		;
	return unused;
}

/* A process of two threads, which has only one end of the pipe. */
static void start(void *(*fn)(void *), int unused_end, long first)
{
	pthread_t t[2];

	if (tap_fork() != 0)
		return;
	close(fds[unused_end]);
	for (long i = 0; i < 2; i++)
		tap_thread(&t[i], NULL, fn, (void *)(first * 2 + i));
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	_exit(0);
}

int main(int argc, char **argv)
{
	pthread_mutexattr_t attr;

	stress_begin(argc, argv, 3, "pipes keep every record whole");
	shared = stress_map(PAGE, MAP_SHARED);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->reading, &attr);
	signal(SIGPIPE, SIG_IGN);
	if (pipe(fds) < 0)
		bail_out("pipe");
	if (stress.seed % 2)
		fcntl(fds[1], F_SETFL, O_NONBLOCK);
	for (long i = 0; i < stress.threads; i++)
		start(write_records, 0, i);
	for (long i = 0; i < stress.threads; i++)
		start(read_records, 1, i);
	close(fds[0]);
	close(fds[1]);
	stress_reap();
	stress_check(shared->read == shared->written || stress_failed(),
		     "the sums of what was written and read differ");
	return stress_end();
}
