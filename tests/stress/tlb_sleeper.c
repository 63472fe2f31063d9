/*
 * tests/stress/tlb_sleeper.c
 *
 * Claim    A thread that slept while a page was replaced reads the new page
 *          when it wakes up.
 * Method   The sleeper has a hart for itself: it reads the page, so that its
 *          hart has the translation, and sleeps; the hart goes idle and keeps
 *          satp. Meanwhile another thread maps another page of a file there; page
 *          k of the file holds the number k. Then the sleeper reads again.
 * Harts:   2
 * Catches  A hart that was not told, because it did not run the address
 *          space, and does not ask when it comes back (race 24).
 * -X       The page is replaced only after the sleeper was woken.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { NAP_US = 200, REPLACER = 0, SLEEPER = 1, FILE_PAGES = 64 };

static int fd;
static volatile long *window;
static int to_sleeper[2], to_replacer[2];

static void say(int fd, long what)
{
	if (write(fd, &what, sizeof(what)) != sizeof(what))
		bail_out("write: %s", strerror(errno));
}

static long hear(int fd)
{
	long what;

	if (read(fd, &what, sizeof(what)) != sizeof(what))
		bail_out("read: %s", strerror(errno));
	return what;
}

static void *sleeper(void *arg TAP_UNUSED)
{
	long round;

	stay_on(SLEEPER);
	while ((round = hear(to_sleeper[0])) >= 0) {
		long seen = *window;

		stress_check(seen == round % FILE_PAGES,
			     "awake again, it reads page %ld, not %ld", seen,
			     round % FILE_PAGES);
		say(to_replacer[1], round);
	}
	return NULL;
}

static void replace_page(long round)
{
	if (mmap((void *)window, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
		 round % FILE_PAGES * PAGE) != window)
		bail_out("mmap: %s", strerror(errno));
}

static void *replacer(void *arg TAP_UNUSED)
{
	stay_on(REPLACER);
	for (long round = 0; stress_go_on(); round++) {
		usleep(NAP_US);
		if (!stress.wrong)
			replace_page(round);
		say(to_sleeper[1], round);
		hear(to_replacer[0]);
		if (stress.wrong)
			replace_page(round);
		stress_round();
	}
	say(to_sleeper[1], -1);
	return NULL;
}

static void *play(void *me)
{
	return me ? sleeper(NULL) : replacer(NULL);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 2, "a thread wakes up to the present pages");
	fd = stress_numbered_file("tlb_sleeper.tmp", FILE_PAGES);
	window = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (pipe(to_sleeper) < 0 || pipe(to_replacer) < 0)
		bail_out("pipe: %s", strerror(errno));
	stress_threads(2, play);
	return stress_end();
}
