/*
 * tests/stress/cache_leaves.c
 *
 * Claim    A page of a file on a disk that nobody has any more can be given up, in
 *          whatever way the file has become longer while the page was mapped; and
 *          what was stored in it is on the disk then, also where mprotect() has
 *          allowed that.
 * Method   An ext2 in a loop device.  A file that ends in the middle of a page, which
 *          is mapped to be read, becomes longer: by write() and ftruncate(), within
 *          that page and beyond it.  It is synced.  Now the mapping becomes
 *          writable, the page is stored into, synced, unmapped, and given up
 *          (POSIX_FADV_DONTNEED) until mincore() says that it is not there.
 * Oracle   It is gone after some looks: who writes back may have it for a moment.
 *          What was stored is read.
 * Catches  A page of which a reference is kept for ever; one that can be stored into
 *          and is taken for clean.
 * -X       The page is given up by nobody.
 */
#define _GNU_SOURCE
#include "libdisk.h"

enum { KIB = 1000, LOOKS = 500, LOOK_US = 10000 };

static const char image[] = "leaves.img", place[] = "/tmp/leaves";

static char *map_page(int fd)
{
	char *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return at;
}

static void make_longer(int fd, bool by_write, long size)
{
	if (by_write ? pwrite(fd, "x", 1, size - 1) != 1 : ftruncate(fd, size) < 0)
		bail_out("%ld bytes: %s", size, strerror(errno));
}

static void sync_file(int fd)
{
	if (fsync(fd) < 0)
		bail_out("fsync: %s", strerror(errno));
}

static void store(volatile char *at, char c)
{
	stress_check(*at == 'x', "a byte is %d", *at); /* the page is mapped now */
	if (mprotect((void *)at, PAGE, PROT_READ | PROT_WRITE) < 0)
		bail_out("mprotect: %s", strerror(errno));
	*at = c;
}

static char first_byte(int fd)
{
	char c = 0;

	if (pread(fd, &c, 1, 0) != 1)
		bail_out("pread: %s", strerror(errno));
	return c;
}

static bool is_there(int fd)
{
	char *at = map_page(fd);
	unsigned char there = 1;

	if (mincore(at, PAGE, &there) < 0)
		bail_out("mincore: %s", strerror(errno));
	munmap(at, PAGE);
	return there & 1;
}

static void wait_until_gone(int fd, long how)
{
	for (int looks = 0; looks < LOOKS; looks++) {
		if (!stress.wrong)
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		if (!is_there(fd))
			return;
		usleep(LOOK_US);
	}
	stress_check(false, "a page stays, of a file that became longer in way %ld", how);
}

static void one_round(long how)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char *at;

	if (fd < 0 || pwrite(fd, "x", 1, 0) != 1)
		bail_out("a file: %s", strerror(errno));
	at = map_page(fd);
	make_longer(fd, how & 1, how & 2 ? 3 * PAGE + 20 : 2000);
	sync_file(fd);
	store(at, 'y');
	sync_file(fd);
	munmap(at, PAGE);
	wait_until_gone(fd, how);
	stress_check(first_byte(fd) == 'y', "what was stored is not on the disk");
	close(fd);
	stress_round();
}

int main(int argc, char **argv)
{
	int image_fd;

	stress_begin(argc, argv, 1, "a page that nobody has can be given up, and is stored");
	image_fd = disk_set_up(image, place, KIB);
	for (long how = 0; how < 4 || stress_go_on(); how++)
		one_round(how & 3);
	disk_take_down(place, image_fd);
	return stress_end();
}
