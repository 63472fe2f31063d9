/* sources: lib/avl.c lib/rng.c */
/*
 * Claim    After any sequence of operations the tree holds what was put in,
 *          in order, balanced, and every node's summary is right.
 * Method   Random inserts and removes against an array of flags; after each,
 *          the whole tree is checked.  The summary is the sum of a subtree.
 */

#include "unit.h"

#include <stdlib.h>

#include "lib/avl.h"
#include "lib/compiler.h"
#include "lib/rng.h"

struct item {
	unsigned key;
	uint64_t weight, sum; /* @sum: of all weights in the subtree */
	struct avl_node node;
};

static struct item *item_of(const struct avl_node *node)
{
	return avl_entry(node, struct item, node);
}

static uint64_t sum_of(const struct avl_node *node)
{
	return node != NULL ? item_of(node)->sum : 0;
}

static bool update_sum(struct avl_node *node)
{
	struct item *item = item_of(node);
	uint64_t before = item->sum;

	item->sum = item->weight + sum_of(node->left) + sum_of(node->right);
	return item->sum != before;
}

static const struct avl_ops sums = { .update = update_sum };

static void insert(struct avl_root *root, struct item *item,
		   const struct avl_ops *ops)
{
	struct avl_node *parent = NULL, **link = &root->node;

	while (*link != NULL) {
		parent = *link;
		link = item->key < item_of(parent)->key ? &parent->left :
							  &parent->right;
	}
	avl_insert(root, parent, link, &item->node, NULL, ops);
}

/* Check the subtree and everything it says about itself; returns its height. */
static unsigned check_subtree(const struct avl_node *node,
			      const struct avl_node *parent, bool summed)
{
	if (node == NULL)
		return 0;

	unsigned left = check_subtree(node->left, node, summed);
	unsigned right = check_subtree(node->right, node, summed);

	assert_ptr_equal(node->parent, parent);
	assert_in_range(left + 1 - right, 0, 2);
	assert_int_equal(node->height, 1 + (left > right ? left : right));
	if (summed)
		assert_int_equal(sum_of(node), item_of(node)->weight +
				 sum_of(node->left) + sum_of(node->right));
	return node->height;
}

/* The tree holds exactly the keys flagged in @present, both ways round. */
static void check_tree(const struct avl_root *root, const bool *present,
		       unsigned nr, bool summed)
{
	const struct avl_node *node = avl_first(root);

	check_subtree(root->node, NULL, summed);
	for (unsigned key = 0; key < nr; key++) {
		if (!present[key])
			continue;
		assert_non_null(node);
		assert_int_equal(item_of(node)->key, key);
		node = avl_next(node);
	}
	assert_null(node);
	node = avl_last(root);
	for (unsigned key = nr; key-- > 0;) {
		if (!present[key])
			continue;
		assert_int_equal(item_of(node)->key, key);
		node = avl_prev(node);
	}
	assert_null(node);
}

static void random_walk(const struct avl_ops *ops, unsigned nr, int steps)
{
	struct item *items = calloc(nr, sizeof(*items));
	bool *present = calloc(nr, sizeof(*present));
	struct avl_root root = { NULL };
	struct rng rng;

	rng_seed(&rng, nr);
	for (int step = 0; step < steps; step++) {
		unsigned key = rng_below(&rng, nr);
		struct item *item = &items[key];

		if (present[key]) {
			avl_remove(&root, &item->node, ops);
			assert_int_equal(item->node.height, 0);
		} else {
			item->key = key;
			item->weight = rng_below(&rng, 1000);
			insert(&root, item, ops);
		}
		present[key] = !present[key];
		check_tree(&root, present, nr, ops != NULL);
	}
	free(items);
	free(present);
}

static void test_random_plain(void **state UNUSED)
{
	for (unsigned nr = 1; nr < 20; nr++)
		random_walk(NULL, nr, 500);
	random_walk(NULL, 300, 5000);
}

static void test_random_summed(void **state UNUSED)
{
	for (unsigned nr = 1; nr < 20; nr++)
		random_walk(&sums, nr, 500);
	random_walk(&sums, 300, 5000);
}

enum { MANY = 10000, MANY_HEIGHT = 18 };

/* Ascending keys are what an unbalanced tree turns into a list. */
static void test_height_bound(void **state UNUSED)
{
	struct item *items = calloc(MANY, sizeof(*items));
	struct avl_root root = { NULL };

	for (unsigned key = 0; key < MANY; key++) {
		items[key].key = key;
		insert(&root, &items[key], NULL);
	}
	assert_in_range(check_subtree(root.node, NULL, false), 14, MANY_HEIGHT);
	for (unsigned key = 0; key < MANY; key++)
		if (key % 10 != 0)
			avl_remove(&root, &items[key].node, NULL);
	assert_in_range(check_subtree(root.node, NULL, false), 10, 14);
	for (unsigned key = 0; key < MANY; key += 10)
		avl_remove(&root, &items[key].node, NULL);
	assert_null(root.node);
	free(items);
}

static void test_replace_and_update(void **state UNUSED)
{
	struct item items[7] = { 0 }, other = { .key = 3, .weight = 100 };
	bool present[7];
	struct avl_root root = { NULL };

	for (unsigned key = 0; key < 7; key++) {
		items[key].key = key;
		items[key].weight = 1;
		present[key] = true;
		insert(&root, &items[key], &sums);
	}
	for (unsigned key = 0; key < 7; key++) {
		other.key = key;
		avl_replace(&root, &items[key].node, &other.node, &sums);
		check_tree(&root, present, 7, true);
		assert_int_equal(sum_of(root.node), 106);
		avl_replace(&root, &other.node, &items[key].node, &sums);
		items[key].weight = 5;
		avl_update(&items[key].node, &sums);
		check_tree(&root, present, 7, true);
		assert_int_equal(sum_of(root.node), 11);
		items[key].weight = 1;
		avl_update(&items[key].node, &sums);
	}
}

static void test_empty(void **state UNUSED)
{
	struct avl_root root = { NULL };

	assert_null(avl_first(&root));
	assert_null(avl_last(&root));
}

static void test_remove_twice_panics(void **state UNUSED)
{
	struct item item = { 0 };
	struct avl_root root = { NULL };

	insert(&root, &item, NULL);
	avl_remove(&root, &item.node, NULL);
	expect_assert_failure(avl_remove(&root, &item.node, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_plain),
		cmocka_unit_test(test_random_summed),
		cmocka_unit_test(test_height_bound),
		cmocka_unit_test(test_replace_and_update),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_remove_twice_panics),
	};

	return UNIT_RUN(tests);
}
