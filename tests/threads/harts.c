/*
 * tests/threads/harts.c - see harts.h.
 */

#include "harts.h"

#include <pthread.h>
#include <sched.h>

#include "arch/barrier.h"
#include "lib/bug.h"

/* Of the kernel's; the first field is what a hart points to. */
struct thread {
	struct arch_thread arch;
	uint32_t sleeps; /* (a) announced, and not woken since */
};

struct hart harts[MAX_HARTS];
unsigned nr_harts = TEST_HARTS;
static struct thread threads[TEST_HARTS];
static __thread unsigned self;

struct hart *hart_self(void)
{
	return &harts[self];
}

/* ---- what a spinning or a sleeping lock asks for ---- */

void spin_pause(void)
{
	sched_yield();
}

void block_prepare(bool interruptible UNUSED)
{
	__atomic_store_n(&threads[self].sleeps, 1, __ATOMIC_RELAXED);
}

void block_cancel(void)
{
	__atomic_store_n(&threads[self].sleeps, 0, __ATOMIC_RELAXED);
}

void block_schedule(void)
{
	while (__atomic_load_n(&threads[self].sleeps, __ATOMIC_RELAXED))
		sched_yield();
}

bool block_schedule_until(uint64_t deadline UNUSED)
{
	block_schedule();
	return true;
}

bool wake_thread(struct thread *t)
{
	return __atomic_exchange_n(&t->sleeps, 0, __ATOMIC_RELAXED) != 0;
}

bool block_interrupted(void)
{
	return false;
}

bool block_killed_really(void)
{
	return false;
}

void sched_leave(void)
{
	sched_yield();
}

void hart_is_wanted(bool is)
{
	__atomic_store_n(&threads[self].arch.work, is ? WORK_RESCHED : 0,
			 __ATOMIC_RELAXED);
}

/* ---- what the sanitizer has to be told ---- */

/*
 * READ_ONCE() and WRITE_ONCE(): marked, so they may meet each other, and order
 * nothing. The compiler calls these before the access itself.
 */
enum { MARKED_READS = 16 };

static __thread const void *marked_reads[MARKED_READS];
static __thread unsigned nr_marked_reads;

/* Who spins for one word has not forgotten those he has seen before. */
static void note_marked_read(const void *at)
{
	if (marked_reads[(nr_marked_reads - 1) % MARKED_READS] != at)
		marked_reads[nr_marked_reads++ % MARKED_READS] = at;
}

#define MARKED(size, type)						\
	void __tsan_volatile_read##size(void *at);			\
	void __tsan_volatile_read##size(void *at)			\
	{								\
		(void)__atomic_load_n((type *)at, __ATOMIC_RELAXED);	\
		note_marked_read(at);					\
	}								\
	void __tsan_volatile_write##size(void *at);			\
	void __tsan_volatile_write##size(void *at)			\
	{								\
		(void)__atomic_fetch_add((type *)at, 0, __ATOMIC_RELAXED); \
	}
MARKED(1, uint8_t)
MARKED(2, uint16_t)
MARKED(4, uint32_t)
MARKED(8, uint64_t)

/*
 * A fence: what was released to one of the words that were read before it has
 * happened before what follows, and so has what others did before theirs.
 */
void __tsan_acquire(const void *at);

void datarace_order(void)
{
	static uint32_t all;

	for (unsigned i = 0; i < MARKED_READS; i++)
		if (marked_reads[i] != NULL)
			__tsan_acquire(marked_reads[i]);
	__atomic_fetch_add(&all, 1, __ATOMIC_SEQ_CST);
}

/* ---- harts ---- */

struct start {
	pthread_t id;
	unsigned hart;
	void (*body)(void);
};

static void *run(void *arg)
{
	const struct start *s = arg;

	self = s->hart;
	s->body();
	return NULL;
}

void harts_run(void (*body)(void))
{
	struct start starts[TEST_HARTS];

	for (unsigned h = 0; h < TEST_HARTS; h++) {
		starts[h] = (struct start){ .hart = h, .body = body };
		harts[h].id = h;
		harts[h].current = &threads[h].arch;
	}
	for (unsigned h = 0; h < TEST_HARTS; h++)
		if (pthread_create(&starts[h].id, NULL, run, &starts[h]) != 0)
			panic("no thread for hart %u", h);
	for (unsigned h = 0; h < TEST_HARTS; h++)
		(void)pthread_join(starts[h].id, NULL);
}
