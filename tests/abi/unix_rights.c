/*
 * tests/abi/unix_rights.c
 *
 * Claim    Open files belong to the bytes that they were sent with: a read of a
 *          stream ends with the piece that brings some, so it never brings those of
 *          two. Those of one message come together, in order, in however many
 *          pieces of control they were sent, up to 253; or none does. Those that
 *          nobody gets any more are closed when the call is over that lost them.
 * Method   Both ends in one process. A pipe that nobody reads any more tells that
 *          a file in a message is closed.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libpair.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/uio.h>

enum { MOST = 253 };

static char control[8192] __attribute__((aligned(8)));
static size_t used;
static int files[MOST + 1]; /* all of them one file */

/* ---- sending ---- */

static void add(int type, const void *data, size_t n)
{
	struct cmsghdr *head = (struct cmsghdr *)(control + used);

	*head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(n),
				  .cmsg_level = SOL_SOCKET, .cmsg_type = type };
	memcpy(CMSG_DATA(head), data, n);
	used += CMSG_SPACE(n);
}

static void add_files(const int *fds, int n)
{
	add(SCM_RIGHTS, fds, n * sizeof(fds[0]));
}

/* @bytes with what was added: how many, or -errno. */
static int give(const char *bytes)
{
	struct iovec iov = { (char *)bytes, strlen(bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = control, .msg_controllen = used };
	ssize_t n = sendmsg(sv[0], &m, 0);

	used = 0;
	return n < 0 ? -errno : (int)n;
}

/* ---- receiving ---- */

static char bytes[16];
static int got[MOST], nr_got, nr_creds;
static int waits = MSG_DONTWAIT; /* or 0 */

static void take_files(const struct cmsghdr *head)
{
	int n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	memcpy(got + nr_got, CMSG_DATA(head), n * sizeof(int));
	nr_got += n;
}

static int take(int n, int flags)
{
	static char room[8192] __attribute__((aligned(8)));
	struct iovec iov = { bytes, n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = sizeof(room) };
	ssize_t done = recvmsg(sv[1], &m, flags | waits);

	nr_got = nr_creds = 0;
	if (done < 0)
		return -errno;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		if (h->cmsg_type == SCM_RIGHTS)
			take_files(h);
		nr_creds += h->cmsg_type == SCM_CREDENTIALS;
	}
	return done;
}

static void close_got(void)
{
	for (int i = 0; i < nr_got; i++)
		close(got[i]);
}

/* A read gets @expected, with @nr files. */
static void is_taken(int n, int flags, const char *expected, int nr)
{
	is_int(take(n, flags), strlen(expected), "a read gets \"%s\"", expected);
	ok(memcmp(bytes, expected, strlen(expected)) == 0, "these bytes");
	is_int(nr_got, nr, "with %d files", nr);
	close_got();
}

/* ---- pieces of a stream ---- */

static void test_pieces(void)
{
	new_pair(SOCK_STREAM);
	is_int(give("a"), 1, "bytes alone");
	add_files(files, 1);
	is_int(give("b"), 1, "with one file");
	is_int(give("c"), 1, "alone");
	add_files(files, 2);
	is_int(give("d"), 1, "with two");
	is_int(give("e"), 1, "alone");
	is_taken(9, MSG_PEEK, "ab", 1);
	is_taken(9, 0, "ab", 1);
	is_taken(9, MSG_WAITALL, "cd", 2);
	is_taken(9, 0, "e", 0);

	add_files(files, 1);
	is_int(give("f"), 1, "one");
	add_files(files, 2);
	is_int(give("g"), 1, "and two behind it");
	is_taken(9, MSG_PEEK | MSG_WAITALL, "f", 1);
	is_taken(9, MSG_WAITALL, "f", 1);
	is_int(read(sv[1], bytes, 9), 1, "who does not ask for files loses them");

	add_files(files, 1);
	is_int(give("hij"), 3, "three bytes with one");
	is_int(give("k"), 1, "and one alone");
	is_taken(1, 0, "h", 1);
	is_taken(9, 0, "ijk", 0);
	close_both();
}

/* Who waits for all bytes has them with files, too, and waits no longer. */
static void test_patient(void)
{
	new_pair(SOCK_STREAM);
	is_int(give("l"), 1, "a byte alone");
	add_files(files, 1);
	is_int(give("m"), 1, "one with a file");
	is_int(give("n"), 1, "one behind it");
	waits = 0;
	is_taken(9, MSG_WAITALL, "lm", 1);
	shutdown(sv[0], SHUT_WR);
	is_taken(9, MSG_WAITALL, "n", 0);
	waits = MSG_DONTWAIT;
	close_both();
}

static void test_creds(void)
{
	int on = 1;

	new_pair(SOCK_STREAM);
	setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	is_int(give("a"), 1, "bytes alone");
	add_files(files, 1);
	is_int(give("b"), 1, "with a file");
	is_taken(9, 0, "ab", 1);
	is_int(nr_creds, 1, "from one sender, who is told");
	close_both();
}

/* ---- pieces of control ---- */

static void test_order(void)
{
	struct ucred own = { getpid(), getuid(), getgid() };
	int ends[2];
	char c = 0;

	new_pair(SOCK_STREAM);
	if (pipe(ends) < 0)
		bail_out("pipe: %s", strerror(errno));
	add_files(ends, 1);
	add(SCM_CREDENTIALS, &own, sizeof(own));
	add_files(files, 0);
	add_files(ends + 1, 1);
	is_int(give("x"), 1, "two files in two pieces, and others between");
	close(ends[0]);
	close(ends[1]);
	is_int(take(1, 0), 1, "they are received");
	is_int(nr_got, 2, "both");
	is_int(write(got[1], "y", 1), 1, "the second is what was in the second");
	is_int(read(got[0], &c, 1), 1, "and the first");
	is_int(c, 'y', "in the first");
	close_got();
	close_both();
}

/* What a message that is refused had been given is not kept. */
static void test_refused(void)
{
	int ends[2], none = -1;
	char c;

	new_pair(SOCK_STREAM);
	if (pipe(ends) < 0)
		bail_out("pipe: %s", strerror(errno));
	add_files(ends + 1, 1);
	add_files(&none, 1);
	is_int(give("x"), -EBADF, "a descriptor that is none, in the second piece");
	add_files(ends + 1, 1);
	add(77, files, sizeof(int));
	is_int(give("x"), -EINVAL, "a piece that is none");
	add_files(ends + 1, 1);
	add_files(files, MOST);
	is_int(give("x"), -EINVAL, "one file too many");
	is_int(take(1, 0), -EAGAIN, "nothing was sent");
	close(ends[1]);
	is_int(read(ends[0], &c, 1), 0, "and nobody has the files");
	close(ends[0]);
	close_both();
}

static void test_most(void)
{
	new_pair(SOCK_STREAM);
	add_files(files, 100);
	add_files(files, MOST - 100);
	is_int(give("x"), 1, "as many as can be, in two pieces");
	is_taken(1, 0, "x", MOST);
	close_both();
}

/* ---- lost with their message ---- */

static int writer;

/* A message has a pipe's only end to read. */
static void give_reader(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		bail_out("pipe: %s", strerror(errno));
	add_files(fds, 1);
	is_int(give("a"), 1, "a pipe's only reader in a message");
	close(fds[0]);
	is_int(write(writer = fds[1], "a", 1), 1, "is there");
}

static void is_closed(const char *after)
{
	fails(write(writer, "a", 1), EPIPE, "and closed after %s", after);
	close(writer);
}

static int exit_with_it(void *unused TAP_UNUSED)
{
	return 0;
}

/* A child that has them, too, ends when the parent has not any more. */
static void end_as_last(void)
{
	int go[2], status;
	pid_t pid;

	if (pipe(go) != 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		close(go[1]);
		close(writer);
		_exit(read(go[0], bytes, 1));
	}
	close_both();
	close(go[0]);
	close(go[1]);
	waitpid(pid, &status, 0);
	is_exit(status, 0, "the last one ends");
}

static void test_lost(void)
{
	int inner;

	new_pair(SOCK_STREAM);
	give_reader();
	is_int(read(sv[1], bytes, 9), 1, "it is read");
	is_closed("a read without files");

	give_reader();
	close_both();
	is_closed("the socket's last close");

	new_pair(SOCK_STREAM);
	give_reader();
	inner = sv[1];
	close(sv[0]);
	new_pair(SOCK_STREAM);
	add_files(&inner, 1);
	is_int(give("b"), 1, "its socket in a message, too");
	close(inner);
	close_both();
	is_closed("the close of the outer one");

	new_pair(SOCK_STREAM);
	give_reader();
	is_exit(in_child(exit_with_it, NULL), 0, "a child has them, too");
	is_int(write(writer, "a", 1), 1, "and ends");
	close_both();
	is_closed("the parent's close");

	new_pair(SOCK_STREAM);
	give_reader();
	end_as_last();
	is_closed("the end of the last who had them");
}

int main(void)
{
	int file = open("/dev/null", O_RDONLY);

	for (int i = 0; i <= MOST; i++)
		files[i] = file;
	test_pieces();
	test_patient();
	test_creds();
	test_order();
	test_refused();
	test_most();
	signal(SIGPIPE, SIG_IGN);
	test_lost();
	return done_testing();
}
