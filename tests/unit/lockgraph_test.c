/* sources: debug/lockdep/graph.c */
/*
 * Claim    The graph of lock orders has a way from one class to another when,
 *          and only when, its edges make one; the way is a shortest one.
 * Method   Small graphs by hand, and random ones against a closure that is
 *          computed in another way.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "debug/lockdep/graph.h"

static void test_edge(void **state UNUSED)
{
	struct lock_graph g = { { 0 } };

	assert_false(lock_graph_has(&g, 3, 63));
	assert_true(lock_graph_add(&g, 3, 63));
	assert_false(lock_graph_add(&g, 3, 63));
	assert_true(lock_graph_has(&g, 3, 63));
	assert_false(lock_graph_has(&g, 63, 3));
}

static void test_circle_of_three(void **state UNUSED)
{
	struct lock_graph g = { { 0 } };
	struct lock_path path;

	lock_graph_add(&g, 0, 1);
	lock_graph_add(&g, 1, 2);
	assert_int_equal(lock_graph_path(&g, 2, 0, &path), 0);
	assert_int_equal(lock_graph_path(&g, 0, 0, &path), 0);
	lock_graph_add(&g, 2, 0);
	assert_int_equal(lock_graph_path(&g, 0, 0, &path), 4);
	assert_memory_equal(path.node, ((uint8_t[]){ 0, 1, 2, 0 }), 4);
	assert_int_equal(lock_graph_reach(&g, BIT(1)), 7);
}

static void test_edge_to_itself(void **state UNUSED)
{
	struct lock_graph g = { { 0 } };
	struct lock_path path;

	lock_graph_add(&g, 5, 5);
	assert_int_equal(lock_graph_path(&g, 5, 5, &path), 2);
	assert_int_equal(lock_graph_reach(&g, BIT(5)), BIT(5));
}

static void test_longest_way(void **state UNUSED)
{
	struct lock_graph g = { { 0 } };
	struct lock_path path;

	for (unsigned i = 0; i < LOCK_GRAPH_MAX; i++)
		lock_graph_add(&g, i, (i + 1) % LOCK_GRAPH_MAX);
	assert_int_equal(lock_graph_path(&g, 0, 0, &path), LOCK_GRAPH_MAX + 1);
}

/* Floyd and Warshall's: how many edges from a to b, 0: no way. */
static void all_distances(const struct lock_graph *g,
			  unsigned d[LOCK_GRAPH_MAX][LOCK_GRAPH_MAX])
{
	for (unsigned a = 0; a < LOCK_GRAPH_MAX; a++)
		for (unsigned b = 0; b < LOCK_GRAPH_MAX; b++)
			d[a][b] = lock_graph_has(g, a, b);
	for (unsigned k = 0; k < LOCK_GRAPH_MAX; k++)
		for (unsigned a = 0; a < LOCK_GRAPH_MAX; a++)
			for (unsigned b = 0; b < LOCK_GRAPH_MAX; b++)
				if (d[a][k] && d[k][b] &&
				    (!d[a][b] || d[a][k] + d[k][b] < d[a][b]))
					d[a][b] = d[a][k] + d[k][b];
}

static void compare(const struct lock_graph *g, unsigned a, unsigned b,
		    unsigned distance)
{
	struct lock_path path;
	unsigned n = lock_graph_path(g, a, b, &path);

	assert_int_equal(n, distance ? distance + 1 : 0);
	for (unsigned i = 0; i + 1 < n; i++)
		assert_true(lock_graph_has(g, path.node[i], path.node[i + 1]));
	if (a != b)
		assert_int_equal(!!(lock_graph_reach(g, BIT(a)) & BIT(b)),
				 distance != 0);
}

static void test_random_graphs(void **state UNUSED)
{
	static unsigned d[LOCK_GRAPH_MAX][LOCK_GRAPH_MAX];

	srand(1);
	for (unsigned edges = 0; edges < 200; edges += 10) {
		struct lock_graph g = { { 0 } };

		for (unsigned i = 0; i < edges; i++)
			lock_graph_add(&g, rand() % LOCK_GRAPH_MAX,
				       rand() % LOCK_GRAPH_MAX);
		all_distances(&g, d);
		for (unsigned a = 0; a < LOCK_GRAPH_MAX; a++)
			for (unsigned b = 0; b < LOCK_GRAPH_MAX; b++)
				compare(&g, a, b, d[a][b]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edge),
		cmocka_unit_test(test_circle_of_three),
		cmocka_unit_test(test_edge_to_itself),
		cmocka_unit_test(test_longest_way),
		cmocka_unit_test(test_random_graphs),
	};

	return UNIT_RUN(tests);
}
