/*
 * tests/stress/dnotify_storm.c
 *
 * Claim    Whoever watches a directory by F_NOTIFY has been told when the one
 *          who did something there has returned from it, and is told nothing
 *          any more when he has closed it, whatever others do in that
 *          directory and with that file meanwhile.
 * Method   Each process has a directory of its own, and watches it. It makes a
 *          file there and counts the signals at once, while the others do the
 *          same, and may be telling what it has done. A child asks for the
 *          same open file, and ends. It closes the directory while a thread
 *          makes files there, and takes all signals; it asks while a thread
 *          closes. Then it makes a file, and counts again.
 * Oracle   One signal for a file, two while a child has asked, too; none after
 *          the end.
 * Catches  Who finds nothing left to tell, and goes on while another is still
 *          telling it; a watch that is begun when its descriptor has just been
 *          closed, and stays.
 * -X       The directory is watched no more when the first file is made.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/stat.h>

enum { TOLD = 34 + 10, MADE_BESIDE = 8 };

static char dir[] = "/dev/shm/dnotifyXXXXXX";
static char own[64], file[80];	/* of this process */
static sigset_t told;

static void must(bool good, const char *what)
{
	stress_check(good, "%s: errno %d", what, errno);
}

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	must(fd >= 0, "open");
	close(fd);
	must(unlink(path) == 0, "unlink");
}

static bool ask(int fd)
{
	return fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT) == 0;
}

static int open_own(void)
{
	int fd = open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(fd >= 0 && fcntl(fd, F_SETSIG, TOLD) == 0, "F_SETSIG");
	return fd;
}

static int watch(void)
{
	int fd = open_own();

	must(ask(fd), "F_NOTIFY");
	return fd;
}

/* How many signals are there? */
static int take_all(void)
{
	const struct timespec now = { 0, 0 };
	int n = 0;

	while (sigtimedwait(&told, NULL, &now) == TOLD)
		n++;
	return n;
}

static void is_told(int want, const char *when)
{
	int n;

	make_file(file);
	n = take_all();
	stress_check(n == want, "%s: told %d times, and not %d", when, n, want);
}

/* ---- with others ---- */

static void ask_in_child(int fd)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		must(ask(fd), "F_NOTIFY of a child");
		make_file(file);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	stress_check(take_all() == 2, "two had asked");
	is_told(1, "a child is gone");
}

static void *make_beside(void *path)
{
	for (int i = 0; i < MADE_BESIDE; i++)
		make_file(path);
	return NULL;
}

/* What is made after the end is told to nobody, though the file may be open still. */
static void close_while_told(int fd, struct rng *rng)
{
	int copy = rng_below(rng, 2) ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	char other[sizeof(own) + 8];
	pthread_t thread;

	snprintf(other, sizeof(other), "%s/other", own);
	tap_thread(&thread, NULL, make_beside, other);
	rng_dither(rng);
	close(fd);
	take_all();
	pthread_join(thread, NULL);
	is_told(0, "closed while others were there");
	if (copy >= 0)
		close(copy);
}

static void *close_it(void *fd)
{
	close((int)(long)fd);
	return NULL;
}

/* It is asked for before it is closed, or not at all. */
static void close_while_asked(struct rng *rng)
{
	int fd = open_own();
	pthread_t thread;

	tap_thread(&thread, NULL, close_it, (void *)(long)fd);
	rng_dither(rng);
	(void)ask(fd);
	pthread_join(thread, NULL);
	is_told(0, "closed while it was asked for");
}

static void live(long me)
{
	struct rng rng = rng_of(me);

	snprintf(own, sizeof(own), "%s/%ld", dir, me);
	snprintf(file, sizeof(file), "%s/file", own);
	must(mkdir(own, 0700) == 0, "mkdir");
	while (stress_go_on()) {
		int fd = watch();

		if (stress.wrong)
			fcntl(fd, F_NOTIFY, 0);
		is_told(1, "watched");
		if (rng_below(&rng, 4) == 0)
			ask_in_child(fd);
		close_while_told(fd, &rng);
		close_while_asked(&rng);
		stress_round();
	}
	rmdir(own);
}

int main(int argc, char **argv)
{
	sigemptyset(&told);
	sigaddset(&told, TOLD);
	sigaddset(&told, SIGIO);
	sigprocmask(SIG_BLOCK, &told, NULL);
	sigdelset(&told, SIGIO);
	stress_begin(argc, argv, 4, "directories tell, and then no more");
	must(mkdtemp(dir) != NULL, "mkdtemp");
	stress_children(stress.threads, live);
	rmdir(dir);
	return stress_end();
}
