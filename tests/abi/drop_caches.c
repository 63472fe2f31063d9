/*
 * tests/abi/drop_caches.c
 *
 * Claim    What is stored into vm.drop_caches takes the pages of files out of
 *          memory that are on a disk as well; what is dirty, or nowhere else, stays, and
 *          every byte is read as it was. Root alone may, and nothing but the bits.
 * Method   A file in an ext2 in a loop device, synced; then one page of it is written
 *          to. A memfd beside it.
 * Oracle   mincore() of a mapping that nobody has touched: what the cache has.
 */
#define _GNU_SOURCE
#include "../libloop.h"

#include <sys/mman.h>

enum { IMAGE_KIB = 2048, PAGE = 4096, PAGES = 64, DIRTY = 17, USER = 4248 };

static const char place[] = "/tmp/drop_caches";

static int drop(const char *what)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, what, strlen(what)) < 0)
		err = errno;
	close(fd);
	return err;
}

static void fill(int fd)
{
	char page[PAGE];

	for (int i = 0; i < PAGES; i++) {
		memset(page, 'a' + i % 26, PAGE);
		if (pwrite(fd, page, PAGE, (off_t)i * PAGE) != PAGE)
			bail_out("pwrite: %s", strerror(errno));
	}
}

static int wrong_pages(int fd)
{
	char page[PAGE];
	int n = 0;

	for (int i = 0; i < PAGES; i++)
		n += pread(fd, page, PAGE, (off_t)i * PAGE) != PAGE ||
		     page[0] != (i == DIRTY ? '!' : 'a' + i % 26) ||
		     page[PAGE - 1] != 'a' + i % 26;
	return n;
}

/* Bit i: page i is in memory. */
static uint64_t in_memory(int fd)
{
	unsigned char there[PAGES];
	uint64_t set = 0;
	void *at = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED || mincore(at, PAGES * PAGE, there) < 0)
		bail_out("mincore: %s", strerror(errno));
	munmap(at, PAGES * PAGE);
	for (int i = 0; i < PAGES; i++)
		set |= (uint64_t)(there[i] & 1) << i;
	return set;
}

static void test_pages(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int memory = memfd_create("memory", MFD_CLOEXEC);

	fill(fd);
	fill(memory);
	fsync(fd);
	ok(in_memory(fd) == UINT64_MAX, "the file is in memory");
	is_int(drop("2"), 0, "names and inodes");
	ok(in_memory(fd) == UINT64_MAX, "are no pages");
	if (pwrite(fd, "!", 1, (off_t)DIRTY * PAGE) != 1 ||
	    pwrite(memory, "!", 1, (off_t)DIRTY * PAGE) != 1)
		bail_out("pwrite: %s", strerror(errno));
	is_int(drop("3"), 0, "all");
	ok(in_memory(fd) == UINT64_C(1) << DIRTY, "a dirty page stays");
	ok(in_memory(memory) == UINT64_MAX, "and what is nowhere else");
	is_int(wrong_pages(fd), 0, "every byte is as it was");
	is_int(wrong_pages(memory), 0, "of both");
	fsync(fd);
	is_int(drop("1"), 0, "pages");
	ok(in_memory(fd) == 0, "once it is clean, it goes, too");
	is_int(wrong_pages(fd), 0, "and is read again");
	close(fd);
	close(memory);
}

static void test_refused(void)
{
	int status;

	is_int(drop("0"), EINVAL, "nothing");
	is_int(drop("5"), EINVAL, "more than there is");
	is_int(drop("x"), EINVAL, "no number");

	pid_t child = tap_fork();

	if (child == 0)
		_exit(setresuid(USER, USER, USER) != 0 || drop("1") != EACCES);
	waitpid(child, &status, 0);
	is_exit(status, 0, "who is not root may not");
}

int main(void)
{
	int image = loop_image(IMAGE_KIB);

	loop_mount(image, place);
	if (chdir(place) < 0)
		bail_out("%s: %s", place, strerror(errno));
	test_pages();
	test_refused();
	unlink("file");
	if (chdir("/") < 0 || umount(place) < 0)
		bail_out("umount: %s", strerror(errno));
	rmdir(place);
	return done_testing();
}
