/*
 * tests/abi/socket_limit.c
 *
 * Claim    What a user but root has in sockets, and in messages that nobody has
 *          read, has a limit: then no family gives him another socket, whoever
 *          else asks gets one, and all is well when his are closed.
 * Method   A user fills pairs of sockets with messages, until there is no other
 *          pair, and takes what single sockets then still fit in. Who is refused
 *          asks again, so that what a refusal has left behind is seen.
 * Oracle   docs/limits.md: ENOBUFS. Linux sets no such limit.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/socket.h>

enum { USER = 4246, MOST_PAIRS = 2000, MOST_SINGLE = 200 };
enum { MESSAGE = 65536, TIMES = 20 };

static const struct {
	int family, type;
	const char *what;
} kinds[] = {
	{ AF_UNIX, SOCK_STREAM, "local" }, { AF_INET, SOCK_STREAM, "of TCP" },
	{ AF_INET6, SOCK_DGRAM, "of UDP" }, { AF_NETLINK, SOCK_RAW, "of netlink" },
};

enum { NR_KINDS = sizeof(kinds) / sizeof(*kinds) };

static int pairs[MOST_PAIRS][2], nr_pairs;
static int singles[MOST_SINGLE], nr_singles;

/* What may be written at once without waiting, until nobody takes it. */
static void fill(int fd)
{
	static char message[MESSAGE];

	while (send(fd, message, sizeof(message), MSG_DONTWAIT) > 0)
		;
}

static int fill_pairs(void)
{
	while (nr_pairs < MOST_PAIRS) {
		int *ends = pairs[nr_pairs];

		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0)
			return errno;
		nr_pairs++;
		fill(ends[0]);
		fill(ends[1]);
	}
	return 0;
}

static int new_socket(int kind)
{
	return socket(kinds[kind].family, kinds[kind].type, 0);
}

/* Room that is too small for a pair may be enough for one. */
static void take_singles(int kind)
{
	int fd;

	while (nr_singles < MOST_SINGLE && (fd = new_socket(kind)) >= 0)
		singles[nr_singles++] = fd;
}

static void close_all(void)
{
	while (nr_singles > 0)
		close(singles[--nr_singles]);
	while (nr_pairs > 0) {
		close(pairs[--nr_pairs][0]);
		close(pairs[nr_pairs][1]);
	}
}

/* How many of some tries end with @want, 0 or an errno. */
static int tries(int kind, int want)
{
	int n = 0;

	for (int i = 0; i < TIMES; i++) {
		int fd = new_socket(kind);

		n += (fd < 0 ? errno : 0) == want;
		if (fd >= 0)
			close(fd);
	}
	return n;
}

static int ask(void *kind)
{
	return tries(*(int *)kind, 0) == TIMES ? 0 : 1;
}

static void test_limit(void)
{
	is_int(fill_pairs(), ENOBUFS, "there is a limit (%d pairs)", nr_pairs);
	for (int kind = 0; kind < NR_KINDS; kind++)
		take_singles(kind);
	for (int kind = 0; kind < NR_KINDS; kind++)
		is_int(tries(kind, ENOBUFS), TIMES, "then there is no socket %s",
		       kinds[kind].what);
}

static void test_again(void)
{
	close_all();
	for (int kind = 0; kind < NR_KINDS; kind++)
		is_int(tries(kind, 0), TIMES, "afterwards there is one %s",
		       kinds[kind].what);
}

int main(void)
{
	int kind = 0, rights[2];
	pid_t root;
	char c;

	if (!on_drover() || geteuid() != 0)
		skip_all("root, who becomes a user, and drover's own limit");
	if (pipe(rights) != 0)
		bail_out("pipe: %s", strerror(errno));
	root = tap_fork(); /* who is told when */
	if (root == 0) {
		if (read(rights[0], &c, 1) != 1)
			_exit(2);
		_exit(ask(&kind));
	}
	if (setresuid(USER, USER, USER) != 0)
		bail_out("setresuid: %s", strerror(errno));
	test_limit();
	if (write(rights[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	int status;

	waitpid(root, &status, 0);
	is_exit(status, 0, "root has his all the same");
	test_again();
	return done_testing();
}
