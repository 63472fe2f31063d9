/*
 * tests/stress/fifo_open.c
 *
 * Claim    Who opens one end of a FIFO meets who opens the other, however
 *          short that one stays; all who open a name share one pipe; bytes
 *          arrive, and the end is seen when the last writer has gone.
 * Method   Each round makes FIFOs. By turns two processes open one at once,
 *          one for reading, which removes the name, and one for writing,
 *          which writes some bytes, or none, and closes; or four open the same
 *          one, and go on when all have. Half of the readers wait for bytes
 *          in poll() or select(), not in read().
 * Oracle   Bytes read are bytes written. A watch sees a process that waits in
 *          a round in which nothing happens any more.
 * Catches  An open() that looks whether the other end is there, and not
 *          whether it came; two pipes for one name; an end that wakes nobody;
 *          poll() that looks before it watches.
 * -X       A writer does not open.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/stat.h>

enum { PLAYERS = 4, MOST_BYTES = 3 };

static struct shared {
	struct meeting start, all_open, end;
	unsigned long rounds;
	long written, read;
	bool one_for_all;	/* this round: all open the same */
	bool over;
} *shared;

static void name_of(char *name, size_t n, long me)
{
	snprintf(name, n, "fifo.%ld", shared->one_for_all ? 0 : me / 2);
}

static int open_end(long me, int flags)
{
	char name[40];
	int fd;

	name_of(name, sizeof(name), me);
	fd = open(name, flags | O_CLOEXEC);
	stress_check(fd >= 0, "open: errno %d", errno);
	if (shared->one_for_all)
		meet(&shared->all_open, PLAYERS);
	else if (flags == O_RDONLY)
		unlink(name);
	return fd;
}

/* ---- the two ends ---- */

static void write_some(struct rng *rng, long me)
{
	int n = rng_below(rng, MOST_BYTES + 1), fd = open_end(me, O_WRONLY);

	for (int i = 0; i < n; i++) {
		stress_check(write(fd, "x", 1) == 1, "write: errno %d", errno);
		__atomic_fetch_add(&shared->written, 1, __ATOMIC_RELAXED);
		rng_dither(rng);
	}
	close(fd);
}

static void wait_by_poll(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	stress_check(poll(&p, 1, -1) == 1, "poll: errno %d", errno);
	stress_check(p.revents & (POLLIN | POLLHUP), "poll says %#x",
		     p.revents);
}

static void wait_by_select(int fd)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	stress_check(select(fd + 1, &set, NULL, NULL, NULL) == 1,
		     "select: errno %d", errno);
}

static void read_all(struct rng *rng, long me)
{
	int how = rng_below(rng, 4), fd = open_end(me, O_RDONLY);
	ssize_t n;
	char c;

	do {
		if (how == 0)
			wait_by_poll(fd);
		else if (how == 1)
			wait_by_select(fd);
		n = read(fd, &c, 1);
		if (n > 0)
			__atomic_fetch_add(&shared->read, n, __ATOMIC_RELAXED);
	} while (n > 0);
	stress_check(n == 0, "read: errno %d", errno);
	close(fd);
}

/* ---- a round ---- */

static void play(struct rng *rng, long me)
{
	meet(&shared->start, PLAYERS);
	rng_dither(rng);
	if (me % 2 == 0)
		read_all(rng, me);
	else if (!stress.wrong || rng_below(rng, 4) != 0)
		write_some(rng, me);
	meet(&shared->end, PLAYERS);
}

static void make_fifos(bool one_for_all)
{
	shared->one_for_all = one_for_all;
	shared->written = shared->read = 0;
	unlink("fifo.0");
	unlink("fifo.1");
	if (mkfifo("fifo.0", 0600) < 0 || mkfifo("fifo.1", 0600) < 0)
		bail_out("mkfifo: %s", strerror(errno));
}

static void check_bytes(void)
{
	stress_check(shared->read == shared->written,
		     "%ld bytes were read, %ld written", shared->read,
		     shared->written);
	shared->rounds++;
	stress_round();
}

static void live(long me)
{
	struct rng rng = rng_of(me);

	for (int i = 0;; i++) {
		if (me == 0) {
			make_fifos(i % 2);
			shared->over = !stress_go_on();
		}
		meet(&shared->end, PLAYERS);
		if (shared->over)
			break;
		play(&rng, me);
		if (me == 0)
			check_bytes();
	}
}

static void look(void)
{
	static struct stress_seen seen;

	if (stress_stands(&seen, shared->rounds) && !shared->over)
		stress_check(false, "both ends of a FIFO were opened, and somebody still waits");
}

int main(int argc, char **argv)
{
	char dir[] = "fifo_open.XXXXXX";
	pid_t watch, pid[PLAYERS];
	int status;

	stress_begin(argc, argv, PLAYERS, "who opens a FIFO meets the other end");
	signal(SIGPIPE, SIG_IGN);
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	watch = stress_watch(look);
	for (long i = 0; i < PLAYERS; i++) {
		pid[i] = tap_fork();
		if (pid[i] == 0) {
			live(i);
			_exit(0);
		}
	}
	for (int i = 0; i < PLAYERS; i++) {
		waitpid(pid[i], &status, 0);
		stress_check(status == 0, "a child: wait status %#x", status);
	}
	stress_watch_end(watch);
	unlink("fifo.0");
	unlink("fifo.1");
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
