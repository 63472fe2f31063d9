/* sources: lib/rng.c */
/*
 * Claim    A grace period is over when, and only when, each hart that may have
 *          been reading as it began has been seen not to read since.
 * Method   Harts that read, choose who runs next, idle and wake by chance, one
 *          step at a time; each notes by itself whether what it was doing when
 *          the period began is over.
 */

#include "unit.h"

#include "lib/compiler.h"
#include "lib/rng.h"
#include "sync/grace.h"

enum { STEPS = 200000, BEGIN_EVERY = 40 };

static struct model {
	uint64_t number;
	bool idles, reads;
	bool since_before; /* it is awake since before the period began */
	bool began_before; /* and reads since then */
} harts[MAX_HARTS];

static struct rng rng;

static uint64_t number_of(unsigned hart)
{
	return harts[hart].number;
}

static void pass(struct model *m, uint64_t by)
{
	m->number += by;
	m->since_before = false;
}

/* Nobody does anything but read while he reads. */
static void step(struct model *m)
{
	uint64_t choice = rng_below(&rng, 4);

	if (m->reads) {
		m->reads = choice != 0;
		m->began_before = m->began_before && m->reads;
	} else if (m->idles) {
		if (choice != 0)
			return;
		m->idles = false;
		pass(m, 1);
	} else if (choice == 0) {
		m->idles = true;
		pass(m, 1);
	} else if (choice == 1) {
		pass(m, 2);
	} else {
		m->reads = true;
	}
}

static void begin(struct grace *g, unsigned nr)
{
	grace_begin(g, nr, number_of);
	for (unsigned h = 0; h < nr; h++) {
		harts[h].since_before = !harts[h].idles;
		harts[h].began_before = harts[h].reads;
	}
}

static void check(struct grace *g, unsigned nr)
{
	bool over = grace_look(g, number_of);
	bool all = true;

	for (unsigned h = 0; h < nr; h++) {
		assert_false(over && harts[h].began_before);
		assert_int_equal(hartmask_has(g->awaited, h), harts[h].since_before);
		all = all && !harts[h].since_before;
	}
	assert_int_equal(over, all);
}

static void run(unsigned nr)
{
	struct grace g;

	for (unsigned h = 0; h < nr; h++)
		harts[h] = (struct model){ .number = 0, .idles = true };
	begin(&g, nr);
	for (unsigned n = 0; n < STEPS; n++) {
		step(&harts[rng_below(&rng, nr)]);
		if (rng_below(&rng, BEGIN_EVERY) == 0)
			begin(&g, nr);
		check(&g, nr);
	}
}

static void test_few(void **state UNUSED)
{
	run(1);
	run(3);
}

static void test_all(void **state UNUSED)
{
	run(MAX_HARTS);
}

/* Who idles is not disturbed, and not awaited. */
static void test_idle(void **state UNUSED)
{
	struct grace g;

	for (unsigned h = 0; h < MAX_HARTS; h++)
		harts[h] = (struct model){ .number = 2 * h };
	grace_begin(&g, MAX_HARTS, number_of);
	assert_true(hartmask_is_empty(g.awaited));
	assert_true(grace_look(&g, number_of));
}

int main(void)
{
	rng_seed(&rng, 1);

	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_idle),
	};

	return UNIT_RUN(tests);
}
