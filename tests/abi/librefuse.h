#pragma once

/*
 * librefuse.h - a call whose n-th allocation fails, for each n.
 *
 *	static const struct attempt a = { "open", call, prepare, undo, ENOSPC };
 *
 *	refuse_begin();			opens /proc/drover/failalloc, or skips all
 *	refuse_each(&a);		two results
 *	refuse_all(many, n);		for each of them
 *
 * The call is made with n = 1, 2, ... until it comes through before its n-th
 * allocation.  After each turn the number that a new descriptor gets is what it
 * was, and no child is there; after TURNS times through all n there are as many
 * objects in the kernel as before.
 */

#include "../tap.h"

#include <fcntl.h>
#include <sys/wait.h>

enum { MOST = 400, TURNS = 8, REFUSE_LOOKS = 200 };

#define FAILALLOC "/proc/drover/failalloc"

static int failalloc;		/* open, to ask */

static void refuse_begin(void)
{
	failalloc = open(FAILALLOC, O_WRONLY | O_CLOEXEC);
	if (failalloc < 0)
		skip_all("only drover's lab build refuses memory on purpose");
}

/* ---- what is refused ---- */

static void ask(int n)
{
	char word[20];
	int length = snprintf(word, sizeof(word), "%d", n);

	if (pwrite(failalloc, word, length, 0) != length)
		bail_out(FAILALLOC ": %s", strerror(errno));
}

/* Was something refused?  @where: to whom. */
static bool was_refused(char *where, size_t size)
{
	char line[100] = "";
	int file = open(FAILALLOC, O_RDONLY);
	char *found;

	if (read(file, line, sizeof(line) - 1) <= 0)
		bail_out(FAILALLOC ": %s", strerror(errno));
	close(file);
	line[strcspn(line, "\n")] = '\0';
	found = strstr(line, "refused ");
	snprintf(where, size, "%s", found ? found + 8 : "");
	return found != NULL;
}

/* ---- what there is ---- */

static long counter(FILE *f, const char *name)
{
	char line[2000];
	size_t n = strlen(name);
	long value;

	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, name, n) == 0 &&
		    sscanf(line + n, " %ld", &value) == 1)
			return value;
	bail_out("no counter %s", name);
	return 0;
}

/* Objects that somebody has, or had a moment ago: what is freed while this looks,
 * by an earlier call's grace period for one, was not freed when it began. The other
 * way round there would be fewer than there ever were, and what is there afterwards
 * would look like a leak. */
static long objects(void)
{
	FILE *f = fopen("/proc/drover/counters", "r");
	long freed, taken;

	if (f == NULL)
		bail_out("counters: %s", strerror(errno));
	freed = counter(f, "objects_freed");
	taken = counter(f, "objects_taken");
	fclose(f);
	return taken - freed;
}

/* ---- a call ---- */

/* One system call; undo() is of what it, if it succeeded, and prepare() have
 * made. */
struct attempt {
	const char *name;
	long (*call)(void);
	void (*prepare)(void), (*undo)(long result);
	int also;		/* an error beside ENOMEM */
};

static void prepare_nothing(void)
{
}

/* ---- once through all n ---- */

/* What succeeded is undone, and so is what was prepared for what did not. */
static void undo(const struct attempt *a, long result)
{
	if (result >= 0 || a->prepare != prepare_nothing)
		a->undo(result);
}

static int next_fd(void)
{
	int n = dup(0);

	close(n);
	return n;
}

/* How many n there are; below 0: something was wrong, which was said. */
static int go_through(const struct attempt *a)
{
	int lowest = next_fd();
	char where[80];

	for (int n = 1; n < MOST; n++) {
		long result;
		int err;

		a->prepare();
		ask(n);
		result = a->call();
		err = errno;

		bool refused = was_refused(where, sizeof(where));

		undo(a, result);
		if (next_fd() != lowest || waitpid(-1, NULL, WNOHANG) != -1) {
			diag("%s, refused in %s: something is left", a->name, where);
			return -1;
		}
		if (!refused && result >= 0)
			return n - 1;
		if (result < 0 && err != ENOMEM && err != a->also) {
			diag("%s, refused in %s: %s", a->name, where, strerror(err));
			return -1;
		}
	}
	diag("%s: more than %d allocations", a->name, MOST);
	return -1;
}

/* What was made is freed by and by. */
static void ok_comes_back(long before, const char *name)
{
	long more = objects() - before;

	for (int i = 0; i < REFUSE_LOOKS && more >= TURNS; i++) {
		usleep(10000);
		more = objects() - before;
	}
	if (!ok(more < TURNS, "%s: nothing is kept", name))
		diag("%ld objects more than the %ld before", more, before);
}

static void refuse_each(const struct attempt *a)
{
	int n = go_through(a), left = TURNS;
	long before = objects();

	while (n >= 0 && left > 0 && go_through(a) >= 0)
		left--;
	ok(n >= 0 && left == 0, "%s: refused at each of %d places", a->name, n);
	ok_comes_back(before, a->name);
}

static void refuse_all(const struct attempt *attempts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		refuse_each(&attempts[i]);
}
