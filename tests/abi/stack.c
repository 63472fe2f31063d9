/*
 * tests/abi/stack.c
 *
 * Claim    The first thread's stack grows by being touched, up to its limit
 *          of RLIMIT_STACK, to the byte, and not beyond, nor beyond RLIMIT_AS; a MAP_GROWSDOWN
 *          mapping grows too, which is nobody else's, but not close to one
 *          below that can be accessed; memory that is no stack does not; a locked
 *          one asks RLIMIT_MEMLOCK, unless that is of no concern to its owner.
 * Method   Deep recursion; a child that overruns its limit dies of SIGSEGV.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "libmaps.h"

#include <sys/mman.h>
#include <sys/resource.h>

enum { PAGE = 4096 };

static long touch(long bytes)
{
	volatile char room[2048];

	room[0] = 1;
	room[2047] = 1;
	return bytes <= 0 ? 0 : touch(bytes - 2048) + room[0];
}

static int recurse(void *bytes)
{
	return touch((long)bytes) <= 0;
}

static int recurse_limited(void *limit)
{
	struct rlimit rl = { (long)limit, (long)limit };

	setrlimit(RLIMIT_STACK, &rl);
	touch(2 * (long)limit);
	return 0;
}

/* Half a megabyte more than there is. */
static int recurse_with_little(void *unused TAP_UNUSED)
{
	long pages;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld", &pages) != 1)
		return 100;
	fclose(f);

	struct rlimit rl = { pages * PAGE + (512 << 10), RLIM_INFINITY };

	setrlimit(RLIMIT_AS, &rl);
	touch(2 << 20);
	return 0;
}

static bool find_stack(struct mapping *stack)
{
	struct mapping maps[MAPS_MAX];
	char here;
	int n = maps_between(&here, &here + 1, maps);

	*stack = maps[0];
	return n == 1 && strcmp(maps[0].name, "[stack]") == 0;
}

static bool stack_is_shown(void)
{
	struct mapping stack;

	return find_stack(&stack);
}

/* With a limit of 1 MiB: the byte so far below the stack's end. */
static int touch_at(void *depth)
{
	enum { LIMIT = 1 << 20 };
	struct rlimit rl = { LIMIT, LIMIT };
	struct mapping stack;

	if (!find_stack(&stack) || setrlimit(RLIMIT_STACK, &rl) < 0)
		return 100;
	*(volatile char *)(stack.end - (unsigned long)depth) = 1;
	return 0;
}

static volatile int nr_faults;

static void give_up(int sig TAP_UNUSED)
{
	_exit(nr_faults + 10);
}

/* Touches the page below a mapping, which grows or does not. */
static int touch_below(void *flags)
{
	/* Room below, so that growing is not stopped by a neighbour. */
	char *room = mmap(NULL, 1024 * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *top = room + 1020 * PAGE;

	signal(SIGSEGV, give_up);
	munmap(room, 1022 * PAGE);
	mmap(top, 2 * PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | (int)(long)flags, -1, 0);
	for (int i = 1; i < 100; i++)
		*(volatile char *)(top - i * PAGE) = i;
	for (int i = 1; i < 100; i++)
		if (top[-i * PAGE] != i)
			return 1;
	return 0;
}

/* A mapping of its own that grows, 200 pages above a neighbour of this protection
 * and these flags: touches the page that follows the neighbour. */
struct neighbour {
	int protection, flags;
};

static int touch_beside(void *arg)
{
	const struct neighbour *n = arg;
	const int own = MAP_PRIVATE | MAP_ANONYMOUS;
	char *room = mmap(NULL, 1024 * PAGE, PROT_NONE, own, -1, 0);
	char *below = room + 600 * PAGE, *top = room + 800 * PAGE;

	munmap(room, 1024 * PAGE);
	mmap(below, PAGE, n->protection, own | MAP_FIXED | n->flags, -1, 0);
	mmap(top, PAGE, PROT_READ | PROT_WRITE, own | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	*(volatile char *)(below + PAGE) = 1;
	return 0;
}

static void test_neighbours(void)
{
	struct neighbour page = { PROT_READ, 0 }, none = { PROT_NONE, 0 },
			 stack = { PROT_READ | PROT_WRITE, MAP_GROWSDOWN };

	is_killed(in_child(touch_beside, &page), SIGSEGV,
		  "it keeps away from what can be accessed");
	is_exit(in_child(touch_beside, &none), 0, "and not from what cannot");
	is_exit(in_child(touch_beside, &stack), 0, "nor from another that grows");
}

/* A locked page that grows, when three may be locked: by so many pages. */
struct locked {
	unsigned user;
	int pages;
};

static int grow_locked(void *arg)
{
	const struct locked *l = arg;
	struct rlimit rl = { 3 * PAGE, 3 * PAGE };
	char *room = mmap(NULL, 1024 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *top = room + 1020 * PAGE;

	munmap(room, 1024 * PAGE);
	mmap(top, PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	if (mlock(top, PAGE) < 0 || setrlimit(RLIMIT_MEMLOCK, &rl) < 0 || setuid(l->user) < 0)
		return 100;
	for (int i = 1; i <= l->pages; i++)
		*(volatile char *)(top - i * PAGE) = 1;
	return 0;
}

static void test_locked(void)
{
	struct locked fits = { 4242, 2 }, too_much = { 4242, 3 }, roots = { 0, 3 };

	if (getuid() != 0) {
		skip(3, "only root can be without that limit");
		return;
	}
	is_exit(in_child(grow_locked, &fits), 0, "a locked one grows up to its limit");
	is_killed(in_child(grow_locked, &too_much), SIGSEGV, "and no further");
	is_exit(in_child(grow_locked, &roots), 0, "root's does");
}

int main(void)
{
	plan(10 + 6);
	is_exit(in_child(recurse, (void *)(6L << 20)), 0,
		"6 MiB of stack are there when touched");
	if (!skip_under_qemu(5, "has a stack of fixed size")) {
		is_exit(in_child(touch_at, (void *)(1L << 20)), 0,
			"down to its last byte");
		is_killed(in_child(touch_at, (void *)((1L << 20) + 1)), SIGSEGV,
			  "and no further");
		is_killed(in_child(recurse_with_little, NULL), SIGSEGV,
			  "not beyond what may be mapped in all");
		is_killed(in_child(recurse_limited, (void *)(1L << 20)),
			  SIGSEGV, "not beyond a limit of 1 MiB");
		is_killed(in_child(recurse, (void *)(64L << 20)), SIGSEGV,
			  "not beyond the limit there is");
	}
	ok(stack_is_shown(), "/proc/self/maps names it");
	if (!skip_under_qemu(7, "drops MAP_GROWSDOWN")) {
		is_exit(in_child(touch_below, (void *)MAP_GROWSDOWN), 0,
			"a MAP_GROWSDOWN mapping grows");
		test_neighbours();
		test_locked();
	}
	is_exit(in_child(touch_below, NULL), 10, "another does not");
	fails((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS |
			 MAP_GROWSDOWN, -1, 0), EINVAL, "none is shared");
	return done_testing();
}
