/*
 * tests/abi/ptrace_threads.c
 *
 * Claim    Threads are traced one by one, each by the thread that asked: what
 *          one stops for does not stop the others, a signal for the process
 *          goes to one that does not stand, a stop of the process is told of
 *          each.  A thread that ends is told of by its number; the first one's
 *          end is its process's.  After an exec by another thread the first
 *          one's number bears that, and who still waits for the first one, which
 *          had ended, is told that it is no more.  When the thread that traces ends, though
 *          its process does not, the tracee goes on.  Another thread of the
 *          tracer may wait, but ask nothing.
 * Method   Processes of a few threads, which sleep or end as told.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "libtrace.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#define OPTIONS (PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

static struct shared {
	volatile pid_t second, third;	/* threads of the child; 0: not yet */
	volatile int go;		/* a thread goes on to its end */
	volatile int caught;		/* tid of who has handled SIGUSR1 */
	volatile pid_t grandchild;	/* not the tracer's child */
} *shared;

static pid_t own_tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

static int exit_code(int end)
{
	end = -end;
	return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
}

static unsigned long message_of(pid_t pid)
{
	unsigned long message = 0;

	request(PTRACE_GETEVENTMSG, pid, 0, (long)&message);
	return message;
}

/* ---- the child: threads ---- */

static void on_usr1(int sig TAP_UNUSED)
{
	shared->caught = own_tid();
}

static void sleep_until(volatile int *go)
{
	while (!*go)
		usleep(1000);
}

static void *second(void *unused TAP_UNUSED)
{
	shared->second = own_tid();
	sleep_until(&shared->go);
	syscall(SYS_exit, 5);
	return NULL;
}

static int two_threads(void)
{
	pthread_t thread;

	signal(SIGUSR1, on_usr1);
	tap_thread(&thread, NULL, second, NULL);
	while (shared->go < 2)
		usleep(1000);
	return 6;
}

static void *compute(void *unused TAP_UNUSED)
{
	shared->second = own_tid();
	while (!shared->go)
		;
	syscall(SYS_exit, 5);
	return NULL;
}

static int one_computes(void)
{
	pthread_t thread;

	signal(SIGUSR1, on_usr1);
	tap_thread(&thread, NULL, compute, NULL);
	for (;;)
		pause();
	return 1;
}

static int first_ends(void)
{
	pthread_t thread;

	tap_thread(&thread, NULL, second, NULL);
	syscall(SYS_exit, 7);
	return 1;
}

static void *exec_here(void *unused TAP_UNUSED)
{
	execl("/proc/self/exe", "ptrace_threads", "13", NULL);
	return NULL;
}

static int exec_in_second(void)
{
	pthread_t thread;

	tap_thread(&thread, NULL, exec_here, NULL);
	for (;;)
		pause();
	return 1;
}

/* The program ends when the tracer has closed the other end.  Its name is asked for
 * while there is a first thread: without that Linux has no /proc/self/exe. */
static int gate[2];
static char own_name[256];

static void *exec_when_told(void *unused)
{
	char fd[12];

	snprintf(fd, sizeof(fd), "%d", gate[0]);
	while (shared->go < 2)
		usleep(1000);
	close(gate[1]);
	execl(own_name, "ptrace_threads", "13", fd, NULL);
	return unused;
}

static int first_ends_second_execs(void)
{
	pthread_t thread;

	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	tap_thread(&thread, NULL, exec_when_told, NULL);
	shared->grandchild = getpid();
	sleep_until(&shared->go);
	syscall(SYS_exit, 7);
	return 1;
}

static int start_grandchild(void)
{
	start_free(first_ends_second_execs);
	return 0;
}

/* ---- the tracer ---- */

/* A process whose two threads are traced, and run. */
static pid_t start_two(int (*fn)(void), pid_t *thread)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	pid = start_traced(fn);
	request(PTRACE_SETOPTIONS, pid, 0, OPTIONS);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(next_stop(pid), STOP_CODE(PTRACE_EVENT_CLONE, SIGTRAP), "a thread");
	*thread = (pid_t)message_of(pid);
	is_int(next_stop(*thread), SIGSTOP, "it is traced, too");
	request(PTRACE_CONT, pid, 0, 0);
	request(PTRACE_CONT, *thread, 0, 0);
	return pid;
}

static void test_thread_ends(void)
{
	pid_t thread, pid = start_two(two_threads, &thread);
	siginfo_t info = { 0 };
	int status;

	while (shared->second == 0)
		usleep(1000);
	shared->go = 1;
	is_int(waitid(P_PID, thread, &info, WEXITED | WNOWAIT | __WALL), 0,
	       "a thread ends");
	ok(info.si_code == CLD_EXITED && info.si_status == 5, "as it has said");
	is_int(waitpid(thread, &status, __WALL), thread, "it is waited for");
	is_int(status, 5 << 8, "by its number");
	fails(waitpid(thread, &status, __WALL), ECHILD, "once");
	is_int(waitpid(-1, &status, WNOHANG), 0, "its process goes on");
	shared->go = 2;
	is_int(exit_code(next_stop(pid)), 6, "to its own end");
}

static void test_first_ends(void)
{
	pid_t thread, pid = start_two(first_ends, &thread);
	int status;

	while (shared->second == 0)
		usleep(1000);
	usleep(20000);
	is_int(waitpid(pid, &status, WNOHANG), 0, "the first thread's end is not told");
	shared->go = 1;
	is_int(exit_code(next_stop(thread)), 5, "that of the other is");
	is_int(exit_code(next_stop(pid)), 5, "and then the process's, the same");
}

/* The other one sleeps now and then, or comes to the kernel for nothing. */
static void test_one_stands(int (*fn)(void))
{
	pid_t thread, pid = start_two(fn, &thread);

	while (shared->second == 0)
		usleep(1000);
	tap_tgkill(pid, pid, SIGUSR2);
	is_int(next_stop(pid), SIGUSR2, "one stands");
	tap_kill(pid, SIGUSR1);
	is_int(next_stop(thread), SIGUSR1, "a signal for both goes to the other");
	request(PTRACE_CONT, thread, 0, SIGUSR1);
	while (shared->caught == 0)
		usleep(1000);
	is_int(shared->caught, thread, "which handles it");
	shared->go = 1;
	is_int(exit_code(next_stop(thread)), 5, "and goes on to its end");
	finish(pid);
}

static void test_both_stop(void)
{
	pid_t thread, pid = start_two(two_threads, &thread), one, other;
	int status;

	while (shared->second == 0)
		usleep(1000);
	tap_kill(pid, SIGSTOP);
	one = waitpid(-1, &status, __WALL);
	ok(one == pid || one == thread, "a stop signal is told of one");
	other = one == pid ? thread : pid;
	request(PTRACE_CONT, one, 0, SIGSTOP);
	is_int(next_stop(one), SIGSTOP, "the stop of that");
	is_int(next_stop(other), SIGSTOP, "and of the other");
	request(PTRACE_CONT, one, 0, 0);
	request(PTRACE_CONT, other, 0, 0);
	shared->go = 1;
	is_int(exit_code(next_stop(thread)), 5, "both go on though they are stopped");
	finish(pid);
}

static void test_exec(void)
{
	pid_t thread, pid = start_two(exec_in_second, &thread);
	int status;

	is_int(next_stop(pid), STOP_CODE(PTRACE_EVENT_EXEC, SIGTRAP),
	       "a thread executes a program: the first's number stops");
	is_int((long)message_of(pid), thread, "and says whose it was");
	fails(waitpid(thread, &status, WNOHANG | __WALL), ECHILD,
	      "that one is no more");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exit_code(next_stop(pid)), 13, "the program runs");
}

/* Linux still shows a first thread that has ended, as a zombie. */
static bool first_has_ended(pid_t pid)
{
	char path[64], text[200] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return text[0] == 0 || strstr(text, ") Z ") != NULL;
}

static void *let_exec_be(void *waiter)
{
	wait_until_asleep(getpid(), *(pid_t *)waiter);
	shared->go = 2;
	return NULL;
}

/* The first thread ends, and the second, which nobody traces, takes its number:
 * the tracer, who has no child, has nothing left to wait for. */
static void test_first_is_replaced(void)
{
	pid_t self = own_tid(), pid;
	pthread_t thread;
	int status;

	memset(shared, 0, sizeof(*shared));
	if (pipe(gate) < 0 ||
	    readlink("/proc/self/exe", own_name, sizeof(own_name) - 1) < 0)
		bail_out("a pipe and a name: %s", strerror(errno));
	is_int(next_stop(start_free(start_grandchild)), 0, "a child leaves a child");
	while ((pid = shared->grandchild) == 0)
		usleep(1000);
	is_int(request(PTRACE_SEIZE, pid, 0, 0), 0, "a grandchild's first thread is traced");
	shared->go = 1;
	while (!first_has_ended(pid))
		usleep(1000);
	is_int(waitpid(-1, &status, __WALL | WNOHANG), 0, "it ends, and is waited for");
	tap_thread(&thread, NULL, let_exec_be, &self);
	fails(waitpid(-1, &status, __WALL), ECHILD,
	      "until another thread's exec takes its number");
	pthread_join(thread, NULL);
	close(gate[0]);
	close(gate[1]);
}

static void test_killed(void)
{
	pid_t thread, pid = start_two(two_threads, &thread);

	tap_tgkill(pid, pid, SIGUSR2);
	is_int(next_stop(pid), SIGUSR2, "one stands, the other runs");
	tap_kill(pid, SIGKILL);
	is_int(next_stop(thread), -SIGKILL, "SIGKILL ends the other");
	is_int(next_stop(pid), -SIGKILL, "and the process");
}

/* ---- threads of the tracer ---- */

static pid_t tracee;

static void *ask(void *unused TAP_UNUSED)
{
	int status;

	fails(waitpid(tracee, &status, WNOHANG | __WALL | __WNOTHREAD), ECHILD,
	      "another thread is not told what is none of its own");
	is_int(waitpid(tracee, &status, __WALL), tracee, "or is, if it likes");
	is_int(status >> 8, SIGUSR1, "of a stop");
	fails(request(PTRACE_CONT, tracee, 0, 0), ESRCH, "but it may ask nothing");
	return NULL;
}

static void test_other_thread(void)
{
	pthread_t thread;

	tracee = start_free(sleep_on);
	request(PTRACE_SEIZE, tracee, 0, 0);
	tap_kill(tracee, SIGUSR1);
	tap_thread(&thread, NULL, ask, NULL);
	pthread_join(thread, NULL);
	is_int(request(PTRACE_CONT, tracee, 0, 0), 0, "who traces may");
	finish(tracee);
}

static void *trace_and_end(void *unused TAP_UNUSED)
{
	is_int(request(PTRACE_SEIZE, tracee, 0, 0), 0, "a thread traces");
	request(PTRACE_INTERRUPT, tracee, 0, 0);
	is_int(next_stop(tracee), STOP_CODE(PTRACE_EVENT_STOP, SIGTRAP),
	       "sees a stop");
	return NULL;
}

static void test_tracing_thread_ends(void)
{
	pthread_t thread;
	int number = -1;

	tracee = start_free(sleep_on);
	tap_thread(&thread, NULL, trace_and_end, NULL);
	pthread_join(thread, NULL);
	while (status_of(tracee, "State", NULL) != 'S')
		usleep(1000);
	status_of(tracee, "TracerPid", &number);
	is_int(number, 0, "and ends: nobody traces the process then");
	finish(tracee);
}

int main(int argc, char **argv)
{
	char c;

	if (argc > 2 && read(atoi(argv[2]), &c, 1) != 0)
		return 1;
	if (argc > 1)
		return atoi(argv[1]);
	no_ptrace_here();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_thread_ends();
	test_first_ends();
	test_one_stands(two_threads);
	test_one_stands(one_computes);
	test_both_stop();
	test_exec();
	test_first_is_replaced();
	test_killed();
	test_other_thread();
	test_tracing_thread_ends();
	return done_testing();
}
