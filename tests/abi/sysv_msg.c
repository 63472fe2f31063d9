/*
 * tests/abi/sysv_msg.c
 *
 * Claim    System V message queues keep the order of their messages, give them
 *          by type, hold so many bytes and no more, wait, and end with EIDRM
 *          when they are removed; keys and rights say what Linux's say.
 * Method   Queues in this process and its children, each edge once.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <limits.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "libasleep.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

enum { USER = 4242, MAX = 8192 };

struct message {
	long type;
	char text[MAX];
};

static int queue;
static struct message got;

static void new_queue(int mode)
{
	queue = msgget(IPC_PRIVATE, mode);
	if (queue < 0)
		bail_out("msgget: %s", strerror(errno));
}

static void remove_queue(void)
{
	msgctl(queue, IPC_RMID, NULL);
}

static int send_flags(long type, size_t n, int flags)
{
	static struct message m;

	m.type = type;
	memset(m.text, 'a' + type % 26, sizeof(m.text));
	return msgsnd(queue, &m, n, flags);
}

static int send(long type, size_t n)
{
	return send_flags(type, n, IPC_NOWAIT);
}

static int receive(long type, int flags)
{
	got.type = 0;
	return msgrcv(queue, &got, MAX, type, IPC_NOWAIT | flags);
}

/* ---- keys ---- */

static void test_keys(void)
{
	key_t key = 0x51d00000 + getpid();
	int id = msgget(key, IPC_CREAT | IPC_EXCL | 0600);

	ok(id >= 0, "a new queue by a key");
	is_int(msgget(key, 0), id, "is found by it");
	fails(msgget(key, IPC_CREAT | IPC_EXCL), EEXIST, "not as a new one");
	is_int(msgctl(id, IPC_RMID, NULL), 0, "removed");
	fails(msgget(key, 0), ENOENT, "its key finds nothing");
	fails(msgctl(id, IPC_RMID, NULL), EINVAL, "nor does its id");
}

/* ---- types ---- */

static void test_types(void)
{
	new_queue(0600);
	fails(receive(0, 0), ENOMSG, "an empty queue");
	send(3, 3);
	send(1, 1);
	send(2, 2);
	send(1, 4);
	is_int(receive(0, 0), 3, "the oldest");
	ok(got.type == 3 && got.text[2] == 'd', "with its type and text");
	is_int(receive(2, 0), 2, "by its type");
	fails(receive(2, 0), ENOMSG, "there is no other");
	send(2, 2);
	is_int(receive(-2, 0), 1, "the smallest type up to 2, the oldest of it");
	is_int(receive(1, MSG_EXCEPT), 2, "any but 1");
	is_int(receive(LONG_MIN, 0), 4, "any type is up to the largest");
	is_int(send(7, 0), 0, "an empty message");
	is_int(receive(7, 0), 0, "is one");
	is_int(got.type, 7, "too");
	remove_queue();
}

static void test_sizes(void)
{
	new_queue(0600);
	is_int(send(1, 100), 0, "100 bytes");
	fails(msgrcv(queue, &got, 10, 0, IPC_NOWAIT), E2BIG, "room for 10");
	is_int(msgrcv(queue, &got, 10, 0, IPC_NOWAIT | MSG_NOERROR), 10,
	       "MSG_NOERROR cuts it");
	fails(receive(0, 0), ENOMSG, "the rest is gone");
	fails(send(0, 1), EINVAL, "type 0");
	fails(send(-1, 1), EINVAL, "a type below");
	fails(send(1, 8193), EINVAL, "too long");
	fails(send(1, -1), EINVAL, "too long by far");
	fails(msgrcv(queue, &got, -1, 0, IPC_NOWAIT), EINVAL, "less than no room");
	fails(msgsnd(-1, &got, 1, 0), EINVAL, "no queue");
	is_int(send(1, MAX), 0, "half of what it may have");
	is_int(send(1, MAX), 0, "all of it");
	fails(send(1, 1), EAGAIN, "no room");
	is_int(send(1, 0), 0, "an empty one takes none");
	remove_queue();
}

static void test_copy(void)
{
	new_queue(0600);
	send(5, 5);
	send(6, 6);
	errno = 0;
	if (receive(1, MSG_COPY) < 0 && errno == ENOSYS) {
		skip(5, "this kernel has no MSG_COPY");
	} else {
		is_int(receive(1, MSG_COPY), 6, "MSG_COPY looks at the second");
		is_int(receive(0, MSG_COPY), 5, "and the first");
		fails(receive(2, MSG_COPY), ENOMSG, "there is no third");
		is_int(receive(0, 0), 5, "they are still there");
		fails(msgrcv(queue, &got, MAX, 0, MSG_COPY), EINVAL,
		      "it does not wait");
	}
	remove_queue();
}

/* ---- waiting ---- */

static int wait_for_type_2(void *unused TAP_UNUSED)
{
	struct message m;
	int n = msgrcv(queue, &m, 10, 2, 0);

	return n < 0 ? 100 + errno : n;
}

static int send_and_wait(void *unused TAP_UNUSED)
{
	return send_flags(9, 1, 0) == 0 ? 0 : 100 + errno;
}

static void on_signal(int sig TAP_UNUSED)
{
}

static int be_interrupted(void *unused TAP_UNUSED)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigaction(SIGUSR1, &act, NULL);
	return wait_for_type_2(NULL);
}

static void test_waiting(void)
{
	pid_t a, b;

	new_queue(0600);
	a = start_sleeper(wait_for_type_2, NULL);
	send(1, 3);
	send(2, 4);
	is_exit(end_of(a), 4, "who waits gets what he waits for");
	is_int(receive(0, 0), 3, "and leaves the rest");
	a = start_sleeper(wait_for_type_2, NULL);
	b = start_sleeper(wait_for_type_2, NULL);
	send(2, 11);
	is_exit(end_of(a), 100 + E2BIG, "too big for the first");
	is_exit(end_of(b), 100 + E2BIG, "and for the second");
	is_int(receive(0, 0), 11, "it stays");

	send(1, MAX);
	send(1, MAX);
	a = start_sleeper(send_and_wait, NULL);
	is_int(receive(0, 0), MAX, "room is made");
	is_exit(end_of(a), 0, "for who waits to send");
	is_int(receive(9, 0), 1, "it was sent");
	a = start_sleeper(be_interrupted, NULL);
	tap_kill(a, SIGUSR1);
	is_exit(end_of(a), 100 + EINTR, "a handler ends a wait");
	a = start_sleeper(wait_for_type_2, NULL);
	send(1, MAX);
	b = start_sleeper(send_and_wait, NULL);
	remove_queue();
	is_exit(end_of(a), 100 + EIDRM, "removed: who receives is told");
	is_exit(end_of(b), 100 + EIDRM, "and who sends");
}

/* ---- msgctl ---- */

static void test_control(void)
{
	struct msginfo info;
	struct msqid_ds ds;
	pid_t pid;

	new_queue(0600);
	is_int(msgctl(queue, IPC_STAT, &ds), 0, "IPC_STAT");
	ok(ds.msg_qnum == 0 && ds.msg_qbytes > 0 && ds.msg_stime == 0 &&
	   ds.msg_lspid == 0, "never used");
	send(1, 10);
	msgctl(queue, IPC_STAT, &ds);
	ok(ds.msg_qnum == 1 && ds.__msg_cbytes == 10 && ds.msg_stime > 0 &&
	   ds.msg_lspid == getpid() && ds.msg_lrpid == 0, "one message");
	ds.msg_qbytes = 10;
	is_int(msgctl(queue, IPC_SET, &ds), 0, "IPC_SET");
	fails(send(1, 1), EAGAIN, "it holds fewer bytes now");
	pid = start_sleeper(send_and_wait, NULL);
	ds.msg_qbytes = 11;
	is_int(msgctl(queue, IPC_SET, &ds), 0, "and one more again");
	is_exit(end_of(pid), 0, "for who waits to send it");
	ok(msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0 &&
	   info.msgmax >= 8192, "IPC_INFO");
	ok(msgctl(0, MSG_INFO, (struct msqid_ds *)&info) >= 0 &&
	   info.msgpool >= 1, "MSG_INFO");
	is_int(msgctl(queue & 0x7fff, MSG_STAT, &ds), queue,
	       "MSG_STAT by the place gives the id");
	fails(msgctl(queue, IPC_STAT, (void *)8), EFAULT, "nowhere");
	fails(msgctl(queue, 4711, NULL), EINVAL, "no such command");
	remove_queue();
}

static int as_another(void *unused TAP_UNUSED)
{
	struct msqid_ds ds = { 0 };
	int bad = 0;

	if (setgid(USER) < 0 || setuid(USER) < 0)
		return 99;
	bad |= !(send(1, 1) == -1 && errno == EACCES) << 0;
	bad |= !(receive(0, 0) == -1 && errno == ENOMSG) << 1;
	bad |= !(msgctl(queue, IPC_RMID, NULL) == -1 && errno == EPERM) << 2;
	bad |= !(msgctl(queue, IPC_SET, &ds) == -1 && errno == EPERM) << 3;
	return bad;
}

static void test_rights(void)
{
	if (getuid() != 0) {
		skip(1, "needs root");
		return;
	}
	new_queue(0604);
	is_exit(in_child(as_another, NULL), 0, "others may receive, and no more");
	remove_queue();
}

/* Where the kernel lets root choose the next id. */
static void test_next_id(void)
{
	FILE *f = getuid() == 0 ? fopen("/proc/sys/kernel/msg_next_id", "w") : NULL;
	int first = 7 << 15 | 4711;

	if (!f || fprintf(f, "%d", first) < 0 || fclose(f) != 0) {
		skip(3, "no msg_next_id here");
		return;
	}
	new_queue(0600);
	is_int(queue, first, "the id that was chosen");
	remove_queue();
	is_int(read_number("/proc/sys/kernel/msg_next_id"), -1, "was for once");
	new_queue(0600);
	ok(queue != first, "the next one has another");
	remove_queue();
}

/* ---- how many ---- */

static long queues(void)
{
	FILE *f = fopen("/proc/sysvipc/msg", "r");
	char line[256];
	long n = -1; /* the titles */

	while (f && fgets(line, sizeof(line), f))
		n++;
	if (f)
		fclose(f);
	return n;
}

static void set_most(long n)
{
	FILE *f = fopen("/proc/sys/kernel/msgmni", "w");

	if (!f || fprintf(f, "%ld", n) < 0 || fclose(f) != 0)
		bail_out("msgmni: %s", strerror(errno));
}

static void test_most(void)
{
	long most = read_number("/proc/sys/kernel/msgmni");

	if (!on_drover()) {
		skip(2, "there may be queues of others");
		return;
	}
	set_most(queues() + 1);
	queue = msgget(IPC_PRIVATE, 0600);
	ok(queue >= 0, "room for one queue more");
	fails(msgget(IPC_PRIVATE, 0600), ENOSPC, "and not for two");
	set_most(most);
	remove_queue();
}

static void test_proc(void)
{
	char line[256], want[64];
	bool found = false;
	FILE *f;

	new_queue(0600);
	send(1, 12);
	f = fopen("/proc/sysvipc/msg", "r");
	snprintf(want, sizeof(want), "%10d %10d   600  %10d %10d ", 0, queue, 12, 1);
	while (f && fgets(line, sizeof(line), f))
		found |= strncmp(line, want, strlen(want)) == 0;
	if (f)
		fclose(f);
	ok(found, "/proc/sysvipc/msg has a line for it");
	ok(read_number("/proc/sys/kernel/msgmax") >= 8192, "/proc/sys/kernel/msgmax");
	remove_queue();
}

int main(void)
{
	test_keys();
	test_types();
	test_sizes();
	test_copy();
	test_waiting();
	test_control();
	test_rights();
	test_next_id();
	test_most();
	test_proc();
	return done_testing();
}
