/*
 * tests/stress/window_storm.c
 *
 * Claim    What a thread has mapped where the kernel pleased is there until it
 *          unmaps it, whoever looks at the whole address space meanwhile; and who
 *          looks at all of it sees it.
 * Method   Each thread maps pieces without an address, fills them, changes their
 *          rights and size, gives pages back and unmaps them, and keeps a record. Others
 *          have the whole address space to themselves by turns: one reads
 *          /proc/self/maps, one forks; both know a piece of each thread, which it
 *          does not give up before they have looked.
 * Oracle   Each byte is as it was written, a page given back is empty, mincore()
 *          knows what is mapped and what is not, pieces of two threads do not
 *          overlap; the child finds the pieces in its copy, the reader in the list.
 * Catches  Who has waited for the lock of a part of an address space and does not
 *          see that it is no part by now; who closes one that somebody is in.
 * -X       The record of a page is wrong now and then.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/wait.h>

enum { PIECES = 24, MOST = 6 };

struct piece {
	char *start;
	int pages;
	unsigned char fill; /* of each page, but where it was given back */
	bool empty[MOST];
};

/* One piece of each thread that is looked at:. */
static struct shown {
	char *volatile start;
	volatile unsigned char fill;
	volatile unsigned turns; /* odd: it may be looked at */
	volatile unsigned seen;  /* by the reader and the child, as `turns` */
	char pad[64];
} shown[MAX_THREADS];

static volatile bool over;

static void fill(struct piece *p, unsigned char value)
{
	for (int i = 0; i < p->pages; i++) {
		p->start[i * PAGE] = p->start[i * PAGE + PAGE - 1] = (char)value;
		p->empty[i] = false;
	}
	p->fill = value;
}

static void check(const struct piece *p)
{
	for (int i = 0; i < p->pages; i++) {
		const volatile char *page = p->start + i * PAGE;
		unsigned char wanted = p->empty[i] ? 0 : p->fill;
		unsigned char first = page[0], last = page[PAGE - 1];

		stress_check(first == wanted && last == wanted,
			     "page %d of %p holds %d and %d, not %d", i,
			     (void *)p->start, first, last, wanted);
	}
}

static bool map_piece(struct piece *p, struct rng *rng)
{
	p->pages = 1 + (int)rng_below(rng, MOST);
	p->start = mmap(NULL, (size_t)p->pages * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->start == MAP_FAILED) {
		stress_check(false, "mmap: %s", strerror(errno));
		p->start = NULL;
		return false;
	}
	p->fill = 0;
	memset(p->empty, 1, sizeof(p->empty));
	check(p);
	fill(p, 1 + (unsigned char)rng_below(rng, 200));
	return true;
}

static void unmap_piece(struct piece *p)
{
	unsigned char vec[MOST];

	check(p);
	stress_check(mincore(p->start, (size_t)p->pages * PAGE, vec) == 0,
		     "%p is not mapped: %s", (void *)p->start, strerror(errno));
	stress_check(munmap(p->start, (size_t)p->pages * PAGE) == 0,
		     "munmap: %s", strerror(errno));
	p->start = NULL;
}

/* One page cannot be written for a while: what it holds is written to it by no
 * store of ours. */
static void change_rights(struct piece *p, int page)
{
	char *at = p->start + page * PAGE;

	stress_check(mprotect(at, PAGE, PROT_READ) == 0, "mprotect: %s",
		     strerror(errno));
	check(p);
	stress_check(mprotect(at, PAGE, PROT_READ | PROT_WRITE) == 0,
		     "mprotect: %s", strerror(errno));
	at[0] = at[0];
}

static void give_back(struct piece *p, int page)
{
	stress_check(madvise(p->start + page * PAGE, PAGE, MADV_DONTNEED) == 0,
		     "madvise: %s", strerror(errno));
	p->empty[page] = true;
}

/* Larger or smaller, here or elsewhere; what comes is empty. */
static void resize(struct piece *p, int pages)
{
	char *at = mremap(p->start, (size_t)p->pages * PAGE,
			  (size_t)pages * PAGE, MREMAP_MAYMOVE);

	if (at == MAP_FAILED) {
		stress_check(false, "mremap: %s", strerror(errno));
		return;
	}
	for (int i = p->pages; i < pages; i++)
		p->empty[i] = true;
	p->start = at;
	p->pages = pages;
	check(p);
}

static void work_on(struct piece *p, struct rng *rng)
{
	int page = (int)rng_below(rng, (unsigned)p->pages);

	switch (rng_below(rng, 7)) {
	case 0:
		unmap_piece(p);
		break;
	case 1:
		change_rights(p, page);
		break;
	case 2:
		give_back(p, page);
		break;
	case 3:
		resize(p, 1 + (int)rng_below(rng, MOST));
		break;
	case 4:
		fill(p, p->fill + 1U == 0 ? 1 : p->fill + 1);
		break;
	default:
		check(p);
	}
}

/* ---- what all may see ---- */

static void show(struct shown *s, struct rng *rng)
{
	struct piece p;

	if (s->turns % 2 == 1) {
		if (s->seen != s->turns)
			return;
		munmap(s->start, PAGE);
		__atomic_fetch_add(&s->turns, 1, __ATOMIC_RELEASE);
	}
	p.start = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p.start == MAP_FAILED)
		return;
	p.pages = 1;
	fill(&p, 1 + (unsigned char)rng_below(rng, 200));
	s->start = p.start;
	s->fill = p.fill;
	__atomic_fetch_add(&s->turns, 1, __ATOMIC_RELEASE);
}

/* The list is made when it is read first: for each look anew. */
static bool is_listed(unsigned long at)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	bool found = maps == NULL;
	char line[300];

	while (!found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%lx-%lx ", &start, &end) == 2 &&
			start <= at && at < end;
	if (maps != NULL)
		fclose(maps);
	return found;
}

/* In the child: its copy. */
static int look_at_copies(const unsigned *turns)
{
	for (int i = 0; i < stress.threads; i++)
		if (turns[i] % 2 == 1 &&
		    (unsigned char)*shown[i].start != shown[i].fill)
			return 1;
	return 0;
}

/* What is shown now stays until both have seen it. */
static void look_everywhere(void)
{
	unsigned turns[MAX_THREADS];
	int status;

	for (int i = 0; i < stress.threads; i++) {
		turns[i] = __atomic_load_n(&shown[i].turns, __ATOMIC_ACQUIRE);
		if (shown[i].seen == turns[i])
			turns[i] = 0; /* it may be given up by now */
	}
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(look_at_copies(turns));
	for (int i = 0; i < stress.threads && !under_qemu_user(); i++)
		stress_check(turns[i] % 2 == 0 ||
			     is_listed((unsigned long)shown[i].start),
			     "%p is not in the list", (void *)shown[i].start);
	waitpid(pid, &status, 0);
	stress_check(status == 0, "child: wait status %#x", status);
	for (int i = 0; i < stress.threads; i++)
		if (turns[i] % 2 == 1)
			shown[i].seen = turns[i];
}

static void *look(void *arg)
{
	while (!over) {
		look_everywhere();
		usleep(500);
	}
	return arg;
}

/* ---- threads ---- */

static void *own_pieces(void *me)
{
	struct rng rng = rng_of((unsigned long)(long)me);
	struct piece piece[PIECES] = { 0 };

	while (stress_go_on()) {
		struct piece *p = &piece[rng_below(&rng, PIECES)];

		if (p->start != NULL)
			work_on(p, &rng);
		else if (map_piece(p, &rng) && stress.wrong &&
			 rng_below(&rng, 8) == 0)
			p->fill++;
		if (rng_below(&rng, 8) == 0)
			show(&shown[(long)me], &rng);
		stress_round();
	}
	for (int i = 0; i < PIECES; i++)
		if (piece[i].start != NULL)
			unmap_piece(&piece[i]);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t looker;

	stress_begin(argc, argv, 4,
		     "what was mapped anywhere is there, for everybody");
	tap_thread(&looker, NULL, look, NULL);
	stress_threads(stress.threads, own_pieces);
	over = true;
	pthread_join(looker, NULL);
	return stress_end();
}
