/*
 * tests/stress/code_moves.c
 *
 * Claim    What a program writes as code and tells by riscv_flush_icache() is
 *          what all its threads execute, on whichever hart, and so do its children.
 * Method   A function returns a number, and a writer makes it the next one again
 *          and again, by turns on one hart and on the next. A caller, who is told
 *          of each number and calls for it, naps meanwhile, so that its hart enters
 *          the address space at any moment. Now and then the writer forks, and the
 *          child calls the function on every hart. Nobody calls while the function
 *          is written: QEMU may keep what a hart translates at just that moment.
 * Harts:   2
 * Catches  A hart that ran something else while code was flushed, and executes no
 *          FENCE.I when it comes back; one that comes while it is asked who runs
 *          the program. QEMU's harts fetch what is there: the lab kernel says so.
 * -X       The function is never written again.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/syscall.h>
#include <sys/wait.h>

enum { WRITER, CALLER, NUMBERS = 2048, HARTS = 2, NAP_US = 30, FORK_EACH = 64 };

#define RISCV_FLUSH_ICACHE 259 /* linux/riscv; older headers lack it */

static uint32_t *code;
static unsigned flushed, called; /* the last round that the writer, the caller has done */
static bool over;

/* li a0, @number */
static uint32_t load_number(unsigned number)
{
	return number << 20 | 10 << 7 | 0x13;
}

static unsigned call(void)
{
	return (unsigned)((int (*)(void))code)();
}

static void check_call(unsigned number, const char *who)
{
	unsigned got = call();

	stress_check(got == number, "%s gets %u from code that is %u", who, got,
		     number);
}

static void write_code(unsigned number)
{
	if (!stress.wrong)
		__atomic_store_n(&code[0], load_number(number), __ATOMIC_RELAXED);
	if (syscall(RISCV_FLUSH_ICACHE, code, code + 2, 0) != 0)
		bail_out("riscv_flush_icache: %s", strerror(errno));
}

/* Until @what is @number; false: the test is over. */
static bool await(const unsigned *what, unsigned number)
{
	while (__atomic_load_n(what, __ATOMIC_ACQUIRE) != number) {
		if (stress_failed() || __atomic_load_n(&over, __ATOMIC_RELAXED))
			return false;
		usleep(NAP_US);
	}
	return true;
}

static void child_calls(unsigned number)
{
	pid_t child = tap_fork();

	if (child != 0) {
		waitpid(child, NULL, 0);
		return;
	}
	for (int hart = 0; hart < HARTS; hart++) {
		stay_on(hart);
		check_call(number, "a child");
	}
	_exit(0);
}

static void write_and_call(unsigned round, unsigned number)
{
	stay_on((int)(round % HARTS));
	write_code(number);
	check_call(number, "the writer");
	stay_on((int)((round + 1) % HARTS));
	check_call(number, "the writer, who moved,");
	if (round % FORK_EACH == 0)
		child_calls(number);
}

static void *writer(void)
{
	for (unsigned round = 1; stress_go_on(); round++) {
		write_and_call(round, round % NUMBERS);
		__atomic_store_n(&flushed, round, __ATOMIC_RELEASE);
		if (await(&called, round))
			stress_round();
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	return NULL;
}

static void *caller(void)
{
	stay_on(1);
	for (unsigned round = 1; await(&flushed, round); round++) {
		check_call(round % NUMBERS, "the caller");
		__atomic_store_n(&called, round, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void *play(void *me)
{
	return (long)me == CALLER ? caller() : writer();
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 2, "what is flushed is what is executed");
	code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	code[0] = load_number(0);
	code[1] = 0x00008067; /* ret */
	write_code(0);
	stress_threads(2, play);
	return stress_end();
}
