/*
 * tests/stress/missing_storm.c
 *
 * Claim    Who touches a missing page gets it, whether it is filled because he waits,
 *          or just before he begins to wait, or just after; and it has the bytes that
 *          it was filled with.
 * Method   In each round a range is missing. Threads touch all of its pages, each in an
 *          order of its own; one fills each page once, in another order; one is told
 *          of who waits, and fills what he waits for.
 * Oracle   Everybody ends; every byte is that of its page.
 * Catches  Somebody who sleeps for a page that is there; a page with another's bytes,
 *          or with none.
 * -X       Who fills wakes nobody.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>

enum { PAGES = 8, TOUCHERS = 3 };

static char *range, *source;
static int file;
static int over;	/* tap_told(): nobody is told any more */

static struct shared {
	unsigned long touched;	/* by all, in all rounds */
} *shared;

static char byte_of(int page)
{
	return (char)('a' + page);
}

static void fill(int page)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)range + (uintptr_t)page * PAGE,
		.src = (uintptr_t)source + (uintptr_t)page * PAGE,
		.len = PAGE,
		.mode = stress.wrong ? UFFDIO_COPY_MODE_DONTWAKE : 0,
	};

	if (ioctl(file, UFFDIO_COPY, &copy) != 0 && errno != EEXIST)
		stress_check(false, "page %d is not filled: %s", page,
			     strerror(errno));
}

/* All pages in some order. */
static void shuffle(struct rng *rng, int *pages)
{
	for (int i = 0; i < PAGES; i++)
		pages[i] = i;
	for (int i = PAGES - 1; i > 0; i--) {
		int k = (int)rng_below(rng, (unsigned long)i + 1), t = pages[i];

		pages[i] = pages[k];
		pages[k] = t;
	}
}

static void *touch_all(void *arg)
{
	struct rng rng = rng_of((long)arg);
	int pages[PAGES];

	shuffle(&rng, pages);
	for (int i = 0; i < PAGES; i++) {
		char got = *(volatile char *)(range + pages[i] * PAGE);

		stress_check(got == byte_of(pages[i]), "page %d has '%c'",
			     pages[i], got);
		__atomic_fetch_add(&shared->touched, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *fill_all(void *arg)
{
	struct rng rng = rng_of((long)arg);
	int pages[PAGES];

	shuffle(&rng, pages);
	for (int i = 0; i < PAGES; i++) {
		fill(pages[i]);
		rng_dither(&rng);
	}
	return NULL;
}

static void *answer_all(void *arg TAP_UNUSED)
{
	struct pollfd ready = { .fd = file, .events = POLLIN };
	struct uffd_msg message;

	while (!tap_told(&over))
		if (poll(&ready, 1, 1) > 0 &&
		    read(file, &message, sizeof(message)) == sizeof(message))
			fill((int)((message.arg.pagefault.address -
				    (uintptr_t)range) / PAGE));
	return NULL;
}

static void begin(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = {
		.range = { (uintptr_t)range, PAGES * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	madvise(range, PAGES * PAGE, MADV_DONTNEED);
	file = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (file < 0 || ioctl(file, UFFDIO_API, &api) != 0 ||
	    ioctl(file, UFFDIO_REGISTER, &r) != 0)
		bail_out("userfaultfd: %s", strerror(errno));
}

static void one_round(long round)
{
	pthread_t touchers[TOUCHERS], filler, answerer;

	begin();
	over = 0;
	tap_thread(&answerer, NULL, answer_all, NULL);
	for (long i = 0; i < TOUCHERS; i++)
		tap_thread(&touchers[i], NULL, touch_all,
			   (void *)(round * (TOUCHERS + 1) + i));
	tap_thread(&filler, NULL, fill_all,
		   (void *)(round * (TOUCHERS + 1) + TOUCHERS));
	for (int i = 0; i < TOUCHERS; i++)
		pthread_join(touchers[i], NULL);
	pthread_join(filler, NULL);
	tap_tell(&over, 1);
	pthread_join(answerer, NULL);
	close(file);
}

/* Who watches: pages are touched. */
static void look(void)
{
	static struct stress_seen seen;

	if (stress_stands(&seen, __atomic_load_n(&shared->touched, __ATOMIC_RELAXED)))
		stress_check(false, "somebody waits for a page, and all are there");
}

static void prepare(void)
{
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	range = stress_map(PAGES * PAGE, MAP_PRIVATE);
	source = stress_map(PAGES * PAGE, MAP_PRIVATE);
	for (int i = 0; i < PAGES; i++)
		memset(source + i * PAGE, byte_of(i), PAGE);
}

int main(int argc, char **argv)
{
	if (geteuid() != 0)
		skip_all("only root makes calls wait");
	stress_begin(argc, argv, 1, "who touches a missing page gets it");
	prepare();

	pid_t watch = stress_watch(look);

	for (long round = 0; stress_go_on(); round++) {
		one_round(round);
		stress_round();
	}
	stress_watch_end(watch);
	return stress_end();
}
