/*
 * ptrace_races.c - tracers, tracees and whoever ends them, at once.
 *
 * Claim:  a tracer sees the newest registers of whom it has stopped, and what it
 *         writes back is what goes on; SIGKILL ends any tracee at any moment of
 *         a request; a tracee goes on when its tracer ends, or dies with it, as
 *         asked; an exec among traced threads ends them all; who listens hears
 *         of SIGCONT whenever it comes.
 * Method: rounds of five kinds, each a process with a few threads, a tracer, and
 *         a third who sends signals, kills the one or the other, or goes on:
 *           registers  threads that count in the FPU are stopped anywhere, all
 *                      that was read is written back, and they are let go
 *           kill       the tracee is killed while its tracer asks and asks
 *           tracer     the tracer is killed while the tracee stops and goes on
 *           exec       one of several traced threads executes a program
 *           listen     SIGCONT comes when its process has just stopped
 * Oracle: two counts, one in the FPU, are the same at each step; a request is
 *         answered or says ESRCH; who should go on counts; wait statuses are
 *         those of what was done; no child is left.  A call that does not come
 *         back is the watchdog's.
 * Reach:  each of the windows below is counted, and the test goes on until each
 *         was reached: a stop in the midst of counting, a request that finds
 *         its tracee killed, a tracer that dies while its tracee stands, a
 *         thread that is told to have ended by an exec, a SIGCONT heard.
 * -X:     what is written back of the FPU is one more than what was read.
 * Catches the tracee that says it is stopped before its hart has put down the
 *         FPU's registers: "two counts differ".
 */
#include "libstress.h"

#include "../abi/libtrace.h"

#include <elf.h>
#include <sys/prctl.h>

enum {
	STOPPED_COUNTING, KILLED_IN_REQUEST, TRACER_DIED, ENDED_BY_EXEC, HEARD,
	NR_WINDOWS
};

static const char *const windows[NR_WINDOWS] = {
	"stopped while it counted", "killed in a request",
	"left standing by a tracer", "ended by an exec", "SIGCONT heard",
};

enum { COUNTERS = 2, STOPS = 8, PATIENCE = 20000 };

static struct shared {
	volatile pid_t tid[COUNTERS];
	volatile unsigned long count[COUNTERS];
	volatile int go;
	unsigned long reached[NR_WINDOWS];
} *shared;

static void reached(int window)
{
	__atomic_fetch_add(&shared->reached[window], 1, __ATOMIC_RELAXED);
}

static bool all_reached(void)
{
	for (int i = 0; i < NR_WINDOWS; i++)
		if (shared->reached[i] == 0)
			return false;
	return true;
}

/* ---- tracees ---- */

static void on_signal(int sig TAP_UNUSED)
{
}

/* One count in the FPU, one not. */
static void *count_on(void *me)
{
	volatile unsigned long *count = &shared->count[(long)me];
	double d = 0, one = 1;
	unsigned long n = 0;

	asm volatile("" : "+f"(one));
	shared->tid[(long)me] = gettid();
	for (;;) {
		d += one;
		*count = ++n;
		asm volatile("" : "+f"(d), "+r"(n));
		if (d != (double)n) {
			stress_check(false, "two counts differ: %lu and %f", n, d);
			_exit(1);
		}
	}
	return NULL;
}

static void start_counters(void)
{
	pthread_t t;

	for (long i = 1; i < COUNTERS; i++)
		tap_thread(&t, NULL, count_on, (void *)i);
}

static int be_counters(void)
{
	start_counters();
	count_on(NULL);
	return 1;
}

static void wait_for_counters(void)
{
	for (int i = 0; i < COUNTERS; i++)
		while (shared->tid[i] == 0 || shared->count[i] == 0)
			sched_yield();
}

static pid_t start_round(int (*fn)(void))
{
	memset((void *)shared->tid, 0, sizeof(shared->tid));
	memset((void *)shared->count, 0, sizeof(shared->count));
	shared->go = 0;

	pid_t pid = start_free(fn);

	if (fn == be_counters)
		wait_for_counters();
	return pid;
}

/* It is no tracee of ours any more, or still one. */
static void end_process(pid_t pid)
{
	int status = 0;

	tap_kill(pid, SIGKILL);
	do {
		if (waitpid(pid, &status, __WALL) != pid)
			bail_out("waitpid: %s", strerror(errno));
	} while (WIFSTOPPED(status));
	stress_check(status == SIGKILL, "killed, wait status %#x", status);
}

/* Stop @code of @tid, which gets each SIGUSR1 that comes before; -1: it has
 * ended. */
static int wait_for_stop(pid_t tid, int code)
{
	for (;;) {
		int seen = next_stop(tid);

		if (seen <= 0)
			return -1;
		if (seen == code)
			return 0;
		request(PTRACE_CONT, tid, 0, seen == SIGUSR1 ? seen : 0);
	}
}

/* ---- registers ---- */

/* Room for those of other machines. */
struct registers {
	uint64_t general[32], fpu[64];
};

/* Of @type to @to, -X: changed, and back: 0 or -1. */
static int write_back_set(pid_t tid, int type, uint64_t *to, size_t n, int more)
{
	struct iovec iov = { to, n };

	if (request(PTRACE_GETREGSET, tid, type, (long)&iov) != 0)
		return -1;
	for (int i = 0; i < 32; i++)
		to[i] += more;
	return (int)request(PTRACE_SETREGSET, tid, type, (long)&iov);
}

/* 0, or -1: it has been killed. */
static int write_back(pid_t tid)
{
	struct registers r;

	if (write_back_set(tid, NT_PRFPREG, r.fpu, sizeof(r.fpu), stress.wrong) != 0)
		return -1;
	return write_back_set(tid, NT_PRSTATUS, r.general, sizeof(r.general), 0);
}

/* Makes it stop, or finds it stopped for something else, which is one with
 * that; -1: it has ended.  Else the signal that it is to get. */
static int interrupt(pid_t tid)
{
	int code;

	request(PTRACE_INTERRUPT, tid, 0, 0);
	code = next_stop(tid);
	return code <= 0 ? -1 : code == SIGUSR1 ? code : 0;
}

/* False: it has ended by itself, which it has told. */
static bool stop_once(pid_t tid, struct rng *rng)
{
	int sig = interrupt(tid);

	if (sig < 0)
		return false;
	stress_check(write_back(tid) == 0, "a stopped one: errno %d", errno);
	reached(STOPPED_COUNTING);
	request(rng_below(rng, 2) ? PTRACE_CONT : PTRACE_SYSCALL, tid, 0, sig);
	rng_dither(rng);
	return true;
}

static void let_go(pid_t tid)
{
	int sig = interrupt(tid);

	if (sig >= 0)
		request(PTRACE_DETACH, tid, 0, sig);
}

static void wait_until_all_count(void)
{
	unsigned long before[COUNTERS];

	for (int i = 0; i < COUNTERS; i++)
		before[i] = shared->count[i];
	for (int i = 0; i < COUNTERS; i++)
		while (shared->count[i] == before[i] && !stress_failed())
			sched_yield();
}

static pid_t start_signals(pid_t pid)
{
	pid_t sender = tap_fork();

	if (sender != 0)
		return sender;
	/* Not beyond the end of either: the number may be another's then. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (tap_tgkill(pid, pid, SIGUSR1) == 0)
		usleep(500);
	for (;;)
		pause();
}

static void registers_round(struct rng *rng)
{
	pid_t pid = start_round(be_counters), sender = start_signals(pid);

	for (int i = 0; i < COUNTERS; i++) {
		pid_t tid = shared->tid[i];

		if (request(PTRACE_SEIZE, tid, 0, 0) != 0)
			bail_out("SEIZE: %s", strerror(errno));
		bool there = true;

		for (int k = 0; k < STOPS && there; k++)
			there = stop_once(tid, rng);
		if (!there) {
			stress_check(false, "thread %d has ended", i);
			break;
		}
		let_go(tid);
	}
	end_process(sender);
	if (stress_failed())
		return;
	wait_until_all_count();
	end_process(pid);
}

/* ---- kill ---- */

static int raise_on(void)
{
	for (;;)
		raise(SIGUSR1);
	return 1;
}

static pid_t start_killer(pid_t pid, uint64_t turns)
{
	pid_t killer = tap_fork();

	if (killer != 0)
		return killer;
	while (!shared->go)
		sched_yield();
	for (; turns > 0; turns--)
		asm volatile("" ::: "memory");
	_exit(tap_kill(pid, SIGKILL) != 0);
}

/* Asks it all until it is gone: true if that was in the midst of it. */
static bool ask_until_killed(pid_t pid)
{
	for (;;) {
		if (write_back(pid) != 0) {
			stress_check(errno == ESRCH, "a request: errno %d", errno);
			return true;
		}
		if (request(PTRACE_SYSCALL, pid, 0, SIGUSR1) != 0) {
			stress_check(errno == ESRCH, "SYSCALL: errno %d", errno);
			return true;
		}
		if (next_stop(pid) <= 0)
			return false;
	}
}

static void kill_round(struct rng *rng)
{
	pid_t pid = start_traced(raise_on), killer;
	int status;

	shared->go = 0;
	killer = start_killer(pid, rng_below(rng, PATIENCE));
	shared->go = 1;
	if (ask_until_killed(pid)) {
		reached(KILLED_IN_REQUEST);
		while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
			;
		stress_check(status == SIGKILL, "killed, wait status %#x", status);
	}
	waitpid(killer, &status, 0);
	stress_check(status == 0, "the killer: wait status %#x", status);
}

/* ---- the tracer is killed ---- */

static void trace_on(pid_t pid, int options)
{
	if (request(PTRACE_SEIZE, pid, 0, options) != 0)
		_exit(1);
	shared->go = 1;
	for (;;) {
		int sig = interrupt(pid);

		if (sig < 0)
			_exit(2);
		write_back(pid);
		request(PTRACE_CONT, pid, 0, sig);
	}
}

static void tracer_round(struct rng *rng)
{
	int options = rng_below(rng, 2) ? PTRACE_O_EXITKILL : 0, status;
	pid_t pid = start_round(be_counters), tracer = tap_fork();

	if (tracer == 0)
		trace_on(pid, options);
	while (!shared->go)
		sched_yield();
	for (uint64_t n = rng_below(rng, PATIENCE); n > 0; n--)
		asm volatile("" ::: "memory");
	tap_kill(tracer, SIGKILL);
	if (status_of(pid, "State", NULL) == 't')
		reached(TRACER_DIED);
	waitpid(tracer, &status, 0);
	stress_check(status == SIGKILL, "the tracer: wait status %#x", status);
	if (options == 0) {
		wait_until_all_count();
		end_process(pid);
		return;
	}
	waitpid(pid, &status, 0);
	stress_check(status == SIGKILL, "EXITKILL: wait status %#x", status);
}

/* ---- exec ---- */

#define EXEC_CODE 42

static void *exec_soon(void *turns)
{
	for (long n = (long)turns; n > 0; n--)
		asm volatile("" ::: "memory");
	execl("/proc/self/exe", "ptrace_races", "new", NULL);
	return NULL;
}

static long exec_after;

static int exec_among_threads(void)
{
	pthread_t t;

	start_counters();
	tap_thread(&t, NULL, exec_soon, (void *)exec_after);
	count_on(NULL);
	return 1;
}

/* All that the process and its threads have to tell, to the process's end. */
static int lead_to_end(pid_t pid)
{
	int status;

	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0)
			return -1;
		if (WIFSTOPPED(status)) {
			int sig = status >> 8;

			/* What they are sent they get; not what begins a thread. */
			request(PTRACE_CONT, tid, 0, sig == SIGUSR1 ? sig : 0);
		} else if (tid == pid) {
			return status;
		} else {
			reached(ENDED_BY_EXEC);
		}
	}
}

static void exec_round(struct rng *rng)
{
	pid_t pid;
	int status;

	exec_after = (long)rng_below(rng, PATIENCE);
	pid = start_traced(exec_among_threads);
	request(PTRACE_SETOPTIONS, pid, 0,
		PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT);
	request(PTRACE_CONT, pid, 0, 0);
	status = lead_to_end(pid);
	stress_check(WIFEXITED(status) && WEXITSTATUS(status) == EXEC_CODE,
		     "after an exec: wait status %#x", status);
	/* The threads that it has ended may be told of later. */
	while (waitpid(-1, &status, __WALL) > 0)
		if (!WIFSTOPPED(status))
			reached(ENDED_BY_EXEC);
}

/* ---- listen ---- */

static pid_t start_continuer(pid_t pid, uint64_t turns)
{
	pid_t sender = tap_fork();

	if (sender != 0)
		return sender;
	while (!shared->go)
		sched_yield();
	for (; turns > 0; turns--)
		asm volatile("" ::: "memory");
	_exit(tap_kill(pid, SIGCONT) != 0);
}

static void listen_round(struct rng *rng)
{
	pid_t pid = start_round(be_counters), sender;
	int status;

	if (request(PTRACE_SEIZE, pid, 0, 0) != 0)
		bail_out("SEIZE: %s", strerror(errno));
	sender = start_continuer(pid, rng_below(rng, PATIENCE));
	tap_tgkill(pid, pid, SIGSTOP);
	if (wait_for_stop(pid, SIGSTOP) != 0)
		bail_out("it has ended");
	request(PTRACE_CONT, pid, 0, SIGSTOP);
	if (wait_for_stop(pid, STOP_CODE(PTRACE_EVENT_STOP, SIGSTOP)) != 0)
		bail_out("it has ended");
	shared->go = 1;
	request(PTRACE_LISTEN, pid, 0, 0);
	if (wait_for_stop(pid, STOP_CODE(PTRACE_EVENT_STOP, SIGTRAP)) == 0)
		reached(HEARD);
	request(PTRACE_DETACH, pid, 0, 0);
	waitpid(sender, &status, 0);
	wait_until_all_count();
	end_process(pid);
}

int main(int argc, char **argv)
{
	static void (*const rounds[])(struct rng *) = {
		registers_round, kill_round, tracer_round, exec_round,
		listen_round,
	};
	struct rng rng;

	if (argc > 1 && strcmp(argv[1], "new") == 0)
		return EXEC_CODE;
	stress_begin(argc, argv, COUNTERS,
		     "whom a tracer leads can always be ended, and loses nothing");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	rng = rng_of(0);
	signal(SIGUSR1, on_signal); /* before anybody can be sent it */
	for (unsigned i = 0; stress_go_on() || (!all_reached() && !stress_failed());
	     i++) {
		rounds[i % 5](&rng);
		stress_round();
	}
	for (int i = 0; i < NR_WINDOWS; i++)
		diag("%s: %lu", windows[i], shared->reached[i]);
	return stress_end();
}
