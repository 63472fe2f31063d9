/*
 * tests/stress/cow_file.c
 *
 * Claim    Nothing written through a private mapping of a file reaches the
 *          file, whoever writes and whatever is unmapped meanwhile.
 * Method   Threads of several processes map a file of known contents
 *          privately and write to it with stores, with read() into it and,
 *          where there is one, through /proc/self/mem, while others drop the
 *          copies with madvise(DONTNEED) and fork. pread() and a shared
 *          mapping must always show the original bytes.
 * Catches  Dirty COW (races 1 to 3): a forced write that trusts an earlier COW
 *          break; write faults that make a page-cache page writable.
 * -X       MAP_SHARED.
 */
#include "libstress.h"

#include <fcntl.h>

enum { PAGES = 8 };

static int fd, zero, mem_file;
static unsigned char *map;
static const unsigned char *original;	/* a shared, read-only view */

static unsigned char byte_of(size_t offset)
{
	return offset % 251 + 1;
}

static void make_file(void)
{
	unsigned char bytes[PAGES * PAGE];
	int flags = stress.wrong ? O_RDWR : O_RDONLY;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = byte_of(i);
	fd = open("cow_file.tmp", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
		bail_out("cow_file.tmp: %s", strerror(errno));
	close(fd);
	fd = open("cow_file.tmp", flags);
	unlink("cow_file.tmp");
}

static void check_file(struct rng *rng)
{
	unsigned char bytes[64];
	size_t at = rng_below(rng, PAGES * PAGE - sizeof(bytes));

	if (pread(fd, bytes, sizeof(bytes), at) != sizeof(bytes))
		stress_check(false, "pread: errno %d", errno);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		stress_check(bytes[i] == byte_of(at + i),
			     "byte %zu of the file is %#x, was %#x", at + i,
			     bytes[i], byte_of(at + i));
		stress_check(original[at + i] == byte_of(at + i),
			     "byte %zu of the shared mapping is %#x, was %#x",
			     at + i, original[at + i], byte_of(at + i));
	}
}

static void *write_and_check(void *me)
{
	struct rng rng = rng_of((long)me * 1000 + getpid());

	while (stress_go_on()) {
		size_t at = rng_below(&rng, PAGES * PAGE - 64);

		switch (rng_below(&rng, 6)) {
		case 0:
			*(volatile unsigned char *)(map + at) = 0xee;
			break;
		case 1:
			if (read(zero, map + at, 64) != 64)
				stress_check(false, "read: errno %d", errno);
			break;
		case 2:
			if (mem_file >= 0 &&
			    pwrite(mem_file, "FORCED", 6,
				   (off_t)(map + at)) < 0)
				stress_check(false, "mem: errno %d", errno);
			break;
		case 3:
			madvise(map, PAGES * PAGE, MADV_DONTNEED);
			break;
		case 4:
			madvise(map + at / PAGE * PAGE, PAGE, MADV_DONTNEED);
			break;
		default:
			check_file(&rng);
			stress_round();
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 3, "private writes never reach the file");
	make_file();
	zero = open("/dev/zero", O_RDONLY);
	mem_file = -1;
	map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, stress_private(),
		   fd, 0);
	original = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED || original == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		if (tap_fork() == 0) {
			/* Each process opens its own memory. */
			mem_file = open("/proc/self/mem", O_RDWR);
			stress_threads(stress.threads, write_and_check);
			_exit(0);
		}
	}
	stress_threads(stress.threads, write_and_check);
	stress_reap();
	return stress_end();
}
