/*
 * tests/abi/mremap.c
 *
 * Claim    mremap() shrinks, grows in place, moves with the contents, and
 *          moves to a fixed place; private, COW and file pages survive it, and
 *          the vDSO works where it is.
 * Method   A pattern of page numbers is checked after every step; a child
 *          shares the pages meanwhile.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "libmaps.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static char *map(int pages)
{
	return mmap(NULL, pages * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
}

static void fill(char *p, int pages)
{
	for (int i = 0; i < pages; i++)
		memset(p + i * PAGE, 'a' + i, PAGE);
}

static bool is_filled(const char *p, int pages)
{
	for (int i = 0; i < pages * PAGE; i++)
		if (p[i] != 'a' + i / PAGE)
			return false;
	return true;
}

static bool is_mapped(void *p)
{
	unsigned char there;

	return mincore(p, PAGE, &there) == 0;
}

static void test_sizes(void)
{
	char *p = map(8), *q;

	fill(p, 8);
	q = mremap(p, 8 * PAGE, 4 * PAGE, 0);
	ok(q == p, "shrinks in place");
	ok(is_filled(p, 4) && !is_mapped(p + 4 * PAGE), "to 4 pages");
	q = mremap(p, 4 * PAGE, 6 * PAGE, 0);
	ok(q == p, "grows in place");
	ok(is_filled(p, 4) && p[4 * PAGE] == 0 && p[6 * PAGE - 1] == 0,
	   "by zero pages");
	mmap(p + 6 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	     -1, 0);
	fails((long)mremap(p, 4 * PAGE, 8 * PAGE, 0), ENOMEM,
	      "cannot grow over the next mapping");
	q = mremap(p, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	ok(q != MAP_FAILED && q != p, "moves to grow");
	ok(is_filled(q, 4) && q[4 * PAGE] == 0, "with its contents");
	ok(!is_mapped(p), "the old place is free");
	munmap(p, 8 * PAGE);
	munmap(q, 8 * PAGE);
}

static void test_fixed(void)
{
	char *p = map(4), *target = map(6), *q;

	fill(p, 4);
	q = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   target + PAGE);
	ok(q == target + PAGE, "moves to a fixed place");
	ok(is_filled(q, 4), "with its contents");
	is_int(target[0] + target[5 * PAGE], 0, "its neighbours stay");
	fails((long)mremap(q, 4 * PAGE, 4 * PAGE,
			   MREMAP_MAYMOVE | MREMAP_FIXED, q + PAGE), EINVAL,
	      "not onto itself");
	fails((long)mremap(q, 4 * PAGE, 4 * PAGE, MREMAP_FIXED, p), EINVAL,
	      "FIXED needs MAYMOVE");
	fails((long)mremap(q + 1, PAGE, PAGE, 0), EINVAL, "misaligned");
	if (!skip_under_qemu(2, "asks the host first")) {
		fails((long)mremap(q, PAGE, 0, 0), EINVAL, "to nothing");
		fails((long)mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT,
		      "nothing is mapped there");
	}
	munmap(target, 6 * PAGE);
}

/* The child keeps the old pages while the parent moves its own and writes. */
static void test_cow(void)
{
	char *p = map(4), *q, c = 0;
	int gate[2], status;
	pid_t pid;

	fill(p, 4);
	if (pipe(gate) < 0)
		bail_out("pipe");
	pid = tap_fork();
	if (pid == 0) {
		if (read(gate[0], &c, 1) != 1)
			_exit(2);
		q = mremap(p, 4 * PAGE, 40 * PAGE, MREMAP_MAYMOVE);
		_exit(!is_filled(q, 4));
	}
	q = mremap(p, 4 * PAGE, 50 * PAGE, MREMAP_MAYMOVE);
	ok(is_filled(q, 4), "shared pages move");
	memset(q, 'x', 4 * PAGE);
	if (write(gate[1], "g", 1) != 1)
		bail_out("pipe");
	waitpid(pid, &status, 0);
	is_exit(status, 0, "the child's copy is untouched");
	munmap(q, 50 * PAGE);
}

static void test_file(void)
{
	int fd = open("mremap.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p, *q, byte;

	if (ftruncate(fd, 4 * PAGE) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, PAGE);
	p[0] = '1';
	q = mremap(p, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	ok(q[0] == '1', "a file mapping moves");
	q[2 * PAGE] = '3';
	is_int(pread(fd, &byte, 1, 3 * PAGE), 1, "and grows over the file");
	is_int(byte, '3', "at the right offset");
	munmap(q, 3 * PAGE);
	close(fd);
	unlink("mremap.tmp");
}

/* What moves is a part that nobody has touched: its pages come from the file. */
static void test_part(void)
{
	int fd = open("mremap.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p, *to = map(1);

	for (int i = 0; i < 4; i++)
		if (pwrite(fd, &"1234"[i], 1, i * PAGE) != 1)
			bail_out("pwrite: %s", strerror(errno));
	p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	ok(mremap(p + 2 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to,
	   "a part moves");
	is_int(to[0], '3', "and shows its part of the file");
	is_int(p[3 * PAGE], '4', "as what stays behind it does");
	munmap(p, 4 * PAGE);
	munmap(to, PAGE);
	close(fd);
	unlink("mremap.tmp");
}

static volatile int nr_signals;

static void count_signal(int sig TAP_UNUSED)
{
	nr_signals++;
}

/* Handlers return by the vDSO, wherever that is. */
static int move_vdso(void *unused TAP_UNUSED)
{
	char *vdso = (char *)getauxval(AT_SYSINFO_EHDR);
	struct mapping maps[MAPS_MAX];
	unsigned long size;
	char *to;

	if (maps_between(vdso, vdso + 1, maps) != 1)
		return 1;
	size = maps[0].end - maps[0].start;
	to = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGUSR1, count_signal);
	if (mremap(vdso, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		return 2;
	raise(SIGUSR1);
	if (maps_between(to, to + 1, maps) != 1 || strcmp(maps[0].name, "[vdso]"))
		return 3;
	return nr_signals == 1 ? 33 : 4;
}

int main(void)
{
	plan(8 + 8 + 2 + 3 + 3 + 1);
	test_sizes();
	test_fixed();
	test_cow();
	test_file();
	test_part();
	if (!skip_under_qemu(1, "returns by one of its own"))
		is_exit(in_child(move_vdso, NULL), 33, "signals find the vDSO that was moved");
	return done_testing();
}
