/*
 * tests/stress/protect_both.c
 *
 * Claim    Of two threads that change the rights of the same page at once one
 *          comes last; and what the mapping says then is what the page can do.
 * Method   One thread makes a page writable, another one makes it read-only at
 *          the same time, together with the next page, which is another
 *          mapping. When both calls have returned, /proc/self/maps says which
 *          of them was the last, and a store is tried.
 * Catches  A change of mappings that does not wait for another one which has
 *          done the tree and is still at the entries (claim_unheard).
 * -X       Now and then the page is made writable again before the store.
 */
#include "libstress.h"

#include <setjmp.h>
#include <signal.h>

static volatile char *page;
static struct meeting *begin;
static sigjmp_buf is_refused;

static void on_sigsegv(int signal)
{
	(void)signal;
	siglongjmp(is_refused, 1);
}

static void *protect(void *me)
{
	struct rng rng = rng_of(stress.shared->rounds * 2 + (long)me);
	bool writable = me == 0;

	meet(begin, 2);
	for (uint64_t n = rng_below(&rng, 8); n > 0; n--)
		rng_dither(&rng);
	stress_check(mprotect((void *)page, writable ? PAGE : 2 * PAGE,
			      PROT_READ | (writable ? PROT_WRITE : 0)) == 0,
		     "mprotect: %s", strerror(errno));
	return NULL;
}

/* What /proc/self/maps says: may be written. */
static bool says_writable(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[256], rights[8];
	bool writable = false, found = false;

	if (maps == NULL)
		bail_out("maps: %s", strerror(errno));
	while (!found && fgets(line, sizeof(line), maps)) {
		found = sscanf(line, "%lx-%lx %7s", &start, &end, rights) == 3 &&
			start <= (unsigned long)page &&
			(unsigned long)page < end;
		writable = rights[1] == 'w';
	}
	fclose(maps);
	if (!found)
		bail_out("the page is not in maps");
	return writable;
}

static bool can_be_stored_into(void)
{
	if (sigsetjmp(is_refused, 1) != 0)
		return false;
	*page = 1;
	return true;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_sigsegv };

	stress_begin(argc, argv, 2, "a page can do what its mapping says");
	begin = stress_map(PAGE, MAP_SHARED);
	page = (char *)stress_map(4 * PAGE, MAP_PRIVATE) + PAGE;
	sigaction(SIGSEGV, &action, NULL);
	while (stress_go_on()) {
		mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE);
		*page = 1;
		/* So that both have something to change, and one of them two. */
		mprotect((void *)page, PAGE, PROT_READ | PROT_EXEC);
		mprotect((void *)page + PAGE, PAGE, PROT_NONE);
		stress_threads(2, protect);

		bool says = says_writable();

		if (stress.wrong && stress_rounds() % 4 == 0)
			mprotect((void *)page, PAGE, PROT_READ | (says ? 0 : PROT_WRITE));
		stress_check(can_be_stored_into() == says,
			     "maps says %s, and a store %s",
			     says ? "writable" : "read-only",
			     says ? "is refused" : "is not refused");
		stress_round();
	}
	return stress_end();
}
