/*
 * tests/abi/aio.c
 *
 * Claim    What is asked for by io_submit() is done, and told of by one event each
 *          with the number that its asker gave it; a context has room for so many,
 *          belongs to one process, and is over with it, or with its program.  What
 *          cannot be begun is refused, and what was asked for before it is not.
 *          A mask lets a signal in for as long as events are waited for.  Who waits
 *          goes on when there is an event, or when there is no context any more.
 * Method   Reads and writes of a file and a pipe, by several threads, too; an
 *          eventfd that is told; a thread that is asleep before it is woken.
 * Oracle   Linux.  Skipped under qemu-user, which has no io_setup().
 */
#define _GNU_SOURCE
#include "../tap.h"

#include "libasleep.h"

#include <linux/aio_abi.h>
#include <sched.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <time.h>

enum { THREADS = 4, EACH = 50 };

static const char *const name = "/tmp/aio.tmp";
static aio_context_t ctx;

static long setup(unsigned nr, aio_context_t *id)
{
	return syscall(SYS_io_setup, nr, id);
}

static long submit(aio_context_t id, long n, struct iocb **cbs)
{
	return syscall(SYS_io_submit, id, n, cbs);
}

static long events(aio_context_t id, long least, long most, struct io_event *to)
{
	struct timespec now = { 0, 0 };

	return syscall(SYS_io_getevents, id, least, most, to, &now);
}

static struct iocb block(int fd, unsigned op, const void *buf, size_t n, long offset)
{
	return (struct iocb){
		.aio_data = 42,
		.aio_fildes = (unsigned)fd,
		.aio_lio_opcode = (uint16_t)op,
		.aio_buf = (uint64_t)(uintptr_t)buf,
		.aio_nbytes = n,
		.aio_offset = offset,
	};
}

static long submit_one(struct iocb *cb)
{
	return submit(ctx, 1, &cb);
}

static unsigned most_events(void)
{
	FILE *f = fopen("/proc/sys/fs/aio-max-nr", "re");
	unsigned n;

	if (f == NULL || fscanf(f, "%u", &n) != 1)
		bail_out("aio-max-nr: %s", strerror(errno));
	fclose(f);
	return n;
}

static void test_contexts(void)
{
	aio_context_t other = 0;

	fails(setup(0, &other), EINVAL, "no events at all");
	fails(setup(~0U, &other), EINVAL, "too many");
	fails(setup(most_events() + 1, &other), EAGAIN, "more than all may have");
	fails(setup(1, NULL), EFAULT, "nowhere to tell");
	is_int(setup(8, &ctx), 0, "a context");
	ok(ctx != 0, "has a number");
	fails(setup(8, &ctx), EINVAL, "which it did not have before");
	fails(events(0, 0, 1, NULL), EINVAL, "events of none");
	fails(submit(12345, 0, NULL), EINVAL, "nothing is asked of none");
	fails(syscall(SYS_io_destroy, 12345L), EINVAL, "nor does it end");
}

static void test_file(void)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char text[16] = "", part[4] = "";
	struct iovec iov[2] = { { text, 3 }, { part, 3 } };
	struct iocb write = block(fd, IOCB_CMD_PWRITE, "0123456789", 10, 5);
	struct iocb read = block(fd, IOCB_CMD_PREAD, text, 4, 7);
	struct iocb vector = block(fd, IOCB_CMD_PREADV, iov, 2, 5);
	struct iocb sync = block(fd, IOCB_CMD_FSYNC, NULL, 0, 0);
	struct iocb *all[] = { &write, &sync, &read };
	struct io_event e[4];

	is_int(submit(ctx, 3, all), 3, "a write, a sync and a read");
	is_int(events(ctx, 3, 4, e), 3, "have an event each");
	ok(e[0].obj == (uint64_t)(uintptr_t)&write && e[0].data == 42 && e[0].res == 10 &&
	   e[1].res == 0 && e[2].res == 4, "with what became of them");
	ok(memcmp(text, "2345", 4) == 0, "what was read: %.4s", text);
	is_int(lseek(fd, 0, SEEK_CUR), 0, "the file's own position stays");
	is_int(submit_one(&vector), 1, "a read into two pieces");
	is_int(events(ctx, 1, 1, e), 1, "has one event");
	ok(e[0].res == 6 && memcmp(text, "012", 3) == 0 && memcmp(part, "345", 3) == 0,
	   "and both have their part");
	is_int(events(ctx, 0, 1, e), 0, "there is no more");
	is_int(events(ctx, 1, 1, e), 0, "nor is it waited for");
	fails(events(ctx, 2, 1, e), EINVAL, "more at least than at most");
	close(fd);
}

static void test_refused(void)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	char text[4];
	struct iocb good = block(fd, IOCB_CMD_PREAD, text, 4, 5);
	struct iocb writes = block(fd, IOCB_CMD_PWRITE, text, 4, 0);
	struct iocb nothing = block(-1, IOCB_CMD_PREAD, text, 4, 0);
	struct iocb unknown = block(fd, 99, text, 4, 0);
	struct iocb fault = block(fd, IOCB_CMD_PREAD, (void *)8, 4, 0);
	struct iocb *two[] = { &good, &writes }, *bad[] = { NULL };
	struct io_event e;

	fails(submit_one(&writes), EBADF, "a write of what is only read");
	fails(submit_one(&nothing), EBADF, "of what is not open");
	fails(submit_one(&unknown), EINVAL, "an unknown command");
	fails(submit(ctx, 1, bad), EFAULT, "a block that is nowhere");
	fails(submit(ctx, -1, two), EINVAL, "fewer than none");
	is_int(submit(ctx, 2, two), 1, "one that can be, one that cannot");
	is_int(events(ctx, 1, 1, &e), 1, "the first has its event");
	ok(e.res == 4, "as if it were alone");
	is_int(submit_one(&fault), 1, "what comes to a bad address has begun");
	ok(events(ctx, 1, 1, &e) == 1 && e.res == -EFAULT, "and its event says so");
	fails(syscall(SYS_io_cancel, ctx, &good, &e), EINVAL, "all is over");
	fails(syscall(SYS_io_cancel, ctx, NULL, &e), EFAULT, "nothing");
	close(fd);
}

/* How many reads of @fd can be begun, at most @most. */
static long begun(aio_context_t id, int fd, long most)
{
	static char text[4];
	struct iocb cb = block(fd, IOCB_CMD_PREAD, text, 4, 0), *one = &cb;
	long n = 0;

	while (n < most && submit(id, 1, &one) == 1)
		n++;
	return n;
}

/* What is refused takes no room. */
static void test_room(void)
{
	enum { ROOM = 4, MOST = 1000 };
	static struct io_event told[MOST];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	aio_context_t id = 0;
	long first;

	if (setup(ROOM, &id) < 0)
		bail_out("io_setup: %s", strerror(errno));
	first = begun(id, fd, MOST);
	ok(first >= ROOM && first < MOST, "room for %d, and not for any number", ROOM);
	is_int(errno, EAGAIN, "what is one too many is for later");
	for (long i = 0; i < first; i++)
		begun(id, fd, 1);
	is_int(events(id, first, MOST, told), first, "each has its event, and no other");
	is_int(begun(id, fd, ROOM), ROOM, "then there is room again");
	syscall(SYS_io_destroy, id);
	close(fd);
}

static int wait_until_told(void *fd)
{
	uint64_t n;

	return read((int)(long)fd, &n, sizeof(n)) != sizeof(n);
}

/* The one of @read is told while a child sleeps on it. */
static void test_told_asleep(struct iocb *read)
{
	int told = eventfd(0, EFD_CLOEXEC);
	pid_t pid = start_sleeper(wait_until_told, (void *)(long)told);
	struct io_event e;

	read->aio_resfd = (unsigned)told;
	is_int(submit_one(read), 1, "another read");
	is_exit(end_of(pid), 0, "wakes who slept until he was told");
	events(ctx, 1, 1, &e);
	close(told);
}

static void test_told(void)
{
	int told = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), p[2];
	char text[4];
	struct iocb read;
	struct io_event e;
	uint64_t n = 0;

	if (pipe2(p, O_CLOEXEC) < 0 || write(p[1], "abc", 3) != 3)
		bail_out("pipe: %s", strerror(errno));
	read = block(p[0], IOCB_CMD_PREAD, text, 4, 0);
	read.aio_flags = IOCB_FLAG_RESFD;
	read.aio_resfd = (unsigned)p[0];
	fails(submit_one(&read), EINVAL, "who is to be told is no eventfd");
	read.aio_resfd = (unsigned)told;
	is_int(submit_one(&read), 1, "a read of a pipe, of which one is told");
	ok(syscall(SYS_read, told, &n, sizeof(n)) == 8 && n == 1, "he is");
	ok(events(ctx, 1, 1, &e) == 1 && e.res == 3, "and it is over");
	if (write(p[1], "abc", 3) != 3)
		bail_out("pipe: %s", strerror(errno));
	test_told_asleep(&read);
	close(p[0]);
	close(p[1]);
	close(told);
}

static void *ask(void *arg)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	char text[4];
	long *done = arg;

	for (int i = 0; i < EACH; i++) {
		struct iocb read = block(fd, IOCB_CMD_PREAD, text, 4, 5);
		struct io_event e;

		while (submit_one(&read) != 1)
			sched_yield();
		while (events(ctx, 1, 1, &e) != 1)
			sched_yield();
		if (e.res == 4)
			(*done)++;
	}
	close(fd);
	return NULL;
}

/* There is room for fewer than ask at once. */
static void test_threads(void)
{
	pthread_t t[THREADS];
	long done[THREADS] = { 0 }, sum = 0;

	syscall(SYS_io_destroy, ctx);
	ctx = 0;
	setup(2, &ctx);
	for (int i = 0; i < THREADS; i++)
		tap_thread(&t[i], NULL, ask, &done[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		sum += done[i];
	}
	ok_without_errno(sum == THREADS * EACH,
			 "of %d reads each has one event: %ld", THREADS * EACH, sum);
}

/* ---- who waits ---- */

struct waiter {
	volatile pid_t tid;
	long result;
	int error;
};

static void *wait_for_one(void *arg)
{
	struct waiter *w = arg;
	struct io_event e;

	w->tid = (pid_t)syscall(SYS_gettid);
	w->result = syscall(SYS_io_getevents, ctx, 1, 1, &e, NULL);
	w->error = errno;
	return NULL;
}

static pthread_t start_waiter(struct waiter *w)
{
	pthread_t t;

	tap_thread(&t, NULL, wait_for_one, w);
	wait_until_thread_asleep(&w->tid);
	return t;
}

/* The last one ends the context. */
static void test_waiters(int fd)
{
	struct waiter first = { .tid = 0 }, last = { .tid = 0 };
	char text[4];
	struct iocb read = block(fd, IOCB_CMD_PREAD, text, 4, 5);
	pthread_t t = start_waiter(&first);

	is_int(submit_one(&read), 1, "a read, while one waits for an event");
	pthread_join(t, NULL);
	is_int(first.result, 1, "who has it");
	t = start_waiter(&last);
	is_int(syscall(SYS_io_destroy, ctx), 0, "it ends, while one waits");
	pthread_join(t, NULL);
	ok_without_errno(last.result == -1 && last.error == EINVAL,
			 "who is told so: %ld, %s", last.result, strerror(last.error));
}

static int child(void *arg)
{
	(void)arg;
	return events(ctx, 0, 1, NULL) == -1 && errno == EINVAL ? 0 : 1;
}

static int forgets(void *arg)
{
	aio_context_t own = 0;

	(void)arg;
	for (int i = 0; i < 100; i++, own = 0)
		if (setup(100, &own) < 0)
			return 1;
	return 0;
}

/* ---- a mask ---- */

static volatile sig_atomic_t caught;

static void count_caught(int sig TAP_UNUSED)
{
	caught++;
}

static long events_with_mask(long least, struct timespec *time)
{
	sigset_t none;
	struct {
		const sigset_t *mask;
		size_t size;
	} arg = { &none, 8 };
	struct io_event e;

	sigemptyset(&none);
	return syscall(SYS_io_pgetevents, ctx, least, 1, &e, time, &arg);
}

static void test_mask(int fd)
{
	struct sigaction act = { .sa_handler = count_caught, .sa_flags = SA_RESTART };
	struct timespec now = { 0, 0 };
	struct iocb cb = block(fd, IOCB_CMD_PREAD, &now, 0, 0);
	sigset_t usr1, is;

	sigaction(SIGUSR1, &act, NULL);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	raise(SIGUSR1);
	is_int(events(ctx, 0, 1, NULL), 0, "nothing has happened");
	is_int(caught, 0, "and a signal is blocked");
	fails(events_with_mask(1, NULL), EINTR, "who lets it in is interrupted by it");
	is_int(caught, 1, "when it has been handled");
	raise(SIGUSR1);
	fails(events_with_mask(0, &now), EINTR, "also who does not wait");
	is_int(caught, 2, "it was handled");
	submit_one(&cb);
	raise(SIGUSR1);
	is_int(events_with_mask(1, NULL), 1, "an event is told of");
	is_int(caught, 3, "and the signal handled");
	sigprocmask(SIG_UNBLOCK, &usr1, &is);
	is_int(sigismember(&is, SIGUSR1), 1, "it is blocked again afterwards");
}

static void test_ends(void)
{
	long before = read_number("/proc/sys/fs/aio-nr");
	struct io_event e;

	is_exit(in_child(child, NULL), 0, "a child has not its parent's");
	is_exit(in_child(forgets, NULL), 0, "who ends with a hundred of them");
	if (on_drover())
		is_int(read_number("/proc/sys/fs/aio-nr"), before, "leaves none");
	fails(syscall(SYS_io_destroy, ctx), EINVAL, "it ends once");
	fails(events(ctx, 0, 1, &e), EINVAL, "and is no more");
}

int main(void)
{
	int fd;

	if (under_qemu_user())
		skip_all("qemu-user has no io_setup()");
	test_contexts();
	test_file();
	test_refused();
	test_room();
	test_told();
	test_threads();
	fd = open(name, O_RDONLY);
	test_mask(fd);
	test_waiters(fd);
	close(fd);
	test_ends();
	unlink(name);
	return done_testing();
}
