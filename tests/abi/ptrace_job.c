/*
 * tests/abi/ptrace_job.c
 *
 * Claim    PTRACE_SEIZE stops nobody and PTRACE_INTERRUPT does, whatever the
 *          tracee does, also in a call, which goes on then.  A stop of the
 *          process stops a tracee for its tracer, which lets it go all the same
 *          or, having seized it, listens: then it hears of SIGCONT.  Who is
 *          attached to when it stands already is found so at once.  A tracer
 *          that leaves leaves its tracee as the process is.  Who has seized a
 *          process hears of SIGCONT also where that stops for something else
 *          first.  The parent is told
 *          of the stops of the process, and of no others.
 * Method   Children that sleep, run, or stand; signals of job control; a
 *          second process where tracer and parent are two.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libtrace.h"

#include <sys/mman.h>

#define EVENT_STOP_OF(sig) STOP_CODE(PTRACE_EVENT_STOP, sig)

static volatile int never;

static int run_on(void)
{
	while (!never)
		;
	return 1;
}

static void wait_for_state(pid_t pid, char state)
{
	while (status_of(pid, "State", NULL) != state)
		usleep(1000);
}

static pid_t seize(int (*fn)(void))
{
	pid_t pid = start_free(fn);

	wait_for_state(pid, fn == run_on ? 'R' : 'S');
	is_int(request(PTRACE_SEIZE, pid, 0, 0), 0, "a child is seized");
	return pid;
}

static bool is_quiet(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG | __WALL) == 0;
}

static unsigned code_of(pid_t pid)
{
	siginfo_t info = { 0 };

	if (request(PTRACE_GETSIGINFO, pid, 0, (long)&info) < 0)
		return -errno;
	return info.si_code;
}

static bool is_in_call(pid_t pid, unsigned long nr)
{
	struct __ptrace_syscall_info info = { 0 };

	return request(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (long)&info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == nr;
}

/* ---- SEIZE, INTERRUPT ---- */

static void test_interrupt(int (*fn)(void))
{
	pid_t pid = seize(fn);

	ok(is_quiet(pid), "and does not stop");
	fails(request(PTRACE_CONT, pid, 0, 0), ESRCH, "so it is not let go");
	is_int(request(PTRACE_INTERRUPT, pid, 0, 0), 0, "it is interrupted");
	is_int(next_stop(pid), EVENT_STOP_OF(SIGTRAP), "it stops");
	is_int(code_of(pid), EVENT_STOP_OF(SIGTRAP), "and says so");
	is_int(request(PTRACE_INTERRUPT, pid, 0, 0), 0, "again, where it stands:");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), EVENT_STOP_OF(SIGTRAP), "once more");
	request(PTRACE_CONT, pid, 0, 0);
	wait_for_state(pid, fn == run_on ? 'R' : 'S');
	ok(is_quiet(pid), "it goes on");
	finish(pid);
}

/* A call that a stop interrupts is not seen to be. */
static int sleep_once(void)
{
	struct timespec t = { .tv_nsec = 300000000 };

	return nanosleep(&t, NULL) == 0 ? 0 : 1;
}

static void test_call_goes_on(void)
{
	pid_t pid = seize(sleep_once);
	int status;

	request(PTRACE_INTERRUPT, pid, 0, 0);
	if (next_stop(pid) > 0)
		request(PTRACE_CONT, pid, 0, 0);
	is_int(waitpid(pid, &status, 0), pid, "what it sleeps in");
	is_int(status, 0, "goes on");
}

static void test_bad_seize(void)
{
	pid_t pid = start_free(sleep_on);

	fails(request(PTRACE_SEIZE, pid, 1, 0), EIO, "SEIZE has no address");
	fails(request(PTRACE_SEIZE, pid, 0, 1 << 12), EIO, "nor such an option");
	fails(request(PTRACE_INTERRUPT, pid, 0, 0), ESRCH, "nobody traces it");
	finish(pid);
}

/* ---- stops of the process ---- */

/* Traced by ATTACH or TRACEME: it is told as a signal that tells nothing. */
static void test_old_stop(void)
{
	pid_t pid = start_traced(sleep_on);
	siginfo_t info;

	request(PTRACE_CONT, pid, 0, 0);
	tap_kill(pid, SIGTSTP);
	is_int(next_stop(pid), SIGTSTP, "a stop signal is told");
	request(PTRACE_CONT, pid, 0, SIGSTOP);
	is_int(next_stop(pid), SIGSTOP, "and the stop, by what it became");
	fails(request(PTRACE_GETSIGINFO, pid, 0, (long)&info), EINVAL,
	      "of which there is nothing to say");
	request(PTRACE_CONT, pid, 0, 0);
	tap_kill(pid, SIGUSR1);
	is_int(next_stop(pid), SIGUSR1, "let go, it runs though it is stopped");
	request(PTRACE_CONT, pid, 0, 0);
	tap_kill(pid, SIGCONT);
	is_int(next_stop(pid), SIGCONT, "SIGCONT is told as any signal");
	finish(pid);
}

static void test_seized_stop(void)
{
	pid_t pid = seize(sleep_on);

	tap_kill(pid, SIGSTOP);
	is_int(next_stop(pid), SIGSTOP, "seized: the signal");
	request(PTRACE_CONT, pid, 0, SIGSTOP);
	is_int(next_stop(pid), EVENT_STOP_OF(SIGSTOP), "the stop, as an event");
	is_int(request(PTRACE_LISTEN, pid, 0, 0), 0, "it listens");
	ok(is_quiet(pid), "and tells nothing");
	fails(request(PTRACE_CONT, pid, 0, 0), ESRCH, "who listens is not let go");
	tap_kill(pid, SIGCONT);
	is_int(next_stop(pid), EVENT_STOP_OF(SIGTRAP), "it hears of SIGCONT");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGCONT, "and gets it");
	fails(request(PTRACE_LISTEN, pid, 0, 0), EIO, "there one does not listen");
	request(PTRACE_CONT, pid, 0, 0);
	wait_for_state(pid, 'S');
	ok(is_quiet(pid), "it goes on");
	finish(pid);
}

static void test_listen_interrupted(void)
{
	pid_t pid = seize(sleep_on);

	tap_kill(pid, SIGSTOP);
	next_stop(pid);
	request(PTRACE_CONT, pid, 0, SIGSTOP);
	next_stop(pid);
	request(PTRACE_LISTEN, pid, 0, 0);
	is_int(request(PTRACE_INTERRUPT, pid, 0, 0), 0, "who listens is interrupted");
	is_int(next_stop(pid), EVENT_STOP_OF(SIGSTOP), "stops anew, as it stood");
	tap_kill(pid, SIGCONT);
	is_int(request(PTRACE_LISTEN, pid, 0, 0), 0, "it listens for what was");
	is_int(next_stop(pid), EVENT_STOP_OF(SIGTRAP), "and hears of it");
	finish(pid);
}

/* ---- one that stands already ---- */

static pid_t start_standing(void)
{
	pid_t pid = start_free(sleep_on);
	int status;

	tap_kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	return pid;
}

static void test_attach_standing(void)
{
	pid_t pid = start_standing();
	int status = 0;

	is_int(request(PTRACE_ATTACH, pid, 0, 0), 0, "one that stands is traced");
	is_int(waitpid(pid, &status, WNOHANG), pid, "and found so at once");
	is_int(status >> 8, SIGSTOP, "stopped");
	request(PTRACE_DETACH, pid, 0, 0);
	wait_for_state(pid, 'T');
	is_int(request(PTRACE_SEIZE, pid, 0, 0), 0, "let go it stands; it is seized");
	is_int(waitpid(pid, &status, WNOHANG), pid, "and found so");
	is_int(status >> 8, EVENT_STOP_OF(SIGSTOP), "stopped");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), SIGSTOP, "what ATTACH has sent is still to be told");
	request(PTRACE_CONT, pid, 0, 0);
	wait_for_state(pid, 'S');
	is_int(request(PTRACE_INTERRUPT, pid, 0, 0), 0, "it goes on; interrupted");
	is_int(next_stop(pid), EVENT_STOP_OF(SIGSTOP), "it is as its process is");
	request(PTRACE_DETACH, pid, 0, 0);
	wait_for_state(pid, 'T');
	tap_kill(pid, SIGCONT);
	wait_for_state(pid, 'S');
	ok(1, "SIGCONT ends that");
	finish(pid);
}

/* ---- the parent is another ---- */

/* A process that seizes @pid, stops it for itself, then lets it stop with its
 * process, and listens; it ends when told. */
static int trace_for(pid_t pid, int told, int go)
{
	char c;

	if (request(PTRACE_SEIZE, pid, 0, 0) != 0 ||
	    request(PTRACE_INTERRUPT, pid, 0, 0) != 0 ||
	    next_stop(pid) != EVENT_STOP_OF(SIGTRAP) ||
	    write(told, "1", 1) != 1 || read(go, &c, 1) != 1)
		return 1;
	request(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != SIGSTOP)
		return 2;
	request(PTRACE_CONT, pid, 0, SIGSTOP);
	if (next_stop(pid) != EVENT_STOP_OF(SIGSTOP) ||
	    write(told, "2", 1) != 1 || read(go, &c, 1) != 1)
		return 3;
	request(PTRACE_LISTEN, pid, 0, 0);
	if (next_stop(pid) != EVENT_STOP_OF(SIGTRAP) ||
	    write(told, "3", 1) != 1 || read(go, &c, 1) != 1)
		return 4;
	return request(PTRACE_DETACH, pid, 0, 0) != 0;
}

static void step(int told, const char *what)
{
	char c;

	if (read(told, &c, 1) != 1)
		bail_out("the tracer: %s", what);
}

static void test_parent(void)
{
	pid_t pid = start_free(sleep_on), tracer;
	int told[2], go[2], status = 0;

	if (pipe(told) != 0 || pipe(go) != 0)
		bail_out("pipe: %s", strerror(errno));
	tracer = tap_fork();
	if (tracer == 0) {
		close(told[0]);
		_exit(trace_for(pid, told[1], go[0]));
	}
	close(told[1]);
	step(told[0], "does not stop it");
	is_int(waitpid(pid, &status, WNOHANG | WUNTRACED), 0,
	       "the parent is not told of the tracer's stops");
	tap_kill(pid, SIGSTOP);
	is_int(write(go[1], "", 1), 1, "a process is stopped");
	step(told[0], "does not see it stop");
	is_int(waitpid(pid, &status, WUNTRACED), pid, "of that it is");
	is_int(status >> 8, SIGSTOP, "by the signal");
	is_int(waitpid(pid, &status, WNOHANG | WUNTRACED), 0, "once");
	is_int(write(go[1], "", 1), 1, "the tracer listens");
	tap_kill(pid, SIGCONT);
	step(told[0], "does not hear of SIGCONT");
	is_int(waitpid(pid, &status, WCONTINUED), pid, "the parent does, too");
	ok(WIFCONTINUED(status), "that it goes on");
	is_int(write(go[1], "", 1), 1, "the tracer leaves");
	is_int(waitpid(tracer, &status, 0), tracer, "it ends");
	is_int(status, 0, "and has seen it all");
	wait_for_state(pid, 'S');
	finish(pid);
}

/* ---- SIGCHLD ---- */

static volatile int heard;

static void hear(int sig TAP_UNUSED)
{
	heard++;
}

static int stop_twice(void)
{
	raise(SIGUSR1);
	raise(SIGUSR1);
	return 0;
}

/* Its stops are told as any child's. */
static void test_told_by_signal(int flags, int how_often, const char *what)
{
	struct sigaction action = { .sa_handler = hear, .sa_flags = flags };
	pid_t pid = start_traced(stop_twice);

	sigaction(SIGCHLD, &action, NULL);
	heard = 0;
	for (int i = 0; i < 2; i++) {
		request(PTRACE_CONT, pid, 0, 0);
		if (next_stop(pid) != SIGUSR1)
			bail_out("the signal is not seen");
		/* Who looks may see a stop before it is told. */
		while (heard <= i && i < how_often)
			usleep(100);
	}
	is_int(heard, how_often, "%s", what);
	signal(SIGCHLD, SIG_DFL);
	finish(pid);
}

/* ---- SIGCONT, and another stop before it is told ---- */

static volatile int *go;

static int continue_itself(void)
{
	pid_t self = getpid();

	while (!*go)
		;
	syscall(SYS_kill, self, SIGCONT);
	return sleep_on();
}

/* What it has to tell is there when it comes out of the call, for which it stops. */
static void test_news_behind_a_call(void)
{
	pid_t pid;

	go = mmap(NULL, sizeof(*go), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		  -1, 0);
	pid = start_free(continue_itself);
	is_int(request(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0, "a child is seized");
	request(PTRACE_INTERRUPT, pid, 0, 0);
	is_int(next_stop(pid), EVENT_STOP_OF(SIGTRAP), "it stops");
	*go = 1;
	/* It may have stopped on its way here, in getpid(). */
	do
		request(PTRACE_SYSCALL, pid, 0, 0);
	while (next_stop(pid) == CALL_STOP && !is_in_call(pid, __NR_kill));
	ok(is_in_call(pid, __NR_kill), "it sends itself SIGCONT");
	request(PTRACE_SYSCALL, pid, 0, 0);
	is_int(next_stop(pid), CALL_STOP, "and comes back");
	request(PTRACE_CONT, pid, 0, 0);
	if (is_int(next_stop(pid), EVENT_STOP_OF(SIGTRAP), "job control has news")) {
		request(PTRACE_CONT, pid, 0, 0);
		is_int(next_stop(pid), SIGCONT, "and the signal comes");
	}
	finish(pid);
}

int main(void)
{
	no_ptrace_here();
	test_told_by_signal(SA_RESTART, 2, "a tracer gets SIGCHLD of each stop");
	test_told_by_signal(SA_RESTART | SA_NOCLDSTOP, 0, "and of none if he says so");
	test_interrupt(sleep_on);
	test_interrupt(run_on);
	test_call_goes_on();
	test_bad_seize();
	test_old_stop();
	test_seized_stop();
	test_listen_interrupted();
	test_attach_standing();
	test_parent();
	test_news_behind_a_call();
	return done_testing();
}
