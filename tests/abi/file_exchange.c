/*
 * tests/abi/file_exchange.c
 *
 * Claim    RENAME_EXCHANGE lets two names change places, whatever they name,
 *          in one directory or two: link counts and ".." follow, who watches is
 *          told of both; neither may be missing, or above the other.
 * Method   Files, links and directories are exchanged and looked at; a thread
 *          exchanges two names while another opens both.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#ifndef RENAME_EXCHANGE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

static char dir[] = "/tmp/exchangeXXXXXX";

static int exchange(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static ino_t ino_of(const char *path)
{
	struct stat s;

	return lstat(path, &s) == 0 ? s.st_ino : 0;
}

static long links_of(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 ? (long)s.st_nlink : -1;
}

static void test_errors(void)
{
	make_file("f");
	mkdir("d", 0755);
	mkdir("d/e", 0755);
	fails(exchange("f", "missing"), ENOENT, "the second is missing");
	fails(exchange("missing", "f"), ENOENT, "the first is missing");
	fails(renameat2(AT_FDCWD, "f", AT_FDCWD, "d",
			RENAME_EXCHANGE | RENAME_NOREPLACE),
	      EINVAL, "two flags at once");
	fails(exchange("d", "d/e"), EINVAL, "a directory and what is in it");
	fails(exchange("d/e", "d"), EINVAL, "the other way round");
	fails(exchange("f/", "d"), ENOTDIR, "a file is no directory");
	is_int(exchange("f", "f"), 0, "a name and itself");
}

static void test_kinds(void)
{
	ino_t f, d, g;

	make_file("g");
	f = ino_of("f");
	g = ino_of("g");
	d = ino_of("d");
	is_int(exchange("f", "g"), 0, "two files");
	ok(ino_of("f") == g && ino_of("g") == f, "have changed places");
	is_int(links_of("."), 3, "one directory is here");
	is_int(exchange("g", "d"), 0, "a file and a directory");
	ok(ino_of("g") == d && ino_of("d") == f, "as well");
	is_int(links_of("."), 3, "still one");
	is_int(symlink("x", "l") + exchange("l", "f"), 0, "a link itself");
	ok(ino_of("l") == g, "is not followed");
	unlink("f");
	unlink("l");
}

/* Now "g" is a directory with "e", and "d" a file. */
static void test_directories(void)
{
	struct stat top;

	is_int(exchange("d", "g/e"), 0, "between two directories");
	is_int(links_of("."), 4, "one directory more is here");
	is_int(links_of("g"), 2, "one less is there");
	if (stat(".", &top) != 0)
		bail_out("stat");
	ok(ino_of("d/..") == top.st_ino, "its \"..\" leads here");
	is_int(mkdir("d/sub", 0755) + exchange("d/sub", "g"), 0,
	       "a directory and one below another");
	is_int(ino_of("d/sub/..") == ino_of("d"), 1, "\"..\" leads to d");
	is_int(ino_of("g/..") == top.st_ino, 1, "and here");
	is_int(unlink("d/sub/e") + rmdir("d/sub") + rmdir("d") + rmdir("g"), 0,
	       "all can be removed");
}

static void test_told(void)
{
	_Alignas(struct inotify_event) char buf[4096];
	const struct inotify_event *e;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), n = 0;
	uint32_t cookie[4] = { 0 };
	ssize_t bytes;

	make_file("a");
	make_file("b");
	inotify_add_watch(fd, ".", IN_MOVE);
	is_int(exchange("a", "b"), 0, "watched");
	bytes = read(fd, buf, sizeof(buf));
	for (ssize_t at = 0; at < bytes && n < 4; at += sizeof(*e) + e->len) {
		e = (void *)&buf[at];
		cookie[n++] = e->cookie;
	}
	ok(n == 4 && cookie[0] == cookie[1] && cookie[2] == cookie[3] &&
		   cookie[0] != cookie[2], "two moves are told");
	close(fd);
}

static int stop, rounds;

static void *exchange_on(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		if (exchange("a", "b") != 0)
			return "failed";
		else
			__atomic_fetch_add(&rounds, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void test_atomic(void)
{
	pthread_t thread;
	void *result;
	int missing = 0;

	tap_thread(&thread, NULL, exchange_on, NULL);
	for (int i = 0; i < 2000 ||
			__atomic_load_n(&rounds, __ATOMIC_RELAXED) < 100; i++)
		missing += ino_of("a") == 0 || ino_of("b") == 0;
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, &result);
	ok(result == NULL, "exchanged many times");
	is_int(missing, 0, "neither name was ever missing");
	unlink("a");
	unlink("b");
}

int main(void)
{
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	test_errors();
	test_kinds();
	test_directories();
	test_told();
	test_atomic();
	if (chdir("/") == 0)
		rmdir(dir);
	return done_testing();
}
