/*
 * tests/abi/mqueue.c
 *
 * Claim    POSIX message queues: names, rights and sizes are those that were
 *          asked for; the most urgent message comes first, of those the oldest;
 *          who waits is served or told that the time is up; one process is told
 *          of a message in the empty queue, if it is the same program still; a
 *          queue lives until it has no name and nobody has it open.
 * Method   Queues in this process and its children, each edge once.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "libasleep.h"

enum { USER = 4242, MSGS = 3, SIZE = 32 };

static char name[40];
static mqd_t mq;

static mqd_t open_with(const char *name, int flags, long msgs, long size)
{
	struct mq_attr attr = { .mq_maxmsg = msgs, .mq_msgsize = size };

	return mq_open(name, flags, 0600, &attr);
}

static void new_queue(int flags)
{
	mq = open_with(name, O_RDWR | O_CREAT | O_EXCL | flags, MSGS, SIZE);
	if (mq < 0)
		bail_out("mq_open %s: %s", name, strerror(errno));
}

static void remove_queue(void)
{
	mq_close(mq);
	mq_unlink(name);
}

static int send(const char *text, unsigned priority)
{
	return mq_send(mq, text, strlen(text), priority);
}

/* The next message is @text, of @priority. */
static bool next_is(const char *text, unsigned priority)
{
	char got[SIZE + 1] = "";
	unsigned p = 0;
	ssize_t n = mq_receive(mq, got, SIZE, &p);

	return n == (ssize_t)strlen(text) && strcmp(got, text) == 0 && p == priority;
}

static ssize_t receive(void)
{
	char got[SIZE];

	return mq_receive(mq, got, SIZE, NULL);
}

/* ---- names ---- */

static void test_names(void)
{
	char name_of_256[260] = "/";
	struct stat st;
	mqd_t other;

	new_queue(0);
	other = mq_open(name, O_RDONLY);
	ok(other >= 0, "a queue is found by its name");
	is_int(fcntl(other, F_GETFD), FD_CLOEXEC, "exec closes it");
	is_int(fstat(other, &st), 0, "fstat");
	is_int(st.st_mode, S_IFREG | 0600, "tells its mode");
	fails(open_with(name, O_RDWR | O_CREAT | O_EXCL, MSGS, SIZE), EEXIST,
	      "not as a new one");
	is_int(mq_unlink(name), 0, "mq_unlink");
	fails(mq_open(name, O_RDONLY), ENOENT, "its name finds nothing");
	fails(mq_unlink(name), ENOENT, "nor can it be removed again");
	is_int(send("still", 0), 0, "who has it open goes on");
	ok(next_is("still", 0), "as before");
	mq_close(other);
	is_int(mq_close(mq), 0, "mq_close");
	fails(mq_close(mq), EBADF, "not twice");
	if (!skip_under_qemu(2, "it takes the byte before for a slash")) {
		fails(syscall(SYS_mq_open, "a/b", O_RDWR | O_CREAT, 0600, NULL),
		      EACCES, "a name with a slash");
		fails(syscall(SYS_mq_open, "", O_RDWR | O_CREAT, 0600, NULL),
		      ENOENT, "no name");
	}
	memset(name_of_256 + 1, 'n', 256);
	fails(mq_open(name_of_256, O_RDWR | O_CREAT, 0600, NULL), ENAMETOOLONG,
	      "a name too long");
}

/* ---- sizes ---- */

static void test_attr(void)
{
	struct mq_attr attr, old;

	new_queue(O_NONBLOCK);
	send("one", 0);
	is_int(mq_getattr(mq, &attr), 0, "mq_getattr");
	ok(attr.mq_flags == O_NONBLOCK && attr.mq_maxmsg == MSGS &&
	   attr.mq_msgsize == SIZE && attr.mq_curmsgs == 1, "tells it all");
	attr.mq_flags = 0;
	attr.mq_maxmsg = 77;
	is_int(mq_setattr(mq, &attr, &old), 0, "mq_setattr");
	mq_getattr(mq, &attr);
	ok(old.mq_flags == O_NONBLOCK && attr.mq_flags == 0 && attr.mq_maxmsg == MSGS,
	   "sets O_NONBLOCK and nothing else");
	attr.mq_flags = O_APPEND;
	fails(mq_setattr(mq, &attr, NULL), EINVAL, "other flags");
	fails(mq_getattr(-1, &attr), EBADF, "no queue");
	fails(mq_getattr(1, &attr), EBADF, "another kind of file");
	remove_queue();
	fails(open_with(name, O_RDWR | O_CREAT, 0, SIZE), EINVAL, "no messages");
	fails(open_with(name, O_RDWR | O_CREAT, MSGS, -1), EINVAL, "less than no bytes");
	fails(open_with(name, O_RDWR | O_CREAT, 1 << 20, SIZE), EINVAL, "too many");
	mq = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
	mq_getattr(mq, &attr);
	ok(attr.mq_maxmsg == 10 && attr.mq_msgsize == 8192, "10 of 8 KiB if nobody says");
	remove_queue();
}

static int until_no_more(void *unused TAP_UNUSED)
{
	struct rlimit l = { 100000, 100000 };
	char one[60];
	int n = 0;

	if (setrlimit(RLIMIT_MSGQUEUE, &l) < 0 || setgid(USER) < 0 || setuid(USER) < 0)
		return 99;
	for (;; n++) {
		snprintf(one, sizeof(one), "%s.%d", name, n);
		mq = open_with(one, O_RDWR | O_CREAT, 10, 2000);
		if (mq < 0)
			break;
		mq_unlink(one);
	}
	return errno == EMFILE ? n : 98;
}

/* ---- order and edges ---- */

static void test_messages(void)
{
	char small[SIZE - 1], big[SIZE + 1] = { 0 };
	struct timespec past = { 1, 0 }, bad = { 1, 1000000000 };

	new_queue(O_NONBLOCK);
	fails(receive(), EAGAIN, "an empty queue");
	send("low", 1);
	send("high", 9);
	send("low 2", 1);
	fails(send("full", 3), EAGAIN, "a full one");
	ok(next_is("high", 9), "the most urgent first");
	ok(next_is("low", 1) && next_is("low 2", 1), "then in the order of age");
	is_int(send("", 32767), 0, "an empty message, most urgent");
	ok(next_is("", 32767), "is one");
	fails(send("x", 32768), EINVAL, "too urgent");
	fails(mq_send(mq, big, sizeof(big), 0), EMSGSIZE, "too long");
	send("x", 0);
	fails(mq_receive(mq, small, sizeof(small), NULL), EMSGSIZE,
	      "room for too little");
	fails(mq_receive(-1, big, SIZE, NULL), EBADF, "no queue");
	fails(mq_send(1, "x", 1, 0), EBADF, "another kind of file");
	fails(mq_timedsend(mq, "x", 1, 0, &bad), EINVAL, "no time");
	is_int(mq_timedsend(mq, "x", 1, 0, &past), 0, "a time that is past, and room");
	remove_queue();

	new_queue(0);
	fails(mq_timedreceive(mq, big, SIZE, NULL, &past), ETIMEDOUT,
	      "nothing, and the time is past");
	mq_close(mq);
	mq = mq_open(name, O_WRONLY);
	fails(receive(), EBADF, "opened to write");
	mq_close(mq);
	mq = mq_open(name, O_RDONLY);
	fails(send("x", 0), EBADF, "opened to read");
	remove_queue();
}

static void test_poll(void)
{
	struct pollfd p;

	new_queue(O_NONBLOCK);
	p = (struct pollfd){ .fd = mq, .events = POLLIN | POLLOUT };
	is_int(poll(&p, 1, 0), 1, "poll");
	is_int(p.revents, POLLOUT, "empty: to write");
	send("a", 0);
	poll(&p, 1, 0);
	is_int(p.revents, POLLIN | POLLOUT, "some: both");
	send("b", 0);
	send("c", 0);
	poll(&p, 1, 0);
	is_int(p.revents, POLLIN, "full: to read");
	remove_queue();
}

/* ---- waiting ---- */

static int wait_for_hello(void *unused TAP_UNUSED)
{
	return next_is("hello", 4) ? 0 : 100 + errno;
}

static int send_and_wait(void *unused TAP_UNUSED)
{
	return send("waited", 7) == 0 ? 0 : 100 + errno;
}

static void on_signal(int sig TAP_UNUSED)
{
}

static int be_interrupted(void *unused TAP_UNUSED)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &act, NULL);
	return wait_for_hello(NULL);
}

static int poll_for(void *events)
{
	struct pollfd p = { .fd = mq, .events = (short)(long)events };

	return poll(&p, 1, -1) == 1 && p.revents == p.events ? 0 : 1;
}

static void test_waiting(void)
{
	pid_t pid;

	new_queue(0);
	pid = start_sleeper(wait_for_hello, NULL);
	send("hello", 4);
	is_exit(end_of(pid), 0, "who waits for a message gets it");
	pid = start_sleeper(be_interrupted, NULL);
	tap_kill(pid, SIGUSR1);
	is_exit(end_of(pid), 100 + EINTR, "a handler ends a wait");
	pid = start_sleeper(poll_for, (void *)POLLIN);
	send("1", 0);
	is_exit(end_of(pid), 0, "who polls is woken");
	send("2", 0);
	send("3", 0);
	pid = start_sleeper(send_and_wait, NULL);
	ok(next_is("1", 0), "room is made");
	is_exit(end_of(pid), 0, "for who waits to send");
	ok(next_is("waited", 7), "and his message is the most urgent");
	send("4", 0);
	pid = start_sleeper(poll_for, (void *)POLLOUT);
	ok(next_is("2", 0), "room is made again");
	is_exit(end_of(pid), 0, "for who polls until there is some");
	remove_queue();
}

/* ---- mq_notify ---- */

static volatile sig_atomic_t told;
static volatile siginfo_t info;

static void on_message(int sig, siginfo_t *i, void *context TAP_UNUSED)
{
	told = sig;
	info = *i;
}

static int send_one(void *unused TAP_UNUSED)
{
	return send("x", 0);
}

static int ask_in_child(void *unused TAP_UNUSED)
{
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };

	return mq_notify(mq, &ev) == -1 && errno == EBUSY ? 0 : 1;
}

static void test_notify(void)
{
	struct sigaction act = { .sa_sigaction = on_message,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2,
			       .sigev_value.sival_int = 4711 };
	struct sigevent bad = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 99 };
	pid_t pid;

	if (skip_under_qemu(16, "it has no mq_notify()"))
		return;
	sigaction(SIGUSR2, &act, NULL);
	new_queue(O_NONBLOCK);
	is_int(mq_notify(mq, &ev), 0, "mq_notify");
	fails(mq_notify(mq, &ev), EBUSY, "once is enough");
	is_exit(in_child(ask_in_child, NULL), 0, "for others, too");
	is_exit(in_child(send_one, NULL), 0, "a message comes");
	is_int(told, SIGUSR2, "the signal, too");
	ok(info.si_code == SI_MESGQ && info.si_value.sival_int == 4711 &&
	   info.si_pid > 0 && info.si_pid != getpid(), "it tells who and what");
	told = 0;
	receive();
	send("y", 0);
	is_int(told, 0, "that was once");
	is_int(mq_notify(mq, &ev), 0, "asked again, the queue not empty");
	send("z", 0);
	is_int(told, 0, "only a message in the empty queue counts");
	is_int(mq_notify(mq, NULL), 0, "never mind");
	receive();
	receive();
	send("y", 0);
	is_int(told, 0, "no signal");
	receive();
	mq_notify(mq, &ev);
	mq_close(dup(mq));
	is_int(mq_notify(mq, &ev), 0, "closing a descriptor forgets it as well");
	fcntl(mq, F_SETFL, 0);
	pid = start_sleeper(wait_for_hello, NULL);
	send("hello", 4);
	is_exit(end_of(pid), 0, "who waits goes first");
	is_int(told, 0, "and nobody is told");
	fails(mq_notify(mq, &bad), EINVAL, "no such signal");
	fails(mq_notify(-1, &ev), EBADF, "no queue");
	remove_queue();
}

/* It asks to be told by SIGUSR1, and becomes another program that has the queue. */
static void ask_and_exec(int to_read, int to_write)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	char in[12], out[12];

	snprintf(in, sizeof(in), "%d", to_read);
	snprintf(out, sizeof(out), "%d", to_write);
	if (fcntl(mq, F_SETFD, 0) < 0 || mq_notify(mq, &ev) < 0)
		_exit(98);
	execl("/proc/self/exe", "mqueue", in, out, NULL);
	_exit(99);
}

/* That program: it says that it is there, and ends when it is told to. */
static int be_another(int to_read, int to_write)
{
	char c;

	return write(to_write, "", 1) != 1 || read(to_read, &c, 1) != 1;
}

static void test_notify_exec(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };
	int to_it[2], from_it[2], status;
	pid_t pid;
	char c;

	if (skip_under_qemu(3, "it has no mq_notify()"))
		return;
	new_queue(O_NONBLOCK);
	if (pipe(to_it) != 0 || pipe(from_it) != 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0)
		ask_and_exec(to_it[0], from_it[1]);
	if (read(from_it[0], &c, 1) != 1)
		bail_out("no other program");
	fails(mq_notify(mq, &ev), EBUSY, "who becomes another program is still to be told");
	send("x", 0);
	if (write(to_it[1], "", 1) != 1)
		bail_out("it does not hear");
	waitpid(pid, &status, 0);
	is_exit(status, 0, "but that program gets no signal for it");
	is_int(mq_notify(mq, &ev), 0, "which was all");
	remove_queue();
	for (int i = 0; i < 2; i++) {
		close(to_it[i]);
		close(from_it[i]);
	}
}

/* ---- rights ---- */

static int as_another(void *unused TAP_UNUSED)
{
	int bad = 0;

	if (setgid(USER) < 0 || setuid(USER) < 0)
		return 99;
	bad |= !(mq_open(name, O_WRONLY) == -1 && errno == EACCES) << 0;
	bad |= !(mq_open(name, O_RDONLY) >= 0) << 1;
	bad |= !(mq_unlink(name) == -1 && errno == EACCES) << 2;
	bad |= !(open_with("/another", O_RDWR | O_CREAT, 11, SIZE) == -1 &&
		 errno == EINVAL) << 3;
	return bad;
}

static void test_rights(void)
{
	if (getuid() != 0) {
		skip(2, "needs root");
		return;
	}
	new_queue(0);
	fchmod(mq, 0604);
	is_exit(in_child(as_another, NULL), 0, "others may read, and no more");
	remove_queue();
	is_exit(in_child(until_no_more, NULL), 4, "a user has RLIMIT_MSGQUEUE bytes");
}

static void test_proc(void)
{
	is_int(read_number("/proc/sys/fs/mqueue/msg_max"), 10, "fs.mqueue.msg_max");
	ok(read_number("/proc/sys/fs/mqueue/queues_max") > 0, "fs.mqueue.queues_max");
}

/* What reading one tells is a text with places, of which nothing is written. */
static void test_read(void)
{
	char text[100] = "";
	mqd_t q = open_with(name, O_CREAT | O_RDWR | O_EXCL, MSGS, SIZE);

	ok(read(q, text, sizeof(text)) > 6 && strncmp(text, "QSIZE:", 6) == 0,
	   "read() tells how full it is");
	is_int(pread(q, text, 4, 1), 4, "pread() from a place");
	ok(strncmp(text, "SIZE", 4) == 0, "gets what is there");
	is_int(lseek(q, 2, SEEK_SET), 2, "lseek()");
	is_int(read(q, text, 3), 3, "and read() there");
	ok(strncmp(text, "IZE", 3) == 0, "gets the same");
	is_int(lseek(q, 1, SEEK_CUR), 6, "from where it is");
	is_int(lseek(q, 0, SEEK_END), 80, "the end is that of fstat()");
	fails(lseek(q, -1, SEEK_SET), EINVAL, "before the beginning");
	fails(pwrite(q, text, 1, 0), EINVAL, "pwrite()");
	fails(write(q, text, 1), EINVAL, "write()");
	mq_close(q);
	mq_unlink(name);
}

int main(int argc, char **argv)
{
	struct rlimit l = { 1 << 20, 1 << 20 };

	if (argc > 2)
		return be_another(atoi(argv[1]), atoi(argv[2]));
	snprintf(name, sizeof(name), "/tap-%d", getpid());
	setrlimit(RLIMIT_MSGQUEUE, &l);
	test_names();
	test_attr();
	test_messages();
	test_poll();
	test_waiting();
	test_notify();
	test_notify_exec();
	test_rights();
	test_proc();
	test_read();
	return done_testing();
}
