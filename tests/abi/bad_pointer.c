/*
 * tests/abi/bad_pointer.c
 *
 * Claim    A bad address handed to the kernel gives EFAULT, never a crash, a
 *          signal, or a byte of the kernel; partial transfers are counted.
 * Method   Null, unmapped, read-only, kernel and non-canonical addresses, and
 *          ranges that cross into an unmapped page, to calls that read and to
 *          calls that write user memory.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

enum { PAGE = 4096 };

static int fds[2];
static char *page;		/* a writable page, then an unmapped one */
static char *readonly;

static struct { const char *name; unsigned long addr; } bad[] = {
	{ "null", 0 },
	{ "first page", 0x10 },
	{ "end of user space", 0x4000000000 },
	{ "non-canonical", 0x8000000000000000 },
	{ "kernel", 0xffffffff80000000 },
	{ "direct map", 0xffffffc080000000 },
	{ "physical memory", 0x80200000 },
	{ "last page", 0xfffffffffffff000 },
	{ "last byte", 0xffffffffffffffff },
	{ "unmapped", 0 },		/* page + PAGE */
};

enum { NR_BAD = sizeof(bad) / sizeof(bad[0]) };

static void try_address(const char *name, long addr)
{
	if (skip_under_qemu(5, "maps what it likes"))
		return;
	fails(syscall(SYS_write, fds[1], addr, 8), EFAULT, "write, %s", name);
	if (write(fds[1], "x", 1) != 1)
		bail_out("pipe");
	fails(syscall(SYS_read, fds[0], addr, 1), EFAULT, "read, %s", name);
	fails(syscall(SYS_openat, AT_FDCWD, addr, 0), EFAULT, "open, %s", name);
	fails(syscall(SYS_clock_gettime, 0, addr), EFAULT, "clock, %s", name);
	fails(syscall(SYS_pipe2, addr, 0), EFAULT, "pipe2, %s", name);
	/* A pipe's byte may have been lost to the read that failed. */
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	while (read(fds[0], page, 64) > 0)
		;
	fcntl(fds[0], F_SETFL, 0);
}

static void test_crossing(void)
{
	struct iovec iov[2] = { { page, 4 }, { page + PAGE, 4 } };
	int zero = open("/dev/zero", O_RDONLY);
	char *end = page + PAGE - 4;
	int file = open("/tmp/bad_pointer", O_RDWR | O_CREAT | O_TRUNC, 0600);

	memset(end, 'e', 4);
	fails(open(end, O_RDONLY), EFAULT, "a path without end at a hole");
	if (!skip_under_qemu(6, "checks the whole range first")) {
		is_int(write(file, end, 8), 4, "write() stops at the hole");
		is_int(lseek(file, 0, SEEK_END), 4, "the file is no longer than that");
		is_int(pwrite(file, page, 2 * PAGE, 0), PAGE, "nor by a page that is missing");
		is_int(lseek(file, 0, SEEK_END), PAGE, "which is not there");
		lseek(file, 0, SEEK_SET);
		is_int(read(file, end, 8), 4, "read() stops at the hole");
		is_int(writev(file, iov, 2), 4, "so does writev()");
	}
	fails(read(zero, readonly, 8), EFAULT, "read() into read-only memory");
	is_int(readonly[0], 0, "nothing was written");
	fails(syscall(SYS_fstat, file, readonly), EFAULT, "fstat() neither");
	is_int(read(zero, page + PAGE, 0), 0, "no bytes, no fault");
	close(zero);
	close(file);
	unlink("/tmp/bad_pointer");
}

/* Lengths that no buffer has, and buffers of no length. */
static void test_lengths(void)
{
	static const unsigned long lengths[] = { -1UL, 1UL << 63,
						 (1UL << 63) - 1 };
	char *kernel = (char *)0xffffffff80000000;
	int null = open("/dev/null", O_RDWR), p[2];
	struct iovec none = { kernel, 0 };

	if (pipe(p) < 0 || write(p[1], "four", 4) != 4)
		bail_out("a pipe");
	for (int i = 0; i < 3; i++) {
		fails(syscall(SYS_write, null, page, lengths[i]), EFAULT,
		      "write() of %#lx bytes", lengths[i]);
		fails(syscall(SYS_read, p[0], page, lengths[i]), EFAULT,
		      "read() of %#lx bytes", lengths[i]);
		fails(syscall(SYS_pwrite64, null, page, lengths[i], 0), EFAULT,
		      "pwrite() of %#lx bytes", lengths[i]);
	}
	fails(syscall(SYS_write, null, kernel, 0), EFAULT,
	      "write() of nothing from the kernel");
	fails(syscall(SYS_read, p[0], kernel, 0), EFAULT,
	      "read() of nothing into the kernel");
	fails(syscall(SYS_writev, null, &none, 1), EFAULT, "the same in a vector");
	is_int(syscall(SYS_write, null, NULL, 0), 0, "of nothing from nowhere");
	close(null);
	close(p[0]);
	close(p[1]);
}

/* A pipe moves what it can move whole. */
static void test_pipe_crossing(void)
{
	char *end = page + PAGE - 4, buf[16];
	int p[2];

	if (pipe2(p, O_NONBLOCK) < 0 || write(p[1], "12345678", 8) != 8)
		bail_out("a pipe");
	fails(read(p[0], end, 8), EFAULT, "read() of a pipe across a hole");
	is_int(read(p[0], buf, 16), 8, "leaves all of it");
	fails(write(p[1], end, 8), EFAULT, "write() to a pipe across a hole");
	fails(read(p[0], buf, 16), EAGAIN, "nothing is in it");
	close(p[0]);
	close(p[1]);
}

static void test_nulls(void)
{
	struct timespec omit[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	struct timespec bad_time[2] = { { 0, -1 }, { 0, -1 } };
	int fd = open("/tmp/bad_pointer", O_RDWR | O_CREAT, 0600);

	fails(syscall(SYS_utimensat, AT_FDCWD, NULL, NULL, 0), EFAULT,
	      "utimensat() of no path");
	fails(syscall(SYS_utimensat, -1, NULL, NULL, 0), EBADF,
	      "nor a descriptor");
	is_int(syscall(SYS_utimensat, fd, NULL, NULL, 0), 0, "of a descriptor");
	fails(syscall(SYS_utimensat, fd, NULL, NULL, AT_SYMLINK_NOFOLLOW),
	      EINVAL, "which is no link");
	fails(syscall(SYS_utimensat, fd, NULL, page + PAGE, 0), EFAULT,
	      "times in a hole");
	is_int(syscall(SYS_utimensat, AT_FDCWD, NULL, omit, 0), 0,
	       "nothing to change: of whatever");
	fails(syscall(SYS_utimensat, AT_FDCWD, "/no/such", bad_time, 0), ENOENT,
	      "the path comes before the time");
	fails(syscall(SYS_sched_getparam, 0, NULL), EINVAL,
	      "sched_getparam() to nowhere");
	fails(syscall(SYS_sched_setparam, 0, NULL), EINVAL,
	      "sched_setparam() from nowhere");
	fails(syscall(SYS_sched_getparam, 0, page + PAGE), EFAULT,
	      "sched_getparam() to a hole");
	close(fd);
	unlink("/tmp/bad_pointer");
}

static void test_other_arguments(void)
{
	fails(syscall(999), ENOSYS, "a call that does not exist");
	fails(syscall(-1), ENOSYS, "call number -1");
	fails(write(999, "x", 1), EBADF, "a descriptor that is not open");
	fails(read(-1, page, 1), EBADF, "descriptor -1");
	fails(write(fds[0], "x", 1), EBADF, "writing to a reader's end");
	fails(read(fds[1], page, 1), EBADF, "reading from a writer's end");
	fails(fcntl(fds[0], 9999), EINVAL, "no such fcntl");
	fails(syscall(SYS_lseek, 999, 0, 0), EBADF, "lseek of nothing");
	fails(lseek(fds[0], 0, SEEK_SET), ESPIPE, "a pipe has no position");
	fails(syscall(SYS_dup3, 0, 0, 0), EINVAL, "dup3 onto itself");
	fails(syscall(SYS_clone, 0x10000, 0, 0, 0, 0), EINVAL,
	      "CLONE_THREAD without its companions");
}

/* Pointers that lie in memory themselves. */
static void test_pointers_within(void)
{
	char *hole = page + PAGE, *kernel = (char *)0xffffffff80000000;
	struct iovec bytes[2] = { { page, 4 }, { hole, -1UL } };
	struct { char *set; size_t size; } mask = { hole, 8 };
	struct { uint64_t word[11]; } clone = { { [5] = -4096UL, [6] = 8192 } };
	struct timespec none = { 0, 0 };
	char *args[3] = { page, hole, NULL };
	int p[2];

	if (pipe2(p, O_NONBLOCK) < 0)
		bail_out("a pipe");
	page[0] = 'x', page[1] = '\0';
	fails(syscall(SYS_vmsplice, p[1], bytes, 2, 0), EINVAL,
	      "vmsplice() looks at every length");
	bytes[1] = (struct iovec){ kernel, 0 };
	fails(syscall(SYS_vmsplice, p[1], bytes, 2, 0), EFAULT,
	      "and address before a byte is moved");
	fails(syscall(SYS_readv, p[0], bytes, 2), EFAULT, "readv(), too");
	fails(read(p[0], page, 4), EAGAIN, "none was");
	fails(syscall(SYS_execve, "/proc/self/exe", args, args + 2), EFAULT,
	      "an argument in a hole");
	fails(syscall(SYS_execve, "/proc/self/exe", args + 2, args), EFAULT,
	      "a variable in a hole");
	fails(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &none, &mask), EFAULT,
	      "pselect6()'s mask in a hole");
	mask.size = 4;
	fails(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &none, &mask), EINVAL,
	      "its size is looked at first");
	fails(syscall(SYS_clone3, &clone, sizeof(clone)), EINVAL,
	      "clone3()'s stack past all addresses");
	clone.word[5] = clone.word[6] = 0;
	clone.word[8] = (uint64_t)hole;
	fails(syscall(SYS_clone3, &clone, sizeof(clone)), EINVAL,
	      "a list of no numbers");
	is_int(syscall(SYS_getrandom, page + PAGE - 4, 8, 0), 4,
	       "getrandom() stops at the hole");
	fails(syscall(SYS_getrandom, kernel, 0, 0), EFAULT,
	      "and gives the kernel nothing");
	close(p[0]);
	close(p[1]);
}

/* What Linux declares an int is one, whatever lies above it in the register. */
static void test_upper_halves(void)
{
	unsigned long above = 1UL << 32;

	is_int(syscall(SYS_dup3, fds[0], 50 + above, above), 50, "flags");
	is_int(syscall(SYS_fcntl, 50 + above, F_GETFD + above, 0), 0, "a command");
	is_int(syscall(SYS_close, 50 + above), 0, "a descriptor");
	is_int(syscall(SYS_kill, getpid() + above, above), 0, "a signal");
	is_int(syscall(SYS_faccessat, AT_FDCWD, "/", R_OK + above), 0, "rights");
	is_int(syscall(SYS_clock_gettime, 1 + above, page), 0, "a clock");
	is_int(syscall(SYS_getpriority, above, above), 20, "which and who");
	fails(syscall(SYS_msync, page, PAGE, (1UL << 31) + above), EINVAL,
	      "bit 31 is one of it");
}

int main(void)
{
	int n = NR_BAD;

	plan(5 * n + 11 + 13 + 4 + 10 + 11 + 12 + 8);
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	munmap(page + PAGE, PAGE);	/* last: nothing fills the hole */
	bad[NR_BAD - 1].addr = (unsigned long)page + PAGE;
	if (pipe(fds) < 0 || page == MAP_FAILED || readonly == MAP_FAILED)
		bail_out("set-up");
	for (int i = 0; i < n; i++)
		try_address(bad[i].name, bad[i].addr);
	test_crossing();
	if (!skip_under_qemu(13 + 4, "checks ranges in its own way")) {
		test_lengths();
		test_pipe_crossing();
	}
	if (!skip_under_qemu(10, "follows null pointers"))
		test_nulls();
	test_other_arguments();
	if (!skip_under_qemu(12, "follows pointers itself"))
		test_pointers_within();
	if (!skip_under_qemu(8, "looks at whole registers"))
		test_upper_halves();
	return done_testing();
}
