/*
 * tests/stress/lock_storm.c
 *
 * Claim    Advisory locks exclude whom they should, whoever unlocks, cuts,
 *          upgrades or closes meanwhile; who waits gets the lock when it is
 *          given up; and none is left behind by a descriptor that is closed.
 * Method   Processes take random locks of one file: of the open file, shared
 *          or exclusive and from one to the other; or of some of its bytes,
 *          given back in pieces. Who has one says so in shared memory and
 *          gives the hart away. Two hand one lock over, which is given up
 *          once for each that waits, or both go from shared to exclusive. Of
 *          two threads one waits for bytes that another process has, and one
 *          closes the descriptor.
 * Oracle   A count in shared memory of who is inside; F_GETLK when both
 *          threads are done: nothing is locked by a process that has closed
 *          the file. Who sleeps for a lock while nobody gets any was forgotten.
 * Catches  A conflict that is looked for outside the lock; a wait that begins
 *          after the release; an upgrade that keeps what it has; a lock that
 *          is taken behind a close().
 * -X       Now and then somebody goes inside without a lock.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/file.h>

enum { BYTES = 4, TURNS = 20, HANDED = 40, UPGRADED = 4 };

static struct shared {
	unsigned long taken;		/* of all locks, for the watch */
	bool waiting;
	int handed;			/* in hand_over() */
	struct place {
		int readers, writers;
	} whole, byte[BYTES];
	struct meeting start;
} *shared;

static int fd;

/* ---- who is inside ---- */

static int change(int *count, int by)
{
	return __atomic_add_fetch(count, by, __ATOMIC_SEQ_CST);
}

static void enter(struct place *p, bool alone)
{
	int me = change(alone ? &p->writers : &p->readers, 1);

	__atomic_fetch_add(&shared->taken, 1, __ATOMIC_RELAXED);
	if (alone)
		stress_check(me == 1 && p->readers == 0,
			     "%d are alone, with %d others", me, p->readers);
	else
		stress_check(p->writers == 0, "somebody shares, %d are alone",
			     p->writers);
}

static void leave(struct place *p, bool alone)
{
	change(alone ? &p->writers : &p->readers, -1);
}

/* ---- flock() ---- */

static bool goes_without(struct rng *rng)
{
	return stress.wrong && rng_below(rng, 8) == 0;
}

static void take_whole(struct rng *rng, bool alone)
{
	if (!goes_without(rng))
		stress_check(flock(fd, alone ? LOCK_EX : LOCK_SH) == 0,
			     "flock: errno %d", errno);
	enter(&shared->whole, alone);
	sched_yield();
	leave(&shared->whole, alone);
}

/* From one to the other without giving it up between. */
static void lock_whole(struct rng *rng)
{
	take_whole(rng, rng_below(rng, 2));
	if (rng_below(rng, 2))
		take_whole(rng, rng_below(rng, 2));
	stress_check(flock(fd, LOCK_UN) == 0, "LOCK_UN: errno %d", errno);
}

/* ---- fcntl() ---- */

static int lock_range(int file, int cmd, int type, int first, int n)
{
	struct flock l = {
		.l_type = type, .l_whence = SEEK_SET,
		.l_start = first, .l_len = n,
	};

	return fcntl(file, cmd, &l);
}

static void lock_bytes(struct rng *rng)
{
	int first = rng_below(rng, BYTES), n = 1 + rng_below(rng, BYTES - first);
	int middle = first + rng_below(rng, n);
	bool alone = rng_below(rng, 2);

	if (!goes_without(rng))
		stress_check(lock_range(fd, F_SETLKW, alone ? F_WRLCK : F_RDLCK,
					first, n) == 0, "F_SETLKW: errno %d",
			     errno);
	for (int i = first; i < first + n; i++)
		enter(&shared->byte[i], alone);
	sched_yield();
	for (int i = first; i < first + n; i++)
		leave(&shared->byte[i], alone);
	lock_range(fd, F_SETLK, F_UNLCK, middle, 1);
	stress_check(lock_range(fd, F_SETLK, F_UNLCK, first, n) == 0,
		     "F_UNLCK: errno %d", errno);
}

static void live(long me)
{
	struct rng rng = rng_of(me);

	fd = open("file", O_RDWR);
	for (int i = 0; i < TURNS && !stress_failed(); i++) {
		if (rng_below(&rng, 2))
			lock_whole(&rng);
		else
			lock_bytes(&rng);
	}
	close(fd);
}

/* ---- a lock that is given up once ---- */

/* The one release is all that can wake who waits. */
static void take_once(struct rng *rng, bool whole)
{
	meet(&shared->start, 2);
	rng_dither(rng);
	if (whole)
		stress_check(flock(fd, LOCK_EX) == 0 && flock(fd, LOCK_UN) == 0,
			     "flock: errno %d", errno);
	else if (lock_range(fd, F_SETLKW, F_WRLCK, 0, 1) < 0 ||
		 lock_range(fd, F_SETLK, F_UNLCK, 0, 1) < 0)
		stress_check(false, "F_SETLKW: errno %d", errno);
	change(&shared->handed, 1);
}

/* Both share it, and then both want it alone: one gives up what it has. */
static void upgrade_once(struct rng *rng)
{
	flock(fd, LOCK_SH);
	meet(&shared->start, 2);
	rng_dither(rng);
	stress_check(flock(fd, LOCK_EX) == 0, "LOCK_EX: errno %d", errno);
	enter(&shared->whole, true);
	sched_yield();
	leave(&shared->whole, true);
	flock(fd, LOCK_UN);
	meet(&shared->start, 2);
}

static void take_all(void)
{
	struct rng rng = rng_of(1);

	fd = open("file", O_RDWR);
	for (int i = 0; i < HANDED && !stress_failed(); i++)
		take_once(&rng, i % 2);
	for (int i = 0; i < UPGRADED && !stress_failed(); i++)
		upgrade_once(&rng);
	close(fd);
}

static void give_once(struct rng *rng, bool whole)
{
	int before = shared->handed;

	if (whole)
		flock(fd, LOCK_EX);
	else
		lock_range(fd, F_SETLK, F_WRLCK, 0, 1);
	meet(&shared->start, 2);
	rng_dither(rng);
	if (whole)
		flock(fd, LOCK_UN);
	else
		lock_range(fd, F_SETLK, F_UNLCK, 0, 1);
	while (*(volatile int *)&shared->handed == before && !stress_failed())
		sched_yield();
	__atomic_fetch_add(&shared->taken, 1, __ATOMIC_RELAXED);
}

static void hand_over(struct rng *rng)
{
	if (tap_fork() == 0) {
		take_all();
		_exit(0);
	}
	for (int i = 0; i < HANDED && !stress_failed(); i++)
		give_once(rng, i % 2);
	for (int i = 0; i < UPGRADED && !stress_failed(); i++)
		upgrade_once(rng);
}

/* ---- close() against a wait ---- */

static int closing;

static void *wait_for_lock(void *unused)
{
	if (lock_range(closing, F_SETLKW, F_WRLCK, 100, 1) < 0)
		stress_check(errno == EBADF, "F_SETLKW: errno %d", errno);
	__atomic_fetch_add(&shared->taken, 1, __ATOMIC_RELAXED);
	return unused;
}

/* In a process with the wait in another thread, @holder has the lock. */
static void close_while_waiting(struct rng *rng)
{
	struct flock l = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100,
		.l_len = 1,
	};
	pthread_t t;

	closing = open("file", O_RDWR);
	tap_thread(&t, NULL, wait_for_lock, NULL);
	meet(&shared->start, 2);
	for (int i = rng_below(rng, 4); i > 0; i--)
		sched_yield();
	rng_dither(rng);
	close(closing);
	pthread_join(t, NULL);
	meet(&shared->start, 2);	/* the holder looks meanwhile */
	meet(&shared->start, 2);
	stress_check(fcntl(fd, F_GETLK, &l) == 0, "F_GETLK: errno %d", errno);
}

/* The parent of that. */
static void hold_and_look(struct rng *rng)
{
	struct flock l = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100,
		.l_len = 1,
	};

	meet(&shared->start, 2);
	rng_dither(rng);
	sched_yield();
	lock_range(fd, F_SETLK, F_UNLCK, 100, 1);
	meet(&shared->start, 2);
	stress_check(fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_UNLCK,
		     "process %d has closed the file and has it locked",
		     l.l_pid);
	meet(&shared->start, 2);
}

static void close_against_lock(struct rng *rng)
{
	lock_range(fd, F_SETLK, F_WRLCK, 100, 1);
	if (tap_fork() == 0) {
		close_while_waiting(rng);
		_exit(0);
	}
	hold_and_look(rng);
}

/* ---- all ---- */

static void look(void)
{
	static struct stress_seen seen;

	if (!shared->waiting)
		seen.looks = 0;
	else if (stress_stands(&seen, shared->taken))
		stress_check(false, "all wait for locks, and nobody gets one");
}

static void one_round(struct rng *rng)
{
	shared->waiting = true;
	close_against_lock(rng);
	hand_over(rng);
	for (long i = 0; i < stress.threads; i++)
		if (tap_fork() == 0) {
			live(rng_next(rng) + i);
			_exit(0);
		}
	for (int i = 0; i < stress.threads + 2; i++) {
		int status;

		wait(&status);
		stress_check(status == 0, "a child: wait status %#x", status);
	}
	shared->waiting = false;
	stress_round();
}

int main(int argc, char **argv)
{
	char dir[] = "lock_storm.XXXXXX";
	struct rng rng;
	pid_t watch;

	stress_begin(argc, argv, 4, "advisory locks exclude, and are given back");
	rng = rng_of(0);
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	fd = open("file", O_RDWR | O_CREAT, 0600);
	if (fd < 0)
		bail_out("file: %s", strerror(errno));
	watch = stress_watch(look);
	while (stress_go_on())
		one_round(&rng);
	stress_watch_end(watch);
	unlink("file");
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
