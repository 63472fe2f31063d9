/*
 * tests/abi/joined.c
 *
 * Claim    Memory that is one mapping now and was pieces before holds what
 *          the pieces held, also in a child of fork and after it is cut
 *          again, whichever piece was written and whichever joined the other.
 * Method   Pieces of anonymous memory and of a file, one of them written, are
 *          joined by mprotect(), mremap() and mmap(); a child looks at them.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { PAGE = 4096, PIECES = 3, RW = PROT_READ | PROT_WRITE };

static char *map(void *at, int pages, int prot, int flags, int fd, long offset)
{
	char *p = mmap(at, pages * PAGE, prot, flags, fd, offset);

	if (p == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return p;
}

/* Room with nothing beside it that could join. */
static char *room(int pages)
{
	return map(NULL, pages + 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + PAGE;
}

static void drop_room(char *p, int pages)
{
	munmap(p - PAGE, (pages + 2) * PAGE);
}

/* What is expected at the beginning of each page. */
static struct {
	const char *at;
	const char *marks;
} expected;

static int see(void *unused TAP_UNUSED)
{
	for (int i = 0; expected.marks[i]; i++)
		if (expected.at[i * PAGE] != (expected.marks[i] == '0' ? 0 : expected.marks[i]))
			return i + 1;
	return 0;
}

/* Both here and in a child. */
static void holds(const char *at, const char *marks, const char *what)
{
	expected.at = at;
	expected.marks = marks;
	is_exit(in_child(see, NULL), 0, "%s: the child has all of it", what);
	is_int(see(NULL), 0, "%s: so have we", what);
}

/* Piece @written of three is written, while the others cannot be; then all
 * can. */
static void join_by_mprotect(int written, const char *marks)
{
	char *p = room(PIECES);

	mprotect(p + written * PAGE, PAGE, RW);
	p[written * PAGE] = marks[written];
	mprotect(p, PIECES * PAGE, RW);
	holds(p, marks, "mprotect");
	munmap(p + PAGE, PAGE);
	ok(written == 1 || p[written * PAGE] == marks[written], "and what is left of it");
	drop_room(p, PIECES);
}

static char *written_page(char mark)
{
	char *p = map(NULL, 1, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*p = mark;
	return p;
}

/* A page comes to lie at piece @to of three; the others are there before. */
static void join_by_mremap(int to, const char *marks)
{
	char *p = room(PIECES), *from = written_page(marks[to]);

	mprotect(p, PIECES * PAGE, RW);
	munmap(p + to * PAGE, PAGE);
	ok(mremap(from, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + to * PAGE) ==
	   p + to * PAGE, "mremap: a page joins");
	holds(p, marks, "mremap");
	drop_room(p, PIECES);
}

static void join_by_mmap(void)
{
	char *p = room(PIECES);

	map(p, 1, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	map(p + 2 * PAGE, 1, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	p[2 * PAGE] = 'z';
	map(p + PAGE, 1, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	holds(p, "00z", "mmap");
	drop_room(p, PIECES);
}

static int new_file(const char *marks)
{
	char path[] = "/tmp/joined-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || unlink(path) < 0 || ftruncate(fd, (long)strlen(marks) * PAGE) < 0)
		bail_out("a file: %s", strerror(errno));
	for (int i = 0; marks[i]; i++)
		if (pwrite(fd, &marks[i], 1, i * PAGE) != 1)
			bail_out("pwrite: %s", strerror(errno));
	return fd;
}

/* Pages of a file side by side: in its order they may join, else not. */
static void join_file(void)
{
	int fd = new_file("abc");
	char *p = room(PIECES);

	map(p, 1, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	map(p + PAGE, 1, RW, MAP_PRIVATE | MAP_FIXED, fd, PAGE);
	map(p + 2 * PAGE, 1, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	holds(p, "aba", "a file");
	p[PAGE] = 'B';
	mprotect(p + PAGE, PAGE, PROT_READ);
	mprotect(p + PAGE, PAGE, RW);
	holds(p, "aBa", "a page of it written");
	munmap(p, PAGE);
	p[2 * PAGE] = 'C';
	holds(p + PAGE, "BC", "and one unmapped");
	drop_room(p, PIECES);
	close(fd);
}

/* The end of a moved piece of a file is where it was in the file. */
static void move_part(void)
{
	int fd = new_file("abcd");
	char *p = room(4), *q = room(2);

	map(p, 4, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	ok(mremap(p + 2 * PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q,
	   "half a file's mapping moves");
	holds(q, "cd", "the half that was moved");
	holds(p, "ab", "the half that was left");
	drop_room(p, 4);
	drop_room(q, 2);
	close(fd);
}

int main(void)
{
	plan(3 * 3 + 3 * 3 + 2 + 6 + 5);
	join_by_mprotect(0, "x00");
	join_by_mprotect(1, "0x0");
	join_by_mprotect(2, "00x");
	join_by_mremap(0, "y00");
	join_by_mremap(1, "0y0");
	join_by_mremap(2, "00y");
	join_by_mmap();
	join_file();
	move_part();
	return done_testing();
}
