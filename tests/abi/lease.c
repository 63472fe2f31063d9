/*
 * tests/abi/lease.c
 *
 * Claim    A lease is given only where nobody has the file open in a way that
 *          it excludes; who opens or truncates it so is held up, or refused
 *          with O_NONBLOCK, and the holder is told by a signal, until he gives
 *          the lease up, closes the file, or is content with less; or until
 *          his time is up.
 * Method   A process takes leases, its children open the file; it waits for
 *          the signals, which are blocked.
 * Oracle   Linux. That the time is up is tried on drover alone, for it is said
 *          for the whole machine.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sched.h>
#include <sys/stat.h>
#include <time.h>

#define TOLD (SIGRTMIN + 1)

enum { MOST_FILES = 20 };

static char dir[] = "/dev/shm/leaseXXXXXX";

static bool is_told(siginfo_t *info)
{
	const struct timespec long_enough = { 60, 0 };
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, TOLD);
	do
		got = sigtimedwait(&set, info, &long_enough);
	while (got < 0 && errno == EINTR);
	return got == TOLD;
}

/* Who has opened the file, or was refused, has said all by then. */
static bool is_told_again(void)
{
	const struct timespec now = { 0, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, TOLD);
	return sigtimedwait(&set, NULL, &now) == TOLD;
}

static int open_file(int flags)
{
	int fd = open("f", flags | O_CLOEXEC);

	if (fd < 0)
		bail_out("f: %s", strerror(errno));
	fcntl(fd, F_SETSIG, TOLD);
	return fd;
}

/* One that has a lease of @type. */
static int leased(int flags, int type)
{
	int fd = open_file(flags);

	if (fcntl(fd, F_SETLEASE, type) != 0)
		bail_out("F_SETLEASE: %s", strerror(errno));
	return fd;
}

/* ---- children ---- */

struct attempt {
	int flags;
	bool truncate;
};

/* 0 or an errno. */
static int try_it(void *arg)
{
	const struct attempt *a = arg;

	if (a->truncate)
		return truncate("f", 3) == 0 ? 0 : errno;
	return open("f", a->flags) >= 0 ? 0 : errno;
}

static pid_t begin(int flags, bool truncates)
{
	struct attempt a = { flags, truncates };
	pid_t pid = tap_fork();

	if (pid == 0) {
		/* What we have open, too, would stay so when our parent closes it. */
		for (int fd = STDERR_FILENO + 1; fd < MOST_FILES; fd++)
			close(fd);
		_exit(try_it(&a));
	}
	return pid;
}

static int result_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		bail_out("waitpid: %s", strerror(errno));
	return status;
}

static bool is_running(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

/* ---- who gets one ---- */

static void test_errors(void)
{
	int file = open_file(O_RDONLY), pipes[2];
	int where = open(".", O_RDONLY), path = open("f", O_PATH);

	if (pipe(pipes) != 0)
		bail_out("pipe: %s", strerror(errno));
	is_int(fcntl(file, F_GETLEASE), F_UNLCK, "none, at first");
	fails(fcntl(file, F_SETLEASE, F_UNLCK), EAGAIN, "none to give up");
	fails(fcntl(file, F_SETLEASE, 7), EINVAL, "of no kind");
	fails(fcntl(where, F_SETLEASE, F_RDLCK), EINVAL, "of a directory");
	fails(fcntl(pipes[0], F_SETLEASE, F_RDLCK), EINVAL, "of a pipe");
	fails(fcntl(path, F_SETLEASE, F_RDLCK), EBADF, "of a name");
	close(pipes[0]);
	close(pipes[1]);
	close(where);
	close(path);
	close(file);
}

static void test_conflicts(void)
{
	int reader = open_file(O_RDONLY), other, writer;

	is_int(fcntl(reader, F_SETLEASE, F_RDLCK), 0, "to read");
	is_int(fcntl(reader, F_GETLEASE), F_RDLCK, "is told");
	other = open_file(O_RDONLY);
	is_int(fcntl(other, F_SETLEASE, F_RDLCK), 0, "others may, too");
	fails(fcntl(reader, F_SETLEASE, F_WRLCK), EAGAIN, "but not to write");
	is_int(fcntl(other, F_SETLEASE, F_UNLCK), 0, "one is given up");
	fails(fcntl(reader, F_SETLEASE, F_WRLCK), EAGAIN,
	      "it is still open elsewhere");
	close(other);
	is_int(fcntl(reader, F_SETLEASE, F_WRLCK), 0, "and now no more");
	is_int(fcntl(reader, F_SETLEASE, F_RDLCK), 0, "less is enough");
	is_int(fcntl(reader, F_SETLEASE, F_UNLCK), 0, "nothing");
	writer = open_file(O_RDWR);
	fails(fcntl(writer, F_SETLEASE, F_RDLCK), EAGAIN,
	      "who writes has none to read");
	fails(fcntl(writer, F_SETLEASE, F_WRLCK), EAGAIN, "while others read");
	fails(fcntl(reader, F_SETLEASE, F_RDLCK), EAGAIN, "nor these");
	close(reader);
	is_int(fcntl(writer, F_SETLEASE, F_WRLCK), 0, "alone");
	close(writer);
}

static int as_user(void *unused TAP_UNUSED)
{
	int fd;

	if (setresuid(1000, 1000, 1000) != 0)
		return 99;
	fd = open("f", O_RDONLY);
	return fcntl(fd, F_SETLEASE, F_RDLCK) == -1 && errno == EACCES ? 0 : 1;
}

/* ---- breaking ---- */

static void test_nonblock(void)
{
	int fd = leased(O_RDONLY, F_RDLCK), other;
	siginfo_t info;
	struct stat st;

	is_exit(result_of(begin(O_RDONLY | O_NONBLOCK, false)), 0,
		"to read disturbs no reader");
	is_exit(result_of(begin(O_WRONLY | O_TRUNC | O_NONBLOCK, false)),
		EWOULDBLOCK, "to write does");
	stat("f", &st);
	is_int(st.st_size, 8, "nothing was cut off");
	ok(is_told(&info), "and the holder is told");
	is_exit(result_of(begin(O_WRONLY | O_NONBLOCK, false)), EWOULDBLOCK,
		"the next one, too");
	ok(!is_told_again(), "of whom the holder is not told again");
	other = open_file(O_RDONLY);
	fails(fcntl(other, F_SETLEASE, F_RDLCK), EAGAIN, "no other is given beside it");
	if (!skip_under_qemu(1, "what signals tell"))
		is_int(info.si_fd, fd, "of which file");
	is_int(fcntl(fd, F_GETLEASE), F_UNLCK, "that it is to go");
	is_int(fcntl(fd, F_SETLEASE, F_UNLCK), 0, "it goes");
	is_int(fcntl(other, F_SETLEASE, F_RDLCK), 0, "then one is");
	close(other);
	is_exit(result_of(begin(O_WRONLY | O_NONBLOCK, false)), 0,
		"and there is no lease");
	close(fd);
}

static void test_wait(void)
{
	int fd = leased(O_RDONLY, F_WRLCK);
	pid_t pid = begin(O_RDONLY, false);

	ok(is_told(NULL), "another one reads");
	ok(is_running(pid), "who waits");
	is_int(fcntl(fd, F_GETLEASE), F_RDLCK, "for this to be less");
	is_int(fcntl(fd, F_SETLEASE, F_RDLCK), 0, "it is");
	is_exit(result_of(pid), 0, "so he goes on");
	is_int(fcntl(fd, F_GETLEASE), F_RDLCK, "and that stays");
	pid = begin(O_RDWR, false);
	ok(is_told(NULL), "another one writes");
	ok(is_running(pid), "who waits");
	is_int(fcntl(fd, F_SETLEASE, F_UNLCK), 0, "for it to go");
	is_exit(result_of(pid), 0, "it has gone");
	close(fd);
}

static void test_truncate(void)
{
	int fd = leased(O_RDONLY, F_RDLCK);
	struct stat st;
	pid_t pid = begin(0, true);

	ok(is_told(NULL), "a file is to be cut");
	fstat(fd, &st);
	is_int(st.st_size, 8, "and is not yet");
	close(fd);
	is_exit(result_of(pid), 0, "until it is closed");
	stat("f", &st);
	is_int(st.st_size, 3, "then it is");
}

static void on_signal(int sig TAP_UNUSED)
{
}

static void test_signal(void)
{
	int fd = leased(O_RDONLY, F_RDLCK);
	struct sigaction action = { .sa_handler = on_signal };
	pid_t pid;

	sigaction(SIGUSR1, &action, NULL);
	pid = begin(O_WRONLY, false);
	ok(is_told(NULL), "somebody waits");
	/* He may not be asleep yet, and is interrupted all the same. */
	while (is_running(pid)) {
		tap_kill(pid, SIGUSR1);
		sched_yield();
	}
	is_exit(result_of(pid), EINTR, "and can be interrupted");
	is_int(fcntl(fd, F_GETLEASE), F_UNLCK, "the holder was told, and it stays so");
	close(fd);
}

static void test_time(void)
{
	FILE *f = on_drover() ? fopen("/proc/sys/fs/lease-break-time", "r+") : NULL;
	int fd, seconds = 0;

	if (f == NULL) {
		skip(4, "not to be said here");
		return;
	}
	ok(fscanf(f, "%d", &seconds) == 1 && seconds == 45, "45 seconds");
	rewind(f);
	fprintf(f, "1\n");
	fflush(f);
	fd = leased(O_RDONLY, F_WRLCK);
	is_exit(result_of(begin(O_RDONLY, false)), 0, "or one");
	is_int(fcntl(fd, F_GETLEASE), F_RDLCK, "makes it less");
	is_exit(result_of(begin(O_WRONLY, false)), 0, "or nothing");
	rewind(f);
	fprintf(f, "%d\n", seconds);
	fclose(f);
	close(fd);
}

int main(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, TOLD);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (mkdtemp(dir) == NULL || chdir(dir) != 0 || chmod(dir, 0755) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	fd = open("f", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, "contents", 8) != 8)
		bail_out("f: %s", strerror(errno));
	close(fd);
	test_errors();
	test_conflicts();
	if (geteuid() == 0)
		is_exit(in_child(as_user, NULL), 0, "on what is one's own");
	else
		skip(1, "not root");
	test_nonblock();
	test_wait();
	test_truncate();
	test_signal();
	test_time();
	unlink("f");
	if (chdir("/") == 0)
		rmdir(dir);
	return done_testing();
}
