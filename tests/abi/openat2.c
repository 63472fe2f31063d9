/*
 * tests/abi/openat2.c
 *
 * Claim    openat2() opens as openat() does, and refuses what that overlooks;
 *          its structure may be older or newer than the kernel's; and where it
 *          is told so the way stays without links, without links of /proc, in
 *          one mount, below the directory where it began, or takes that for
 *          the root.
 * Method   A small tree with links that lead inside and outside is walked in
 *          each of the ways, from several directories; structures of several
 *          sizes, with and without something at their end.
 * Oracle   Linux, from 5.12 on.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>

static char dir[] = "/tmp/openat2XXXXXX";
static int top;			/* its directory "top" */

static int open_how(int at, const char *path, unsigned long flags,
		    unsigned long mode, unsigned long resolve)
{
	struct open_how how = { flags, mode, resolve };

	return syscall(SYS_openat2, at, path, &how, sizeof(how));
}

/* With @resolve, to read: the first byte; or -errno. */
static int first_byte(int at, const char *path, unsigned long resolve)
{
	int fd = open_how(at, path, O_RDONLY | O_CLOEXEC, 0, resolve), n;
	unsigned char c = 0;

	if (fd < 0)
		return -errno;
	n = read(fd, &c, 1);
	close(fd);
	return n == 1 ? c : 0;
}

static int can_open(int at, const char *path, unsigned long flags,
		    unsigned long resolve)
{
	int fd = open_how(at, path, flags | O_CLOEXEC, 0, resolve);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void make(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void link_to(const char *target, const char *path)
{
	if (symlink(target, path) != 0)
		bail_out("%s: %s", path, strerror(errno));
}

static void make_tree(void)
{
	char absolute[PATH_MAX];

	mkdir("top", 0755);
	mkdir("top/sub", 0755);
	make("outside", "O");
	make("top/file", "F");
	make("top/sub/file", "S");
	link_to("file", "top/rel");
	link_to("sub", "top/subdir");
	link_to("../file", "top/sub/up");
	link_to("../outside", "top/escape");
	link_to("/file", "top/rooted");
	snprintf(absolute, sizeof(absolute), "%s/top/file", dir);
	link_to(absolute, "top/abs");
	top = open("top", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void remove_tree(void)
{
	static const char *const names[] = {
		"outside", "top/file", "top/sub/file", "top/rel", "top/subdir",
		"top/sub/up", "top/escape", "top/rooted", "top/abs", "top/new",
	};

	close(top);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	rmdir("top/sub");
	rmdir("top");
}

/* ---- the structure ---- */

static void test_size(void)
{
	static union {
		struct open_how how;
		char bytes[2 * 4096];
	} u = { .how = { .flags = O_RDONLY | O_CLOEXEC } };
	static void *volatile nowhere = (void *)8;
	int fd;

	fd = syscall(SYS_openat2, top, "file", &u, sizeof(u.how));
	ok(fd >= 0, "as it is");
	close(fd);
	fd = syscall(SYS_openat2, top, "file", &u, 4096);
	ok(fd >= 0, "of a later time, with nothing in it that we do not know");
	close(fd);
	fails(syscall(SYS_openat2, top, "file", &u, sizeof(u.how) - 1), EINVAL,
	      "too small");
	fails(syscall(SYS_openat2, top, "file", &u, 0), EINVAL, "nothing");
	u.bytes[sizeof(u.how)] = 1;
	fails(syscall(SYS_openat2, top, "file", &u, sizeof(u.how) + 1), E2BIG,
	      "something that we do not know, in the next byte");
	u.bytes[sizeof(u.how)] = 0;
	u.bytes[4095] = 1;
	fails(syscall(SYS_openat2, top, "file", &u, 4096), E2BIG, "in the last");
	is_int(syscall(SYS_openat2, top, "file", &u, 4095) >= 0, 1,
	       "or behind it");
	fails(syscall(SYS_openat2, top, "file", &u, 4097), E2BIG,
	      "more than a page");
	fails(syscall(SYS_openat2, top, "file", nowhere, sizeof(u.how)), EFAULT,
	      "that is nowhere");
}

static void test_flags(void)
{
	fails(open_how(top, "file", 1UL << 40, 0, 0), EINVAL, "an unknown flag");
	fails(open_how(top, "file", 1UL << 30, 0, 0), EINVAL, "a lower one");
	fails(open_how(top, "file", O_RDONLY, 0, 1UL << 20), EINVAL,
	      "an unknown way");
	fails(open_how(top, "file", O_RDONLY, 0,
		       RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL,
	      "two roots");
	fails(open_how(top, "file", O_RDONLY, 0644, 0), EINVAL,
	      "a mode of what is not made");
	fails(open_how(top, "new", O_CREAT | O_RDWR, 0100644, 0), EINVAL,
	      "a mode with a type");
	fails(open_how(top, "file", O_PATH | O_RDWR, 0, 0), EINVAL,
	      "O_PATH, to write");
	fails(open_how(top, "file", O_PATH | O_TRUNC, 0, 0), EINVAL,
	      "O_PATH, to cut");
	fails(open_how(top, "new", O_CREAT | O_DIRECTORY, 0644, 0), EINVAL,
	      "a new directory");
	fails(open_how(top, ".", O_TMPFILE | O_RDONLY, 0644, 0), EINVAL,
	      "a file without a name, to read");
	fails(open_how(top, "none", O_RDONLY, 0, 0), ENOENT, "what is not there");
	fails(open_how(-1, "file", O_RDONLY, 0, 0), EBADF, "from nowhere");
	fails(open_how(top, "", O_RDONLY, 0, 0), ENOENT, "no name");
}

/* ---- the ways ---- */

static void test_links(void)
{
	const unsigned long no = RESOLVE_NO_SYMLINKS;

	is_int(first_byte(top, "rel", 0), 'F', "a link is followed");
	is_int(first_byte(top, "rel", no), -ELOOP, "or not");
	is_int(first_byte(top, "subdir/file", no), -ELOOP, "on the way, too");
	is_int(first_byte(top, "sub/file", no), 'S', "where there is none");
	is_int(can_open(top, "rel", O_PATH | O_NOFOLLOW, no), 0,
	       "the link itself");
	is_int(first_byte(AT_FDCWD, "/proc/self/status", no), -ELOOP,
	       "/proc/self is one");
}

static void test_magic_links(void)
{
	const unsigned long no = RESOLVE_NO_MAGICLINKS;
	char link[64];
	int pipes[2];

	snprintf(link, sizeof(link), "/proc/self/fd/%d/file", top);
	is_int(first_byte(AT_FDCWD, link, 0), 'F', "a link of /proc");
	is_int(first_byte(AT_FDCWD, link, no), -ELOOP, "is not followed");
	is_int(first_byte(AT_FDCWD, "/proc/self/cwd/outside", no), -ELOOP,
	       "nor another");
	is_int(first_byte(top, "rel", no), 'F', "others are");
	is_int(first_byte(AT_FDCWD, "/proc/self/status", no), 'N',
	       "/proc/self, too");
	if (pipe(pipes) != 0)
		bail_out("pipe: %s", strerror(errno));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", pipes[0]);
	is_int(can_open(AT_FDCWD, link, O_PATH, no), -ELOOP, "nor one to a pipe");
	is_int(can_open(AT_FDCWD, link, O_PATH, RESOLVE_NO_XDEV), -EXDEV,
	       "which is in no mount of ours");
	close(pipes[0]);
	close(pipes[1]);
}

static void test_beneath(void)
{
	const unsigned long in = RESOLVE_BENEATH;
	char absolute[PATH_MAX];
	int fds;

	snprintf(absolute, sizeof(absolute), "%s/top/file", dir);
	is_int(first_byte(top, "sub/file", in), 'S', "below");
	is_int(first_byte(top, "sub/../file", in), 'F', "up, and not too far");
	is_int(first_byte(top, "sub/up", in), 'F', "nor by a link");
	is_int(can_open(top, ".", O_PATH, in), 0, "the directory itself");
	is_int(can_open(top, "..", O_PATH, in), -EXDEV, "but not above");
	is_int(first_byte(top, "sub/../../outside", in), -EXDEV, "nor later");
	is_int(first_byte(top, "sub/../../top/file", in), -EXDEV,
	       "not even to come back");
	is_int(first_byte(top, "escape", in), -EXDEV, "a link that leads out");
	is_int(first_byte(top, absolute, in), -EXDEV, "from the root");
	is_int(first_byte(top, "abs", in), -EXDEV, "by a link, too");
	is_int(first_byte(-1, absolute, in), -EXDEV, "whatever it begins at");
	is_int(can_open(top, "sub/none", O_RDONLY, in), -ENOENT,
	       "what is not there");
	fds = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	is_int(can_open(fds, "cwd", O_PATH, in), -EXDEV, "a link of /proc");
	is_int(first_byte(fds, "status", in), 'N', "and beside it");
	close(fds);
}

static void test_in_root(void)
{
	const unsigned long in = RESOLVE_IN_ROOT;
	struct stat st;
	int fd;

	is_int(first_byte(top, "/file", in), 'F', "the root is where it begins");
	is_int(first_byte(top, "/../../file", in), 'F', "there is nothing above");
	is_int(first_byte(top, "../file", in), 'F', "in whatever way");
	is_int(first_byte(top, "rooted", in), 'F', "a link begins there, too");
	is_int(first_byte(top, "rooted", 0), -ENOENT, "as it does not elsewhere");
	is_int(first_byte(top, "abs", in), -ENOENT, "so this one leads nowhere");
	is_int(first_byte(top, "escape", in), -ENOENT, "and this");
	is_int(first_byte(top, "/sub/up", in), 'F', "this one does");
	is_int(can_open(top, "/", O_PATH, in), 0, "the root itself");
	is_int(first_byte(-1, "/file", in), -EBADF, "where there is one");
	fd = open_how(top, "/new", O_CREAT | O_RDWR | O_CLOEXEC, 0640, in);
	ok(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0640,
	   "a new file");
	close(fd);
	is_int(first_byte(top, "new", 0), 0, "is there");
}

static void test_mounts(void)
{
	const unsigned long no = RESOLVE_NO_XDEV;
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	is_int(first_byte(root, "proc/self/status", 0), 'N', "into a mount");
	is_int(first_byte(root, "proc/self/status", no), -EXDEV, "or not");
	is_int(can_open(root, "proc", O_PATH, no), -EXDEV,
	       "which is no more what it covers");
	is_int(first_byte(proc, "self/status", no), 'N', "within one");
	is_int(can_open(proc, "..", O_PATH, no), -EXDEV, "out of it");
	is_int(can_open(proc, "self/../../dev", O_PATH, no), -EXDEV, "later");
	is_int(first_byte(proc, "/proc/self/status", no), -EXDEV,
	       "from the root that is another's");
	is_int(can_open(proc, "/", O_PATH, no), 0, "which may be where it begins");
	is_int(can_open(proc, "self/root", O_PATH, no), -EXDEV,
	       "by a link of /proc");
	is_int(first_byte(top, "sub/../rel", no), 'F', "nothing of all that");
	close(root);
	close(proc);
}

static void test_cached(void)
{
	int tries = 0;

	fails(open_how(top, "file", O_WRONLY | O_TRUNC, 0, RESOLVE_CACHED),
	      EAGAIN, "not to change something");
	fails(open_how(top, "file", O_WRONLY | O_CREAT, 0600, RESOLVE_CACHED),
	      EAGAIN, "nor to make it");
	is_int(first_byte(top, "file", 0), 'F', "what was just seen");
	while (first_byte(top, "file", RESOLVE_CACHED) == -EAGAIN)
		if (++tries == 1000)
			break;
	is_int(first_byte(top, "file", RESOLVE_CACHED), 'F', "is known");
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user lacks openat2(), or drops flags that it does not know");
	umask(022);
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	make_tree();
	test_size();
	test_flags();
	test_links();
	test_magic_links();
	test_beneath();
	test_in_root();
	test_mounts();
	test_cached();
	remove_tree();
	if (chdir("/") == 0)
		rmdir(dir);
	return done_testing();
}
