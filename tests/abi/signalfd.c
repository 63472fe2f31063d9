/*
 * tests/abi/signalfd.c
 *
 * Claim    A signalfd gives what is pending for who reads it, as sigtimedwait
 *          would: what was sent and by whom, several at once, of the thread
 *          and of the process; it waits, can be polled, and its mask be
 *          changed, also while somebody waits; a child reads its own signals.
 *          SIGKILL and SIGSTOP are none that it could give.
 * Method   Blocked signals are sent by kill, sigqueue, a timer, a child's end.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>

static sigset_t mask_of(int first, int second)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, first);
	if (second)
		sigaddset(&set, second);
	return set;
}

static int new_signalfd(int first, int second)
{
	sigset_t set = mask_of(first, second);
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);

	if (fd < 0)
		bail_out("signalfd: %s", strerror(errno));
	return fd;
}

static bool is_ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents == POLLIN;
}

/* The next one; signo 0: there is none. */
static struct signalfd_siginfo next(int fd)
{
	struct signalfd_siginfo info;

	memset(&info, 0xff, sizeof(info));
	if (read(fd, &info, sizeof(info)) != sizeof(info))
		info.ssi_signo = 0;
	return info;
}

static void test_errors(void)
{
	sigset_t set = mask_of(SIGUSR1, 0);
	int fd = new_signalfd(SIGUSR1, 0), null = open("/dev/null", O_RDONLY);
	struct signalfd_siginfo info;

	fails(signalfd(-1, &set, 1), EINVAL, "an unknown flag");
	if (!skip_under_qemu(1, "takes any size"))
		fails(syscall(SYS_signalfd4, -1, &set, 4L, 0), EINVAL,
		      "a mask of another size");
	fails(syscall(SYS_signalfd4, -1, 8L, 8L, 0), EFAULT, "no mask");
	fails(signalfd(99, &set, 0), EBADF, "no such file");
	fails(signalfd(null, &set, 0), EINVAL, "no signalfd");
	fails(read(fd, &info, sizeof(info) - 1), EINVAL, "too short a buffer");
	fails(read(fd, &info, sizeof(info)), EAGAIN, "nothing is pending");
	fails(write(fd, &info, sizeof(info)), EINVAL, "not to be written");
	close(null);
	close(fd);
}

static void test_read(void)
{
	int fd = new_signalfd(SIGUSR1, SIGRTMIN + 1);
	union sigval value = { .sival_int = 77 };
	struct signalfd_siginfo info[3];

	ok(!is_ready(fd), "nothing to read");
	kill(getpid(), SIGUSR1);
	ok(is_ready(fd), "a signal");
	info[0] = next(fd);
	is_int(info[0].ssi_signo, SIGUSR1, "its number");
	is_int(info[0].ssi_code, SI_USER, "how");
	is_int(info[0].ssi_pid, getpid(), "from whom");
	is_int(info[0].ssi_uid, getuid(), "of what user");
	ok(!is_ready(fd), "taken");
	kill(getpid(), SIGUSR2);
	ok(!is_ready(fd), "another signal is not asked for");
	sigqueue(getpid(), SIGRTMIN + 1, value);
	sigqueue(getpid(), SIGRTMIN + 1, value);
	raise(SIGUSR1);
	is_int(read(fd, info, sizeof(info)), sizeof(info), "three at once");
	is_int(info[0].ssi_signo, SIGUSR1, "the thread's first");
	is_int(info[0].ssi_code, SI_TKILL, "by tgkill");
	is_int(info[2].ssi_signo, SIGRTMIN + 1, "then the process's");
	is_int(info[2].ssi_code, SI_QUEUE, "queued");
	is_int(info[2].ssi_int, 77, "with a value");
	close(fd);
}

static void test_mask(void)
{
	int fd = new_signalfd(SIGUSR1, 0);
	sigset_t set = mask_of(SIGUSR2, 0);

	is_int(signalfd(fd, &set, 0), fd, "another mask");
	is_int(next(fd).ssi_signo, SIGUSR2, "what was pending before");
	kill(getpid(), SIGUSR1);
	ok(!is_ready(fd), "the old one no more");
	close(fd);
	fd = new_signalfd(SIGUSR1, SIGKILL);
	is_int(next(fd).ssi_signo, SIGUSR1, "any descriptor will do");
	close(fd);
}

static void test_child(void)
{
	int fd = new_signalfd(SIGCHLD, SIGUSR1), status;
	struct signalfd_siginfo info;
	pid_t pid;

	kill(getpid(), SIGUSR1);
	pid = tap_fork();
	if (pid == 0)
		_exit(next(fd).ssi_signo ? 1 : 5);
	waitpid(pid, &status, 0);
	is_exit(status, 5, "what is pending for the parent a child does not read");
	is_int(next(fd).ssi_signo, SIGUSR1, "it is there");
	info = next(fd);
	is_int(info.ssi_signo, SIGCHLD, "and the child's end");
	is_int(info.ssi_code, CLD_EXITED, "how");
	is_int(info.ssi_status, 5, "with what");
	is_int(info.ssi_pid, pid, "whose");
	close(fd);
}

static void *send_soon(void *unused TAP_UNUSED)
{
	usleep(15000);
	kill(getpid(), SIGUSR1);
	return NULL;
}

static void test_waiting(void)
{
	sigset_t set = mask_of(SIGUSR1, SIGALRM);
	struct pollfd p = { .fd = signalfd(-1, &set, 0), .events = POLLIN };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(0);
	pthread_t t;

	tap_thread(&t, NULL, send_soon, NULL);
	is_int(next(p.fd).ssi_signo, SIGUSR1, "read waits");
	pthread_join(t, NULL);
	tap_thread(&t, NULL, send_soon, NULL);
	is_int(poll(&p, 1, -1), 1, "poll waits");
	pthread_join(t, NULL);
	is_int(next(p.fd).ssi_signo, SIGUSR1, "for a signal");
	is_int(epoll_ctl(ep, EPOLL_CTL_ADD, p.fd, &event), 0, "in an epoll");
	tap_thread(&t, NULL, send_soon, NULL);
	is_int(epoll_wait(ep, &event, 1, -1), 1, "epoll waits");
	pthread_join(t, NULL);
	is_int(next(p.fd).ssi_signo, SIGUSR1, "for a signal");
	close(p.fd);
	close(ep);
}

static volatile pid_t reader;

static void *read_one(void *fd)
{
	static struct signalfd_siginfo info;

	reader = gettid();
	info = next(*(int *)fd);
	return &info;
}

/* Who waits by the old mask is asked anew. */
static void test_mask_of_sleeper(void)
{
	sigset_t first = mask_of(SIGUSR1, 0), second = mask_of(SIGUSR2, 0);
	int fd = signalfd(-1, &first, 0);
	struct signalfd_siginfo *info;
	pthread_t t;

	kill(getpid(), SIGUSR2);
	tap_thread(&t, NULL, read_one, &fd);
	if (!under_qemu_user())
		wait_until_thread_asleep(&reader);
	is_int(signalfd(fd, &second, 0), fd, "another mask, while somebody waits");
	pthread_join(t, (void **)&info);
	is_int(info->ssi_signo, SIGUSR2, "he is told by the new one");
	close(fd);
}

static void test_timer(void)
{
	int fd = new_signalfd(SIGRTMIN, 0);
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN,
		.sigev_value.sival_int = 9,
	};
	struct itimerspec soon = { .it_value = { 0, 1000000 } };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct signalfd_siginfo info;
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		bail_out("timer_create: %s", strerror(errno));
	timer_settime(timer, 0, &soon, NULL);
	poll(&p, 1, -1);
	info = next(fd);
	is_int(info.ssi_code, SI_TIMER, "a timer");
	is_int(info.ssi_int, 9, "with its value");
	timer_delete(timer);
	close(fd);
}

/* What nobody can block nobody reads: it does what it always does. */
/* A pipe that tells its owner: the descriptor, and what it is ready for. */
static void test_file(void)
{
	struct signalfd_siginfo info;
	int ends[2], fd;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, 0);
	if (fd < 0 || pipe(ends) < 0)
		bail_out("a signalfd and a pipe: %s", strerror(errno));
	fcntl(ends[0], F_SETOWN, getpid());
	fcntl(ends[0], F_SETSIG, SIGRTMIN + 2);
	fcntl(ends[0], F_SETFL, O_ASYNC);
	is_int(write(ends[1], "x", 1), 1, "bytes for who is told of them");
	is_int(read(fd, &info, sizeof(info)), sizeof(info), "a signal");
	is_int(info.ssi_code, POLL_IN, "that there is something to read");
	is_int(info.ssi_fd, ends[0], "at that descriptor");
	is_int(info.ssi_band & POLLIN, POLLIN, "for poll(), too");
	is_int(info.ssi_pid, 0, "from nobody");
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static void test_unblockable(bool changes)
{
	sigset_t set = mask_of(SIGKILL, SIGSTOP);
	pid_t pid = tap_fork();
	int status;

	if (pid == 0)
		_exit((int)next(signalfd(changes ? signalfd(-1, &set, 0) : -1, &set,
					 0)).ssi_signo);
	wait_until_asleep(pid, pid);
	tap_kill(pid, SIGSTOP);
	is_int(waitpid(pid, &status, WUNTRACED), pid, "SIGSTOP in the %smask",
	       changes ? "changed " : "");
	ok(WIFSTOPPED(status), "stops who reads");
	tap_kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	is_killed(status, SIGKILL, "and SIGKILL ends him");
}

int main(void)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	sigprocmask(SIG_SETMASK, &all, NULL);
	test_errors();
	test_read();
	test_mask();
	test_child();
	test_waiting();
	test_mask_of_sleeper();
	test_timer();
	test_file();
	test_unblockable(false);
	test_unblockable(true);
	return done_testing();
}
