/*
 * tests/stress/mount_walk.c
 *
 * Claim    Whoever walks over a place where a mount comes and goes finds what is
 *          covered, or what covers it; and umount() takes nothing away that
 *          somebody is in, nor do those who are in it see it go.
 * Method   One shows another directory at a place, and takes it away if it may;
 *          if it has often been told that somebody is in, the others stay out.
 *          The others open the place, look at a file of both by its whole path,
 *          go up from what they opened, and make and remove a name of their own
 *          in there.
 * Oracle   The file is always there; ".." of what is open is what it was before;
 *          a name that was made can be removed where it was made.
 * Catches  A walk that leaves the lock between what is covered and what covers
 *          it; an open that has no reference to the mount when it is asked who
 *          is in it.
 * -X       It is taken out of sight while somebody is in it: MNT_DETACH.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/mount.h>
#include <sys/stat.h>

enum { WALKERS = 3, STEPS = 20, TRIES = 50 };

static ino_t above;
static volatile bool over, stand_back;
static unsigned long walks;

static void make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void make_place(void)
{
	struct stat st;

	if (mkdir("place", 0700) < 0 || mkdir("other", 0700) < 0 ||
	    stat(".", &st) < 0)
		bail_out("mkdir: %s", strerror(errno));
	above = st.st_ino;
	make("place/file");
	make("other/file");
}

static void clear_place(void)
{
	stress_check(unlink("place/file") == 0 && unlink("other/file") == 0 &&
			     rmdir("place") == 0 && rmdir("other") == 0,
		     "something is left: errno %d", errno);
}

/* ---- who walks ---- */

static void stay(int place, long me)
{
	char name[20];
	struct stat st = { 0 };
	int fd;

	snprintf(name, sizeof(name), "own.%ld", me);
	fd = openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	stress_check(fd >= 0, "%s is not made: errno %d", name, errno);
	close(fd);
	stress_check(fstatat(place, "..", &st, 0) == 0 && st.st_ino == above,
		     "\"..\" is %ld, not %ld", (long)st.st_ino, (long)above);
	stress_check(unlinkat(place, name, 0) == 0, "%s is gone: errno %d", name,
		     errno);
}

static void *walk(void *arg)
{
	while (!over && !stress_failed()) {
		int place = open("place", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		stress_check(place >= 0, "no place: errno %d", errno);
		stay(place, (long)arg);
		close(place);
		stress_check(access("place/file", F_OK) == 0,
			     "no file: errno %d", errno);
		__atomic_fetch_add(&walks, 1, __ATOMIC_RELAXED);
		do
			sched_yield();
		while (stand_back);
	}
	return NULL;
}

/* ---- who covers ---- */

/* Until somebody has walked; nobody stands back. */
static void let_walk(void)
{
	unsigned long seen = __atomic_load_n(&walks, __ATOMIC_RELAXED);

	while (__atomic_load_n(&walks, __ATOMIC_RELAXED) == seen &&
	       !stress_failed())
		sched_yield();
}

static bool uncover(void)
{
	int err = umount2("place", stress.wrong ? MNT_DETACH : 0);

	stress_check(err == 0 || errno == EBUSY, "umount: errno %d", errno);
	return err == 0;
}

static void cover_and_uncover(struct rng *rng)
{
	if (!stress_check(mount("other", "place", NULL, MS_BIND, NULL) == 0,
			  "mount: errno %d", errno))
		return;
	if (rng_below(rng, 2))
		let_walk();
	for (int tries = 0; !uncover() && !stress_failed(); tries++) {
		stand_back = tries >= TRIES;
		sched_yield();
	}
	stand_back = false;
	if (rng_below(rng, 2))
		let_walk();
}

static void one_round(struct rng *rng)
{
	pthread_t t[WALKERS];

	make_place();
	over = false;
	for (long i = 0; i < WALKERS; i++)
		tap_thread(&t[i], NULL, walk, (void *)i);
	for (int i = 0; i < STEPS && !stress_failed(); i++)
		cover_and_uncover(rng);
	over = true;
	for (int i = 0; i < WALKERS; i++)
		pthread_join(t[i], NULL);
	clear_place();
	stress_round();
}

int main(int argc, char **argv)
{
	char dir[] = "mount_walk.XXXXXX";
	struct rng rng;

	stress_begin(argc, argv, 1 + WALKERS, "a walk over a mount finds one side");
	rng = rng_of(0);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	while (stress_go_on())
		one_round(&rng);
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
