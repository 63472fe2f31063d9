/*
 * tests/abi/limits.c
 *
 * Claim    What a user can make without end has an end, and the call that
 *          meets it says so: mappings (vm.max_map_count), address space, data,
 *          the size of a file, threads of a user, queued signals, locked
 *          memory; and one mapping of more than the machine has.
 * Method   Each in a child with a small limit; as root only where the limit
 *          is for everybody.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE, MIB = 1 << 20, USER = 4242 };

static void limit(int resource, unsigned long value)
{
	struct rlimit l = { value, value };

	if (setrlimit(resource, &l) < 0)
		bail_out("setrlimit: %s", strerror(errno));
}

static void *map(unsigned long bytes, int prot)
{
	return mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static bool is_refused(void *p, int err)
{
	return p == MAP_FAILED && errno == err;
}

/* ---- the number of mappings ---- */

/* Every second page of @base gets other rights: how many could. */
static long cut(char *base, long pages)
{
	long n = 0;

	while (n < pages && mprotect(base + 2 * n * PAGE, PAGE, RW) == 0)
		n++;
	return n;
}

/* Holes in what is left of it, each of which makes two mappings of one. */
static long punch(char *rest)
{
	long n = 0;

	while (n < 10 && munmap(rest + (2 * n + 2) * PAGE, PAGE) == 0)
		n++;
	return n;
}

static void test_map_count(void)
{
	long max = read_number("/proc/sys/vm/max_map_count");
	char *base = map(2L * max * PAGE, PROT_NONE), *one;
	long cuts;

	if (!ok(max >= 65530 && base != MAP_FAILED, "max_map_count"))
		return;
	cuts = cut(base, max);
	ok(cuts < max / 2 && errno == ENOMEM, "%ld mappings were cut", cuts);
	ok(punch(base + 2 * cuts * PAGE) <= 2 && errno == ENOMEM,
	   "a hole would be one more");
	is_int(munmap(base, PAGE), 0, "a whole mapping can go");
	is_int(munmap(base + PAGE, PAGE), 0, "and another");
	one = map(PAGE, PROT_READ);
	ok(one != MAP_FAILED, "then there is room again");
	is_int(munmap(base, 2L * max * PAGE), 0, "all of them go");
	munmap(one, PAGE);
}

/* ---- how much is mapped ---- */

static unsigned long address_space(void)
{
	return read_number("/proc/self/statm") * PAGE;
}

static int within_address_space(void *unused TAP_UNUSED)
{
	char *p = map(PAGE, RW);

	limit(RLIMIT_AS, address_space() + MIB);
	if (!is_refused(map(2 * MIB, PROT_READ), ENOMEM))
		return 1;
	if (!is_refused(mremap(p, PAGE, 2 * MIB, MREMAP_MAYMOVE), ENOMEM))
		return 2;
	if (sbrk(2 * MIB) != (void *)-1)
		return 3;
	return map(MIB / 2, PROT_READ) == MAP_FAILED ? 4 : 0;
}

static int within_data(void *unused TAP_UNUSED)
{
	char *p = map(2 * MIB, PROT_READ);

	limit(RLIMIT_DATA, 0);
	if (!is_refused(map(2 * MIB, RW), ENOMEM))
		return 1;
	if (map(2 * MIB, PROT_READ) == MAP_FAILED)
		return 2;
	if (mprotect(p, 2 * MIB, RW) != -1 || errno != ENOMEM)
		return 3;
	return sbrk(2 * MIB) != (void *)-1 ? 4 : 0;
}

/* ---- promises ---- */

#define HUGE (200UL << 30)

static void *promise(unsigned long bytes, int prot, int flags)
{
	return mmap(NULL, bytes, prot, MAP_ANONYMOUS | flags, -1, 0);
}

/* More than the machine has, where the heuristic (mode 0) decides. */
static void test_overcommit(void)
{
	char *p = promise(HUGE, RW, MAP_PRIVATE | MAP_NORESERVE);

	if (ok(p != MAP_FAILED, "200 GiB with MAP_NORESERVE"))
		p[HUGE / 2] = 1;
	munmap(p, HUGE);
	ok(is_refused(promise(HUGE, RW, MAP_PRIVATE), ENOMEM),
	   "and without it, too much");
	ok(is_refused(promise(HUGE, PROT_READ, MAP_SHARED), ENOMEM),
	   "so is shared memory");
	p = promise(HUGE, PROT_READ, MAP_PRIVATE);
	ok(p != MAP_FAILED, "what nobody writes is free");
	fails(mprotect(p, HUGE, RW), ENOMEM, "until it could be written");
	munmap(p, HUGE);
	p = map(PAGE, RW);
	ok(is_refused(mremap(p, PAGE, HUGE, MREMAP_MAYMOVE), ENOMEM),
	   "nor does a mapping grow to it");
	munmap(p, PAGE);
}

/* ---- files ---- */

static int new_file(void)
{
	char path[] = "/tmp/limits-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || unlink(path) < 0)
		bail_out("a file: %s", strerror(errno));
	return fd;
}

static volatile int signals;

static void count_signal(int sig TAP_UNUSED)
{
	signals++;
}

static void test_file_size(void)
{
	static char bytes[PAGE];
	int fd = new_file();

	signal(SIGXFSZ, count_signal);
	struct rlimit l = { 2 * PAGE + 10, RLIM_INFINITY };

	if (setrlimit(RLIMIT_FSIZE, &l) < 0)
		bail_out("setrlimit");
	is_int(pwrite(fd, bytes, PAGE, 2 * PAGE), 10, "a write is cut");
	is_int(signals, 0, "without a signal");
	fails(pwrite(fd, bytes, 1, 2 * PAGE + 10), EFBIG, "nothing is left");
	is_int(signals, 1, "which a signal says, too");
	fails(ftruncate(fd, 3 * PAGE), EFBIG, "longer by ftruncate");
	is_int(signals, 2, "the same");
	fails(fallocate(fd, 0, PAGE, 2 * PAGE), EFBIG, "longer by fallocate");
	is_int(signals, 3, "and the same again");
	is_int(fallocate(fd, FALLOC_FL_KEEP_SIZE, PAGE, 2 * PAGE), 0,
	       "but for what does not make it longer");
	is_int(ftruncate(fd, PAGE), 0, "shorter");
	l.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &l);
	signal(SIGXFSZ, SIG_DFL);
	close(fd);
}

static int grow_a_file(void *unused TAP_UNUSED)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	limit(RLIMIT_FSIZE, 0);
	return pwrite(new_file(), "x", 1, 0) != -1;
}

/* ---- one user ---- */

static void become_user(void)
{
	if (setgid(USER) < 0 || setuid(USER) < 0)
		_exit(99);
}

static int fork_too_often(void *unused TAP_UNUSED)
{
	pid_t child[4];
	int n = 0, err = 0;

	limit(RLIMIT_NPROC, 3);
	become_user();
	while (n < 4 && err == 0) {
		child[n] = tap_try_fork();
		if (child[n] == 0)
			for (;;)
				pause();
		err = child[n] < 0 ? errno : 0;
		n += err == 0;
	}
	for (int i = 0; i < n; i++)
		tap_kill(child[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return n == 2 && err == EAGAIN ? 0 : 10 + n;
}

/* A child that is over, or pauses; -1: refused. */
static pid_t fork_one(bool pauses)
{
	pid_t child = tap_try_fork();

	while (child == 0 && pauses)
		pause();
	if (child == 0)
		_exit(0);
	return child;
}

static void end(pid_t child)
{
	tap_kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static int zombies_count(void *unused TAP_UNUSED)
{
	siginfo_t info;
	pid_t child;

	limit(RLIMIT_NPROC, 2);
	become_user();
	child = fork_one(false);
	waitid(P_PID, child, &info, WEXITED | WNOWAIT);
	if (fork_one(false) != -1 || errno != EAGAIN)
		return 1;
	waitpid(child, NULL, 0);
	child = fork_one(false);
	if (child < 0)
		return 2;
	waitpid(child, NULL, 0); /* or it would count in the next test */
	return 0;
}

/* Who becomes a user counts as one of his, and no more as what he was. */
static int newcomers_count(void *unused TAP_UNUSED)
{
	int ready[2];
	pid_t newcomer;
	char c;

	if (pipe(ready) < 0)
		return 1;
	newcomer = tap_try_fork();
	if (newcomer == 0) {
		become_user();
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &c, 1) != 1)
		return 2;
	limit(RLIMIT_NPROC, 2);
	if (setresuid(USER, USER, 0) < 0)
		return 3;
	if (fork_one(true) != -1 || errno != EAGAIN)
		return 4;
	if (seteuid(0) < 0)
		return 5;
	end(newcomer);
	if (seteuid(USER) < 0)
		return 6;
	newcomer = fork_one(true);
	if (newcomer < 0)
		return 7;
	end(newcomer);
	return 0;
}

static int queue_too_much(void *unused TAP_UNUSED)
{
	union sigval value = { .sival_int = 1 };
	sigset_t set;
	int n = 0;

	become_user();
	limit(RLIMIT_SIGPENDING, 5);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (n < 100 && sigqueue(getpid(), SIGRTMIN, value) == 0)
		n++;
	return n == 5 && errno == EAGAIN ? 0 : 10 + n;
}

static int queue_signals(int n)
{
	union sigval value = { .sival_int = 1 };
	sigset_t set;
	int i = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (i < n && sigqueue(getpid(), SIGRTMIN, value) == 0)
		i++;
	return i;
}

/* One count for all processes of a user; who is gone is out of it. */
static int queue_too_much_together(void *unused TAP_UNUSED)
{
	int ready[2];
	pid_t other;
	char n = 0;

	become_user();
	limit(RLIMIT_SIGPENDING, 5);
	if (pipe(ready) < 0)
		return 1;
	other = tap_try_fork();
	if (other == 0) {
		n = (char)queue_signals(3);
		if (write(ready[1], &n, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &n, 1) != 1 || n != 3)
		return 2;
	n = (char)queue_signals(10);
	end(other);
	if (n != 2)
		return 10 + n;
	return queue_signals(10) == 3 ? 0 : 3;
}

static int lock_too_much(void *unused TAP_UNUSED)
{
	char *p = map(4 * PAGE, RW);

	become_user();
	limit(RLIMIT_MEMLOCK, 2 * PAGE);
	if (mlock(p, 3 * PAGE) != -1 || errno != ENOMEM)
		return 1;
	if (mlock(p, 2 * PAGE) != 0 || munlock(p, 2 * PAGE) != 0)
		return 2;
	limit(RLIMIT_MEMLOCK, 0);
	return mlock(p, PAGE) != -1 || errno != EPERM ? 3 : 0;
}

int main(void)
{
	if (!skip_under_qemu(7 + 2 + 6, "its own memory is in the way")) {
		test_map_count();
		test_overcommit();
		is_exit(in_child(within_address_space, NULL), 0,
			"RLIMIT_AS");
		is_exit(in_child(within_data, NULL), 0, "RLIMIT_DATA");
	}
	test_file_size();
	is_killed(in_child(grow_a_file, NULL), SIGXFSZ, "and kills who does not listen");
	if (getuid() != 0 || under_qemu_user()) {
		skip(6, "only root can become a user of his own");
	} else {
		is_exit(in_child(fork_too_often, NULL), 0, "RLIMIT_NPROC");
		is_exit(in_child(zombies_count, NULL), 0,
			"a zombie counts until it is reaped");
		is_exit(in_child(newcomers_count, NULL), 0,
			"so does who becomes this user");
		is_exit(in_child(queue_too_much, NULL), 0,
			"RLIMIT_SIGPENDING");
		is_exit(in_child(queue_too_much_together, NULL), 0,
			"of a user, not of a process");
		is_exit(in_child(lock_too_much, NULL), 0, "RLIMIT_MEMLOCK");
	}
	return done_testing();
}
