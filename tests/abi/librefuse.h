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
 * was, and no child is there; after TURNS times through all n no place in the
 * kernel has kept an object of each, nor a frame.
 */

#include "../tap.h"
#include "objects.h"

#include <fcntl.h>
#include <sys/sysinfo.h>
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

static struct objects before;	/* the turns */
static long free_before;

static long free_frames(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return (long)(info.freeram * info.mem_unit / 4096);
}

static void note_objects(struct objects *all)
{
	if (!objects_read(all))
		bail_out("objects: %s", strerror(errno));
}

static void note_before(void)
{
	note_objects(&before);
	free_before = free_frames();
}

/* The most that are there from one place and were not before, or frames that are
 * free no longer. */
static long most_kept(struct objects *now)
{
	long most;

	note_objects(now);
	most = free_before - free_frames();
	for (int i = 0; i < now->nr; i++) {
		long more = objects_more(&before, &now->site[i]);

		most = more > most ? more : most;
	}
	return most;
}

static void tell_kept(const struct objects *now)
{
	diag("%ld frames less are free", free_before - free_frames());
	for (int i = 0; i < now->nr; i++) {
		const struct object_site *site = &now->site[i];

		if (objects_more(&before, site) >= TURNS)
			diag("%ld more of %s from %s", objects_more(&before, site),
			     site->cache, site->place);
	}
}

/* What was made is freed by and by. */
static void ok_comes_back(const char *name)
{
	static struct objects now;
	long most = most_kept(&now);

	for (int i = 0; i < REFUSE_LOOKS && most >= TURNS; i++) {
		usleep(10000);
		most = most_kept(&now);
	}
	if (!ok(most < TURNS, "%s: nothing is kept", name))
		tell_kept(&now);
}

static void refuse_each(const struct attempt *a)
{
	int n = go_through(a), left = TURNS;

	note_before();
	while (n >= 0 && left > 0 && go_through(a) >= 0)
		left--;
	ok(n >= 0 && left == 0, "%s: refused at each of %d places", a->name, n);
	ok_comes_back(a->name);
}

static void refuse_all(const struct attempt *attempts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		refuse_each(&attempts[i]);
}
