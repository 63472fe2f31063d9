/*
 * tests/stress/cache_drop.c
 *
 * Claim    What was written into a page of a file on a disk is there, whether the page
 *          is given up at that moment, because nobody has it, or not.
 * Method   An ext2 in a loop device.  Some write a word into the one page of a file of
 *          their own, by write() or through a mapping, read it, and sync the
 *          file: then the page is clean.  For each of them another one gives the
 *          clean pages of that file up all the time.
 * Oracle   The word that was written last.
 * Catches  A page that nobody has, and that leaves the cache while somebody who has
 *          found it there is about to write.
 * -X       One more than was written is expected.
 */
#define _GNU_SOURCE
#include "libdisk.h"

enum { FILES = 2, KIB = 1000 };

static const char image[] = "drop.img", place[] = "/tmp/drop";
static int files[FILES];
static volatile bool over;
static unsigned long drops[FILES]; /* (a) */

static void write_word(int fd, long word, bool mapped)
{
	volatile long *map;

	if (!mapped) {
		if (pwrite(fd, &word, sizeof(word), 0) != sizeof(word))
			bail_out("pwrite: %s", strerror(errno));
		return;
	}
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	*map = word;
	munmap((void *)map, PAGE);
}

static void *writer(void *arg)
{
	long me = (long)arg, seen;
	int fd = files[me];

	for (long word = 1; !over && !stress_failed(); word++) {
		write_word(fd, word, word % 4 == 0);
		if (pread(fd, &seen, sizeof(seen), 0) != sizeof(seen))
			bail_out("pread: %s", strerror(errno));
		stress_check(seen == word + stress.wrong,
			     "file %ld has word %ld, not %ld", me, seen, word);
		if (fsync(fd) < 0)
			bail_out("fsync: %s", strerror(errno));
		stress_round();
	}
	return NULL;
}

static void *dropper(void *arg)
{
	long me = (long)arg;

	while (!over && !stress_failed()) {
		posix_fadvise(files[me], 0, 0, POSIX_FADV_DONTNEED);
		__atomic_fetch_add(&drops[me], 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2 * FILES];
	unsigned n = 0;
	int image_fd;

	stress_begin(argc, argv, 4, "what is written into a page that just goes is there");
	image_fd = disk_set_up(image, place, KIB);
	for (long i = 0; i < FILES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "file%ld", i);
		files[i] = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (files[i] < 0 || ftruncate(files[i], PAGE) < 0)
			bail_out("%s: %s", name, strerror(errno));
	}
	for (long i = 0; i < FILES; i++) {
		tap_thread(&threads[n++], NULL, writer, (void *)i);
		tap_thread(&threads[n++], NULL, dropper, (void *)i);
	}
	while (stress_go_on())
		usleep(20000);
	over = true;
	while (n > 0)
		pthread_join(threads[--n], NULL);
	for (int i = 0; i < FILES; i++) {
		stress_check(drops[i] > 0, "nothing was given up of file %d", i);
		close(files[i]);
	}
	disk_take_down(place, image_fd);
	return stress_end();
}
