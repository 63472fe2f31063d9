/*
 * tests/stress/diag_storm.c
 *
 * Claim    A dump of sockets tells of each that is there all the time, once, and comes to
 *          its end, while others come and go, and who asks reads little at a time.
 * Method   Some sockets stay. Threads make and close others without end; one asks for
 *          all, again and again.
 * Oracle   The numbers that are told.
 * Catches  A walk that loses its place when somebody goes, or tells of one twice; a
 *          part of a dump that nobody makes (it hangs).
 * -X       One of those that stay is closed.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { STAY = 100, SMALL = 1, ALL = -1 };

static int stays[STAY];
static unsigned numbers[STAY];
static volatile bool over;

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

static unsigned number_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		bail_out("fstat: %s", strerror(errno));
	return st.st_ino;
}

/* ---- who comes and goes ---- */

static void come_and_go(struct rng *rng)
{
	int fds[8], n = 1 + rng_below(rng, 8);

	for (int i = 0; i < n; i++)
		fds[i] = new_socket();
	rng_dither(rng);
	for (int i = 0; i < n; i++)
		close(fds[i]);
}

/* ---- who asks ---- */

static void ask(int nl)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req body;
	} r = { .head = { .nlmsg_len = sizeof(r), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = AF_UNIX, .udiag_states = ALL } };

	if (send(nl, &r, sizeof(r), 0) != sizeof(r))
		bail_out("send: %s", strerror(errno));
}

static int index_of(unsigned number)
{
	for (int i = 0; i < STAY; i++)
		if (numbers[i] == number)
			return i;
	return -1;
}

/* Counts in @seen what a part tells of; true: it was not the last. */
static bool read_part(int nl, int *seen)
{
	static _Alignas(struct nlmsghdr) char part[1 << 16];
	int n = recv(nl, part, sizeof(part), 0);
	struct nlmsghdr *h = (void *)part;

	if (n <= 0)
		bail_out("recv: %s", strerror(errno));
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		struct unix_diag_msg *m = NLMSG_DATA(h);
		int i = h->nlmsg_type == SOCK_DIAG_BY_FAMILY ? index_of(m->udiag_ino) : -1;

		if (h->nlmsg_type == NLMSG_DONE)
			return false;
		if (i >= 0)
			seen[i]++;
	}
	return true;
}

static void ask_for_all(int nl)
{
	int seen[STAY] = { 0 };

	ask(nl);
	while (read_part(nl, seen))
		;
	for (int i = 0; i < STAY; i++)
		stress_check(seen[i] == 1, "one that stays is told of %d times", seen[i]);
}

static void *run(void *arg)
{
	struct rng rng = rng_of((long)arg);
	int small = SMALL, nl;

	if ((long)arg != 0) {
		while (!tap_told(&over))
			come_and_go(&rng);
		return NULL;
	}
	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	if (nl < 0)
		bail_out("socket: %s", strerror(errno));
	setsockopt(nl, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (; stress_go_on(); stress_round())
		ask_for_all(nl);
	tap_tell(&over, true);
	close(nl);
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 3, "a dump tells of each socket that stays, once");
	for (int i = 0; i < STAY; i++) {
		stays[i] = new_socket();
		numbers[i] = number_of(stays[i]);
	}
	if (stress.wrong)
		close(stays[STAY / 2]);
	stress_threads(stress.threads < 2 ? 2 : stress.threads, run);
	return stress_end();
}
