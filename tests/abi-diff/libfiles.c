/*
 * tests/abi-diff/libfiles.c - files: their times, and what goes with whom.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"

#define LONG_AGO 1000000

static struct stat before;

/* All three times lie back: that of the last change cannot be set, so it is
 * the one that is looked at from here on. */
static void go_back(void)
{
	struct timespec past[2] = { { LONG_AGO, 0 }, { LONG_AGO, 0 } };
	struct timespec little = { 0, 20000000 };

	futimens(FILE_FD, past);
	fstat(FILE_FD, &before);
	nanosleep(&little, NULL);
}

static void say_times(const char *what)
{
	struct stat now;

	fstat(FILE_FD, &now);
	say_words("times after %s = %s%s%s.", what,
		  now.st_atime != LONG_AGO ? "atime " : "",
		  now.st_mtime != LONG_AGO ? "mtime " : "",
		  now.st_ctim.tv_sec != before.st_ctim.tv_sec ||
		  now.st_ctim.tv_nsec != before.st_ctim.tv_nsec ? "ctime" : "");
	go_back();
}

static char *map(int prot, int flags, int fd)
{
	return mmap(NULL, WALK_PAGE, prot, flags, fd, 0);
}

static void walk_map_times(void)
{
	volatile char *p;

	go_back();
	p = map(PROT_READ, MAP_SHARED, FILE_FD);
	say_times("mmap to read");
	(void)p[0];
	say_times("the first load");
	p = map(PROT_READ | PROT_WRITE, MAP_PRIVATE, FILE_FD);
	say_times("mmap, private");
	p[0] = 1;
	say_times("a store, private");
	p = map(PROT_READ | PROT_WRITE, MAP_SHARED, FILE_FD);
	say_times("mmap to write");
	p[0] = 1;
	say_times("the first store");
	p[1] = 1;
	say_times("the second");
	SAY(msync((void *)p, WALK_PAGE, MS_SYNC));
	say_times("msync");
	p[2] = 1;
	say_times("a store after msync");
	munmap((void *)p, WALK_PAGE);
	say_times("munmap");
	p = map(PROT_READ | PROT_WRITE, MAP_SHARED, FILE_FD);
	go_back();
	(void)p[0];
	p[0] = 1;
	say_times("a load, then a store");
	mprotect((void *)p, WALK_PAGE, PROT_READ);
	say_times("mprotect");
	mprotect((void *)p, WALK_PAGE, PROT_READ | PROT_WRITE);
	p[0] = 1;
	say_times("a store after mprotect");
	p = map(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, FILE_FD);
	say_times("mmap, populated");
	p[0] = 1;
	say_times("a store into it");
	SAY(read(ZERO_FD, (void *)p, 1));
	say_times("the kernel's store into it");
	p = map(PROT_READ | PROT_WRITE, MAP_SHARED, FILE_FD);
	go_back();
	SAY(read(ZERO_FD, (void *)p, 1));
	say_times("the kernel's first store");
}

static void walk_call_times(void)
{
	char buf[16];

	go_back();
	SAY(pread(FILE_FD, buf, 16, 0));
	say_times("read");
	SAY(pread(FILE_FD, buf, 0, 0));
	say_times("read of nothing");
	SAY(pread(FILE_FD, buf, 16, 100000));
	say_times("read behind the end");
	SAY(pread(FILE_FD, (void *)PAGE_AT(HOLE), 16, 0));
	say_times("read that fails");
	SAY(pwrite(FILE_FD, buf, 16, 0));
	say_times("write");
	SAY(pwrite(FILE_FD, buf, 0, 0));
	say_times("write of nothing");
	SAY(pwrite(FILE_FD, (void *)PAGE_AT(HOLE), 16, 0));
	say_times("write that fails");
	SAY(ftruncate(FILE_FD, 8192));
	say_times("ftruncate to the same size");
	SAY(truncate(FOLDER "/file", 8192));
	say_times("truncate to the same size");
	SAY(fchmod(FILE_FD, 0600));
	say_times("chmod");
	SAY(fchmod(FILE_FD, 0600));
	say_times("chmod to the same");
	SAY(fchown(FILE_FD, (uid_t)-1, (gid_t)-1));
	say_times("chown of nobody");
	SAY(fchown(FILE_FD, 0, 0));
	say_times("chown");
	SAY(link(FOLDER "/file", FOLDER "/hard"));
	say_times("link");
	SAY(rename(FOLDER "/hard", FOLDER "/harder"));
	say_times("rename");
	SAY(unlink(FOLDER "/harder"));
	say_times("unlink");
	SAY(fallocate(FILE_FD, 0, 0, 100));
	say_times("fallocate of what is there");
	SAY(close(open(FOLDER "/file", O_RDWR | O_TRUNC)));
	say_times("O_TRUNC");
	SAY(close(open(FOLDER "/file", O_RDWR | O_TRUNC)));
	say_times("O_TRUNC of an empty one");
	SAY(close(open(FOLDER "/file", O_RDWR)));
	say_times("open and close");
	SAY(sendfile(PIPE_WRITE, FILE_FD, NULL, 10));
	say_times("sendfile of an empty one");
}

static void walk_advice(void)
{
	for (int advice = -1; advice <= 8; advice++) {
		say(syscall(SYS_fadvise64, FILE_FD, 0, 0, advice),
		    "fadvise64 file %d", advice);
		say(syscall(SYS_fadvise64, PIPE_READ, 0, 0, advice),
		    "fadvise64 pipe %d", advice);
		say(syscall(SYS_fadvise64, FILE_FD, 0, -1L, advice),
		    "fadvise64 file -1 bytes %d", advice);
		say(syscall(SYS_fadvise64, DIR_FD, -1L, 0, advice),
		    "fadvise64 folder from -1 %d", advice);
	}
}

static void walk_sendfile(void)
{
	off_t offset = -1;
	int append = open(FOLDER "/file", O_WRONLY | O_APPEND);

	SAY(sendfile(NULL_FD, FILE_FD, &offset, 8));
	offset = 0x7fffffffffffffff;
	SAY(sendfile(NULL_FD, FILE_FD, &offset, 8));
	offset = 9000;
	SAY(sendfile(NULL_FD, FILE_FD, &offset, 8));
	offset = 0;
	SAY(sendfile(NULL_FD, PIPE_READ, &offset, 8));
	SAY(sendfile(NULL_FD, PIPE_READ, NULL, 0));
	SAY(sendfile(NULL_FD, DIR_FD, NULL, 8));
	SAY(sendfile(append, FILE_FD, &offset, 8));
	SAY(sendfile(READ_FD, FILE_FD, &offset, 8));
	SAY(sendfile(NULL_FD, WRITE_FD, &offset, 8));
	SAY(sendfile(NULL_FD, ZERO_FD, NULL, 8));
	SAY(sendfile(PATH_FD, FILE_FD, &offset, 8));
	SAY(sendfile(NULL_FD, FILE_FD, &offset, 100000));
	SAY(offset);
	SAY(lseek(FILE_FD, 0, SEEK_CUR));
	SAY(sendfile(NULL_FD, FILE_FD, NULL, 100));
	SAY(lseek(FILE_FD, 0, SEEK_CUR));
}

void walk_files(const void *unused TAP_UNUSED)
{
	walk_map_times();
	walk_call_times();
	walk_advice();
	walk_sendfile();
}
