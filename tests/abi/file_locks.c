/*
 * tests/abi/file_locks.c
 *
 * Claim    flock() excludes other open files, fcntl() locks exclude other
 *          processes byte by byte, waiting ends when the lock is given up or
 *          a signal comes, and locks go with the file or the process; a user
 *          has no more than so many.
 * Method   Every pair of shared and exclusive; ranges cut in the middle;
 *          holders that unlock, close, and die; many processes that count
 *          under one lock.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { COUNTERS = 4, COUNTS = 200, TOO_MANY = 5000 };

static const char *const path = "/tmp/file_locks";

static int again(void)
{
	return open(path, O_RDWR);
}

/* ---- flock ---- */

static void test_flock(void)
{
	int a = again(), b = again(), copy;

	is_int(flock(a, LOCK_SH), 0, "shared");
	is_int(flock(b, LOCK_SH), 0, "by two");
	fails(flock(b, LOCK_EX | LOCK_NB), EAGAIN, "no third is alone");
	flock(b, LOCK_UN);
	is_int(flock(a, LOCK_EX | LOCK_NB), 0, "from shared to exclusive");
	fails(flock(b, LOCK_SH | LOCK_NB), EAGAIN, "keeps all others out");
	copy = dup(a);
	close(a);
	fails(flock(b, LOCK_SH | LOCK_NB), EAGAIN, "a dup() holds it, too");
	close(copy);
	is_int(flock(b, LOCK_EX | LOCK_NB), 0, "the last close gives it up");
	fails(flock(b, 0), EINVAL, "no such operation");
	fails(flock(999, LOCK_EX), EBADF, "no such descriptor");
	close(b);
}

static volatile int caught;

static void on_signal(int sig)
{
	caught = sig;
}

/* A child that gives the lock up after a while, and says so just before. */
static void unlock_soon(int fd, volatile int *given_up)
{
	if (tap_fork() == 0) {
		usleep(50000);
		*given_up = 1;
		_exit(flock(fd, LOCK_UN));
	}
}

/* A child that sends signals: the first may come before the call. */
static pid_t start_signals(void)
{
	pid_t parent = getpid(), pid = tap_fork();

	while (pid == 0) {
		usleep(50000);
		tap_kill_parent(parent, SIGUSR1);
	}
	return pid;
}

static void test_flock_wait(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	volatile int *given_up = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int a = again(), b = again(), status;
	pid_t pid;

	if (given_up == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	flock(a, LOCK_EX);
	unlock_soon(a, given_up);
	is_int(flock(b, LOCK_EX), 0, "waits until it is given up");
	is_int(*given_up, 1, "and not less");
	wait(&status);

	sigaction(SIGUSR1, &action, NULL);
	pid = start_signals();
	fails(flock(a, LOCK_EX), EINTR, "a signal ends the wait");
	tap_kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(a);
	close(b);
}

/* ---- fcntl ---- */

static int lock(int fd, int cmd, int type, long start, long len)
{
	struct flock l = { .l_type = (short)type, .l_start = start,
			   .l_len = len };

	return fcntl(fd, cmd, &l);
}

/* What a child finds in its way on the bytes: the type, start and length. */
struct found {
	int fd, type;
	long start, len, want_start, want_len;
};

static int look(void *arg)
{
	struct found *f = arg;
	struct flock l = { .l_type = F_WRLCK, .l_start = f->start,
			   .l_len = f->len };

	if (fcntl(f->fd, F_GETLK, &l) != 0)
		return 1;
	if (l.l_type != f->type)
		return 2;
	if (l.l_type == F_UNLCK)
		return 0;
	if (l.l_start != f->want_start || l.l_len != f->want_len)
		return 3;
	return l.l_pid == getppid() ? 0 : 4;
}

static void seen_by_child(int fd, int type, long start, long len,
			  long want_start, long want_len, const char *what)
{
	struct found f = { fd, type, start, len, want_start, want_len };

	is_exit(in_child(look, &f), 0, "%s", what);
}

static int try_lock(void *arg)
{
	int fd = *(int *)arg;

	if (lock(fd, F_SETLK, F_WRLCK, 0, 10) != -1 || errno != EAGAIN)
		return 1;
	return lock(fd, F_SETLK, F_WRLCK, 100, 10) == 0 ? 0 : 2;
}

static void test_ranges(void)
{
	int fd = again(), other = again();

	is_int(lock(fd, F_SETLK, F_WRLCK, 0, 100), 0, "100 bytes");
	is_int(lock(fd, F_SETLK, F_WRLCK, 50, 100), 0, "over one's own");
	is_int(lock(other, F_SETLK, F_WRLCK, 0, 0), 0,
	       "through another descriptor: the same process");
	is_int(lock(fd, F_SETLK, F_UNLCK, 0, 0), 0, "all is given up");
	lock(fd, F_SETLK, F_WRLCK, 0, 100);
	is_exit(in_child(try_lock, &fd), 0, "a child is kept from these only");
	lock(fd, F_SETLK, F_UNLCK, 40, 20);
	seen_by_child(fd, F_WRLCK, 0, 50, 0, 40, "a hole: what is before");
	seen_by_child(fd, F_WRLCK, 45, 50, 60, 40, "what is behind");
	seen_by_child(fd, F_UNLCK, 40, 20, 0, 0, "what is in it");
	lock(fd, F_SETLK, F_RDLCK, 10, 10);
	seen_by_child(fd, F_RDLCK, 12, 2, 10, 10, "a shared piece in it");
	lock(fd, F_SETLK, F_WRLCK, 200, 0);
	seen_by_child(fd, F_WRLCK, 1L << 40, 1, 200, 0, "to the end of all");
	close(other);
	seen_by_child(fd, F_UNLCK, 0, 0, 0, 0, "any close gives all up");
	close(fd);
}

/* What is told of many, and how an owner's locks grow together. */
static void test_neighbours(void)
{
	int fd = again();

	lock(fd, F_SETLK, F_WRLCK, 20, 10);
	lock(fd, F_SETLK, F_WRLCK, 0, 5);
	seen_by_child(fd, F_WRLCK, 0, 0, 0, 5, "the first in the file is told");
	seen_by_child(fd, F_WRLCK, 6, 20, 20, 10, "of those in the way");
	lock(fd, F_SETLK, F_WRLCK, 5, 15);
	seen_by_child(fd, F_WRLCK, 25, 1, 0, 30, "three neighbours are one");
	lock(fd, F_SETLK, F_RDLCK, 10, 5);
	seen_by_child(fd, F_WRLCK, 25, 1, 15, 15, "of one kind");
	lock(fd, F_SETLK, F_WRLCK, 8, 10);
	seen_by_child(fd, F_WRLCK, 25, 1, 0, 30, "or made so");
	lock(fd, F_SETLK, F_WRLCK, 31, 0);
	seen_by_child(fd, F_WRLCK, 35, 1, 31, 0, "a byte between keeps apart");
	lock(fd, F_SETLK, F_WRLCK, 30, 1);
	seen_by_child(fd, F_WRLCK, 35, 1, 0, 0, "until it is locked");
	close(fd);
}

static void test_errors(void)
{
	int fd = again(), reader = open(path, O_RDONLY);
	int writer = open(path, O_WRONLY);

	fails(lock(reader, F_SETLK, F_WRLCK, 0, 1), EBADF,
	      "exclusive without the right to write");
	fails(lock(writer, F_SETLK, F_RDLCK, 0, 1), EBADF,
	      "shared without the right to read");
	fails(lock(fd, F_SETLK, 9, 0, 1), EINVAL, "no such type");
	fails(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL, "before the file");
	fails(lock(fd, F_SETLK, F_WRLCK, 5, -6), EINVAL, "or so");
	is_int(lock(fd, F_SETLK, F_WRLCK, 5, -5), 0, "five bytes back");
	fails(fcntl(fd, F_SETLK, (void *)8), EFAULT, "a bad address");
	close(writer);
	close(reader);
	close(fd);
}

/* ---- at once ---- */

static int count_up(void *arg)
{
	int fd = again();

	for (int i = 0; i < COUNTS; i++) {
		int value;

		if (arg != NULL ? flock(fd, LOCK_EX) :
				  lock(fd, F_SETLKW, F_WRLCK, 0, 0))
			return 1;
		if (pread(fd, &value, sizeof(value), 0) != sizeof(value))
			return 2;
		value++;
		if (pwrite(fd, &value, sizeof(value), 0) != sizeof(value))
			return 3;
		if (arg != NULL ? flock(fd, LOCK_UN) :
				  lock(fd, F_SETLK, F_UNLCK, 0, 0))
			return 4;
	}
	return 0;
}

static void test_counting(char *which, const char *name)
{
	int fd = again(), value = 0, status, bad = 0;

	pwrite(fd, &value, sizeof(value), 0);
	for (int i = 0; i < COUNTERS; i++)
		if (tap_fork() == 0)
			_exit(count_up(which));
	while (wait(&status) > 0)
		bad += status != 0;
	pread(fd, &value, sizeof(value), 0);
	is_int(bad, 0, "%s: nobody fails", name);
	is_int(value, COUNTERS * COUNTS, "%s: no count is lost", name);
	close(fd);
}

struct wish {
	int fd, type;
};

static int lock_ten(void *arg)
{
	const struct wish *wish = arg;

	return lock(wish->fd, F_SETLKW, wish->type, 10, 10) == 0 ? 0 : 1;
}

/* Who waits for a part goes on when that is given up, or shared. */
static void test_parts(void)
{
	struct wish wish = { again(), F_WRLCK };
	pid_t pid;

	lock(wish.fd, F_SETLK, F_WRLCK, 0, 100);
	pid = start_sleeper(lock_ten, &wish);
	lock(wish.fd, F_SETLK, F_UNLCK, 5, 20);
	is_exit(end_of(pid), 0, "a piece out of the middle is given up");
	wish.type = F_RDLCK;
	lock(wish.fd, F_SETLK, F_WRLCK, 0, 100);
	pid = start_sleeper(lock_ten, &wish);
	lock(wish.fd, F_SETLK, F_RDLCK, 0, 50);
	is_exit(end_of(pid), 0, "the first half is shared");
	close(wish.fd);
}

static int hold_and_die(void *arg)
{
	int fd = again();

	flock(fd, LOCK_EX);
	lock(fd, F_SETLK, F_WRLCK, 0, 0);
	return arg != NULL;
}

/* ---- too many ---- */

/* Each second byte from @from on: how many could be locked, of @most. */
static long lock_many(int fd, long from, long most)
{
	long n = 0;

	while (n < most && lock(fd, F_SETLK, F_WRLCK, from + 2 * n, 1) == 0)
		n++;
	return n;
}

/* 0; 77: without a bound, as on Linux. */
static int have_too_many(void *unused TAP_UNUSED)
{
	int fd = open(path, O_RDWR), shared = open("/", O_RDONLY);
	long n;

	if (setuid(4242) < 0 || lock(fd, F_SETLK, F_WRLCK, 0, 9) != 0)
		return 1;
	n = lock_many(fd, 10, TOO_MANY);
	if (n == TOO_MANY)
		return 77;
	if (errno != ENOLCK || n < 100)
		return 2;
	if (lock(fd, F_SETLK, F_UNLCK, 10, 1) != 0)
		return 3;
	if (lock_many(fd, 2 * TOO_MANY, 3) > 1)
		return 4; /* gave one up, got more */
	lock_many(fd, 10, 1);
	if (lock(fd, F_SETLK, F_UNLCK, 4, 1) == 0 && /* the last place */
	    (lock(fd, F_SETLK, F_UNLCK, 2, 1) != -1 || errno != ENOLCK))
		return 5; /* two of one */
	if (flock(shared, LOCK_SH) != -1 || errno != ENOLCK)
		return 6;
	if (lock(fd, F_SETLK, F_UNLCK, 10, 2 * n) != 0)
		return 7;
	if (flock(shared, LOCK_SH) != 0 || lock_many(fd, 10, n) < n - 3)
		return 8;
	close(fd); /* all of them go */
	fd = open(path, O_RDWR);
	return lock_many(fd, 0, n) == n ? 0 : 9;
}

static void test_too_many(void)
{
	int status = in_child(have_too_many, NULL);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(1, "a user has locks without a bound");
	else
		is_exit(status, 0, "a user's locks have a bound");
}

int main(void)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	test_flock();
	test_flock_wait();
	test_ranges();
	test_neighbours();
	test_parts();
	test_errors();
	test_counting(NULL, "fcntl");
	test_counting("flock", "flock");
	is_exit(in_child(hold_and_die, NULL), 0, "a holder dies");
	is_int(flock(fd, LOCK_EX | LOCK_NB), 0, "its flock() is gone");
	seen_by_child(fd, F_UNLCK, 0, 0, 0, 0, "and its fcntl() lock");
	fchmod(fd, 0666);
	if (getuid() != 0 || under_qemu_user())
		skip(1, "only root can become a user of his own");
	else
		test_too_many();
	unlink(path);
	return done_testing();
}
