/*
 * tests/abi/pagemap.c
 *
 * Claim    /proc/PID/pagemap says of each page whether it is there, in which
 *          frame, whether that is a file's, and whether nobody else has it: so
 *          one sees that a fork shares pages and a write parts them. Which frame
 *          it is root alone is told.  Nor is a process looked into, whose file it
 *          is by its user, but which could be root again.
 * Method   A private and a shared page, before and after they are touched, in
 *          parent and child.
 * Oracle   Linux, proc_pid_pagemap(5).
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define PAGE 4096UL
#define PRESENT (1ULL << 63)
#define CACHED (1ULL << 61)
#define ALONE (1ULL << 56)
#define FRAME ((1ULL << 55) - 1)

enum { BITS = 9, EDGES = 6, FORK = 7, RIGHTS = 3, OTHERS = 2 };

static int open_of(pid_t pid)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	return fd;
}

static uint64_t entry_of(pid_t pid, const volatile void *page)
{
	uint64_t entry = 0;
	int fd = open_of(pid);

	if (pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE * 8) !=
	    sizeof(entry))
		bail_out("pread: %s", strerror(errno));
	close(fd);
	return entry;
}

static volatile char *map(int flags)
{
	void *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return p;
}

static void test_bits(void)
{
	volatile char *private = map(MAP_PRIVATE), *shared = map(MAP_SHARED);
	uint64_t entry;

	is_int(entry_of(getpid(), private), 0, "what was not touched is not there");
	(void)private[0];
	entry = entry_of(getpid(), private);
	ok(entry & PRESENT, "what was read is");
	ok(!(entry & ALONE), "but is not one's own");
	private[0] = 1;
	entry = entry_of(getpid(), private);
	ok((entry & PRESENT) && (entry & ALONE), "until it is written to");
	ok(!(entry & CACHED), "and is no file's");
	ok((entry & FRAME) != 0, "it is in a frame");
	shared[0] = 1;
	entry = entry_of(getpid(), shared);
	ok((entry & PRESENT) && (entry & CACHED), "shared memory is as a file");
	munmap((void *)private, PAGE);
	is_int(entry_of(getpid(), private), 0, "what is gone is not there");
	is_int(entry_of(getpid(), private + PAGE) & PRESENT, 0, "nor its neighbour");
}

static void test_edges(void)
{
	volatile char *p = map(MAP_PRIVATE);
	off_t at = (uintptr_t)p / PAGE * 8;
	int fd = open_of(getpid());
	uint64_t entries[4];

	p[PAGE] = 1;
	is_int(pread(fd, entries, sizeof(entries), at), sizeof(entries),
	       "several at once");
	ok(!(entries[0] & PRESENT) && (entries[1] & PRESENT) &&
	   !(entries[2] & PRESENT), "each of its page");
	fails(pread(fd, entries, 8, at + 1), EINVAL, "none from its middle");
	fails(pread(fd, entries, 12, at), EINVAL, "nor to that");
	is_int(lseek(fd, at, SEEK_SET), at, "it is sought in");
	is_int(pread(fd, entries, 8, 1LL << 60), 0, "behind all addresses it ends");
	close(fd);
}

static void hand_over(const int *pipe)
{
	if (write(pipe[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
}

static void await(const int *pipe)
{
	char c;

	if (read(pipe[0], &c, 1) != 1)
		bail_out("read: %s", strerror(errno));
}

static int to_child[2], to_parent[2];

static void write_when_told(volatile char *p)
{
	await(to_child);
	*p = 2;
	hand_over(to_parent);
	await(to_child);
	_exit(0);
}

static void test_fork(void)
{
	volatile char *p = map(MAP_PRIVATE);
	uint64_t mine, its, before;
	pid_t child;

	if (pipe(to_child) < 0 || pipe(to_parent) < 0)
		bail_out("pipe: %s", strerror(errno));
	p[0] = 1;
	before = entry_of(getpid(), p);
	child = tap_fork();
	if (child == 0)
		write_when_told(p);
	mine = entry_of(getpid(), p);
	its = entry_of(child, p);
	is_int(mine & FRAME, before & FRAME, "after a fork it is where it was");
	is_int(its & FRAME, mine & FRAME, "and the child has the same");
	ok(!(mine & ALONE) && !(its & ALONE), "so neither has it alone");
	hand_over(to_child);
	await(to_parent);
	mine = entry_of(getpid(), p);
	its = entry_of(child, p);
	is_int(mine & FRAME, before & FRAME, "when the child has written, too");
	ok((its & FRAME) != (mine & FRAME), "but the child has another");
	ok((mine & ALONE) && (its & ALONE), "each its own");
	hand_over(to_child);
	waitpid(child, NULL, 0);
	is_int(entry_of(getpid(), p) & FRAME, before & FRAME, "and so it stays");
}

static void test_rights(void)
{
	volatile char *p = map(MAP_PRIVATE);
	uint64_t entry;
	int fd;

	p[0] = 1;
	fd = open_of(getpid());
	if (setresuid(1000, 1000, 1000) < 0)
		bail_out("setresuid: %s", strerror(errno));
	pread(fd, &entry, sizeof(entry), (uintptr_t)p / PAGE * 8);
	ok((entry & FRAME) != 0, "the frame is told where it was opened by root");
	close(fd);
	fd = open("/proc/1/pagemap", O_RDONLY);
	ok(fd < 0 && (errno == EACCES || errno == EPERM),
	   "others may not look into root's");
}

/* Who is not root opens it, too, and sees no frames. */
static void test_no_rights(void)
{
	volatile char *p = map(MAP_PRIVATE);
	uint64_t entry;

	p[0] = 1;
	prctl(PR_SET_DUMPABLE, 1);
	entry = entry_of(getpid(), p);
	ok((entry & PRESENT) && (entry & FRAME) == 0, "else it is 0");
}

/* The file is its user's, who may open it; but not look into such a process. */
static int look_into(void *pid)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", *(pid_t *)pid);
	if (setresuid(1001, 1001, 1001) < 0)
		return 0;
	return open(path, O_RDONLY) < 0 ? errno : 0;
}

static void test_could_be_root(void)
{
	pid_t child = tap_fork();

	if (child == 0) {
		if (setresuid(1001, 1001, 0) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
			_exit(1);
		hand_over(to_parent);
		await(to_child);
		_exit(0);
	}
	await(to_parent);
	is_exit(in_child(look_into, &child), EACCES, "who could be root is not looked into");
	is_exit(in_child(look_into, &child), EACCES, "nor the next time");
	hand_over(to_child);
	waitpid(child, NULL, 0);
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: it is the host's");
	if (geteuid() != 0)
		skip_all("not root");
	plan(BITS + EDGES + FORK + OTHERS + RIGHTS);
	test_bits();
	test_edges();
	test_fork();
	test_could_be_root();
	test_rights();
	test_no_rights();
	return done_testing();
}
