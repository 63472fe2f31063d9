/*
 * tests/stress/letter_close.c
 *
 * Claim    A letter of mq_notify() comes to its socket whole, also where who reads it
 *          closes the socket at once.
 * Method   One thread sends a message to a queue; the other, which has asked for a
 *          letter, takes that as soon as it is there, closes the socket, and makes
 *          others in its place.
 * Oracle   The letter says that a message has come; and of drover the lab kernel,
 *          which sees that memory is used which is free.
 * Catches  Who sends the letter wakes who waits for it with no reference to the socket
 *          but the letter's own (race woken_when_gone).
 * -X       Who has asked says that he does not want to know.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/netlink.h>
#include <mqueue.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { COOKIE = 32, CAME = 1, OTHERS = 4 };

static pthread_barrier_t both;
static volatile bool over;
static mqd_t mq;

static void make_queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char name[40];

	snprintf(name, sizeof(name), "/letter_close-%d", getpid());
	mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr);
	if (mq < 0)
		bail_out("mq_open: %s", strerror(errno));
	mq_unlink(name);
}

static void *send_all(void *unused TAP_UNUSED)
{
	for (;;) {
		pthread_barrier_wait(&both);
		if (tap_told(&over))
			return NULL;
		stress_check(mq_send(mq, "m", 1, 0) == 0, "mq_send: %s", strerror(errno));
		pthread_barrier_wait(&both);
	}
}

static int new_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

static void ask(int fd)
{
	char cookie[COOKIE] = "letter";
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD, .sigev_signo = fd,
			       .sigev_value.sival_ptr = cookie };

	if (syscall(SYS_mq_notify, mq, &ev) != 0)
		bail_out("mq_notify: %s", strerror(errno));
	if (stress.wrong)
		syscall(SYS_mq_notify, mq, NULL);
}

static void take_letter(int fd)
{
	char cookie[COOKIE];

	while (recv(fd, cookie, sizeof(cookie), MSG_DONTWAIT) != COOKIE)
		if (errno != EAGAIN)
			bail_out("recv: %s", strerror(errno));
	stress_check(strcmp(cookie, "letter") == 0 && cookie[COOKIE - 1] == CAME,
		     "the letter says %.6s, %d", cookie, cookie[COOKIE - 1]);
}

/* Where the one was that is gone. */
static void make_others(void)
{
	int fds[OTHERS];

	for (int i = 0; i < OTHERS; i++)
		fds[i] = new_socket();
	for (int i = 0; i < OTHERS; i++)
		close(fds[i]);
}

static void one_round(void)
{
	int fd = new_socket();
	char text[8];

	ask(fd);
	pthread_barrier_wait(&both);
	take_letter(fd);
	close(fd);
	make_others();
	pthread_barrier_wait(&both);
	mq_receive(mq, text, sizeof(text), NULL);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	stress_begin(argc, argv, 2, "a letter comes whole, whoever closes its socket");
	make_queue();
	pthread_barrier_init(&both, NULL, 2);
	tap_thread(&thread, NULL, send_all, NULL);
	for (; stress_go_on(); stress_round())
		one_round();
	tap_tell(&over, true);
	pthread_barrier_wait(&both);
	pthread_join(thread, NULL);
	return stress_end();
}
