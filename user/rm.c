/*
 * user/rm.c - remove names, and with -r what is below.
 *
 *	rm [-rRf] NAME...
 *
 * BusyBox's builds a path for each name, and so cannot remove a tree that is
 * deeper than a path is long: whoever makes 2,000 directories, one in the
 * other, keeps them. Here the current directory goes down and up instead, so
 * no path is longer than one name, nothing recurses, and no descriptor stays
 * open. On the way up the parent must be the directory we came from: whoever
 * owns the tree may have moved it, and ".." then leads to what nobody named.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool recursive, force;

/* The directories above the current one, from the tree's own parent on. */
static struct place {
	dev_t dev;
	ino_t ino;
} *above;
static size_t depth, room;

static int complain(const char *name)
{
	fprintf(stderr, "rm: %s: %s\n", name, strerror(errno));
	return 1;
}

static bool here(struct place *place)
{
	struct stat st;

	if (stat(".", &st) < 0)
		return false;
	*place = (struct place){ st.st_dev, st.st_ino };
	return true;
}

static bool go_down(const char *name)
{
	int fd, ok;

	if (depth == room) {
		room = room ? 2 * room : 64;
		above = realloc(above, room * sizeof(*above));
	}
	if (!above || !here(&above[depth]))
		return false;
	fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return false;
	ok = fchdir(fd);
	close(fd);
	if (ok < 0)
		return false;
	depth++;
	return true;
}

static bool go_up(void)
{
	struct place now;

	if (chdir("..") < 0 || !here(&now))
		return false;
	depth--;
	if (now.dev == above[depth].dev && now.ino == above[depth].ino)
		return true;
	errno = EXDEV;
	return false;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A file, or an empty directory.  *@full: it is a directory, and not empty. */
static bool remove_one(const char *name, bool *full)
{
	*full = false;
	if (unlink(name) == 0)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	if (rmdir(name) == 0)
		return true;
	*full = errno == ENOTEMPTY || errno == EEXIST;
	return false;
}

/* Remove what is in the current directory, up to the first directory that is
 * not empty: *@next, malloc'ed, or NULL.  False: something stays. */
static bool clear_files(char **next)
{
	DIR *dir = opendir(".");
	struct dirent *e;
	bool full = false, good = dir != NULL;

	*next = NULL;
	while (good && (e = readdir(dir)) != NULL) {
		if (is_dots(e->d_name) || remove_one(e->d_name, &full))
			continue;
		good = full;
		if (full)
			*next = strdup(e->d_name);
		break;
	}
	if (dir)
		closedir(dir);
	return good;
}

/* All that is in the current directory; ends where it began, or fails. */
static bool clear_tree(void)
{
	for (;;) {
		char *next;
		bool good = clear_files(&next);

		if (good && next)
			good = go_down(next);
		else if (good && depth == 1)
			return true;
		else if (good)
			good = go_up();
		free(next);
		if (!good)
			return false;
	}
}

/* @name, a directory that is not empty. */
static bool remove_tree(const char *name)
{
	int start = open(".", O_RDONLY | O_DIRECTORY);
	bool good = start >= 0 && go_down(name) && clear_tree();
	int err = errno;

	depth = 0;
	if (start < 0 || fchdir(start) < 0)
		return false;
	close(start);
	errno = err;
	return good && rmdir(name) == 0;
}

static int remove_named(const char *name)
{
	struct stat st;

	if (lstat(name, &st) < 0)
		return force && errno == ENOENT ? 0 : complain(name);
	if (!S_ISDIR(st.st_mode))
		return unlink(name) == 0 ? 0 : complain(name);
	if (!recursive) {
		errno = EISDIR;
		return complain(name);
	}
	if (rmdir(name) == 0)
		return 0;
	return remove_tree(name) ? 0 : complain(name);
}

int main(int argc, char **argv)
{
	int c, bad = 0;

	while ((c = getopt(argc, argv, "rRf")) != -1) {
		if (c == '?') {
			fprintf(stderr, "usage: rm [-rf] NAME...\n");
			return 1;
		}
		recursive |= c != 'f';
		force |= c == 'f';
	}
	if (optind == argc && !force) {
		fprintf(stderr, "usage: rm [-rf] NAME...\n");
		return 1;
	}
	for (; optind < argc; optind++)
		bad |= remove_named(argv[optind]);
	return bad;
}
