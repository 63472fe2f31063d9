/*
 * tests/stress/shared_file.c
 *
 * Claim    A file that is mapped, written, read, cut short and grown by several
 *          processes at once shows each byte as somebody wrote it, or zero, or
 *          is not there (SIGBUS); what was cut off never comes back.
 * Method   Each page holds a generation number times the page's factor. One
 *          process truncates and grows; others store and load through shared
 *          mappings, made and dropped all the time, and by pread and pwrite.
 *          After a cut the truncator itself must read zeros where nobody else
 *          may write.
 * Catches  A page mapped after truncation took it, a page-cache page freed
 *          under a mapping, stale translations of file pages.
 * -X       A stranger's value is written now and then.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <setjmp.h>

enum { PAGES = 16 };

static int fd;
static sigjmp_buf out;
static volatile long *map;

static void on_bus(int sig TAP_UNUSED)
{
	siglongjmp(out, 1);
}

/* What may stand in page @p: a multiple of its factor. */
static long factor(int p)
{
	return 1000003 + 2 * p;
}

static void check_value(int p, long value, const char *how)
{
	stress_check(value % factor(p) == 0, "%s: page %d holds %ld", how, p,
		     value);
}

static void use_mapping(struct rng *rng)
{
	int p = rng_below(rng, PAGES);
	volatile long *word = map + p * (PAGE / sizeof(long));

	if (sigsetjmp(out, 1))
		return;		/* it is behind the end just now */
	check_value(p, *word, "mapping");
	*word = factor(p) * (long)rng_below(rng, 1000);
	check_value(p, *word, "mapping");
}

static void use_file(struct rng *rng)
{
	int p = rng_below(rng, PAGES);
	long value = 0;

	if (pread(fd, &value, sizeof(value), p * PAGE) == sizeof(value))
		check_value(p, value, "pread");
	value = factor(p) * (long)rng_below(rng, 1000);
	if (stress.wrong)
		value++;
	stress_check(pwrite(fd, &value, sizeof(value), p * PAGE) ==
		     sizeof(value), "pwrite: errno %d", errno);
}

static void remap(void)
{
	if (map)
		munmap((void *)map, PAGES * PAGE);
	map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	stress_check(map != MAP_FAILED, "mmap: errno %d", errno);
}

static void live(long me)
{
	struct rng rng = rng_of(me);

	remap();
	while (stress_go_on()) {
		switch (rng_below(&rng, 10)) {
		case 0:
			remap();
			break;
		case 1:
		case 2:
			use_file(&rng);
			break;
		case 3:
			msync((void *)map, PAGES * PAGE, MS_SYNC);
			break;
		default:
			use_mapping(&rng);
		}
		stress_round();
	}
}

/* Cuts and grows; the last page is only the truncator's. */
static void truncate_and_grow(void)
{
	struct rng rng = rng_of(500);
	long value, mark = 0x77777777;

	while (stress_go_on()) {
		off_t last = PAGES * PAGE;

		stress_check(pwrite(fd, &mark, 8, last) == 8,
			     "pwrite: errno %d", errno);
		stress_check(ftruncate(fd, rng_below(&rng, PAGES) * PAGE) == 0,
			     "ftruncate: errno %d", errno);
		rng_dither(&rng);
		stress_check(ftruncate(fd, last + PAGE) == 0,
			     "ftruncate: errno %d", errno);
		stress_check(pread(fd, &value, 8, last) == 8 && value == 0,
			     "what was cut off comes back: %#lx", value);
		stress_round();
		if (rng_below(&rng, 4) == 0)
			sched_yield();
	}
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_bus };

	if (under_qemu_user())
		skip_all("qemu-user: SIGBUS behind the end kills it");
	stress_begin(argc, argv, 3, "a shared file is what was written to it");
	fd = stress_file("shared_file.tmp");
	sigaction(SIGBUS, &act, NULL);
	for (long i = 0; i < stress.threads; i++) {
		if (tap_fork() == 0) {
			live(i);
			_exit(0);
		}
	}
	truncate_and_grow();
	stress_reap();
	return stress_end();
}
