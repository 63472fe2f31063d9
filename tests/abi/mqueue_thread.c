/*
 * tests/abi/mqueue_thread.c
 *
 * Claim    mq_notify() by SIGEV_THREAD: who asks names a socket of netlink and 32
 *          bytes. They are sent there, once, with a last byte that says whether a
 *          message has come, or who asked is not told any more: he has said so, or
 *          closed the queue, or ended. Their room is taken when he asks: for that he
 *          waits, and nothing is lost later. The C library makes a thread of them.
 * Method   Sockets and queues of this process, of its children and of another program;
 *          each edge once.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "libnetlink.h"
#include "liboption.h"

#include <mqueue.h>
#include <semaphore.h>

enum { COOKIE = 32, CAME = 1, OVER = 2, PORT = 4600, SMALL = 1, WORD = 16 };

static char name[40];
static mqd_t mq;
static int nl; /* to which letters go */

static mqd_t open_queue(int flags)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 32 };
	mqd_t q = mq_open(name, O_RDWR | O_NONBLOCK | flags, 0600, &attr);

	if (q < 0)
		bail_out("mq_open %s: %s", name, strerror(errno));
	return q;
}

static void begin(void)
{
	mq = open_queue(O_CREAT | O_EXCL);
	nl = new_netlink(NETLINK_USERSOCK);
}

static void end(void)
{
	mq_close(mq);
	mq_unlink(name);
	close(nl);
}

static int notify(mqd_t q, int how, int fd, const void *cookie)
{
	struct sigevent ev = { .sigev_notify = how, .sigev_signo = fd,
			       .sigev_value.sival_ptr = (void *)cookie };

	return syscall(SYS_mq_notify, q, &ev);
}

/* 32 bytes of @text. */
static int ask_on(int fd, const char *text)
{
	char cookie[COOKIE];

	memset(cookie, 'x', sizeof(cookie));
	snprintf(cookie, sizeof(cookie), "%s", text);
	return notify(mq, SIGEV_THREAD, fd, cookie);
}

static int ask(const char *text)
{
	return ask_on(nl, text);
}

static int never_mind(void)
{
	return syscall(SYS_mq_notify, mq, NULL);
}

static bool letter_is(const char *text, int news)
{
	return hear(nl, MSG_DONTWAIT) == COOKIE && strcmp(said.bytes, text) == 0 &&
	       said.bytes[COOKIE - 2] == 'x' && said.bytes[COOKIE - 1] == news;
}

static bool hears_nothing(void)
{
	return hear(nl, MSG_DONTWAIT) == -EAGAIN;
}

static int send_one(void *unused TAP_UNUSED)
{
	return mq_send(mq, "m", 1, 0);
}

static void take_all(void)
{
	char text[32];

	while (mq_receive(mq, text, sizeof(text), NULL) >= 0)
		;
}

/* ---- letters ---- */

static void test_letters(void)
{
	char text[100] = "";

	begin();
	is_int(ask("first"), 0, "asked");
	ok(hears_nothing(), "nothing is said yet");
	if (read(mq, text, sizeof(text) - 1) < 0)
		diag("read: %s", strerror(errno));
	ok(strstr(text, "NOTIFY:2 ") != NULL, "the queue knows how its owner is told");
	is_exit(in_child(send_one, NULL), 0, "a message comes");
	ok(letter_is("first", CAME), "it is told");
	ok(said_by.nl_pid == 0 && said_by.nl_groups == 0, "by the kernel, to no group");
	take_all();
	send_one(NULL);
	ok(hears_nothing(), "that was once");
	is_int(ask("second"), 0, "asked again, the queue not empty");
	send_one(NULL);
	ok(hears_nothing(), "only a message in the empty queue counts");
	is_int(never_mind(), 0, "never mind");
	ok(letter_is("second", OVER), "that is told, too");
	is_int(never_mind(), 0, "twice is no error");
	ok(hears_nothing(), "and no news");
	is_int(ask("third"), 0, "asked");
	mq_close(dup(mq));
	ok(letter_is("third", OVER), "who closes a descriptor is not told any more");
	end();
}

static int receive_one(void *unused TAP_UNUSED)
{
	char text[32];

	fcntl(mq, F_SETFL, 0);
	return mq_receive(mq, text, sizeof(text), NULL) != 1;
}

static void test_waiter(void)
{
	pid_t pid;

	begin();
	ask("waiter");
	pid = start_sleeper(receive_one, NULL);
	send_one(NULL);
	is_exit(end_of(pid), 0, "who waits to receive goes first");
	ok(hears_nothing(), "and nobody is told");
	end();
	nl = -1;
}

/* ---- errors ---- */

static int ask_in_child(void *unused TAP_UNUSED)
{
	return ask("child") == -1 && errno == EBUSY ? 0 : 1;
}

static void test_errors(void)
{
	static const char cookie[COOKIE] = "error";
	int un = socket(AF_UNIX, SOCK_DGRAM, 0), file = open("/proc/self/stat", O_RDONLY);

	begin();
	fails(syscall(SYS_mq_notify, mq, 8), EFAULT, "EFAULT: no event");
	fails(notify(mq, SIGEV_THREAD, nl, NULL), EFAULT, "EFAULT: no cookie");
	fails(notify(mq, SIGEV_THREAD, -1, NULL), EFAULT, "which is looked for first");
	fails(notify(mq, SIGEV_THREAD, -1, cookie), EBADF, "EBADF: no descriptor");
	fails(notify(mq, SIGEV_THREAD, file, cookie), ENOTSOCK, "ENOTSOCK: of no socket");
	fails(notify(mq, SIGEV_THREAD, mq, cookie), ENOTSOCK, "of the queue itself");
	fails(notify(mq, SIGEV_THREAD, un, cookie), EINVAL, "EINVAL: of another family");
	fails(notify(-1, SIGEV_THREAD, un, cookie), EINVAL, "the queue is looked for last");
	fails(notify(-1, SIGEV_THREAD, nl, cookie), EBADF, "EBADF: no queue");
	fails(notify(nl, SIGEV_THREAD, nl, cookie), EBADF, "EBADF: another kind of file");
	fails(notify(mq, SIGEV_THREAD_ID, nl, cookie), EINVAL, "EINVAL: by an unknown way");
	ok(hears_nothing(), "nothing of this is told");
	is_int(ask("mine"), 0, "asked");
	fails(ask("again"), EBUSY, "EBUSY: once is enough");
	is_exit(in_child(ask_in_child, NULL), 0, "for others, too");
	fails(notify(mq, SIGEV_NONE, 0, NULL), EBUSY, "in any way");
	send_one(NULL);
	ok(letter_is("mine", CAME), "the first is told");
	ok(hears_nothing(), "and no other");
	end();
	close(un);
	close(file);
}

/* ---- room ---- */

static int filler;

static int fill(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_pid = PORT };
	char word[WORD] = "fill";
	int n = 0;

	while (sendto(filler, word, sizeof(word), MSG_DONTWAIT, (void *)&a, sizeof(a)) == WORD)
		n++;
	return n;
}

static void begin_small(void)
{
	begin();
	filler = new_netlink(NETLINK_USERSOCK);
	if (bind_netlink(nl, PORT, 0) != 0)
		bail_out("bind: %s", strerror(errno));
	set_option(nl, SOL_SOCKET, SO_RCVBUF, SMALL);
}

static void end_small(void)
{
	end();
	close(filler);
}

static void test_room(void)
{
	int room, with_letter;

	begin_small();
	room = fill();
	while (hear(nl, MSG_DONTWAIT) > 0)
		;
	ask("letter");
	with_letter = fill();
	ok(with_letter > 0 && with_letter < room, "a letter takes room (%d of %d) before it is sent",
	   room - with_letter, room);
	is_int(send_one(NULL), 0, "a message, when all is full");
	for (int i = 0; i < with_letter; i++)
		hear(nl, MSG_DONTWAIT);
	ok(letter_is("letter", CAME), "it is told behind what was there before");
	is_int(fill(), room, "what was read takes no room");
	while (hear(nl, MSG_DONTWAIT) > 0)
		;
	take_all();
	ask("letter");
	for (int i = 0; i < 3 * room; i++)
		if (ask("refused") == 0 || errno != EBUSY)
			room = -1;
	is_int(fill(), with_letter, "nor does what was refused");
	end_small();
}

static struct {
	volatile pid_t tid;
	int result;
} asker;

static void *ask_patiently(void *unused TAP_UNUSED)
{
	asker.tid = gettid();
	asker.result = ask("late") == 0 ? 0 : -errno;
	return NULL;
}

static pthread_t start_asker(void)
{
	pthread_t thread;

	asker.tid = 0;
	tap_thread(&thread, NULL, ask_patiently, NULL);
	wait_until_thread_asleep(&asker.tid);
	return thread;
}

static void on_signal(int sig TAP_UNUSED)
{
}

static void signal_asker(pthread_t thread, int flags)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = flags };

	sigaction(SIGUSR1, &act, NULL);
	pthread_kill(thread, SIGUSR1);
}

static void test_wait(void)
{
	pthread_t thread;

	begin_small();
	fill();
	thread = start_asker();
	signal_asker(thread, SA_RESTART);
	wait_until_thread_asleep(&asker.tid);
	is_int(never_mind(), 0, "who waits for room has asked for nothing yet");
	while (hear(nl, MSG_DONTWAIT) > 0)
		;
	pthread_join(thread, NULL);
	is_int(asker.result, 0, "he goes on when there is some, after a signal, too");
	send_one(NULL);
	ok(letter_is("late", CAME), "and is told");
	take_all();
	fill();
	thread = start_asker();
	signal_asker(thread, 0);
	pthread_join(thread, NULL);
	is_int(asker.result, -EINTR, "EINTR: a signal ends it");
	thread = start_asker();
	close(nl);
	pthread_join(thread, NULL);
	is_int(asker.result, -EBADF, "EBADF: the descriptor was closed meanwhile");
	nl = -1;
	end_small();
}

/* ---- who is gone ---- */

static void test_closed(void)
{
	begin_small();
	is_int(ask("closed"), 0, "asked");
	is_int(close(nl), 0, "the socket is closed");
	nl = new_netlink(NETLINK_USERSOCK);
	is_int(bind_netlink(nl, PORT, 0), 0, "nobody has its port any more");
	is_int(send_one(NULL), 0, "a message comes");
	ok(hears_nothing(), "and is told to nobody");
	take_all();
	is_int(ask("anew"), 0, "that was all of it");
	send_one(NULL);
	ok(letter_is("anew", CAME), "another socket hears");
	end_small();
}

static int leave_it(void *unused TAP_UNUSED)
{
	return never_mind() != 0 || mq_close(mq) != 0;
}

static int ask_and_end(void *unused TAP_UNUSED)
{
	return ask("child") != 0;
}

static int ask_and_be_killed(void *unused TAP_UNUSED)
{
	ask("killed");
	tap_kill(getpid(), SIGKILL);
	return 0;
}

static void test_processes(void)
{
	begin();
	ask("parent");
	is_exit(in_child(leave_it, NULL), 0, "a child closes the queue");
	ok(hears_nothing(), "its parent is still to be told");
	send_one(NULL);
	ok(letter_is("parent", CAME), "as he is");
	take_all();
	is_exit(in_child(ask_and_end, NULL), 0, "a child asks, and ends");
	ok(letter_is("child", OVER), "it is told that it is not told any more");
	in_child(ask_and_be_killed, NULL);
	ok(letter_is("killed", OVER), "the same of one that was killed");
	is_int(ask("parent"), 0, "and so another may ask");
	end();
}

/* ---- other programs ---- */

static int to_it[2], from_it[2];

/* It asks, and becomes another program, which has the queue if @keeps it. */
static void ask_and_exec(bool keeps)
{
	char in[12], out[12];

	snprintf(in, sizeof(in), "%d", to_it[0]);
	snprintf(out, sizeof(out), "%d", from_it[1]);
	if (fcntl(mq, F_SETFD, keeps ? 0 : FD_CLOEXEC) < 0 || ask("exec") < 0)
		_exit(98);
	execl("/proc/self/exe", "mqueue_thread", in, out, NULL);
	_exit(99);
}

/* That program: it says that it is there, and ends when it is told to. */
static int be_another(int to_read, int to_write)
{
	char c;

	return write(to_write, "", 1) != 1 || read(to_read, &c, 1) != 1;
}

static pid_t start_another(bool keeps)
{
	pid_t pid;
	char c;

	if (pipe(to_it) != 0 || pipe(from_it) != 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0)
		ask_and_exec(keeps);
	if (read(from_it[0], &c, 1) != 1)
		bail_out("no other program");
	return pid;
}

static void end_another(pid_t pid)
{
	if (write(to_it[1], "", 1) != 1)
		bail_out("it does not hear");
	is_exit(end_of(pid), 0, "it ends");
	for (int i = 0; i < 2; i++) {
		close(to_it[i]);
		close(from_it[i]);
	}
}

static void test_exec(void)
{
	pid_t pid;

	begin();
	pid = start_another(false);
	ok(letter_is("exec", OVER), "exec closes the queue");
	end_another(pid);
	ok(hears_nothing(), "that was all");
	pid = start_another(true);
	ok(hears_nothing(), "a program that has the queue is still to be told");
	send_one(NULL);
	ok(letter_is("exec", CAME), "by the letter that it was before");
	end_another(pid);
	ok(hears_nothing(), "once");
	end();
}

/* ---- the C library's ---- */

static sem_t called;
static pthread_t main_thread;
static volatile int values, calls_here;

static void ask_library(int value);

static void on_thread(union sigval value)
{
	values = values * 10 + value.sival_int;
	calls_here += pthread_equal(pthread_self(), main_thread);
	take_all();
	if (value.sival_int < 3)
		ask_library(value.sival_int + 1);
	sem_post(&called);
}

static void ask_library(int value)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD,
			       .sigev_notify_function = on_thread,
			       .sigev_value.sival_int = value };

	is_int(mq_notify(mq, &ev), 0, "mq_notify with a function");
}

static void test_library(void)
{
	begin();
	sem_init(&called, 0, 0);
	main_thread = pthread_self();
	ask_library(1);
	for (int i = 0; i < 3; i++) {
		send_one(NULL);
		sem_wait(&called);
	}
	is_int(values, 123, "it is called for each message that comes");
	is_int(calls_here, 0, "by threads of their own");
	ask_library(4);
	is_int(mq_notify(mq, NULL), 0, "never mind");
	send_one(NULL);
	take_all();
	ask_library(5);
	send_one(NULL);
	sem_wait(&called);
	is_int(values, 1235, "who does not want to know is not called");
	end();
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return be_another(atoi(argv[1]), atoi(argv[2]));
	if (skip_under_qemu(1, "it has no mq_notify()"))
		return done_testing();
	snprintf(name, sizeof(name), "/tap-%d", getpid());
	test_letters();
	test_waiter();
	test_errors();
	test_room();
	test_wait();
	test_closed();
	test_processes();
	test_exec();
	test_library();
	return done_testing();
}
