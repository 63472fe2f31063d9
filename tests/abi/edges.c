/*
 * tests/abi/edges.c
 *
 * Claim    The last number that a call takes is taken, the next one is refused:
 *          of signals, priorities, vectors, words of time, sizes, counts and places.
 * Method   Each call with the one and with the other.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <grp.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>

enum { LAST_SIGNAL = 64, VECTORS = 1024, PAGE = 4096, BILLION = 1000000000 };

/* ---- signals and priorities ---- */

static void test_signals(void)
{
	is_int(syscall(SYS_kill, getpid(), 0), 0, "signal 0 is none, and may be sent");
	fails(syscall(SYS_kill, getpid(), LAST_SIGNAL + 1), EINVAL, "65 may not");
	fails(syscall(SYS_kill, getpid(), -1), EINVAL, "nor -1");
	is_int(syscall(SYS_rt_sigaction, LAST_SIGNAL, NULL, NULL, 8), 0, "64 has an action");
	fails(syscall(SYS_rt_sigaction, LAST_SIGNAL + 1, NULL, NULL, 8), EINVAL, "65 has not");
	fails(syscall(SYS_rt_sigaction, 0, NULL, NULL, 8), EINVAL, "nor 0");
	fails(syscall(SYS_rt_sigaction, 1, NULL, NULL, 16), EINVAL, "a set has 8 bytes");
}

static int set_priority(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return sched_setscheduler(0, policy, &param);
}

static int try_priorities(void *unused TAP_UNUSED)
{
	if (set_priority(SCHED_FIFO, 1) != 0 || set_priority(SCHED_FIFO, 99) != 0)
		return errno == EPERM ? 0 : 1;
	if (set_priority(SCHED_FIFO, 0) == 0 || errno != EINVAL)
		return 2;
	if (set_priority(SCHED_FIFO, 100) == 0 || errno != EINVAL)
		return 3;
	if (set_priority(SCHED_OTHER, 1) == 0 || errno != EINVAL)
		return 4;
	return set_priority(SCHED_OTHER, 0);
}

static int try_nice(void *unused TAP_UNUSED)
{
	if (setpriority(PRIO_PROCESS, 0, 20) != 0 || getpriority(PRIO_PROCESS, 0) != 19)
		return 1;
	if (setpriority(PRIO_USER + 1, 0, 0) == 0 || errno != EINVAL)
		return 2;
	return setpriority(PRIO_PROCESS - 1, 0, 0) != -1 || errno != EINVAL;
}

static void test_priorities(void)
{
	is_exit(in_child(try_priorities, NULL), 0, "priorities are 1 to 99");
	is_exit(in_child(try_nice, NULL), 0, "who is as nice as can be is 19");
}

/* ---- vectors ---- */

static void test_vectors(void)
{
	static struct iovec iov[VECTORS + 1];
	static struct pollfd polled[9];
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
	struct rlimit files, few = { 8, 8 };
	char byte;

	for (int i = 0; i <= VECTORS; i++)
		iov[i] = (struct iovec){ &byte, 1 };
	is_int(readv(fd, iov, VECTORS), VECTORS, "1024 pieces are read");
	fails(readv(fd, iov, VECTORS + 1), EINVAL, "not 1025");
	is_int(writev(fd, iov, VECTORS), VECTORS, "1024 are written");
	fails(writev(fd, iov, VECTORS + 1), EINVAL, "not 1025");
	fails(syscall(SYS_writev, fd, iov, -1), EINVAL, "nor -1");
	is_int(readv(fd, iov, 0), 0, "none is nothing");
	close(fd);
	getrlimit(RLIMIT_NOFILE, &files);
	few.rlim_max = files.rlim_max;
	for (int i = 0; i < 9; i++)
		polled[i].fd = -1;
	setrlimit(RLIMIT_NOFILE, &few);
	is_int(poll(polled, 8, 0), 0, "as many are polled as may be open");
	if (!skip_under_qemu(1, "asks in pieces"))
		fails(poll(polled, 9, 0), EINVAL, "not one more");
	setrlimit(RLIMIT_NOFILE, &files);
	fails(select(-1, NULL, NULL, NULL, NULL), EINVAL, "nobody selects -1");
}

/* ---- words of time ---- */

static void test_times(void)
{
	struct timespec last = { 0, BILLION - 1 }, too_much = { 0, BILLION }, past = { -1, 0 };
	struct itimerval second = { .it_value = { 0, 1000000 } };
	struct itimerspec soon = { .it_value = { 100, BILLION - 1 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	is_int(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &last, NULL), 0,
	       "999,999,999 nanoseconds");
	is_int(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &too_much, NULL), EINVAL,
	       "not one more");
	fails(nanosleep(&past, NULL), EINVAL, "not before now");
	fails(ppoll(NULL, 0, &too_much, NULL), EINVAL, "not in ppoll()");
	fails(sigtimedwait(&none, NULL, &too_much), EINVAL, "nor in sigtimedwait()");
	fails(setitimer(ITIMER_REAL, &second, NULL), EINVAL, "a million microseconds");
	is_int(timerfd_settime(fd, 0, &soon, NULL), 0, "a timerfd takes the last");
	soon.it_value.tv_nsec++;
	fails(timerfd_settime(fd, 0, &soon, NULL), EINVAL, "and not the next");
	close(fd);
}

/* ---- counters, sets, queues ---- */

static void test_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t most = UINT64_MAX - 1, too_much = UINT64_MAX, one = 1, value = 0;

	fails(write(fd, &too_much, 8), EINVAL, "2^64 - 1 is no number of events");
	is_int(write(fd, &most, 8), 8, "2^64 - 2 is");
	fails(write(fd, &one, 8), EAGAIN, "there is no room for another");
	fails(write(fd, &one, 7), EINVAL, "nor for seven bytes");
	is_int(read(fd, &value, 8), 8, "they are read");
	ok(value == most, "all of them");
	close(fd);
	fails(epoll_create(0), EINVAL, "no epoll for none");
	is_int(close(epoll_create(1)), 0, "one for one");
}

static void test_semaphores(void)
{
	enum { SEMS = 3, VALUE = 32767, OPS = 500 };
	static struct sembuf ops[OPS + 1];
	int set = semget(IPC_PRIVATE, SEMS, 0600);
	struct sembuf last = { SEMS - 1, 0, 0 }, beyond = { SEMS, 0, 0 };

	if (set < 0) {
		skip(10, "no semaphores");
		return;
	}
	is_int(semop(set, &last, 1), 0, "the last semaphore");
	fails(semop(set, &beyond, 1), EFBIG, "the one behind it");
	is_int(semctl(set, SEMS - 1, SETVAL, VALUE), 0, "is 32,767");
	fails(semctl(set, SEMS, SETVAL, 1), EINVAL, "the one behind it is nothing");
	fails(semctl(set, SEMS - 1, SETVAL, VALUE + 1), ERANGE, "32,768 is too much");
	fails(semctl(set, SEMS - 1, SETVAL, -1), ERANGE, "and -1 too little");
	is_int(semctl(set, SEMS - 1, SETVAL, 0), 0, "0 is not");
	is_int(semop(set, ops, OPS), 0, "500 operations at once");
	fails(semop(set, ops, OPS + 1), E2BIG, "not one more");
	fails(semop(set, ops, 0), EINVAL, "nor none");
	semctl(set, 0, IPC_RMID);
}

static void test_messages(void)
{
	enum { MOST = 8192 };
	static struct {
		long type;
		char text[MOST + 1];
	} m = { .type = 7 }, got;
	int queue = msgget(IPC_PRIVATE, 0600);

	if (queue < 0) {
		skip(6, "no queues");
		return;
	}
	is_int(msgsnd(queue, &m, MOST, IPC_NOWAIT), 0, "a message of 8192 bytes");
	fails(msgsnd(queue, &m, MOST + 1, IPC_NOWAIT), EINVAL, "not of one more");
	is_int(msgrcv(queue, &got, MOST, 7, IPC_NOWAIT), MOST, "comes");
	is_int(msgsnd(queue, &m, 0, IPC_NOWAIT), 0, "one of none");
	fails(msgrcv(queue, &got, MOST, -6, IPC_NOWAIT), ENOMSG, "is of no type up to 6");
	is_int(msgrcv(queue, &got, MOST, -7, IPC_NOWAIT), 0, "but of one up to 7");
	msgctl(queue, IPC_RMID, NULL);
}

static void test_waitv(void)
{
	enum { MOST = 128, SYS_WAITV = 449 };
	static struct futex_waitv many[MOST + 1];
	static uint32_t word = 1;

	for (int i = 0; i <= MOST; i++)
		many[i] = (struct futex_waitv){ .uaddr = (uintptr_t)&word,
						.flags = FUTEX_32 };
	if (syscall(SYS_WAITV, many, MOST, 0, NULL, 0) < 0 && errno == ENOSYS) {
		skip(3, "no futex_waitv()");
		return;
	}
	fails(syscall(SYS_WAITV, many, MOST, 0, NULL, 0), EAGAIN, "128 words at once");
	fails(syscall(SYS_WAITV, many, MOST + 1, 0, NULL, 0), EINVAL, "not one more");
	fails(syscall(SYS_WAITV, many, 0, 0, NULL, 0), EINVAL, "nor none");
}

/* ---- places ---- */

static void test_files(void)
{
	int fd = open("edges", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char cwd[PATH_MAX], byte = 1;
	size_t length;

	is_int(pwrite(fd, &byte, 1, 0), 1, "the first byte");
	fails(pwrite(fd, &byte, 1, -1), EINVAL, "not the one before");
	ok(pwrite(fd, &byte, 1, LONG_MAX) < 0 && (errno == EFBIG || errno == EINVAL),
	   "nor the last that there could be");
	is_int(lseek(fd, -1, SEEK_END), 0, "back by as much as there is");
	fails(lseek(fd, -2, SEEK_END), EINVAL, "not by more");
	fails(lseek(fd, -ENXIO, SEEK_SET), EINVAL,
	      "nor to a place whose number is an error's");
	is_int(lseek(fd, 0, SEEK_DATA), 0, "data at the beginning");
	fails(lseek(fd, 1, SEEK_DATA), ENXIO, "none at the end");
	fails(ftruncate(fd, -1), EINVAL, "no length below none");
	is_int(ftruncate(fd, 0), 0, "none is one");
	close(fd);
	unlink("edges");
	length = strlen(getcwd(cwd, sizeof(cwd))) + 1;
	is_int(syscall(SYS_getcwd, cwd, length), (long)length, "just the room for a path");
	fails(syscall(SYS_getcwd, cwd, length - 1), ERANGE, "a byte too little");
}

static void test_descriptors(void)
{
	struct rlimit files, few = { 20, 0 };

	getrlimit(RLIMIT_NOFILE, &files);
	few.rlim_max = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &few);
	is_int(dup2(0, 19), 19, "the last descriptor");
	fails(dup2(0, 20), EBADF, "the one behind it");
	fails(dup2(0, -1), EBADF, "the one before the first");
	close(19);
	is_int(fcntl(0, F_DUPFD, 19), 19, "the first free one from 19 on");
	fails(fcntl(0, F_DUPFD, 19), EMFILE, "there is no other");
	fails(fcntl(0, F_DUPFD, 20), EINVAL, "and none from 20 on");
	close(19);
	setrlimit(RLIMIT_NOFILE, &files);
}

/* What is asked of a range ends with it, though others are mapped just behind. */
static void test_ranges(void)
{
	char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char there[4];

	memset(area, 1, 4 * PAGE);
	is_int(mprotect(area + PAGE, PAGE, PROT_READ), 0, "a page becomes another mapping");
	is_int(mprotect(area + 2 * PAGE, PAGE, PROT_READ), 0, "and so does the next");
	is_int(munmap(area + 3 * PAGE, PAGE), 0, "the last one goes");
	is_int(mincore(area, 3 * PAGE, there), 0, "all that is left is there");
	fails(mincore(area, 3 * PAGE + 1, there), ENOMEM, "a byte more is not");
	is_int(msync(area, 3 * PAGE, MS_ASYNC), 0, "it is synced");
	fails(msync(area, 3 * PAGE + 1, MS_ASYNC), ENOMEM, "a byte more is not");
	is_int(madvise(area, 3 * PAGE, MADV_NORMAL), 0, "advice is taken of it");
	if (!skip_under_qemu(1, "takes any advice"))
		fails(madvise(area, 4 * PAGE, MADV_NORMAL), ENOMEM, "not of a page more");
	is_int(mprotect(area, 3 * PAGE, PROT_READ | PROT_WRITE), 0, "all can be written");
	fails(mprotect(area, 4 * PAGE, PROT_READ), ENOMEM, "but for a page more");
	munmap(area, 3 * PAGE);
}

int main(void)
{
	test_signals();
	test_priorities();
	test_vectors();
	test_times();
	test_eventfd();
	test_semaphores();
	test_messages();
	test_waitv();
	test_files();
	test_descriptors();
	test_ranges();
	return done_testing();
}
