/*
 * tests/abi/fanotify_ask.c
 *
 * Claim    A fanotify group of class content or pre-content is asked before a
 *          file is opened, read or executed, and what it answers is done; who
 *          asks waits, until he is answered or killed.  Pre-content is asked
 *          first, and the first no is the last word.  Each question is an event
 *          of its own.  A group that goes, or has no room, is no obstacle; a
 *          reader that cannot be given a descriptor has said no.
 * Method   A child does one thing with one file, and ends with the error; the
 *          test reads what is asked meanwhile, and answers.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libfanotify.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { PRE = FAN_CLASS_PRE_CONTENT, CONTENT = FAN_CLASS_CONTENT, NR_GROUPS = 8 };

static char dir[] = "/tmp/fanotifyXXXXXX";
static int groups[NR_GROUPS], nr_groups;

static int new_group(unsigned flags)
{
	int fd = fanotify_init(flags | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		bail_out("fanotify_init: %s", strerror(errno));
	groups[nr_groups++] = fd;
	return fd;
}

static void close_groups(void)
{
	while (nr_groups > 0)
		close(groups[--nr_groups]);
}

/* ---- what a child does: 0 or the error ---- */

static int result_of(long done)
{
	return done < 0 ? errno : 0;
}

static int do_open(const char *path)
{
	return result_of(open(path, O_RDONLY | O_CLOEXEC));
}

static int do_open_path(const char *path)
{
	struct stat st;

	return result_of(open(path, O_PATH | O_CLOEXEC) < 0 ? -1 : stat(path, &st));
}

static int do_exec(const char *path)
{
	char *argv[] = { "x", "ends", NULL };

	execv(path, argv);
	return errno;
}

/* Open when a group wants to be asked: Linux, later than 6.12 began with, asks for
 * no other. */
static int file;
static char buf[64];

static int do_read(const char *path TAP_UNUSED)
{
	return result_of(read(file, buf, 1));
}

static int do_read_nothing(const char *path TAP_UNUSED)
{
	return result_of(read(file, buf, 0));
}

static int do_pread(const char *path TAP_UNUSED)
{
	return result_of(pread(file, buf, 1, 0));
}

static int do_readv(const char *path TAP_UNUSED)
{
	struct iovec iov = { buf, 1 };

	return result_of(readv(file, &iov, 1));
}

static int do_sendfile(const char *path TAP_UNUSED)
{
	off_t at = 0;

	return result_of(sendfile(memfd_create("to", 0), file, &at, 1));
}

static int do_splice(const char *path TAP_UNUSED)
{
	loff_t at = 0;
	int ends[2];

	if (pipe(ends) != 0)
		return errno;
	return result_of(splice(file, &at, ends[1], NULL, 1, 0));
}

static int do_copy(const char *path TAP_UNUSED)
{
	int to = open("copy", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	loff_t at = 0, to_at = 0;

	return result_of(copy_file_range(file, &at, to, &to_at, 1, 0));
}

static int do_write(const char *path TAP_UNUSED)
{
	return result_of(write(file, "x", 1));
}

static int do_list(const char *path TAP_UNUSED)
{
	lseek(file, 0, SEEK_SET);
	return result_of(syscall(SYS_getdents64, file, buf, sizeof(buf)));
}

/* ---- a child, and what is asked for it ---- */

static pid_t begin(int (*act)(const char *path), const char *path)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		close_groups();
		_exit(act(path));
	}
	return pid;
}

/* The error, or minus the signal that it ended by. */
static int end(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static const char *event_name(uint64_t mask)
{
	return mask == FAN_OPEN_PERM ? "OPEN" :
	       mask == FAN_ACCESS_PERM ? "ACCESS" :
	       mask == FAN_OPEN_EXEC_PERM ? "EXEC" : "?";
}

static ssize_t say(int group, int fd, unsigned answer)
{
	const struct fanotify_response r = { .fd = fd, .response = answer };

	return write(group, &r, sizeof(r));
}

/* The next event is waited for; it stays open. */
static int next_question(int group, char *text, size_t size)
{
	struct fanotify_event_metadata e = { .fd = -1 };

	if (read(group, &e, sizeof(e)) != sizeof(e))
		snprintf(text, size, "%s", strerror(errno));
	else
		snprintf(text, size, "%s %s", name_of(e.fd), event_name(e.mask));
	return e.fd;
}

/* @want is what is asked next: it is answered. */
static void asked(int group, unsigned answer, const char *want)
{
	char text[330];
	int fd = next_question(group, text, sizeof(text));

	is_text(text, want, "%s is asked for", want);
	is_int(say(group, fd, answer), sizeof(struct fanotify_response), "and answered");
	close(fd);
}

static bool is_silent(int group)
{
	struct pollfd p = { .fd = group, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

/* ---- tests ---- */

static void test_errors(void)
{
	int fd = new_group(CONTENT), plain = new_group(FAN_CLASS_NOTIF);

	fails(fanotify_init(CONTENT | PRE, 0), EINVAL, "two classes");
	fails(mark(plain, FAN_MARK_ADD, FAN_OPEN_PERM, "f"), EINVAL, "a group that is not asked");
	fails(mark(fd, FAN_MARK_ADD, FAN_ACCESS_PERM, "/proc/self/stat"), EINVAL,
	      "nobody waits in /proc");
	fails(say(fd, file, FAN_ALLOW), ENOENT, "an answer to nothing");
	fails(say(plain, file, FAN_ALLOW), ENOENT, "by who is not asked");
	fails(say(fd, file, 3), EINVAL, "neither yes nor no");
	fails(say(fd, -1, FAN_ALLOW), EINVAL, "no descriptor");
	fails(write(fd, "yes", 3), EINVAL, "too short");
	close_groups();
}

static void test_opening(void)
{
	int fd = new_group(CONTENT);
	pid_t pid;

	is_int(mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, "f"), 0, "opening is asked for");
	pid = begin(do_open, "f");
	asked(fd, FAN_ALLOW, "f OPEN");
	is_int(end(pid), 0, "it is open");
	pid = begin(do_open, "f");
	asked(fd, FAN_DENY, "f OPEN");
	is_int(end(pid), EPERM, "it is not");
	is_int(end(begin(do_open_path, "f")), 0, "O_PATH opens nothing");
	is_int(end(begin(do_read, "f")), 0, "nor does who reads");
	ok(is_silent(fd), "neither was asked for");
	mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY,
	     FAN_OPEN_PERM, "f");
	is_int(end(begin(do_open, "f")), 0, "what is ignored is not asked for");
	close_groups();
}

static void test_reading(void)
{
	static const struct {
		const char *what;
		int (*act)(const char *path);
	} ways[] = {
		{ "read", do_read }, { "read of nothing", do_read_nothing },
		{ "pread", do_pread }, { "readv", do_readv },
		{ "sendfile", do_sendfile }, { "splice", do_splice },
		{ "copy_file_range", do_copy },
	};
	int fd = new_group(CONTENT);

	is_int(mark(fd, FAN_MARK_ADD, FAN_ACCESS_PERM, "f"), 0, "reading is asked for");
	close(file);
	file = open("f", O_RDWR | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		pid_t pid = begin(ways[i].act, "f");

		asked(fd, FAN_DENY, "f ACCESS");
		is_int(end(pid), EPERM, "%s is refused", ways[i].what);
	}
	pid_t pid = begin(do_pread, "f");

	asked(fd, FAN_ALLOW, "f ACCESS");
	is_int(end(pid), 0, "and allowed");
	is_int(end(begin(do_write, "f")), 0, "writing is not asked for");
	is_int(end(begin(do_open, "f")), 0, "nor opening");
	close_groups();
}

static void test_listing(void)
{
	int fd = new_group(CONTENT), was = file;
	pid_t pid;

	mark(fd, FAN_MARK_ADD, FAN_ACCESS_PERM, "d");
	file = open("d", O_RDONLY | O_CLOEXEC);
	is_int(end(begin(do_list, "d")), 0, "directories only where they are wanted");
	mark(fd, FAN_MARK_ADD, FAN_ACCESS_PERM | FAN_ONDIR, "d");
	pid = begin(do_list, "d");
	asked(fd, FAN_DENY, "d ACCESS");
	is_int(end(pid), EPERM, "a directory is not listed");
	mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, "d");
	pid = begin(do_open, "d");
	asked(fd, FAN_DENY, "d OPEN");
	is_int(end(pid), EPERM, "nor opened");
	mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, "d");
	pid = begin(do_open, "d/g");
	asked(fd, FAN_DENY, "g OPEN");
	is_int(end(pid), EPERM, "nor is what is in it");
	close(file);
	file = was;
	close_groups();
}

static void test_executing(const char *self)
{
	int fd = new_group(CONTENT);
	pid_t pid;

	is_int(mark(fd, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, self), 0, "executing is asked for");
	is_int(end(begin(do_open, self)), 0, "opening is not");
	pid = begin(do_exec, self);
	asked(fd, FAN_DENY, "fanotify_ask EXEC");
	is_int(end(pid), EPERM, "it is not executed");
	pid = begin(do_exec, self);
	asked(fd, FAN_ALLOW, "fanotify_ask EXEC");
	is_int(end(pid), 0, "it is");
	mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, self);
	pid = begin(do_exec, self);
	asked(fd, FAN_ALLOW, "fanotify_ask EXEC");
	asked(fd, FAN_DENY, "fanotify_ask OPEN");
	is_int(end(pid), EPERM, "it is opened, too");
	close_groups();
}

static void test_order(void)
{
	int late = new_group(CONTENT), early = new_group(PRE),
	    told = new_group(FAN_CLASS_NOTIF);
	pid_t pid;

	mark(late, FAN_MARK_ADD, FAN_OPEN_PERM, "f");
	mark(early, FAN_MARK_ADD, FAN_OPEN_PERM, "f");
	mark(told, FAN_MARK_ADD, FAN_OPEN, "f");
	pid = begin(do_open, "f");
	asked(early, FAN_ALLOW, "f OPEN");
	ok(is_silent(told), "nobody is told before all have allowed it");
	asked(late, FAN_ALLOW, "f OPEN");
	is_int(end(pid), 0, "pre-content is asked first");
	ok(!is_silent(told), "and then it is told");
	pid = begin(do_open, "f");
	asked(early, FAN_DENY, "f OPEN");
	is_int(end(pid), EPERM, "the first no");
	ok(is_silent(late), "is the last word");
	close_groups();
}

static void test_each(void)
{
	int fd = new_group(CONTENT), first, second;
	char text[330];
	pid_t a, b;

	mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, "f");
	a = begin(do_open, "f");
	first = next_question(fd, text, sizeof(text));
	b = begin(do_open, "f");
	second = next_question(fd, text, sizeof(text));
	is_text(text, "f OPEN", "two questions about one file are two");
	say(fd, second, FAN_DENY);
	is_int(end(b), EPERM, "the second is answered first");
	say(fd, first, FAN_ALLOW);
	is_int(end(a), 0, "and then the first");
	fails(say(fd, first, FAN_ALLOW), ENOENT, "an answer is given once");
	close(first);
	close(second);
	close_groups();
}

static void nothing(int sig TAP_UNUSED)
{
}

static int do_open_through_signals(const char *path)
{
	signal(SIGUSR1, nothing);
	return do_open(path);
}

static void test_killed(void)
{
	int fd = new_group(CONTENT), read_by;
	char text[330];
	pid_t pid;

	mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, "f");
	pid = begin(do_open_through_signals, "f");
	read_by = next_question(fd, text, sizeof(text));
	tap_kill(pid, SIGUSR1);
	usleep(20000);
	is_int(waitpid(pid, NULL, WNOHANG), 0, "a signal that is handled does not end it");
	tap_kill(pid, SIGKILL);
	is_int(end(pid), -SIGKILL, "who waits for an answer can be killed");
	is_int(say(fd, read_by, FAN_ALLOW), sizeof(struct fanotify_response),
	       "he is answered all the same");
	close(read_by);
	pid = begin(do_open, "f");
	while (is_silent(fd))
		usleep(1000);
	tap_kill(pid, SIGKILL);
	is_int(end(pid), -SIGKILL, "also when nobody has read the question");
	ok(is_silent(fd), "which goes with him");
	close_groups();
}

static void test_going(void)
{
	int fd = new_group(CONTENT), unread = new_group(CONTENT), read_by;
	char text[330];
	pid_t pid;

	mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, "f");
	mark(unread, FAN_MARK_ADD, FAN_OPEN_PERM, "other");
	pid = begin(do_open, "f");
	read_by = next_question(fd, text, sizeof(text));
	close(fd);
	is_int(end(pid), 0, "a group that goes has allowed what it has read");
	close(read_by);
	pid = begin(do_open, "other");
	while (is_silent(unread))
		usleep(1000);
	close(unread);
	is_int(end(pid), 0, "and what it has not");
	nr_groups = 0;
}

static void set_most_events(const char *text)
{
	int fd = open("/proc/sys/fs/fanotify/max_queued_events", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		bail_out("max_queued_events: %s", strerror(errno));
	close(fd);
}

static void test_no_room(void)
{
	struct rlimit was, none = { 0, 0 };
	char text[330];
	pid_t pid;
	int fd;

	set_most_events("1");
	fd = new_group(CONTENT);
	set_most_events("16384");
	mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_CLOSE_NOWRITE, "f");
	pid = begin(do_open, "f");
	while (is_silent(fd))
		usleep(1000);
	is_int(end(begin(do_open, "f")), 0, "a queue without room is no obstacle");
	asked(fd, FAN_DENY, "f OPEN");
	is_int(end(pid), EPERM, "for who was asked in time it is");
	close_groups();
	fd = new_group(CONTENT);
	mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, "f");
	pid = begin(do_open, "f");
	while (is_silent(fd))
		usleep(1000);
	getrlimit(RLIMIT_NOFILE, &was);
	none.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	is_int(next_question(fd, text, sizeof(text)), -1, "no descriptor can be had");
	is_text(text, strerror(EMFILE), "which the reader is told");
	setrlimit(RLIMIT_NOFILE, &was);
	is_int(end(pid), EPERM, "and that is a no");
	close_groups();
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "text", 4) != 4)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

int main(int argc, char **argv)
{
	char self[300] = "";

	if (argc > 1 && strcmp(argv[1], "ends") == 0)
		return 0;
	if (geteuid() != 0)
		skip_all("only root has such groups");
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 ||
	    mkdtemp(dir) == NULL || chdir(dir) != 0 || mkdir("d", 0755) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	int fd = fanotify_init(CONTENT, 0);

	if (fd < 0 && (errno == ENOSYS || errno == EINVAL))
		skip_all("nobody is asked here");
	close(fd);
	make_file("f");
	make_file("other");
	make_file("d/g");
	file = open("f", O_RDWR | O_CLOEXEC);
	test_errors();
	test_opening();
	test_reading();
	test_listing();
	test_executing(self);
	test_order();
	test_each();
	test_killed();
	test_going();
	test_no_room();
	static const char *const left[] = { "f", "other", "copy", "d/g" };

	for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++)
		unlink(left[i]);
	rmdir("d");
	rmdir(dir);
	return done_testing();
}
