/*
 * tests/stress/copy_switch.c
 *
 * Claim    The kernel writes into user memory by the rights that are there at
 *          the moment of each page's write, not by those it saw earlier.
 * Method   read() copies bytes into two pages, from any place in the first
 *          one, while another thread replaces the second: writable memory, a
 *          read-only private and a read-only shared mapping of a file, nothing.
 *          The file must keep its bytes; each read() gives what could be
 *          copied, as does a write() of the buffer into a pipe.
 * Catches  Rights checked once for several pages (race 14, MacDirtyCow), a
 *          page found before, and written after, it was replaced (19).
 * -X       The file's mapping is writable and shared.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>

enum { NEW = 'n', OLD = 'o' };

static int file, source, sink[2];
static char *buffer;
static bool stop;

static void replace_second_page(struct rng *rng)
{
	char *second = buffer + PAGE;
	int shared = rng_below(rng, 2) ? MAP_SHARED : MAP_PRIVATE;

	switch (rng_below(rng, 4)) {
	case 0:
		munmap(second, PAGE);
		break;
	case 1:
		mmap(second, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	default:
		mmap(second, PAGE, stress.wrong ? PROT_READ | PROT_WRITE
						: PROT_READ,
		     (stress.wrong ? MAP_SHARED : shared) | MAP_FIXED, file, 0);
	}
}

static void *switch_pages(void *unused)
{
	struct rng rng = rng_of(1);

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		replace_second_page(&rng);
		rng_dither(&rng);
	}
	return unused;
}

/* From @at on.  What is in the first page can always be copied; Linux may
 * stop within the second. */
static void check_result(const char *what, int at, ssize_t n)
{
	stress_check(n >= PAGE - at && n <= 2 * PAGE - at,
		     "%s gives %zd, errno %d", what, n, errno);
}

/* A pipe takes whole pieces: one that reaches into the second page is taken
 * as far as that, or not at all. */
static void check_written(int at, ssize_t n)
{
	stress_check(n == -1 ? errno == EFAULT : n <= 2 * PAGE - at,
		     "write gives %zd, errno %d", n, errno);
}

static void copy_both(int at)
{
	check_result("read", at, pread(source, buffer + at, 2 * PAGE - at, 0));
	check_written(at, write(sink[1], buffer + at, 2 * PAGE - at));
}

static void check_file(void)
{
	char bytes[PAGE];

	if (pread(file, bytes, PAGE, 0) != PAGE)
		stress_check(false, "pread: errno %d", errno);
	for (int i = 0; i < PAGE; i++)
		if (!stress_check(bytes[i] == OLD, "byte %d of the file is %#x",
				  i, bytes[i]))
			return;
}

static void drain(void)
{
	char bytes[2 * PAGE];

	while (read(sink[0], bytes, sizeof(bytes)) > 0)
		;
}

static void make_files(void)
{
	char bytes[2 * PAGE];

	file = stress_file("copy_switch.tmp");
	source = stress_file("copy_switch.src");
	if (pipe2(sink, O_NONBLOCK) < 0)
		bail_out("pipe: %s", strerror(errno));
	memset(bytes, OLD, PAGE);
	if (write(file, bytes, PAGE) != PAGE)
		bail_out("write: %s", strerror(errno));
	memset(bytes, NEW, sizeof(bytes));
	if (write(source, bytes, sizeof(bytes)) != sizeof(bytes))
		bail_out("write: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct rng rng;
	pthread_t t;

	if (under_qemu_user())
		skip_all("qemu-user: checks a range once");
	stress_begin(argc, argv, 1, "copies obey the rights of the moment");
	rng = rng_of(0);
	make_files();
	buffer = stress_map(2 * PAGE, MAP_PRIVATE);
	tap_thread(&t, NULL, switch_pages, NULL);
	while (stress_go_on()) {
		copy_both(rng_below(&rng, 2) ? rng_below(&rng, PAGE) : 0);
		drain();
		check_file();
		stress_round();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
	return stress_end();
}
