/*
 * tests/stress/pidfd_exit.c
 *
 * Claim    However a process ends while others look at it by pidfds: each
 *          pidfd gets ready, one wait reaps the process and all others are
 *          told that there is no such child, and what is sent by the pidfd of
 *          one that is reaped reaches nobody, though its number may be used
 *          again. A signalfd tells of the ends.
 * Method   Threads make children that end soon, by themselves or by a signal
 *          that others send by the pidfd, poll them in an epoll, and wait for
 *          the same ones at once.
 * Oracle   As many are reaped as were made, each once. A watch sees that nobody
 *          gets on.
 * Catches  An end that wakes before it can be seen; a process that is freed
 *          while a pidfd names it; a number that is looked up instead.
 * -X       The children's own parent reaps some of them by number.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

enum { OPEN = 434, SEND = 424, LOOKERS = 3, EACH = 12 };

static const idtype_t BY_PIDFD = 3;

/* Shared with the watch. */
static struct shared {
	unsigned long moved;
} *shared;

static int ends;		/* a signalfd */
static int pidfd, set;
static long nr_reaped;
static pthread_barrier_t begins, over;

static void got_on(void)
{
	__atomic_fetch_add(&shared->moved, 1, __ATOMIC_RELAXED);
}

static int pidfd_send(int fd, int sig)
{
	return syscall(SEND, fd, sig, NULL, 0);
}

/* One of several who wait for the same child. */
static void reap(void)
{
	siginfo_t info = { 0 };

	if (waitid(BY_PIDFD, pidfd, &info, WEXITED) == 0)
		__atomic_fetch_add(&nr_reaped, 1, __ATOMIC_ACQ_REL);
	else
		stress_check(errno == ECHILD, "waitid: errno %d", errno);
}

static void look_at_child(struct rng *rng)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	struct epoll_event event;

	rng_dither(rng);
	if (rng_below(rng, 2))
		stress_check(pidfd_send(pidfd, SIGKILL) == 0 || errno == ESRCH,
			     "pidfd_send_signal: errno %d", errno);
	if (rng_below(rng, 2))
		stress_check(poll(&p, 1, -1) == 1, "poll: errno %d", errno);
	else
		stress_check(epoll_wait(set, &event, 1, -1) == 1,
			     "epoll_wait: errno %d", errno);
	reap();
	got_on();
}

static void make_child(struct rng *rng)
{
	struct epoll_event event = { .events = EPOLLIN };
	unsigned long spin = rng_below(rng, 3000);
	pid_t pid = tap_fork();

	if (pid == 0) {
		for (; spin > 0; spin--)
			asm volatile("" ::: "memory");
		_exit(0);
	}
	pidfd = syscall(OPEN, pid, 0);
	stress_check(pidfd >= 0, "pidfd_open: errno %d", errno);
	set = epoll_create1(0);
	stress_check(epoll_ctl(set, EPOLL_CTL_ADD, pidfd, &event) == 0,
		     "epoll_ctl: errno %d", errno);
	nr_reaped = 0;
	if (stress.wrong)
		waitpid(pid, NULL, 0);
}

/* Ends come as signals, too: at least the last one is there. */
static void hear_of_it(void)
{
	struct pollfd p = { .fd = ends, .events = POLLIN };
	struct signalfd_siginfo info;

	stress_check(poll(&p, 1, -1) == 1, "poll: errno %d", errno);
	stress_check(read(ends, &info, sizeof(info)) == sizeof(info) &&
		     info.ssi_signo == SIGCHLD, "no SIGCHLD: errno %d", errno);
}

static void *work(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of((unsigned long)me + stress_rounds() * 8);

	for (int i = 0; i < EACH; i++) {
		if (me == 0)
			make_child(&rng);
		pthread_barrier_wait(&begins);
		look_at_child(&rng);
		pthread_barrier_wait(&over);
		if (me != 0)
			continue;
		stress_check(nr_reaped == 1, "%ld have reaped one child",
			     nr_reaped);
		stress_check(pidfd_send(pidfd, SIGKILL) == -1 && errno == ESRCH,
			     "a signal for one who is reaped is sent: errno %d",
			     errno);
		hear_of_it();
		close(set);
		close(pidfd);
	}
	return NULL;
}

static void look(void)
{
	static struct stress_seen seen;

	if (stress_stands(&seen, shared->moved))
		stress_check(false, "somebody waits for one who has ended");
}

int main(int argc, char **argv)
{
	sigset_t child;
	pid_t watch;

	stress_begin(argc, argv, LOOKERS, "a pidfd means one process, to its end and after");
	if (syscall(OPEN, getpid(), 0) < 0 && errno == ENOSYS)
		bail_out("no pidfd_open here");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	watch = stress_watch(look);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	ends = signalfd(-1, &child, SFD_CLOEXEC);
	pthread_barrier_init(&begins, NULL, LOOKERS);
	pthread_barrier_init(&over, NULL, LOOKERS);
	while (stress_go_on()) {
		stress_threads(LOOKERS, work);
		stress_round();
	}
	stress_watch_end(watch);
	return stress_end();
}
