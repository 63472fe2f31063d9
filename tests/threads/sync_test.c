/* sources: sync/spinlock.c sync/mutex.c sync/rwsem.c sync/rwspin.c sync/waitq.c sync/lockspin.c sync/glance.c lib/radix.c */
/*
 * Claim    Whoever has a lock of kernel/sync, or was woken by a wait queue, or
 *          destroys what others have given up, or what they have glanced at, comes
 *          after all they have done: nothing else orders the plain accesses below.
 * Method   Threads as harts (harts.h), at work on plain variables that only the
 *          lock keeps apart, some of the time wanted elsewhere, so that sleeping
 *          locks are waited for awake and asleep.
 * Oracle   The thread sanitizer; and no turn is lost.
 */

#include "harts.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bug.h"
#include "lib/radix.h"
#include "sync/glance.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/rwsem.h"
#include "sync/rwspin.h"
#include "sync/waitq.h"

enum { ROUNDS = 200 };

static uint64_t turns, twice; /* plain: twice is 2 * turns under any lock */

static void take_turn(void)
{
	assert(twice == 2 * turns);
	turns++;
	twice += 2;
}

static void look(void)
{
	assert(twice == 2 * turns);
}

/* ---- locks ---- */

static struct spinlock spinlock;
static struct mutex mutex;
static struct rwsem rwsem;
static struct rwspin rwspin;

static void NO_THREAD_SAFETY use_spinlock(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % 8 != 0 || !spin_trylock(&spinlock))
			spin_lock(&spinlock);
		take_turn();
		spin_unlock(&spinlock);
	}
}

static void use_mutex(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		hart_is_wanted(i % 4 == 0);
		if (i % 8 != 0 || !mutex_trylock(&mutex))
			mutex_lock(&mutex);
		take_turn();
		mutex_unlock(&mutex);
	}
}

static void use_rwsem(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		hart_is_wanted(i % 4 == 0);
		rwsem_lock(&rwsem);
		take_turn();
		rwsem_unlock(&rwsem);
		rwsem_lock_shared(&rwsem);
		look();
		rwsem_unlock_shared(&rwsem);
	}
}

static void use_rwspin(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % 8 != 0 || !rwspin_trylock(&rwspin))
			rwspin_lock(&rwspin);
		take_turn();
		rwspin_unlock(&rwspin);
		rwspin_lock_shared(&rwspin);
		look();
		rwspin_unlock_shared(&rwspin);
	}
}

/* ---- a wait queue: what is handed round, hart by hart ---- */

static struct waitq changed;
static uint32_t whose; /* (a) */

static void hand_round(void)
{
	uint32_t next = (hart_id() + 1) % TEST_HARTS;

	for (unsigned i = 0; i < ROUNDS; i++) {
		waitq_wait(&changed, load_acquire(&whose) == hart_id());
		take_turn();
		store_release(&whose, next);
		waitq_wake_all(&changed);
	}
}

/* ---- a reference count ---- */

static struct {
	struct refcount refs;
	uint64_t done[TEST_HARTS]; /* plain */
} shared[ROUNDS];

/* Of each round one is the last, who sees what the others have done. */
static void use_refcount(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		shared[i].done[hart_id()] = 1;
		if (!refcount_put(&shared[i].refs))
			continue;
		for (unsigned h = 0; h < TEST_HARTS; h++)
			assert(shared[i].done[h] == 1);
		memset(&shared[i], 0xdb, sizeof(shared[i]));
		__atomic_fetch_add(&turns, TEST_HARTS, __ATOMIC_RELAXED);
	}
}

/* ---- a radix tree that is glanced at, whose one item comes and goes ---- */

struct item {
	uint32_t refs;      /* (a) */
	uint64_t turn, twice; /* plain */
};

static const struct radix_ops node_ops = { .alloc = malloc, .free = free };
static struct radix tree;
static uint32_t nr_found, nr_gone; /* (a) */

static void take_turn_of(const struct item *item)
{
	assert(item->twice == 2 * item->turn);
}

static void give_up(struct item *item)
{
	if (__atomic_fetch_sub(&item->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	memset(item, 0xdb, sizeof(*item));
	free(item);
}

/* What is read through a pointer depends on it: the sanitizer has not heard of
 * that, so after each pointer it is told. */
static struct item *find_item(void)
{
	const struct radix_node *root = radix_root(&tree);
	struct item *item;

	datarace_order();
	item = radix_get_below(root, 1);
	datarace_order();
	return item;
}

/* True: it was there.  To hold it is to have it beyond the glance. */
static bool look_up(bool holds)
{
	struct item *item;

	glance_begin();
	item = find_item();
	if (item != NULL && holds)
		(void)atomic_fetch_add_relaxed(&item->refs, 1);
	if (item != NULL) {
		take_turn_of(item);
		(void)atomic_fetch_add_relaxed(&nr_found, 1);
	}
	glance_end();
	if (item != NULL && holds) {
		take_turn_of(item);
		give_up(item);
	}
	return item != NULL;
}

/* It comes, with the only node of the tree, and both go when one has found it. */
static void come_and_go(uint64_t turn)
{
	uint32_t found = READ_ONCE(nr_found);
	struct item *item = malloc(sizeof(*item));
	struct radix_node *nodes;

	*item = (struct item){ 1, turn, 2 * turn };
	if (radix_set(&tree, 1, item) != 0)
		panic("no memory");
	while (READ_ONCE(nr_found) == found)
		sched_yield();
	radix_take_out(&tree, 1);
	nodes = radix_take_unused(&tree);
	glances_wait();
	radix_free_unused(&tree, nodes);
	give_up(item);
}

static void glance(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (hart_id() == 0) {
			come_and_go(i);
			(void)atomic_fetch_add_relaxed(&nr_gone, 1);
			continue;
		}
		while (READ_ONCE(nr_gone) <= i && !look_up((i + hart_id()) % 2))
			;
		while (READ_ONCE(nr_gone) <= i)
			sched_yield();
	}
	__atomic_fetch_add(&turns, ROUNDS, __ATOMIC_RELAXED);
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	void (*body)(void);
} tests[] = {
	{ "spinlock", use_spinlock },
	{ "mutex", use_mutex },
	{ "rwsem", use_rwsem },
	{ "rwspin", use_rwspin },
	{ "waitq", hand_round },
	{ "refcount", use_refcount },
	{ "glance", glance },
};

static void prepare(void)
{
	turns = twice = 0;
	mutex_init(&mutex, 0);
	rwsem_init(&rwsem, 0);
	waitq_init(&changed);
	radix_init(&tree, &node_ops);
	nr_found = nr_gone = 0;
	for (unsigned i = 0; i < ROUNDS; i++)
		shared[i].refs = REFCOUNT_INIT(TEST_HARTS);
}

int main(int argc, char **argv)
{
	bool is_good, failed = false;

	printf("1..%zu\n", argc > 1 ? 1 : ARRAY_SIZE(tests));
	for (unsigned i = 0, n = 0; i < ARRAY_SIZE(tests); i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name) != 0)
			continue;
		prepare();
		harts_run(tests[i].body);
		is_good = turns == TEST_HARTS * ROUNDS;
		failed |= !is_good;
		printf("%s %u - %s\n", is_good ? "ok" : "not ok", ++n, tests[i].name);
	}
	return failed;
}
