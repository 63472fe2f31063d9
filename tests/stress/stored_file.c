/*
 * tests/stress/stored_file.c
 *
 * Claim    What was stored into a file on a disk, by write() or through a
 *          mapping, is there when its pages have gone to the disk and come back,
 *          whoever syncs, cuts, renames and removes files meanwhile; so is what was
 *          appended while the file's last page was written back; what was
 *          cut off and comes back is zeros; an unlinked file keeps its bytes, and
 *          no two files share any. What was synced is on the disk, and when all is
 *          synced no file is left out.
 * Method   An ext2 in a loop device. Each thread has places of its own in each
 *          page of one file, which it stores to, mapped and not; then the pages
 *          are given up (POSIX_FADV_DONTNEED) and read. Others sync that file all
 *          the time, cut and grow another, also where it is stored into, append to
 *          one that is being written back, and fill and remove more. One stores
 *          through a mapping that
 *          stays, syncs and looks into the image; one changes many files and syncs
 *          all, while the kernel's own thread writes back. At last the disk is full, and
 *          a file's holes are stored into: SIGBUS.
 * Oracle   What the thread stored last; zeros; the number of the file in each
 *          word of it.
 * Catches  A page that is taken for clean and can still be stored into
 *          (mm_clean_pagecache() left out of store.c), a tail that is not
 *          cleared, or is when an append has begun, blocks that are given out
 *          while somebody writes them, files that change their order while
 *          somebody goes through all.
 * -X       Of what was stored one more is expected.
 */
#define _GNU_SOURCE
#include "libdisk.h"

#include <setjmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { STORERS = 3, PAGES = 24, SLOT = 128, KIB = 6000, WORDS = 3000,
       GROWN = 700, KEPT = 120, SPARSE = 240 };

static const char image[] = "stored.img", place[] = "/tmp/stored";
static int image_fd;
static volatile bool over;

static int open_file(const char *name, int flags)
{
	int fd = open(name, O_RDWR | O_CLOEXEC | flags, 0600);

	if (fd < 0 && errno != ENOSPC)
		bail_out("%s: %s", name, strerror(errno));
	return fd;
}

/* ---- stores ---- */

static long offset_of(long page, long me)
{
	return page * PAGE + me * SLOT;
}

static void store_mapped(int fd, long page, long me, long value, bool twice)
{
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 page * PAGE);
	volatile long *slot = (volatile long *)(map + me * SLOT);

	if (map == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	*slot = twice ? -value : value;
	if (twice) {
		sched_yield(); /* it may become clean here */
		*slot = value;
	}
	munmap(map, PAGE);
}

static void check_slot(int fd, long page, long me, long value)
{
	long seen = -1;

	if (pread(fd, &seen, sizeof(seen), offset_of(page, me)) != sizeof(seen))
		bail_out("pread: %s", strerror(errno));
	stress_check(seen == value + stress.wrong, "page %ld of %ld: %ld, not %ld",
		     page, me, seen, value);
}

static void *storer(void *arg)
{
	long me = (long)arg, value = 0, last[PAGES] = { 0 };
	int fd = open_file("stored", 0);
	struct rng rng = rng_of(stress.seed * 16 + (unsigned long)me);

	while (!over && !stress_failed()) {
		long page = (long)rng_below(&rng, PAGES);

		value++;
		if (rng_below(&rng, 3) == 0) {
			if (pwrite(fd, &value, sizeof(value),
				   offset_of(page, me)) != sizeof(value))
				bail_out("pwrite: %s", strerror(errno));
		} else {
			store_mapped(fd, page, me, value, rng_below(&rng, 2));
		}
		last[page] = value;
		if (rng_below(&rng, 4) == 0)
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		page = (long)rng_below(&rng, PAGES);
		check_slot(fd, page, me, last[page]);
	}
	close(fd);
	return NULL;
}

static void *syncer(void *unused)
{
	int fd = open_file("stored", 0);

	for (long i = 0; !over && !stress_failed(); i++) {
		if ((i % 8 == 7 ? syncfs(fd) : fsync(fd)) != 0)
			stress_check(false, "sync: %s", strerror(errno));
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	close(fd);
	return unused;
}

/* Where in the image the word @magic is, which is there once. */
static long find_word(uint64_t magic)
{
	static uint64_t buf[KIB * 1024 / 8];
	ssize_t n = pread(image_fd, buf, sizeof(buf), 0);

	for (ssize_t i = 0; i < n / 8; i++)
		if (buf[i] == magic)
			return i * 8;
	bail_out("what was synced is nowhere in the image");
	return 0;
}

/* The mapping stays: whether it may be stored into is for faults to find. */
static void *teller(void *unused)
{
	int fd = open_file("told", O_CREAT | O_TRUNC);
	int safe = open_file("told", O_DSYNC);
	volatile uint64_t *word;
	uint64_t value = 0x6d75636820746f6c, seen;
	long where;

	if (ftruncate(fd, PAGE) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	*word = value;
	if (msync((void *)word, PAGE, MS_SYNC) < 0)
		bail_out("msync: %s", strerror(errno));
	where = find_word(value);
	for (long i = 0; !over && !stress_failed(); i++) {
		value++;
		if (i % 3 != 0)
			*word = value;
		if ((i % 3 == 0 ? pwrite(safe, &value, sizeof(value), 0) :
		     i % 3 == 1 ? fsync(fd) :
				  msync((void *)word, PAGE, MS_SYNC)) < 0)
			stress_check(false, "sync: %s", strerror(errno));
		pread(image_fd, &seen, sizeof(seen), where);
		stress_check(seen == value, "on the disk is %lx, not %lx", seen,
			     value);
	}
	munmap((void *)word, PAGE);
	close(safe);
	close(fd);
	return unused;
}

/* ---- sizes ---- */

static void check_zeros(int fd, long from, long to)
{
	static char buf[4 * PAGE];
	long n = pread(fd, buf, (size_t)(to - from), from);

	stress_check(n == to - from, "%ld of %ld bytes", n, to - from);
	for (long i = 0; i < n; i++)
		if (!stress_check(buf[i] == 0, "byte %ld of what was cut off is %d",
				  from + i, buf[i]))
			return;
}

static void *cutter(void *unused)
{
	static char full[4 * PAGE];
	int fd = open_file("cut", O_CREAT | O_TRUNC);
	struct rng rng = rng_of(stress.seed + 99);

	memset(full, 'x', sizeof(full));
	while (!over && !stress_failed()) {
		long cut = (long)rng_below(&rng, sizeof(full));

		if (pwrite(fd, full, sizeof(full), 0) != sizeof(full))
			continue; /* the disk is full */
		if (rng_below(&rng, 2))
			fsync(fd);
		if (ftruncate(fd, cut) < 0)
			bail_out("ftruncate: %s", strerror(errno));
		if (rng_below(&rng, 2))
			fsync(fd);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		if (ftruncate(fd, sizeof(full)) < 0)
			bail_out("ftruncate: %s", strerror(errno));
		check_zeros(fd, cut, sizeof(full));
	}
	close(fd);
	return unused;
}

/* Zeros, where the file is: who is asked for them by read() is told EFAULT where it
 * is not any more, and gets no SIGBUS. */
static void *hole_maker(void *unused)
{
	int fd = open_file("cut", O_CREAT), zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct rng rng = rng_of(stress.seed + 77);

	while (!over && !stress_failed()) {
		char *at = map + rng_below(&rng, 4) * PAGE;

		if (read(zeros, at, 1) < 0 && errno != EFAULT)
			stress_check(false, "read: %s", strerror(errno));
	}
	munmap(map, 4 * PAGE);
	close(zeros);
	close(fd);
	return unused;
}

/* ---- a file that grows while it is written back ---- */

static void check_grown(int fd, long base)
{
	static long words[GROWN];

	if (pread(fd, words, sizeof(words), 0) != sizeof(words))
		bail_out("pread: %s", strerror(errno));
	for (long i = 0; i < GROWN; i++)
		if (!stress_check(words[i] == base + i + stress.wrong,
				  "word %ld of what was appended is %ld, not %ld",
				  i, words[i], base + i))
			return;
}

static void *grower(void *unused)
{
	int fd = open_file("grown", O_CREAT | O_TRUNC | O_APPEND);
	long base = 1;

	for (; !over && !stress_failed(); base += GROWN) {
		for (long i = 0; i < GROWN; i++) {
			long word = base + i;

			if (write(fd, &word, sizeof(word)) != sizeof(word))
				bail_out("append: %s", strerror(errno));
		}
		check_grown(fd, base);
		if (ftruncate(fd, 0) < 0)
			bail_out("ftruncate: %s", strerror(errno));
	}
	close(fd);
	return unused;
}

static void *writer_back(void *unused)
{
	int fd = open_file("grown", O_CREAT);

	while (!over && !stress_failed())
		if (sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE) < 0)
			stress_check(false, "sync_file_range: %s",
				     strerror(errno));
	close(fd);
	return unused;
}

/* ---- what nobody else writes to, when all was synced ---- */

static long nr_dirty(int fd)
{
	struct {
		uint64_t cached, dirty, writeback, evicted, recently_evicted;
	} count;
	const uint64_t all[2] = { 0, 0 };

	if (syscall(451 /* cachestat */, fd, all, &count, 0) < 0)
		bail_out("cachestat: %s", strerror(errno));
	return (long)count.dirty;
}

static void *keeper(void *unused)
{
	int fds[KEPT];

	for (int i = 0; i < KEPT; i++) {
		char name[16];

		snprintf(name, sizeof(name), "kept%d", i);
		fds[i] = open_file(name, O_CREAT | O_TRUNC);
	}
	for (long turn = 1; !over && !stress_failed(); turn++) {
		for (int i = 0; i < KEPT; i++)
			if (pwrite(fds[i], &turn, sizeof(turn), 0) < 0)
				bail_out("pwrite: %s", strerror(errno));
		if (syncfs(fds[0]) != 0)
			stress_check(false, "syncfs: %s", strerror(errno));
		for (int i = 0; i < KEPT; i++)
			stress_check(nr_dirty(fds[i]) == 0,
				     "file %d of %d was synced, and is dirty",
				     i, KEPT);
	}
	for (int i = 0; i < KEPT; i++)
		close(fds[i]);
	return unused;
}

/* ---- files that come and go ---- */

static void check_words(int fd, long n, long number)
{
	static __thread long words[WORDS];

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (pread(fd, words, (size_t)n, 0) != n)
		bail_out("pread: %s", strerror(errno));
	for (long i = 0; i < n / (long)sizeof(long); i++)
		if (!stress_check(words[i] == number, "word %ld of %lx is %lx", i,
				  number, words[i]))
			return;
}

static void *remover(void *arg)
{
	static __thread long words[WORDS];
	long me = (long)arg;
	char name[16], other[16];

	snprintf(name, sizeof(name), "new%ld", me);
	snprintf(other, sizeof(other), "moved%ld", me % 2);
	for (long i = 0; !over && !stress_failed(); i++) {
		long number = me << 32 | i, n;
		int fd = open_file(name, O_CREAT | O_TRUNC);

		if (fd < 0)
			continue;
		for (long w = 0; w < WORDS; w++)
			words[w] = number;
		n = write(fd, words, sizeof(words)) & ~7L;
		if (i % 3 == 0)
			fsync(fd);
		if (i % 2)
			unlink(name);
		else if (rename(name, other) < 0)
			stress_check(false, "rename: %s", strerror(errno));
		if (n > 0)
			check_words(fd, n, number);
		close(fd);
	}
	return NULL;
}

/* ---- a disk that is full ---- */

static sigjmp_buf refused;

static void catch_bus(int sig)
{
	siglongjmp(refused, sig);
}

/* How many of @pages can be stored into. */
static int stored_into(volatile char *map, int pages)
{
	volatile int n = 0;

	for (volatile int i = 0; i < pages; i++) {
		if (sigsetjmp(refused, 1) != 0)
			continue;
		map[i * PAGE] = 1;
		n++;
	}
	return n;
}

/* Pages for which there is no block are not kept: run-tests counts frames. */
static void store_into_full(void)
{
	static char block[64 << 10];
	int full = open_file("full", O_CREAT), sparse = open_file("sparse", O_CREAT);
	char *map;

	if (ftruncate(sparse, SPARSE * PAGE) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	while (write(full, block, sizeof(block)) > 0)
		;
	map = mmap(NULL, SPARSE * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, sparse, 0);
	signal(SIGBUS, catch_bus);
	stress_check(stored_into(map, SPARSE) < SPARSE / 4,
		     "a full disk has room for what is stored into a hole");
	signal(SIGBUS, SIG_DFL);
	munmap(map, SPARSE * PAGE);
	close(full);
	close(sparse);
}

int main(int argc, char **argv)
{
	pthread_t threads[STORERS + 10];
	unsigned n = 0;
	int fd;

	stress_begin(argc, argv, 4, "what is stored on a disk comes back");
	image_fd = disk_set_up(image, place, KIB);
	fd = open_file("stored", O_CREAT | O_TRUNC);
	if (ftruncate(fd, PAGES * PAGE) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	close(fd);
	for (long i = 0; i < STORERS; i++)
		tap_thread(&threads[n++], NULL, storer, (void *)i);
	tap_thread(&threads[n++], NULL, syncer, NULL);
	tap_thread(&threads[n++], NULL, cutter, NULL);
	tap_thread(&threads[n++], NULL, hole_maker, NULL);
	tap_thread(&threads[n++], NULL, teller, NULL);
	tap_thread(&threads[n++], NULL, grower, NULL);
	tap_thread(&threads[n++], NULL, writer_back, NULL);
	tap_thread(&threads[n++], NULL, keeper, NULL);
	for (long i = 1; i <= 3; i++)
		tap_thread(&threads[n++], NULL, remover, (void *)i);
	while (stress_go_on()) {
		usleep(20000);
		stress_round();
	}
	over = true;
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	if (!stress_failed())
		store_into_full();
	disk_take_down(place, image_fd);
	return stress_end();
}
