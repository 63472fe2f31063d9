/*
 * tests/abi/landlock.c
 *
 * Claim    A program that has restricted itself by landlock does with files what
 *          its rules allow, and nothing else that it has said it would do without:
 *          below the directories of the rules, out of mounts and whatever its
 *          root, in all layers at once; what it had open stays as it was. What is
 *          wrong with a call is told as on Linux.
 * Method   Calls with each thing wrong. Children with a domain that try what is
 *          allowed in one directory in another that has no rule, or another.
 * Oracle   Linux 6.12; Documentation/userspace-api/landlock.rst.
 */
#define _GNU_SOURCE
#include "liblandlock.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static char dir[] = "/tmp/landlockXXXXXX";

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);

	if (fd < 0 || write(fd, "text", 4) != 4)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void make_tree(void)
{
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	mkdir("in", 0755);
	mkdir("in/deep", 0755);
	mkdir("out", 0755);
	mkdir("mnt", 0755);
	make("in/file");
	make("in/deep/file");
	make("out/file");
	make("out/other");
}

/* ---- calls ---- */

static void test_create(void)
{
	struct { struct ll_attr attr; uint64_t more; } large = { { LL_FS_ALL, 0, 0 }, 0 };
	struct ll_attr attr = { LL_FS_ALL, 3, 3 };
	long fd;

	ok(ll_create(NULL, 0, 1) >= 6, "the version is 6 at least");
	fails(ll_create(NULL, 1, 1), EINVAL, "a version has no size");
	fails(ll_create(&attr, 0, 1), EINVAL, "nor an attribute");
	fails(ll_create(NULL, 0, 0x100), EINVAL, "an unknown flag");
	fails(ll_create(NULL, 0, 0), EFAULT, "nothing at all");
	fails(ll_create(&attr, 7, 0), EINVAL, "too small a size");
	fails(ll_create(NULL, 8, 0), EFAULT, "no memory of its own");
	fails(ll_create(&attr, 4097, 0), E2BIG, "more than a page");
	large.more = 1;
	fails(ll_create(&large, sizeof(large), 0), E2BIG, "more than is known, and used");
	large.more = 0;
	fd = ll_create(&large, sizeof(large), 0);
	ok(fd >= 0, "more than is known, and not used");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "a ruleset is closed by exec");
	fails(read(fd, &attr, 1), EINVAL, "nothing can be read from it");
	fails(write(fd, &attr, 1), EINVAL, "or written to it");
	close(fd);
	attr = (struct ll_attr){ 0 };
	fails(ll_create(&attr, sizeof(attr), 0), ENOMSG, "no right at all");
	attr.fs = 1UL << 63;
	fails(ll_create(&attr, sizeof(attr), 0), EINVAL, "an unknown right to files");
	attr = (struct ll_attr){ .net = 1UL << 63 };
	fails(ll_create(&attr, sizeof(attr), 0), EINVAL, "an unknown right to ports");
	attr = (struct ll_attr){ .scoped = 1UL << 63 };
	fails(ll_create(&attr, sizeof(attr), 0), EINVAL, "an unknown scope");
}

static void test_add(void)
{
	int rules = ll_ruleset(LL_READ_FILE | LL_READ_DIR, LL_BIND_TCP, 0), pipes[2];
	int memfd = syscall(SYS_memfd_create, "x", 0);
	struct ll_beneath rule = { LL_READ_FILE, open("in", O_PATH | O_CLOEXEC) };
	struct ll_port port = { LL_BIND_TCP, 80 };
	int in = rule.fd;

	if (pipe(pipes) != 0 || memfd < 0)
		bail_out("pipe: %s", strerror(errno));
	ll_expect(ll_add(rules, LL_PATH_BENEATH, &rule, 0), 0, "a rule");
	ll_expect(ll_add(rules, LL_PATH_BENEATH, &rule, 0), 0, "once more");
	fails(ll_add(rules, LL_PATH_BENEATH, &rule, 1), EINVAL, "a flag");
	fails(ll_add(-1, LL_PATH_BENEATH, &rule, 0), EBADF, "no ruleset");
	fails(ll_add(in, LL_PATH_BENEATH, &rule, 0), EBADF, "one of O_PATH is none");
	fails(ll_add(memfd, LL_PATH_BENEATH, &rule, 0), EBADFD, "another file is none");
	fails(ll_add(rules, 0, &rule, 0), EINVAL, "an unknown kind");
	fails(ll_add(rules, LL_PATH_BENEATH, NULL, 0), EFAULT, "nothing to read");
	rule.allowed = 0;
	fails(ll_add(rules, LL_PATH_BENEATH, &rule, 0), ENOMSG, "nothing is allowed");
	rule.allowed = LL_WRITE_FILE;
	fails(ll_add(rules, LL_PATH_BENEATH, &rule, 0), EINVAL, "what is not handled");
	rule = (struct ll_beneath){ LL_READ_FILE, -1 };
	fails(ll_add(rules, LL_PATH_BENEATH, &rule, 0), EBADF, "below nothing");
	rule.fd = rules;
	fails(ll_add(rules, LL_PATH_BENEATH, &rule, 0), EBADFD, "below a ruleset");
	rule.fd = pipes[0];
	fails(ll_add(rules, LL_PATH_BENEATH, &rule, 0), EBADFD, "below a pipe");
	rule.fd = memfd;
	fails(ll_add(rules, LL_PATH_BENEATH, &rule, 0), EBADFD, "below a memfd");
	rule = (struct ll_beneath){ LL_READ_DIR, open("in/file", O_RDONLY | O_CLOEXEC) };
	fails(ll_add(rules, LL_PATH_BENEATH, &rule, 0), EINVAL,
	      "a right of directories for a file");
	close(rule.fd);
	ll_expect(ll_add(rules, LL_NET_PORT, &port, 0), 0, "a port");
	port.port = 65536;
	fails(ll_add(rules, LL_NET_PORT, &port, 0), EINVAL, "too large a port");
	port = (struct ll_port){ LL_CONNECT_TCP, 80 };
	fails(ll_add(rules, LL_NET_PORT, &port, 0), EINVAL, "a port's right that is not handled");
	port.allowed = 0;
	fails(ll_add(rules, LL_NET_PORT, &port, 0), ENOMSG, "nothing is allowed of a port");
	close(in);
	close(memfd);
	close(pipes[0]);
	close(pipes[1]);
	close(rules);
}

static int restrict_without_right(void *arg)
{
	int rules = *(int *)arg, failed = 0;

	if (setresuid(1000, 1000, 1000) != 0)
		return 1;
	failed |= ll_restrict(rules, 0) == 0 || errno != EPERM ? 2 : 0;
	failed |= ll_restrict(-1, 1) == 0 || errno != EPERM ? 4 : 0;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	failed |= ll_restrict(rules, 1) == 0 || errno != EINVAL ? 8 : 0;
	failed |= ll_restrict(-1, 0) == 0 || errno != EBADF ? 16 : 0;
	failed |= ll_restrict(0, 0) == 0 || errno != EBADFD ? 32 : 0;
	failed |= ll_restrict(rules, 0) != 0 ? 64 : 0;
	return failed;
}

static int restrict_often(void *arg)
{
	int n = 0;

	while (n < 100 && ll_restrict(*(int *)arg, 0) == 0)
		n++;
	return errno == E2BIG ? n : 100;
}

static void test_restrict(void)
{
	int rules = ll_ruleset(LL_MAKE_SYM, 0, 0);
	int status = in_child(restrict_without_right, &rules);

	is_int(WEXITSTATUS(status), 0, "who has no right needs no_new_privs; other errors");
	status = in_child(restrict_often, &rules);
	is_int(WEXITSTATUS(status), 16, "there are 16 layers, then E2BIG");
	close(rules);
}

/* ---- files ---- */

static void want_open(const char *path, int flags, int error)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	want(fd, error);
	if (fd >= 0)
		close(fd);
}

static int read_only(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_FS_ALL & ~LL_EXECUTE, 0, 0), kept = open("out/file", O_RDWR);
	char buf[4];

	ll_allow(rules, "in", LL_READ_FILE | LL_READ_DIR);
	ll_allow(rules, "out/other", LL_WRITE_FILE);
	ll_enter(rules);
	want_open("in/file", O_RDONLY, 0);
	want_open("in/deep/file", O_RDONLY, 0);
	want_open("in/deep/../file", O_RDONLY, 0);
	want_open("in/deep", O_RDONLY, 0);
	want_open("in/file", O_WRONLY, EACCES);
	want_open("in/file", O_RDWR, EACCES);
	want_open("in/file", O_PATH, 0);
	want_open("out/file", O_RDONLY, EACCES);	/* 7 */
	want_open("out/file", O_PATH, 0);
	want_open("out/other", O_WRONLY, 0);
	want_open("out/other", O_RDONLY, EACCES);
	want_open("out", O_RDONLY | O_DIRECTORY, EACCES);
	want_open(".", O_RDONLY, EACCES);
	want_open("/", O_RDONLY, EACCES);
	want_open("in/new", O_WRONLY | O_CREAT, EACCES);	/* 14 */
	want(access("in/new", F_OK), ENOENT);
	want_open("out/missing", O_RDONLY, ENOENT);
	want(mkdir("in/new", 0755), EACCES);
	want(mkdir("in/deep", 0755), EEXIST);
	want(symlink("x", "in/new"), EACCES);
	want(mkfifo("in/new", 0600), EACCES);
	want(mknod("in/new", S_IFREG | 0600, 0), EACCES);
	want(mknod("in/new", S_IFSOCK | 0600, 0), EACCES);	/* 22 */
	want(unlink("in/file"), EACCES);
	want(unlink("in/missing"), ENOENT);
	want(rmdir("in/deep"), EACCES);
	want(truncate("in/file", 0), EACCES);
	want(truncate("in", 0), EISDIR);
	want(chmod("in/file", 0700), 0);
	want(access("out/file", R_OK), 0);	/* 29 */
	want(chdir("out"), 0);
	want(chdir(".."), 0);
	want(read(kept, buf, 4), 0);		/* what was open stays so */
	want(write(kept, "text", 4), 0);
	want(ftruncate(kept, 4), 0);
	want(mount("none", "mnt", "tmpfs", 0, ""), EPERM);	/* 35 */
	want(umount("mnt"), EINVAL);
	return wrong;
}

static int all_kinds(void *unused TAP_UNUSED)
{
	struct sockaddr_un name = { AF_UNIX, "in/socket" };
	int rules = ll_ruleset(LL_FS_ALL & ~LL_EXECUTE, 0, 0), s = socket(AF_UNIX, SOCK_STREAM, 0);

	ll_allow(rules, "in", LL_FS_ALL & ~LL_EXECUTE);
	ll_enter(rules);
	want_open("in/a", O_WRONLY | O_CREAT | O_TRUNC, 0);
	want(mkdir("in/b", 0755), 0);
	want(symlink("x", "in/c"), 0);
	want(mkfifo("in/d", 0600), 0);
	want(bind(s, (void *)&name, sizeof(name)), 0);
	want(unlink("in/a"), 0);
	want(rmdir("in/b"), 0);
	want(unlink("in/c"), 0);
	want(unlink("in/d"), 0);
	want(unlink("in/socket"), 0);
	want(truncate("in/file", 4), 0);
	close(s);
	return wrong;
}

/* To make a file needs no right to write to it, but to open it does. */
static int make_only(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_MAKE_REG | LL_WRITE_FILE, 0, 0);

	ll_allow(rules, "in", LL_MAKE_REG);
	ll_enter(rules);
	want_open("in/made", O_WRONLY | O_CREAT, EACCES);
	want(access("in/made", F_OK), 0);
	want_open("in/read", O_RDONLY | O_CREAT, 0);
	want(unlink("in/made"), 0);
	want(unlink("in/read"), 0);
	return wrong;
}

/* ---- what an open file remembers ---- */

static int remembers(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_TRUNCATE | LL_IOCTL_DEV, 0, 0), fd, n, zero = 0;
	int before = open("/dev/null", O_RDONLY);

	ll_allow(rules, "in", LL_TRUNCATE);
	ll_enter(rules);
	want_open("in/file", O_WRONLY | O_TRUNC, 0);
	want_open("out/file", O_WRONLY | O_TRUNC, EACCES);
	want_open("out/file", O_RDONLY | O_TRUNC, EACCES);
	want_open("out/new", O_WRONLY | O_CREAT | O_TRUNC, 0);	/* nothing to be cut */
	want(unlink("out/new"), 0);
	want(truncate("out/file", 1), EACCES);	/* 5 */
	want(truncate("in/file", 1), 0);
	fd = open("out/file", O_RDWR | O_CLOEXEC);
	want(fd, 0);
	want(ftruncate(fd, 1), EACCES);
	close(fd);
	fd = open("out/file", O_RDONLY | O_CLOEXEC);
	want(ftruncate(fd, 1), EINVAL);
	want(ioctl(fd, FIONREAD, &n), 0);	/* 10: it is no device */
	close(fd);
	fd = open("in/file", O_RDWR | O_CLOEXEC);
	want(ftruncate(fd, 4), 0);
	close(fd);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	want(fd, 0);
	want(ioctl(fd, FIONREAD, &n), EACCES);
	want(ioctl(fd, FIONBIO, &zero), 0);
	want(ioctl(fd, FIOCLEX), 0);		/* 15 */
	want(ioctl(before, TCGETS, &n), ENOTTY);
	want(ioctl(fd, TCGETS, &n), EACCES);
	return wrong;
}

/* ---- where rules reach ---- */

static int layers(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_READ_FILE | LL_READ_DIR, 0, 0);

	ll_allow(rules, "in", LL_READ_FILE | LL_READ_DIR);
	ll_enter(rules);
	rules = ll_ruleset(LL_READ_FILE, 0, 0);
	ll_allow(rules, "in/deep", LL_READ_FILE);
	ll_allow(rules, "out", LL_READ_FILE);
	ll_enter(rules);
	want_open("in/deep/file", O_RDONLY, 0);
	want_open("in/file", O_RDONLY, EACCES);
	want_open("in", O_RDONLY, 0);
	want_open("out/file", O_RDONLY, EACCES);
	want_open("out/file", O_WRONLY, 0);
	return wrong;
}

static int in_mount(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_READ_FILE, 0, 0);

	if (mount("in", "mnt", NULL, MS_BIND, NULL) != 0)
		return 1;
	ll_allow(rules, "mnt", LL_READ_FILE);	/* the root of the mount, and so in */
	ll_enter(rules);
	want_open("mnt/file", O_RDONLY, 0);
	want_open("in/file", O_RDONLY, 0);
	want_open("out/file", O_RDONLY, EACCES);
	if (tap_fork() == 0)
		_exit(0);
	wait(NULL);
	return wrong;
}

static int below_mount(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_READ_FILE, 0, 0);

	ll_allow(rules, ".", LL_READ_FILE);
	ll_enter(rules);
	want_open("mnt/file", O_RDONLY, 0);
	if (chroot("mnt") != 0)
		wrong++;
	want_open("/file", O_RDONLY, 0);
	return wrong;
}

static int of_covered(void *arg)
{
	ll_enter(*(int *)arg);
	want_open("mnt/file", O_RDONLY, EACCES);
	return wrong;
}

static void test_mounts(void)
{
	int rules = ll_ruleset(LL_READ_FILE, 0, 0);

	ll_allow(rules, "mnt", LL_READ_FILE);	/* what will be covered */
	is_int(WEXITSTATUS(in_child(in_mount, NULL)), 0, "a rule for the root of a mount");
	is_int(WEXITSTATUS(in_child(below_mount, NULL)), 0, "out of a mount, whatever the root");
	is_int(WEXITSTATUS(in_child(of_covered, &rules)), 0, "what is covered has no rule");
	umount("mnt");
	close(rules);
}

static int exempt(void *unused TAP_UNUSED)
{
	char path[64];
	int rules = ll_ruleset(LL_FS_ALL & ~LL_EXECUTE, 0, 0), pipes[2], fd;

	ll_enter(rules);
	want(pipe(pipes), 0);
	want(write(pipes[1], "x", 1), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipes[0]);
	want_open(path, O_RDONLY, 0);
	fd = syscall(SYS_memfd_create, "x", 0);
	want(fd, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	want_open(path, O_RDWR | O_TRUNC, 0);
	want_open("/proc/self/status", O_RDONLY, EACCES);
	return wrong;
}

static int of_descriptor(void *unused TAP_UNUSED)
{
	char path[64];
	int rules = ll_ruleset(LL_READ_FILE, 0, 0);
	int in = open("in/file", O_PATH), out = open("out/file", O_RDONLY);

	ll_allow(rules, "in", LL_READ_FILE);
	ll_enter(rules);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", in);
	want_open(path, O_RDONLY, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", out);
	want_open(path, O_RDONLY, EACCES);
	return wrong;
}

static int hard_links(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_READ_FILE | LL_TRUNCATE, 0, 0);

	if (link("out/file", "in/link") != 0)
		return 1;
	ll_allow(rules, "in", LL_READ_FILE | LL_TRUNCATE);
	ll_enter(rules);
	want_open("in/link", O_RDONLY, 0);
	want_open("out/file", O_RDONLY, EACCES);
	want(truncate("in/link", 4), 0);
	want(truncate("out/file", 4), EACCES);
	want(unlink("in/link"), 0);
	return wrong;
}

static int again(void *arg)
{
	ll_enter(*(int *)arg);
	want_open("gone/file", O_RDONLY, EACCES);
	want_open("in/file", O_RDONLY, 0);
	return wrong;
}

static void test_removed(void)
{
	int rules = ll_ruleset(LL_READ_FILE, 0, 0);

	mkdir("gone", 0755);
	ll_allow(rules, "gone", LL_READ_FILE);
	ll_allow(rules, "in", LL_READ_FILE);
	rmdir("gone");
	mkdir("gone", 0755);
	make("gone/file");
	is_int(WEXITSTATUS(in_child(again, &rules)), 0, "another directory by the name of one with a rule");
	unlink("gone/file");
	rmdir("gone");
	close(rules);
}

/* ---- who is in it ---- */

static void *open_out(void *unused TAP_UNUSED)
{
	int fd = open("out/file", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return (void *)(long)(fd >= 0 ? 0 : errno);
}

static int go[2];

static void *open_when_told(void *unused)
{
	char c;

	if (read(go[0], &c, 1) != 1)
		return (void *)1;
	return open_out(unused);
}

/* A thread that was there is not, one that is made is. */
static int threads(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_READ_FILE, 0, 0);
	pthread_t before, after;
	void *result;

	if (pipe(go) != 0)
		return 1;
	tap_thread(&before, NULL, open_when_told, NULL);
	ll_enter(rules);
	want(write(go[1], "x", 1), 0);
	pthread_join(before, &result);
	want(result == NULL ? 0 : -1, 0);
	tap_thread(&after, NULL, open_out, NULL);
	pthread_join(after, &result);
	want((long)result == EACCES ? 0 : -1, 0);
	return wrong;
}

static int after_exec(void *unused TAP_UNUSED)
{
	char *const argv[] = { "landlock", "look", dir, NULL };
	int rules = ll_ruleset(LL_READ_FILE | LL_EXECUTE, 0, 0);
	char self[200];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return 90;
	self[n] = '\0';
	ll_allow(rules, self, LL_READ_FILE | LL_EXECUTE);
	ll_allow(rules, "out/other", LL_READ_FILE);
	ll_enter(rules);
	want(execv("out/other", argv), EACCES);
	if (wrong == 0)
		execv(self, argv);
	return 91;
}

static int looked(const char *where)
{
	if (chdir(where) != 0)
		return 1;
	want_open("out/file", O_RDONLY, EACCES);
	want_open("out/other", O_RDONLY, 0);
	return wrong;
}

static void test_files(void)
{
	child(read_only, "what is not allowed is refused");
	child(all_kinds, "what is allowed is not");
	child(make_only, "a file can be made that cannot be opened");
	child(remembers, "an open file remembers what it may not be used for");
	child(layers, "all layers have to allow it");
	child(exempt, "what has no name is exempt");
	child(of_descriptor, "a link of /proc leads to what has a rule, or none");
	child(hard_links, "a file with two names is judged by the one that is used");
	child(threads, "a domain is a thread's, and of those that it makes");
	child(after_exec, "and of the program that it becomes");
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return looked(argv[2]);
	plan(52);
	ll_begin();
	make_tree();
	test_create();
	test_add();
	test_restrict();
	test_files();
	test_mounts();
	test_removed();
	ll_end(dir);
	return done_testing();
}
