/*
 * tests/stress/table_storm.c
 *
 * Claim    Processes that have page tables in common, after a fork, change
 *          nothing of one another's memory, whatever each does with its own, and
 *          in whatever order they end.
 * Method   A process of some whole page tables forks children, while threads of
 *          it count in words of their own in each page. What a child finds is
 *          what the parent had, and nobody changes it. Then it writes, unmaps,
 *          drops, protects or moves a part of it, forks again, or is written to
 *          from outside, and looks at the rest. The last page table belongs to a
 *          file's mapping in part, which is truncated meanwhile.
 * Catches  Whoever changes entries of a table that others have
 *          (table_not_owned), two who own one table at once
 *          (table_owned_twice), a table taken from the parent that his harts
 *          have still (table_shootdown_missed), pages counted wrong.
 * -X       MAP_SHARED in place of MAP_PRIVATE.
 */
#include "libstress.h"

#include <sys/uio.h>

enum {
	TABLE = 2 << 20,
	TABLES = 3,
	STEP = 16 * PAGE,		/* from one page that is used to the next */
	PLACES = TABLES * TABLE / STEP,
	FILE_PAGES = 32,
};

static char *mem;		/* the tables, and behind them the file's pages */
static int file;
static bool stop;

/* In a page word 0 is the round's, and one is each thread's. */
static volatile long *place(int i)
{
	return (volatile long *)(mem + (long)i * STEP);
}

static void *count(void *arg)
{
	long last[PLACES] = { 0 }, me = (long)arg;
	struct rng rng = rng_of(me);

	for (int i = 0; i < PLACES; i++)
		last[i] = place(i)[me];
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		int i = rng_below(&rng, PLACES);
		volatile long *word = place(i) + me;

		if (!stress_check(*word == last[i],
				  "page %d: thread %ld finds %ld after %ld", i,
				  me, *word, last[i]))
			break;
		*word = ++last[i];
	}
	return NULL;
}

/* ---- what a child does to [first, end) of the places ---- */

enum left { AS_IT_WAS, ZEROS, MINE, GONE };

struct range {
	int first, end;
	char *at;
	size_t bytes;
};

static enum left write_it(const struct range *r, long mark)
{
	for (int i = r->first; i < r->end; i++)
		*place(i) = mark;
	return MINE;
}

static enum left unmap_it(const struct range *r, long mark TAP_UNUSED)
{
	stress_check(munmap(r->at, r->bytes) == 0, "munmap: %d", errno);
	return GONE;
}

static enum left drop_it(const struct range *r, long mark TAP_UNUSED)
{
	stress_check(madvise(r->at, r->bytes, MADV_DONTNEED) == 0,
		     "madvise: %d", errno);
	return stress.wrong ? AS_IT_WAS : ZEROS;
}

static enum left protect_it(const struct range *r, long mark)
{
	stress_check(mprotect(r->at, r->bytes, PROT_READ) == 0 &&
		     mprotect(r->at, r->bytes, PROT_READ | PROT_WRITE) == 0,
		     "mprotect: %d", errno);
	return write_it(r, mark);
}

static enum left lock_it(const struct range *r, long mark)
{
	stress_check(mlock(r->at, r->bytes) == 0 &&
		     munlock(r->at, r->bytes) == 0, "mlock: %d", errno);
	return write_it(r, mark);
}

/* Away, and back. */
static enum left move_it(const struct range *r, long mark TAP_UNUSED)
{
	char *to = stress_map(r->bytes, MAP_PRIVATE | MAP_NORESERVE);
	int fixed = MREMAP_MAYMOVE | MREMAP_FIXED;

	stress_check(mremap(r->at, r->bytes, r->bytes, fixed, to) == to &&
		     mremap(to, r->bytes, r->bytes, fixed, r->at) == r->at,
		     "mremap: %d", errno);
	return AS_IT_WAS;
}

static enum left replace_it(const struct range *r, long mark TAP_UNUSED)
{
	stress_check(mmap(r->at, r->bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			  0) == r->at, "mmap: %d", errno);
	return ZEROS;
}

/* What the child does is nothing to its own child. */
static enum left fork_before(const struct range *r, long mark)
{
	if (tap_fork() == 0) {
		for (int i = r->first; i < r->end; i++)
			stress_check(*place(i) != mark,
				     "a grandchild finds the child's %ld", mark);
		*place(r->first) = -mark;
		_exit(0);
	}
	return write_it(r, mark);
}

static enum left (*const deeds[])(const struct range *r, long mark) = {
	write_it, unmap_it, drop_it, protect_it,
	lock_it, move_it, replace_it, fork_before,
};
enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

/* ---- children ---- */

static struct range any_range(struct rng *rng)
{
	struct range r = { .first = rng_below(rng, PLACES) };

	r.end = r.first + 1 + rng_below(rng, PLACES - r.first);
	r.at = mem + (long)r.first * STEP;
	r.bytes = (size_t)(r.end - r.first) * STEP;
	return r;
}

static void look(const struct range *r, enum left left, long round, long mark)
{
	for (int i = 0; i < PLACES; i++) {
		bool inside = i >= r->first && i < r->end;
		enum left now = inside ? left : AS_IT_WAS;
		long want = now == MINE ? mark : now == ZEROS ? 0 : round;

		if (now != GONE)
			stress_check(*place(i) == want,
				     "page %d holds %ld, expected %ld", i,
				     *place(i), want);
	}
}

static void live(long round, long number)
{
	struct rng rng = rng_of(round * 64 + number);
	struct range r = any_range(&rng);
	long mark = round * 1000 + number, seen = place(r.first)[1];
	enum left left;

	if (rng_below(&rng, 4) == 0)
		return; /* without having touched more than that */
	stress_check(*place(r.first) == round,
		     "page %d holds %ld, expected %ld", r.first,
		     *place(r.first), round);
	sched_yield();
	stress_check(place(r.first)[1] == seen,
		     "a thread of the parent counted in a child");
	left = deeds[rng_below(&rng, DEEDS)](&r, mark);
	look(&r, left, round, mark);
	stress_reap();
}

/* A child that only waits is written to and read from outside. */
static void visit_a_child(long round, struct rng *rng)
{
	int i = rng_below(rng, PLACES), gate[2];
	long mark = -round, found = 0;
	struct iovec ours = { &mark, sizeof(mark) };
	struct iovec theirs = { (void *)place(i), sizeof(mark) };
	char c;
	pid_t pid;

	if (pipe(gate) < 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		close(gate[1]);
		if (read(gate[0], &c, 1) != 0)
			_exit(1);
		stress_check(*place(i) == mark,
			     "page %d holds %ld after %ld was written", i,
			     *place(i), mark);
		_exit(0);
	}
	close(gate[0]);
	stress_check(process_vm_writev(pid, &ours, 1, &theirs, 1, 0) ==
		     sizeof(mark), "process_vm_writev: %d", errno);
	ours.iov_base = &found;
	stress_check(process_vm_readv(pid, &ours, 1, &theirs, 1, 0) ==
		     sizeof(mark) && found == mark,
		     "process_vm_readv: %ld, expected %ld", found, mark);
	stress_check(*place(i) == round, "the parent's page %d holds %ld", i,
		     *place(i));
	close(gate[1]);
}

/* ---- the parent ---- */

/* Some of its pages are its own, when the file's are taken away. */
static void truncate_behind(void)
{
	if (ftruncate(file, FILE_PAGES * PAGE) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	for (int i = 0; i < FILE_PAGES; i += 2)
		mem[(long)TABLES * TABLE + (long)i * PAGE] = 1;
	if (tap_fork() == 0)
		_exit(ftruncate(file, 0) < 0);
}

static void map_all(void)
{
	char *all = stress_map((TABLES + 2) * (size_t)TABLE, stress_private());

	mem = (char *)(((uintptr_t)all + TABLE - 1) & -(uintptr_t)TABLE);
	file = stress_file("/tmp/table_storm");
	if (mmap(mem + (long)TABLES * TABLE, FILE_PAGES * PAGE,
		 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file,
		 0) == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
}

static void play(long round, struct rng *rng)
{
	long truncates = rng_below(rng, 4);

	for (int i = 0; i < PLACES; i++)
		*place(i) = round;
	for (long number = 0; number < 4; number++) {
		if (number == truncates)
			truncate_behind();
		if (tap_fork() == 0) {
			live(round, number);
			_exit(0);
		}
	}
	if (!under_qemu_user()) /* which has no process_vm_writev() */
		visit_a_child(round, rng);
	if (rng_below(rng, 2) == 0)
		stress_reap();
	for (int i = 0; i < PLACES; i++)
		stress_check(*place(i) == round,
			     "the parent's page %d holds %ld, expected %ld", i,
			     *place(i), round);
	stress_reap();
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	struct rng rng;

	stress_begin(argc, argv, 2, "page tables in common are nobody's to change");
	map_all();
	rng = rng_of(0);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&threads[i], NULL, count, (void *)(i + 1));
	for (long round = 1; stress_go_on(); round++) {
		play(round, &rng);
		stress_round();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (long i = 0; i < stress.threads; i++)
		pthread_join(threads[i], NULL);
	return stress_end();
}
