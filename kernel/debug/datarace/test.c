/*
 * debug/datarace/test.c - races on purpose, and right code beside them.
 *
 *	echo datarace >/proc/drover/provoke
 *
 * Two threads run the two sides of a case again and again, until it was told
 * of or each has been round so often that it would have been.  A case that
 * races and is not told of is a panic, and so is right code that is; so the
 * test stands for what each of the other reports is worth.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/datarace/datarace_internal.h"
#include "debug/printk.h"
#include "debug/provoke.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "proc/sched/sched.h"
#include "sync/spinlock.h"

#if WATCHED

#define BURST 1000
#define BURSTS_FOR_RIGHT 100
#define BURSTS_FOR_RACE 30000
#define WORDS_FOR_RACE 300000
#define LONGER 3

static struct spinlock lock = SPINLOCK_INIT(RANK_WAITQ);

struct block {
	uint64_t part[16];
};

/* What the cases race for, and nobody else. */
static struct {
	uint64_t word;
	uint8_t bytes[8];
	struct block block, copy;
} mark;

static void write_plain(void)
{
	mark.word++;
}

static void read_plain(void)
{
	uint64_t seen = mark.word;

	__asm__ volatile("" ::"r"(seen));
}

static void write_marked(void)
{
	WRITE_ONCE(mark.word, READ_ONCE(mark.word) + 1);
}

static void read_marked(void)
{
	(void)READ_ONCE(mark.word);
}

static void add_atomic(void)
{
	atomic_fetch_add_relaxed(&mark.word, 1);
}

static void write_half(void)
{
	((uint32_t *)&mark.word)[1]++;
}

static void write_block(void)
{
	memset(&mark.block, 1, sizeof(mark.block));
}

static void copy_block(void)
{
	memcpy(&mark.copy, &mark.block, sizeof(mark.copy));
	barrier();
}

static void read_in_block(void)
{
	__asm__ volatile("" ::"r"(mark.block.part[7]));
}

static void write_locked(void)
{
	unsigned long irq = spin_lock_irqsave(&lock);

	mark.word++;
	spin_unlock_irqrestore(&lock, irq);
}

static void read_on_purpose(void)
{
	uint64_t seen = data_race(mark.word, "whatever it is, nobody looks at it");

	__asm__ volatile("" ::"r"(seen));
}

static void write_first_byte(void)
{
	mark.bytes[0]++;
}

static void write_second_byte(void)
{
	mark.bytes[1]++;
}

/* ---- words, and a flag that says that they are there ---- */

static uint32_t is_there; /* (a) */
static uint32_t nr_taken; /* (a) by take_words(), since the case began */

/* It is the other's turn only when they are there. */
static bool may_write(void)
{
	/* ORDER datarace-turn, writing side; the other is in take_words(). */
	return load_acquire(&is_there) == 0;
}

static void write_words(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(mark.block.part); i++)
		mark.block.part[i]++;
}

static void read_words(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(mark.block.part); i++)
		__asm__ volatile("" ::"r"(mark.block.part[i]));
}

static void say_unordered(void)
{
	if (!may_write())
		return;
	write_words();
	WRITE_ONCE(is_there, 1);
}

static void say_released(void)
{
	if (!may_write())
		return;
	write_words();
	/* ORDER datarace-turn, saying side; the other is in take_words(). */
	store_release(&is_there, 1);
}

static void say_fenced(void)
{
	if (!may_write())
		return;
	write_words();
	/* ORDER datarace-turn, fencing side; the other is in take_words(). */
	smp_wmb();
	WRITE_ONCE(is_there, 1);
}

static void take_words(void)
{
	/* ORDER datarace-turn, hearing side; the other is in say_released(). */
	if (load_acquire(&is_there) == 0)
		return;
	read_words();
	/* ORDER datarace-turn, giving side; the other is in may_write(). */
	store_release(&is_there, 0);
	WRITE_ONCE(nr_taken, nr_taken + 1);
}

static const struct race_case {
	const char *name;
	void (*mine)(void), (*others)(void);
	/* The weak ones with weak=on alone, and the right of them for so long
	 * that they would have been told of. */
	enum { RIGHT, RACE, WEAK_RACE, WEAK_RIGHT } is;
} cases[] = {
	{ "two plain writes", write_plain, write_plain, RACE },
	{ "a plain read, a plain write", read_plain, write_plain, RACE },
	{ "a plain read, a marked write", read_plain, write_marked, RACE },
	{ "a plain write, a marked read", write_plain, read_marked, RACE },
	{ "a plain read, an atomic addition", read_plain, add_atomic, RACE },
	{ "a plain read, a write of half of it", read_plain, write_half, RACE },
	{ "a block that is set, a word of it", read_in_block, write_block, RACE },
	{ "a block that is set, a copy of it", copy_block, write_block, RACE },
	{ "a write under the lock, one without", write_locked, write_plain, RACE },
	{ "two plain reads", read_plain, read_plain, RIGHT },
	{ "marked accesses", write_marked, read_marked, RIGHT },
	{ "marked and atomic ones", write_marked, add_atomic, RIGHT },
	{ "two writes under the lock", write_locked, write_locked, RIGHT },
	{ "neighbours in a word", write_first_byte, write_second_byte, RIGHT },
	{ "a race that is meant", read_on_purpose, write_marked, RIGHT },
	{ "words, and a flag without a release", say_unordered, take_words, WEAK_RACE },
	{ "words, and a flag with one", say_released, take_words, WEAK_RIGHT },
	{ "words, a fence and a flag", say_fenced, take_words, WEAK_RIGHT },
};

static const struct race_case *current; /* (a) what the other thread runs */
static uint32_t nr_bursts;              /* (a) of it */
static bool is_done;                    /* (a) all cases are */
static uint32_t race_taken;             /* words, until the last race was told of */

static bool is_right(const struct race_case *c)
{
	return c->is == RIGHT || c->is == WEAK_RIGHT;
}

static void burst(void (*side)(void))
{
	for (unsigned i = 0; i < BURST; i++)
		side();
}

static void run_others(void *arg UNUSED)
{
	while (!READ_ONCE(is_done)) {
		const struct race_case *c = READ_ONCE(current);

		if (c != NULL)
			burst(c->others);
		/* No ORDER: a count that is to grow. */
		atomic_fetch_add_full(&nr_bursts, 1);
		sched_yield_current();
	}
	for (;;)
		provoke_nap();
}

/* The other thread has seen what is in @current. */
static void let_other_turn(void)
{
	uint32_t then = READ_ONCE(nr_bursts);

	while (READ_ONCE(nr_bursts) - then < 2)
		sched_yield_current();
}

/*
 * Right code is not told of at all.  A race has to be with both sides: who has
 * looked for a watchpoint, found none and then loses its processor stores
 * beside the next one unseen, and is told of as nobody.
 */
static bool is_told(const struct race_case *c, unsigned from)
{
	return datarace_is_found(from, &mark, sizeof(mark), !is_right(c));
}

static bool is_over(const struct race_case *c, unsigned found_before, unsigned bursts)
{
	if (c->is == WEAK_RIGHT)
		return READ_ONCE(nr_taken) >= LONGER * race_taken;
	if (c->is == RIGHT)
		return bursts >= BURSTS_FOR_RIGHT;
	if (is_told(c, found_before))
		return true;
	return c->is == WEAK_RACE ? READ_ONCE(nr_taken) >= WORDS_FOR_RACE :
				    bursts >= BURSTS_FOR_RACE;
}

static void run_case(const struct race_case *c)
{
	unsigned before = datarace_count(), bursts = 0;

	WRITE_ONCE(nr_taken, 0);
	WRITE_ONCE(current, c);
	let_other_turn();
	while (!is_over(c, before, bursts++)) {
		burst(c->mine);
		sched_yield_current();
	}
	if (!is_right(c))
		race_taken = READ_ONCE(nr_taken);
	WRITE_ONCE(current, NULL);
	let_other_turn();
	while (datarace_tell())
		;
	if (is_told(c, before) == is_right(c))
		panic("datarace: %s: %s reported", c->name, is_right(c) ? "was" : "was not");
	printk("datarace: %s: as it should be\n", c->name);
}

void datarace_test(void)
{
	WRITE_ONCE(is_done, false);
	if (kthread_start("racer", run_others, NULL) == NULL)
		panic("datarace: no memory for a thread");
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++)
		if (cases[i].is < WEAK_RACE || datarace_is_weak())
			run_case(&cases[i]);
	WRITE_ONCE(is_done, true);
}

#endif
