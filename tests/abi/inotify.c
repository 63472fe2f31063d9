/*
 * tests/abi/inotify.c
 *
 * Claim    An inotify instance is told what happens to the inodes it watches
 *          and to what is in directories it watches, by name, in order: opening
 *          to closing, attributes, names made, moved with one cookie, removed;
 *          what was removed, unmounted or asked for once says IN_IGNORED and is
 *          over.  Masks are replaced, added to and limited; equal events are
 *          told once; a full queue ends with IN_Q_OVERFLOW; a reader waits, and
 *          poll and epoll know.  With the name of a device that has an ext2
 *          (tests/boot/ext2.t): what is on a disk is watched though nobody has it
 *          and memory was wanted.
 * Method   Each thing is done in a directory of its own, and the queue is read
 *          and compared as text.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

enum { OTHERS = 2100 };

static char dir[] = "/tmp/inotifyXXXXXX";

static const char *const names[] = {
	"ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN",
	"MOVED_FROM", "MOVED_TO", "CREATE", "DELETE", "DELETE_SELF",
	"MOVE_SELF", NULL, "UNMOUNT", "Q_OVERFLOW", "IGNORED",
};

static int new_instance(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		bail_out("inotify_init1: %s", strerror(errno));
	return fd;
}

static int watch(int fd, const char *path, uint32_t mask)
{
	int wd = inotify_add_watch(fd, path, mask);

	if (wd < 0)
		bail_out("inotify_add_watch %s: %s", path, strerror(errno));
	return wd;
}

static void put_event(char *text, size_t size, const struct inotify_event *e)
{
	size_t n = strlen(text);

	n += snprintf(text + n, size - n, "%s%d", n > 0 ? " " : "", e->wd);
	for (unsigned bit = 0; bit < 16; bit++)
		if (e->mask >> bit & 1)
			n += snprintf(text + n, size - n, ":%s", names[bit]);
	if (e->mask & IN_ISDIR)
		n += snprintf(text + n, size - n, ":ISDIR");
	if (e->len > 0)
		snprintf(text + n, size - n, ":%s", e->name);
}

/* All that can be read now, as "wd:EVENT:name ..."; the cookies beside. */
static uint32_t cookies[2];

static const char *events(int fd)
{
	static char text[4000];
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n;

	*text = '\0';
	cookies[0] = cookies[1] = 0;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		const struct inotify_event *e;

		for (ssize_t at = 0; at < n; at += sizeof(*e) + e->len) {
			e = (void *)&buf[at];
			put_event(text, sizeof(text), e);
			if (e->mask & (IN_MOVED_FROM | IN_MOVED_TO))
				cookies[e->mask & IN_MOVED_TO ? 1 : 0] =
					e->cookie;
		}
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
	close(fd);
}

static void write_to(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "x", 1) != 1)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void test_errors(void)
{
	int fd = new_instance(), wd;
	int other = open(".", O_RDONLY | O_CLOEXEC);

	fails(inotify_init1(1), EINVAL, "unknown flags");
	fails(inotify_add_watch(fd, ".", 0), EINVAL, "nothing to watch for");
	fails(inotify_add_watch(fd, ".", IN_OPEN | 0x1000), EINVAL,
	      "an unknown event");
	fails(inotify_add_watch(fd, ".", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE),
	      EINVAL, "IN_MASK_ADD and IN_MASK_CREATE");
	fails(inotify_add_watch(-1, ".", IN_OPEN), EBADF, "no descriptor");
	fails(inotify_add_watch(other, ".", IN_OPEN), EINVAL, "no instance");
	fails(inotify_add_watch(fd, "missing", IN_OPEN), ENOENT, "no such file");
	fails(inotify_rm_watch(fd, 1), EINVAL, "no such watch");
	fails(inotify_rm_watch(other, 1), EINVAL, "rm_watch: no instance");
	fails(inotify_rm_watch(-1, 1), EBADF, "rm_watch: no descriptor");
	make_file("plain");
	fails(inotify_add_watch(fd, "plain", IN_OPEN | IN_ONLYDIR), ENOTDIR,
	      "IN_ONLYDIR");
	wd = watch(fd, "plain", IN_OPEN);
	fails(inotify_add_watch(fd, "plain", IN_OPEN | IN_MASK_CREATE), EEXIST,
	      "IN_MASK_CREATE of what is watched");
	is_int(watch(fd, "plain", IN_MODIFY), wd, "one watch for an inode");
	fails(write(fd, "x", 1), EBADF, "it cannot be written to");
	close(other);
	close(fd);
	unlink("plain");
}

static void test_file(void)
{
	int fd = new_instance(), f;
	char buf[8];

	make_file("f");
	watch(fd, "f", IN_ALL_EVENTS);
	watch(fd, ".", IN_ALL_EVENTS);
	f = open("f", O_RDWR | O_CLOEXEC);
	is_told(fd, "2:OPEN:f 1:OPEN", "open: directory and file");
	is_int(write(f, "abc", 3) + write(f, "def", 3), 6, "two writes");
	is_told(fd, "2:MODIFY:f 1:MODIFY 2:MODIFY:f 1:MODIFY", "are told");
	is_int(pread(f, buf, 8, 0), 6, "a read");
	is_told(fd, "2:ACCESS:f 1:ACCESS", "is told");
	is_int(pread(f, buf, 8, 6), 0, "a read of nothing");
	is_told(fd, "", "is not");
	is_int(fchmod(f, 0600), 0, "fchmod");
	is_told(fd, "2:ATTRIB:f 1:ATTRIB", "is told");
	is_int(ftruncate(f, 1), 0, "ftruncate");
	is_told(fd, "2:MODIFY:f 1:MODIFY", "is told as IN_MODIFY");
	close(f);
	is_told(fd, "2:CLOSE_WRITE:f 1:CLOSE_WRITE", "IN_CLOSE_WRITE");
	close(open("f", O_RDONLY | O_CLOEXEC));
	is_told(fd, "2:OPEN:f 1:OPEN 2:CLOSE_NOWRITE:f 1:CLOSE_NOWRITE",
		"IN_CLOSE_NOWRITE");
	close(open("f", O_PATH | O_CLOEXEC));
	is_told(fd, "", "O_PATH is no opening");
	close(fd);
	unlink("f");
}

static void test_names(void)
{
	int fd = new_instance();

	watch(fd, ".", IN_CREATE | IN_DELETE | IN_MOVE);
	make_file("a");
	is_told(fd, "1:CREATE:a", "a new file");
	is_int(mkdir("d", 0755) + symlink("x", "l") + mkfifo("p", 0600) +
	       link("a", "b"), 0, "other kinds");
	is_told(fd, "1:CREATE:ISDIR:d 1:CREATE:l 1:CREATE:p 1:CREATE:b",
		"are told");
	is_int(rename("a", "c"), 0, "rename");
	is_told(fd, "1:MOVED_FROM:a 1:MOVED_TO:c", "has two names");
	ok(cookies[0] != 0 && cookies[0] == cookies[1], "and one cookie");
	uint32_t before = cookies[0];

	watch(fd, "d", IN_MOVE | IN_DELETE_SELF);
	is_int(rename("c", "d/c"), 0, "rename to another directory");
	is_told(fd, "1:MOVED_FROM:c 2:MOVED_TO:c", "both are told");
	ok(cookies[0] == cookies[1] && cookies[0] != before, "a new cookie");
	is_int(mkdir("from", 0755) + mkdir("to", 0755), 0, "two more");
	make_file("from/f");
	events(fd);
	watch(fd, "to", IN_MOVE);
	is_int(rename("from/f", "to/f"), 0, "from where nobody watches");
	is_told(fd, "3:MOVED_TO:f", "one is told");
	make_file("g");
	watch(fd, "g", IN_ATTRIB | IN_DELETE_SELF);
	events(fd);
	is_int(rename("to/f", "g"), 0, "in place of another file");
	is_told(fd, "3:MOVED_FROM:f 1:MOVED_TO:g 4:ATTRIB 4:DELETE_SELF 4:IGNORED",
		"that has a name less, and none");
	is_int(rename("g", "to/f"), 0, "to where it was");
	events(fd);
	is_int(rename("to/f", "from/f"), 0, "and back");
	is_told(fd, "3:MOVED_FROM:f", "the same");
	unlink("from/f");
	is_int(rmdir("from") + rmdir("to"), 0, "they go");
	unlink("d/c");
	unlink("b");
	unlink("l");
	unlink("p");
	rmdir("d");
	events(fd);
	is_int(mkdir("d2", 0755) + rmdir("d2"), 0, "mkdir and rmdir");
	is_told(fd, "1:CREATE:ISDIR:d2 1:DELETE:ISDIR:d2", "are told");
	close(fd);
}

static void test_self(void)
{
	int fd = new_instance(), f;

	make_file("s");
	watch(fd, "s", IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
	is_int(rename("s", "t"), 0, "a watched file is renamed");
	is_told(fd, "1:MOVE_SELF", "IN_MOVE_SELF");
	is_int(link("t", "u") + unlink("t"), 0, "one more name, one less");
	is_told(fd, "1:ATTRIB", "IN_ATTRIB, once for both");
	f = open("u", O_RDONLY | O_CLOEXEC);
	is_int(unlink("u"), 0, "the last name goes");
	is_told(fd, "1:ATTRIB", "the file is open: it is not gone");
	close(f);
	is_told(fd, "1:DELETE_SELF 1:IGNORED", "now it is");
	fails(inotify_rm_watch(fd, 1), EINVAL, "and the watch, too");
	is_int(mkdir("d", 0755), 0, "a directory");
	is_int(watch(fd, "d", IN_DELETE_SELF | IN_MOVE_SELF), 2,
	       "a new watch has a new number");
	is_int(rename("d", "e") + rmdir("e"), 0, "is moved and removed");
	is_told(fd, "2:MOVE_SELF 2:DELETE_SELF 2:IGNORED",
		"events of itself without IN_ISDIR");
	close(fd);
}

/* What is open keeps telling its directory, by the name it has now. */
static void test_open_and_moved(void)
{
	int fd = new_instance(), f;

	make_file("m");
	f = open("m", O_WRONLY | O_CLOEXEC);
	rename("m", "n");
	watch(fd, ".", IN_MODIFY | IN_CLOSE);
	is_int(write(f, "x", 1), 1, "a write to what was renamed");
	is_told(fd, "1:MODIFY:n", "has the new name");
	unlink("n");
	is_int(write(f, "x", 1), 1, "a write to what was removed");
	is_told(fd, "1:MODIFY:n", "has the name that it had");
	watch(fd, ".", IN_MODIFY | IN_CLOSE | IN_EXCL_UNLINK);
	close(f);
	is_told(fd, "", "but for IN_EXCL_UNLINK");
	close(fd);
}

static void test_masks(void)
{
	int fd = new_instance(), f;

	make_file("f");
	watch(fd, "f", IN_OPEN | IN_ONESHOT);
	f = open("f", O_RDWR | O_CLOEXEC);
	is_told(fd, "1:OPEN 1:IGNORED", "IN_ONESHOT is over after one");
	watch(fd, "f", IN_MODIFY);
	watch(fd, "f", IN_ATTRIB | IN_MASK_ADD);
	is_int(write(f, "x", 1) + fchmod(f, 0640), 1, "write and chmod");
	is_told(fd, "2:MODIFY 2:ATTRIB", "IN_MASK_ADD adds");
	watch(fd, "f", IN_ATTRIB);
	is_int(write(f, "x", 1) + fchmod(f, 0600), 1, "write and chmod");
	is_told(fd, "2:ATTRIB", "a mask replaces another");
	is_int(inotify_rm_watch(fd, 2), 0, "rm_watch");
	is_int(fchmod(f, 0640), 0, "chmod");
	is_told(fd, "2:IGNORED", "only IN_IGNORED comes");
	close(f);
	symlink("f", "l");
	watch(fd, "l", IN_OPEN | IN_DONT_FOLLOW);
	close(open("l", O_RDONLY | O_CLOEXEC));
	is_told(fd, "", "IN_DONT_FOLLOW: the link, and not the file");
	unlink("l");
	close(fd);
	unlink("f");
}

static void test_times(void)
{
	const struct timespec both[2] = { { 1, 0 }, { 2, 0 } };
	const struct timespec read_time[2] = { { 3, 0 }, { 0, UTIME_OMIT } };
	const struct timespec write_time[2] = { { 0, UTIME_OMIT }, { 4, 0 } };
	int fd = new_instance();

	make_file("f");
	watch(fd, "f", IN_ALL_EVENTS);
	is_int(utimensat(AT_FDCWD, "f", both, 0) +
	       utimensat(AT_FDCWD, "f", read_time, 0) +
	       utimensat(AT_FDCWD, "f", write_time, 0) +
	       chown("f", getuid(), (gid_t)-1) + truncate("f", 9), 0,
	       "times, owner and size by name");
	is_told(fd, "1:ATTRIB 1:ACCESS 1:MODIFY 1:ATTRIB 1:MODIFY",
		"are told as what they are");
	close(fd);
	unlink("f");
}

static void test_reading(void)
{
	struct inotify_event small;
	char buf[300];
	int fd = new_instance(), queued = -1;

	watch(fd, ".", IN_CREATE | IN_DELETE);
	fails(read(fd, buf, sizeof(buf)), EAGAIN, "nothing is there");
	make_file("exactly15chars_");
	fails(read(fd, &small, sizeof(small)), EINVAL, "no room for a name");
	is_int(ioctl(fd, FIONREAD, &queued), 0, "FIONREAD");
	is_int(queued, 32, "says how much there is");
	make_file("has_sixteen_char");
	is_int(read(fd, buf, 60), 32, "only whole events are read");
	is_int(((struct inotify_event *)buf)->len, 16, "15 bytes and a 0");
	is_int(read(fd, buf, sizeof(buf)), 48, "16 bytes need 32");
	unlink("exactly15chars_");
	fails(syscall(SYS_read, fd, 1, sizeof(buf)), EFAULT, "no memory");
	/* qemu-user refuses by itself, and loses nothing. */
	if (under_qemu_user())
		read(fd, buf, sizeof(buf));
	else
		fails(read(fd, buf, sizeof(buf)), EAGAIN, "the event is lost");
	unlink("has_sixteen_char");
	make_file("1");
	is_int(read(fd, buf, sizeof(buf)), 80, "several are read at once");
	unlink("1");
	close(fd);
}

static void *make_later(void *arg)
{
	(void)arg;
	usleep(20000);
	make_file("later");
	return NULL;
}

static void test_waiting(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = inotify_init1(IN_CLOEXEC), ep = epoll_create1(EPOLL_CLOEXEC);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	pthread_t thread;
	char buf[300];

	watch(fd, ".", IN_CREATE);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
	is_int(poll(&p, 1, 0) + epoll_wait(ep, &event, 1, 0), 0, "not ready");
	tap_thread(&thread, NULL, make_later, NULL);
	is_int(read(fd, buf, sizeof(buf)), 32, "a reader waits");
	pthread_join(thread, NULL);
	unlink("later");
	make_file("later");
	is_int(poll(&p, 1, -1), 1, "poll");
	is_int(epoll_wait(ep, &event, 1, -1), 1, "epoll");
	unlink("later");
	close(ep);
	close(fd);
}

#define EVENTS_LIMIT "/proc/sys/fs/inotify/max_queued_events"

/* Two kinds by turns, which are not one. */
static void change(int f, long times)
{
	for (long i = 0; i < times; i++)
		if (write(f, "x", 1) != 1 || fchmod(f, 0600) != 0)
			bail_out("%s", strerror(errno));
}

static void test_overflow(void)
{
	long limit = read_number(EVENTS_LIMIT);
	static char buf[65536];
	long n = 0, bytes;
	struct inotify_event *last = NULL;
	int fd = new_instance(), f;

	make_file("f");
	f = open("f", O_RDWR | O_CLOEXEC);
	watch(fd, "f", IN_MODIFY | IN_ATTRIB);
	change(f, limit / 2 + 10);
	is_int(read(fd, buf, 16), 16, "one is read of a queue that is full");
	change(f, 10);
	while ((bytes = read(fd, buf, sizeof(buf))) > 0) {
		n += bytes / 16;
		last = (struct inotify_event *)(buf + bytes) - 1;
	}
	is_int(n, limit, "it has a limit, and says so once");
	ok(last && last->mask == IN_Q_OVERFLOW && last->wd == -1,
	   "the last event is IN_Q_OVERFLOW");
	fchmod(f, 0640);
	is_told(fd, "1:ATTRIB", "and it goes on");
	close(f);
	close(fd);
	unlink("f");
}

static void test_instances(void)
{
	long limit = read_number("/proc/sys/fs/inotify/max_user_instances");
	int fds[1000], n = 0;

	while (n < 1000 && (fds[n] = inotify_init1(IN_CLOEXEC)) >= 0)
		n++;
	ok(n > 0 && n <= limit && errno == EMFILE,
	   "a user has at most %ld instances", limit);
	while (n > 0)
		close(fds[--n]);
}

static void test_rights(void)
{
	make_file("secret");
	chmod("secret", 0200);
	if (geteuid() != 0) {
		skip(1, "needs root to give up rights");
	} else {
		pid_t pid = tap_fork();
		int status;

		if (pid == 0) {
			int fd = inotify_init1(0);

			if (setresuid(1000, 1000, 1000) != 0)
				_exit(2);
			_exit(inotify_add_watch(fd, "secret", IN_OPEN) < 0 &&
			      errno == EACCES ? 0 : 1);
		}
		waitpid(pid, &status, 0);
		is_int(status, 0, "who may not read may not watch");
	}
	unlink("secret");
}

/* A file that was not found by any name that it still has. */
static void test_other_name(void)
{
	int fd = new_instance();

	mkdir("one", 0755);
	mkdir("two", 0755);
	make_file("one/f");
	is_int(link("one/f", "two/g") + unlink("two/g"), 0,
	       "a file has had one more name");
	watch(fd, "one", IN_MODIFY);
	watch(fd, "two", IN_ALL_EVENTS);
	write_to("one/f");
	is_told(fd, "1:MODIFY:f", "who is where the other one is, is told");
	unlink("one/f");
	is_int(rmdir("two") + rmdir("one"), 0, "no directory is kept by it");
	close(fd);
}

/* So many inodes nobody keeps in memory. */
static void use_others(void)
{
	char name[32];

	mkdir("others", 0755);
	for (int i = 0; i < OTHERS; i++) {
		snprintf(name, sizeof(name), "others/%d", i);
		make_file(name);
	}
}

enum { HANDLE_MAX = 128 };

static struct file_handle *handle_of(const char *path)
{
	static _Alignas(struct file_handle) char room[sizeof(struct file_handle) +
						       HANDLE_MAX];
	struct file_handle *h = (void *)room;
	int mount;

	h->handle_bytes = HANDLE_MAX;
	if (name_to_handle_at(AT_FDCWD, path, h, &mount, 0) < 0)
		bail_out("name_to_handle_at: %s", strerror(errno));
	return h;
}

/* Who has it was not told of its name; who comes by that is. */
static void test_handle(struct file_handle *of_h)
{
	int fd = new_instance(), by_handle = open_by_handle_at(AT_FDCWD, of_h, O_RDONLY);

	ok(by_handle >= 0, "a file is opened by its handle");
	watch(fd, ".", IN_MODIFY);
	write_to("h");
	is_told(fd, "1:MODIFY:h", "and told by its name when that is used");
	close(by_handle);
	close(fd);
}

/* Nobody but the watch has any of it. */
static void test_disk(const char *device)
{
	int fd = new_instance();

	mkdir("mnt", 0755);
	if (mount(device, "mnt", "ext2", 0, NULL) != 0 || chdir("mnt") != 0)
		bail_out("%s: %s", device, strerror(errno));
	make_file("f");
	make_file("g");
	make_file("h");
	struct file_handle *of_h = handle_of("h");

	mkdir("d", 0755);
	watch(fd, "f", IN_ALL_EVENTS);
	watch(fd, "d", IN_CREATE);
	watch(fd, "g", IN_OPEN);
	use_others();
	is_told(fd, "", "what nobody does");
	test_handle(of_h);
	chmod("f", 0600);
	make_file("d/x");
	is_told(fd, "1:ATTRIB 2:CREATE:x", "a watch lasts when memory was wanted");
	unlink("f");
	is_told(fd, "1:ATTRIB 1:DELETE_SELF 1:IGNORED", "until the file is removed");
	watch(fd, "others", IN_OPEN);
	inotify_rm_watch(fd, 4);
	use_others();
	chdir("..");
	is_int(umount("mnt"), 0, "it keeps no file system");
	is_told(fd, "4:IGNORED 2:UNMOUNT 2:IGNORED 3:UNMOUNT 3:IGNORED", "and is told that it goes");
	rmdir("mnt");
	close(fd);
}

static void test_unmount(void)
{
	int fd = new_instance();

	mkdir("mnt", 0755);
	if (mount("none", "mnt", "tmpfs", 0, NULL) != 0) {
		skip(1, "cannot mount");
	} else {
		make_file("mnt/f");
		watch(fd, "mnt/f", IN_OPEN);
		umount("mnt");
		is_told(fd, "1:UNMOUNT 1:IGNORED", "its file system goes");
	}
	rmdir("mnt");
	close(fd);
}

/* What fdinfo tells of the @n-th watch of @fd; false: there is none. */
static bool told_of_watch(int fd, int n, int *wd, unsigned long *ino,
			  unsigned *mask)
{
	char path[40], line[200];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "inotify wd:%x ino:%lx sdev:%*x mask:%x", wd, ino,
			   mask) == 3 && n-- == 0)
			break;
	if (f)
		fclose(f);
	return n < 0;
}

static void test_fdinfo(void)
{
	int fd = new_instance(), first = watch(fd, ".", IN_MODIFY | IN_ONESHOT);
	int second = watch(fd, "/", IN_CREATE), wd;
	unsigned long ino;
	unsigned mask;
	struct stat st;

	stat(".", &st);
	ok(told_of_watch(fd, 0, &wd, &ino, &mask), "fdinfo has a watch");
	if (wd != first)	/* Linux begins with the last */
		told_of_watch(fd, 1, &wd, &ino, &mask);
	is_int(wd, first, "its number");
	is_int((long)ino, (long)st.st_ino, "what is watched");
	is_int(mask, IN_MODIFY | IN_ONESHOT, "and how");
	inotify_rm_watch(fd, first);
	ok(told_of_watch(fd, 0, &wd, &ino, &mask) && wd == second,
	   "the other one remains");
	inotify_rm_watch(fd, second);
	ok(!told_of_watch(fd, 0, &wd, &ino, &mask), "and then none");
	close(fd);
}

int main(int argc, char **argv)
{
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	test_errors();
	test_file();
	test_names();
	test_self();
	test_open_and_moved();
	test_other_name();
	test_masks();
	test_times();
	test_reading();
	test_waiting();
	test_overflow();
	test_instances();
	test_rights();
	test_unmount();
	if (argc > 1)
		test_disk(argv[1]);
	if (!skip_under_qemu(6, "fdinfo is the host's"))
		test_fdinfo();
	if (chdir("/") == 0)
		rmdir(dir);
	return done_testing();
}
