/*
 * tests/abi/alloc_fails.c
 *
 * Claim    A call about processes, memory and files that is refused memory, at
 *          whichever of its allocations, says so, has done nothing, and keeps
 *          nothing: it can be made again.  What is between processes is in
 *          alloc_fails_ipc.c.
 * Method   /proc/drover/failalloc has the n-th allocation of the next call fail:
 *          n is 1, 2, ... until the call comes through before the n-th.  After
 *          each refusal the number that a new descriptor gets is what it was,
 *          and no child is there; after some turns through all n there are as
 *          many objects in the kernel, and as many free frames, as before.
 * Oracle   The errors that the manual has for want of memory.
 *
 * Only the lab build refuses on purpose.  An exec that is refused memory when
 * the old program is gone ends by SIGKILL or SIGSEGV, as on Linux.
 */
#define _GNU_SOURCE
#include "librefuse.h"

#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>

enum { PAGE = 4096, HIGH = 900, PIECES = 4 };

static char folder[64];
static char text[8 * PAGE];
static int fd;			/* what prepare() has made */
static char *area, *piece[PIECES];
static pid_t self;
static volatile int thread_lives;

/* ---- the calls: one each, and what is before and after it ---- */

static void close_it(long result)
{
	close((int)result);
}

static void reap(long pid)
{
	waitpid((pid_t)pid, NULL, 0);
}

static long call_fork(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

/* Its first thing is to end: it needs no stack. */
static long call_thread(void)
{
	register long a0 asm("a0") = CLONE_VM | CLONE_FS | CLONE_FILES |
				     CLONE_SIGHAND | CLONE_THREAD |
				     CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;
	register long a1 asm("a1") = (long)(text + PAGE);
	register long a2 asm("a2") = 0, a3 asm("a3") = 0;
	register long a4 asm("a4") = (long)&thread_lives;
	register long a7 asm("a7") = SYS_clone;

	thread_lives = 1;
	asm volatile("ecall\n\t"
		     "bnez a0, 1f\n\t"
		     "li a7, %[exit]\n\t"
		     "ecall\n"
		     "1:"
		     : "+r"(a0), "+r"(a7)
		     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), [exit] "i"(SYS_exit)
		     : "memory");
	errno = (int)-a0;
	return a0 < 0 ? -1 : a0;
}

static void await_thread(long tid TAP_UNUSED)
{
	while (thread_lives)
		syscall(SYS_futex, &thread_lives, FUTEX_WAIT, 1, NULL);
}

static long map(size_t pages, int flags, int file)
{
	return (long)mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags,
			  file, 0);
}

static long call_mmap(void)
{
	return map(8, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static long call_populate(void)
{
	return map(8, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
}

static void unmap(long at)
{
	munmap((void *)at, 8 * PAGE);
}

static void make_file(void)
{
	fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, 8 * PAGE) < 0)
		bail_out("file: %s", strerror(errno));
}

static void remove_file(long result TAP_UNUSED)
{
	close(fd);
	unlink("file");
}

static long call_map_file(void)
{
	return map(8, MAP_SHARED, fd);
}

static void unmap_file(long at)
{
	if (at > 0)
		unmap(at);
	remove_file(0);
}

static void make_area(void)
{
	area = (char *)map(8, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset(area, 1, 8 * PAGE);
}

static void remove_area(long result TAP_UNUSED)
{
	munmap(area, 8 * PAGE);
}

static long call_split(void)
{
	return munmap(area + 2 * PAGE, PAGE);
}

static long call_protect(void)
{
	return mprotect(area + 2 * PAGE, PAGE, PROT_READ);
}

static long call_remap(void)
{
	return (long)mremap(area, 8 * PAGE, 1024 * PAGE, MREMAP_MAYMOVE);
}

static void remove_remapped(long at)
{
	if (at > 0)
		munmap((void *)at, 1024 * PAGE);
	else
		remove_area(0);
}

static long call_create(void)
{
	return open("new", O_RDWR | O_CREAT | O_EXCL, 0600);
}

static void unlink_it(long result)
{
	close((int)result);
	unlink("new");
}

static long call_open(void)
{
	return open("/proc/self/maps", O_RDONLY);
}

/* Its text is written when it is opened. */
static long call_open_mounts(void)
{
	return open("/proc/self/mountinfo", O_RDONLY);
}

static long call_open_pagemap(void)
{
	return open("/proc/self/pagemap", O_RDONLY);
}

static long call_fsopen(void)
{
	return syscall(SYS_fsopen, "tmpfs", 0);
}

static long call_fspick(void)
{
	return syscall(SYS_fspick, AT_FDCWD, "/proc", 0);
}

static long call_mkdir(void)
{
	return mkdir("new", 0700);
}

static void remove_dir(long result TAP_UNUSED)
{
	rmdir("new");
}

static long call_symlink(void)
{
	return symlink("a target that is longer than what an inode has room for, "
		       "which is a hundred and twenty-eight bytes, so that it needs "
		       "memory of its own for it", "new");
}

static void remove_link(long result TAP_UNUSED)
{
	unlink("new");
}

/* Linux's struct mnt_id_req. */
struct mount_request {
	uint32_t size, spare;
	uint64_t id, param;
};

static struct mount_request here = { sizeof(here), 0, 0, 0xff };

static void find_mount(void)
{
	struct statx st = { 0 };

	statx(AT_FDCWD, ".", 0, 0x4000, &st);
	here.id = st.stx_mnt_id;
}

static long call_statmount(void)
{
	static char answer[8 * PAGE];

	return syscall(457, &here, answer, sizeof(answer), 0);
}

static long call_listmount(void)
{
	struct mount_request req = { sizeof(req), 0, UINT64_MAX, 0 };
	uint64_t ids[16];

	return syscall(458, &req, ids, 16UL, 0);
}

static long call_mount(void)
{
	return mount("none", "mount", "tmpfs", 0, "size=1m");
}

static void unmount(long result TAP_UNUSED)
{
	umount("mount");
}

/* What could not be made keeps no file system from going. */
static void make_mount(void)
{
	if (call_mount() < 0)
		bail_out("mount: %s", strerror(errno));
}

static long call_symlink_inside(void)
{
	return symlink("a target that is longer than what an inode has room for, "
		       "which is a hundred and twenty-eight bytes, so that it needs "
		       "memory of its own for it", "mount/new");
}

/* Three on top of each other. */
static void make_mounts(void)
{
	static const char *const places[] = { "from", "from/a", "from/a/b" };

	mkdir("to", 0700);
	for (int i = 0; i < 3; i++)
		if (mkdir(places[i], 0700) < 0 ||
		    mount("none", places[i], "tmpfs", 0, NULL) < 0)
			bail_out("%s: %s", places[i], strerror(errno));
}

static long call_bind_all(void)
{
	return mount("from", "to", NULL, MS_BIND | MS_REC, NULL);
}

/* All of them are there, or nothing is. */
static void remove_mounts(long result)
{
	if (result >= 0 && (access("to/a/b", F_OK) < 0 ||
			    umount2("to", MNT_DETACH) < 0))
		bail_out("to: %s", strerror(errno));
	if (rmdir("to") < 0)
		bail_out("refused, and mounted all the same: %s", strerror(errno));
	umount2("from", MNT_DETACH);
	rmdir("from");
}

static long call_write_file(void)
{
	return pwrite(fd, text, 4 * PAGE, 0);
}

/* So far that the index of its pages needs some levels. */
static long call_write_far(void)
{
	return pwrite(fd, text, 1, 1L << 36);
}

static long call_memfd(void)
{
	return memfd_create("name", 0);
}

/* As liblandlock.h has it: what is handled; a rule, and where to. */
static const uint64_t handled[1] = { 4 };
static int root;		/* open, the directory */

static long call_ruleset(void)
{
	return syscall(444, handled, sizeof(handled), 0);
}

static void make_ruleset(void)
{
	fd = (int)call_ruleset();
	if (fd < 0)
		bail_out("a ruleset: %s", strerror(errno));
	root = open("/", O_PATH);
}

static long call_rule(void)
{
	const struct { uint64_t allowed; int32_t at; } rule = { 4, root };

	return syscall(445, fd, 1, &rule, 0);
}

static void close_ruleset(long result TAP_UNUSED)
{
	close(root);
	close(fd);
}

static long call_lock(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 10 };

	return fcntl(fd, F_SETLK, &lock);
}

static void open_root(void)
{
	fd = open("/", O_RDONLY | O_CLOEXEC);
}

static void close_root(long result TAP_UNUSED)
{
	close(fd);
}

static long call_watch(void)
{
	return fcntl(fd, F_NOTIFY, DN_CREATE);
}

static long call_setxattr(void)
{
	return fsetxattr(fd, "user.name", text, 300, 0);
}

static long call_dup_high(void)
{
	return dup2(0, HIGH);
}

static long call_poll(void)
{
	static struct pollfd many[400];

	for (int i = 0; i < 400; i++)
		many[i] = (struct pollfd){ .fd = -1 };
	return poll(many, 400, 0);
}

/* Pages of the file, each mapped by itself, and read into: each is copied on write. */
static void map_private(void)
{
	make_file();
	pwrite(fd, text, PIECES * PAGE, 0);
	for (int i = 0; i < PIECES; i++) {
		piece[i] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
				(PIECES - 1 - i) * PAGE);
		(void)*(volatile char *)piece[i];
	}
}

static long call_read(void)
{
	struct iovec iov[PIECES];

	for (int i = 0; i < PIECES; i++)
		iov[i] = (struct iovec){ piece[i], 8 };
	return preadv(fd, iov, PIECES, 0);
}

static void unmap_private(long result)
{
	for (int i = 0; i < PIECES; i++)
		munmap(piece[i], PAGE);
	remove_file(result);
}

static void nothing(long result TAP_UNUSED)
{
}

static const struct attempt attempts[] = {
	{ "fork", call_fork, prepare_nothing, reap, EAGAIN },
	{ "a thread", call_thread, prepare_nothing, await_thread, EAGAIN },
	{ "mmap", call_mmap, prepare_nothing, unmap, 0 },
	{ "mmap, populated", call_populate, prepare_nothing, unmap, 0 },
	{ "mmap of a file", call_map_file, make_file, unmap_file, 0 },
	{ "munmap in the middle", call_split, make_area, remove_area, 0 },
	{ "mprotect in the middle", call_protect, make_area, remove_area, 0 },
	{ "mremap", call_remap, make_area, remove_remapped, 0 },
	{ "open, creating", call_create, prepare_nothing, unlink_it, ENOSPC },
	{ "open", call_open, prepare_nothing, close_it, 0 },
	{ "open of mounts", call_open_mounts, prepare_nothing, close_it, 0 },
	{ "open of a page map", call_open_pagemap, prepare_nothing, close_it, 0 },
	{ "fsopen", call_fsopen, prepare_nothing, close_it, 0 },
	{ "fspick", call_fspick, prepare_nothing, close_it, 0 },
	{ "mkdir", call_mkdir, prepare_nothing, remove_dir, ENOSPC },
	{ "symlink", call_symlink, prepare_nothing, remove_link, ENOSPC },
	{ "mount", call_mount, prepare_nothing, unmount, 0 },
	{ "symlink in a mount that goes", call_symlink_inside, make_mount, unmount, ENOSPC },
	{ "mount of all that is below", call_bind_all, make_mounts, remove_mounts, 0 },
	{ "statmount", call_statmount, find_mount, nothing, 0 },
	{ "listmount", call_listmount, prepare_nothing, nothing, 0 },
	{ "write to a file", call_write_file, make_file, remove_file, ENOSPC },
	{ "write far into a file", call_write_far, make_file, remove_file, ENOSPC },
	{ "read into pages of a file", call_read, map_private, unmap_private, EFAULT },
	{ "memfd_create", call_memfd, prepare_nothing, close_it, ENOSPC },
	{ "landlock_create_ruleset", call_ruleset, prepare_nothing, close_it, 0 },
	{ "landlock_add_rule", call_rule, make_ruleset, close_ruleset, 0 },
	{ "fcntl, to lock", call_lock, make_file, remove_file, ENOLCK },
	{ "fcntl, to watch a directory", call_watch, open_root, close_root, 0 },
	{ "setxattr", call_setxattr, make_file, remove_file, ENOSPC },
	{ "dup2 to a high number", call_dup_high, prepare_nothing, close_it, 0 },
	{ "poll of many", call_poll, prepare_nothing, nothing, 0 },
};

/* ---- exec ---- */

enum { STARTED = 100, STARTED_ALL_THE_SAME };

/* The new program looks whether the call that has started it was refused
 * something. */
static int started(void)
{
	char where[80];

	return was_refused(where, sizeof(where)) ? STARTED_ALL_THE_SAME : STARTED;
}

static int exec_refused(void *n)
{
	char *const argv[] = { "alloc_fails", "started", NULL };
	char *const envp[] = { NULL };

	ask(*(int *)n);
	execve("/proc/self/exe", argv, envp);
	return errno;
}

static bool is_fair_end(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGSEGV;
	return WEXITSTATUS(status) == ENOMEM ||
	       WEXITSTATUS(status) == STARTED_ALL_THE_SAME;
}

static int exec_each(void)
{
	for (int n = 1; n < MOST; n++) {
		int status = in_child(exec_refused, &n);

		if (WIFEXITED(status) && WEXITSTATUS(status) == STARTED)
			return n - 1;
		if (!is_fair_end(status)) {
			diag("exec, refused allocation %d: status %#x", n, status);
			return -1;
		}
	}
	return -1;
}

static void test_exec(void)
{
	int n = exec_each(), left = TURNS;

	note_before();
	while (n >= 0 && left > 0 && exec_each() >= 0)
		left--;
	ok(n > 0 && left == 0, "exec: refused at each of %d places", n);
	ok_comes_back("exec");
}

/* ---- mremap to a place where something is mapped ---- */

enum { SPAN = 512 * PAGE, SPANS = 3, MOVED = 100 };

/* What was made for the move between other mappings is found again by nobody but
 * the end of the process. */
static int move_refused(void *n)
{
	char *from = (char *)map(SPANS * SPAN / PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *to = (char *)map(SPANS * SPAN / PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	for (int i = 0; i < SPANS; i++)
		from[i * SPAN] = 1;
	to[0] = 1;
	munmap(to + PAGE, SPANS * SPAN - PAGE);
	ask(*(int *)n);
	if (mremap(from, SPANS * SPAN, SPANS * SPAN, MREMAP_MAYMOVE | MREMAP_FIXED,
		   to) == to)
		return MOVED;
	return to[0] == 1 && from[2 * SPAN] == 1 ? errno : 0;
}

static void test_move(void)
{
	int n = 1, status = 0;

	do {
		status = in_child(move_refused, &n);
	} while (WIFEXITED(status) && WEXITSTATUS(status) == ENOMEM && ++n < MOST);
	ok(n > SPANS && WIFEXITED(status) && WEXITSTATUS(status) == MOVED,
	   "mremap between others: refused at each of %d places (%#x)", n - 1,
	   status);
}

int main(int argc, char **argv)
{
	unsigned n = sizeof(attempts) / sizeof(attempts[0]);

	refuse_begin();
	if (argc > 1 && strcmp(argv[1], "started") == 0)
		return started();
	self = getpid();
	snprintf(folder, sizeof(folder), "/tmp/alloc_fails.%d", self);
	if (mkdir(folder, 0700) < 0 || chdir(folder) < 0 || mkdir("mount", 0700) < 0)
		bail_out("%s: %s", folder, strerror(errno));
	memset(text, 't', sizeof(text));
	plan((int)n * 2 + 3);
	refuse_all(attempts, n);
	test_exec();
	test_move();
	rmdir("mount");
	rmdir(folder);
	return done_testing();
}
