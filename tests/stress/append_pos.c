/*
 * tests/stress/append_pos.c
 *
 * Claim    Each write with O_APPEND, also of a vector, finds the end and
 *          writes there in one; who shares an open file shares its position, which read, write
 *          and their vectors use and move in one.
 * Method   Threads and processes write records at once, by write() and
 *          writev(): each to the end of a file that it has opened itself, and
 *          all through one open file. Then all but one read through one open
 *          file, by read() and readv(); that one seeks to where it is already.
 *          Now and then the bytes of a record are not in memory yet.
 * Oracle   Each record is in the file once, whole, and those of one writer in
 *          their order; each is read once. Who stands still was not woken.
 * Catches  The end that is looked for before the lock; a position that is
 *          used without its lock, in one of the ways; a mutex that does not
 *          wake who waits.
 * -X       The files are opened without O_APPEND.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/uio.h>

enum { RECORD = 64, PER_WRITER = 25, WRITERS = 4 };

struct record {
	int writer, number;
	char filler[RECORD - 2 * sizeof(int)];
};

static struct shared {
	struct meeting start, each;
	unsigned long moved;		/* records, for the watch */
	int seen[WRITERS][PER_WRITER];
	bool busy;
} *shared;

static int common = -1;		/* the open file that all share */

static void has_moved(ssize_t n)
{
	stress_check(n == RECORD, "a record moves %zd bytes, errno %d", n,
		     errno);
	__atomic_fetch_add(&shared->moved, 1, __ATOMIC_RELAXED);
}

/* ---- writing ---- */

static void make_record(struct record *r, int writer, int number)
{
	r->writer = writer;
	r->number = number;
	memset(r->filler, 'a' + writer, sizeof(r->filler));
}

static void write_record(int fd, struct record *r, bool in_pieces)
{
	struct iovec iov[] = {
		{ r, 2 * sizeof(int) }, { r->filler, sizeof(r->filler) },
	};

	if (in_pieces)
		has_moved(writev(fd, iov, 2));
	else
		has_moved(write(fd, r, RECORD));
}

/* @meeting: all write at once and then wait for each other, so that the wake-up
 * of who was last is the only one it gets. */
static void write_all(int fd, long me, bool meeting)
{
	struct record *r = stress_map(2 * PAGE, MAP_PRIVATE);

	for (int i = 0; i < PER_WRITER; i++) {
		if (meeting)
			meet(&shared->each, WRITERS);
		make_record(r, (int)me, i);
		write_record(fd, r, i % 2);
		if (i % 8 == 0)
			madvise(r, PAGE, MADV_DONTNEED);
	}
	munmap(r, 2 * PAGE);
}

static void *append(void *me)
{
	int fd = open("file", O_WRONLY | (stress.wrong ? 0 : O_APPEND));

	meet(&shared->start, WRITERS);
	write_all(fd, (long)me, true);
	close(fd);
	return NULL;
}

static void *write_common(void *me)
{
	meet(&shared->start, WRITERS);
	write_all(common, (long)me, false);
	return NULL;
}

/* ---- what is in the file ---- */

static void check_record(const struct record *r)
{
	bool good = (unsigned)r->writer < WRITERS &&
		    (unsigned)r->number < PER_WRITER;

	for (unsigned i = 0; good && i < sizeof(r->filler); i++)
		good = r->filler[i] == 'a' + r->writer;
	if (stress_check(good, "a record is damaged (writer %d, number %d)",
			 r->writer, r->number))
		__atomic_fetch_add(&shared->seen[r->writer][r->number], 1,
				   __ATOMIC_RELAXED);
}

static void forget_seen(void)
{
	memset(shared->seen, 0, sizeof(shared->seen));
}

static void check_all_seen(const char *how)
{
	for (int w = 0; w < WRITERS; w++)
		for (int i = 0; i < PER_WRITER; i++)
			if (!stress_check(shared->seen[w][i] == 1,
					  "record %d of writer %d is %d times %s",
					  i, w, shared->seen[w][i], how))
				return;
}

static void check_file(const char *how)
{
	int fd = open("file", O_RDONLY), next[WRITERS] = { 0 };
	struct record r;
	ssize_t n;

	forget_seen();
	while ((n = read(fd, &r, RECORD)) == RECORD && !stress_failed()) {
		check_record(&r);
		if (!stress_failed())
			stress_check(r.number == next[r.writer]++,
				     "record %d of writer %d comes too late",
				     r.number, r.writer);
	}
	stress_check(n <= 0 || stress_failed(), "the file ends with %zd bytes",
		     n);
	close(fd);
	check_all_seen(how);
}

/* ---- reading ---- */

static ssize_t read_record(struct record *r, bool in_pieces)
{
	struct iovec iov[] = {
		{ r, 5 }, { (char *)r + 5, RECORD - 5 },
	};

	return in_pieces ? readv(common, iov, 2) : read(common, r, RECORD);
}

static void read_all(long me)
{
	struct record r;
	ssize_t n;

	for (int i = me; (n = read_record(&r, i % 2)) > 0; i++) {
		has_moved(n);
		check_record(&r);
		if (stress_failed())
			break;
	}
}

/* To where it is already, until that is the end. */
static void seek_all(void)
{
	off_t at;

	do {
		at = lseek(common, 0, SEEK_CUR);
		stress_check(at % RECORD == 0,
			     "the position is within a record: %ld", (long)at);
	} while (at < WRITERS * PER_WRITER * RECORD && !stress_failed());
}

static void *read_common(void *me)
{
	meet(&shared->start, WRITERS);
	if ((long)me == 0)
		seek_all();
	else
		read_all((long)me);
	return NULL;
}

/* ---- a round ---- */

/* Not by stress_children(), which would wait for the watch as well. */
static void in_processes(void *(*fn)(void *))
{
	pid_t pid[WRITERS];
	int status;

	for (long i = 0; i < WRITERS; i++) {
		pid[i] = tap_fork();
		if (pid[i] == 0) {
			fn((void *)i);
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		waitpid(pid[i], &status, 0);
		stress_check(status == 0, "a child: wait status %#x", status);
	}
}

static void all_do(void *(*fn)(void *), bool processes)
{
	if (processes)
		in_processes(fn);
	else
		stress_threads(WRITERS, fn);
}

static void open_common(int flags)
{
	if (common >= 0)
		close(common);
	common = open("file", flags | O_CREAT, 0600);
	if (common < 0)
		bail_out("file: %s", strerror(errno));
}

static void one_round(bool processes)
{
	open_common(O_RDWR | O_TRUNC);
	all_do(append, processes);
	check_file("appended");
	open_common(O_RDWR | O_TRUNC);
	all_do(write_common, processes);
	check_file("written through one open file");
	forget_seen();
	open_common(O_RDONLY);
	all_do(read_common, processes);
	check_all_seen("read through one open file");
	stress_round();
}

static void look(void)
{
	static struct stress_seen seen;

	if (!shared->busy)
		seen.looks = 0;
	else if (stress_stands(&seen, shared->moved))
		stress_check(false, "all wait for the file, and nobody has it");
}

int main(int argc, char **argv)
{
	char dir[] = "append_pos.XXXXXX";
	pid_t watch;

	stress_begin(argc, argv, WRITERS, "writes at the end, or at a shared position, do not meet");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	shared->busy = true;
	watch = stress_watch(look);
	for (int i = 0; stress_go_on(); i++)
		one_round(i % 2);
	stress_watch_end(watch);
	unlink("file");
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
