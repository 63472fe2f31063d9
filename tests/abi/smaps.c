/*
 * tests/abi/smaps.c
 *
 * Claim    /proc/PID/smaps tells of each mapping what is in memory, who shares
 *          it and what was written to; smaps_rollup tells the sum.
 * Method   A mapping of which some pages are written and some only read; the
 *          same while a child shares it; the sums compared.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 16, WRITTEN = 10, KIB = WRITTEN * PAGE / 1024 };

struct usage {
	long rss, pss, shared, private_dirty, anonymous;
};

static void add_line(struct usage *u, const char *line)
{
	long n;

	if (sscanf(line, "Rss: %ld", &n) == 1)
		u->rss += n;
	else if (sscanf(line, "Pss: %ld", &n) == 1)
		u->pss += n;
	else if (sscanf(line, "Shared_Clean: %ld", &n) == 1 ||
		 sscanf(line, "Shared_Dirty: %ld", &n) == 1)
		u->shared += n;
	else if (sscanf(line, "Private_Dirty: %ld", &n) == 1)
		u->private_dirty += n;
	else if (sscanf(line, "Anonymous: %ld", &n) == 1)
		u->anonymous += n;
}

/* Of the mapping that has @at, or with NULL of all. */
static struct usage read_usage(const char *path, const void *at)
{
	struct usage u = { 0, 0, 0, 0, 0 };
	FILE *f = fopen(path, "r");
	unsigned long start, end;
	bool here = at == NULL;
	char line[300];

	while (f && fgets(line, sizeof(line), f)) {
		if (at && sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= (unsigned long)at &&
			       (unsigned long)at < end;
		if (here)
			add_line(&u, line);
	}
	if (f)
		fclose(f);
	return u;
}

static char *new_mapping(void)
{
	char *p = mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* Nothing beside it has its rights, so it stays alone. */
	mprotect(p + PAGE, PAGES * PAGE, PROT_READ | PROT_WRITE);
	for (int i = 1; i <= WRITTEN; i++)
		p[i * PAGE] = 1;
	return p + PAGE;
}

static void test_one(const char *p)
{
	struct usage u = read_usage("/proc/self/smaps", p);

	is_int(u.rss, KIB, "what was written is in memory");
	is_int(u.pss, KIB, "and all ours");
	is_int(u.private_dirty, KIB, "written to");
	is_int(u.anonymous, KIB, "of no file");
	is_int(u.shared, 0, "shared with nobody");
}

static void test_shared(const char *p)
{
	struct usage u;
	pid_t pid = tap_fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	u = read_usage("/proc/self/smaps", p);
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	is_int(u.rss, KIB, "beside a child it is as much");
	is_int(u.shared, KIB, "shared");
	is_int(u.pss, KIB / 2, "half of it ours");
}

static void test_sum(void)
{
	struct usage all = read_usage("/proc/self/smaps", NULL);
	struct usage sum = read_usage("/proc/self/smaps_rollup", NULL);
	long more = sum.rss - all.rss;

	ok(sum.rss > 0 && more > -64 && more < 64,
	   "the sum is %ld KiB; of each, it is %ld", sum.rss, all.rss);
	ok(sum.pss > 0 && sum.pss <= sum.rss, "not all of it ours alone");
}

int main(void)
{
	char *p;

	if (under_qemu_user())
		skip_all("qemu-user: the host's");
	plan(10);
	p = new_mapping();
	test_one(p);
	test_shared(p);
	test_sum();
	return done_testing();
}
