/*
 * tests/stress/name_stays.c
 *
 * Claim    A name that is in a directory is found there, whatever is made and
 *          removed beside it; what is found was there.
 * Method   One makes and removes names of a directory by chance, so that the trees
 *          in which they stand are turned all the time; others look for those
 *          that stay, for those that come and go, and for one that never is there.
 *          Of those that come and go one is a link, a long one, to one that stays.
 * Oracle   What stays is found, and is what it was; what never was is not found.
 *          The link leads to what stays, or is not there.
 *          A lab kernel sees a file that is held after its last put.
 * Catches  Look-ups without a lock that believe a tree which was turned under
 *          them, or read what has been freed.
 * -X       One of those that stay goes, and comes back.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/stat.h>

enum { NAMES = 32, EVERY = 4 };	/* of which each fourth one stays */
enum { LINK = EVERY + 1 };

static char dir[] = "/tmp/name_stays.XXXXXX";
static ino_t number[NAMES];

static const char *name_of(int i)
{
	static __thread char path[100];

	snprintf(path, sizeof(path), "%s/%c%d", dir, 'a' + i % 8, i);
	return path;
}

static bool stays(int i)
{
	return i % EVERY == 0;
}

/* Longer than a name may be; so nothing else is taken for it. */
static void make_link(void)
{
	enum { DOTS = 200 };
	char target[100 + 2 * DOTS];
	size_t len = (size_t)sprintf(target, "%s", dir);

	for (int i = 0; i < DOTS; i++)
		len += (size_t)sprintf(target + len, "/.");
	sprintf(target + len, "%s", name_of(0) + strlen(dir));
	stress_check(symlink(target, name_of(LINK)) == 0, "link: errno %d", errno);
}

static void make(int i)
{
	struct stat st = { 0 };

	if (i == LINK) {
		make_link();
		return;
	}
	int fd = open(name_of(i), O_CREAT | O_RDWR, 0600);

	stress_check(fd >= 0 && fstat(fd, &st) == 0, "%s: errno %d", name_of(i),
		     errno);
	number[i] = st.st_ino;
	close(fd);
}

/* ---- who looks ---- */

static void look_for_what_stays(void)
{
	struct stat st = { 0 };

	for (int i = 0; i < NAMES; i += EVERY) {
		stress_check(stat(name_of(i), &st) == 0,
			     "%s stays, and is not found: errno %d", name_of(i),
			     errno);
		stress_check(stress_failed() || st.st_ino == number[i],
			     "%s is another one", name_of(i));
	}
}

static void look_for_what_goes(void)
{
	struct stat st;

	for (int i = 1; i < NAMES; i += EVERY)
		stress_check(stat(name_of(i), &st) == 0 || errno == ENOENT,
			     "%s: errno %d", name_of(i), errno);
	stress_check(stat(name_of(LINK), &st) < 0 || st.st_ino == number[0] ||
			     stress.wrong,
		     "the link leads to another one");
	stress_check(stat(name_of(NAMES), &st) < 0 && errno == ENOENT,
		     "what never was is found");
}

static void *look_on(void *arg)
{
	while (stress_go_on()) {
		look_for_what_stays();
		look_for_what_goes();
		stress_round();
	}
	return arg;
}

/* ---- who changes ---- */

static void change(unsigned *seed)
{
	int i = rand_r(seed) % NAMES;

	if (stays(i) && !stress.wrong)
		return;
	if (unlink(name_of(i)) < 0)
		make(i);
	else if (stays(i))
		make(i);
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	unsigned seed;

	stress_begin(argc, argv, 3, "a name that stays is found");
	seed = (unsigned)stress.seed;
	if (!mkdtemp(dir))
		bail_out("%s: %s", dir, strerror(errno));
	for (int i = 0; i < NAMES; i += EVERY)
		make(i);
	for (int i = 1; i < stress.threads; i++)
		tap_thread(&threads[i], NULL, look_on, NULL);
	while (stress_go_on())
		change(&seed);
	for (int i = 1; i < stress.threads; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < NAMES; i++)
		unlink(name_of(i));
	rmdir(dir);
	return stress_end();
}
