/*
 * tests/abi/exit.c
 *
 * Claim    A parent learns exactly how its child ended: the low eight bits of
 *          the exit code, or the signal.
 * Method   Children end in every way a process can: _exit() with codes inside
 *          and outside 0..255, exit() with handlers, return from main's
 *          equivalent, abort(), a signal; exit of one thread and of all.
 * Oracle   Linux; the values are those of POSIX wait().
 */
#include "../tap.h"

#include <pthread.h>
#include <sys/syscall.h>

static int exit_with(void *code)
{
	return (int)(long)code;
}

static int raise_signal(void *sig)
{
	signal((int)(long)sig, SIG_DFL);
	raise((int)(long)sig);
	return 0;
}

static int call_abort(void *unused TAP_UNUSED)
{
	abort();
	return 0;
}

static void count_up(void)
{
	_exit(77);	/* reached only by exit()'s handlers */
}

static int exit_runs_handlers(void *unused TAP_UNUSED)
{
	atexit(count_up);
	exit(1);
	return 0;
}

static void *thread_exits_all(void *unused TAP_UNUSED)
{
	syscall(SYS_exit_group, 33);
	return NULL;
}

static int group_exit_by_thread(void *unused TAP_UNUSED)
{
	pthread_t t;

	tap_thread(&t, NULL, thread_exits_all, NULL);
	for (;;)
		pause();
	return 0;
}

static void *outlive_leader(void *unused TAP_UNUSED)
{
	usleep(20000);
	_exit(44);
}

/* The first thread ends alone; the process goes on until the last one. */
static int leader_exits_first(void *unused TAP_UNUSED)
{
	pthread_t t;

	tap_thread(&t, NULL, outlive_leader, NULL);
	pthread_exit(NULL);
	return 0;
}

int main(void)
{
	bool all = true;

	plan(11);
	for (long code = 0; code < 256; code++) {
		int status = in_child(exit_with, (void *)code);

		all &= WIFEXITED(status) && WEXITSTATUS(status) == code;
	}
	ok(all, "exit codes 0 to 255 arrive");
	is_exit(in_child(exit_with, (void *)256), 0, "256 is 0");
	is_exit(in_child(exit_with, (void *)-1), 255, "-1 is 255");
	is_exit(in_child(exit_with, (void *)0x1234), 0x34, "low bits only");
	is_exit(in_child(exit_runs_handlers, NULL), 77, "atexit handlers run");
	is_killed(in_child(call_abort, NULL), SIGABRT, "abort()");
	is_killed(in_child(raise_signal, (void *)SIGTERM), SIGTERM, "SIGTERM");
	is_killed(in_child(raise_signal, (void *)SIGKILL), SIGKILL, "SIGKILL");
	is_exit(in_child(raise_signal, (void *)SIGCHLD), 0,
		"SIGCHLD's default is to do nothing");
	is_exit(in_child(group_exit_by_thread, NULL), 33,
		"exit_group() by a thread ends them all with its code");
	is_exit(in_child(leader_exits_first, NULL), 44,
		"the process outlives its first thread");
	return done_testing();
}
