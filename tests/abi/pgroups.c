/*
 * tests/abi/pgroups.c
 *
 * Claim    A group exists as long as it has members, zombies too; but only a
 *          member that lives ties it to its session. When the last tie goes,
 *          stopped members are hung up; afterwards the terminal's signals do
 *          not stop them. Any thread's number stands for its process.
 * Method   A child makes a group, a grandchild joins it, and the child ends
 *          without being waited for.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* ---- zombies as members ---- */

static void test_zombie_names_group(void)
{
	siginfo_t info;
	pid_t leader = tap_fork();

	if (leader == 0)
		_exit(setpgid(0, 0));

	if (waitid(P_PID, (id_t)leader, &info, WEXITED | WNOWAIT))
		bail_out("waitid: %s", strerror(errno));
	is_int(getpgid(leader), leader, "a zombie is in its group");
	is_int(tap_kill_group(leader, 0), 0, "which can be signalled");

	pid_t other = tap_fork();

	if (other == 0) {
		pause();
		_exit(1);
	}
	is_int(setpgid(other, leader), 0, "and joined");
	waitpid(leader, NULL, 0);
	is_int(getpgid(other), leader, "it stays when its first member goes");
	tap_kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	fails(tap_kill_group(leader, 0), ESRCH, "and goes with its last");
}

/* ---- the last tie ---- */

/* Pipes: the grandchild says where it is, is told to go on, and ends when @go
 * is closed. */
static int says[2], go[2];

static void say(char c)
{
	if (write(says[1], &c, 1) != 1)
		_exit(1);
}

static char hear(void)
{
	char c;

	return read(says[0], &c, 1) == 1 ? c : 0;
}

static volatile sig_atomic_t nr_continued;

static void on_continue(int sig TAP_UNUSED)
{
	nr_continued++;
}

/*
 * In the group of its parent, which is a zombie when it is told to go on: as
 * long as one of the parent's threads is about to end, Linux takes it for a
 * tie, and an emulator has more of them than the program.
 */
static void be_left_behind(pid_t parent)
{
	char c;

	say('r');
	if (read(go[0], &c, 1) != 1)
		_exit(1);
	while (getppid() == parent)
		usleep(1000);
	signal(SIGCONT, on_continue);
	raise(SIGTSTP);		/* void: nobody would continue us */
	say(nr_continued == 0 ? 'n' : 's');
	if (read(go[0], &c, 1) != 0)
		_exit(1);
	_exit(0);
}

static void be_stopped(pid_t parent TAP_UNUSED)
{
	say('r');
	raise(SIGSTOP);
	say('c');
	_exit(0);
}

/* A group of two, of which the first has ended and was not waited for. */
static pid_t start_group(void (*second)(pid_t parent), bool stops)
{
	siginfo_t info;
	pid_t leader;

	if (pipe(says) || pipe(go))
		bail_out("pipe: %s", strerror(errno));
	leader = tap_fork();
	if (leader == 0) {
		pid_t me = getpid(), pid;

		setpgid(0, 0);
		pid = tap_fork();
		if (pid == 0) {
			close(go[1]);
			second(me);
		}
		if (hear() != 'r')
			_exit(1);
		if (stops && waitpid(pid, NULL, WUNTRACED) != pid)
			_exit(1);
		_exit(0);
	}
	close(says[1]);
	close(go[0]);
	if (waitid(P_PID, (id_t)leader, &info, WEXITED | WNOWAIT) ||
	    info.si_code != CLD_EXITED || info.si_status != 0)
		bail_out("the first member fails");
	return leader;
}

static void end_group(pid_t leader)
{
	close(says[0]);
	close(go[1]);
	waitpid(leader, NULL, 0);
}

static void test_zombie_is_no_tie(void)
{
	pid_t leader = start_group(be_left_behind, false);

	if (write(go[1], "", 1) != 1)
		bail_out("write: %s", strerror(errno));
	is_int(hear(), 'n', "SIGTSTP does not stop an orphaned group");
	end_group(leader);
}

static void test_stopped_are_hung_up(void)
{
	pid_t leader = start_group(be_stopped, true);

	is_int(hear(), 0, "SIGHUP ends who is stopped when the last tie goes");
	end_group(leader);
}

/* Its parent ties it to the session from outside, and then not any more: he
 * has joined it, and is tied by his own. */
static int join_group_of_child(void *unused TAP_UNUSED)
{
	int status, begin[2];
	pid_t child;
	char c;

	if (pipe(begin))
		return 1;
	child = tap_fork();
	if (child == 0)
		_exit(read(begin[0], &c, 1) != 1 || raise(SIGTSTP));
	if (setpgid(child, child) || setpgid(0, child) || write(begin[1], "", 1) != 1)
		return 2;
	if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
		return 3;
	tap_kill(child, SIGCONT);
	waitpid(child, &status, 0);
	return status != 0;
}

/* ---- SIGCONT, and whose it is ---- */

enum { SENDER = 1000, OTHER = 2000 };

/* A process of OTHER, in a group of its own and, where it says so, a session. */
static pid_t start_other(bool leads)
{
	int done[2];
	pid_t pid;
	char c;

	if (pipe(done))
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		if (leads ? setsid() < 0 : setpgid(0, 0) != 0)
			_exit(98);
		if (setresuid(OTHER, OTHER, OTHER) || write(done[1], "", 1) != 1)
			_exit(99);
		for (;;)
			pause();
	}
	if (read(done[0], &c, 1) != 1)
		bail_out("a process of another user");
	close(done[0]);
	close(done[1]);
	return pid;
}

static int send_as_stranger(void *pids)
{
	const pid_t *other = pids;

	if (setresuid(SENDER, SENDER, SENDER))
		return 97;
	if (tap_kill(other[0], SIGUSR1) == 0 || errno != EPERM)
		return 1;
	if (tap_kill(other[0], SIGCONT) != 0)
		return 2;
	if (tap_kill_group(other[0], SIGUSR1) == 0 || errno != EPERM)
		return 4;
	if (tap_kill_group(other[0], SIGCONT) != 0)
		return 5;
	return tap_kill(other[1], SIGCONT) == 0 || errno != EPERM ? 3 : 0;
}

static void test_continue_others(void)
{
	pid_t other[2];

	if (geteuid() != 0) {
		skip(1, "not root");
		return;
	}
	other[0] = start_other(false);
	other[1] = start_other(true);
	is_exit(in_child(send_as_stranger, other), 0,
		"SIGCONT goes to anybody of the session, and no other signal");
	for (int i = 0; i < 2; i++) {
		tap_kill(other[i], SIGKILL);
		waitpid(other[i], NULL, 0);
	}
}

/* ---- numbers of threads ---- */

static int tell_tid[2], end_thread[2];

static void *tell_and_wait(void *unused TAP_UNUSED)
{
	pid_t tid = gettid();
	char c;

	if (write(tell_tid[1], &tid, sizeof(tid)) != sizeof(tid))
		_exit(1);
	if (read(end_thread[0], &c, 1) != 1)
		_exit(1);
	return NULL;
}

static void test_thread_numbers(void)
{
	pthread_t thread;
	pid_t tid;

	if (pipe(tell_tid) || pipe(end_thread))
		bail_out("pipe: %s", strerror(errno));
	tap_thread(&thread, NULL, tell_and_wait, NULL);
	if (read(tell_tid[0], &tid, sizeof(tid)) != sizeof(tid))
		bail_out("the thread does not tell");
	is_int(tap_kill(tid, 0), 0, "a thread's number finds its process");
	is_int(getpgid(tid), getpgid(0), "its group");
	is_int(getsid(tid), getsid(0), "and its session");
	fails(setpgid(tid, 0), EINVAL, "but a thread does not change groups");
	if (write(end_thread[1], "", 1) != 1)
		bail_out("write: %s", strerror(errno));
	pthread_join(thread, NULL);
}

int main(void)
{
	plan(13);
	test_zombie_names_group();
	test_zombie_is_no_tie();
	test_stopped_are_hung_up();
	is_exit(in_child(join_group_of_child, NULL), 0, "a parent joins the group of its child");
	test_continue_others();
	test_thread_numbers();
	return done_testing();
}
