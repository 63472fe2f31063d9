/*
 * mremap_truncate.c - a mapping moves while its file is truncated.
 *
 * Claim:  a page that is freed through the new place of a moved mapping is
 *         not used through the old one.
 * Method: a page of a file is mapped shared.  One thread moves the mapping to
 *         and fro, a second one truncates the file to nothing and extends it
 *         again, the others write to the mapping's two places and take
 *         SIGBUS or SIGSEGV for an answer.  Another process fills whatever
 *         frames get free and checks that they keep what it wrote.
 * Oracle: the stranger's pages keep their contents.  On an emulator that
 *         forgets all translations at any flush, truncation's own shootdown
 *         hides a late one of mremap: there the lab kernel's shadow TLB knows
 *         which hart may still use the frame when it is freed.
 * -X:     the stranger maps the file, too.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <setjmp.h>

enum { STRANGER_PAGES = 64, WORDS = PAGE / sizeof(long) };

static int fd;
static volatile long *places[2];
static bool stop;
static __thread sigjmp_buf out;

static void on_fault(int sig TAP_UNUSED)
{
	siglongjmp(out, 1);
}

static void *writer(void *arg)
{
	struct rng rng = rng_of((long)arg);

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		volatile long *p = places[rng_below(&rng, 2)];

		if (sigsetjmp(out, 1) == 0)
			p[0] = -1;
		rng_dither(&rng);
	}
	return NULL;
}

static void *truncater(void *arg)
{
	struct rng rng = rng_of((long)arg);

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		stress_check(ftruncate(fd, PAGE) == 0, "ftruncate: errno %d",
			     errno);
		rng_dither(&rng);
		stress_check(ftruncate(fd, 0) == 0, "ftruncate: errno %d",
			     errno);
	}
	return NULL;
}

/* Frames that get free come here, and must not change by themselves. */
static void be_stranger(void)
{
	while (stress_go_on()) {
		volatile long *p = stress_map(STRANGER_PAGES * PAGE,
					      MAP_PRIVATE);

		if (stress.wrong)
			p = mmap(NULL, STRANGER_PAGES * PAGE, PROT_READ,
				 MAP_SHARED, fd, 0);
		sched_yield();
		if (sigsetjmp(out, 1) == 0)
			for (int i = 0; i < STRANGER_PAGES * WORDS; i++)
				stress_check(p[i] == 0,
					     "a stranger's page was written: %ld",
					     p[i]);
		munmap((void *)p, STRANGER_PAGES * PAGE);
	}
}

static void touch(volatile long *p)
{
	if (sigsetjmp(out, 1) == 0)
		p[0] = -1;
}

static void move_to_and_fro(void)
{
	for (int at = 0; stress_go_on(); at = !at) {
		volatile long *to = places[!at];

		touch(places[at]);
		stress_check(mremap((void *)places[at], PAGE, PAGE,
				    MREMAP_MAYMOVE | MREMAP_FIXED,
				    (void *)to) == to,
			     "mremap: errno %d", errno);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_fault,
				 .sa_flags = SA_NODEFER };
	pthread_t t[MAX_THREADS];

	stress_begin(argc, argv, 2, "a page freed at its new place is not used at the old one");
	fd = stress_file("mremap_truncate.tmp");
	/* The hole at the place that is left fits nothing else. */
	places[1] = (volatile long *)stress_map(4 * PAGE, MAP_PRIVATE) + WORDS;
	places[0] = mmap((void *)(places[1] + WORDS), PAGE,
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	if (places[0] == MAP_FAILED || ftruncate(fd, PAGE) < 0)
		bail_out("a mapped file: %s", strerror(errno));
	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGSEGV, &act, NULL);
	if (tap_fork() == 0) {
		be_stranger();
		_exit(0);
	}
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&t[i], NULL, i == 0 ? truncater : writer,
			       (void *)i);
	move_to_and_fro();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < stress.threads; i++)
		pthread_join(t[i], NULL);
	stress_reap();
	return stress_end();
}
