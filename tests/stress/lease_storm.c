/*
 * tests/stress/lease_storm.c
 *
 * Claim    While somebody has a write lease that is not broken, nobody else has
 *          the file open: of one who opens it and one who wants a lease at the
 *          same time, the first waits or the second gets none.
 * Method   A process takes write leases, looks for others, and gives them up as
 *          soon as it is asked to; others open the file to read and to write,
 *          now and then without waiting, say that they are there, and close it.
 * Oracle   Who was there before the holder has looked at his lease, and found it
 *          unbroken, is a mistake. All of them go on.
 * Catches  Counts that are looked at before the lease is put up, leases that
 *          are looked for before the count; a holder who is not told, an opener
 *          who is not woken.
 * -X       The holder has none.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { LOOKS = 20 };

static char dir[] = "/dev/shm/lease_storm.XXXXXX";

static struct shared {
	int inside;		/* have it open */
	unsigned long opened, leased, refused;
} *shared;

static void count(unsigned long *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

static int others(void)
{
	return __atomic_load_n(&shared->inside, __ATOMIC_SEQ_CST);
}

static bool is_mine(int fd)
{
	return stress.wrong || fcntl(fd, F_GETLEASE) == F_WRLCK;
}

/* As long as nobody asks for it. */
static void keep(int fd)
{
	for (int i = 0; i < LOOKS && is_mine(fd); i++) {
		int n = others();

		if (n != 0 && is_mine(fd))
			stress_check(false, "a write lease, and %d have the file open", n);
	}
}

static void hold(struct rng *rng)
{
	int fd = open("f", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	rng_dither(rng);
	if (fd >= 0 && (stress.wrong || fcntl(fd, F_SETLEASE, F_WRLCK) == 0)) {
		keep(fd);
		count(&shared->leased);
		fcntl(fd, F_SETLEASE, F_UNLCK);
	}
	close(fd);
	stress_round();
}

static void use(struct rng *rng)
{
	int flags = rng_below(rng, 2) ? O_RDONLY : O_WRONLY, fd;

	if (rng_below(rng, 4) == 0)
		flags |= O_NONBLOCK;
	fd = open("f", flags | O_CLOEXEC);
	if (fd < 0) {
		stress_check((flags & O_NONBLOCK) && errno == EWOULDBLOCK,
			     "open: errno %d", errno);
		count(&shared->refused);
		return;
	}
	__atomic_fetch_add(&shared->inside, 1, __ATOMIC_SEQ_CST);
	rng_dither(rng);
	__atomic_fetch_sub(&shared->inside, 1, __ATOMIC_SEQ_CST);
	close(fd);
	count(&shared->opened);
	for (uint64_t n = rng_below(rng, 20); n > 0; n--)
		rng_dither(rng);
}

static void live(long me)
{
	struct rng rng = rng_of(me);

	while (stress_go_on()) {
		if (me == 0)
			hold(&rng);
		else
			use(&rng);
	}
}

int main(int argc, char **argv)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	stress_begin(argc, argv, 3, "a write lease is for one alone");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	fd = open("f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	stress_children(stress.threads, live);
	diag("%lu opened, %lu leases, %lu refused", shared->opened,
	     shared->leased, shared->refused);
	unlink("f");
	if (chdir("/") == 0)
		rmdir(dir);
	return stress_end();
}
