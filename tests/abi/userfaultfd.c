/*
 * tests/abi/userfaultfd.c
 *
 * Claim    Who touches a missing page of a registered range waits, whether his program
 *          does it or the kernel for him, until somebody has filled it by a copy or
 *          with zeros and woken him; the file tells of him. What is forgotten by
 *          madvise() is missing again; a child, what was moved, and a range that is
 *          not registered any more, or whose file is closed, are as any memory. A
 *          signal comes before the page, a fatal one ends the wait.
 * Method   A thread touches, by a load, a store, or a call; the test reads the file,
 *          which waits until it is asked, and answers.
 * Oracle   Linux 6.12; what the thread has found.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef UFFD_FEATURE_EXACT_ADDRESS
#define UFFD_FEATURE_EXACT_ADDRESS (1 << 11)
#endif

enum { PAGE = 4096, PAGES = 8, SIZE = PAGES * PAGE, USER = 4249 };

static char *range;
static int pipe_ends[2];

static int new_fd(int flags, uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | flags);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0)
		bail_out("userfaultfd: %s", strerror(errno));
	return fd;
}

static int do_register(int fd, void *start, size_t length)
{
	struct uffdio_register r = { .range = { (uintptr_t)start, length },
				     .mode = UFFDIO_REGISTER_MODE_MISSING };

	return ioctl(fd, UFFDIO_REGISTER, &r);
}

static int unregister(int fd, void *start, size_t length)
{
	struct uffdio_range r = { (uintptr_t)start, length };

	return ioctl(fd, UFFDIO_UNREGISTER, &r);
}

static int wake(int fd, void *start, size_t length)
{
	struct uffdio_range r = { (uintptr_t)start, length };

	return ioctl(fd, UFFDIO_WAKE, &r);
}

static long long copied;

static int copy(int fd, void *to, char c, size_t length, uint64_t mode)
{
	static char bytes[SIZE];
	struct uffdio_copy u = { .dst = (uintptr_t)to, .src = (uintptr_t)bytes,
				 .len = length, .mode = mode };
	int result;

	memset(bytes, c, sizeof(bytes));
	result = ioctl(fd, UFFDIO_COPY, &u);
	copied = u.copy;
	return result;
}

static int zero(int fd, void *to, size_t length, uint64_t mode)
{
	struct uffdio_zeropage u = { .range = { (uintptr_t)to, length },
				     .mode = mode };
	int result = ioctl(fd, UFFDIO_ZEROPAGE, &u);

	copied = u.zeropage;
	return result;
}

/* The next who is told of: where he is, and how. */
static bool asked(int fd, const void *where, bool write)
{
	struct uffd_msg m;

	return read(fd, &m, sizeof(m)) == sizeof(m) &&
	       m.event == UFFD_EVENT_PAGEFAULT &&
	       m.arg.pagefault.address == (uintptr_t)where &&
	       m.arg.pagefault.flags == (write ? UFFD_PAGEFAULT_FLAG_WRITE : 0);
}

/* All of it is mapped, and nothing there. */
static void new_range(void)
{
	if (range != NULL)
		munmap(range, SIZE);
	range = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (range == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
}

/* ---- who touches ---- */

enum how { LOADS, STORES, READS, WRITES };

static struct touch {
	pthread_t thread;
	volatile pid_t tid;
	volatile char *at;
	enum how how;
	long result; /* of the call, or the byte that was found */
	int error;
} touches[2];

static void *touch(void *arg)
{
	struct touch *t = arg;

	t->tid = gettid();
	switch (t->how) {
	case LOADS:
		t->result = *t->at;
		break;
	case STORES:
		*t->at = '!';
		break;
	case READS:
		t->result = read(pipe_ends[0], (void *)t->at, 1);
		break;
	case WRITES:
		t->result = write(pipe_ends[1], (void *)t->at, 1);
		break;
	}
	t->error = errno;
	return NULL;
}

static struct touch *start(int n, void *at, enum how how)
{
	struct touch *t = &touches[n];

	*t = (struct touch){ .at = at, .how = how };
	if (pthread_create(&t->thread, NULL, touch, t) != 0)
		bail_out("pthread_create: %s", strerror(errno));
	return t;
}

static long result_of(struct touch *t)
{
	pthread_join(t->thread, NULL);
	return t->result;
}

/* ---- the beginning ---- */

static void test_api(void)
{
	struct uffdio_api api = { .api = UFFD_API + 1 };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char message[32];

	ok(fd >= 0, "a file");
	fails(do_register(fd, range, SIZE), EINVAL, "before it is said which API");
	fails(read(fd, message, sizeof(message)), EINVAL, "nothing is told");
	ok(poll(&ready, 1, 0) == 1 && ready.revents == POLLERR, "nor polled for");
	fails(ioctl(fd, UFFDIO_API, &api), EINVAL, "another API");
	ok(api.api == 0 && api.features == 0 && api.ioctls == 0, "is answered by zeros");
	api = (struct uffdio_api){ .api = UFFD_API, .features = 1ULL << 50 };
	fails(ioctl(fd, UFFDIO_API, &api), EINVAL, "with what nobody knows");
	api = (struct uffdio_api){ .api = UFFD_API };
	is_int(ioctl(fd, UFFDIO_API, &api), 0, "this one");
	ok((api.features & UFFD_FEATURE_SIGBUS) && !(api.features & (1ULL << 50)) &&
	   (api.ioctls & (1ULL << _UFFDIO_REGISTER)), "says what there is");
	fails(ioctl(fd, UFFDIO_API, &api), EINVAL, "it is said once");
	fails(read(fd, message, sizeof(message)), EAGAIN, "nobody asks");
	fails(read(fd, message, 31), EINVAL, "too small");
	is_int(poll(&ready, 1, 0), 0, "nothing to poll for");
	fails(ioctl(fd, 0xaa55, 0), EINVAL, "no such call");
	close(fd);
	fails(syscall(SYS_userfaultfd, 2), EINVAL, "no such flag");
}

/* ---- answers ---- */

static void test_copy(void)
{
	int fd = new_fd(0, 0);
	struct touch *t;

	new_range();
	is_int(do_register(fd, range, SIZE), 0, "a range");
	t = start(0, range + 5, LOADS);
	ok(asked(fd, range, false), "a load of its first page");
	is_int(copy(fd, range, 'a', PAGE, 0), 0, "is given a copy");
	is_int(copied, PAGE, "all of it");
	is_int(result_of(t), 'a', "and finds it");
	t = start(0, range + 2 * PAGE - 1, STORES);
	ok(asked(fd, range + PAGE, true), "a store to the second");
	is_int(zero(fd, range + PAGE, PAGE, 0), 0, "is given zeros");
	is_int(copied, PAGE, "a page");
	result_of(t);
	ok(range[PAGE] == 0 && range[2 * PAGE - 1] == '!', "and stores into them");
	fails(copy(fd, range, 'b', PAGE, 0), EEXIST, "what is there");
	is_int(copied, -EEXIST, "is not filled");
	fails(zero(fd, range, PAGE, 0), EEXIST, "nor with zeros");
	is_int(range[0], 'a', "it is as it was");
	is_int(copy(fd, range + 2 * PAGE, 'c', PAGE, 0), 0, "before anybody asks");
	is_int(range[2 * PAGE], 'c', "nobody does");
	is_int(copy(fd, range + 3 * PAGE, 'd', 2 * PAGE, 0), 0, "two pages");
	fails(copy(fd, range + 4 * PAGE, 'e', 2 * PAGE, 0), EEXIST,
	      "the first of two is there");
	madvise(range + 3 * PAGE, PAGE, MADV_DONTNEED);
	fails(copy(fd, range + 3 * PAGE, 'e', 2 * PAGE, 0), EAGAIN,
	      "the second is there");
	is_int(copied, PAGE, "one is filled");
	ok(range[3 * PAGE] == 'e' && range[4 * PAGE] == 'd', "that one");
	t = start(0, range, LOADS);
	is_int(result_of(t), 'a', "who needs none waits for none");
	close(fd);
}

static void test_waking(void)
{
	int fd = new_fd(0, 0);
	struct touch *a, *b;

	new_range();
	do_register(fd, range, SIZE);
	a = start(0, range, LOADS);
	ok(asked(fd, range, false), "one asks");
	b = start(1, range + PAGE, LOADS);
	ok(asked(fd, range + PAGE, false), "and another");
	wait_until_thread_asleep(&a->tid);
	wait_until_thread_asleep(&b->tid);
	copy(fd, range, 'a', PAGE, UFFDIO_COPY_MODE_DONTWAKE);
	copy(fd, range + PAGE, 'b', PAGE, UFFDIO_COPY_MODE_DONTWAKE);
	ok(is_asleep(getpid(), a->tid) && is_asleep(getpid(), b->tid),
	   "they sleep although it is there");
	is_int(wake(fd, range + PAGE, PAGE), 0, "the second is woken");
	is_int(result_of(b), 'b', "and finds it");
	ok(is_asleep(getpid(), a->tid), "the first is not");
	wake(fd, range, SIZE);
	is_int(result_of(a), 'a', "until he is");
	a = start(0, range + 2 * PAGE, LOADS);
	ok(asked(fd, range + 2 * PAGE, false), "a third page");
	wake(fd, range + 2 * PAGE, PAGE);
	ok(asked(fd, range + 2 * PAGE, false), "who is woken for nothing asks again");
	zero(fd, range + 2 * PAGE, PAGE, 0);
	is_int(result_of(a), 0, "and gets it");
	close(fd);
}

/* ---- for the kernel ---- */

static void test_kernel(void)
{
	int fd = new_fd(0, 0);
	struct touch *t;
	char c = 0;

	new_range();
	do_register(fd, range, SIZE);
	if (write(pipe_ends[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	t = start(0, range + 7, READS);
	ok(asked(fd, range, true), "read() to a missing page");
	copy(fd, range, 'a', PAGE, 0);
	is_int(result_of(t), 1, "waits for it");
	ok(range[6] == 'a' && range[7] == 'x', "and stores into it");
	t = start(0, range + PAGE, WRITES);
	ok(asked(fd, range + PAGE, false), "write() from a missing page");
	copy(fd, range + PAGE, 'b', PAGE, 0);
	is_int(result_of(t), 1, "waits for it");
	ok(read(pipe_ends[0], &c, 1) == 1 && c == 'b', "and has its bytes");
	close(fd);
}

/* ---- how it ends ---- */

static void test_end(void)
{
	int fd = new_fd(0, 0);
	struct touch *t;

	new_range();
	do_register(fd, range, SIZE);
	t = start(0, range, LOADS);
	ok(asked(fd, range, false), "one waits");
	is_int(unregister(fd, range, PAGE), 0, "its page is not registered any more");
	is_int(result_of(t), 0, "it is any page");
	fails(copy(fd, range, 'a', PAGE, 0), ENOENT, "nobody fills it");
	t = start(0, range + PAGE, LOADS);
	ok(asked(fd, range + PAGE, false), "those beside it are");
	close(fd);
	is_int(result_of(t), 0, "until the file is closed");
	range[2 * PAGE] = 'x';
	is_int(range[2 * PAGE], 'x', "then all are any pages");
}

static void test_again(void)
{
	int fd = new_fd(0, 0);
	struct touch *t;
	char *moved;

	new_range();
	do_register(fd, range, SIZE);
	copy(fd, range, 'a', PAGE, 0);
	madvise(range, PAGE, MADV_DONTNEED);
	t = start(0, range, LOADS);
	ok(asked(fd, range, false), "what was forgotten is missing");
	copy(fd, range, 'b', PAGE, 0);
	is_int(result_of(t), 'b', "and comes again");
	mprotect(range + PAGE, PAGE, PROT_READ);
	t = start(0, range + PAGE, LOADS);
	ok(asked(fd, range + PAGE, false), "with other rights");
	copy(fd, range + PAGE, 'c', PAGE, 0);
	is_int(result_of(t), 'c', "it is asked for, too");
	moved = mremap(range + 4 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       range + 6 * PAGE);
	is_int(moved[0], 0, "what was moved is as any memory");
	pid_t child = tap_fork();

	if (child == 0)
		_exit(range[0] == 'b' && range[5 * PAGE] == 0 ? 0 : 1);
	int status;

	waitpid(child, &status, 0);
	is_exit(status, 0, "and so is a child's");
	close(fd);
}

static volatile sig_atomic_t handled;

static void on_signal(int sig)
{
	handled = sig;
}

static void test_signals(void)
{
	int fd = new_fd(0, 0), status;
	struct touch *t;

	new_range();
	do_register(fd, range, SIZE);
	signal(SIGUSR1, on_signal);
	t = start(0, range, LOADS);
	ok(asked(fd, range, false), "one waits");
	pthread_kill(t->thread, SIGUSR1);
	ok(asked(fd, range, false), "after a signal he asks again");
	is_int(handled, SIGUSR1, "it was handled");
	copy(fd, range, 'a', PAGE, 0);
	is_int(result_of(t), 'a', "and gets his page");
	close(fd);
	for (int kernel = 0; kernel < 2; kernel++) {
		pid_t child = tap_fork();

		if (child == 0) {
			fd = new_fd(0, 0);
			new_range();
			do_register(fd, range, SIZE);
			t = start(0, range, kernel ? READS : LOADS);
			if (kernel && write(pipe_ends[1], "x", 1) != 1)
				_exit(1);
			asked(fd, range, kernel);
			tap_kill(getpid(), SIGKILL);
			_exit(2);
		}
		waitpid(child, &status, 0);
		is_killed(status, SIGKILL, "who waits in %s is killed",
			  kernel ? "a call" : "his program");
	}
}

/* Nobody is left to bring it a page. */
static void test_core(void)
{
	static const char name[] = "/tmp/userfaultfd.core";
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	char old[200] = "";
	int fd = open("/proc/sys/kernel/core_pattern", O_RDWR), status;

	if (fd < 0 || read(fd, old, sizeof(old) - 1) < 0 ||
	    pwrite(fd, name, sizeof(name) - 1, 0) < 0)
		bail_out("core_pattern: %s", strerror(errno));
	pid_t child = tap_fork();

	if (child == 0) {
		setrlimit(RLIMIT_CORE, &all);
		new_range();
		do_register(new_fd(0, 0), range, SIZE);
		abort();
	}
	waitpid(child, &status, 0);
	is_killed(status, SIGABRT, "who dies with missing pages");
	ok(WCOREDUMP(status), "leaves a core all the same");
	unlink(name);
	(void)!pwrite(fd, old, strlen(old), 0);
	close(fd);
}

/* ---- other ways ---- */

static sigjmp_buf back;
static void *volatile fault_at;

static void on_sigbus(int sig TAP_UNUSED, siginfo_t *info,
		      void *context TAP_UNUSED)
{
	fault_at = info->si_addr;
	siglongjmp(back, 1);
}

static void test_sigbus(void)
{
	int fd = new_fd(O_NONBLOCK, UFFD_FEATURE_SIGBUS);
	struct sigaction act = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };
	char message[32];

	new_range();
	do_register(fd, range, SIZE);
	sigaction(SIGBUS, &act, NULL);
	if (sigsetjmp(back, 1) == 0)
		range[3] = 1;
	ok(fault_at == range + 3, "SIGBUS instead of a wait");
	if (write(pipe_ends[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	fails(read(pipe_ends[0], range, 1), EFAULT, "and EFAULT");
	fails(read(fd, message, sizeof(message)), EAGAIN, "nobody is told");
	copy(fd, range, 'a', PAGE, 0);
	is_int(range[3], 'a', "a page is filled all the same");
	(void)!read(pipe_ends[0], message, 1);
	close(fd);
}

static void test_exact(void)
{
	int fd = new_fd(0, UFFD_FEATURE_EXACT_ADDRESS);
	struct touch *t;

	new_range();
	do_register(fd, range, SIZE);
	t = start(0, range + 77, LOADS);
	ok(asked(fd, range + 77, false), "the very address");
	copy(fd, range, 'a', PAGE, 0);
	is_int(result_of(t), 'a', "of a page");
	close(fd);
}

/* ---- what is refused ---- */

static void test_refused(void)
{
	int fd = new_fd(0, 0), other = new_fd(0, 0);
	struct uffdio_register r = { .range = { 0, PAGE } };

	new_range();
	r.range.start = (uintptr_t)range;
	fails(ioctl(fd, UFFDIO_REGISTER, &r), EINVAL, "in no mode");
	r.mode = 1 << 5;
	fails(ioctl(fd, UFFDIO_REGISTER, &r), EINVAL, "in an unknown mode");
	fails(do_register(fd, range + 1, PAGE), EINVAL, "no page");
	fails(do_register(fd, range, PAGE + 1), EINVAL, "no whole pages");
	fails(do_register(fd, range, 0), EINVAL, "none at all");
	is_int(do_register(fd, range, 2 * PAGE), 0, "two pages");
	is_int(do_register(fd, range, 2 * PAGE), 0, "once more");
	fails(do_register(other, range + PAGE, PAGE), EBUSY, "another's");
	is_int(copy(other, range, 'a', PAGE, 0), 0, "who may fill it all the same");
	fails(copy(fd, range + 2 * PAGE, 'a', PAGE, 0), ENOENT, "not registered");
	fails(copy(fd, range + 1, 'a', PAGE, 0), EINVAL, "to no page");
	fails(copy(fd, range, 'a', PAGE, 1 << 9), EINVAL, "in an unknown way");
	fails(zero(fd, range, PAGE, 1 << 9), EINVAL, "nor zeros");
	fails(wake(fd, range, 1), EINVAL, "no page to wake for");
	munmap(range, SIZE);
	fails(do_register(fd, range, PAGE), EINVAL, "nothing is mapped");
	range = NULL;
	close(fd);
	close(other);
}

/* How much is not as it should be. */
static int as_user(void)
{
	int failed = 0, fd;

	new_range();
	if (setresuid(USER, USER, USER) != 0)
		return 1;
	failed += !(syscall(SYS_userfaultfd, 0) == -1 && errno == EPERM);
	fd = new_fd(UFFD_USER_MODE_ONLY, 0);
	failed += do_register(fd, range, SIZE) != 0;
	failed += !(write(pipe_ends[1], range, 1) == -1 && errno == EFAULT);

	struct touch *t = start(0, range, LOADS);

	failed += !asked(fd, range, false);
	copy(fd, range, 'u', PAGE, 0);
	return failed + (result_of(t) != 'u');
}

static void test_user(void)
{
	pid_t child = tap_fork();
	int status;

	if (child == 0)
		_exit(as_user());
	waitpid(child, &status, 0);
	is_exit(status, 0, "who is not root makes no call wait");
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user has no userfaultfd()");
	if (geteuid() != 0)
		skip_all("who is not root makes no call wait");
	if (pipe(pipe_ends) != 0)
		bail_out("pipe: %s", strerror(errno));
	new_range();
	test_api();
	test_copy();
	test_waking();
	test_kernel();
	test_end();
	test_again();
	test_signals();
	test_core();
	test_sigbus();
	test_exact();
	test_refused();
	test_user();
	return done_testing();
}
