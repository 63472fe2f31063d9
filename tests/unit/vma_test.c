/* sources: mm/vma.c lib/avl.c lib/rng.c */
/*
 * Claim    The tree finds the VMA of every address and its neighbours, keeps
 *          the holes right through inserts, removals, splits, joins and
 *          changes of bounds, finds the highest hole that is large enough,
 *          joins only what may be joined, and is cloned as it is.
 * Method   Random changes against an array with the owner of every page of a
 *          small address space.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/compiler.h"
#include "lib/rng.h"
#include "mm/vma.h"

enum { PAGES = 512, MAX_LENGTH = 12 };

static struct vma_tree tree;
static struct vma *owner[PAGES]; /* the model */
static struct rng rng;

static vaddr_t addr_of(unsigned page)
{
	return (vaddr_t)page * PAGE_SIZE;
}

static void set_owner(const struct vma *vma, struct vma *to)
{
	for (vaddr_t at = vma->start; at < vma->end; at += PAGE_SIZE)
		owner[at / PAGE_SIZE] = to;
}

static bool model_is_free(unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		if (owner[i] != NULL)
			return false;
	return true;
}

static struct vma *add(unsigned page, unsigned pages)
{
	struct vma *vma = calloc(1, sizeof(*vma));

	vma->start = addr_of(page);
	vma->end = addr_of(page + pages);
	vma_insert(&tree, vma);
	set_owner(vma, vma);
	return vma;
}

static void drop(struct vma *vma)
{
	set_owner(vma, NULL);
	vma_remove(&tree, vma);
	free(vma);
}

static int setup(void **state UNUSED)
{
	vma_tree_init(&tree);
	memset(owner, 0, sizeof(owner));
	rng_seed(&rng, 7);
	return 0;
}

static int teardown(void **state UNUSED)
{
	struct vma *vma;

	while ((vma = vma_first(&tree)) != NULL)
		drop(vma);
	assert_int_equal(tree.count, 0);
	return 0;
}

/* The highest place for @pages pages in [low, high), as the model has it. */
static unsigned model_gap(unsigned pages, unsigned low, unsigned high)
{
	for (unsigned end = high; end >= low + pages; end--)
		if (model_is_free(end - pages, end))
			return end - pages;
	return 0;
}

static void check_lookups(void)
{
	struct vma *below = NULL;

	for (unsigned i = 0; i < PAGES; i++) {
		struct vma *found = vma_find(&tree, addr_of(i) + 5), *b, *a;
		unsigned next = i;

		while (next < PAGES && owner[next] == NULL)
			next++;
		assert_ptr_equal(found, next < PAGES ? owner[next] : NULL);
		vma_neighbours(&tree, addr_of(i), &b, &a);
		assert_ptr_equal(b, below);
		if (a != NULL)
			assert_ptr_equal(vma_prev(a), b);
		if (owner[i] != NULL)
			below = owner[i];
	}
}

static void check_holes(void)
{
	vaddr_t end = 0;

	for (struct vma *vma = vma_first(&tree); vma != NULL;
	     vma = vma_next(vma)) {
		assert_int_equal(vma->prev_end, end);
		end = vma->end;
	}
	for (unsigned i = 0; i < 20; i++) {
		unsigned low = 1 + rng_below(&rng, PAGES / 2);
		unsigned high = low + 1 + rng_below(&rng, PAGES - low);
		unsigned pages = 1 + rng_below(&rng, 2 * MAX_LENGTH);

		assert_int_equal(vma_find_gap(&tree, addr_of(pages),
					      addr_of(low), addr_of(high)),
				 addr_of(model_gap(pages, low, high)));
	}
}

/* New random bounds for a random VMA, as far as there is room. */
static void resize_one(void)
{
	struct vma *vma = vma_find(&tree, addr_of(rng_below(&rng, PAGES)));

	if (vma == NULL)
		return;

	unsigned first = vma->start / PAGE_SIZE, end = vma->end / PAGE_SIZE;

	set_owner(vma, NULL);
	if (rng_below(&rng, 2) == 0)
		first = first > 2 && model_is_free(first - 2, first) ?
				first - 2 :
				first + (end - first) / 2;
	else
		end = end + 2 < PAGES && model_is_free(end, end + 2) ?
			      end + 2 :
			      first + (end - first + 1) / 2;
	vma_resize(&tree, vma, addr_of(first), addr_of(end));
	set_owner(vma, vma);
}

static void test_random(void **state UNUSED)
{
	for (unsigned step = 0; step < 4000; step++) {
		unsigned page = 1 + rng_below(&rng, PAGES - MAX_LENGTH);
		unsigned pages = 1 + rng_below(&rng, MAX_LENGTH);
		struct vma *vma = vma_find(&tree, addr_of(page));
		bool is_free = model_is_free(page, page + pages);

		assert_int_equal(vma_range_is_free(&tree, addr_of(page),
						   addr_of(page + pages)),
				 is_free);
		if (is_free)
			add(page, pages);
		else if (step % 3 == 0)
			resize_one();
		else if (vma != NULL && step % 3 == 1)
			drop(vma);
		if (step % 50 == 0)
			check_lookups();
		check_holes();
	}
}

/* 10,000 mappings: as deep as a balanced tree is, and gaps are found. */
static void test_many(void **state UNUSED)
{
	enum { MANY = 10000 };
	static struct vma many[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		many[i].start = addr_of(2 * i + 1);
		many[i].end = addr_of(2 * i + 2);
		vma_insert(&tree, &many[i]);
	}
	assert_true(tree.root.node->height <= 18);
	vma_remove(&tree, &many[5000]);
	assert_int_equal(vma_find_gap(&tree, 3 * PAGE_SIZE, PAGE_SIZE,
				      addr_of(2 * MANY)),
			 many[5000].start - PAGE_SIZE);
	for (unsigned i = 0; i < MANY; i++)
		if (i != 5000)
			vma_remove(&tree, &many[i]);
	assert_null(vma_first(&tree));
}

static struct vma *copy_vma(struct vma *vma, void *allowance)
{
	int *left = allowance;

	if ((*left)-- == 0)
		return NULL;
	return memcpy(malloc(sizeof(*vma)), vma, sizeof(*vma));
}

static void free_clone(struct vma_tree *clone)
{
	struct vma *vma = vma_first(clone), *next;
	struct vma *all[PAGES];
	unsigned n = 0;

	for (; vma != NULL; vma = next) {
		next = vma_next(vma);
		all[n++] = vma;
	}
	while (n > 0)
		free(all[--n]);
}

/* A clone has the same VMAs and holes; one that fails can be walked. */
static void test_clone(void **state UNUSED)
{
	struct vma_tree clone;
	struct vma *a, *b;

	for (unsigned page = 1; page + 2 < PAGES; page += 3)
		if (rng_below(&rng, 4) != 0)
			add(page, 1 + rng_below(&rng, 2));
	for (int allowance = 0; allowance <= (int)tree.count; allowance++) {
		int left = allowance;

		vma_tree_init(&clone);
		assert_int_equal(vma_tree_clone(&clone, &tree, copy_vma, &left),
				 allowance == (int)tree.count);
		if (allowance < (int)tree.count)
			free_clone(&clone);
	}
	assert_int_equal(clone.count, tree.count);
	a = vma_first(&tree);
	for (b = vma_first(&clone); b != NULL; b = vma_next(b)) {
		assert_true(a != b && a->start == b->start && a->end == b->end);
		assert_int_equal(a->max_gap, b->max_gap);
		a = vma_next(a);
	}
	assert_null(a);
	assert_int_equal(vma_find_gap(&clone, PAGE_SIZE, PAGE_SIZE,
				      addr_of(PAGES - 1)),
			 vma_find_gap(&tree, PAGE_SIZE, PAGE_SIZE,
				      addr_of(PAGES - 1)));
	free_clone(&clone);
}

/* Cutting a VMA and joining the parts leaves every hole as it was. */
static void test_split_and_join(void **state UNUSED)
{
	for (unsigned page = 1; page + 8 < PAGES; page += 9)
		add(page, 5);
	for (unsigned round = 0; round < 300; round++) {
		struct vma *vma =
			vma_find(&tree, addr_of(rng_below(&rng, PAGES - 20)));
		unsigned pages = (vma->end - vma->start) / PAGE_SIZE;
		struct vma *next = vma_next(vma);

		if (pages > 1) {
			struct vma *upper = malloc(sizeof(*upper));

			vma_split(&tree, vma,
				  vma->start + PAGE_SIZE *
					  (1 + rng_below(&rng, pages - 1)),
				  upper);
			set_owner(upper, upper);
		} else if (next != NULL && next->start == vma->end) {
			set_owner(next, vma);
			vma_join(&tree, vma, next);
			free(next);
		}
		check_lookups();
		check_holes();
	}
}

static void test_merging(void **state UNUSED)
{
	struct vma a = { .start = 0x1000, .end = 0x3000, .flags = VMA_READ };
	struct vma b = { .start = 0x3000, .end = 0x4000, .flags = VMA_READ };

	assert_true(vma_can_merge(&a, &b));
	b.flags |= VMA_WRITE;
	assert_false(vma_can_merge(&a, &b));
	b.flags = a.flags;
	b.start = 0x3800;
	assert_false(vma_can_merge(&a, &b));
	b.start = 0x3000;

	a.pagecache = b.pagecache = (struct pagecache *)&tree;
	a.offset = 0x5000;
	b.offset = 0x7000;
	assert_true(vma_can_merge(&a, &b));
	b.offset = 0x8000;
	assert_false(vma_can_merge(&a, &b));
	b.offset = 0x7000;
	b.file = (struct file *)&tree;
	assert_false(vma_can_merge(&a, &b));
	b.file = NULL;
	a.flags = b.flags = VMA_READ | VMA_GROWSDOWN;
	assert_false(vma_can_merge(&a, &b));
}

static void test_no_overlap(void **state UNUSED)
{
	struct vma other = { .start = addr_of(11), .end = addr_of(13) };

	add(10, 2);
	expect_assert_failure(vma_insert(&tree, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_random),
		TEST(test_many),
		TEST(test_clone),
		TEST(test_split_and_join),
		TEST(test_merging),
		TEST(test_no_overlap),
	};

	return UNIT_RUN(tests);
}
