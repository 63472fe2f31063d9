/*
 * tests/stress/file_storm.c
 *
 * Claim    Names change atomically: while files are renamed over each other,
 *          linked, unlinked and made anew, an open by name finds a whole file,
 *          a listing shows each name once, and O_EXCL has one winner.
 * Method   Processes work on a few names in one directory. Every file's content
 *          is one byte repeated; readers check that it is whole. Rounds of
 *          O_EXCL, mkdir and link races count their winners.
 * Catches  rename() with a moment without a name, lookups that use a name that
 *          was freed, link counts that drift, deadlock between directories.
 * -X       Files are filled in place instead of renamed into place.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { NAMES = 4, BYTES = 2000 };

static struct meeting *begin, *end;
static int *winners;

static void fill_file(const char *path, int mark)
{
	char bytes[BYTES];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	memset(bytes, mark, BYTES);
	if (fd < 0 || write(fd, bytes, BYTES / 2) != BYTES / 2 ||
	    (sched_yield(), write(fd, bytes, BYTES / 2)) != BYTES / 2)
		stress_check(false, "%s: errno %d", path, errno);
	close(fd);
}

static void replace(const char *name, long me, int mark)
{
	char mine[40];

	snprintf(mine, sizeof(mine), "new.%ld", me);
	fill_file(stress.wrong ? name : mine, mark);
	if (!stress.wrong && rename(mine, name) < 0)
		stress_check(false, "rename: errno %d", errno);
}

static void check_whole(const char *name)
{
	char bytes[BYTES + 1];
	int fd = open(name, O_RDONLY), n;

	if (!stress_check(fd >= 0, "%s is gone: errno %d", name, errno))
		return;
	n = read(fd, bytes, sizeof(bytes));
	stress_check(n == BYTES, "%s has %d bytes", name, n);
	for (int i = 1; i < n; i++)
		if (!stress_check(bytes[i] == bytes[0], "%s mixes %d and %d",
				  name, bytes[0], bytes[i]))
			break;
	close(fd);
}

static void check_listing(void)
{
	DIR *dir = opendir(".");
	struct dirent *entry;
	int seen[NAMES] = { 0 }, k;

	while (dir && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "file.%d", &k) == 1 && k < NAMES)
			seen[k]++;
	for (k = 0; k < NAMES; k++)
		stress_check(seen[k] <= 1, "file.%d is listed %d times", k,
			     seen[k]);
	if (dir)
		closedir(dir);
}

static void link_and_unlink(const char *name, long me)
{
	char second[40];
	struct stat st;

	snprintf(second, sizeof(second), "link.%ld", me);
	if (link(name, second) < 0) {
		/* What the name stood for may be gone when it is linked. */
		stress_check(errno == ENOENT, "link: errno %d", errno);
		return;
	}
	stress_check(stat(second, &st) == 0 && st.st_nlink >= 1 &&
		     st.st_nlink <= MAX_THREADS, "%lu links",
		     (unsigned long)st.st_nlink);
	stress_check(unlink(second) == 0, "unlink: errno %d", errno);
}

/* Directories move into each other's places; ELOOP and deadlock lurk here. */
static void move_directory(struct rng *rng)
{
	static const char *const paths[] = { "a/x", "b/x", "a/x/y", "b/x/y" };

	rename(paths[rng_below(rng, 4)], paths[rng_below(rng, 4)]);
	mkdir(paths[rng_below(rng, 4)], 0700);
}

/* All try to make one thing at once: one succeeds. */
static void race_for(int round)
{
	int won, fd;

	meet(begin, stress.threads);
	switch (round % 3) {
	case 0:
		fd = open("prize", O_WRONLY | O_CREAT | O_EXCL, 0600);
		won = fd >= 0;
		close(fd);
		break;
	case 1:
		won = mkdir("prize", 0700) == 0;
		break;
	default:
		won = link("file.0", "prize") == 0;
	}
	__atomic_fetch_add(winners, won, __ATOMIC_SEQ_CST);
	meet(end, stress.threads);
	if (won) {
		stress_check(*winners == 1, "%d won one race", *winners);
		*winners = 0;
		if (unlink("prize") < 0 && rmdir("prize") < 0)
			stress_check(false, "prize: errno %d", errno);
	}
	meet(begin, stress.threads);
	stress_round();
}

static void live(long me)
{
	struct rng rng = rng_of(me);
	char name[20];

	for (int round = 0; round < 9; round++)
		race_for(round);
	while (stress_go_on()) {
		snprintf(name, sizeof(name), "file.%d",
			 (int)rng_below(&rng, NAMES));
		switch (rng_below(&rng, 6)) {
		case 0:
			replace(name, me, 'a' + rng_below(&rng, 26));
			break;
		case 1:
			link_and_unlink(name, me);
			break;
		case 2:
			check_listing();
			break;
		case 3:
			move_directory(&rng);
			break;
		default:
			check_whole(name);
		}
		stress_round();
	}
}

static void clean_up(void)
{
	char name[20];

	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "file.%d", i);
		unlink(name);
	}
	rmdir("a/x/y");
	rmdir("b/x/y");
	rmdir("a/x");
	rmdir("b/x");
	rmdir("a");
	rmdir("b");
}

int main(int argc, char **argv)
{
	char dir[] = "file_storm.XXXXXX", name[20];

	stress_begin(argc, argv, 4, "names change atomically");
	if (!mkdtemp(dir) || chdir(dir) < 0 || mkdir("a", 0700) < 0 ||
	    mkdir("b", 0700) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	begin = stress_map(PAGE, MAP_SHARED);
	end = begin + 1;
	winners = (int *)(begin + 2);
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "file.%d", i);
		fill_file(name, 'a');
	}
	stress_children(stress.threads, live);
	clean_up();
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
