/*
 * file_pieces.c - a file is cut while its mapping is taken apart.
 *
 * Claim:  what a file has lost is mapped nowhere: not where a store had just
 *         made a private copy, not where mappings were split, joined or moved
 *         at that moment, nor in a child that was just being forked.
 * Method: a file is mapped private in two places, where some pages have been
 *         written, some read, and some not touched.  One thread makes the file
 *         empty; others, at the same time, let
 *         the kernel store to the pages in any order, split and join pieces by
 *         mprotect(), also to PROT_NONE, move pieces to and fro by mremap(),
 *         and fork.
 * Oracle: when all of them are done, no page can be read, neither here nor by
 *         the child: EFAULT, or on a direct access SIGBUS.
 * -X:     the file keeps its first page.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { PAGES = 24, PIECE = 2, RACERS = 5 };

static char *maps[2];
static char *spare;		/* room for one piece */
static int fd, zeros, asks[2];
static struct meeting begun, ended;
static bool over;
static pid_t child;

/* A page of one of the mappings. */
static char *some_page(struct rng *rng)
{
	return maps[rng_below(rng, 2)] + rng_below(rng, PAGES) * PAGE;
}

static char *some_piece(struct rng *rng)
{
	return maps[1] + rng_below(rng, PAGES / PIECE) * PIECE * PAGE;
}

/* ---- what happens at once ---- */

static void cut(struct rng *rng)
{
	rng_dither(rng);
	stress_check(ftruncate(fd, stress.wrong ? PAGE : 0) == 0,
		     "ftruncate: errno %d", errno);
}

static void store(struct rng *rng)
{
	for (int i = 0; i < PAGES / 2; i++)
		(void)!read(zeros, some_page(rng), 1);
	/* Neighbours in order are copied several at once. */
	for (int i = 0; i < PAGES; i++)
		(void)!read(zeros, maps[0] + i * PAGE, 1);
}

static void take_apart(struct rng *rng)
{
	for (int i = 0; i < 4; i++) {
		char *piece = some_piece(rng);
		int prot = rng_below(rng, 2) ? PROT_NONE : PROT_READ;

		mprotect(piece, PIECE * PAGE, prot);
		mprotect(piece, PIECE * PAGE, PROT_READ | PROT_WRITE);
	}
}

static void move_to_and_fro(struct rng *rng)
{
	for (int i = 0; i < 2; i++) {
		char *piece = maps[0] + rng_below(rng, PAGES / PIECE) * PIECE * PAGE;

		mremap(piece, PIECE * PAGE, PIECE * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, spare);
		mremap(spare, PIECE * PAGE, PIECE * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, piece);
	}
}

/* A write of it, which fails when it cannot be read. */
static bool can_be_read(const char *page)
{
	char c;

	if (write(asks[1], page, 1) != 1)
		return false;
	return read(asks[0], &c, 1) == 1;
}

static int nr_readable(void)
{
	int n = 0;

	for (int i = 0; i < 2 * PAGES; i++)
		n += can_be_read(maps[i % 2] + i / 2 * PAGE);
	return n;
}

/* The child waits until all is over, and then looks. */
static int ask_later[2];

static void be_child(void)
{
	char c;

	close(ask_later[1]);
	if (pipe(asks) < 0 || read(ask_later[0], &c, 1) != 0)
		_exit(200);
	_exit(nr_readable());
}

static void fork_once(struct rng *rng)
{
	rng_dither(rng);
	child = tap_fork();
	if (child == 0)
		be_child();
}

/* ---- rounds ---- */

static void map_file(int i)
{
	maps[i] = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		       fd, 0);
	if (maps[i] == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
}

static void begin_round(void)
{
	if (ftruncate(fd, PAGES * PAGE) < 0 || pipe(ask_later) < 0)
		bail_out("a round: %s", strerror(errno));
	map_file(0);
	map_file(1);
	for (int i = 0; i < PAGES; i += 2) {
		maps[0][i * PAGE] = 1;
		(void)*(volatile char *)(maps[0] + (i + 1) * PAGE);
		(void)*(volatile char *)(maps[1] + i / 2 * PAGE);
	}
}

static void end_round(void)
{
	int status, left = nr_readable();

	stress_check(left == 0, "%d pages that the file has lost are mapped",
		     left);
	close(ask_later[1]);
	waitpid(child, &status, 0);
	stress_check(status == 0, "%d of them in a child of fork",
		     WEXITSTATUS(status));
	close(ask_later[0]);
	munmap(maps[0], PAGES * PAGE);
	munmap(maps[1], PAGES * PAGE);
	stress_round();
}

static void *race(void *arg)
{
	static void (*const jobs[RACERS])(struct rng *) = {
		cut, fork_once, take_apart, move_to_and_fro, store,
	};
	struct rng rng = rng_of((uint64_t)arg);

	for (;;) {
		if (arg == NULL && !(over = !stress_go_on()))
			begin_round();
		meet(&begun, RACERS);
		if (over)
			return NULL;
		jobs[(long)arg](&rng);
		meet(&ended, RACERS);
		if (arg == NULL)
			end_round();
	}
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 1, "what a file has lost is mapped nowhere");
	fd = stress_file("file_pieces.tmp");
	zeros = open("/dev/zero", O_RDONLY);
	spare = stress_map(PIECE * PAGE, MAP_PRIVATE);
	if (zeros < 0 || pipe(asks) < 0)
		bail_out("open: %s", strerror(errno));
	stress_threads(RACERS, race);
	return stress_end();
}
