/*
 * tests/abi/netlink.c
 *
 * Claim    A socket of netlink has a port that is its own among those of its protocol,
 *          by bind(), or by the first that it sends. What is sent to a port or a group
 *          comes to who has it, or is in it, and to nobody else, with the sender's
 *          port. Who sends to one waits while there is no room; what goes to many is
 *          lost then, and the receiver hears of it, once.
 * Method   Sockets of NETLINK_USERSOCK, of which the kernel has none, and of
 *          NETLINK_ROUTE, where it answers.
 * Oracle   Linux, as root.
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "libnetlink.h"
#include "liboption.h"

#include <poll.h>
#include <sys/uio.h>

enum { SMALL = 1, GROUP = 3, GROUP_BIT = 1 << (GROUP - 1), WORD = 16 };

static int new_user(void)
{
	return new_netlink(NETLINK_USERSOCK);
}

static int send_to(int fd, unsigned port, unsigned groups, const char *text, int flags)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_pid = port,
				 .nl_groups = groups };
	char word[WORD] = "";

	strncpy(word, text, sizeof(word) - 1);
	return sendto(fd, word, sizeof(word), flags, (void *)&a, sizeof(a));
}

static bool has_heard(int fd, const char *text, unsigned from)
{
	return hear(fd, MSG_DONTWAIT) == WORD && strcmp(said.bytes, text) == 0 &&
	       said_by.nl_pid == from;
}

static bool hears_nothing(int fd)
{
	return hear(fd, MSG_DONTWAIT) == -EAGAIN;
}

/* ---- what there is ---- */

static void test_kinds(void)
{
	int fds[2], fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_ROUTE);

	ok(fd >= 0, "a datagram socket is as good as a raw one");
	is_int(option(fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM, "and is what it is");
	is_int(option(fd, SOL_SOCKET, SO_DOMAIN), AF_NETLINK, "of netlink");
	is_int(option(fd, SOL_SOCKET, SO_PROTOCOL), NETLINK_ROUTE, "of the protocol");
	fails(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE), ESOCKTNOSUPPORT, "no stream");
	fails(socket(AF_NETLINK, SOCK_RAW, 31), EPROTONOSUPPORT, "no such protocol");
	fails(socket(AF_NETLINK, SOCK_RAW, -1), EPROTONOSUPPORT, "nor one below");
	fails(socketpair(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, fds), EOPNOTSUPP, "no pair");
	fails(listen(fd, 1), EOPNOTSUPP, "nobody listens");
	fails(accept(fd, NULL, NULL), EOPNOTSUPP, "or accepts");
	fails(shutdown(fd, SHUT_RDWR), EOPNOTSUPP, "nothing is shut");
	close(fd);
}

/* ---- ports ---- */

static void test_bind(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK };
	int one = new_netlink(NETLINK_ROUTE), two = new_netlink(NETLINK_ROUTE);

	is_int(port_of(one), 0, "it has no port");
	fails(bind(one, (void *)&a, sizeof(a) - 1), EINVAL, "EINVAL: less than an address");
	a.nl_family = AF_INET;
	fails(bind(one, (void *)&a, sizeof(a)), EINVAL, "EINVAL: of another family");
	is_int(bind_netlink(one, 0, 0), 0, "bind to any");
	is_int(port_of(one), getpid(), "is that of the process");
	is_int(bind_netlink(two, 0, 0), 0, "of a second socket");
	ok(port_of(two) != 0 && (int)port_of(two) != getpid(), "it is another");
	fails(bind_netlink(two, 77777, 0), EINVAL, "EINVAL: it has one");
	fails(bind_netlink(two, 0, 0), EINVAL, "EINVAL: that is not any");
	is_int(bind_netlink(two, port_of(two), GROUP_BIT), 0, "the same, with a group");
	close(two);
	two = new_netlink(NETLINK_ROUTE);
	fails(bind_netlink(two, getpid(), 0), EADDRINUSE, "EADDRINUSE: somebody has it");
	is_int(bind_netlink(two, 77777, 0), 0, "one that is free");
	is_int(port_of(two), 77777, "it has");
	close(two);
	two = new_netlink(NETLINK_ROUTE);
	is_int(bind_netlink(two, 77777, 0), 0, "who closes his gives it up");
	a.nl_family = AF_NETLINK;
	is_int(connect(two, (void *)&a, sizeof(a)), 0, "connect to the kernel");
	is_int(port_of(two), 77777, "leaves it");
	close(one);
	close(two);
}

/* Of one protocol. */
static void test_other_protocol(void)
{
	int one = new_netlink(NETLINK_ROUTE), two = new_user();

	is_int(bind_netlink(one, 4711, 0), 0, "a port");
	is_int(bind_netlink(two, 4711, 0), 0, "is free in another protocol");
	close(one);
	close(two);
}

/* ---- one to another ---- */

static void test_send(void)
{
	static char big[1 << 20];
	int one = new_user(), two = new_user(), three = new_user();
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = 502 };
	socklen_t len = sizeof(to);

	bind_netlink(two, 502, 0);
	fails(send(one, big, 0, 0), ENODATA, "ENODATA: nothing");
	fails(send(one, big, 1, MSG_OOB), EOPNOTSUPP, "EOPNOTSUPP: urgent");
	fails(send(one, big, sizeof(big), 0), EMSGSIZE, "EMSGSIZE: too much");
	fails(send(one, big, 16, 0), ECONNREFUSED, "ECONNREFUSED: the kernel is not there");
	ok(port_of(one) != 0, "but who has sent has a port");
	fails(send_to(one, 503, 0, "lost", 0), ECONNREFUSED, "ECONNREFUSED: nor is this one");
	is_int(send_to(one, 502, 0, "hello", 0), WORD, "to one who is there");
	ok(has_heard(two, "hello", port_of(one)), "it comes, and tells from whom");
	is_int(said_by.nl_groups, 0, "to no group");
	ok(hears_nothing(one) && hears_nothing(three), "and to nobody else");
	is_int(connect(one, (void *)&to, sizeof(to)), 0, "connect");
	is_int(send(one, "by connection..", 16, 0), 16, "it is whom one sends to");
	ok(has_heard(two, "by connection..", port_of(one)), "from now on");
	memset(&to, 0, sizeof(to));
	is_int(getpeername(one, (void *)&to, &len), 0, "getpeername");
	is_int(to.nl_pid, 502, "is the one");
	is_int(send_to(two, port_of(one), 0, "back", 0), WORD, "who hears him");
	ok(has_heard(one, "back", 502), "alone");
	fails(send_to(three, port_of(one), 0, "me", 0), ECONNREFUSED, "ECONNREFUSED: not others");
	to = (struct sockaddr_nl){ .nl_family = AF_UNSPEC };
	is_int(connect(one, (void *)&to, sizeof(to)), 0, "connect to nobody");
	is_int(send_to(three, port_of(one), 0, "me", 0), WORD, "who hears all again");
	ok(has_heard(one, "me", port_of(three)), "so he does");
	close(one);
	close(two);
	close(three);
}

/* Cut, looked at, measured. */
static void test_receive(void)
{
	int one = new_user(), two = new_user();
	struct iovec none = { said.bytes, 0 };
	struct msghdr m = { .msg_iov = &none, .msg_iovlen = 1 };
	char word[4];

	bind_netlink(two, 502, 0);
	send_to(one, 502, 0, "abcdefgh", 0);
	is_int(recvmsg(two, &m, MSG_PEEK | MSG_TRUNC), WORD, "how long it is, without any of it");
	ok(m.msg_flags & MSG_TRUNC, "and that there was no room");
	is_int(recv(two, word, sizeof(word), MSG_PEEK), sizeof(word), "a look at some");
	is_int(recv(two, word, sizeof(word), 0), sizeof(word), "and some, for good");
	ok(hears_nothing(two), "the rest is lost");
	fails(recv(two, word, sizeof(word), MSG_OOB), EOPNOTSUPP, "nothing is urgent");
	close(one);
	close(two);
}

/* ---- groups ---- */

static int join(int fd, int group)
{
	return set_option(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
}

static void test_groups(void)
{
	int one = new_user(), two = new_user(), three = new_user();
	struct sockaddr_nl a = { 0 };
	socklen_t len = sizeof(a);

	is_int(bind_netlink(two, 502, GROUP_BIT | 1), 0, "bind to groups");
	getsockname(two, (void *)&a, &len);
	is_int(a.nl_groups, GROUP_BIT | 1, "which are told");
	bind_netlink(three, 0, 0);
	is_int(join(three, GROUP), 0, "or join one");
	is_int(join(one, GROUP), 0, "a sender may, too");
	fails(send_to(one, 0, GROUP_BIT, "to all", 0), ECONNREFUSED,
	      "to a group, and to the kernel, who is not there");
	ok(has_heard(two, "to all", port_of(one)), "it comes to one");
	is_int(said_by.nl_groups, GROUP_BIT, "and tells to which group");
	ok(has_heard(three, "to all", port_of(one)), "and to another");
	ok(hears_nothing(one), "but not to the sender");
	is_int(send_to(one, 502, GROUP_BIT, "both", 0), WORD, "to a group, and to one of it");
	ok(has_heard(two, "both", port_of(one)), "who gets it");
	ok(hears_nothing(two), "once");
	ok(has_heard(three, "both", port_of(one)), "as the others");
	is_int(set_option(three, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, GROUP), 0, "who leaves");
	send_to(one, 0, GROUP_BIT, "again", 0);
	ok(hears_nothing(three), "gets nothing more");
	ok(has_heard(two, "again", port_of(one)), "who does not does");
	fails(join(two, 0), EINVAL, "EINVAL: no group");
	fails(join(two, 33), EINVAL, "EINVAL: more than there are");
	close(one);
	close(two);
	close(three);
}

/* ---- options ---- */

static void test_options(void)
{
	static const int flags[] = { NETLINK_NO_ENOBUFS, NETLINK_CAP_ACK,
				     NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK };
	int fd = new_netlink(NETLINK_ROUTE);
	unsigned groups[4] = { 0, 0, 99, 99 };
	socklen_t len = sizeof(groups);

	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		ok(option(fd, SOL_NETLINK, flags[i]) == 0 &&
			   set_option(fd, SOL_NETLINK, flags[i], 5) == 0 &&
			   option(fd, SOL_NETLINK, flags[i]) == 1,
		   "option %d is off, and may be on", flags[i]);
	fails(set_option(fd, SOL_NETLINK, 99, 1), ENOPROTOOPT, "one that there is not");
	is_int(option(fd, SOL_NETLINK, 99), -ENOPROTOOPT, "is not told either");
	fails(set_option(fd, 0, 1, 1), ENOPROTOOPT, "nor one of the internet");
	is_int(join(fd, RTNLGRP_LINK), 0, "join a group");
	is_int(join(fd, 34), 0, "and one that has no bit in an address");
	is_int(getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &len), 0,
	       "all are listed");
	is_int(len, 8, "in as many words as there must be");
	ok(groups[0] == 1U << (RTNLGRP_LINK - 1) &&
		   groups[1] == 1 << (34 - 33) && groups[2] == 99,
	   "those are the two");
	close(fd);
}

/* ---- no room ---- */

static int receiver;

/* So that little has room; all of it is taken. */
static int fill(int fd)
{
	int n = 0;

	receiver = new_user();
	bind_netlink(receiver, 600, GROUP_BIT);
	set_option(receiver, SOL_SOCKET, SO_RCVBUF, SMALL);
	while (send_to(fd, 600, 0, "fill", MSG_DONTWAIT) == WORD)
		n++;
	return n;
}

static void test_full(void)
{
	int fd = new_user(), n = fill(fd), seen = 0;

	ok(n > 1, "some have room (%d)", n);
	is_int(errno, EAGAIN, "EAGAIN: one more has not");
	hear(receiver, MSG_DONTWAIT);
	for (int i = 1; i < n; i++)
		seen += has_heard(receiver, "fill", port_of(fd));
	is_int(seen, n - 1, "all that were sent are there");
	is_int(send_to(fd, 600, 0, "more", MSG_DONTWAIT), WORD, "then there is room again");
	close(receiver);
	close(fd);
}

static void test_overrun(void)
{
	struct pollfd p = { .events = POLLIN };
	int fd = new_user(), n = fill(fd);

	send_to(fd, 0, GROUP_BIT, "to many", 0);
	p.fd = receiver;
	poll(&p, 1, 0);
	ok((p.revents & (POLLIN | POLLERR)) == (POLLIN | POLLERR), "poll() says that something is wrong");
	is_int(hear(receiver, MSG_DONTWAIT), -ENOBUFS, "ENOBUFS: something was lost");
	send_to(fd, 0, GROUP_BIT, "to many", 0);
	for (int i = 0; i < n; i++)
		if (!has_heard(receiver, "fill", port_of(fd)))
			n = -1;
	ok(n > 0, "what was there before is there, and told once");
	ok(hears_nothing(receiver), "and nothing else");
	send_to(fd, 0, GROUP_BIT, "anew", 0);
	ok(has_heard(receiver, "anew", port_of(fd)), "what comes then comes");
	close(receiver);
	n = fill(fd);
	set_option(receiver, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1);
	send_to(fd, 0, GROUP_BIT, "to many", 0);
	ok(has_heard(receiver, "fill", port_of(fd)), "who does not want to know is not told");
	close(receiver);
	close(fd);
}

static struct {
	pid_t volatile tid;
	int revents;
} poller;

static void *poll_for_errors(void *unused TAP_UNUSED)
{
	struct pollfd p = { .fd = receiver };

	poller.tid = gettid();
	poll(&p, 1, -1);
	poller.revents = p.revents;
	return NULL;
}

/* There is something to be read all the time, which he does not ask for. */
static void test_overrun_wakes(void)
{
	int fd = new_user();
	pthread_t thread;

	fill(fd);
	tap_thread(&thread, NULL, poll_for_errors, NULL);
	wait_until_thread_asleep(&poller.tid);
	send_to(fd, 0, GROUP_BIT, "to many", 0);
	pthread_join(thread, NULL);
	is_int(poller.revents, POLLERR, "who waits for nothing else is woken");
	close(receiver);
	close(fd);
}

static struct {
	pid_t volatile tid;
	int fd, result;
} sender;

static void *send_patiently(void *unused TAP_UNUSED)
{
	sender.tid = gettid();
	sender.result = send_to(sender.fd, 600, 0, "late", 0) < 0 ? -errno : WORD;
	return NULL;
}

static pthread_t start_sender(void)
{
	pthread_t thread;

	sender.tid = 0;
	tap_thread(&thread, NULL, send_patiently, NULL);
	wait_until_thread_asleep(&sender.tid);
	return thread;
}

static void test_wait(void)
{
	pthread_t thread;
	int n;

	sender.fd = new_user();
	n = fill(sender.fd);
	thread = start_sender();
	for (int i = 0; i < n; i++)
		hear(receiver, 0);
	hear(receiver, 0);
	ok(strcmp(said.bytes, "late") == 0, "who waits for room gets it");
	pthread_join(thread, NULL);
	is_int(sender.result, WORD, "and has sent");
	close(receiver);
	fill(sender.fd);
	thread = start_sender();
	close(receiver);
	pthread_join(thread, NULL);
	is_int(sender.result, -ECONNREFUSED, "ECONNREFUSED: the receiver is gone");
	fill(sender.fd);
	thread = start_sender();
	set_option(receiver, SOL_SOCKET, SO_RCVBUF, 1 << 16);
	if (!on_drover())
		hear(receiver, 0); /* Linux tells the sender with the next read */
	pthread_join(thread, NULL);
	is_int(sender.result, WORD, "who waits goes on when there is to be more room");
	close(receiver);
	fill(sender.fd);
	setsockopt(sender.fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ .tv_usec = 1000 },
		   sizeof(struct timeval));
	fails(send_to(sender.fd, 600, 0, "later", 0), EAGAIN, "EAGAIN: SO_SNDTIMEO is over");
	close(receiver);
	close(sender.fd);
}

/* ---- who is not root ---- */

static int do_as_nobody(void)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = 1 };
	int route = new_netlink(NETLINK_ROUTE), user = new_user();

	if (bind_netlink(route, 0, 1) != 0 || join(route, 2) != 0)
		return 1;
	if (connect(route, (void *)&to, sizeof(to)) == 0 || errno != EPERM)
		return 2;
	if (send_to(route, 1, 0, "x", 0) > 0 || errno != EPERM)
		return 3;
	if (send_to(route, 0, 1, "x", 0) > 0 || errno != EPERM)
		return 4;
	if (bind_netlink(user, 0, 1) == 0 || errno != EPERM)
		return 5;
	if (join(user, 1) == 0 || errno != EPERM)
		return 6;
	if (send_to(user, 1, 0, "x", 0) > 0 || errno != ECONNREFUSED)
		return 7;
	return 0;
}

static void test_credentials(void)
{
	int one = new_user(), two = new_user();
	char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { said.bytes, sizeof(said) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct ucred *cred = (void *)CMSG_DATA((struct cmsghdr *)control);

	bind_netlink(two, 502, 0);
	set_option(two, SOL_SOCKET, SO_PASSCRED, 1);
	send_to(one, 502, 0, "me", 0);
	is_int(recvmsg(two, &m, 0), WORD, "with SO_PASSCRED");
	ok(m.msg_controllen == sizeof(control) && cred->pid == getpid() && cred->uid == 0,
	   "there is who has sent it");
	close(one);
	close(two);
}

int main(void)
{
	if (under_qemu_user()) {
		puts("1..0 # SKIP qemu-user has no NETLINK_USERSOCK");
		return 0;
	}
	plan(105);
	test_kinds();
	test_bind();
	test_other_protocol();
	test_send();
	test_receive();
	test_groups();
	test_options();
	test_full();
	test_overrun();
	test_overrun_wakes();
	test_wait();
	is_int(as_nobody(do_as_nobody), 0, "nobody sends to others of NETLINK_ROUTE, or joins their groups of NETLINK_USERSOCK");
	test_credentials();
	return done_testing();
}
