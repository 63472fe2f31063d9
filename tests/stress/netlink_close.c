/*
 * tests/stress/netlink_close.c
 *
 * Claim    What is sent to a socket of netlink while it is closed comes to it, or is
 *          refused; when close() has returned it is refused.
 * Method   One thread makes sockets, each with a port of its own, and closes them
 *          while the others send there.
 * Oracle   Who sends hears ECONNREFUSED, or that there is no room; and of drover the
 *          lab kernel, which looks at what goes: a socket whose memory is freed has
 *          no messages (I4).
 * Catches  A sender who has found the socket by its port and does not look again
 *          whether it is closed when he has its lock (race sent_to_closed).
 * -X       The socket has a second descriptor.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/netlink.h>
#include <sys/socket.h>

enum { FIRST_PORT = 20000, WORD = 16, BUSY = 3 };

static volatile unsigned port;		/* 0: not yet */
static volatile unsigned long sends;	/* that are over, however */
static volatile bool over;

static int new_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

/* 0 or what sendto() says is wrong. */
static int send_to(int fd, unsigned to)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_pid = to };
	char word[WORD] = "word";

	return sendto(fd, word, sizeof(word), MSG_DONTWAIT, (void *)&a, sizeof(a)) ==
			       WORD ? 0 : errno;
}

static void send_some(void)
{
	int fd = new_socket();

	while (!tap_told(&over)) {
		unsigned to = tap_told(&port);
		int err = to != 0 ? send_to(fd, to) : 0;

		stress_check(err == 0 || err == ECONNREFUSED || err == EAGAIN,
			     "a message to a socket: %s", strerror(err));
		__atomic_fetch_add(&sends, 1, __ATOMIC_RELAXED);
	}
	close(fd);
}

/* Until the others have begun to send to it. */
static void wait_for_sends(void)
{
	unsigned long before = sends;

	while (sends < before + BUSY && stress_go_on())
		sched_yield();
}

static void close_one(int own, unsigned number, struct rng *rng)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_pid = number };
	int fd = new_socket(), second = -1;

	if (bind(fd, (void *)&a, sizeof(a)) != 0)
		bail_out("bind: %s", strerror(errno));
	tap_tell(&port, number);
	wait_for_sends();
	rng_dither(rng);
	if (stress.wrong)
		second = dup(fd);
	close(fd);
	stress_check(send_to(own, number) == ECONNREFUSED,
		     "a message was sent to a socket that is closed");
	close(second);
}

static void close_many(void)
{
	struct rng rng = rng_of(0);
	int own = new_socket();

	for (unsigned n = 0; stress_go_on(); n++, stress_round())
		close_one(own, FIRST_PORT + n, &rng);
	tap_tell(&over, true);
	close(own);
}

static void *run(void *arg)
{
	if ((long)arg == 0)
		close_many();
	else
		send_some();
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 3, "what is sent to a socket that is closed is refused");
	stress_threads(stress.threads < 2 ? 2 : stress.threads, run);
	return stress_end();
}
