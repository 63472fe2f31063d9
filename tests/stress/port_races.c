/*
 * tests/stress/port_races.c
 *
 * Claim    Of two who want one port, one abstract name, or to listen at one
 *          port that both may have, one gets it and the other is told; a socket
 *          that two threads bind has the name that the one bound who was not
 *          refused; names that the kernel chooses differ; and a socket that was
 *          connected anew stays so, though somebody is just told that its old
 *          peer is gone.
 * Method   Two threads do the same thing with two sockets, or two things with
 *          one, at about the same time, with many pairs of sockets in a row.
 *          Then their results are compared.
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

enum {
	PAIRS = 32,
	PATIENCE = 200,
	APART = 64,
	FIRST_PORT = 20000,
	NR_PORTS = 10000,
};

/* What one pair of calls is about. */
struct pair {
	int sock[2];		/* each one's, or the same twice */
	int result[2];		/* 0, or an errno */
	struct sockaddr_in port[2];
	struct sockaddr_un name[2];
	int third;		/* somebody who has the second name, or -1 */
};

struct race {
	void (*prepare)(struct pair *p);
	int (*turn)(struct pair *p, int me);
	void (*judge)(struct pair *p);
};

static struct pair pairs[PAIRS];
static const struct race *race;	/* NULL: no more */
static struct meeting begins, ends;
static int nr_done[2];		/* of the pairs, by each */

/* The other one is not far behind. */
static void go_together(int me, int i)
{
	for (int k = 0; k < PATIENCE; k++)
		if (__atomic_load_n(&nr_done[!me], __ATOMIC_ACQUIRE) >= i)
			return;
}

static void take_turns(int me, struct rng *rng)
{
	for (int i = 0; i < PAIRS; i++) {
		go_together(me, i);
		for (volatile int k = rng_below(rng, APART); k > 0; k--)
			;
		pairs[i].result[me] =
			race->turn(&pairs[i], me) < 0 ? errno : 0;
		__atomic_store_n(&nr_done[me], i + 1, __ATOMIC_RELEASE);
	}
	meet(&ends, 2);
}

static void *second(void *unused TAP_UNUSED)
{
	struct rng rng = rng_of(1);

	for (;;) {
		meet(&begins, 2);
		if (race == NULL)
			return NULL;
		take_turns(1, &rng);
	}
}

/* ---- sockets ---- */

static int new_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

static void bind_it(int fd, const void *to, size_t n)
{
	if (bind(fd, to, n) < 0)
		bail_out("bind: %s", strerror(errno));
}

static struct sockaddr_in address_of(int number)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = number,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int own_port(int fd)
{
	struct sockaddr_in a = { 0 };
	socklen_t n = sizeof(a);

	getsockname(fd, (void *)&a, &n);
	return a.sin_port;
}

/* One that no kernel chooses, and that is not in use. */
static int free_port(void)
{
	static unsigned n;

	return htons(FIRST_PORT + n++ % NR_PORTS);
}

static struct sockaddr_un new_name(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	static long n;

	snprintf(name.sun_path + 1, 40, "races %d %ld", getpid(), n++);
	return name;
}

static void new_sockets(struct pair *p, int family, int type)
{
	p->sock[0] = new_socket(family, type);
	p->sock[1] = new_socket(family, type);
}

/* The same port for both; with -X two. */
static void choose_port(struct pair *p)
{
	p->port[0] = p->port[1] = address_of(free_port());
	if (stress.wrong)
		p->port[1] = address_of(free_port());
}

static int bind_port(struct pair *p, int me)
{
	return bind(p->sock[me], (void *)&p->port[me], sizeof(p->port[me]));
}

static int bind_name(struct pair *p, int me)
{
	return bind(p->sock[me], (void *)&p->name[me], sizeof(p->name[me]));
}

/* One has it, and the other was told by @err.  Who has: 0 or 1. */
static int one_has(const struct pair *p, const char *what, int err)
{
	int winner = p->result[0] == 0 ? 0 : 1;

	stress_check(p->result[winner] == 0 && p->result[!winner] == err,
		     "%s: %s and %s", what, strerror(p->result[0]),
		     strerror(p->result[1]));
	return winner;
}

/* ---- one port, one name ---- */

static void prepare_port(struct pair *p)
{
	choose_port(p);
	new_sockets(p, AF_INET, (p - pairs) % 2 ? SOCK_STREAM : SOCK_DGRAM);
}

static void judge_port(struct pair *p)
{
	one_has(p, "two bind to one port", EADDRINUSE);
}

static void prepare_name(struct pair *p)
{
	p->name[0] = p->name[1] = new_name();
	if (stress.wrong)
		p->name[1] = new_name();
	new_sockets(p, AF_UNIX, SOCK_DGRAM);
}

static void judge_name(struct pair *p)
{
	one_has(p, "two bind to one name", EADDRINUSE);
}

/* ---- listening ---- */

static void prepare_listen(struct pair *p)
{
	int yes = 1;

	choose_port(p);
	new_sockets(p, AF_INET, SOCK_STREAM);
	for (int i = 0; i < 2; i++) {
		if (setsockopt(p->sock[i], SOL_SOCKET, SO_REUSEADDR, &yes,
			       sizeof(yes)) < 0)
			bail_out("setsockopt: %s", strerror(errno));
		bind_it(p->sock[i], &p->port[i], sizeof(p->port[i]));
	}
}

static int listen_there(struct pair *p, int me)
{
	return listen(p->sock[me], 1);
}

static void judge_listen(struct pair *p)
{
	one_has(p, "two listen at one port", EADDRINUSE);
}

/* ---- one socket ---- */

static void prepare_socket(struct pair *p)
{
	p->port[0] = address_of(free_port());
	p->port[1] = address_of(free_port());
	p->sock[0] = p->sock[1] = new_socket(AF_INET, SOCK_STREAM);
}

static void judge_socket(struct pair *p)
{
	int winner = one_has(p, "two bind one socket", EINVAL);

	stress_check(own_port(p->sock[0]) == p->port[winner].sin_port,
		     "it has another port than who bound it was told");
}

static void prepare_named(struct pair *p)
{
	p->name[0] = new_name();
	p->name[1] = new_name();
	p->sock[0] = p->sock[1] = new_socket(AF_UNIX, SOCK_DGRAM);
}

static void judge_named(struct pair *p)
{
	one_has(p, "two name one socket", EINVAL);
}

/* ---- any port ---- */

static void prepare_any(struct pair *p)
{
	p->port[0] = p->port[1] = address_of(0);
	new_sockets(p, AF_INET, SOCK_STREAM);
}

static void judge_any(struct pair *p)
{
	stress_check(p->result[0] == 0 && p->result[1] == 0 &&
		     own_port(p->sock[0]) != own_port(p->sock[1]),
		     "the kernel chose one port twice");
}

/* ---- another peer ---- */

/* Connected to who is gone; and somebody else is there. */
static void prepare_anew(struct pair *p)
{
	int gone = new_socket(AF_UNIX, SOCK_DGRAM);

	prepare_named(p);
	p->third = new_socket(AF_UNIX, SOCK_DGRAM);
	bind_it(gone, &p->name[0], sizeof(p->name[0]));
	bind_it(p->third, &p->name[1], sizeof(p->name[1]));
	if (connect(p->sock[0], (void *)&p->name[0], sizeof(p->name[0])) < 0)
		bail_out("connect: %s", strerror(errno));
	close(gone);
}

/* The first still sends to the old one. */
static int connect_anew(struct pair *p, int me)
{
	if (me == 0)
		return send(p->sock[0], "x", 1, MSG_NOSIGNAL);
	return connect(p->sock[1], (void *)&p->name[1], sizeof(p->name[1]));
}

static void judge_anew(struct pair *p)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (stress.wrong)
		connect(p->sock[0], &nobody, sizeof(nobody));
	stress_check(p->result[1] == 0 && send(p->sock[0], "x", 1, 0) == 1,
		     "who was connected anew is not: %s", strerror(errno));
}

/* ---- */

static const struct race races[] = {
	{ prepare_port, bind_port, judge_port },
	{ prepare_name, bind_name, judge_name },
	{ prepare_listen, listen_there, judge_listen },
	{ prepare_socket, bind_port, judge_socket },
	{ prepare_named, bind_name, judge_named },
	{ prepare_any, bind_port, judge_any },
	{ prepare_anew, connect_anew, judge_anew },
};

static void finish(struct pair *p)
{
	race->judge(p);
	close(p->sock[0]);
	if (p->sock[1] != p->sock[0])
		close(p->sock[1]);
	if (p->third >= 0)
		close(p->third);
}

static void one_round(struct rng *rng)
{
	nr_done[0] = nr_done[1] = 0;
	for (int i = 0; i < PAIRS; i++) {
		pairs[i].third = -1;
		race->prepare(&pairs[i]);
	}
	meet(&begins, 2);
	take_turns(0, rng);
	for (int i = 0; i < PAIRS; i++)
		finish(&pairs[i]);
	stress_round();
}

int main(int argc, char **argv)
{
	struct rng rng;
	pthread_t other;

	stress_begin(argc, argv, 2, "one of two gets a name, and keeps it");
	rng = rng_of(0);
	tap_thread(&other, NULL, second, NULL);
	for (unsigned i = 0; stress_go_on(); i++) {
		race = &races[i % (sizeof(races) / sizeof(races[0]))];
		one_round(&rng);
	}
	race = NULL;
	meet(&begins, 2);
	pthread_join(other, NULL);
	return stress_end();
}
