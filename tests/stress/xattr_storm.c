/*
 * tests/stress/xattr_storm.c
 *
 * Claim    An extended attribute is read as a whole, as somebody has set it,
 *          whoever sets, removes or lists meanwhile; of several who make one,
 *          or remove one, at once, one succeeds.
 * Method   Processes set values of one letter and of many lengths under a few
 *          names of one file, remove them, read and list them, now and then
 *          into memory that is not there yet. Between that all meet to make
 *          the same attribute, and to remove it.
 * Oracle   Each value that is read is of one letter, each name that is listed
 *          is one of those few, once; each race has one winner.
 * Catches  A value that is copied to the program without a reference, a list
 *          that is copied without the lock, a look for what is there before
 *          the lock under which it is made.
 * -X       A value has two letters.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/xattr.h>

enum { NAMES = 3, LONGEST = 9000, RACES = 4, STEPS = 40 };

static char dir[] = "/dev/shm/xattr_storm.XXXXXX";

static struct shared {
	struct meeting begin, end;
	int made, removed;
} *shared;

static const char *name_of(struct rng *rng)
{
	static const char *const names[NAMES] = { "user.a", "user.bb", "user.c" };

	return names[rng_below(rng, NAMES)];
}

static void set_one(struct rng *rng)
{
	static char value[LONGEST];
	size_t n = 1 + rng_below(rng, LONGEST);

	memset(value, 'a' + rng_below(rng, 26), n);
	if (stress.wrong)
		value[n / 2] = '!';
	stress_check(setxattr("f", name_of(rng), value, n, 0) == 0,
		     "set: errno %d", errno);
}

static void get_one(struct rng *rng)
{
	char *value = stress_map(LONGEST, MAP_PRIVATE);
	const char *name = name_of(rng);
	ssize_t n = getxattr("f", name, value, LONGEST);

	stress_check(n > 0 || errno == ENODATA, "get: errno %d", errno);
	for (ssize_t i = 1; i < n; i++)
		if (!stress_check(value[i] == value[0],
				  "%s mixes %#x and %#x at %zd of %zd", name,
				  value[0], value[i], i, n))
			break;
	munmap(value, LONGEST);
}

static void list_all(void)
{
	char list[64];
	ssize_t n = listxattr("f", list, sizeof(list));
	int seen[256] = { 0 };

	stress_check(n >= 0, "list: errno %d", errno);
	for (ssize_t at = 0; at < n; at += strlen(list + at) + 1) {
		stress_check(strncmp(list + at, "user.", 5) == 0,
			     "a name that nobody has given: %.20s", list + at);
		stress_check(seen[(unsigned char)list[at + 5]]++ == 0,
			     "%.20s is listed twice", list + at);
	}
}

static void remove_one(struct rng *rng)
{
	stress_check(removexattr("f", name_of(rng)) == 0 || errno == ENODATA,
		     "remove: errno %d", errno);
}

static void step(struct rng *rng)
{
	switch (rng_below(rng, 8)) {
	case 0 ... 2:
		set_one(rng);
		break;
	case 3 ... 5:
		get_one(rng);
		break;
	case 6:
		list_all();
		break;
	default:
		remove_one(rng);
	}
}

static void won(int *winners, int result, int otherwise)
{
	if (result == 0)
		__atomic_fetch_add(winners, 1, __ATOMIC_SEQ_CST);
	else
		stress_check(errno == otherwise, "errno %d, not %d", errno,
			     otherwise);
}

static void race(void)
{
	meet(&shared->begin, stress.threads);
	won(&shared->made, setxattr("f", "user.race", "x", 1, XATTR_CREATE), EEXIST);
	meet(&shared->end, stress.threads);
	won(&shared->removed, removexattr("f", "user.race"), ENODATA);
	meet(&shared->begin, stress.threads);
	stress_check(shared->made == 1, "%d have made one", shared->made);
	stress_check(shared->removed == 1, "%d have removed one", shared->removed);
	meet(&shared->end, stress.threads);
	shared->made = shared->removed = 0;
}

static void live(long me)
{
	struct rng rng = rng_of(me);

	for (int i = 0; i < RACES; i++)
		race();
	while (stress_go_on()) {
		for (int i = 0; i < STEPS && !stress_failed(); i++)
			step(&rng);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	int fd;

	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		skip_all("%s: %s", dir, strerror(errno));
	fd = open("f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fsetxattr(fd, "user.try", "", 0, 0) != 0 && errno == EOPNOTSUPP)
		skip_all("a tmpfs without user.*");
	removexattr("f", "user.try");
	stress_begin(argc, argv, 4, "extended attributes are whole, and made once");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	stress_children(stress.threads, live);
	unlink("f");
	if (chdir("/") == 0)
		rmdir(dir);
	return stress_end();
}
