/*
 * tests/stress/owner_storm.c
 *
 * Claim    Whoever owns a file with O_ASYNC is told of each time that it becomes
 *          ready, however soon it is read, closed or given to somebody else;
 *          and nobody is told by a file that is gone.
 * Method   Each process makes pipes, owns them, writes and closes them at
 *          once, while who tells is about it; takes O_ASYNC away and sets it
 *          again; makes a child or its group the owner, and lets it end. Now
 *          and then it writes and waits for the signal.
 * Oracle   The signal that is waited for comes; what it tells is a descriptor
 *          that this process has had.
 * Catches  An owner that is looked at when its file is freed; a file that is
 *          taken off the list of those to be told of, and not looked at again;
 *          a process that is looked for in memory that is another's by now.
 * -X       What is waited for is caused without O_ASYNC.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { TOLD = 34 + 10, STEPS = 50, FIRST_FD = 100 };

static sigset_t told;

static void must(bool good, const char *what)
{
	stress_check(good, "%s: errno %d", what, errno);
}

static void make(int fds[2])
{
	must(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0, "pipe");
}

static void own(int fd, int owner)
{
	must(fcntl(fd, F_SETOWN, owner) == 0, "F_SETOWN");
	must(fcntl(fd, F_SETSIG, TOLD) == 0, "F_SETSIG");
	must(fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0, "O_ASYNC");
}

static void put(int fd)
{
	must(write(fd, "x", 1) == 1, "write");
}

/* ---- what may go wrong meanwhile ---- */

static void close_at_once(struct rng *rng)
{
	int fds[2];

	make(fds);
	own(fds[0], getpid());
	put(fds[1]);
	rng_dither(rng);
	close(fds[0]);
	close(fds[1]);
}

static void change_mind(struct rng *rng)
{
	int fds[2];

	make(fds);
	own(fds[0], getpid());
	for (int i = 0; i < 4; i++) {
		put(fds[1]);
		rng_dither(rng);
		must(fcntl(fds[0], F_SETFL, i % 2 ? O_ASYNC : 0) == 0, "F_SETFL");
	}
	close(fds[1]);
	close(fds[0]);
}

/* The owner ends by the signal, or before it. */
static void owner_ends(struct rng *rng)
{
	bool group = rng_below(rng, 2);
	int fds[2];
	pid_t pid = tap_fork();

	if (pid == 0) {
		if (rng_below(rng, 2))
			_exit(0);
		sigprocmask(SIG_UNBLOCK, &told, NULL);
		for (;;)
			pause();
	}
	setpgid(pid, pid);
	make(fds);
	/* Who has ended is there until he is waited for. */
	if (fcntl(fds[0], F_SETOWN, group ? -pid : pid) == 0 &&
	    fcntl(fds[0], F_SETSIG, TOLD) == 0 &&
	    fcntl(fds[0], F_SETFL, O_ASYNC) == 0)
		put(fds[1]);
	waitpid(pid, NULL, 0);
	put(fds[1]);
	close(fds[0]);
	close(fds[1]);
}

/* ---- what is promised ---- */

/* Until there is none, or one that tells of @fd: did it come? */
static bool was_told(int fd)
{
	const struct timespec a_while = { 0, WATCH_MS * 1000000L };
	siginfo_t info;

	for (int i = 0; i < STUCK_LOOKS; i++)
		while (sigtimedwait(&told, &info, &a_while) == TOLD)
			if (under_qemu_user() || info.si_fd == fd)
				return true;
	return false;
}

static void is_told(void)
{
	int fds[2], fd;

	make(fds);
	fd = fcntl(fds[0], F_DUPFD_CLOEXEC, FIRST_FD); /* none of those above */
	own(fd, getpid());
	if (stress.wrong)
		must(fcntl(fd, F_SETFL, 0) == 0, "F_SETFL");
	put(fds[1]);
	stress_check(was_told(fd), "a byte came, and nobody was told");
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

static void drain(void)
{
	const struct timespec none = { 0, 0 };

	while (sigtimedwait(&told, NULL, &none) == TOLD)
		;
}

static void live(long me)
{
	struct rng rng = rng_of(me);

	while (stress_go_on()) {
		for (int i = 0; i < STEPS && !stress_failed(); i++) {
			if (rng_below(&rng, 2))
				close_at_once(&rng);
			else
				change_mind(&rng);
			drain();
		}
		owner_ends(&rng);
		is_told();
		drain();
		stress_round();
	}
}

int main(int argc, char **argv)
{
	sigemptyset(&told);
	sigaddset(&told, TOLD);
	sigaddset(&told, SIGIO);
	sigprocmask(SIG_BLOCK, &told, NULL);
	sigdelset(&told, SIGIO);
	stress_begin(argc, argv, 4, "owners of files are told what happens to them");
	stress_children(stress.threads, live);
	return stress_end();
}
