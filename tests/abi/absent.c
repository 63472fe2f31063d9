/*
 * tests/abi/absent.c
 *
 * Claim    A number that has no call answers ENOSYS, whatever is beside it in
 *          the registers; so does each of Linux's calls that drover lacks, and
 *          nothing happens by it.
 * Method   Numbers beyond all calls, negative ones, ones that are a call only
 *          in their lower half; and, on drover, each row of the kernel's table
 *          of what is absent, from several threads at once, three times.  That
 *          the lab build names each once is asked by tests/boot/absent.t.
 * Oracle   Linux, for numbers that it lacks, too.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/syscall.h>

enum { THREADS = 4, TURNS = 3 };

static const struct {
	long nr;
	const char *name;
} absent[] = {
#define ABSENT(nr, name, why) { nr, #name },
#include "../../kernel/syscall/absent.def"
#undef ABSENT
};

enum { NR_ABSENT = sizeof(absent) / sizeof(absent[0]) };

static char text[64];
static int others; /* (a) answers that were not ENOSYS */

static void ask(long nr, const char *name)
{
	if (syscall(nr, text, text, text, text, text, text) == -1 &&
	    errno == ENOSYS)
		return;
	__atomic_fetch_add(&others, 1, __ATOMIC_RELAXED);
	diag("%s, call %ld, does something", name, nr);
}

static void *ask_for_all(void *unused TAP_UNUSED)
{
	for (int turn = 0; turn < TURNS; turn++)
		for (int i = 0; i < NR_ABSENT; i++)
			ask(absent[i].nr, absent[i].name);
	return NULL;
}

static void test_absent(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		tap_thread(&threads[i], NULL, ask_for_all, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	is_int(others, 0, "%d calls of Linux's are absent", NR_ABSENT);
	for (unsigned i = 0; i < sizeof(text); i++)
		others += text[i] != 0;
	is_int(others, 0, "and nothing was written");
}

int main(void)
{
	plan(6);
	fails(syscall(1023), ENOSYS, "call 1023");
	fails(syscall(-1), ENOSYS, "call -1");
	fails(syscall(0x80000000L), ENOSYS, "call 1 << 31");
	if (!skip_under_qemu(1, "has 32 bits of the number"))
		fails(syscall(SYS_getpid + (1L << 32)), ENOSYS,
		      "getpid's number, and a bit above it");
	if (on_drover())
		test_absent();
	else
		skip(2, "these are calls there");
	return done_testing();
}
