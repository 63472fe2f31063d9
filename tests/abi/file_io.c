/*
 * tests/abi/file_io.c
 *
 * Claim    open() obeys its flags; read, write and their positioned and
 *          vectored forms move the right bytes and the right offset; files
 *          may have holes, shrink and grow; what a kind of file cannot do is
 *          refused by name.
 * Method   One small file under every flag and call.
 * Oracle   Linux on tmpfs.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static const char *name = "file_io.tmp";

static int open_new(void)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		bail_out("%s: %s", name, strerror(errno));
	return fd;
}

static long size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_size : -1;
}

static void test_open_flags(void)
{
	char buf[8];
	int fd;

	unlink(name);
	fails(open(name, O_RDONLY), ENOENT, "a file that is not there");
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ok(fd >= 0, "O_CREAT | O_EXCL makes it");
	is_int(write(fd, "12345", 5), 5, "write 5 bytes");
	fails(read(fd, buf, 1), EBADF, "O_WRONLY does not read");
	close(fd);
	fails(open(name, O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST,
	      "O_EXCL: it exists");
	fd = open(name, O_RDONLY);
	is_int(read(fd, buf, 8), 5, "they are there");
	is_int(read(fd, buf, 8), 0, "then the file ends");
	fails(write(fd, "x", 1), EBADF, "O_RDONLY does not write");
	close(fd);
	fd = open(name, O_WRONLY | O_APPEND);
	lseek(fd, 0, SEEK_SET);
	is_int(write(fd, "67", 2), 2, "O_APPEND writes");
	is_int(lseek(fd, 0, SEEK_CUR), 7, "at the end");
	close(fd);
	fd = open(name, O_RDWR | O_TRUNC);
	is_int(size_of(fd), 0, "O_TRUNC empties it");
	close(fd);
	fails(open(name, O_RDONLY | O_DIRECTORY), ENOTDIR, "O_DIRECTORY");
	fails(open(".", O_WRONLY), EISDIR, "no writing to a directory");
	fails(open("file_io.tmp/x", O_RDONLY), ENOTDIR, "a file is no folder");
	if (symlink(name, "file_io.link") < 0)
		bail_out("symlink: %s", strerror(errno));
	fails(open("file_io.link", O_RDONLY | O_NOFOLLOW), ELOOP,
	      "O_NOFOLLOW");
	fd = open("file_io.link", O_PATH | O_NOFOLLOW);
	ok(fd >= 0, "O_PATH opens the link itself");
	fails(read(fd, buf, 1), EBADF, "and reads nothing");
	close(fd);
	unlink("file_io.link");
	fd = open(name, O_RDONLY | O_CLOEXEC);
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "O_CLOEXEC");
	is_int(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY, "F_GETFL");
	close(fd);
}

static void test_offsets(void)
{
	int fd = open_new();
	char buf[16] = "";

	is_int(write(fd, "abcdef", 6), 6, "write");
	is_int(lseek(fd, -2, SEEK_CUR), 4, "SEEK_CUR");
	is_int(read(fd, buf, 10), 2, "a short read at the end");
	is_int(lseek(fd, 1, SEEK_SET), 1, "SEEK_SET");
	is_int(pread(fd, buf, 3, 2), 3, "pread");
	is_int(memcmp(buf, "cde", 3), 0, "reads there");
	is_int(pwrite(fd, "XY", 2, 4), 2, "pwrite");
	is_int(lseek(fd, 0, SEEK_CUR), 1, "neither moves the offset");
	is_int(lseek(fd, 0, SEEK_END), 6, "SEEK_END");
	fails(lseek(fd, -1, SEEK_SET), EINVAL, "no negative offset");
	fails(lseek(fd, LONG_MAX, SEEK_CUR), EINVAL, "nor one too far");
	fails(lseek(fd, LONG_MAX, SEEK_END), EINVAL, "of the end, too");
	fails(lseek(fd, 0, 77), EINVAL, "no such way to seek");
	fails(pread(fd, buf, 1, -1), EINVAL, "pread at a negative offset");
	is_int(pread(fd, buf, 5, 100), 0, "pread behind the end");
	close(fd);
}

static void test_vectors(void)
{
	volatile int negative = -1; /* or the compiler refuses the call */
	int fd = open_new();
	char a[4] = "", b[4] = "";
	struct iovec out[3] = { { "one", 3 }, { NULL, 0 }, { "two", 3 } };
	struct iovec in[2] = { { a, 2 }, { b, 4 } };

	is_int(writev(fd, out, 3), 6, "writev");
	is_int(preadv(fd, in, 2, 0), 6, "preadv");
	ok(memcmp(a, "on", 2) == 0 && memcmp(b, "etwo", 4) == 0,
	   "fills one buffer after the other");
	is_int(readv(fd, in, 2), 0, "readv at the end");
	fails(writev(fd, out, negative), EINVAL, "a negative count");
	is_int(writev(fd, out, 0), 0, "no buffers");
	out[0].iov_len = -1;
	fails(writev(fd, out, 3), EINVAL, "a negative length");
	close(fd);
}

static void test_sizes(void)
{
	int fd = open_new();
	struct stat st;
	char buf[100];
	bool zero = true;

	is_int(pwrite(fd, "end", 3, 1 << 20), 3, "write behind the end");
	is_int(size_of(fd), (1 << 20) + 3, "the file grows");
	is_int(pread(fd, buf, 100, 5000), 100, "the hole can be read");
	for (int i = 0; i < 100; i++)
		zero &= buf[i] == 0;
	ok(zero, "as zeros");
	fstat(fd, &st);
	ok(st.st_blocks < 1000, "and takes no room (%ld blocks)",
	   (long)st.st_blocks);
	is_int(ftruncate(fd, 10), 0, "ftruncate");
	is_int(size_of(fd), 10, "shrinks it");
	is_int(truncate(name, 5000), 0, "truncate");
	is_int(size_of(fd), 5000, "grows it");
	is_int(pread(fd, buf, 1, 4999), 1, "by bytes");
	is_int(buf[0], 0, "that are zero");
	fails(ftruncate(fd, -1), EINVAL, "not below zero");
	close(fd);
	fd = open(name, O_RDONLY);
	fails(ftruncate(fd, 0), EINVAL, "not when open for reading");
	close(fd);
	fails(truncate(".", 0), EISDIR, "not a directory");
}

static void test_unlinked(void)
{
	int fd = open_new();
	struct stat st;
	char buf[4] = "";

	is_int(unlink(name), 0, "unlink an open file");
	fails(open(name, O_RDONLY), ENOENT, "its name is gone");
	is_int(write(fd, "here", 4), 4, "it is not");
	is_int(pread(fd, buf, 4, 0), 4, "its bytes are there");
	fstat(fd, &st);
	is_int(st.st_nlink, 0, "without links");
	is_int(fsync(fd), 0, "fsync");
	close(fd);
	fails(fsync(fd), EBADF, "closed");
}

static void test_descriptors(void)
{
	int fd = open_new(), copy;

	copy = dup(fd);
	ok(copy > fd, "dup gives a free descriptor");
	is_int(write(fd, "123", 3), 3, "they share");
	is_int(lseek(copy, 0, SEEK_CUR), 3, "one offset");
	is_int(dup2(fd, 50), 50, "dup2 to a number");
	is_int(dup2(fd, fd), fd, "dup2 onto itself does nothing");
	is_int(dup3(fd, 51, O_CLOEXEC), 51, "dup3");
	is_int(fcntl(51, F_GETFD), FD_CLOEXEC, "with close-on-exec");
	is_int(fcntl(50, F_GETFD), 0, "dup2 without");
	is_int(fcntl(fd, F_DUPFD, 60), 60, "F_DUPFD");
	is_int(fcntl(fd, F_DUPFD_CLOEXEC, 60), 61, "takes the next free one");
	is_int(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK), 0, "F_SETFL");
	ok(fcntl(copy, F_GETFL) & O_APPEND, "is shared by copies");
	fails(dup2(99, 5), EBADF, "dup2 of nothing");
	fails(dup2(fd, -1), EBADF, "dup2 to nowhere");
	fails(close(99), EBADF, "close of nothing");
	for (int i = 50; i < 62; i++)
		close(i);
	close(copy);
	close(fd);
	unlink(name);
}

#define LAST_BYTE 0x7fffffffffffffffL

static void test_ranges(void)
{
	char buf[16] = "";
	int fd = open_new();

	fails(pread(fd, buf, 8, LAST_BYTE), EINVAL, "pread past the last byte");
	fails(pwrite(fd, buf, 8, LAST_BYTE), EINVAL, "pwrite, too");
	is_int(pread(fd, buf, 8, LAST_BYTE - 8), 0, "up to it there is nothing");
	fails(syscall(SYS_fadvise64, fd, 0, -1L, 0), EINVAL, "advice of -1 bytes");
	fails(syscall(SYS_fadvise64, fd, 0, 0, 6), EINVAL, "no such advice");
	is_int(syscall(SYS_fadvise64, fd, -1L, 0, 0), 0, "from anywhere");
	if (!skip_under_qemu(1, "hides flags"))
		fails(open(name, O_RDWR | 020000000), EINVAL, "half of O_TMPFILE");
	fails(open(".", O_RDONLY | O_TMPFILE), EINVAL, "O_TMPFILE to read");
	is_int(flock(fd, 32), 0, "LOCK_MAND asks for nothing");
	close(fd);
}

static void test_kinds(void)
{
	char buf[16] = "", big[512];
	int p[2], null = open("/dev/null", O_RDWR), folder = open(".", O_RDONLY);

	if (pipe(p) < 0)
		bail_out("pipe: %s", strerror(errno));
	fails(pread(p[1], buf, 8, 0), ESPIPE, "a pipe has no offsets, both ends");
	fails(pwrite(p[0], buf, 8, 0), ESPIPE, "neither way");
	fails(syscall(SYS_fadvise64, p[0], 0, 0, 99), ESPIPE, "nor advice");
	fails(read(folder, buf, 0), EISDIR, "not even nothing of a directory");
	fails(fsync(null), EINVAL, "nothing to sync of a device");
	is_int(fsync(folder), 0, "but of a directory");
	fails(syscall(SYS_getdents64, folder, buf, 1UL << 31), EINVAL,
	      "getdents of 2 GiB");
	close(p[0]);
	close(p[1]);
	close(null);
	close(folder);
	mkdir("gone", 0700);
	folder = open("gone", O_RDONLY | O_DIRECTORY);
	rmdir("gone");
	fails(syscall(SYS_getdents64, folder, big, sizeof(big)), ENOENT,
	      "a directory that is removed");
	close(folder);
}

static void test_ioctl(void)
{
	int fd = open_new(), pipes[2], n = -1;
	struct { long from; unsigned long offset, length, to; } range = { fd, 0, 0, 0 };

	if (write(fd, "12345678", 8) != 8 || lseek(fd, 3, SEEK_SET) != 3 ||
	    pipe(pipes) < 0)
		bail_out("%s: %s", name, strerror(errno));
	is_int(ioctl(fd, FIONREAD, &n), 0, "how much is left to be read");
	is_int(n, 5, "is what is behind the offset");
	ok(ioctl(fd, FIGETBSZ, &n) == 0 && n >= 512, "and a size of blocks");
	fails(ioctl(fd, FICLONE, -1), EBADF, "a clone of nothing");
	fails(ioctl(fd, FICLONE, pipes[0]), EXDEV, "a clone of a pipe");
	range.from = -1;
	fails(ioctl(fd, FICLONERANGE, &range), EBADF, "a part of nothing");
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
	unlink(name);
}

static void test_sendfile(void)
{
	int fd = open_new(), append = open(name, O_WRONLY | O_APPEND), p[2];
	int folder = open(".", O_RDONLY);
	off_t at = LAST_BYTE;

	if (pipe(p) < 0 || write(fd, "12345678", 8) != 8)
		bail_out("write: %s", strerror(errno));
	fails(sendfile(p[1], fd, &at, 8), EINVAL, "sendfile past the last byte");
	at = -1;
	fails(sendfile(p[1], fd, &at, 8), EINVAL, "from before the first");
	at = 2;
	fails(sendfile(p[1], fd, &at, (size_t)-1), EINVAL, "of -1 bytes");
	is_int(sendfile(p[1], fd, &at, 100), 6, "what there is");
	is_int(at, 8, "the offset moves");
	fails(sendfile(p[1], p[0], &at, 8), ESPIPE, "a pipe has no offset");
	fails(sendfile(p[1], p[0], NULL, 8), EINVAL, "and nothing to send");
	fails(sendfile(p[1], folder, NULL, 8), EINVAL, "nor a directory");
	fails(sendfile(append, fd, &at, 8), EINVAL, "not to O_APPEND");
	fails(sendfile(fd, append, NULL, 8), EBADF, "not open to read");
	fails(sendfile(999, 999, (void *)8, 8), EFAULT, "the address comes first");
	for (int i = 0; i < 2; i++)
		close(p[i]);
	close(folder);
	close(append);
	close(fd);
	unlink(name);
}

int main(void)
{
	plan(19 + 15 + 7 + 14 + 7 + 15 + 9 + 8 + 6 + 11);
	test_open_flags();
	test_offsets();
	test_vectors();
	test_sizes();
	test_unlinked();
	test_descriptors();
	test_ranges();
	test_kinds();
	test_ioctl();
	test_sendfile();
	return done_testing();
}
