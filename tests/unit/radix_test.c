/* sources: lib/radix.c lib/rng.c */
/*
 * Claim    The sparse array holds what was put in, finds the next item from
 *          anywhere, keeps no node it does not need, and survives running out
 *          of memory at every single allocation.
 * Method   Random operations against a plain array of (index, item) pairs.
 */

#include "unit.h"

#include <stdlib.h>

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/radix.h"
#include "lib/rng.h"

static int nodes;	/* allocated and not yet freed */
static int allowance;	/* allocations before they fail; -1: never */

static void *alloc_node(size_t bytes)
{
	if (allowance == 0)
		return NULL;
	if (allowance > 0)
		allowance--;
	nodes++;
	return malloc(bytes);
}

static void free_node(void *ptr)
{
	nodes--;
	free(ptr);
}

static const struct radix_ops ops = { alloc_node, free_node };

static int setup(void **state UNUSED)
{
	nodes = 0;
	allowance = -1;
	return 0;
}

/* The model: item i stands at index[i] when it is in. */
enum { NR_ITEMS = 400 };

struct model {
	uint64_t index[NR_ITEMS];
	bool in[NR_ITEMS];
};

static struct model model;

static void *item(unsigned i)
{
	return &model.index[i];
}

/* Distinct indices of very different sizes, dense and sparse. */
static void model_init(struct rng *rng)
{
	for (unsigned i = 0; i < NR_ITEMS; i++) {
		model.index[i] = i < 100 ? i : rng_next(rng) >>
						rng_below(rng, 50);
		model.in[i] = false;
		for (unsigned j = 0; j < i; j++)
			if (model.index[j] == model.index[i])
				i--, j = i;
	}
	model.index[NR_ITEMS - 1] = UINT64_MAX;
}

/* The item whose index is the least one at or after @from, or NULL. */
static void *model_next(uint64_t from, uint64_t *index)
{
	void *found = NULL;

	for (unsigned i = 0; i < NR_ITEMS; i++) {
		if (!model.in[i] || model.index[i] < from)
			continue;
		if (found == NULL || model.index[i] < *index) {
			found = item(i);
			*index = model.index[i];
		}
	}
	return found;
}

static void check_next(const struct radix *tree, uint64_t from)
{
	uint64_t expect = from, at = from;
	void *found = model_next(from, &expect);

	assert_ptr_equal(radix_next(tree, &at), found);
	assert_int_equal(at, expect);
}

static void check_run(const struct radix *tree, uint64_t first, unsigned n)
{
	void *items[200];

	radix_get_run(radix_root(tree), first, n, items);
	for (unsigned i = 0; i < n; i++)
		assert_ptr_equal(items[i], radix_get(tree, first + i));
}

static void check_all(const struct radix *tree)
{
	for (unsigned n = 0; n <= 200; n += 20)
		check_run(tree, 7 * n, n);
	for (unsigned i = 0; i < NR_ITEMS; i++) {
		assert_ptr_equal(radix_get(tree, model.index[i]),
				 model.in[i] ? item(i) : NULL);
		check_next(tree, model.index[i]);
		check_next(tree, model.index[i] + 1);
	}
}

static void toggle(struct radix *tree, unsigned i)
{
	if (model.in[i]) {
		assert_ptr_equal(radix_delete(tree, model.index[i]), item(i));
		assert_null(radix_delete(tree, model.index[i]));
	} else {
		assert_int_equal(radix_set(tree, model.index[i], item(i)), 0);
	}
	model.in[i] = !model.in[i];
}

static void test_random(void **state UNUSED)
{
	struct radix tree;
	struct rng rng;

	rng_seed(&rng, 2);
	model_init(&rng);
	radix_init(&tree, &ops);
	for (int step = 0; step < 4000; step++) {
		toggle(&tree, rng_below(&rng, NR_ITEMS));
		check_next(&tree, rng_next(&rng) >> rng_below(&rng, 64));
		if (step % 200 == 0)
			check_all(&tree);
	}
	for (unsigned i = 0; i < NR_ITEMS; i++)
		if (model.in[i])
			toggle(&tree, i);
	assert_int_equal(nodes, 0);
	assert_null(tree.root);
}

static void test_nodes_are_few(void **state UNUSED)
{
	struct radix tree;

	radix_init(&tree, &ops);
	assert_int_equal(radix_set(&tree, 0, &tree), 0);
	assert_int_equal(nodes, 1);
	assert_int_equal(radix_set(&tree, 63, &tree), 0);
	assert_int_equal(nodes, 1);
	assert_int_equal(radix_set(&tree, 64, &tree), 0);
	assert_int_equal(nodes, 3);
	radix_delete(&tree, 64);
	assert_int_equal(nodes, 1);
	assert_int_equal(radix_set(&tree, UINT64_MAX, &tree), 0);
	assert_int_equal(nodes, 21);
	radix_delete(&tree, UINT64_MAX);
	assert_int_equal(nodes, 1);
	radix_destroy(&tree);
	assert_int_equal(nodes, 0);
}

static void test_set_replaces(void **state UNUSED)
{
	struct radix tree;
	int a, b;

	radix_init(&tree, &ops);
	assert_int_equal(radix_set(&tree, 5, &a), 0);
	assert_int_equal(radix_set(&tree, 5, &b), 0);
	assert_ptr_equal(radix_get(&tree, 5), &b);
	assert_ptr_equal(radix_delete(&tree, 5), &b);
	assert_int_equal(nodes, 0);
}

/* Set @index with ever more memory until it succeeds. */
static void set_starved(struct radix *tree, uint64_t index, void *what)
{
	int before = nodes;

	for (int enough = 0;; enough++) {
		allowance = enough;
		if (radix_set(tree, index, what) == 0)
			break;
		assert_int_equal(nodes, before);
		assert_null(radix_get(tree, index));
	}
	allowance = -1;
	assert_ptr_equal(radix_get(tree, index), what);
}

static void test_out_of_memory(void **state UNUSED)
{
	static const uint64_t indices[] = {
		70, 3, 1UL << 40, 1UL << 40 | 1UL << 13, UINT64_MAX, 1UL << 63,
	};
	struct radix tree;
	int what;

	radix_init(&tree, &ops);
	allowance = 0;
	assert_int_equal(radix_set(&tree, 7, &what), -ENOMEM);
	assert_null(tree.root);
	for (unsigned i = 0; i < ARRAY_SIZE(indices); i++)
		set_starved(&tree, indices[i], &what);
	for (unsigned i = 0; i < ARRAY_SIZE(indices); i++)
		assert_ptr_equal(radix_get(&tree, indices[i]), &what);
	radix_destroy(&tree);
	assert_int_equal(nodes, 0);
}

/* The loop that radix.h describes, to the very last index. */
static void test_loop_over_all(void **state UNUSED)
{
	static const uint64_t indices[] = { 0, 63, 64, 4096, UINT64_MAX };
	struct radix tree;
	uint64_t at = 0;
	unsigned n = 0;
	int what;

	radix_init(&tree, &ops);
	for (unsigned i = 0; i < ARRAY_SIZE(indices); i++)
		assert_int_equal(radix_set(&tree, indices[i], &what), 0);
	while (radix_next(&tree, &at) != NULL) {
		assert_int_equal(at, indices[n++]);
		assert_ptr_equal(radix_delete(&tree, at), &what);
		if (++at == 0)
			break;
	}
	assert_int_equal(n, ARRAY_SIZE(indices));
	assert_int_equal(nodes, 0);
}

/* Who has found a root, and has not gone down from there yet, finds all that was
 * in the tree then and is in it now; and nothing else. */
static void test_from_an_old_root(void **state UNUSED)
{
	static const uint64_t indices[] = { 5, 64, 70, 4096, 1UL << 30, UINT64_MAX };
	const struct radix_node *old;
	struct radix tree;
	int what[ARRAY_SIZE(indices)];

	radix_init(&tree, &ops);
	for (unsigned i = 0; i < ARRAY_SIZE(indices); i++) {
		old = radix_root(&tree);
		assert_int_equal(radix_set(&tree, indices[i], &what[i]), 0);
		for (unsigned j = 0; j < i; j++)
			assert_ptr_equal(radix_get_below(old, indices[j]), &what[j]);
	}
	old = radix_root(&tree);
	for (unsigned i = ARRAY_SIZE(indices); i-- > 0;) {
		assert_ptr_equal(radix_take_out(&tree, indices[i]), &what[i]);
		for (unsigned j = 0; j < ARRAY_SIZE(indices); j++)
			assert_ptr_equal(radix_get_below(old, indices[j]),
					 j < i ? &what[j] : NULL);
	}
	assert_null(radix_root(&tree));
	radix_free_unused(&tree, radix_take_unused(&tree));
	assert_int_equal(nodes, 0);
}

/* Nodes that nobody has taken go with the tree. */
static void test_unused_until_taken(void **state UNUSED)
{
	struct radix tree;
	int what;

	radix_init(&tree, &ops);
	assert_int_equal(radix_set(&tree, 1UL << 20, &what), 0);
	assert_ptr_equal(radix_take_out(&tree, 1UL << 20), &what);
	assert_int_equal(nodes, 4);
	radix_destroy(&tree);
	assert_int_equal(nodes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_random, setup),
		cmocka_unit_test_setup(test_nodes_are_few, setup),
		cmocka_unit_test_setup(test_set_replaces, setup),
		cmocka_unit_test_setup(test_out_of_memory, setup),
		cmocka_unit_test_setup(test_loop_over_all, setup),
		cmocka_unit_test_setup(test_from_an_old_root, setup),
		cmocka_unit_test_setup(test_unused_until_taken, setup),
	};

	return UNIT_RUN(tests);
}
