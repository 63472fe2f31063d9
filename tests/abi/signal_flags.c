/*
 * tests/abi/signal_flags.c
 *
 * Claim    sigaction() keeps what it is given, and each SA_ flag does what it
 *          says; masks hold signals back; handlers nest; SIGKILL and SIGSTOP
 *          cannot be caught. No frame goes below the alternate stack, and of a
 *          handler for which there is no room nothing stays.
 * Method   A signal raised under each flag; a pipe that blocks for the two
 *          kinds of EINTR; handlers that nest until their stack is full.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>
#include <ucontext.h>

static volatile sig_atomic_t depth, deepest, nr_calls;
static volatile long stack_address;

static void count(int sig TAP_UNUSED)
{
	nr_calls++;
	stack_address = (long)__builtin_frame_address(0);
}

static void raise_again(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (nr_calls++ < 3)
		raise(sig);
	depth--;
}

static void install(int sig, void (*handler)(int), int flags)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = flags };

	sigaction(sig, &act, NULL);
	nr_calls = depth = deepest = 0;
}

static void test_sigaction(void)
{
	struct sigaction act = { .sa_handler = count, .sa_flags = SA_RESTART };
	struct sigaction old;

	sigaddset(&act.sa_mask, SIGHUP);
	is_int(sigaction(SIGUSR1, &act, NULL), 0, "install");
	is_int(sigaction(SIGUSR1, NULL, &old), 0, "read back");
	ok(old.sa_handler == count && old.sa_flags == SA_RESTART &&
	   sigismember(&old.sa_mask, SIGHUP), "all of it");
	fails(sigaction(SIGKILL, &act, NULL), EINVAL, "not SIGKILL");
	fails(sigaction(SIGSTOP, &act, NULL), EINVAL, "not SIGSTOP");
	fails(sigaction(0, &act, NULL), EINVAL, "not 0");
	fails(sigaction(65, &act, NULL), EINVAL, "not 65");
	fails(kill(getpid(), 65), EINVAL, "no such signal to send");
	is_int(kill(getpid(), 0), 0, "signal 0 only checks");
}

static void test_nesting(void)
{
	install(SIGUSR1, raise_again, 0);
	raise(SIGUSR1);
	is_int(nr_calls, 4, "a signal raised in its handler comes later");
	is_int(deepest, 1, "not inside of it");
	install(SIGUSR1, raise_again, SA_NODEFER);
	raise(SIGUSR1);
	is_int(deepest, 4, "SA_NODEFER: inside of it");

	install(SIGUSR1, count, SA_RESETHAND);
	raise(SIGUSR1);
	struct sigaction old;

	sigaction(SIGUSR1, NULL, &old);
	is_int(nr_calls, 1, "SA_RESETHAND: runs once");
	ok(old.sa_handler == SIG_DFL, "then it is the default");
}

static void test_stack(void)
{
	static char stack[64 * 1024];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, old;

	is_int(sigaltstack(&alt, NULL), 0, "an alternate stack");
	install(SIGUSR1, count, 0);
	raise(SIGUSR1);
	ok(stack_address < (long)stack ||
	   stack_address > (long)stack + (long)sizeof(stack),
	   "is not used without SA_ONSTACK");
	install(SIGUSR1, count, SA_ONSTACK);
	raise(SIGUSR1);
	ok(stack_address > (long)stack &&
	   stack_address < (long)stack + (long)sizeof(stack),
	   "and is used with it");
	sigaltstack(NULL, &old);
	is_int(old.ss_flags, 0, "it is free again");
	alt.ss_size = 16;
	fails(sigaltstack(&alt, NULL), ENOMEM, "too small a stack");
	alt.ss_flags = SS_DISABLE | SS_ONSTACK;
	fails(sigaltstack(&alt, NULL), EINVAL, "one or none");
	alt.ss_flags = SS_DISABLE;
	is_int(sigaltstack(&alt, NULL), 0, "no stack any more");
}

static int flags_in_frame;

static void look_at_stack(int sig TAP_UNUSED, siginfo_t *info TAP_UNUSED, void *context)
{
	flags_in_frame = ((ucontext_t *)context)->uc_stack.ss_flags;
}

static void spoil_stack(int sig TAP_UNUSED, siginfo_t *info TAP_UNUSED, void *context)
{
	((ucontext_t *)context)->uc_stack.ss_size = 16;
}

static void set_stack(int sig TAP_UNUSED)
{
	static char stack[64 * 1024];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };

	nr_calls += sigaltstack(&alt, NULL) == 0;
}

/* What stands in the frame is the alternate stack again, if it could be one. */
static void test_stack_in_frame(void)
{
	static char stack[64 * 1024];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, old;
	struct sigaction look = { .sa_sigaction = look_at_stack,
				  .sa_flags = SA_SIGINFO | SA_ONSTACK },
			 spoil = { .sa_sigaction = spoil_stack,
				   .sa_flags = SA_SIGINFO };

	install(SIGUSR1, set_stack, 0);
	raise(SIGUSR1);
	sigaltstack(NULL, &old);
	ok(nr_calls == 1 && old.ss_flags == SS_DISABLE,
	   "a handler has no stack for others");
	sigaltstack(&alt, NULL);
	raise(SIGUSR1);
	sigaltstack(NULL, &old);
	ok(nr_calls == 2 && old.ss_sp == stack && old.ss_flags == 0,
	   "what there was is back");
	sigaction(SIGUSR1, &look, NULL);
	raise(SIGUSR1);
	is_int(flags_in_frame, 0, "on which it runs, it does not say");
	sigaction(SIGUSR1, &spoil, NULL);
	raise(SIGUSR1);
	sigaltstack(NULL, &old);
	is_int(old.ss_size, sizeof(stack), "nor is it too small afterwards");
	alt.ss_flags = SS_DISABLE;
	sigaltstack(&alt, NULL);
}

/* Without its own stack the handler could not run: the first one is full. */
static void leave(int sig TAP_UNUSED)
{
	_exit(55);
}

static int overflow_stack(volatile char *p, int left)
{
	volatile char room[4096];

	room[0] = *p;
	return left ? overflow_stack(room, left - 1) + room[0] : 0;
}

static int handle_overflow(void *unused TAP_UNUSED)
{
	static char stack[64 * 1024];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	char start = 0;

	sigaltstack(&alt, NULL);
	install(SIGSEGV, leave, SA_ONSTACK);
	return overflow_stack(&start, 1 << 30);
}

static int overflow_unhandled(void *unused TAP_UNUSED)
{
	char start = 0;

	install(SIGSEGV, leave, 0);
	return overflow_stack(&start, 1 << 30);
}

enum { ROOM = 64 * 1024, STACK = 16 * 1024 };

static void raise_without_end(int sig)
{
	if (nr_calls++ == ROOM)
		_exit(1);
	raise(sig);
}

/* On a stack at the end of @room, which its parent sees. */
static int fill_altstack(void *room)
{
	stack_t alt = { .ss_sp = (char *)room + ROOM, .ss_size = STACK };

	sigaltstack(&alt, NULL);
	install(SIGUSR1, raise_without_end, SA_ONSTACK | SA_NODEFER);
	raise(SIGUSR1);
	return 1;
}

static void test_full_altstack(void)
{
	char *room = mmap(NULL, ROOM + STACK, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long written = 0;

	is_killed(in_child(fill_altstack, room), SIGSEGV,
		  "an alternate stack that is full is the end");
	/* What the handler itself has pushed is the program's affair. */
	for (int i = 0; i < ROOM - 4096; i++)
		written += room[i] != 0;
	is_int(written, 0, "and nothing is written below it");
	munmap(room, ROOM + STACK);
}

static void tell_mask(int sig TAP_UNUSED, siginfo_t *info TAP_UNUSED, void *context)
{
	const ucontext_t *uc = context;

	_exit(sigismember(&uc->uc_sigmask, SIGUSR1) ? 1 :
	      sigismember(&uc->uc_sigmask, SIGHUP) ? 2 :
	      sigismember(&uc->uc_sigmask, SIGUSR2) ? 33 : 3);
}

/* SIGUSR1 is let in where there is no stack; SIGUSR2 is blocked all the time. */
static int raise_without_stack(void *unused TAP_UNUSED)
{
	static char stack[64 * 1024];
	struct sigaction act = { .sa_handler = count }, tell = {
		.sa_sigaction = tell_mask, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	register long a0 __asm__("a0");
	register long a1 __asm__("a1");
	register long a2 __asm__("a2");
	register long a3 __asm__("a3");
	register long a7 __asm__("a7");
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaddset(&act.sa_mask, SIGHUP);
	sigaltstack(&alt, NULL);
	sigaction(SIGUSR1, &act, NULL);
	sigaction(SIGSEGV, &tell, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	a0 = SIG_UNBLOCK;
	a1 = (long)&set;
	a2 = 0;
	a3 = 8;
	a7 = SYS_rt_sigprocmask;
	__asm__ volatile("mv s11, sp\n"
			 "li sp, 64\n"
			 "ecall\n"
			 "mv sp, s11"
			 : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7)
			 : "s11", "memory");
	return 4;
}

static void test_masks(void)
{
	sigset_t set, old;

	install(SIGUSR1, count, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGKILL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	raise(SIGUSR1);
	is_int(nr_calls, 0, "a blocked signal waits");
	sigpending(&set);
	ok(sigismember(&set, SIGUSR1), "it is pending");
	sigprocmask(SIG_BLOCK, NULL, &old);
	ok(!sigismember(&old, SIGKILL), "SIGKILL is never blocked");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	is_int(nr_calls, 1, "it arrives once, however often it was sent");
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigpending(&old);
	ok(!sigismember(&old, SIGUSR1), "SIG_IGN discards what is pending");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	fails(sigprocmask(99, &set, NULL), EINVAL, "no such way to mask");
}

/* A child interrupts our read(), until we end it or a few times, then writes. */
static void test_eintr(int flags, const char *what)
{
	int fds[2], got;
	char c = 0;
	pid_t pid, parent = getpid();

	if (pipe(fds) < 0)
		bail_out("pipe");
	install(SIGUSR1, count, flags);
	pid = tap_fork();
	if (pid == 0) {
		for (int i = 0; !(flags & SA_RESTART) || i < 5; i++) {
			tap_kill_parent(parent, SIGUSR1);
			usleep(2000);
		}
		_exit(write(fds[1], "x", 1) != 1);
	}
	got = read(fds[0], &c, 1);
	if (flags & SA_RESTART)
		ok(got == 1 && c == 'x', "%s", what);
	else
		fails(got, EINTR, "%s", what);
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	ok(nr_calls > 0, "the handler ran");
}

int main(void)
{
	plan(9 + 5 + 6 + 4 + 2 + 3 + 7 + 4);
	test_sigaction();
	test_nesting();
	test_stack();
	test_stack_in_frame();
	is_exit(in_child(handle_overflow, NULL), 55,
		"a stack overflow is handled on the alternate stack");
	if (!skip_under_qemu(1, "loops"))
		is_killed(in_child(overflow_unhandled, NULL), SIGSEGV,
			  "without one it kills");
	if (!skip_under_qemu(2, "begins anew at its top"))
		test_full_altstack();
	if (!skip_under_qemu(1, "blocks before it makes a frame"))
		is_exit(in_child(raise_without_stack, NULL), 33,
			"who finds no stack at all blocks nothing");
	test_masks();
	test_eintr(0, "a handler interrupts read()");
	test_eintr(SA_RESTART, "with SA_RESTART read() goes on");
	return done_testing();
}
