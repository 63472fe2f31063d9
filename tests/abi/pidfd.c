/*
 * tests/abi/pidfd.c
 *
 * Claim    A pidfd means one process for ever: it can be waited for by poll
 *          and waitid, signalled, looked into for a descriptor, and says so
 *          when the process is gone, though the number may be another's; clone
 *          gives one of the child.
 * Method   Children that end when told, are reaped or not.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

enum { OPEN = 434, SEND = 424, GETFD = 438 };

static const idtype_t BY_PIDFD = 3;

static int tell[2];		/* a child ends when this is closed */

static int pidfd_open(pid_t pid, unsigned flags)
{
	return syscall(OPEN, pid, flags);
}

static int pidfd_send(int fd, int sig, siginfo_t *info, unsigned flags)
{
	return syscall(SEND, fd, sig, info, flags);
}

static int pidfd_getfd(int fd, int target, unsigned flags)
{
	return syscall(GETFD, fd, target, flags);
}

static void wait_for_end(void)
{
	char c;

	close(tell[1]);
	_exit(read(tell[0], &c, 1) == 0 ? 7 : 1);
}

static pid_t new_child(void)
{
	pid_t pid;

	if (pipe(tell) < 0)
		bail_out("pipe");
	pid = tap_fork();
	if (pid == 0)
		wait_for_end();
	close(tell[0]);
	return pid;
}

static int events_of(int fd, int timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout) == 1 ? p.revents : 0;
}

static void test_errors(void)
{
	siginfo_t info = { .si_signo = SIGUSR2, .si_code = SI_QUEUE };
	int self = pidfd_open(getpid(), 0), null = open("/dev/null", O_RDONLY);

	ok(self >= 0, "of oneself");
	is_int(fcntl(self, F_GETFD), FD_CLOEXEC, "closed by exec");
	fails(pidfd_open(getpid(), 1), EINVAL, "an unknown flag");
	fails(pidfd_open(0, 0), EINVAL, "no number of a process");
	fails(pidfd_open(-1, 0), EINVAL, "nor this");
	fails(pidfd_open(99999999, 0), ESRCH, "there is none");
	fails(pidfd_send(self, 0, NULL, 64), EINVAL, "an unknown flag");
	fails(pidfd_send(null, 0, NULL, 0), EBADF, "no pidfd");
	fails(pidfd_send(99, 0, NULL, 0), EBADF, "nothing open");
	fails(pidfd_send(self, SIGUSR1, &info, 0), EINVAL, "another signal");
	fails(pidfd_send(self, SIGUSR1, (void *)8, 0), EFAULT, "no siginfo");
	fails(pidfd_send(self, 1000, NULL, 0), EINVAL, "no signal");
	is_int(pidfd_send(self, 0, NULL, 0), 0, "is it there");
	fails(pidfd_getfd(self, 0, 1), EINVAL, "an unknown flag");
	fails(pidfd_getfd(null, 0, 0), EBADF, "no pidfd");
	fails(pidfd_getfd(self, 999, 0), EBADF, "nothing open there");
	fails(read(self, &info, 1), EINVAL, "it has no bytes");
	close(null);
	close(self);
}

static void test_life(void)
{
	pid_t pid = new_child();
	int fd = pidfd_open(pid, 0), ep = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN };
	siginfo_t info = { 0 };

	is_int(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event), 0, "in an epoll");
	is_int(events_of(fd, 0), 0, "it lives");
	is_int(waitid(BY_PIDFD, fd, &info, WEXITED | WNOHANG), 0, "not over");
	is_int(info.si_pid, 0, "nothing to tell");
	close(tell[1]);
	is_int(events_of(fd, -1), POLLIN, "poll waits for its end");
	is_int(epoll_wait(ep, &event, 1, -1), 1, "so does epoll");
	is_int(pidfd_send(fd, 0, NULL, 0), 0, "a zombie is there");
	is_int(waitid(BY_PIDFD, fd, &info, WEXITED), 0, "waitid");
	is_int(info.si_pid, pid, "whose");
	is_int(info.si_status, 7, "what");
	ok(events_of(fd, 0) & POLLIN, "still ready");
	fails(pidfd_send(fd, 0, NULL, 0), ESRCH, "reaped");
	fails(waitid(BY_PIDFD, fd, &info, WEXITED), ECHILD, "no child");
	fails(pidfd_getfd(fd, 0, 0), ESRCH, "with no descriptors");
	fails(pidfd_open(pid, 0), ESRCH, "its number is nobody's");
	close(ep);
	close(fd);
}

/* ---- who waits for no event hears of POLLHUP alone ---- */

static struct {
	int fd;
	volatile pid_t tid;
	short found;
} poller;

static void *poll_for_nothing(void *unused TAP_UNUSED)
{
	struct pollfd p = { .fd = poller.fd };

	poller.tid = gettid();
	if (poll(&p, 1, -1) == 1)
		poller.found = p.revents;
	return NULL;
}

/* Linux says so since 6.9. */
static bool reaped_hangs_up(void)
{
	pid_t pid = new_child();
	struct pollfd p = { .fd = pidfd_open(pid, 0) };
	bool hangs_up;

	close(tell[1]);
	waitpid(pid, NULL, 0);
	hangs_up = poll(&p, 1, 0) == 1 && p.revents == POLLHUP;
	close(p.fd);
	return hangs_up;
}

static void test_reaped(void)
{
	pthread_t thread;
	pid_t pid;
	int status;

	if (!on_drover() && !reaped_hangs_up()) {
		skip(3, "an older Linux tells nothing when a child is reaped");
		return;
	}
	pid = new_child();
	poller.fd = pidfd_open(pid, 0);
	close(tell[1]);
	is_int(events_of(poller.fd, -1), POLLIN, "it ends");
	tap_thread(&thread, NULL, poll_for_nothing, NULL);
	wait_until_thread_asleep(&poller.tid);
	is_int(waitpid(pid, &status, 0), pid, "and is reaped");
	pthread_join(thread, NULL);
	is_int(poller.found, POLLHUP, "which poll has waited for");
	close(poller.fd);
}

static void test_waitid(void)
{
	pid_t pid = new_child();
	int fd = pidfd_open(pid, O_NONBLOCK), null = open("/dev/null", O_RDONLY);
	siginfo_t info;

	fails(waitid(BY_PIDFD, null, &info, WEXITED), EBADF, "no pidfd");
	fails(waitid(BY_PIDFD, 99, &info, WEXITED), EBADF, "nothing open");
	fails(waitid(BY_PIDFD, -1, &info, WEXITED), EINVAL, "no descriptor");
	fails(waitid(BY_PIDFD, fd, &info, WEXITED), EAGAIN, "it does not block");
	is_int(pidfd_send(fd, SIGKILL, NULL, 0), 0, "a signal by it");
	is_int(events_of(fd, -1), POLLIN, "ends it");
	is_int(waitid(BY_PIDFD, fd, &info, WEXITED), 0, "told");
	is_int(info.si_status, SIGKILL, "by what");
	close(tell[1]);
	close(null);
	close(fd);
}

static void test_getfd(void)
{
	pid_t pid = new_child();
	int fd = pidfd_open(pid, 0), got = pidfd_getfd(fd, tell[0], 0);
	char c;

	ok(got >= 0, "a descriptor of another process");
	is_int(fcntl(got, F_GETFD), FD_CLOEXEC, "closed by exec");
	is_int(write(tell[1], "x", 1), 1, "the other end of it");
	close(tell[1]);
	/* One of both readers has got it. */
	fcntl(got, F_SETFL, O_NONBLOCK);
	ok(read(got, &c, 1) >= 0 || errno == EAGAIN, "is read here, too");
	waitpid(pid, NULL, 0);
	close(got);
	close(fd);
}

static void test_directory(void)
{
	int self = open("/proc/self", O_DIRECTORY | O_RDONLY);

	if (!skip_under_qemu(1, "another process's /proc"))
		is_int(pidfd_send(self, 0, NULL, 0), 0, "/proc/PID will do");
	close(self);
}

static void test_clone(void)
{
	int fd = -1, status;
	pid_t pid = tap_started(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0,
					&fd, 0, 0));

	if (pid == 0)
		_exit(9);
	ok(fd >= 0, "clone gives one");
	is_int(events_of(fd, -1), POLLIN, "of the child");
	waitpid(pid, &status, 0);
	is_exit(status, 9, "which has ended");
	fails(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0,
		      &fd, 0, 0), EINVAL, "not with another number there");
	close(fd);
}

int main(void)
{
	if (pidfd_open(getpid(), 0) < 0 && errno == ENOSYS)
		skip_all("no pidfd_open here");
	test_errors();
	test_life();
	test_reaped();
	test_waitid();
	test_getfd();
	test_directory();
	if (!skip_under_qemu(4, "no CLONE_PIDFD"))
		test_clone();
	return done_testing();
}
