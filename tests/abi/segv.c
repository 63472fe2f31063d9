/*
 * tests/abi/segv.c
 *
 * Claim    An access that its mapping does not allow raises SIGSEGV in the
 *          thread that made it, with the address and the reason; it never
 *          reaches memory, and a handler can put things right and go on.
 * Method   A handler notes si_addr and si_code and jumps out; then it repairs
 *          the mapping with mprotect() or mmap() and returns, which must run
 *          the instruction again.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <setjmp.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static sigjmp_buf out;
static volatile unsigned long fault_addr;
static volatile int fault_code;

static void note_and_leave(int sig, siginfo_t *info, void *uc TAP_UNUSED)
{
	fault_addr = (unsigned long)info->si_addr;
	fault_code = info->si_code;
	siglongjmp(out, sig);
}

static void install(int sig, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction act = { .sa_sigaction = handler,
				 .sa_flags = SA_SIGINFO };

	sigaction(sig, &act, NULL);
}

static void do_read(volatile char *p)
{
	(void)*p;
}

static void do_write(volatile char *p)
{
	*p = 1;
}

static void do_jump(volatile char *p)
{
	((void (*)(void))p)();
}

/* The signal that @access to @p raised, 0 for none. */
static int signal_of(void (*access)(volatile char *), volatile char *p)
{
	int sig = sigsetjmp(out, 1);

	if (sig == 0)
		access(p);
	return sig;
}

static void expect(void (*access)(volatile char *), volatile char *p, int code,
		   const char *what)
{
	int sig;

	fault_addr = 1;
	sig = signal_of(access, p);
	is_int(sig, SIGSEGV, "%s: SIGSEGV", what);
	is_int(fault_addr, (unsigned long)p, "%s: si_addr", what);
	is_int(fault_code, code, "%s: si_code", what);
}

static void test_reasons(char *none, char *readonly, char *data)
{
	expect(do_read, NULL, SEGV_MAPERR, "read of null");
	expect(do_write, NULL, SEGV_MAPERR, "write to null");
	expect(do_jump, NULL, SEGV_MAPERR, "jump to null");
	expect(do_read, none, SEGV_ACCERR, "read of PROT_NONE");
	expect(do_write, readonly, SEGV_ACCERR, "write to a read-only page");
	expect(do_jump, data, SEGV_ACCERR, "jump into data");
	expect(do_write, (char *)do_write, SEGV_ACCERR, "write to code");
	is_int(readonly[0], 0, "nothing was written");
}

/* Only the signal is asked for: which code is given differs by kernel. */
static void test_kernel_addresses(void)
{
	static const struct { unsigned long addr; const char *name; } high[] = {
		{ 0xffffffff80000000, "kernel" },
		{ 0xffffffc080000000, "direct map" },
		{ 0xfffffffffffff000, "last page" },
		{ 0x8000000000000000, "non-canonical" },
		{ 0x80200000, "physical" },
	};

	for (int i = 0; i < 5; i++) {
		char *p = (char *)high[i].addr;

		if (under_qemu_user() && high[i].addr >> 63 == 0) {
			skip_under_qemu(3, "maps low addresses");
			continue;
		}
		is_int(signal_of(do_read, p), SIGSEGV, "read, %s",
		       high[i].name);
		is_int(signal_of(do_write, p), SIGSEGV, "write, %s",
		       high[i].name);
		is_int(signal_of(do_jump, p), SIGSEGV, "jump, %s",
		       high[i].name);
	}
}

static char *broken;
static volatile int repairs;

static void repair_rights(int sig TAP_UNUSED, siginfo_t *info TAP_UNUSED,
			  void *uc TAP_UNUSED)
{
	repairs++;
	mprotect(broken, PAGE, PROT_READ | PROT_WRITE);
}

static void repair_mapping(int sig TAP_UNUSED, siginfo_t *info TAP_UNUSED,
			   void *uc TAP_UNUSED)
{
	repairs++;
	mmap(broken, PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void test_repair(void)
{
	broken = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	install(SIGSEGV, repair_rights);
	for (int i = 0; i < 10; i++) {
		mprotect(broken, PAGE, PROT_READ);
		*(volatile char *)(broken + i) = 'a' + i;
	}
	is_int(repairs, 10, "each write faults once and is then done");
	is_int(memcmp(broken, "abcdefghij", 10), 0, "all were done");

	munmap(broken, PAGE);
	install(SIGSEGV, repair_mapping);
	is_int(*(volatile char *)(broken + 5), 0, "a read of a new mapping");
	is_int(repairs, 11, "after one fault");
}

static int write_to_null(void *unused TAP_UNUSED)
{
	signal(SIGSEGV, SIG_DFL);
	do_write(NULL);
	return 0;
}

/* Ignoring or blocking it does not help: the thread cannot go on. */
static int write_to_null_ignored(void *unused TAP_UNUSED)
{
	signal(SIGSEGV, SIG_IGN);
	do_write(NULL);
	return 0;
}

static int write_to_null_blocked(void *unused TAP_UNUSED)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	do_write(NULL);
	return 0;
}

int main(void)
{
	char *none, *readonly, *data;

	plan(7 * 3 + 1 + 15 + 4 + 3);
	none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	data = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	data[0] = 0x82;		/* ret */
	data[1] = 0x80;
	install(SIGSEGV, note_and_leave);
	test_reasons(none, readonly, data);
	test_kernel_addresses();
	test_repair();
	is_killed(in_child(write_to_null, NULL), SIGSEGV, "by default it ends");
	if (!skip_under_qemu(2, "loops")) {
		is_killed(in_child(write_to_null_ignored, NULL), SIGSEGV,
			  "also when ignored");
		is_killed(in_child(write_to_null_blocked, NULL), SIGSEGV,
			  "also when blocked");
	}
	return done_testing();
}
