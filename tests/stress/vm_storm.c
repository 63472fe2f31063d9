/*
 * tests/stress/vm_storm.c
 *
 * Claim    Another process's memory is read and written as it is at that
 *          moment, though its threads map, unmap, protect and discard it, and
 *          it forks: what is read is what some thread put there, what is
 *          written is in that process and in no child that was forked before,
 *          and a process that ends takes nothing with it.
 * Method   A process has two threads, one that replaces pages in all ways and
 *          fills them with their number, and one that forks. Its parent reads
 *          pages by process_vm_readv(), and counts in one by
 *          process_vm_writev(). Others fill whatever frames get free. Then
 *          the process ends while it is read.
 * Oracle   Each word read is the page's number, or zero. The count is read
 *          back, and in a child it does not move.
 * Catches  A page that is looked up without the lock of its table, and freed
 *          while it is copied; a shared page that is written in place; an
 *          address space that is not held.
 * -X       The pages are filled with another number now and then.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/uio.h>

enum {
	PAGES = 4, WORDS = PAGE / sizeof(long), READS = 150, FILLERS = 1,
	PAGES_TO_FILL = 64,
};

static struct shared {
	struct meeting start;
	bool over;			/* the round */
} *shared;

static long *pages;			/* in the process, and in its parent */
static volatile long *count;		/* a page of its own */

static bool is_over(void)
{
	return __atomic_load_n(&shared->over, __ATOMIC_ACQUIRE) ||
	       stress_failed();
}

/* ---- the process ---- */

static void map_at(void *at, int n)
{
	if (mmap(at, (size_t)n * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
		stress_check(false, "mmap: errno %d", errno);
}

static void fill(struct rng *rng, int k)
{
	long *page = pages + k * WORDS, mark = k + 1;

	if (stress.wrong && rng_below(rng, 8) == 0)
		mark = 1000;
	for (unsigned i = 0; i < WORDS; i++)
		page[i] = mark;
}

static void replace(struct rng *rng, int k)
{
	long *page = pages + k * WORDS;

	switch (rng_below(rng, 4)) {
	case 0:
		madvise(page, PAGE, MADV_DONTNEED);
		break;
	case 1:
		map_at(page, 1);
		break;
	case 2:
		mprotect(page, PAGE, PROT_READ);
		mprotect(page, PAGE, PROT_READ | PROT_WRITE);
		break;
	default:
		munmap(page, PAGE);
		map_at(page, 1);
	}
	fill(rng, k);
}

static void *replace_all(void *unused)
{
	struct rng rng = rng_of(1);

	while (!is_over())
		replace(&rng, rng_below(&rng, PAGES));
	return unused;
}

/* The count is as it was when the child was born. */
static void look_twice(void)
{
	long before = *count;

	for (int i = 0; i < 10; i++)
		sched_yield();
	stress_check(*count == before, "a child's count goes from %ld to %ld",
		     before, *count);
}

static void fork_all_the_time(void)
{
	while (!is_over()) {
		int status;
		pid_t pid = tap_fork();

		if (pid == 0) {
			look_twice();
			_exit(0);
		}
		waitpid(pid, &status, 0);
		stress_check(status == 0, "a child: wait status %#x", status);
	}
}

static void be_process(void)
{
	pthread_t t;

	map_at(pages, PAGES);
	*count = 0;
	tap_thread(&t, NULL, replace_all, NULL);
	meet(&shared->start, 2);
	fork_all_the_time();
	_exit(0);		/* its thread may be at it still */
}

/* ---- who reads and writes it ---- */

static ssize_t move(pid_t pid, bool write, void *ours, const void *theirs,
		    size_t n)
{
	struct iovec local = { ours, n }, remote = { (void *)theirs, n };

	return write ? process_vm_writev(pid, &local, 1, &remote, 1, 0)
		     : process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

/* EFAULT where nothing is mapped at the moment, ESRCH when it has ended. */
static void read_page(pid_t pid, int k)
{
	static long copy[WORDS];
	ssize_t n = move(pid, false, copy, pages + k * WORDS, PAGE);

	stress_check(n >= 0 || errno == EFAULT || errno == ESRCH,
		     "process_vm_readv: errno %d", errno);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(long); i++)
		if (!stress_check(copy[i] == 0 || copy[i] == k + 1,
				  "word %zd of page %d reads as %#lx", i, k,
				  copy[i]))
			break;
}

static void count_up(pid_t pid)
{
	static long value;
	long back = -1;

	value++;
	if (move(pid, true, &value, (void *)count, sizeof(value)) < 0 ||
	    move(pid, false, &back, (void *)count, sizeof(back)) < 0)
		stress_check(false, "the count: errno %d", errno);
	stress_check(back == value, "%ld was written, %ld is there", value,
		     back);
}

static void use(pid_t pid)
{
	meet(&shared->start, 2);
	for (int i = 0; i < READS && !stress_failed(); i++) {
		count_up(pid);
		read_page(pid, i % PAGES);
	}
	__atomic_store_n(&shared->over, true, __ATOMIC_RELEASE);
	for (int i = 0; i < READS / 4; i++)
		read_page(pid, i % PAGES);
}

/* ---- who takes what gets free ---- */

static void fill_frames(void)
{
	while (!is_over()) {
		long *mem = stress_map(PAGES_TO_FILL * PAGE, MAP_PRIVATE);

		for (unsigned i = 0; i < PAGES_TO_FILL * WORDS; i++)
			mem[i] = -1;
		munmap(mem, PAGES_TO_FILL * PAGE);
	}
	_exit(0);
}

static void one_round(void)
{
	pid_t pid;

	shared->over = false;
	for (int i = 0; i < FILLERS; i++)
		if (tap_fork() == 0)
			fill_frames();
	pid = tap_fork();
	if (pid == 0)
		be_process();
	use(pid);
	stress_reap();
	stress_round();
}

int main(int argc, char **argv)
{
	if (process_vm_readv(getpid(), NULL, 0, NULL, 0, 0) < 0)
		skip_all("there is no process_vm_readv()");
	stress_begin(argc, argv, 2, "another process's memory is as it is");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	pages = stress_map(PAGES * PAGE, MAP_PRIVATE);
	count = stress_map(PAGE, MAP_PRIVATE);
	while (stress_go_on())
		one_round();
	return stress_end();
}
