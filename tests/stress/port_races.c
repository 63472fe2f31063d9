/*
 * tests/stress/port_races.c
 *
 * Claim    Of two who want one port, one abstract name, or to listen at one
 *          port that both may have, one gets it and the other is told; a socket
 *          that two threads bind has the name that the one bound who was not
 *          refused; names that the kernel chooses differ; and a socket that was
 *          connected anew stays so, though somebody is just told that its old
 *          peer is gone.
 * Method   Two threads meet and do the same thing with two sockets, or two
 *          things with one, a random moment apart. Then their results are
 *          compared.
 * Catches  A name that is looked for under a lock, and taken after it; who
 *          listens found by a state that is changed later; the peer of a
 *          socket compared under its lock, and dropped after it.
 * -X       Each binds to, or listens at, a port of its own; and so on.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { SPIN_BITS = 12 };

static int sock[2];		/* of each thread, or the same twice */
static struct sockaddr_un name[2];
static struct sockaddr_in port[2];
static int result[2];		/* 0 or an errno */
static int (*turn)(int me);	/* NULL: no more */
static struct meeting begins, ends;

static void take_turn(int me, struct rng *rng)
{
	for (volatile int i = 1 << rng_below(rng, SPIN_BITS); i > 0; i--)
		;
	result[me] = turn(me) < 0 ? errno : 0;
	meet(&ends, 2);
}

static void *second(void *unused TAP_UNUSED)
{
	struct rng rng = rng_of(1);

	for (;;) {
		meet(&begins, 2);
		if (turn == NULL)
			return NULL;
		take_turn(1, &rng);
	}
}

static void both(int (*fn)(int me), struct rng *rng)
{
	turn = fn;
	meet(&begins, 2);
	take_turn(0, rng);
}

/* One has it, and the other was told by @err.  Who has: 0 or 1. */
static int one_has(const char *what, int err)
{
	int winner = result[0] == 0 ? 0 : 1;

	stress_check(result[winner] == 0 && result[!winner] == err,
		     "%s: %s and %s", what, strerror(result[0]),
		     strerror(result[1]));
	return winner;
}

/* ---- what they do ---- */

static int bind_port(int me)
{
	return bind(sock[me], (void *)&port[me], sizeof(port[me]));
}

static int bind_name(int me)
{
	return bind(sock[me], (void *)&name[me], sizeof(name[me]));
}

static int listen_there(int me)
{
	return listen(sock[me], 1);
}

/* The first still sends to the old one. */
static int connect_anew(int me)
{
	if (me == 0)
		return send(sock[0], "x", 1, MSG_NOSIGNAL);
	return connect(sock[1], (void *)&name[1], sizeof(name[1]));
}

/* ---- sockets ---- */

static int new_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

static void new_sockets(int family, int type)
{
	sock[0] = new_socket(family, type);
	sock[1] = new_socket(family, type);
}

static void close_sockets(void)
{
	close(sock[0]);
	if (sock[1] != sock[0])
		close(sock[1]);
}

static int own_port(int fd)
{
	struct sockaddr_in a = { 0 };
	socklen_t n = sizeof(a);

	getsockname(fd, (void *)&a, &n);
	return a.sin_port;
}

static struct sockaddr_in address_of(int number)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = number,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* Of a socket that is closed again: nobody has it. */
static int free_port(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM), number;
	struct sockaddr_in any = address_of(0);

	if (bind(fd, (void *)&any, sizeof(any)) < 0)
		bail_out("bind: %s", strerror(errno));
	number = own_port(fd);
	close(fd);
	return number;
}

/* The same two ports or names; with -X two. */
static void choose_ports(bool same)
{
	int first = free_port();

	port[0] = address_of(first);
	port[1] = address_of(same && !stress.wrong ? first : free_port());
}

static void choose_names(bool same)
{
	static long n;

	for (int i = 0; i < 2; i++) {
		long number = same && !stress.wrong ? n : n + i;

		name[i] = (struct sockaddr_un){ .sun_family = AF_UNIX };
		snprintf(name[i].sun_path + 1, 40, "races %d %ld", getpid(),
			 number);
	}
	n += 2;
}

/* ---- the races ---- */

static void race_for_port(struct rng *rng)
{
	choose_ports(true);
	new_sockets(AF_INET, rng_below(rng, 2) ? SOCK_STREAM : SOCK_DGRAM);
	both(bind_port, rng);
	one_has("two bind to one port", EADDRINUSE);
	close_sockets();
}

static void race_to_listen(struct rng *rng)
{
	int yes = 1;

	choose_ports(true);
	new_sockets(AF_INET, SOCK_STREAM);
	for (int i = 0; i < 2; i++)
		if (setsockopt(sock[i], SOL_SOCKET, SO_REUSEADDR, &yes,
			       sizeof(yes)) < 0 || bind_port(i) < 0)
			bail_out("bind: %s", strerror(errno));
	both(listen_there, rng);
	one_has("two listen at one port", EADDRINUSE);
	close_sockets();
}

static void race_for_name(struct rng *rng)
{
	choose_names(true);
	new_sockets(AF_UNIX, SOCK_DGRAM);
	both(bind_name, rng);
	one_has("two bind to one name", EADDRINUSE);
	close_sockets();
}

static void race_for_socket(struct rng *rng)
{
	int winner;

	choose_ports(false);
	sock[0] = sock[1] = new_socket(AF_INET, SOCK_STREAM);
	both(bind_port, rng);
	winner = one_has("two bind one socket", EINVAL);
	stress_check(own_port(sock[0]) == port[winner].sin_port,
		     "it has another port than who bound it was told");
	close_sockets();
}

static void race_for_any(struct rng *rng)
{
	port[0] = port[1] = address_of(0);
	new_sockets(AF_INET, SOCK_STREAM);
	both(bind_port, rng);
	stress_check(result[0] == 0 && result[1] == 0 &&
		     own_port(sock[0]) != own_port(sock[1]),
		     "the kernel chose one port twice");
	close_sockets();
}

static void race_to_forget(struct rng *rng)
{
	int gone = new_socket(AF_UNIX, SOCK_DGRAM);
	int there = new_socket(AF_UNIX, SOCK_DGRAM);
	struct sockaddr_un old;

	choose_names(false);
	old = name[0];
	if (bind(gone, (void *)&old, sizeof(old)) < 0 ||
	    bind(there, (void *)&name[1], sizeof(name[1])) < 0)
		bail_out("bind: %s", strerror(errno));
	sock[0] = sock[1] = new_socket(AF_UNIX, SOCK_DGRAM);
	if (connect(sock[0], (void *)&old, sizeof(old)) < 0)
		bail_out("connect: %s", strerror(errno));
	close(gone);
	both(connect_anew, rng);
	if (stress.wrong)
		connect(sock[0], &(struct sockaddr){ .sa_family = AF_UNSPEC },
			sizeof(struct sockaddr));
	stress_check(result[1] == 0 && send(sock[0], "x", 1, 0) == 1,
		     "who was connected anew is not: %s", strerror(errno));
	close(there);
	close_sockets();
}

static void (*const races[])(struct rng *rng) = {
	race_for_port, race_to_listen, race_for_name, race_for_socket,
	race_for_any, race_to_forget,
};

int main(int argc, char **argv)
{
	struct rng rng;
	pthread_t other;

	stress_begin(argc, argv, 2, "one of two gets a name, and keeps it");
	rng = rng_of(0);
	tap_thread(&other, NULL, second, NULL);
	for (unsigned i = 0; stress_go_on(); i++) {
		races[i % (sizeof(races) / sizeof(races[0]))](&rng);
		stress_round();
	}
	turn = NULL;
	meet(&begins, 2);
	pthread_join(other, NULL);
	return stress_end();
}
