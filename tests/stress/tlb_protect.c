/*
 * tests/stress/tlb_protect.c
 *
 * Claim    When mprotect(PROT_READ) has returned, no thread writes the page;
 *          the same when two threads protect it at once, for each of them.
 * Method   Writers count in the page and wait out SIGSEGV. Two protectors take
 *          turns: each, alone or at the same time as the other, makes the page
 *          read-only, looks at the counts twice, tries a store of its own,
 *          which must fail, and gives the right back.
 * Catches  A missing shootdown on loss of rights; "nothing to change, nothing
 *          to flush" while another's flush is still under way (race 20).
 * -X       The page is not protected at all.
 */
#include "libstress.h"

#include <setjmp.h>

enum { PROTECTORS = 2 };

static volatile long *page;
static struct meeting begin, protected, checked;
static bool stop;
static bool last_round;			/* set by protector 0 before begin */
static __thread sigjmp_buf out;

static void on_fault(int sig TAP_UNUSED)
{
	siglongjmp(out, 1);
}

static void *count_up(void *me)
{
	volatile long *mine = page + 64 + (long)me * 8;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (sigsetjmp(out, 1)) {
			sched_yield();
			continue;
		}
		for (int i = 0; i < 100; i++)
			(*mine)++;
	}
	return NULL;
}

static bool store_succeeds(volatile long *p)
{
	if (sigsetjmp(out, 1))
		return false;
	*p = 1;
	return true;
}

static void check_still(struct rng *rng)
{
	long seen[MAX_THREADS];

	for (int i = 0; i < stress.threads; i++)
		seen[i] = page[64 + i * 8];
	rng_dither(rng);
	rng_dither(rng);
	for (int i = 0; i < stress.threads; i++)
		stress_check(page[64 + i * 8] == seen[i],
			     "a read-only page went from %ld to %ld", seen[i],
			     page[64 + i * 8]);
}

static void *protect(void *me)
{
	struct rng rng = rng_of((long)me);

	for (;;) {
		if (!me)
			last_round = !stress_go_on();
		meet(&begin, PROTECTORS);
		if (last_round)
			return NULL;
		store_succeeds(page + (long)me);	/* now it is cached */
		rng_dither(&rng);
		if (!stress.wrong)
			mprotect((void *)page, PAGE, PROT_READ);
		stress_check(!store_succeeds(page + (long)me),
			     "a store after one's own mprotect(PROT_READ)");
		check_still(&rng);
		meet(&protected, PROTECTORS);
		check_still(&rng);
		meet(&checked, PROTECTORS);
		if (!me)
			mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE);
		stress_round();
		sched_yield();
	}
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_fault,
				 .sa_flags = SA_NODEFER };
	pthread_t t[MAX_THREADS];

	stress_begin(argc, argv, 2, "a page that lost its rights is safe");
	page = stress_map(PAGE, MAP_PRIVATE);
	sigaction(SIGSEGV, &act, NULL);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&t[i], NULL, count_up, (void *)i);
	stress_threads(PROTECTORS, protect);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < stress.threads; i++)
		pthread_join(t[i], NULL);
	return stress_end();
}
