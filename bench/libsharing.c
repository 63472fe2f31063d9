/*
 * libsharing.c - rows of harts that have something in common, or could have.
 *
 * mprotect, while other harts run threads of this process, hold idle ones, or
 * run other processes: only the first kind has to be interrupted. Page faults
 * of threads in ranges of their own: they need not meet at all.
 */
#define _GNU_SOURCE
#include "libbench.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TABLE_SPAN = 512 * PAGE, FAULT_THREADS = 4 };

/* What the siblings are; a row's argument is one of these plus how many. */
enum { SPINNING = 0, IDLE = 10, FOREIGN = 20 };

static volatile long *nr_ready;

static void ready_on(long hart)
{
	pin_to_hart(hart);
	__atomic_add_fetch(nr_ready, 1, __ATOMIC_SEQ_CST);
}

_Noreturn static void *spin(void *hart)
{
	ready_on((long)hart);
	for (;;)
		__asm__ volatile("");
}

_Noreturn static void *sleep_on(void *hart)
{
	ready_on((long)hart);
	for (;;)
		pause();
}

static void start_sibling(long kind, long hart)
{
	pthread_t thread;

	if (kind == FOREIGN) {
		if (bench_check(fork(), "fork") == 0)
			spin((void *)hart);
	} else {
		bench_check(-pthread_create(&thread, NULL,
					    kind == IDLE ? sleep_on : spin,
					    (void *)hart), "pthread_create");
	}
}

/*
 * One a hart, from hart 1 on; those of an earlier run serve again. Nobody
 * ends them: the end of the row does, as they are of its process or group.
 */
static void start_siblings(struct bench *b, long kind, long nr)
{
	nr_ready = &b->shared[0];
	if (*nr_ready == 0)
		for (long hart = 1; hart <= nr; hart++)
			start_sibling(kind, hart);
	while (*nr_ready < nr)
		usleep(1000);
	usleep(20000);		/* idle ones are to be asleep by now */
}

static void protect_with_siblings(struct bench *b, long kind_and_nr)
{
	char *mem = map_pages(16, 0);
	long page = (long)mem + 8 * PAGE;

	touch_pages(mem, 16);
	start_siblings(b, kind_and_nr / 10 * 10, kind_and_nr % 10);
	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		raw3(SYS_mprotect, page, PAGE, PROT_READ);
		raw3(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE);
	}
	bench_stop(b);
}

/*
 * Ranges of one mapping, each with a leaf table of its own. The threads wait
 * in user mode for the gate to open, and, done, for it to close.
 */
static struct {
	char *ranges;
	long pages_each;
	volatile int nr_waiting, open, nr_done;
} gate;

static void fault_in(long hart)
{
	touch_pages(gate.ranges + hart * TABLE_SPAN, gate.pages_each);
}

static void *faulting_thread(void *hart)
{
	pin_to_hart((long)hart);
	__atomic_add_fetch(&gate.nr_waiting, 1, __ATOMIC_SEQ_CST);
	while (!gate.open)
		;
	fault_in((long)hart);
	__atomic_add_fetch(&gate.nr_done, 1, __ATOMIC_SEQ_CST);
	while (gate.open)
		;		/* the end of a thread changes mappings */
	return NULL;
}

static void parallel_faults(struct bench *b, long unused)
{
	const long pages = (FAULT_THREADS + 1) * TABLE_SPAN / PAGE;
	char *mem = map_pages(pages, 0);
	pthread_t threads[FAULT_THREADS];

	(void)unused;
	gate.ranges = (char *)(((uintptr_t)mem + TABLE_SPAN - 1) &
			       -(uintptr_t)TABLE_SPAN);
	gate.pages_each = b->ops / FAULT_THREADS;
	gate.nr_waiting = gate.open = gate.nr_done = 0;
	for (long i = 1; i < FAULT_THREADS; i++)
		bench_check(-pthread_create(&threads[i], NULL, faulting_thread,
					    (void *)i), "pthread_create");
	while (gate.nr_waiting < FAULT_THREADS - 1)
		;

	bench_start(b);
	gate.open = 1;
	fault_in(0);
	while (gate.nr_done < FAULT_THREADS - 1)
		;
	bench_stop(b);
	gate.open = 0;
	for (long i = 1; i < FAULT_THREADS; i++)
		pthread_join(threads[i], NULL);
	unmap_pages(mem, pages);
}

#define PROTECT(name, kind, nr) \
	{ name, protect_with_siblings, (kind) + (nr), 50, 1, (nr) + 1 }

const struct row sharing_rows[] = {
	PROTECT("mprotect pair, 0 siblings", SPINNING, 0),
	PROTECT("mprotect pair, 1 spinning", SPINNING, 1),
	PROTECT("mprotect pair, 2 spinning", SPINNING, 2),
	PROTECT("mprotect pair, 3 spinning", SPINNING, 3),
	PROTECT("mprotect pair, 1 idle", IDLE, 1),
	PROTECT("mprotect pair, 2 idle", IDLE, 2),
	PROTECT("mprotect pair, 3 idle", IDLE, 3),
	PROTECT("mprotect pair, 1 foreign", FOREIGN, 1),
	PROTECT("mprotect pair, 2 foreign", FOREIGN, 2),
	PROTECT("mprotect pair, 3 foreign", FOREIGN, 3),
	{ "faults, 4 threads", parallel_faults, 0, FAULT_THREADS * 512, 3,
	  FAULT_THREADS },
	{ 0 },
};
