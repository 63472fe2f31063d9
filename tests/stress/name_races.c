/*
 * tests/stress/name_races.c
 *
 * Claim    Of two changes to names that exclude each other one happens; the
 *          place of a process is a directory that it went to, whatever its
 *          threads do; and a path tells where that is at one moment.
 * Method   Pairs meet and then each move their directory into the other's;
 *          one removes a directory and one makes something in it, by path or
 *          where it is open already; two make, and two remove, the same.
 *          A thread changes the place of its process to directories that go
 *          meanwhile, while siblings open "." and ask where they are; also
 *          while a directory changes its name, whose two names share no letter.
 * Oracle   One of two succeeds, what is left is what that one makes, and the
 *          other is told why not. A path that getcwd() tells is one of those
 *          that there were.
 * Catches  Changes under the shared lock; checks before it; a name that is
 *          taken out without another look, when its directory is locked; a
 *          walk that is not made again; a directory that is put while a
 *          sibling holds nothing but its address; getcwd() without the lock.
 * -X       A directory is renamed to a name that mixes the two.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/stat.h>

enum { WALKERS = 3, PAIR_STEPS = 6, OFTEN = 400 };

#define NAME_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define MIXED "aaaabbbb"

static struct shared {
	struct meeting start, end;
	int won[2], error[2];
} *shared;

/* ---- two that exclude each other ---- */

static int rename_into_other(int me)
{
	return me ? rename("b", "a/b") : rename("a", "b/a");
}

static int remove_or_fill(int me)
{
	return me ? rmdir("d") : mkdir("d/e", 0700);
}

/* Opened before both begin. */
static int filled = -1;

static void open_place(void)
{
	if (filled >= 0)
		close(filled);
	filled = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stress_check(filled >= 0, "d: errno %d", errno);
}

static int remove_or_fill_opened(int me)
{
	return me ? rmdir("d") : mkdirat(filled, "e", 0700);
}

static int make_the_same(int me TAP_UNUSED)
{
	return mkdir("new", 0700);
}

static int make_the_same_file(int me TAP_UNUSED)
{
	int fd = open("file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

static int remove_the_same(int me TAP_UNUSED)
{
	return rmdir("old");
}

static int remove_the_same_file(int me TAP_UNUSED)
{
	return unlink("old_file");
}

static int rename_the_same(int me)
{
	return rename("old", me ? "new" : "newer");
}

static const struct pair {
	const char *what;
	int (*step)(int me);
	int error[2]; /* what who comes second is told; 0: Linux says either */
} pairs[] = {
	{ "each moves its directory into the other's", rename_into_other,
	  { 0, 0 } },
	{ "one removes a directory, one fills it", remove_or_fill,
	  { ENOENT, ENOTEMPTY } },
	{ "the same, which is open already", remove_or_fill_opened,
	  { ENOENT, ENOTEMPTY } },
	{ "both make a directory", make_the_same, { EEXIST, EEXIST } },
	{ "both make a file", make_the_same_file, { EEXIST, EEXIST } },
	{ "both remove a directory", remove_the_same, { ENOENT, ENOENT } },
	{ "both remove a file", remove_the_same_file, { ENOENT, ENOENT } },
	{ "both rename a directory", rename_the_same, { ENOENT, ENOENT } },
};

enum { NR_PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

static void make_place(void)
{
	if (mkdir("a", 0700) < 0 || mkdir("b", 0700) < 0 ||
	    mkdir("d", 0700) < 0 || mkdir("old", 0700) < 0)
		stress_check(false, "mkdir: errno %d", errno);
	stress_check(close(creat("old_file", 0600)) == 0, "creat: errno %d", errno);
}

/* Whatever is left; then the directory itself is as it was. */
static void clear_place(void)
{
	static const char *const all[] = {
		"a/b", "b/a", "a", "b", "d/e", "d", "old", "new", "newer",
	};
	struct stat st;

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		rmdir(all[i]);
	unlink("file");
	unlink("old_file");
	if (stat(".", &st) == 0)
		stress_check(st.st_nlink == 2, "%lu links of an empty directory",
			     (unsigned long)st.st_nlink);
}

static void one_pair(struct rng *rng, const struct pair *pair, int me)
{
	if (me == 0) {
		make_place();
		open_place();
	}
	meet(&shared->start, 2);
	rng_dither(rng);
	shared->won[me] = pair->step(me) == 0;
	shared->error[me] = shared->won[me] ? pair->error[me] : errno;
	meet(&shared->end, 2);
	if (me != 0)
		return;
	stress_check(shared->won[0] + shared->won[1] == 1,
		     "%d of two succeed: %s",
		     shared->won[0] + shared->won[1], pair->what);
	for (int i = 0; i < 2; i++)
		stress_check(pair->error[i] == 0 ||
				     shared->error[i] == pair->error[i],
			     "errno %d, not %d: %s", shared->error[i],
			     pair->error[i], pair->what);
	clear_place();
	stress_round();
}

static void play_pairs(long me)
{
	struct rng rng = rng_of(me);

	for (int i = 0; i < PAIR_STEPS * NR_PAIRS; i++)
		one_pair(&rng, &pairs[i % NR_PAIRS], (int)me);
}

/* ---- threads in one place ---- */

static char top[200];
static volatile bool walkers_done;

static void go(const char *path)
{
	stress_check(chdir(path) == 0, "chdir %s: errno %d", path, errno);
}

/* To a directory, which goes while it is the place of all. */
static void *come_and_go(void *unused)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/gone", top);
	for (int i = 0; i < OFTEN && !stress_failed(); i++) {
		stress_check(mkdir(path, 0700) == 0, "mkdir: errno %d", errno);
		go(path);
		stress_check(rmdir(path) == 0, "rmdir: errno %d", errno);
		go(top);
	}
	return unused;
}

static void *ask_often(void *unused)
{
	while (!walkers_done)
		stress_check(access(".", X_OK) == 0, "\".\": errno %d", errno);
	return unused;
}

static void ask(void)
{
	char path[400];
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	stress_check(fd >= 0, "\".\" cannot be opened: errno %d", errno);
	close(fd);
	if (getcwd(path, sizeof(path)))
		stress_check(strncmp(path, top, strlen(top)) == 0,
			     "getcwd() says %s", path);
	else
		stress_check(errno == ENOENT, "getcwd: errno %d", errno);
}

static void *ask_all(void *unused)
{
	while (!walkers_done)
		ask();
	return unused;
}

static void in_one_place(void *(*change)(void *), void *(*look)(void *),
			 void *(*also)(void *))
{
	void *(*const roles[WALKERS])(void *) = { change, look, also };
	pthread_t t[WALKERS];

	walkers_done = false;
	for (int i = 0; i < WALKERS; i++)
		tap_thread(&t[i], NULL, roles[i], NULL);
	pthread_join(t[0], NULL);
	walkers_done = true;
	for (int i = 1; i < WALKERS; i++)
		pthread_join(t[i], NULL);
}

/* ---- a place whose name changes ---- */

static void rename_to(const char *from, const char *to)
{
	char a[300], b[300];

	snprintf(a, sizeof(a), "%s/%s", top, from);
	snprintf(b, sizeof(b), "%s/%s", top, to);
	stress_check(rename(a, b) == 0, "rename: errno %d", errno);
}

static void *rename_it(void *unused)
{
	for (int i = 0; i < OFTEN / 4 && !stress_failed(); i++) {
		rename_to(NAME_A, NAME_B);
		if (stress.wrong) {
			rename_to(NAME_B, MIXED);
			usleep(100);
			rename_to(MIXED, NAME_B);
		}
		rename_to(NAME_B, NAME_A);
	}
	return unused;
}

static void *ask_its_name(void *unused)
{
	char path[400];

	while (!walkers_done) {
		const char *name;

		if (!getcwd(path, sizeof(path))) {
			stress_check(false, "getcwd: errno %d", errno);
			break;
		}
		name = strrchr(path, '/') + 1;
		stress_check(strcmp(name, NAME_A) == 0 ||
			     strcmp(name, NAME_B) == 0,
			     "getcwd() says %s", name);
	}
	return unused;
}

static void play_places(void)
{
	in_one_place(come_and_go, ask_often, ask_all);
	if (mkdir(NAME_A, 0700) < 0 || chdir(NAME_A) < 0)
		bail_out("%s: %s", NAME_A, strerror(errno));
	in_one_place(rename_it, ask_its_name, ask_its_name);
	go("..");
	stress_check(rmdir(NAME_A) == 0, "rmdir: errno %d", errno);
	stress_round();
}

static void one_round(void)
{
	char dir[] = "place";

	if (mkdir(dir, 0700) < 0 || chdir(dir) < 0 ||
	    !getcwd(top, sizeof(top)))
		bail_out("%s: %s", dir, strerror(errno));
	stress_children(2, play_pairs);
	play_places();
	if (chdir("..") < 0 || rmdir(dir) < 0)
		stress_check(false, "%s is not empty: errno %d", dir, errno);
}

int main(int argc, char **argv)
{
	char dir[] = "name_races.XXXXXX";

	stress_begin(argc, argv, 2, "names and places change in one");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	while (stress_go_on())
		one_round();
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
