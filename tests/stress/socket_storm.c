/*
 * tests/stress/socket_storm.c
 *
 * Claim    Every byte that is sent over a connection arrives there, in order,
 *          and nowhere else, while listeners are shut and closed under those
 *          who connect; who is not accepted is told.
 * Method   For each family a listener with two threads that accept from it,
 *          until one of them shuts it, and both open another. Clients connect,
 *          send a head and random bytes, each by MSG_MORE or not, end, and read
 *          their sum. Whoever was accepted must get it; whoever was not, an
 *          error.
 * Catches  An arrival that joins after the close took them away (it waits for
 *          ever), a message that is queued after the end, two accepts of one
 *          connection, bytes of two connections mixed, an end that is told
 *          before the bytes that were held back.
 * -X       A client changes a byte on its way.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { MAX_BYTES = 40000, TURN = 20 };

struct head {
	unsigned length, sum;
};

static struct server {
	int family, fd;
	pthread_barrier_t both;
	pthread_rwlock_t lock;		/* address: changed by the first thread */
	struct sockaddr_storage address;
	socklen_t length;
} servers[] = { { .family = AF_UNIX }, { .family = AF_INET },
		{ .family = AF_INET6 } };

#define NR_SERVERS ((int)(sizeof(servers) / sizeof(servers[0])))

static bool over;
static int nr_serving;

static unsigned checksum(const unsigned char *bytes, unsigned n)
{
	unsigned sum = n;

	for (unsigned i = 0; i < n; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

static bool receive_all(int fd, void *bytes, size_t n)
{
	return n == 0 || recv(fd, bytes, n, MSG_WAITALL) == (ssize_t)n;
}

/* ---- the servers ---- */

static void answer(int fd)
{
	static __thread unsigned char bytes[MAX_BYTES];
	struct head head;
	unsigned sum;
	char more;

	if (!stress_check(receive_all(fd, &head, sizeof(head)), "no head") ||
	    !stress_check(head.length <= MAX_BYTES, "a head of other bytes") ||
	    !stress_check(receive_all(fd, bytes, head.length), "too short"))
		return;
	stress_check(read(fd, &more, 1) == 0, "there is more than was sent");
	sum = checksum(bytes, head.length);
	stress_check(sum == head.sum, "other bytes arrived than were sent");
	stress_check(send(fd, &sum, sizeof(sum), MSG_NOSIGNAL) == sizeof(sum),
		     "cannot answer: %s", strerror(errno));
	stress_round();
}

static void serve(struct server *s)
{
	int fd;

	for (int i = 0; (fd = accept(s->fd, NULL, NULL)) >= 0; i++) {
		answer(fd);
		close(fd);
		if (i == TURN)
			shutdown(s->fd, SHUT_RDWR);
	}
	stress_check(errno == EINVAL, "accept: %s", strerror(errno));
}

static socklen_t any_address(int family, struct sockaddr_storage *a)
{
	struct sockaddr_in *in = (void *)a;
	struct sockaddr_in6 *in6 = (void *)a;

	memset(a, 0, sizeof(*a));
	a->ss_family = family;
	if (family == AF_UNIX)
		return sizeof(sa_family_t);
	if (family == AF_INET)
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		in6->sin6_addr = in6addr_loopback;
	return family == AF_INET ? sizeof(*in) : sizeof(*in6);
}

static void open_listener(struct server *s)
{
	struct sockaddr_storage a;
	socklen_t length = any_address(s->family, &a);

	s->fd = socket(s->family, SOCK_STREAM, 0);
	if (s->fd < 0 || bind(s->fd, (void *)&a, length) < 0 ||
	    listen(s->fd, 4) < 0)
		bail_out("listener: %s", strerror(errno));
	pthread_rwlock_wrlock(&s->lock);
	s->length = sizeof(s->address);
	getsockname(s->fd, (void *)&s->address, &s->length);
	pthread_rwlock_unlock(&s->lock);
}

/* Even: the first of two, who closes and opens another. */
static void *run_server(void *arg)
{
	long me = (long)arg;
	struct server *s = &servers[me / 2];

	while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST)) {
		serve(s);
		pthread_barrier_wait(&s->both);
		if (me % 2 == 0) {
			close(s->fd);
			open_listener(s);
		}
		pthread_barrier_wait(&s->both);
	}
	__atomic_fetch_sub(&nr_serving, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* ---- the clients ---- */

static int connect_somewhere(struct rng *rng)
{
	struct server *s = &servers[rng_below(rng, NR_SERVERS)];
	int fd = socket(s->family, SOCK_STREAM, 0), err;

	pthread_rwlock_rdlock(&s->lock);
	struct sockaddr_storage a = s->address;
	socklen_t length = s->length;
	pthread_rwlock_unlock(&s->lock);
	err = connect(fd, (void *)&a, length);
	if (err == 0)
		return fd;
	stress_check(errno == ECONNREFUSED || errno == ECONNRESET, "connect: %s",
		     strerror(errno));
	close(fd);
	return -1;
}

static bool send_all(int fd, const void *bytes, size_t n, struct rng *rng)
{
	int more = rng_below(rng, 2) ? MSG_MORE : 0;

	return send(fd, bytes, n, MSG_NOSIGNAL | more) == (ssize_t)n;
}

static void talk(int fd, struct rng *rng)
{
	static __thread unsigned char bytes[MAX_BYTES];
	struct head head = { .length = rng_below(rng, MAX_BYTES) };
	unsigned sum;
	ssize_t n;

	for (unsigned i = 0; i < head.length; i++)
		bytes[i] = rng_next(rng);
	head.sum = checksum(bytes, head.length);
	if (stress.wrong && head.length > 0)
		bytes[0]++;
	if (!send_all(fd, &head, sizeof(head), rng) ||
	    !send_all(fd, bytes, head.length, rng))
		return;
	shutdown(fd, SHUT_WR);
	n = recv(fd, &sum, sizeof(sum), MSG_WAITALL);
	if (n == sizeof(sum))
		stress_check(sum == head.sum, "somebody else's answer");
	else
		stress_check(n < 0 && errno == ECONNRESET,
			     "neither an answer nor an error: %zd, %s", n,
			     strerror(errno));
}

static void *run_client(void *arg)
{
	struct rng rng = rng_of((long)arg);
	int fd;

	while (stress_go_on()) {
		fd = connect_somewhere(&rng);
		if (fd < 0)
			continue;
		talk(fd, &rng);
		close(fd);
	}
	return NULL;
}

static void start_servers(pthread_t *threads)
{
	nr_serving = 2 * NR_SERVERS;
	for (int i = 0; i < NR_SERVERS; i++) {
		pthread_barrier_init(&servers[i].both, NULL, 2);
		pthread_rwlock_init(&servers[i].lock, NULL);
		open_listener(&servers[i]);
	}
	for (long i = 0; i < 2 * NR_SERVERS; i++)
		tap_thread(&threads[i], NULL, run_server, (void *)i);
}

/* A listener may be opened once more after it was shut. */
static void end_servers(pthread_t *threads)
{
	__atomic_store_n(&over, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&nr_serving, __ATOMIC_SEQ_CST) > 0) {
		for (int i = 0; i < NR_SERVERS; i++)
			shutdown(servers[i].fd, SHUT_RDWR);
		usleep(1000);
	}
	for (int i = 0; i < 2 * NR_SERVERS; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	pthread_t threads[2 * NR_SERVERS];

	stress_begin(argc, argv, 6, "connections keep every byte");
	start_servers(threads);
	stress_threads(stress.threads, run_client);
	end_servers(threads);
	return stress_end();
}
