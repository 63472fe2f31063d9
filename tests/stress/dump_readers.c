/*
 * tests/stress/dump_readers.c
 *
 * Claim    A dump of sockets that is read by several threads comes to its end; when that
 *          was read, another may be asked for.
 * Method   There are so many sockets, and so little room, that a dump has many parts, of
 *          which each is made when another was read. Two threads read; a third asks for
 *          the next dump when one of them has read the end of the last.
 * Oracle   While a dump is not over, more of it comes; none is refused.
 * Catches  The last part of a dump that can be read before the dump is over (race
 *          done_told_early); a part that each of two readers leaves to the other.
 * -X       Who asks asks for nothing.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

enum { MANY = 400, SMALL = 1, READERS = 2, NO_REQUEST = 77 };

static int nl;
static volatile long parts, ends; /* that were read */
static volatile bool over;

static void ask(int type, int flags)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req body;
	} r = { .head = { .nlmsg_len = sizeof(r), .nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST | flags },
		.body = { .sdiag_family = AF_UNIX, .udiag_states = -1 } };

	if (send(nl, &r, sizeof(r), 0) != sizeof(r))
		bail_out("send: %s", strerror(errno));
}

/* One part; true: it has the end of a dump. */
static bool read_part(void)
{
	_Alignas(struct nlmsghdr) char part[1 << 15];
	int n = recv(nl, part, sizeof(part), 0);
	struct nlmsghdr *h = (void *)part;

	if (n <= 0)
		bail_out("recv: %s", strerror(errno));
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return true;
		stress_check(h->nlmsg_type != NLMSG_ERROR || tap_told(&over),
			     "a dump is refused, though the last was read to its end");
	}
	return false;
}

static void *read_all(void *unused TAP_UNUSED)
{
	while (!tap_told(&over)) {
		bool end = read_part();

		__atomic_fetch_add(&parts, 1, __ATOMIC_RELEASE);
		if (end)
			__atomic_fetch_add(&ends, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Until one more has ended, or nothing comes of it any more. */
static void wait_for_end(long wanted)
{
	long before = -1;
	int looks = 0;

	while (tap_told(&ends) < wanted && looks < LOOKS && !stress_failed()) {
		looks = tap_told(&parts) == before ? looks + 1 : 0;
		before = tap_told(&parts);
		if (looks > 0)
			usleep(LOOK_US);
		else
			sched_yield();
	}
	stress_check(tap_told(&ends) >= wanted || stress_failed(),
		     "a dump is not over, and no more of it comes");
}

static void make_sockets(void)
{
	int small = SMALL;

	for (int i = 0; i < MANY; i++)
		if (socket(AF_UNIX, SOCK_STREAM, 0) < 0)
			bail_out("socket: %s", strerror(errno));
	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	if (nl < 0 || setsockopt(nl, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) != 0)
		bail_out("netlink: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	pthread_t readers[READERS];

	stress_begin(argc, argv, READERS, "a dump that many read comes to its end");
	make_sockets();
	for (int i = 0; i < READERS; i++)
		tap_thread(&readers[i], NULL, read_all, NULL);
	for (long n = 1; stress_go_on(); n++, stress_round()) {
		if (!stress.wrong)
			ask(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
		wait_for_end(n);
	}
	if (stress_failed())
		return stress_end(); /* nobody wakes them any more */
	tap_tell(&over, true);
	for (int i = 0; i < READERS; i++)
		ask(NO_REQUEST, 0); /* is refused, which each reads once */
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	return stress_end();
}
