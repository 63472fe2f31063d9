/*
 * tests/abi/ptrace.c
 *
 * Claim    A child that asks for it is traced: it stops for each signal before
 *          anything is done about it, also for one that it ignores, and the
 *          tracer decides what becomes of that; its memory is the tracer's,
 *          also where the child itself may not write; so is its mask.  It is
 *          told of as a child is, without having been asked for.  What number
 *          the tracer writes into what a signal tells does not make another
 *          signal of it.  Requests that nobody may make, or not now, are refused.
 * Method   Children that send themselves signals, one tracer, one thread each.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libtrace.h"

#include <sys/mman.h>

/* ---- signals ---- */

static volatile sig_atomic_t caught;
static volatile long word = 11;

static void on_signal(int sig, siginfo_t *info TAP_UNUSED, void *uc TAP_UNUSED)
{
	caught = sig;
}

static void handle(int sig)
{
	struct sigaction act = { .sa_sigaction = on_signal,
				 .sa_flags = SA_SIGINFO };

	sigaction(sig, &act, NULL);
}

/* What it has caught is its exit status. */
static int catch_usr1(void)
{
	handle(SIGUSR1);
	handle(SIGUSR2);
	raise(SIGUSR1);
	return caught;
}

static int exits_with(pid_t pid)
{
	int end = -next_stop(pid);

	return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
}

static void test_signal_passed(void)
{
	pid_t pid = start_traced(catch_usr1);
	siginfo_t info = { 0 };

	is_int(request(PTRACE_CONT, pid, 0, 0), 0, "a child goes on");
	is_int(next_stop(pid), SIGUSR1, "it stops for its signal");
	is_int(request(PTRACE_GETSIGINFO, pid, 0, (long)&info), 0, "which one");
	ok(info.si_signo == SIGUSR1 && info.si_code == SI_TKILL &&
	   info.si_pid == pid, "it is told, and who sent it");
	is_int(request(PTRACE_CONT, pid, 0, SIGUSR1), 0, "it gets it");
	is_int(exits_with(pid), SIGUSR1, "its handler has run");
}

static void test_signal_dropped(void)
{
	pid_t pid = start_traced(catch_usr1);

	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGUSR1, "another one");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 0, "it does not get it: no handler has run");
}

static void test_signal_replaced(void)
{
	pid_t pid = start_traced(catch_usr1);

	request(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	request(PTRACE_CONT, pid, 0, SIGUSR2);
	is_int(exits_with(pid), SIGUSR2, "it gets another instead");
}

static int ignore_usr1(void)
{
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	return 5;
}

static void test_signal_ignored(void)
{
	pid_t pid = start_traced(ignore_usr1);

	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGUSR1, "what it ignores is told, too");
	request(PTRACE_CONT, pid, 0, SIGUSR1);
	is_int(exits_with(pid), 5, "and ignored then");
}

static int die_of_term(void)
{
	raise(SIGTERM);
	return 6;
}

static void test_signal_fatal(void)
{
	pid_t pid = start_traced(die_of_term);

	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGTERM, "a fatal one stops it first");
	request(PTRACE_CONT, pid, 0, SIGTERM);
	is_int(next_stop(pid), -SIGTERM, "and kills it then");
	pid = start_traced(die_of_term);
	request(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 6, "or does not");
}

static int fault(void)
{
	handle(SIGUSR1);
	*(volatile int *)(16 + word - 11) = 1;
	return 7;
}

static void test_fault(void)
{
	pid_t pid = start_traced(fault);
	siginfo_t info = { 0 };

	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGSEGV, "a fault that nobody handles is told");
	request(PTRACE_GETSIGINFO, pid, 0, (long)&info);
	ok(info.si_code == SEGV_MAPERR && info.si_addr == (void *)16,
	   "with its address");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGSEGV, "dropped, it comes again");
	finish(pid);
}

/* ---- what is told, and when ---- */

static void test_wait(void)
{
	pid_t pid = start_traced(catch_usr1);
	siginfo_t info = { 0 };
	int status = 0, number = 0;

	is_int(status_of(pid, "State", NULL), 't', "State: t");
	status_of(pid, "TracerPid", &number);
	is_int(number, getpid(), "TracerPid: ours");
	is_int(waitpid(pid, &status, WNOHANG), 0, "a stop is told once");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0,
	       "it is told without having been asked for");
	ok(info.si_code == CLD_TRAPPED && info.si_status == SIGUSR1,
	   "as CLD_TRAPPED");
	is_int(waitpid(pid, &status, WNOHANG), pid, "WNOWAIT has left it");
	is_int(status, SIGUSR1 << 8 | 0x7f, "as wait4() says it");
	finish(pid);
}

static void test_killed(void)
{
	pid_t pid = start_traced(catch_usr1);

	is_int(request(PTRACE_KILL, pid, 0, 0), 0, "PTRACE_KILL");
	is_int(next_stop(pid), -SIGKILL, "it ends");
	pid = start_traced(catch_usr1);
	tap_kill(pid, SIGKILL);
	is_int(next_stop(pid), -SIGKILL, "SIGKILL ends one that stands");
}

/* ---- memory ---- */

static int tell_word(void)
{
	raise(SIGUSR1);
	return (int)word;
}

static const long constant = 21;

static void test_memory(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	munmap(page + 4096, 4096);
	pid = start_traced(tell_word);
	errno = 0;
	is_int(ptrace(PTRACE_PEEKDATA, pid, &word, 0), 11, "a word is read");
	is_int(request(PTRACE_POKEDATA, pid, (long)&word, 33), 0, "and written");
	is_int(ptrace(PTRACE_PEEKTEXT, pid, &word, 0), 33, "and read again");
	is_int(word, 11, "ours is as it was");
	is_int(request(PTRACE_POKETEXT, pid, (long)&constant, 22), 0,
	       "a constant is written");
	is_int(ptrace(PTRACE_PEEKDATA, pid, &constant, 0), 22, "in the child");
	is_int(constant, 21, "and nowhere else");
	errno = 0;
	fails(ptrace(PTRACE_PEEKDATA, pid, page + 4096, 0), EIO,
	      "where nothing is, nothing is read");
	fails(ptrace(PTRACE_PEEKDATA, pid, page + 4092, 0), EIO,
	      "nor a word of which a half is there");
	fails(request(PTRACE_POKEDATA, pid, (long)(page + 4092), 1), EIO,
	      "or written");
	request(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 33, "the child has what was written");
	munmap(page, 4096);
}

/* ---- masks, queues ---- */

static int block_and_queue(void)
{
	sigset_t set;

	handle(SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 3; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i });
	raise(SIGUSR1);
	raise(SIGUSR2);
	return caught;
}

static int value_of(const siginfo_t *info)
{
	return info->si_value.sival_int;
}

static void test_queue(pid_t pid)
{
	struct peek_args args = { .off = 1, .nr = 4, .flags = 1 };
	siginfo_t info[4] = { 0 };

	is_int(request(PTRACE_PEEKSIGINFO, pid, (long)&args, (long)info), 2,
	       "of three that are queued for it two, from the second on");
	ok(value_of(&info[0]) == 1 && value_of(&info[1]) == 2, "those");
	args = (struct peek_args){ .nr = 1 };
	is_int(request(PTRACE_PEEKSIGINFO, pid, (long)&args, (long)info), 1,
	       "its thread has one of its own");
	is_int(info[0].si_signo, SIGUSR1, "that");
	args.nr = -1;
	fails(request(PTRACE_PEEKSIGINFO, pid, (long)&args, (long)info), EINVAL,
	      "not less than none");
	args = (struct peek_args){ .nr = 1, .flags = 2 };
	fails(request(PTRACE_PEEKSIGINFO, pid, (long)&args, (long)info), EINVAL,
	      "no unknown flag");
}

static void test_mask(void)
{
	pid_t pid = start_traced(block_and_queue);
	uint64_t mask = 0, want = 1UL << (SIGUSR1 - 1) | 1UL << (SIGRTMIN - 1);

	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGUSR2, "what it blocks does not stop it");
	is_int(request(PTRACE_GETSIGMASK, pid, 8, (long)&mask), 0, "its mask");
	is_int((long)(mask & want), (long)want, "is what it said");
	fails(request(PTRACE_GETSIGMASK, pid, 4, (long)&mask), EINVAL,
	      "has eight bytes");
	test_queue(pid);
	mask = 1UL << (SIGRTMIN - 1) | 1UL << (SIGKILL - 1);
	is_int(request(PTRACE_SETSIGMASK, pid, 8, (long)&mask), 0, "another");
	request(PTRACE_GETSIGMASK, pid, 8, (long)&mask);
	is_int((long)mask, (long)(1UL << (SIGRTMIN - 1)), "but for SIGKILL");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGUSR1, "now it stops for what it had blocked");
	request(PTRACE_CONT, pid, 0, SIGUSR1);
	is_int(exits_with(pid), SIGUSR1, "and handles it");
}

/* Waits with another mask than its own for a signal that is there. */
static int wait_for_usr1(void)
{
	sigset_t set;

	handle(SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigsuspend(&set);
	return caught;
}

static void test_mask_to_come_back(void)
{
	pid_t pid = start_traced(wait_for_usr1);
	uint64_t mask = 0;

	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGUSR1, "one in sigsuspend() stops");
	request(PTRACE_GETSIGMASK, pid, 8, (long)&mask);
	is_int((long)mask, 1L << (SIGUSR1 - 1), "its mask is the one from before");
	request(PTRACE_CONT, pid, 0, SIGUSR1);
	is_int(exits_with(pid), SIGUSR1, "and it goes on");
}

static void test_siginfo(void)
{
	pid_t pid = start_traced(catch_usr1);
	siginfo_t info = { 0 };

	request(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	request(PTRACE_GETSIGINFO, pid, 0, (long)&info);
	info.si_signo = SIGUSR2;
	is_int(request(PTRACE_SETSIGINFO, pid, 0, (long)&info), 0,
	       "what a signal tells is changed");
	memset(&info, 0, sizeof(info));
	request(PTRACE_GETSIGINFO, pid, 0, (long)&info);
	is_int(info.si_signo, SIGUSR2, "it is");
	request(PTRACE_CONT, pid, 0, SIGUSR2);
	is_int(exits_with(pid), SIGUSR2, "as the child sees");
}

static int told[2];

static void tell_number(int sig, siginfo_t *info, void *uc TAP_UNUSED)
{
	int numbers[2] = { sig, info->si_signo };

	_exit(write(told[1], numbers, sizeof(numbers)) != sizeof(numbers));
}

static int tell_what_is_caught(void)
{
	struct sigaction act = { .sa_sigaction = tell_number,
				 .sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
	return 1;
}

/* It has not waited for the stop when it ends. */
static void trace_and_leave(int number)
{
	pid_t pid = start_traced(tell_what_is_caught);
	siginfo_t info;

	request(PTRACE_CONT, pid, 0, 0);
	if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT) != 0 ||
	    request(PTRACE_GETSIGINFO, pid, 0, (long)&info) != 0)
		_exit(98);
	info.si_signo = number;
	_exit(request(PTRACE_SETSIGINFO, pid, 0, (long)&info) != 0);
}

static void test_number_from_who_left(int number)
{
	int numbers[2] = { 0, 0 }, status;
	pid_t pid;

	if (pipe(told) != 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0)
		trace_and_leave(number);
	close(told[1]);
	waitpid(pid, &status, 0);
	is_exit(status, 0, "a tracer says that a signal is number %d, and ends", number);
	is_int(read(told[0], numbers, sizeof(numbers)), sizeof(numbers),
	       "the child goes on, and has caught one");
	is_int(numbers[0], SIGUSR1, "that which was sent");
	is_int(numbers[1], SIGUSR1, "which says so of itself");
	close(told[0]);
}

/* ---- errors ---- */

static void test_errors(void)
{
	pid_t pid = start_free(sleep_on);
	siginfo_t info;

	fails(request(PTRACE_CONT, pid, 0, 0), ESRCH, "one that is not traced");
	fails(request(PTRACE_CONT, 0x7ffffff0, 0, 0), ESRCH, "no process");
	fails(request(PTRACE_ATTACH, 0x7ffffff0, 0, 0), ESRCH, "nor to attach to");
	fails(request(PTRACE_ATTACH, getpid(), 0, 0), EPERM, "not oneself");
	finish(pid);
	pid = start_traced(catch_usr1);
	fails(request(PTRACE_ATTACH, pid, 0, 0), EPERM, "not twice");
	fails(request(PTRACE_CONT, pid, 0, 65), EIO, "with no such signal");
	fails(request(PTRACE_DETACH, pid, 0, 65), EIO, "nor let go");
	fails(request(0x4567, pid, 0, 0), EIO, "no such request");
	fails(request(PTRACE_SETOPTIONS, pid, 0, 1 << 12), EINVAL, "no such option");
	fails(request(PTRACE_LISTEN, pid, 0, 0), EIO, "not seized: LISTEN");
	fails(request(PTRACE_INTERRUPT, pid, 0, 0), EIO, "INTERRUPT");
	fails(request(PTRACE_GETSIGINFO, pid, 0, 16), EFAULT, "to nowhere");
	fails(request(PTRACE_SETSIGINFO, pid, 0, 16), EFAULT, "from nowhere");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGUSR1, "it stops");
	request(PTRACE_CONT, pid, 0, 0);
	while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) != 0)
		;
	fails(request(PTRACE_CONT, pid, 0, 0), ESRCH, "one that has ended");
	finish(pid);
	pid = start_free(sleep_on);
	request(PTRACE_ATTACH, pid, 0, 0);
	is_int(next_stop(pid), SIGSTOP, "ATTACH stops it");
	request(PTRACE_CONT, pid, 0, 0);
	fails(request(PTRACE_GETSIGINFO, pid, 0, (long)&info), ESRCH,
	      "one that runs is not looked at");
	finish(pid);
}

static int trace_me_twice(void)
{
	return request(PTRACE_TRACEME, 0, 0, 0) == -1 && errno == EPERM ? 3 : 4;
}

static void test_detach(void)
{
	pid_t pid = start_traced(catch_usr1);

	request(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	is_int(request(PTRACE_DETACH, pid, 0, SIGUSR2), 0, "let go with a signal");
	is_int(exits_with(pid), SIGUSR2, "it has got that");
	pid = start_traced(trace_me_twice);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 3, "who is traced is not anew");
	pid = start_traced(ignore_usr1);
	is_int(request(PTRACE_DETACH, pid, 0, 0), 0, "let go");
	is_int(exits_with(pid), 5, "it stops for nothing any more");
}

int main(void)
{
	no_ptrace_here();
	test_signal_passed();
	test_signal_dropped();
	test_signal_replaced();
	test_signal_ignored();
	test_signal_fatal();
	test_fault();
	test_wait();
	test_killed();
	test_memory();
	test_mask();
	test_mask_to_come_back();
	test_siginfo();
	test_number_from_who_left(SIGUSR2);
	test_number_from_who_left(0);
	test_number_from_who_left(123456);
	test_number_from_who_left(-4096);
	test_errors();
	test_detach();
	return done_testing();
}
