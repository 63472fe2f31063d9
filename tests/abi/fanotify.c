/*
 * tests/abi/fanotify.c
 *
 * Claim    A fanotify group is told what happens to the inodes, mounts and file
 *          systems that it has marked, with a descriptor of each file and the
 *          number of who did it: of directories if it asks, of what is in one if
 *          it asks; what a mark ignores no other gets, until the file is written
 *          to or for good.  What one process does to one file is one event until
 *          it is read; a full queue ends with FAN_Q_OVERFLOW; the descriptors are
 *          as the group wants them, and what is done with them is told nobody.
 *          Groups and marks have limits, and what makes no sense is refused as
 *          Linux does.
 * Method   Each thing is done in a directory of its own, and the queue is read
 *          and compared as text.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libfanotify.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#ifndef FAN_MARK_IGNORE
#define FAN_MARK_IGNORE 0x400
#endif
#ifndef FAN_MARK_EVICTABLE
#define FAN_MARK_EVICTABLE 0x200
#endif

#define ALL (FAN_OPEN | FAN_ACCESS | FAN_MODIFY | FAN_CLOSE)

static char dir[] = "/tmp/fanotifyXXXXXX";
static unsigned user_groups, user_marks;

static const struct {
	uint64_t bit;
	const char *name;
} names[] = {
	{ FAN_OPEN, "OPEN" }, { FAN_OPEN_EXEC, "EXEC" }, { FAN_ACCESS, "ACCESS" },
	{ FAN_MODIFY, "MODIFY" }, { FAN_CLOSE_WRITE, "CLOSE_WRITE" },
	{ FAN_CLOSE_NOWRITE, "CLOSE_NOWRITE" }, { FAN_Q_OVERFLOW, "OVERFLOW" },
};

static int new_group(unsigned flags)
{
	int fd = fanotify_init(flags | FAN_NONBLOCK | FAN_CLOEXEC,
			       O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		bail_out("fanotify_init: %s", strerror(errno));
	return fd;
}

static int last_pid;

static void put_event(char *text, size_t size,
		      const struct fanotify_event_metadata *e)
{
	size_t n = strlen(text);

	n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? " " : "",
			      e->fd >= 0 ? name_of(e->fd) : "-");
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (e->mask & names[i].bit)
			n += (size_t)snprintf(text + n, size - n, ":%s",
					      names[i].name);
	last_pid = e->pid;
	if (e->fd >= 0)
		close(e->fd);
}

/* All that can be read now, as "name:EVENT:EVENT ...". */
static const char *events(int fd)
{
	static char text[4000];
	_Alignas(struct fanotify_event_metadata) char buf[1200];
	ssize_t n;

	*text = '\0';
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		const struct fanotify_event_metadata *e = (void *)buf;

		for (; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n))
			put_event(text, sizeof(text), e);
	}
	return text;
}

static void is_told(int fd, const char *want, const char *what)
{
	is_text(events(fd), want, "%s", what);
}

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	if (write(fd, "x", 1) != 1)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void use_file(const char *path)
{
	char c;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || read(fd, &c, 1) != 1 || pwrite(fd, "y", 1, 0) != 1)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void read_file(const char *path)
{
	char c;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &c, 1) != 1)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

#define USED ":OPEN:ACCESS:MODIFY:CLOSE_WRITE"
#define WAS_READ ":OPEN:ACCESS:CLOSE_NOWRITE"

static void test_errors(void)
{
	int fd = new_group(0), other = open(".", O_RDONLY | O_CLOEXEC);

	fails(fanotify_init(0x80000000U, 0), EINVAL, "unknown flags");
	fails(fanotify_init(0, O_ACCMODE), EINVAL, "no such mode of files");
	fails(fanotify_init(0, O_CREAT), EINVAL, "files are not to be made");
	fails(mark(fd, 0, FAN_OPEN, "."), EINVAL, "neither add nor remove");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_REMOVE, FAN_OPEN, "."), EINVAL,
	      "both");
	fails(mark(fd, FAN_MARK_ADD, 0, "."), EINVAL, "nothing is wanted");
	fails(mark(fd, FAN_MARK_ADD, 1ULL << 40, "."), EINVAL, "an unknown event");
	fails(mark(fd, FAN_MARK_ADD | 0x80000000U, FAN_OPEN, "."), EINVAL,
	      "an unknown flag");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT | FAN_MARK_FILESYSTEM,
		   FAN_OPEN, "."), EINVAL, "of two kinds");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT | FAN_MARK_EVICTABLE,
		   FAN_OPEN, "."), EINVAL, "a mount is not evicted");
	fails(mark(fd, FAN_MARK_ADD, FAN_CREATE, "."), EINVAL,
	      "what has no descriptor, and no handles were asked for");
	fails(mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, "."), EINVAL,
	      "asked for permission in a group that is not");
	fails(mark(fd, FAN_MARK_FLUSH | FAN_MARK_ONLYDIR, 0, "."), EINVAL,
	      "a flush that is more");
	fails(mark(-1, FAN_MARK_ADD, FAN_OPEN, "."), EBADF, "no descriptor");
	fails(mark(other, FAN_MARK_ADD, FAN_OPEN, "."), EINVAL, "no group");
	fails(mark(fd, FAN_MARK_ADD, FAN_OPEN, "missing"), ENOENT, "no file");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_OPEN, "plain"),
	      ENOTDIR, "FAN_MARK_ONLYDIR");
	fails(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, -1, "plain"), EBADF,
	      "relative to nothing");
	fails(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, -1, NULL), EBADF,
	      "no file to mark");
	fails(mark(fd, FAN_MARK_REMOVE, FAN_OPEN, "plain"), ENOENT,
	      "no such mark");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORE | FAN_MARK_IGNORED_MASK,
		   FAN_OPEN, "plain"), EINVAL, "ignored in both ways");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORE, FAN_OPEN, "."), EISDIR,
	      "FAN_MARK_IGNORE of a directory until it is written to");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORE | FAN_MARK_MOUNT, FAN_OPEN,
		   "."), EINVAL, "of a mount");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORE, FAN_OPEN | FAN_ONDIR,
		   "plain"), ENOTDIR, "FAN_ONDIR of what is none");
	close(other);
	close(fd);
}

static void test_reading(void)
{
	int fd = new_group(0), waiting;
	char buf[100];

	fails(read(fd, buf, sizeof(buf)), EAGAIN, "nothing to read");
	is_int(mark(fd, FAN_MARK_ADD, ALL, "plain"), 0, "a mark");
	is_told(fd, "", "says nothing of itself");
	struct pollfd p = { .fd = fd, .events = POLLIN };

	is_int(poll(&p, 1, 0), 0, "nothing to poll");
	use_file("plain");
	is_int(poll(&p, 1, 0), 1, "something to poll");
	is_int(ioctl(fd, FIONREAD, &waiting), 0, "FIONREAD");
	is_int(waiting, FAN_EVENT_METADATA_LEN, "is one event");
	fails(read(fd, buf, FAN_EVENT_METADATA_LEN - 1), EINVAL, "too little room");
	is_told(fd, "plain" USED, "all that was done is one event");
	is_int(last_pid, getpid(), "by us");
	use_file("other");
	is_told(fd, "", "another file is not told");
	is_int(mark(fd, FAN_MARK_REMOVE, FAN_OPEN | FAN_CLOSE, "plain"), 0,
	       "part of it");
	use_file("plain");
	is_told(fd, "plain:ACCESS:MODIFY", "is not told any more");
	is_int(mark(fd, FAN_MARK_REMOVE, FAN_ACCESS | FAN_MODIFY, "plain"), 0,
	       "the rest");
	fails(mark(fd, FAN_MARK_REMOVE, FAN_ACCESS, "plain"), ENOENT,
	      "and the mark is gone");
	use_file("plain");
	is_told(fd, "", "nothing is told");
	close(fd);
}

static void test_merging(void)
{
	int fd = new_group(0), status;

	mark(fd, FAN_MARK_ADD, ALL, "plain");
	mark(fd, FAN_MARK_ADD, ALL, "other");
	read_file("plain");
	read_file("other");
	read_file("plain");
	is_told(fd, "plain" WAS_READ " other" WAS_READ,
		"an event is merged with one that is not the last");
	read_file("plain");
	pid_t pid = tap_fork();

	if (pid == 0) {
		read_file("plain");
		_exit(0);
	}
	waitpid(pid, &status, 0);
	is_told(fd, "plain" WAS_READ " plain" WAS_READ, "not with another's");
	is_int(last_pid, pid, "whose number is told");
	int f = open("plain", O_WRONLY | O_CLOEXEC);

	is_told(fd, "plain:OPEN", "what was read is over");
	close(f);
	is_told(fd, "plain:CLOSE_WRITE", "and the rest another event");
	close(fd);
}

static void test_directories(void)
{
	int fd = new_group(0);

	mark(fd, FAN_MARK_ADD, ALL, "d");
	use_file("d/f");
	close(open("d", O_RDONLY | O_CLOEXEC));
	is_told(fd, "", "neither a directory nor what is in it");
	mark(fd, FAN_MARK_ADD, FAN_EVENT_ON_CHILD, "d");
	use_file("d/f");
	close(open("d", O_RDONLY | O_CLOEXEC));
	close(open("d/e", O_RDONLY | O_CLOEXEC));
	is_told(fd, "f" USED, "FAN_EVENT_ON_CHILD: what is in it");
	mark(fd, FAN_MARK_ADD, FAN_ONDIR, "d");
	close(open("d", O_RDONLY | O_CLOEXEC));
	is_told(fd, "d:OPEN:CLOSE_NOWRITE", "FAN_ONDIR: it");
	close(open("d/e", O_RDONLY | O_CLOEXEC));
	is_told(fd, "e:OPEN:CLOSE_NOWRITE", "both: a directory in it");
	use_file("d/e/g");
	is_told(fd, "", "no deeper");
	mark(fd, FAN_MARK_ADD, FAN_OPEN, "d/f");
	use_file("d/f");
	is_told(fd, "f" USED, "two marks of a group are told once");
	close(fd);
}

static void test_ignoring(void)
{
	int fd = new_group(0);

	mark(fd, FAN_MARK_ADD, ALL | FAN_EVENT_ON_CHILD, "d");
	is_int(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK, ALL, "d/f"), 0,
	       "a file in a directory is ignored");
	read_file("d/f");
	is_told(fd, "", "nothing is told of it");
	use_file("d/f");
	is_told(fd, "f:MODIFY:CLOSE_WRITE", "until it is written to");
	read_file("d/f");
	is_told(fd, "f" WAS_READ, "and then all is");
	is_int(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK |
		    FAN_MARK_IGNORED_SURV_MODIFY, ALL, "d/f"), 0,
	       "FAN_MARK_IGNORED_SURV_MODIFY");
	use_file("d/f");
	use_file("d/f");
	is_told(fd, "", "is for good");
	is_int(mark(fd, FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, FAN_OPEN, "d/f"),
	       0, "but for opening");
	use_file("d/f");
	is_told(fd, "f:OPEN", "which is told");
	is_int(mark(fd, FAN_MARK_FLUSH, 0, "."), 0, "all are flushed");
	use_file("d/f");
	is_told(fd, "", "and nothing is told");
	is_int(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORE |
		    FAN_MARK_IGNORED_SURV_MODIFY, FAN_OPEN, "d/f"), 0,
	       "FAN_MARK_IGNORE");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK, FAN_OPEN, "d/f"),
	      EEXIST, "is not taken back");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORE, FAN_OPEN, "d/f"), EEXIST,
	      "nor weakened");
	fails(mark(fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE, FAN_OPEN, "d/f"),
	      EEXIST, "nor made evictable");
	is_int(mark(fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE, FAN_OPEN, "plain"), 0,
	       "an evictable one");
	is_int(mark(fd, FAN_MARK_ADD, FAN_OPEN, "plain"), 0, "becomes another");
	close(fd);
}

static void test_exec(void)
{
	int fd = new_group(0), status;

	mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_OPEN_EXEC, "/proc/self/exe");
	pid_t pid = tap_fork();

	if (pid == 0) {
		execl("/proc/self/exe", "fanotify", "nothing", NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a program is run");
	ok(strstr(events(fd), ":OPEN:EXEC") != NULL, "FAN_OPEN_EXEC");
	close(fd);
}

static void test_mount(void)
{
	int fd = new_group(0), whole = new_group(0), event;

	if (mount("none", "m", "tmpfs", 0, NULL) != 0)
		bail_out("mount: %s", strerror(errno));
	make_file("m/f");
	if (mount("m", "n", NULL, MS_BIND, NULL) != 0)
		bail_out("mount: %s", strerror(errno));
	is_int(mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, ALL, "m"), 0, "a mount");
	is_int(mark(whole, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, ALL, "m"), 0,
	       "a file system");
	use_file("m/f");
	is_told(fd, "f" USED, "what is reached by the mount is told");
	is_told(whole, "f" USED, "and as of its file system");
	use_file("n/f");
	is_told(fd, "", "by another it is not");
	is_told(whole, "f" USED, "but of the file system");
	use_file("plain");
	is_told(fd, "", "another file system");
	is_int(mark(whole, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK |
		    FAN_MARK_IGNORED_SURV_MODIFY | FAN_MARK_MOUNT, ALL, "n"), 0,
	       "one mount of it is ignored");
	use_file("n/f");
	is_told(whole, "", "and is not told");
	use_file("m/f");
	is_told(whole, "f" USED, "the other one is");
	is_int(mark(whole, FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, "."), 0,
	       "one kind is flushed");
	use_file("m/f");
	is_told(whole, "", "and its events are over");
	mark(fd, FAN_MARK_REMOVE | FAN_MARK_MOUNT, ALL, "m");
	fails(mark(fd, FAN_MARK_REMOVE | FAN_MARK_MOUNT, ALL, "m"), ENOENT,
	      "removed");
	events(fd);
	mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, "n");
	event = open("n/f", O_RDONLY | O_CLOEXEC);
	close(event);
	fails(umount("n"), EBUSY, "an event that nobody has read keeps its mount");
	events(fd);
	is_int(umount("n"), 0, "a mark does not");
	mark(fd, FAN_MARK_ADD, FAN_OPEN, "m/f");
	mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, "m");
	is_int(umount("m"), 0, "nor of a file or a file system");
	is_told(fd, "", "and nothing is told of their end");
	close(whole);
	close(fd);
}

static unsigned setting(const char *name)
{
	char path[80], text[20] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/fs/fanotify/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
	return (unsigned)atoi(text);
}

/* Message queues and memfds are in file systems that are mounted nowhere. */
static void test_mounted_nowhere(void)
{
	int fd = new_group(0), memfd = memfd_create("m", 0);
	mqd_t q = mq_open("/fanotify", O_RDWR | O_CREAT, 0600, NULL);
	char text[100];

	if (q < 0 || memfd < 0)
		bail_out("mq_open, memfd_create: %s", strerror(errno));
	mark(fd, FAN_MARK_ADD, ALL | FAN_EVENT_ON_CHILD, "d");
	ok(read(q, text, sizeof(text)) > 0, "how full a queue is can be read");
	is_int(write(memfd, "m", 1), 1, "a memfd can be written to");
	is_told(fd, "", "which concerns nobody who has marked a directory");
	mq_close(q);
	mq_unlink("/fanotify");
	close(memfd);
	close(fd);
}

static void set(const char *name, unsigned value)
{
	char path[80], text[20];
	int fd, n = snprintf(text, sizeof(text), "%u", value);

	snprintf(path, sizeof(path), "/proc/sys/fs/fanotify/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void test_limits(void)
{
	unsigned queued = setting("max_queued_events");
	int fd, more;

	is_int((int)queued, 16384, "max_queued_events");
	is_int((int)user_groups, 128, "max_user_groups");
	ok(user_marks >= 8192, "max_user_marks");
	set("max_queued_events", 2);
	fd = new_group(0);
	set("max_queued_events", queued);
	mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_EVENT_ON_CHILD, ".");
	read_file("plain");
	read_file("other");
	read_file("d/f");
	make_file("third");
	read_file("plain");
	is_told(fd, "plain:OPEN other:OPEN -:OVERFLOW", "FAN_Q_OVERFLOW");
	is_int(last_pid, 0, "is nobody's");
	read_file("plain");
	is_told(fd, "plain:OPEN", "and then it goes on");
	unlink("third");
	set("max_user_marks", 1);
	fails(mark(fd, FAN_MARK_ADD, FAN_OPEN, "plain"), ENOSPC, "one too many");
	more = new_group(FAN_UNLIMITED_MARKS);
	is_int(mark(more, FAN_MARK_ADD, FAN_OPEN, "plain"), 0,
	       "FAN_UNLIMITED_MARKS");
	close(more);
	set("max_user_marks", user_marks);
	set("max_user_groups", 1);
	fails(fanotify_init(0, 0), EMFILE, "one group too many");
	set("max_user_groups", user_groups);
	close(fd);
}

static void test_descriptors(void)
{
	int fd = fanotify_init(FAN_NONBLOCK | FAN_CLOEXEC, O_RDWR | O_NOATIME);
	struct fanotify_event_metadata e;
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mark(fd, FAN_MARK_ADD, ALL, "plain");
	read_file("plain");
	is_int(read(fd, &e, sizeof(e)), sizeof(e), "an event");
	is_int(e.vers, FANOTIFY_METADATA_VERSION, "its version");
	is_int(e.metadata_len, sizeof(e), "its size");
	is_int(fcntl(e.fd, F_GETFL) & (O_ACCMODE | O_NOATIME), O_RDWR | O_NOATIME,
	       "its file is open as the group said");
	is_int(fcntl(e.fd, F_GETFD), 0, "without FD_CLOEXEC");
	is_int(pwrite(e.fd, "z", 1, 0), 1, "what is done with it");
	close(e.fd);
	is_told(fd, "", "is told nobody");
	fails(write(fd, "x", 1), EINVAL, "no answer of one byte");
	read_file("plain");
	fails(read(fd, bad, sizeof(e)), EFAULT, "a bad buffer");
	is_told(fd, "", "loses the event");
	close(fd);
	fd = open("plain", O_RDONLY | O_CLOEXEC);
	is_int(fd < 20, 1, "and no descriptor");
	close(fd);
}

static void test_fdinfo(void)
{
	int fd = new_group(0), info;
	char path[60], text[1000] = "", want[100];
	struct stat st;

	mark(fd, FAN_MARK_ADD, FAN_OPEN, "plain");
	mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK |
	     FAN_MARK_IGNORED_SURV_MODIFY, FAN_CLOSE, "plain");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (read(info, text, sizeof(text) - 1) < 1)
		bail_out("%s: %s", path, strerror(errno));
	close(info);
	stat("plain", &st);
	ok(strstr(text, "fanotify flags:") != NULL, "fdinfo: the group");
	snprintf(want, sizeof(want), "fanotify ino:%lx sdev:", (long)st.st_ino);
	ok(strstr(text, want) != NULL, "its marks");
	ok(strstr(text, "mflags:40 mask:20 ignored_mask:18") != NULL,
	   "what they want and ignore");
	close(fd);
}

/* Others have nothing to ask for descriptors. */
static void test_nobody(void)
{
	pid_t pid = tap_fork();
	int status;

	if (pid == 0) {
		if (setuid(65534) != 0)
			_exit(2);
		_exit(fanotify_init(0, 0) == -1 && errno == EPERM ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "who is not root has no such group");
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 0;
	if (geteuid() != 0)
		skip_all("only root has such groups");
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	int fd = fanotify_init(0, 0);

	if (fd < 0 && errno == ENOSYS)
		skip_all("no fanotify");
	close(fd);
	user_groups = setting("max_user_groups");
	user_marks = setting("max_user_marks");
	make_file("plain");
	make_file("other");
	if (mkdir("d", 0755) + mkdir("d/e", 0755) + mkdir("m", 0755) +
	    mkdir("n", 0755) != 0)
		bail_out("mkdir: %s", strerror(errno));
	make_file("d/f");
	make_file("d/e/g");
	test_errors();
	test_reading();
	test_merging();
	test_directories();
	test_ignoring();
	test_exec();
	test_mount();
	test_mounted_nowhere();
	test_limits();
	test_descriptors();
	test_fdinfo();
	test_nobody();
	static const char *const files[] = { "plain", "other", "d/f", "d/e/g" };
	static const char *const dirs[] = { "d/e", "d", "m", "n", dir };

	for (unsigned i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlink(files[i]);
	for (unsigned i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		rmdir(dirs[i]);
	return done_testing();
}
