/*
 * unmap_fault.c - a mapping goes while a fault reads its file.
 *
 * Claim:  a page that is touched while another thread unmaps it is there, or
 *         the access is refused: nothing else happens.
 * Method: one thread reads the pages of a file with holes through a mapping,
 *         so that every fault makes a page in the cache; another one unmaps
 *         all of it meanwhile.
 * Oracle: each read gives the file's zero, or SIGSEGV. The kernel does not
 *         use the mapping's memory any more: it is overwritten when freed.
 * -X:     the file should hold ones.
 */
#include "libstress.h"

#include <setjmp.h>
#include <signal.h>

enum { PAGES = 32 };

static int fd;
static volatile char *map;
static struct meeting *begin;
static __thread sigjmp_buf is_gone;

static void on_sigsegv(int signal)
{
	(void)signal;
	siglongjmp(is_gone, 1);
}

static void map_file(void)
{
	map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
}

static void *read_or_unmap(void *me)
{
	struct rng rng = rng_of(stress.shared->rounds * 2 + (long)me);

	meet(begin, 2);
	if (me != 0 && map == NULL)
		map_file();
	meet(begin, 2);
	if (me != 0) {
		for (uint64_t n = rng_below(&rng, PAGES); n > 0; n--)
			rng_dither(&rng);
		stress_check(munmap((void *)map, PAGES * PAGE) == 0,
			     "munmap: %s", strerror(errno));
		return NULL;
	}
	if (sigsetjmp(is_gone, 1) == 0)
		for (int p = 0; p < PAGES; p++)
			stress_check(map[p * PAGE] == stress.wrong,
				     "page %d holds %d", p, map[p * PAGE]);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_sigsegv };

	stress_begin(argc, argv, 2, "a fault and munmap do not meet");
	begin = stress_map(PAGE, MAP_SHARED);
	fd = stress_file("unmap_fault.tmp");
	sigaction(SIGSEGV, &action, NULL);
	while (stress_go_on()) {
		if (ftruncate(fd, 0) < 0 || ftruncate(fd, PAGES * PAGE) < 0)
			bail_out("ftruncate: %s", strerror(errno));
		map = NULL;
		if (stress.shared->rounds % 2 == 0)
			map_file();
		stress_threads(2, read_or_unmap);
		stress_round();
	}
	return stress_end();
}
