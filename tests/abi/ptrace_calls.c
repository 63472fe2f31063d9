/*
 * tests/abi/ptrace_calls.c
 *
 * Claim    A tracee that goes on by PTRACE_SYSCALL stops when it begins a
 *          system call and when that is over, and the tracer can ask which it
 *          is; also of one that does not exist, and of execve().  A call that
 *          a signal interrupts is over, and begins anew or fails by what the
 *          tracer makes of the signal.  The tracer's mark tells these stops
 *          from those of SIGTRAP.
 * Method   Children that make a few calls each.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libtrace.h"

#include <stddef.h>
#include <sys/syscall.h>

/* Linux's struct ptrace_syscall_info. */
struct call_info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t pc, sp;
	union {
		struct {
			uint64_t nr, args[6];
		} entry;
		struct {
			int64_t result;
			uint8_t is_error;
		} exit;
	};
};

enum { NO_CALL, BEGINS, IS_OVER };

static struct call_info info_of(pid_t pid)
{
	struct call_info info = { .op = 99 };

	if (request(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (long)&info) < 0)
		info.op = 98;
	return info;
}

/* The next stop, which must be of a call. */
static struct call_info next_call(pid_t pid)
{
	request(PTRACE_SYSCALL, pid, 0, 0);
	if (next_stop(pid) != CALL_STOP)
		return (struct call_info){ .op = 97 };
	return info_of(pid);
}

/* On to where it begins call @nr. */
static struct call_info until(pid_t pid, unsigned long nr)
{
	struct call_info info;

	do
		info = next_call(pid);
	while (info.op == IS_OVER || (info.op == BEGINS && info.entry.nr != nr));
	return info;
}

static pid_t start(int (*fn)(void))
{
	pid_t pid = start_traced(fn);

	request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	return pid;
}

static int exits_with(pid_t pid)
{
	int end = -next_stop(pid);

	return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
}

/* ---- what is told ---- */

#define NO_SUCH_CALL 4001

static int call_twice(void)
{
	long pid = syscall(SYS_getpid);
	long none = syscall(NO_SUCH_CALL, 1L, 2L, 3L, 4L, 5L, 6L);

	return pid == getpid() && none == -1 && errno == ENOSYS ? 0 : 1;
}

static void test_told(void)
{
	pid_t pid = start(call_twice);
	struct call_info info = info_of(pid);

	is_int(info.op, NO_CALL, "the stop of a signal is none of a call");
	info = until(pid, SYS_getpid);
	is_int(info.op, BEGINS, "a call begins");
	ok(info.pc != 0 && info.sp != 0, "somewhere");
	info = next_call(pid);
	is_int(info.op, IS_OVER, "it is over");
	is_int(info.exit.result, pid, "with this result");
	is_int(info.exit.is_error, 0, "which is no error");
	info = until(pid, NO_SUCH_CALL);
	is_int(info.op, BEGINS, "one that does not exist begins");
	ok(info.entry.args[0] == 1 && info.entry.args[3] == 4 &&
	   info.entry.args[5] == 6, "with these arguments");
	info = next_call(pid);
	is_int(info.exit.result, -ENOSYS, "and is over");
	is_int(info.exit.is_error, 1, "with an error");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 0, "as the child sees it");
}

static void test_sizes(void)
{
	pid_t pid = start(call_twice);
	struct call_info info;

	memset(&info, 0xee, sizeof(info));
	is_int(request(PTRACE_GET_SYSCALL_INFO, pid, 8, (long)&info),
	       offsetof(struct call_info, entry), "of no call there is a head");
	ok(info.op == NO_CALL && info.pc == 0xeeeeeeeeeeeeeeeeUL,
	   "of which as much is copied as was asked for");
	until(pid, SYS_getpid);
	is_int(request(PTRACE_GET_SYSCALL_INFO, pid, 0, 0), sizeof(info),
	       "of one that begins, everything");
	next_call(pid);
	is_int(request(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (long)&info),
	       offsetof(struct call_info, exit.is_error) + 1,
	       "of one that is over, its result");
	finish(pid);
}

static void test_let_go(void)
{
	pid_t pid = start(call_twice);

	until(pid, SYS_getpid);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 0, "let go within a call it stops for none");
	pid = start_traced(call_twice);
	request(PTRACE_SYSCALL, pid, 0, 0);
	is_int(next_stop(pid), SIGTRAP, "without the mark it looks like a signal");
	is_int(info_of(pid).op, NO_CALL, "also to who asks");
	finish(pid);
}

static int exec_self(void)
{
	execl("/proc/self/exe", "ptrace_calls", "12", NULL);
	return 1;
}

static void test_exec(void)
{
	pid_t pid = start(exec_self);

	request(PTRACE_SETOPTIONS, pid, 0,
		PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), STOP_CODE(PTRACE_EVENT_EXEC, SIGTRAP),
	       "within execve(), to which nobody has listened,");
	struct call_info info = next_call(pid);

	is_int(info.op, IS_OVER, "one begins to: it is over");
	is_int(info.exit.result, 0, "and has gone well");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 12, "the program runs");
}

/* ---- interrupted ones ---- */

static int ends[2];

static void nothing(int sig TAP_UNUSED)
{
}

static int read_pipe(int flags)
{
	struct sigaction act = { .sa_handler = nothing, .sa_flags = flags };
	char c;

	sigaction(SIGUSR1, &act, NULL);

	long n = syscall(SYS_read, ends[0], &c, 1L);

	return n == 1 ? c : errno == EINTR ? 100 : 101;
}

static int read_and_fail(void)
{
	return read_pipe(0);
}

static int read_again(void)
{
	return read_pipe(SA_RESTART);
}

/* The child is in read(), with nothing to read. */
static pid_t start_reader(int (*fn)(void))
{
	pid_t pid;

	if (pipe(ends) != 0)
		bail_out("pipe: %s", strerror(errno));
	pid = start(fn);
	until(pid, SYS_read);
	request(PTRACE_SYSCALL, pid, 0, 0);
	while (status_of(pid, "State", NULL) != 'S')
		usleep(1000);
	return pid;
}

/* SIGUSR1 comes; it stops for that. */
static void interrupt(pid_t pid)
{
	struct call_info info;

	tap_kill(pid, SIGUSR1);
	is_int(next_stop(pid), CALL_STOP, "a signal ends a call");
	info = info_of(pid);
	is_int(info.op, IS_OVER, "it is over");
	is_int(info.exit.result, -512, "and would begin anew");
	request(PTRACE_SYSCALL, pid, 0, 0);
	is_int(next_stop(pid), SIGUSR1, "the signal is told after that");
}

static void end_reader(pid_t pid, int want, const char *what)
{
	if (write(ends[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), want, "%s", what);
	close(ends[0]);
	close(ends[1]);
}

static void test_dropped(void)
{
	pid_t pid = start_reader(read_and_fail);
	struct call_info info;

	interrupt(pid);
	info = next_call(pid);
	ok(info.op == BEGINS && info.entry.nr == SYS_read,
	   "dropped, the call begins anew");
	is_int((long)info.entry.args[0], ends[0], "with its arguments");
	end_reader(pid, 'x', "and reads");
}

/* On from the stop of a signal, which the child gets. */
static void pass(pid_t pid)
{
	request(PTRACE_CONT, pid, 0, SIGUSR1);
	if (write(ends[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
}

static void test_passed(void)
{
	pid_t pid = start_reader(read_and_fail);

	interrupt(pid);
	pass(pid);
	is_int(exits_with(pid), 100, "passed on, the call has failed: EINTR");
	close(ends[0]);
	close(ends[1]);
	pid = start_reader(read_again);
	interrupt(pid);
	pass(pid);
	is_int(exits_with(pid), 'x', "or begins anew, as its handler says");
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return atoi(argv[1]);
	no_ptrace_here();
	test_told();
	test_sizes();
	test_let_go();
	test_exec();
	test_dropped();
	test_passed();
	return done_testing();
}
