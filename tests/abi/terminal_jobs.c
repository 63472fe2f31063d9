/*
 * tests/abi/terminal_jobs.c
 *
 * Claim    A background group that reads from its terminal is stopped by
 *          SIGTTIN; an orphaned one gets EIO, also when its only tie to the
 *          session is a zombie; /proc/PID/stat tells groups, session and who
 *          stands in the foreground.
 * Method   A child leads a session with a terminal: the console on drover, a
 *          pseudo terminal elsewhere. It counts what it finds wrong.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

static int tty, says[2];

static int open_terminal(void)
{
	int master;

	if (on_drover())
		return open("/dev/console", O_RDWR);
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) || unlockpt(master))
		return -1;
	return open(ptsname(master), O_RDWR | O_NOCTTY);
}

static int lead_session(void)
{
	tty = open_terminal();
	if (tty < 0)
		return 10;
	if (setsid() != getpid() || ioctl(tty, TIOCSCTTY, 1))
		return 11;
	if (tcgetpgrp(tty) != getpid())
		return 12;
	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN);	/* the end of the session */
	return 0;
}

struct jobs {
	int pgrp, session, foreground;
};

static struct jobs jobs_of(pid_t pid)
{
	struct jobs jobs = { -1, -1, -1 };
	char path[40], text[400], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	p = strrchr(text, ')');
	if (p)
		sscanf(p + 1, " %*c %*d %d %d %*d %d", &jobs.pgrp,
		       &jobs.session, &jobs.foreground);
	return jobs;
}

/* ---- a background job ---- */

static int background_is_stopped(void *unused TAP_UNUSED)
{
	int status, err = lead_session();
	struct jobs jobs;
	pid_t pid;
	char c;

	if (err)
		return err;
	pid = tap_fork();
	if (pid == 0) {
		setpgid(0, 0);
		_exit(read(tty, &c, 1) == 1);
	}
	setpgid(pid, pid);
	if (waitpid(pid, &status, WUNTRACED) != pid)
		return 20;
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTTIN)
		return 21;
	/* qemu-user does not know the call. */
	if (tcgetsid(tty) != getpid() && !under_qemu_user())
		return 27;
	jobs = jobs_of(pid);
	if (jobs.pgrp != pid || jobs.session != getpid() ||
	    jobs.foreground != getpid())
		return 22;
	if (tcsetpgrp(tty, pid) || tcgetpgrp(tty) != pid)
		return 23;
	if (jobs_of(pid).foreground != pid)
		return 24;
	tap_kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return 25;
	/* The foreground group is gone: its number still stands there. */
	if (tcgetpgrp(tty) != pid)
		return 26;
	return tcsetpgrp(tty, pid) != -1 || tcsetpgrp(tty, getpid());
}

/* ---- the only tie is a zombie ---- */

static void read_when_orphaned(pid_t parent)
{
	char c, result;

	signal(SIGHUP, SIG_IGN);
	while (getppid() == parent)
		usleep(1000);
	result = read(tty, &c, 1) < 0 && errno == EIO ? 'i' : 'x';
	_exit(write(says[1], &result, 1) != 1);
}

static int orphan_gets_eio(void *unused TAP_UNUSED)
{
	int err = lead_session();
	siginfo_t info;
	pid_t pid;
	char c;

	if (err)
		return err;
	pid = tap_fork();
	if (pid == 0) {
		pid_t me = getpid();

		setpgid(0, 0);
		if (tap_fork() == 0)
			read_when_orphaned(me);
		_exit(0);
	}
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		return 30;
	if (read(says[0], &c, 1) != 1 || c != 'i')
		return 31;
	return waitpid(pid, NULL, 0) != pid;
}

int main(void)
{
	if (on_drover() && geteuid() != 0)
		skip_all("not root, who may take the console");
	plan(2);
	if (pipe(says))
		bail_out("pipe: %s", strerror(errno));
	is_exit(in_child(background_is_stopped, NULL), 0,
		"a background job that reads is stopped");
	is_exit(in_child(orphan_gets_eio, NULL), 0,
		"an orphaned one is told of an error");
	return done_testing();
}
