/*
 * tests/stress/walk_moved.c
 *
 * Claim    A path is walked as at one moment: a directory that is moved meanwhile
 *          is found where it was with what was around it there, or where it is.
 * Method   A directory moves from p to r and back, for ever; both have a file x,
 *          and the directory one, too, called y. Others ask for p/q/../x, which
 *          leads to p's x whenever it leads anywhere, by a link as well, and for
 *          p/q/y and r/q/y; by the root, by a descriptor of the root of all this, and
 *          by the current directory, which another thread changes.  Some are opened,
 *          and asked for their path.
 * Oracle   p/q/../x is p's x, or is not there. The current directory is one of two,
 *          of which each has a file "here" that is like no other's.  y is called
 *          p/q/y or r/q/y.
 * Catches  A walk that holds nothing on its way, and does not notice that names
 *          have moved.
 * -X       p's x is asked for by r/q/../x as well.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/stat.h>

static char dir[] = "/tmp/walk_moved.XXXXXX";
static ino_t x_of_p, here_in_p, here_in_r;
static int dir_fd;

static const char *in_dir(const char *name)
{
	static __thread char path[100];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static ino_t make_file(const char *name)
{
	struct stat st;
	int fd = open(in_dir(name), O_CREAT | O_RDWR, 0600);

	if (fd < 0 || fstat(fd, &st) < 0)
		bail_out("%s: %s", name, strerror(errno));
	close(fd);
	return st.st_ino;
}

static void make_dir(const char *name)
{
	if (mkdir(in_dir(name), 0700) < 0)
		bail_out("%s: %s", name, strerror(errno));
}

static void make_all(void)
{
	if (!mkdtemp(dir))
		bail_out("%s: %s", dir, strerror(errno));
	make_dir("p");
	make_dir("r");
	make_dir("p/q");
	x_of_p = make_file("p/x");
	make_file("r/x");
	make_file("p/q/y");
	here_in_p = make_file("p/here");
	here_in_r = make_file("r/here");
	dir_fd = open(dir, O_PATH | O_DIRECTORY);
	if (symlink("p/q/../x", in_dir("link")) < 0 || dir_fd < 0 ||
	    chdir(in_dir("p")) < 0)
		bail_out("%s: %s", dir, strerror(errno));
}

static void remove_all(void)
{
	static const char *const files[] = { "p/x", "r/x", "p/q/y", "p/here",
					     "r/here", "link" };
	static const char *const dirs[] = { "p/q", "p", "r", "." };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(in_dir(files[i]));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) - 1; i++)
		rmdir(in_dir(dirs[i]));
	rmdir(dir);
}

/* ---- who looks ---- */

/* 0: it is not there. */
static ino_t number_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return st.st_ino;
	stress_check(errno == ENOENT, "%s: errno %d", path, errno);
	return 0;
}

static void is_x_of_p(ino_t x)
{
	stress_check(x == 0 || x == x_of_p, "p/q/../x is another one: %lu",
		     (unsigned long)x);
}

static void look_by_descriptor(void)
{
	struct stat st = { 0 };

	is_x_of_p(fstatat(dir_fd, "p/q/../x", &st, 0) == 0 ? st.st_ino : 0);
}

static void open_x(void)
{
	struct stat st = { 0 };
	int fd = open(in_dir("p/q/../x"), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	is_x_of_p(fstat(fd, &st) == 0 ? st.st_ino : 0);
	close(fd);
}

static void open_y(void)
{
	char link[40], path[200];
	int fd = openat(dir_fd, "p/q/y", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	stress_check(strcmp(path, in_dir("p/q/y")) == 0 ||
			     strcmp(path, in_dir("r/q/y")) == 0,
		     "y is called %s", path);
	close(fd);
}

static void look(void)
{
	ino_t x, here = number_of("here");

	is_x_of_p(number_of(in_dir("p/q/../x")));
	is_x_of_p(number_of(in_dir("link")));
	look_by_descriptor();
	open_x();
	open_y();
	stress_check(here == here_in_p || here == here_in_r,
		     "here is neither: %lu", (unsigned long)here);
	if (stress.wrong) {
		x = number_of(in_dir("r/q/../x"));
		stress_check(x == 0 || x == x_of_p, "r/q/../x is another one");
	}
	number_of(in_dir("p/q/y"));
	number_of(in_dir("r/q/y"));
}

static void *look_on(void *arg)
{
	while (stress_go_on()) {
		look();
		stress_round();
	}
	return arg;
}

/* ---- who moves ---- */

static void move(void)
{
	char from[100];

	strcpy(from, in_dir("p/q"));
	stress_check(rename(from, in_dir("r/q")) == 0, "rename: errno %d", errno);
	stress_check(chdir(in_dir("r")) == 0, "chdir: errno %d", errno);
	strcpy(from, in_dir("r/q"));
	stress_check(rename(from, in_dir("p/q")) == 0, "back: errno %d", errno);
	stress_check(chdir(in_dir("p")) == 0, "chdir: errno %d", errno);
	sched_yield();
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];

	stress_begin(argc, argv, 4, "a path is walked as at one moment");
	make_all();
	for (int i = 1; i < stress.threads; i++)
		tap_thread(&threads[i], NULL, look_on, NULL);
	while (stress_go_on())
		move();
	for (int i = 1; i < stress.threads; i++)
		pthread_join(threads[i], NULL);
	remove_all();
	return stress_end();
}
