/*
 * tests/abi-diff/libmemory.c - memory calls whose answer depends on another.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../tap.h"

#define AT(n) ((void *)PAGE_AT(n))

static void walk_advices(void)
{
	static const int places[] = { PLAIN, HOLE, READ_ONLY, NO_ACCESS, SHARED,
				      PRIVATE, LONE };

	for (int advice = -1; advice <= 26; advice++)
		for (int i = 0; i < 7; i++)
			say(madvise(AT(places[i]), WALK_PAGE, advice),
			    "madvise page %d, advice %d", places[i], advice);
	SAY(madvise(AT(PLAIN), 100 * WALK_PAGE, MADV_DONTNEED));
	SAY(madvise(AT(PLAIN), 6 * WALK_PAGE, MADV_NORMAL));
	SAY(madvise(AT(HOLE), 0, MADV_DONTNEED));
	SAY(madvise(AT(HOLE), 0, 99));
}

static void walk_locked(void)
{
	SAY(mlock(AT(PLAIN), WALK_PAGE));
	SAY(msync(AT(PLAIN), WALK_PAGE, MS_INVALIDATE));
	SAY(msync(AT(PLAIN), WALK_PAGE, MS_INVALIDATE | MS_ASYNC));
	SAY(msync(AT(PLAIN), WALK_PAGE, MS_SYNC));
	SAY(msync(AT(PLAIN), 6 * WALK_PAGE, MS_INVALIDATE));
	SAY(madvise(AT(PLAIN), WALK_PAGE, MADV_DONTNEED));
	SAY(madvise(AT(PLAIN), WALK_PAGE, MADV_FREE));
	SAY(madvise(AT(PLAIN), WALK_PAGE, MADV_COLD));
	SAY(madvise(AT(PLAIN), WALK_PAGE, MADV_WILLNEED));
	SAY(munlock(AT(PLAIN), WALK_PAGE));
	SAY(msync(AT(PLAIN), WALK_PAGE, MS_INVALIDATE));
	SAY(madvise(AT(PLAIN), WALK_PAGE, MADV_DONTNEED));
	SAY(mlock(AT(SHARED), WALK_PAGE));
	SAY(msync(AT(SHARED), WALK_PAGE, MS_INVALIDATE));
	SAY(munlockall());
	SAY(msync(AT(SHARED), WALK_PAGE, MS_INVALIDATE));
	SAY(mlock(AT(NO_ACCESS), WALK_PAGE));
	SAY(mlock(AT(HOLE), WALK_PAGE));
	SAY(mlock(AT(READ_ONLY), WALK_PAGE));
	SAY(mlock(AT(PAST_END), WALK_PAGE));
	SAY(mlock(AT(PLAIN), 6 * WALK_PAGE));
	SAY(munlock(AT(PLAIN), 6 * WALK_PAGE));
	SAY(mlock2(AT(PLAIN), WALK_PAGE, MLOCK_ONFAULT));
	SAY(munlock(AT(PLAIN), WALK_PAGE));
}

static void walk_signal_stacks(void)
{
	static const size_t sizes[] = { 0, 1, 2047, 2048, 4096, 1UL << 62, -1UL };
	static const int flags[] = { 0, SS_ONSTACK, SS_DISABLE, 3, 4,
				     (int)(1U << 31), (int)(1U << 31) | SS_DISABLE };

	for (int f = 0; f < 7; f++)
		for (int s = 0; s < 7; s++) {
			stack_t stack = { .ss_sp = AT(PLAIN),
					  .ss_flags = flags[f],
					  .ss_size = sizes[s] };

			say(sigaltstack(&stack, NULL),
			    "sigaltstack flags %#x, size %ld", flags[f],
			    (long)sizes[s]);
		}
}

static volatile int in_handler = -100, old_flags, same_in_handler;

static void on_signal(int sig TAP_UNUSED)
{
	stack_t other = { .ss_sp = AT(1), .ss_size = 8192 }, old;

	in_handler = sigaltstack(&other, NULL) == 0 ? 0 : errno;
	sigaltstack(NULL, &old);
	old_flags = old.ss_flags;
	same_in_handler = sigaltstack(&old, NULL) == 0 ? 0 : errno;
}

static void walk_on_stack(void)
{
	static char room[65536];
	stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_ONSTACK };

	SAY(sigaltstack(&stack, NULL));
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	say_words("another stack while on it: %s",
		  in_handler ? error_name(in_handler) : "ok");
	say_words("flags on it: %d", old_flags);
	say_words("the same stack while on it: %s",
		  same_in_handler ? error_name(same_in_handler) : "ok");
}

static void walk_limits(void)
{
	struct rlimit small = { 2 * WALK_PAGE, 2 * WALK_PAGE };

	SAY(setrlimit(RLIMIT_MEMLOCK, &small));
	SAY(mlock(AT(PLAIN), 4 * WALK_PAGE));
	SAY(setresuid(1000, 1000, 1000));
	SAY(mlock(AT(PLAIN), 2 * WALK_PAGE));
	SAY(mlock(AT(PLAIN), 3 * WALK_PAGE));
	SAY(mlock(AT(3), 1));
	SAY(munlock(AT(PLAIN), 4 * WALK_PAGE));
	SAY(mlock(AT(3), 1));
	SAY(mlockall(MCL_CURRENT));
	SAY(mlockall(MCL_FUTURE));
}

static void walk_futex_words(void)
{
	static const int places[] = { PLAIN, HOLE, READ_ONLY, NO_ACCESS, SHARED,
				      PRIVATE, PAST_END, LONE };
	struct timespec none = { 0, 0 };

	for (int op = 0; op < 2; op++)
		for (int flag = 0; flag <= 128; flag += 128)
			for (int i = 0; i < 8; i++)
				say(syscall(SYS_futex, AT(places[i]), op | flag,
					    op, &none),
				    "futex operation %d, page %d", op | flag,
				    places[i]);
	SAY(mprotect(AT(SHARED), WALK_PAGE, PROT_READ));
	SAY(syscall(SYS_futex, AT(SHARED), 0, 1, &none));
	SAY(syscall(SYS_futex, AT(SHARED), 1, 1, &none));
	SAY(syscall(SYS_futex, AT(SHARED), 5, 1, 1, AT(SHARED), 0));
	SAY(mprotect(AT(PRIVATE), WALK_PAGE, PROT_READ));
	SAY(syscall(SYS_futex, AT(PRIVATE), 0, 1, &none));
	SAY(syscall(SYS_futex, AT(PRIVATE), 1, 1, &none));
}

void walk_memory(const void *unused TAP_UNUSED)
{
	walk_signal_stacks();
	walk_on_stack();
	walk_futex_words();
	walk_locked();
	walk_advices();
	walk_limits();
}
