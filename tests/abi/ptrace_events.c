/*
 * tests/abi/ptrace_events.c
 *
 * Claim    A tracer that asks for it is told when its tracee makes a process or
 *          a thread, which is traced as well then, has become another program,
 *          gets its memory back from a vfork child, or is about to end.  A
 *          tracer that is not the parent hears of a process's end first, and
 *          the parent when that has heard of it, or has ended.  Without a tracer a tracee
 *          goes on as if there had never been one, or is killed, as asked.
 * Method   Children with one task each; tracers of our own, and a second
 *          process between.  This program is the one that is executed.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "libtrace.h"
#include "libwaiter.h"

/* ---- children ---- */

static int fork_once(void)
{
	int status;
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(8);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static int vfork_once(void)
{
	int status;
	pid_t pid = tap_started(vfork());

	if (pid == 0)
		_exit(9);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static int exec_self(void)
{
	execl("/proc/self/exe", "ptrace_events", "10", NULL);
	return 1;
}

static int give_four(void)
{
	return 4;
}

static int exits_with(pid_t pid)
{
	int end = -next_stop(pid);

	return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
}

static unsigned long message_of(pid_t pid)
{
	unsigned long message = 0;

	request(PTRACE_GETEVENTMSG, pid, 0, (long)&message);
	return message;
}

/* ---- events ---- */

static void test_fork(void)
{
	pid_t pid = start_traced(fork_once), child;

	is_int(request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK), 0,
	       "to be told of a fork");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), STOP_CODE(PTRACE_EVENT_FORK, SIGTRAP), "it is");
	child = (pid_t)message_of(pid);
	ok(child > 0, "with the child's number");
	is_int(next_stop(child), SIGSTOP, "the child is traced, and stops");
	request(PTRACE_CONT, child, 0, 0);
	is_int(exits_with(child), 8, "we are told of its end");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGCHLD, "then its parent gets SIGCHLD");
	request(PTRACE_CONT, pid, 0, SIGCHLD);
	is_int(exits_with(pid), 8, "and its exit status");
}

static void test_vfork(void)
{
	pid_t pid = start_traced(vfork_once), child;

	request(PTRACE_SETOPTIONS, pid, 0,
		PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), STOP_CODE(PTRACE_EVENT_VFORK, SIGTRAP), "a vfork");
	child = (pid_t)message_of(pid);
	is_int(next_stop(child), SIGSTOP, "its child");
	request(PTRACE_CONT, pid, 0, 0);
	request(PTRACE_CONT, child, 0, 0);
	is_int(exits_with(child), 9, "ends");
	is_int(next_stop(pid), STOP_CODE(PTRACE_EVENT_VFORK_DONE, SIGTRAP),
	       "the parent has its memory back");
	is_int((long)message_of(pid), child, "from that child");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGCHLD, "and goes on");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 9, "to its end");
}

static void test_exec(void)
{
	pid_t pid = start_traced(exec_self);

	request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), STOP_CODE(PTRACE_EVENT_EXEC, SIGTRAP), "an exec");
	is_int((long)message_of(pid), pid, "by the thread of that number");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 10, "the new program runs");

	pid = start_traced(exec_self);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGTRAP, "who has not asked gets a signal");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 10, "the same");
}

static void test_exit(void)
{
	pid_t pid = start_traced(give_four);

	request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXIT);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), STOP_CODE(PTRACE_EVENT_EXIT, SIGTRAP),
	       "it is about to end");
	is_int((long)message_of(pid), 4 << 8, "with this status");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 4, "it does");
}

static void test_untold(void)
{
	pid_t pid = start_traced(fork_once);

	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGCHLD, "who has not asked is told of no fork");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 8, "and the child was not traced");
}

/* ---- who is told of an end ---- */

/* A process that traces @pid until it ends; it ends itself when told to. */
static pid_t start_tracer(pid_t pid, int *told, int *go)
{
	pid_t tracer;
	char c;

	if (pipe(told) != 0 || pipe(go) != 0)
		bail_out("pipe: %s", strerror(errno));
	tracer = tap_fork();
	if (tracer != 0) {
		if (read(told[0], &c, 1) != 1)
			bail_out("a tracer does not start");
		return tracer;
	}
	if (request(PTRACE_SEIZE, pid, 0, 0) != 0 ||
	    write(told[1], "", 1) != 1 || read(go[0], &c, 1) != 1)
		_exit(1);
	_exit(next_stop(pid) != -SIGKILL || write(told[1], "", 1) != 1 ||
	      read(go[0], &c, 1) != 1);
}

static void end_tracer(pid_t tracer, int *told, int *go)
{
	int status = 0;

	if (write(go[1], "", 1) != 1)
		bail_out("a tracer has gone");
	waitpid(tracer, &status, 0);
	is_int(status, 0, "so was the tracer");
	for (int i = 0; i < 2; i++) {
		close(told[i]);
		close(go[i]);
	}
}

static void test_tracer_first(void)
{
	pid_t pid = start_free(sleep_on), tracer;
	int told[2], go[2], status = 0;
	siginfo_t info = { 0 };
	char c;

	tracer = start_tracer(pid, told, go);
	tap_kill(pid, SIGKILL);
	while (status_of(pid, "State", NULL) != 'Z')
		usleep(1000);
	is_int(waitpid(pid, &status, WNOHANG), 0, "the parent is not told yet");
	is_int(waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT), 0,
	       "in either way");
	is_int(info.si_pid, 0, "of anything");
	if (write(go[1], "", 1) != 1 || read(told[0], &c, 1) != 1)
		bail_out("a tracer has gone");
	is_int(waitpid(pid, &status, 0), pid, "when that has, the parent is");
	is_int(status, SIGKILL, "and of the same");
	end_tracer(tracer, told, go);
}

/* Who waits for it is in the middle of those who wait. */
static void test_all_waiters(void)
{
	pid_t traced = start_free(sleep_on), other = start_free(sleep_on);
	struct waiter waiters[WAITERS_OF_CHILDREN];
	int told[2], go[2];
	pid_t tracer = start_tracer(traced, told, go);

	tap_kill(traced, SIGKILL);
	start_waiters_for(waiters, traced, other, 0);
	if (write(go[1], "", 1) != 1)
		bail_out("a tracer has gone");
	ok(has_waited(&waiters[CONCERNED]),
	   "a thread of the parent is told, among others that wait");
	end_other_waiters(waiters, other);
	end_tracer(tracer, told, go);
}

/* Traces @pid, and ends when it is dead and the parent sleeps, without a look. */
static pid_t start_careless_tracer(pid_t pid, int *told)
{
	pid_t parent = getpid(), tracer = tap_fork();
	char c;

	if (tracer == 0) {
		if (request(PTRACE_SEIZE, pid, 0, 0) != 0 || write(told[1], "", 1) != 1)
			_exit(1);
		while (status_of(pid, "State", NULL) != 'Z')
			usleep(1000);
		wait_until_asleep(parent, parent);
		_exit(0);
	}
	if (read(told[0], &c, 1) != 1)
		bail_out("a tracer does not start");
	return tracer;
}

static void test_never_asked(void)
{
	pid_t pid = start_free(sleep_on), tracer;
	int told[2], status = 0;

	if (pipe(told) != 0)
		bail_out("pipe: %s", strerror(errno));
	tracer = start_careless_tracer(pid, told);
	tap_kill(pid, SIGKILL);
	is_int(waitpid(pid, &status, 0), pid, "a tracer that ends leaves it to the parent");
	is_int(status, SIGKILL, "who is told of the same");
	waitpid(tracer, &status, 0);
	is_int(status, 0, "so was the tracer");
	pid = start_free(sleep_on);
	tracer = start_careless_tracer(pid, told);
	signal(SIGCHLD, SIG_IGN);
	tap_kill(pid, SIGKILL);
	fails(waitpid(pid, &status, 0), ECHILD, "if that one wants to know");
	waitpid(tracer, &status, 0);
	signal(SIGCHLD, SIG_DFL);
	close(told[0]);
	close(told[1]);
}

/* ---- the tracer ends ---- */

/* A process that traces @pid with @options, sees it stop, and ends. */
static void trace_and_end(pid_t pid, int options)
{
	pid_t tracer = tap_fork();
	int status;

	if (tracer == 0) {
		if (request(PTRACE_SEIZE, pid, 0, options) != 0 ||
		    request(PTRACE_INTERRUPT, pid, 0, 0) != 0)
			_exit(1);
		_exit(next_stop(pid) != STOP_CODE(PTRACE_EVENT_STOP, SIGTRAP));
	}
	waitpid(tracer, &status, 0);
	is_int(status, 0, "a tracer has seen it stop, and has ended");
}

static void test_tracer_ends(void)
{
	pid_t pid = start_free(sleep_on);
	int status = 0;

	trace_and_end(pid, 0);
	while (status_of(pid, "State", NULL) != 'S')
		usleep(1000);
	is_int(waitpid(pid, &status, WNOHANG | WUNTRACED), 0, "it goes on");
	trace_and_end(pid, PTRACE_O_EXITKILL);
	is_int(waitpid(pid, &status, 0), pid, "EXITKILL: it does not");
	is_int(status, SIGKILL, "it is killed");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return atoi(argv[1]);
	no_ptrace_here();
	test_fork();
	test_vfork();
	test_exec();
	test_exit();
	test_untold();
	test_tracer_first();
	test_all_waiters();
	test_never_asked();
	test_tracer_ends();
	return done_testing();
}
