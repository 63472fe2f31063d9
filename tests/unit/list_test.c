/* sources: */
/*
 * Claim    The list keeps its order and its ring under every operation, and a
 *          link that is on no list says so.
 */

#include "unit.h"

#include "lib/list.h"

struct item {
	int value;
	struct list link;
};

enum { NR_ITEMS = 5 };

static struct item items[NR_ITEMS];

/* A list of items 0 to @nr - 1 in order; all links are fresh. */
static void fill(struct list *head, int nr)
{
	list_init(head);
	for (int i = 0; i < NR_ITEMS; i++) {
		items[i].value = i;
		list_init(&items[i].link);
	}
	for (int i = 0; i < nr; i++)
		list_push_back(head, &items[i].link);
}

/* The list holds exactly @nr items with these values, both ways round. */
static void assert_list(struct list *head, int nr, const int *values)
{
	struct item *item;
	int n = 0;

	list_for_each_entry(item, head, link) {
		assert_in_range(n, 0, nr - 1);
		assert_int_equal(item->value, values[n++]);
	}
	assert_int_equal(n, nr);
	for (struct list *l = head->prev; l != head; l = l->prev)
		assert_int_equal(list_entry(l, struct item, link)->value,
				 values[--n]);
	assert_int_equal(n, 0);
}

#define ASSERT_LIST(head, ...)						\
	assert_list(head, ARRAY_SIZE(((int[]){ __VA_ARGS__ })),		\
		    (int[]){ __VA_ARGS__ })

static void test_empty(void **state UNUSED)
{
	struct list head = LIST_INIT(head);

	assert_true(list_is_empty(&head));
	assert_null(list_first(&head));
	assert_null(list_last(&head));
	assert_null(list_pop_front(&head));
}

static void test_push(void **state UNUSED)
{
	struct list head;

	fill(&head, 3);
	ASSERT_LIST(&head, 0, 1, 2);
	list_push_front(&head, &items[3].link);
	ASSERT_LIST(&head, 3, 0, 1, 2);
	assert_ptr_equal(list_first(&head), &items[3].link);
	assert_ptr_equal(list_last(&head), &items[2].link);
}

static void test_remove(void **state UNUSED)
{
	struct list head;

	fill(&head, 4);
	list_remove(&items[1].link);
	ASSERT_LIST(&head, 0, 2, 3);
	assert_false(list_is_linked(&items[1].link));
	assert_true(list_is_linked(&items[2].link));
	list_remove(&items[1].link);		/* harmless */
	ASSERT_LIST(&head, 0, 2, 3);
	assert_ptr_equal(list_pop_front(&head), &items[0].link);
	list_remove(&items[3].link);
	ASSERT_LIST(&head, 2);
	list_remove(&items[2].link);
	assert_true(list_is_empty(&head));
}

static void test_move_back(void **state UNUSED)
{
	struct list head;

	fill(&head, 3);
	list_move_back(&head, &items[0].link);
	ASSERT_LIST(&head, 1, 2, 0);
	list_move_back(&head, &items[0].link);
	ASSERT_LIST(&head, 1, 2, 0);
	list_move_back(&head, &items[4].link);	/* was on no list */
	ASSERT_LIST(&head, 1, 2, 0, 4);
}

static void test_splice(void **state UNUSED)
{
	struct list head, more = LIST_INIT(more);

	fill(&head, 2);
	list_splice_back(&head, &more);
	ASSERT_LIST(&head, 0, 1);
	list_push_back(&more, &items[2].link);
	list_push_back(&more, &items[3].link);
	list_splice_back(&head, &more);
	ASSERT_LIST(&head, 0, 1, 2, 3);
	assert_true(list_is_empty(&more));
	list_splice_back(&more, &head);
	ASSERT_LIST(&more, 0, 1, 2, 3);
	assert_true(list_is_empty(&head));
}

static void test_remove_in_loop(void **state UNUSED)
{
	struct list head;
	struct item *item, *next;

	fill(&head, 5);
	list_for_each_entry_safe(item, next, &head, link)
		if (item->value % 2 == 0)
			list_remove(&item->link);
	ASSERT_LIST(&head, 1, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_push),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_move_back),
		cmocka_unit_test(test_splice),
		cmocka_unit_test(test_remove_in_loop),
	};

	return UNIT_RUN(tests);
}
