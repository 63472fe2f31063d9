/*
 * tests/abi/file_owner.c
 *
 * Claim    The owner of an open file, a process, a thread or a group, is told
 *          by a signal when it may be read or written: SIGIO, or another one
 *          that says which descriptor and what; as long as O_ASYNC is set, and
 *          if whoever named the owner could have sent him one.
 * Method   Pipes, sockets and a terminal are made ready, and the signals, which
 *          are blocked, waited for. That none comes shows when one that was
 *          caused later has come.
 * Oracle   Linux. What qemu's user mode does not pass on is skipped there.
 */
#define _GNU_SOURCE
#include "libsignal.h"

#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

enum { SETOWN_EX = 15, GETOWN_EX = 16, GETOWNER_UIDS = 17 };

struct owner {
	int type, pid;
};

static int fence[2];		/* whose signal comes after all others */

static bool is_pending(int sig)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, sig);
}

static void put(int fd)
{
	if (write(fd, "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
}

static void take(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		bail_out("read: %s", strerror(errno));
}

/* @sig has not come, and will not for what was done so far. */
static bool stays_away(int sig)
{
	put(fence[1]);
	if (!comes(SIGRTMIN + 11, NULL))
		return false;
	take(fence[0]);
	return !is_pending(sig);
}

static void own(int fd, int pid, int sig)
{
	if (fcntl(fd, F_SETOWN, pid) != 0 || fcntl(fd, F_SETSIG, sig) != 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC) != 0)
		bail_out("fcntl: %s", strerror(errno));
}

static void disown(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_ASYNC);
}

static void make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC) != 0)
		bail_out("pipe: %s", strerror(errno));
}

static void close_both(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* ---- who, and what ---- */

static void test_names(void)
{
	struct owner owner = { F_OWNER_PGRP, getpgrp() };
	unsigned uids[2] = { 77, 77 };
	int fds[2], path = open("/", O_PATH);

	make_pipe(fds);
	is_int(fcntl(fds[0], F_GETOWN), 0, "nobody, at first");
	is_int(fcntl(fds[0], F_SETOWN, getpid()), 0, "a process");
	is_int(fcntl(fds[0], F_GETOWN), getpid(), "is the owner");
	is_int(fcntl(fds[1], F_GETOWN), 0, "of that file");
	is_int(fcntl(fds[0], SETOWN_EX, &owner), 0, "a group");
	owner = (struct owner){ 7, 7 };
	is_int(fcntl(fds[0], GETOWN_EX, &owner), 0, "is told");
	ok(owner.type == F_OWNER_PGRP && owner.pid == getpgrp(), "as one");
	is_int(fcntl(fds[0], F_SETOWN, 0), 0, "nobody again");
	is_int(fcntl(fds[0], F_GETOWN), 0, "is there");
	fails(fcntl(fds[0], F_SETOWN, 0x3fffffff), ESRCH, "a number of none");
	fails(fcntl(fds[0], F_SETOWN, -0x3fffffff), ESRCH, "of no group");
	fails(fcntl(fds[0], F_SETOWN, INT_MIN), EINVAL, "a number that is none");
	owner = (struct owner){ 3, getpid() };
	fails(fcntl(fds[0], SETOWN_EX, &owner), EINVAL, "something else");
	is_int(fcntl(fds[0], F_GETSIG), 0, "SIGIO");
	is_int(fcntl(fds[0], F_SETSIG, SIGUSR1), 0, "or another");
	is_int(fcntl(fds[0], F_GETSIG), SIGUSR1, "is told");
	fails(fcntl(fds[0], F_SETSIG, 65), EINVAL, "a signal that is none");
	fails(fcntl(path, F_GETOWN), EBADF, "of what is only a name");
	if (!skip_under_qemu(1, "no F_GETOWNER_UIDS")) {
		fcntl(fds[0], F_SETOWN, getpid());
		fcntl(fds[0], GETOWNER_UIDS, uids);
		ok(uids[0] == getuid() && uids[1] == geteuid(), "who said so");
	}
	close(path);
	close_both(fds);
}

static void test_pipe(void)
{
	siginfo_t info;
	int fds[2];

	make_pipe(fds);
	own(fds[0], getpid(), 0);
	is_int(fcntl(fds[0], F_GETFL) & O_ASYNC, O_ASYNC, "O_ASYNC");
	put(fds[1]);
	ok(comes(SIGIO, &info), "something to read: SIGIO");
	take(fds[0]);
	fcntl(fds[0], F_SETSIG, SIGRTMIN + 1);
	put(fds[1]);
	ok(comes(SIGRTMIN + 1, &info), "or the signal that was asked for");
	if (!skip_under_qemu(2, "what signals tell")) {
		is_int(info.si_fd, fds[0], "it tells the descriptor");
		ok(info.si_code == POLL_IN && (info.si_band & POLLIN),
		   "and what it is ready for");
	}
	ok(!is_pending(SIGIO), "and not SIGIO");
	disown(fds[0]);
	is_int(fcntl(fds[0], F_GETFL) & O_ASYNC, 0, "no O_ASYNC");
	put(fds[1]);
	ok(stays_away(SIGRTMIN + 1), "no signal");
	close_both(fds);
}

static void test_room(void)
{
	static char page[4096];
	siginfo_t info;
	int fds[2];

	make_pipe(fds);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	while (write(fds[1], page, sizeof(page)) > 0)
		;
	own(fds[1], getpid(), SIGRTMIN + 2);
	ok(stays_away(SIGRTMIN + 2), "a pipe that is full and stays so");
	if (read(fds[0], page, sizeof(page)) != sizeof(page))
		bail_out("read: %s", strerror(errno));
	ok(comes(SIGRTMIN + 2, &info), "until somebody reads");
	if (!skip_under_qemu(1, "what signals tell"))
		is_int(info.si_code, POLL_OUT, "there is room");
	close_both(fds);
}

static void test_end(void)
{
	int fds[2];

	make_pipe(fds);
	own(fds[0], getpid(), SIGRTMIN + 3);
	close(fds[1]);
	ok(comes(SIGRTMIN + 3, NULL), "who writes is gone");
	close(fds[0]);
}

static void test_socket(void)
{
	siginfo_t info;
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) != 0)
		bail_out("socketpair: %s", strerror(errno));
	own(s[0], getpid(), SIGRTMIN + 4);
	put(s[1]);
	ok(comes(SIGRTMIN + 4, &info), "a socket");
	if (!skip_under_qemu(1, "what signals tell"))
		is_int(info.si_code, POLL_IN, "with something to read");
	take(s[0]);
	close(s[1]);
	ok(comes(SIGRTMIN + 4, NULL), "whose other end goes");
	close(s[0]);
}

static void test_terminal(void)
{
	int master, slave;

	if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
		skip(1, "no terminal");
		return;
	}
	own(slave, getpid(), SIGRTMIN + 5);
	if (write(master, "line\n", 5) != 5)
		bail_out("write: %s", strerror(errno));
	ok(comes(SIGRTMIN + 5, NULL), "a terminal with a line");
	close(slave);
	close(master);
}

static void test_others(void)
{
	char path[] = "file_owner.XXXXXX";
	int fd = mkstemp(path), on = 1, fds[2];

	make_pipe(fds);
	is_int(fcntl(fd, F_SETFL, O_ASYNC), 0, "a file that is always ready");
	is_int(fcntl(fd, F_GETFL) & O_ASYNC, 0, "tells nothing");
	fails(ioctl(fd, FIOASYNC, &on), ENOTTY, "nor by ioctl()");
	own(fds[0], getpid(), SIGRTMIN + 6);
	disown(fds[0]);
	is_int(ioctl(fds[0], FIOASYNC, &on), 0, "as a pipe does");
	put(fds[1]);
	ok(comes(SIGRTMIN + 6, NULL), "then");
	on = 0;
	is_int(ioctl(fds[0], FIOASYNC, &on), 0, "or not");
	put(fds[1]);
	ok(stays_away(SIGRTMIN + 6), "any more");
	close_both(fds);
	close(fd);
	unlink(path);
}

/* ---- owners ---- */

static int fds_of_thread[2];

static void *thread_owns(void *unused TAP_UNUSED)
{
	struct owner owner = { F_OWNER_TID, syscall(SYS_gettid) };

	if (fcntl(fds_of_thread[0], SETOWN_EX, &owner) != 0 ||
	    fcntl(fds_of_thread[0], F_SETSIG, SIGRTMIN + 7) != 0 ||
	    fcntl(fds_of_thread[0], F_SETFL, O_ASYNC) != 0)
		return NULL;
	put(fds_of_thread[1]);
	return comes(SIGRTMIN + 7, NULL) ? fds_of_thread : NULL;
}

static void test_thread(void)
{
	pthread_t thread;
	void *result;

	make_pipe(fds_of_thread);
	tap_thread(&thread, NULL, thread_owns, NULL);
	pthread_join(thread, &result);
	ok(result != NULL, "a thread is told");
	while (fcntl(fds_of_thread[0], F_GETOWN) != 0) /* it is about to end */
		sched_yield();
	put(fds_of_thread[1]);
	ok(stays_away(SIGRTMIN + 7), "and nobody when it is gone");
	close_both(fds_of_thread);
}

static int *ready;

static int member(void *unused TAP_UNUSED)
{
	__atomic_store_n(ready, 1, __ATOMIC_RELEASE);
	return comes(SIGRTMIN + 8, NULL) ? 0 : 1;
}

static void test_group(void)
{
	int fds[2], status;
	pid_t pid;

	make_pipe(fds);
	*ready = 0;
	pid = tap_fork();
	if (pid == 0)
		_exit(member(NULL));
	setpgid(pid, pid);
	while (!__atomic_load_n(ready, __ATOMIC_ACQUIRE))
		sched_yield();
	own(fds[0], -pid, SIGRTMIN + 8);
	put(fds[1]);
	waitpid(pid, &status, 0);
	is_exit(status, 0, "a group is told");
	put(fds[1]);
	ok(stays_away(SIGRTMIN + 8), "and nobody else");
	is_int(fcntl(fds[0], F_GETOWN), 0, "it has no member now");
	close_both(fds);
}

static int fds_of_user[2];

/* A user names root's process as the owner; and then himself. */
static int user_names(void *unused TAP_UNUSED)
{
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		return 99;
	own(fds_of_user[0], getppid(), SIGRTMIN + 9);
	put(fds_of_user[1]);
	own(fds_of_user[0], getpid(), SIGRTMIN + 9);
	put(fds_of_user[1]);
	return comes(SIGRTMIN + 9, NULL) ? 0 : 1;
}

static void test_rights(void)
{
	if (geteuid() != 0) {
		skip(3, "not root");
		return;
	}
	make_pipe(fds_of_user);
	is_exit(in_child(user_names, NULL), 0, "a user may tell himself");
	ok(stays_away(SIGRTMIN + 9), "but not root");
	is_int(fcntl(fds_of_user[0], F_GETOWN), 0, "an owner who is gone");
	close_both(fds_of_user);
}

static void test_close(void)
{
	int fds[2], kept;

	make_pipe(fds);
	own(fds[0], getpid(), SIGRTMIN + 10);
	kept = dup(fds[0]);
	close(fds[0]);
	put(fds[1]);
	ok(comes(SIGRTMIN + 10, NULL), "as long as it is open");
	take(kept);
	signal(SIGPIPE, SIG_IGN);
	close(kept);
	fails(write(fds[1], "x", 1), EPIPE, "closed");
	ok(stays_away(SIGRTMIN + 10), "nobody is told");
	close(fds[1]);
}

int main(void)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	sigdelset(&all, SIGINT);
	ready = mmap(NULL, sizeof(*ready), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sigprocmask(SIG_BLOCK, &all, NULL) != 0 || ready == MAP_FAILED)
		bail_out("sigprocmask: %s", strerror(errno));
	make_pipe(fence);
	own(fence[0], getpid(), SIGRTMIN + 11);
	test_names();
	test_pipe();
	test_room();
	test_end();
	test_socket();
	test_terminal();
	test_others();
	test_thread();
	test_group();
	test_rights();
	test_close();
	return done_testing();
}
