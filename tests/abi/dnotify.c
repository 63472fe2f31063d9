/*
 * tests/abi/dnotify.c
 *
 * Claim    Who has a directory open and asks by F_NOTIFY is told by a signal of
 *          what happens in it and to it, by the time that whoever does it has
 *          returned: once, or each time with DN_MULTISHOT; the file's owner, by
 *          the file's signal, which says by which descriptor. Asking again
 *          adds. It ends when the process closes any descriptor of that open
 *          file, by whichever way, and not when another process does.
 * Method   Six open files of one directory ask for one thing each, with a
 *          signal of their own; all that can be done to a directory is done, and
 *          the signals, which are blocked, are counted as text. Then what is
 *          told, and how it ends: threads, dup(), fork() and exec().
 * Oracle   Linux. How many watches a user has is tried on drover alone.
 */
#define _GNU_SOURCE
#include "libsignal.h"

#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define TOLD (SIGRTMIN + 1)
#define ALL_EVENTS \
	(DN_ACCESS | DN_MODIFY | DN_CREATE | DN_DELETE | DN_RENAME | DN_ATTRIB)

enum { NR_KINDS = 6, LIMIT = 4096, OF_TEST = 7041 };

static char dir[] = "/dev/shm/dnotifyXXXXXX";

/* ---- what is done ---- */

static void must(bool good, const char *what)
{
	if (!good)
		bail_out("%s: %s", what, strerror(errno));
}

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	must(fd >= 0, path);
	close(fd);
}

static void write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, "text", 4) == 4, path);
	close(fd);
}

static void read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c;

	must(fd >= 0 && read(fd, &c, 1) == 1, path);
	close(fd);
}

static void list_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char buf[1024];

	must(fd >= 0 && syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 0, path);
	close(fd);
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(fd >= 0, path);
	return fd;
}

/* @path tells by TOLD, as the descriptor that this is. */
static int watch(const char *path, unsigned asked)
{
	int fd = open_dir(path);

	must(fcntl(fd, F_SETSIG, TOLD) == 0, "F_SETSIG");
	must(fcntl(fd, F_NOTIFY, asked) == 0, "F_NOTIFY");
	return fd;
}

/* ---- what is told ---- */

/* Now, or never: @sig, the first. */
static bool is_here(int sig, siginfo_t *info)
{
	const struct timespec now = { 0, 0 };
	sigset_t set = set_of(sig);

	return sigtimedwait(&set, info, &now) == sig;
}

/* How often has @sig come; what the last of them tells. */
static int times(int sig, siginfo_t *info)
{
	int n = 0;

	while (is_here(sig, info))
		n++;
	return n;
}

/* TOLD has come once, from @fd. */
static void is_told_by(int fd, const char *what)
{
	siginfo_t info = { 0 };

	is_int(times(TOLD, &info), 1, "%s", what);
	is_int(info.si_fd, fd, "by its descriptor");
}

static void is_not_told(const char *what)
{
	is_int(times(TOLD, NULL), 0, "%s", what);
}

/* ---- each event ---- */

/* The order of their bits. */
static const char kinds[NR_KINDS] = { 'A', 'M', 'C', 'D', 'R', 'T' };
static int watches[NR_KINDS];

static void watch_each(const char *path)
{
	for (int i = 0; i < NR_KINDS; i++) {
		watches[i] = open_dir(path);
		must(fcntl(watches[i], F_SETSIG, TOLD + i) == 0 &&
			     fcntl(watches[i], F_NOTIFY, DN_MULTISHOT | 1U << i) == 0,
		     "F_NOTIFY");
	}
}

static void watch_none(void)
{
	for (int i = 0; i < NR_KINDS; i++)
		close(watches[i]);
}

static const char *happened(void)
{
	static char text[64];
	size_t n = 0;

	for (int i = 0; i < NR_KINDS; i++) {
		int k = times(TOLD + i, NULL);

		if (k > 0)
			n += snprintf(text + n, sizeof(text) - n, "%c%d",
				      kinds[i], k);
	}
	text[n] = '\0';
	return text;
}

static void is_what(const char *want, const char *what)
{
	is_text(happened(), want, "%s", what);
}

static void test_files(void)
{
	must(mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0, "mkdir");
	watch_each("d");
	make_file("d/f");
	is_what("C1", "a file is made");
	write_file("d/f");
	is_what("M1", "written");
	read_file("d/f");
	is_what("A1", "read");
	must(chmod("d/f", 0600) == 0, "chmod");
	is_what("T1", "its mode changed");
	must(truncate("d/f", 1) == 0, "truncate");
	is_what("M1", "cut off");
	must(utimensat(AT_FDCWD, "d/f", NULL, 0) == 0, "utimensat");
	is_what("T1", "its times set");
	must(link("d/f", "d/g") == 0, "link");
	is_what("C1", "another name");
	must(symlink("f", "d/s") == 0, "symlink");
	is_what("C1", "a link to it");
	must(rename("d/f", "d/h") == 0, "rename");
	is_what("C1D1R1", "renamed");
	must(rename("d/h", "e/h") == 0, "rename");
	is_what("D1", "gone elsewhere");
	must(rename("e/h", "d/i") == 0, "rename");
	is_what("C1", "come from there");
	must(unlink("d/i") == 0 && unlink("d/s") == 0, "unlink");
	is_what("D2", "two are removed");
	make_file("d/i");
	is_what("C1", "a file that will be replaced");
	must(rename("d/g", "d/i") == 0, "rename");
	is_what("C1D1R1", "by another");
	must(unlink("d/i") == 0, "unlink");
	is_what("D1", "removed");
	watch_none();
}

static void test_dirs(void)
{
	watch_each("d");
	must(mkdir("d/sub", 0755) == 0, "mkdir");
	is_what("C1", "a directory is made");
	must(chmod("d/sub", 0700) == 0, "chmod");
	is_what("T1", "its mode changed");
	list_dir("d/sub");
	is_what("A1", "it is listed");
	make_file("d/sub/f");
	is_what("", "what is in it is of no concern");
	must(unlink("d/sub/f") == 0, "unlink");
	is_what("", "nor that it goes");
	must(rename("d/sub", "d/bus") == 0, "rename");
	is_what("C1D1R1", "it is renamed");
	must(rmdir("d/bus") == 0, "rmdir");
	is_what("D1", "and removed");
	must(chmod("d", 0700) == 0, "chmod");
	is_what("T1", "the directory's own mode");
	list_dir("d");
	is_what("A1", "is listed");
	must(rename("d", "d2") == 0, "rename");
	is_what("", "is renamed");
	make_file("d2/f");
	is_what("C1", "a file is made in it");
	must(unlink("d2/f") == 0 && rename("d2", "d") == 0, "back");
	happened();
	watch_none();
	make_file("d/f");
	is_what("", "nobody watches any more");
	must(unlink("d/f") == 0 && rmdir("e") == 0, "unlink");
}

static void test_two_dirs(void)
{
	siginfo_t info;
	int above, below;

	must(mkdir("d/sub", 0755) == 0, "mkdir");
	above = watch("d", DN_ATTRIB | DN_MULTISHOT);
	below = watch("d/sub", DN_ATTRIB | DN_MULTISHOT);
	must(chmod("d/sub", 0700) == 0, "chmod");
	ok(is_here(TOLD, &info) && info.si_fd == above, "the one above is told");
	ok(is_here(TOLD, &info) && info.si_fd == below, "the one below, too");
	is_not_told("and that was all");
	must(rmdir("d/sub") == 0, "rmdir");
	close(below);
	close(above);
	times(TOLD, NULL);
}

/* ---- how it is asked for ---- */

static void test_errors(void)
{
	int file, pipes[2], path = open("d", O_PATH | O_CLOEXEC), fd = open_dir("d");

	must(pipe2(pipes, O_CLOEXEC) == 0, "pipe");
	make_file("f");
	file = open("f", O_RDONLY | O_CLOEXEC);
	fails(fcntl(file, F_NOTIFY, DN_CREATE), ENOTDIR, "of a file");
	fails(fcntl(pipes[0], F_NOTIFY, DN_CREATE), ENOTDIR, "of a pipe");
	fails(fcntl(path, F_NOTIFY, DN_CREATE), EBADF, "of a name");
	fails(fcntl(-1, F_NOTIFY, DN_CREATE), EBADF, "of nothing");
	is_int(fcntl(file, F_NOTIFY, 0), 0, "nothing, of a file");
	is_int(fcntl(pipes[0], F_NOTIFY, DN_MULTISHOT), 0, "of a pipe, again and again");
	is_int(fcntl(fd, F_NOTIFY, 0), 0, "no more, where there was nothing");
	is_int(fcntl(fd, F_GETOWN), 0, "which makes nobody its owner");
	fails(fcntl(file, F_NOTIFY, 0x40), ENOTDIR, "something else, of a file");
	is_int(fcntl(fd, F_NOTIFY, 0x40), 0, "of a directory");
	is_int(fcntl(fd, F_GETOWN), getpid(), "which makes the caller its owner");
	is_int(read_number("/proc/sys/fs/dir-notify-enable"), 1, "it is allowed");
	close(fd);
	close(file);
	close(path);
	close(pipes[0]);
	close(pipes[1]);
	unlink("f");
}

/* A file comes and goes: two things that are told. */
static void come_and_go(void)
{
	make_file("d/f");
	must(unlink("d/f") == 0, "unlink");
}

static void test_once(void)
{
	int fd = watch("d", DN_CREATE | DN_DELETE);

	come_and_go();
	is_told_by(fd, "once for all that is asked for");
	come_and_go();
	is_not_told("and no more");
	must(fcntl(fd, F_NOTIFY, DN_DELETE) == 0, "F_NOTIFY");
	make_file("d/f");
	is_not_told("asked again, for something else");
	must(unlink("d/f") == 0, "unlink");
	is_told_by(fd, "of which it is told");
	must(fcntl(fd, F_NOTIFY, ALL_EVENTS) == 0, "F_NOTIFY");
	make_file("d/f");
	times(TOLD, NULL);
	must(fcntl(fd, F_NOTIFY, DN_CREATE | DN_DELETE | DN_RENAME) == 0, "F_NOTIFY");
	must(rename("d/f", "d/g") == 0, "rename");
	is_told_by(fd, "what is three things is told once, too");
	must(unlink("d/g") == 0, "unlink");
	is_not_told("for it is over by the first");
	close(fd);
}

static void test_more(void)
{
	int fd = watch("d", DN_CREATE);

	must(fcntl(fd, F_NOTIFY, DN_RENAME) == 0, "F_NOTIFY");
	make_file("d/f");
	is_told_by(fd, "the first that was asked for");
	must(rename("d/f", "d/g") == 0, "rename");
	is_not_told("ends both");
	must(fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT) == 0 &&
		     fcntl(fd, F_NOTIFY, DN_DELETE) == 0,
	     "F_NOTIFY");
	come_and_go();
	is_int(times(TOLD, NULL), 2, "to be told often is kept when more is added");
	must(fcntl(fd, F_NOTIFY, DN_RENAME) == 0 &&
		     rename("d/g", "d/f") == 0,
	     "rename");
	is_int(times(TOLD, NULL), 3, "a name comes, one goes, one is another");
	is_int(fcntl(fd, F_NOTIFY, 0), 0, "no more");
	must(unlink("d/f") == 0, "unlink");
	is_not_told("nothing is told");
	must(fcntl(fd, F_NOTIFY, DN_CREATE) == 0, "F_NOTIFY");
	come_and_go();
	is_int(times(TOLD, NULL), 1, "and what was asked for before is forgotten");
	must(fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT) == 0 &&
		     fcntl(fd, F_NOTIFY, DN_MULTISHOT) == 0,
	     "F_NOTIFY");
	come_and_go();
	is_not_told("again and again, and nothing: that is no more, too");
	close(fd);
}

static void test_told(void)
{
	int fd = open_dir("d");
	siginfo_t info = { 0 };

	must(fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT) == 0, "F_NOTIFY");
	make_file("d/f");
	ok(is_here(SIGIO, &info), "SIGIO");
	is_int(info.si_code, SI_KERNEL, "which tells nothing");
	must(fcntl(fd, F_SETSIG, TOLD) == 0, "F_SETSIG");
	make_file("d/g");
	ok(is_here(TOLD, &info), "or another");
	is_int(info.si_fd, fd, "the descriptor");
	is_int(info.si_code, POLL_MSG, "a message");
	ok((info.si_band & (POLLIN | POLLRDNORM)) == (POLLIN | POLLRDNORM),
	   "to be read");
	must(fcntl(fd, F_SETOWN, 0) == 0, "F_SETOWN");
	must(unlink("d/f") == 0, "unlink");
	make_file("d/f");
	is_not_told("nobody is its owner");
	must(fcntl(fd, F_NOTIFY, DN_DELETE) == 0, "F_NOTIFY");
	is_int(fcntl(fd, F_GETOWN), getpid(), "but who asks again is");
	must(unlink("d/f") == 0 && unlink("d/g") == 0, "unlink");
	is_int(times(TOLD, NULL), 2, "and is told");
	close(fd);
}

static int come_in_child(void *unused TAP_UNUSED)
{
	make_file("d/f");
	return unlink("d/f");
}

static void test_many(void)
{
	int one = watch("d", DN_CREATE), other = watch("d", DN_CREATE | DN_MULTISHOT);
	int seen = 0;
	siginfo_t info;

	must(in_child(come_in_child, NULL) == 0, "child");
	while (is_here(TOLD, &info))
		seen |= info.si_fd == one ? 1 : info.si_fd == other ? 2 : 4;
	is_int(seen, 3, "two that have it open are told what a child does");
	close(one);
	come_and_go();
	is_told_by(other, "one is closed");
	close(other);
	come_and_go();
	is_not_told("both are");
}

/* ---- how it ends ---- */

static void *close_it(void *fd)
{
	close((int)(long)fd);
	return NULL;
}

static void test_duplicates(void)
{
	int fd = watch("d", DN_CREATE | DN_MULTISHOT), copy = dup(fd);
	pthread_t thread;

	come_and_go();
	is_told_by(fd, "by the descriptor that has asked");
	must(fcntl(copy, F_NOTIFY, DN_CREATE) == 0, "F_NOTIFY");
	come_and_go();
	is_told_by(copy, "or asked last: it is one open file");
	close(fd);
	come_and_go();
	is_not_told("any of them is closed: it ends");
	must(fcntl(copy, F_NOTIFY, DN_CREATE | DN_MULTISHOT) == 0, "F_NOTIFY");
	fd = dup(copy);
	must(dup2(STDERR_FILENO, fd) == fd, "dup2");
	come_and_go();
	is_not_told("one is made another file");
	must(fcntl(copy, F_NOTIFY, DN_CREATE | DN_MULTISHOT) == 0, "F_NOTIFY");
	must(dup2(copy, copy) == copy && dup2(copy, fd) == fd, "dup2");
	come_and_go();
	is_told_by(copy, "one more does no harm");
	must(dup2(copy, fd) == fd, "dup2");
	come_and_go();
	is_not_told("nor a third; but the second was replaced");
	must(fcntl(copy, F_NOTIFY, DN_CREATE | DN_MULTISHOT) == 0, "F_NOTIFY");
	tap_thread(&thread, NULL, close_it, (void *)(long)fd);
	pthread_join(thread, NULL);
	come_and_go();
	is_not_told("another thread closes one");
	close(copy);
}

struct child {
	int fd;
	bool asks, closes;
};

/* 0: all went well. */
static int use_in_child(void *arg)
{
	const struct child *c = arg;

	if (c->asks && fcntl(c->fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT) != 0)
		return 1;
	if (c->closes && close(c->fd) != 0)
		return 2;
	come_and_go();
	return 0;
}

static void test_fork(void)
{
	int fd = watch("d", DN_CREATE | DN_MULTISHOT), pipes[2];
	struct child c = { fd, false, true };
	char byte;
	pid_t pid;

	must(in_child(use_in_child, &c) == 0, "child");
	is_told_by(fd, "a child has closed it, and we have not");
	c = (struct child){ fd, true, false };
	must(in_child(use_in_child, &c) == 0, "child");
	is_int(times(TOLD, NULL), 2, "a child asks, too: the owner is told for both");
	come_and_go();
	is_told_by(fd, "the child has ended, and that for which it had asked");
	c = (struct child){ fd, true, true };
	must(in_child(use_in_child, &c) == 0, "child");
	is_told_by(fd, "or has closed it");
	must(pipe(pipes) == 0, "pipe");
	pid = tap_fork();
	if (pid == 0) {
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1));
	}
	close(fd);
	come_and_go();
	is_not_told("we have closed it, though a child has not");
	close(pipes[0]);
	close(pipes[1]);
	waitpid(pid, NULL, 0);
}

static int share_in_child(void *arg)
{
	return close(*(int *)arg);
}

static void test_shared_table(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int fd;
	pid_t pid;

	if (skip_under_qemu(2, "CLONE_FILES is for threads"))
		return;
	fd = watch("d", DN_CREATE | DN_MULTISHOT);
	pid = tap_started(clone(share_in_child, stack + sizeof(stack),
				CLONE_FILES | SIGCHLD, &fd));
	waitpid(pid, NULL, 0);
	fails(close(fd), EBADF, "who shares the descriptors has closed it");
	come_and_go();
	is_not_told("which ends it for us");
}

static int own_in_child(void *fd)
{
	return fcntl(*(int *)fd, F_SETOWN, getpid());
}

static void test_owner_gone(void)
{
	int fd = open_dir("d");

	must(fcntl(fd, F_SETSIG, TOLD) == 0, "F_SETSIG");
	must(in_child(own_in_child, &fd) == 0, "child");
	must(fcntl(fd, F_NOTIFY, DN_CREATE) == 0, "F_NOTIFY");
	come_and_go();
	is_not_told("the owner is gone, and who asks does not become it");
	is_int(fcntl(fd, F_GETOWN), 0, "there is none");
	close(fd);
}

static int gone_in_child(void *arg)
{
	int fd = watch("d", DN_CREATE | DN_MULTISHOT);

	/* Its parent, who is to know nothing of its end. */
	return fcntl(fd, F_SETOWN, *(pid_t *)arg);
}

static void test_ends(void)
{
	pid_t self = getpid();

	must(in_child(gone_in_child, &self) == 0, "child");
	come_and_go();
	is_not_told("who has asked is no more");
}

/* exec: it has told the pipe that it is there, and ends with it. */
static int exec_main(const char *say, const char *wait)
{
	char byte = 'x';

	if (write(atoi(say), &byte, 1) != 1)
		return 1;
	return read(atoi(wait), &byte, 1);
}

/* A program is there that has @fd open, closed on exec or not, after it has asked;
 * its parent is the owner. */
static void exec_with(int fd, bool closes, const char *what, bool told)
{
	int up[2], down[2];
	char say[16], wait[16], byte;
	pid_t pid, parent = getpid();

	must(pipe(up) == 0 && pipe(down) == 0, "pipe");
	snprintf(say, sizeof(say), "%d", up[1]);
	snprintf(wait, sizeof(wait), "%d", down[0]);
	pid = tap_fork();
	if (pid == 0) {
		close(down[1]);
		if (fcntl(fd, F_SETFD, closes ? FD_CLOEXEC : 0) != 0 ||
		    fcntl(fd, F_SETOWN, parent) != 0 ||
		    fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT) != 0)
			_exit(1);
		execl("/proc/self/exe", "dnotify", "exec", say, wait, NULL);
		_exit(1);
	}
	close(down[0]);
	close(up[1]);
	must(read(up[0], &byte, 1) == 1, "read");
	come_and_go();
	is_int(times(TOLD, NULL), told, "%s", what);
	close(down[1]);
	close(up[0]);
	must(waitpid(pid, NULL, 0) == pid, "waitpid");
}

static void test_exec(void)
{
	int fd;

	if (skip_under_qemu(2, "/proc/self/exe is the emulator"))
		return;
	fd = open_dir("d");
	must(fcntl(fd, F_SETSIG, TOLD) == 0, "F_SETSIG");
	exec_with(fd, false, "who has asked is another program by now", true);
	exec_with(fd, true, "or has closed it by that", false);
	close(fd);
}

static void test_removed(void)
{
	int fd;

	must(mkdir("d/sub", 0755) == 0, "mkdir");
	fd = watch("d/sub", ALL_EVENTS | DN_MULTISHOT);
	must(rmdir("d/sub") == 0, "rmdir");
	is_not_told("a directory goes");
	must(fchmod(fd, 0700) == 0, "fchmod");
	is_told_by(fd, "what is done to it later is told");
	is_int(fcntl(fd, F_NOTIFY, 0), 0, "no more");
	is_int(fcntl(fd, F_NOTIFY, DN_ATTRIB), 0, "again");
	close(fd);
}

/* ---- how many ---- */

/* 0: it was allowed as many as there may be, and no more. */
static int watch_most(void *unused TAP_UNUSED)
{
	const struct rlimit enough = { LIMIT + 100, LIMIT + 100 };
	int n = 0, fd;

	/* Nobody else of that user watches. */
	must(setrlimit(RLIMIT_NOFILE, &enough) == 0 &&
		     setresuid(OF_TEST, OF_TEST, OF_TEST) == 0,
	     "another user");
	do
		fd = open_dir("d");
	while (fcntl(fd, F_NOTIFY, DN_CREATE) == 0 && ++n <= LIMIT);
	return n == LIMIT && errno == ENOSPC ? 0 : 1;
}

static void test_limit(void)
{
	if (on_drover() && geteuid() == 0) {
		is_exit(in_child(watch_most, NULL), 0, "so many for one user");
		is_exit(in_child(watch_most, NULL), 0, "which are free when they end");
	} else {
		skip(2, "no limit");
	}
}

int main(int argc, char **argv)
{
	sigset_t set;

	if (argc == 4)
		return exec_main(argv[2], argv[3]);
	sigemptyset(&set);
	for (int i = 0; i < NR_KINDS; i++)
		sigaddset(&set, TOLD + i);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	must(mkdtemp(dir) != NULL && chdir(dir) == 0 && chmod(dir, 0755) == 0, dir);
	test_files();
	test_dirs();
	must(chmod("d", 0755) == 0, "chmod");
	test_two_dirs();
	test_errors();
	test_once();
	test_more();
	test_told();
	test_many();
	test_duplicates();
	test_fork();
	test_shared_table();
	test_owner_gone();
	test_ends();
	test_exec();
	test_removed();
	test_limit();
	must(rmdir("d") == 0 && chdir("/") == 0 && rmdir(dir) == 0, "rmdir");
	return done_testing();
}
