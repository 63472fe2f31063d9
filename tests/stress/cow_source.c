/*
 * cow_source.c - the page that a fault copies goes away meanwhile.
 *
 * Claim:  the private copy of a file's page holds what the file held when the
 *         copy took the page's place.
 * Method: a thread maps a file privately and writes a word of its page, while
 *         another one truncates the file, writes it anew and looks at it
 *         through the same mapping. The new page of the file often gets the
 *         frame that the old one had, so the entry looks as if nothing had
 *         happened.
 * Oracle: who has seen the new contents in the mapping does not see the old
 *         ones again.
 * -X:     the new contents are the old ones and one.
 */
#include "libstress.h"

#include <setjmp.h>
#include <signal.h>

enum { WORDS = PAGE / sizeof(long), LOOK = WORDS / 2 };

static int fd;
static volatile unsigned long *map;
/* Shared memory: a private page would be copied, too. */
static struct {
	struct meeting before, after;
	unsigned long turn;
	volatile bool storing;
} *common;
static __thread sigjmp_buf no_page;

static void on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(no_page, 1);
}

static void write_file(unsigned long value)
{
	unsigned long words[WORDS];

	for (int i = 0; i < WORDS; i++)
		words[i] = value;
	if (pwrite(fd, words, sizeof(words), 0) != sizeof(words))
		bail_out("pwrite: %s", strerror(errno));
}

static void write_word(void)
{
	/* The file may be empty at this moment. */
	if (sigsetjmp(no_page, 1) == 0) {
		common->storing = true;
		map[0] = 1;
	}
}

static void replace_file(struct rng *rng)
{
	unsigned long seen, value = common->turn + 1;

	/* A thread that has yielded comes late. */
	while (!common->storing)
		sched_yield();
	rng_dither(rng);
	if (ftruncate(fd, 0) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	write_file(value + stress.wrong);
	seen = map[LOOK];
	stress_check(seen == value, "the mapping holds %lu, the file %lu", seen,
		     value);
}

/* The file's page is there and mapped, as yet unwritten. */
static void begin_turn(void)
{
	common->storing = false;
	common->turn = stress_go_on() ? common->turn + 2 : 0;
	if (ftruncate(fd, 0) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	write_file(common->turn);
	stress_check(map[LOOK] == common->turn, "the mapping holds %lu",
		     map[LOOK]);
}

static void *write_words(void *unused)
{
	for (;;) {
		meet(&common->before, 2);
		if (common->turn == 0)
			return unused;
		write_word();
		meet(&common->after, 2);
	}
}

static void *replace_files(void *unused)
{
	struct rng rng = rng_of(0);

	for (;;) {
		begin_turn();
		meet(&common->before, 2);
		if (common->turn == 0)
			return unused;
		replace_file(&rng);
		meet(&common->after, 2);
		stress_check(map[LOOK] == common->turn + 1,
			     "the page went back to what the file held before: %lu, then %lu",
			     common->turn + 1, map[LOOK]);
		stress_round();
	}
}

static void *run(void *me)
{
	return me == 0 ? write_words(me) : replace_files(me);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_sigbus };

	stress_begin(argc, argv, 2, "a copy is of the page that is there");
	common = stress_map(PAGE, MAP_SHARED);
	fd = stress_file("cow_source.tmp");
	sigaction(SIGBUS, &action, NULL);
	common->turn = 2;
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	stress_threads(2, run);
	return stress_end();
}
