/*
 * tests/abi/memfd_seals.c
 *
 * Claim    A memfd that allows it can be sealed: it is not made shorter, or
 *          longer, or written to, by whatever call or mapping, or changed in
 *          its right to be executed; seals only become more, until they are
 *          sealed themselves; what may be written to by a mapping is not
 *          sealed against writing.  A hole that is punched reads as zeros, also
 *          where the file is mapped, and gives its memory back.
 * Method   Each seal is added, and all ways around it are tried.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif

#define SIZE 8192

static int new_memfd(unsigned flags)
{
	int fd = memfd_create("seals", flags | MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, SIZE) != 0)
		bail_out("memfd_create: %s", strerror(errno));
	return fd;
}

static int sealed(int seals)
{
	int fd = new_memfd(MFD_ALLOW_SEALING);

	is_int(fcntl(fd, F_ADD_SEALS, seals), 0, "seals %#x are added", seals);
	is_int(fcntl(fd, F_GET_SEALS), seals, "and told");
	return fd;
}

static void test_adding(void)
{
	int fd = new_memfd(0), file, pipes[2];
	char path[] = "/tmp/sealXXXXXX", link[64];

	is_int(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL, "not asked for: sealed");
	fails(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM, "no more seals");
	close(fd);
	fd = new_memfd(MFD_ALLOW_SEALING);
	is_int(fcntl(fd, F_GET_SEALS), 0, "no seals yet");
	fails(fcntl(fd, F_ADD_SEALS, 0x1000), EINVAL, "no such seal");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	file = open(link, O_RDONLY | O_CLOEXEC);
	fails(fcntl(file, F_ADD_SEALS, F_SEAL_GROW), EPERM,
	      "not by who can only read");
	close(file);
	is_int(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0, "one");
	is_int(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0, "the last");
	fails(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), EPERM, "no more");
	is_int(fcntl(fd, F_GET_SEALS), F_SEAL_GROW | F_SEAL_SEAL, "both");
	close(fd);
	if (pipe2(pipes, O_CLOEXEC) != 0)
		bail_out("pipe");
	fails(fcntl(pipes[1], F_ADD_SEALS, 0), EINVAL, "a pipe has no seals");
	fails(fcntl(pipes[0], F_GET_SEALS), EINVAL, "none at all");
	close(pipes[0]);
	close(pipes[1]);
	file = mkstemp(path);
	ok(fcntl(file, F_ADD_SEALS, F_SEAL_GROW) < 0, "nor is a file sealed");
	close(file);
	unlink(path);
}

static void test_size(void)
{
	static char two[2 * SIZE];
	int fd = sealed(F_SEAL_SHRINK);

	fails(ftruncate(fd, SIZE - 1), EPERM, "not shorter");
	is_int(ftruncate(fd, SIZE + 1), 0, "but longer");
	close(fd);
	fd = sealed(F_SEAL_GROW);
	fails(ftruncate(fd, SIZE + 1), EPERM, "not longer");
	fails(fallocate(fd, 0, SIZE, 1), EPERM, "by no way");
	fails(fallocate(fd, FALLOC_FL_KEEP_SIZE, SIZE, 1), EPERM,
	      "not even for later");
	fails(pwrite(fd, "xy", 2, SIZE), EPERM, "a write beyond the end");
	is_int(pwrite(fd, two, sizeof(two), 0), SIZE, "one across it is cut");
	is_int(pwrite(fd, "xy", 2, SIZE - 1), 1, "also in the last page");
	is_int(ftruncate(fd, 10), 0, "shorter");
	fails(pwrite(fd, two, 20, 0), EPERM, "within one page nothing goes");
	close(fd);
}

static void test_writing(void)
{
	int fd = sealed(F_SEAL_WRITE);
	char *map;

	fails(write(fd, "x", 1), EPERM, "no write");
	fails(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1),
	      EPERM, "no hole");
	is_int(ftruncate(fd, SIZE / 2), 0, "the size is another matter");
	ok(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
		   MAP_FAILED && errno == EPERM, "no mapping to write");
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ok(map != MAP_FAILED, "but a private one");
	*map = 'x';
	munmap(map, SIZE);
	close(fd);
}

static void test_mapped(void)
{
	int fd = new_memfd(MFD_ALLOW_SEALING);
	char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	fails(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY,
	      "mapped to be written to");
	is_int(mprotect(map, SIZE, PROT_READ), 0, "read only");
	fails(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY, "for now");
	is_int(mprotect(map, SIZE, PROT_READ | PROT_WRITE), 0, "as before");
	is_int(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0,
	       "F_SEAL_FUTURE_WRITE");
	*map = 'x';
	is_int(*map, 'x', "what is mapped stays so");
	fails(write(fd, "x", 1), EPERM, "writes do not");
	ok(mmap(NULL, SIZE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED &&
		   errno == EPERM, "nor new mappings");
	munmap(map, SIZE);
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	ok(map != MAP_FAILED && *map == 'x', "but to read");
	fails(mprotect(map, SIZE, PROT_READ | PROT_WRITE), EACCES,
	      "and for no more");
	munmap(map, SIZE);
	is_int(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0,
	       "not mapped: it is sealed");
	close(fd);
}

static void test_holes(void)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	int fd = new_memfd(0);
	struct stat before, after;
	char buf[3 * SIZE], *map;

	memset(buf, 'x', sizeof(buf));
	is_int(pwrite(fd, buf, sizeof(buf), 0), sizeof(buf), "six pages");
	fails(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1), EOPNOTSUPP,
	      "the size has to stay");
	fails(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 4096), EOPNOTSUPP,
	      "FALLOC_FL_ZERO_RANGE");
	fails(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096), EOPNOTSUPP,
	      "FALLOC_FL_COLLAPSE_RANGE");
	fstat(fd, &before);
	is_int(fallocate(fd, punch, 100, SIZE), 0, "a hole of a page and parts");
	fstat(fd, &after);
	is_int(after.st_size, before.st_size, "the size stays");
	ok(after.st_blocks < before.st_blocks, "memory is given back");
	is_int(pread(fd, buf, sizeof(buf), 0), sizeof(buf), "it is read");
	ok(buf[99] == 'x' && buf[100] == 0 && buf[SIZE + 99] == 0 &&
		   buf[SIZE + 100] == 'x', "as zeros from there to there");
	is_int(lseek(fd, 0, SEEK_HOLE), 4096, "SEEK_HOLE finds the page");
	is_int(lseek(fd, 4096, SEEK_DATA), SIZE, "SEEK_DATA what follows");
	map = mmap(NULL, sizeof(buf), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *own = mmap(NULL, sizeof(buf), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE, fd, 0);

	own[3 * 4096] = 'y';
	is_int(map[4 * 4096] + own[4 * 4096], 2 * 'x', "pages are mapped");
	is_int(fallocate(fd, punch, 3 * 4096, SIZE), 0, "and punched");
	is_int(map[3 * 4096] + map[4 * 4096], 0, "shared: zeros");
	is_int(own[4 * 4096], 0, "private: zeros");
	is_int(own[3 * 4096], 'y', "but what was written there stays");
	map[4 * 4096] = 'z';
	is_int(pread(fd, buf, 1, 4 * 4096), 1, "what is stored there now");
	is_int(*buf, 'z', "is in the file");
	munmap(map, sizeof(buf));
	munmap(own, sizeof(buf));
	close(fd);
}

/* So many pages that they would be missed, if they were not given back. */
static void test_large_hole(void)
{
	enum { PAGES = 512 };
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	static const char page[4096] = "x";
	int fd = new_memfd(0);
	struct stat after;

	for (int i = 0; i < PAGES; i++)
		if (pwrite(fd, page, sizeof(page), i * 4096L) != sizeof(page))
			bail_out("pwrite: %s", strerror(errno));
	is_int(fallocate(fd, punch, 0, PAGES * 4096L), 0, "all of a file is a hole");
	fstat(fd, &after);
	is_int(after.st_blocks, 0, "and takes no memory");
	close(fd);
}

int main(void)
{
	test_adding();
	test_size();
	test_writing();
	test_mapped();
	test_holes();
	test_large_hole();
	return done_testing();
}
