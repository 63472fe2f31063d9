/*
 * tests/stress/netlink_room.c
 *
 * Claim    Who waits for room in a socket of netlink goes on when there is some.
 * Method   One thread sends without end to a socket that has room for a few messages,
 *          and the other reads one, and waits until the sender has gone on by one,
 *          again and again.
 * Oracle   The sender is not found asleep while one more has room.
 * Catches  Who reads tells those who wait for room before there is some (race
 *          room_told_early), or not at all.
 * -X       The reader only looks.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { PORT = 30000, WORD = 16, SMALL = 1, SPINS = 2000 };

static volatile long sent;
static volatile pid_t sender;
static volatile bool over;
static int receiver;

static int new_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

static bool send_one(int fd, int flags)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_pid = PORT };
	char word[WORD] = "word";

	return sendto(fd, word, sizeof(word), flags, (void *)&a, sizeof(a)) == WORD;
}

static bool receive_one(int flags)
{
	char word[WORD];

	return recv(receiver, word, sizeof(word), flags) == WORD;
}

/* The receiver, and how many messages it has room for. */
static long begin(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_pid = PORT };
	int fd = new_socket(), small = SMALL;
	long n = 0;

	receiver = new_socket();
	if (bind(receiver, (void *)&a, sizeof(a)) != 0 ||
	    setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) != 0)
		bail_out("the receiver: %s", strerror(errno));
	while (send_one(fd, MSG_DONTWAIT))
		n++;
	while (receive_one(MSG_DONTWAIT))
		;
	close(fd);
	return n;
}

static void *send_all(void *unused TAP_UNUSED)
{
	int fd = new_socket();

	tap_tell(&sender, (pid_t)syscall(SYS_gettid));
	while (!tap_told(&over)) {
		if (!send_one(fd, 0))
			bail_out("send: %s", strerror(errno));
		tap_tell(&sent, sent + 1);
	}
	close(fd);
	return NULL;
}

/* All that there is room for is sent, or the sender sleeps. */
static void wait_until_sent(long wanted)
{
	for (int spins = 0; tap_told(&sent) < wanted && !stress_failed(); spins++) {
		if (spins < SPINS) {
			sched_yield();
			continue;
		}
		stress_check(!stays_in_state(getpid(), sender, 'S', &sent, sent) ||
				     sent >= wanted,
			     "who sends sleeps, and one more has room");
	}
}

static void read_all(long room)
{
	struct rng rng = rng_of(0);

	wait_until_sent(room);
	for (long taken = 1; stress_go_on(); taken++, stress_round()) {
		rng_dither(&rng);
		if (!receive_one(stress.wrong ? MSG_PEEK : 0))
			bail_out("recv: %s", strerror(errno));
		wait_until_sent(room + taken);
	}
}

/* Until nobody sends any more. */
static void end(void)
{
	tap_tell(&over, true);
	while (receive_one(MSG_DONTWAIT))
		;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	long room;

	stress_begin(argc, argv, 2, "who waits for room goes on when there is some");
	room = begin();
	tap_thread(&thread, NULL, send_all, NULL);
	while (tap_told(&sender) == 0)
		sched_yield();
	read_all(room);
	if (stress_failed())
		return stress_end(); /* nobody wakes him any more */
	end();
	pthread_join(thread, NULL);
	return stress_end();
}
