/*
 * tests/abi/mlock.c
 *
 * Claim    Locked memory is remembered: msync() may not invalidate it, nor
 *          madvise() discard it; what is locked is counted against a limit; a
 *          child does not inherit it; a hole ends a lock where it is; MCL_FUTURE is
 *          for what is mapped later, segments of System V too. What is locked is
 *          there, as what it grows by, and nothing that a program does with it
 *          faults.
 * Method   Some pages and a hole behind them; the calls that have to notice, and
 *          the count of faults.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { PAGE = 4096, PAGES = 6 };

static char *memory;	/* 6 pages, then a hole */

static char *page(int i)
{
	return memory + i * PAGE;
}

static int invalidate(int first, int pages)
{
	return msync(page(first), (size_t)pages * PAGE, MS_INVALIDATE);
}

static int child_is_free(void *unused TAP_UNUSED)
{
	return invalidate(0, PAGES) != 0;
}

static void test_remembered(void)
{
	is_int(mlock(page(1) + 100, 2 * PAGE), 0, "locks whole pages");
	fails(invalidate(0, 2), EBUSY, "msync() may not invalidate them");
	is_int(invalidate(4, 2), 0, "but others");
	is_int(msync(page(1), PAGE, MS_SYNC), 0, "or write them out");
	fails(madvise(page(0), 2 * PAGE, MADV_DONTNEED), EINVAL,
	      "nor are they thrown away");
	fails(madvise(page(1), PAGE, MADV_FREE), EINVAL, "not even if need be");
	is_int(madvise(page(1), PAGE, MADV_WILLNEED), 0, "they are needed");
	is_exit(in_child(child_is_free, NULL), 0, "a child has not locked them");
	is_int(munlock(page(2), PAGE), 0, "one of them is given up");
	is_int(invalidate(2, 1), 0, "that one");
	fails(invalidate(3, 1), EBUSY, "not its neighbour");
	is_int(munlockall(), 0, "all are");
	is_int(madvise(page(0), PAGES * PAGE, MADV_DONTNEED), 0, "to throw away");
}

static void test_hole(void)
{
	fails(mlock(page(4), 4 * PAGE), ENOMEM, "a hole is not locked");
	fails(invalidate(5, 1), EBUSY, "what lies before it is");
	fails(munlock(page(4), 4 * PAGE), ENOMEM, "nor is it unlocked");
	is_int(invalidate(5, 1), 0, "what lies before it is");
	fails(msync(page(4), 4 * PAGE, MS_INVALIDATE), ENOMEM, "nor synced");
	fails(mlock((void *)-PAGE, 2 * PAGE), EINVAL, "no end of addresses");
}

/* A hole, and just behind it what is locked. */
static void test_behind_hole(void)
{
	char *two = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(two, PAGE);
	is_int(mlock(two + PAGE, PAGE), 0, "what lies behind a hole is locked");
	fails(msync(two, PAGE, MS_INVALIDATE), ENOMEM, "and nobody asked of the hole");
	munmap(two + PAGE, PAGE);
}

static int count_as_user(void *unused TAP_UNUSED)
{
	struct rlimit few = { 3 * PAGE, 3 * PAGE };
	char *more;

	if (setrlimit(RLIMIT_MEMLOCK, &few) || setresuid(1000, 1000, 1000))
		return 1;
	if (mlock(page(0), 2 * PAGE) || mlock(page(1), 2 * PAGE))
		return 2;
	if (mlock(page(3), 1) != -1 || errno != ENOMEM)
		return 3;
	more = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
		    MAP_LOCKED, -1, 0);
	if (more != MAP_FAILED || errno != EAGAIN)
		return 4;
	if (mlockall(MCL_CURRENT) != -1 || errno != ENOMEM)
		return 5;
	if (munlock(page(0), PAGE) || mlock(page(3), 1))
		return 6;
	munmap(page(1), PAGE);
	if (mremap(page(2), PAGE, 3 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED ||
	    errno != EAGAIN)
		return 8;
	return mlock(page(4), 1) ? 7 : 0;
}

static bool is_in(const char *at)
{
	unsigned char in = 0;

	return mincore((void *)at, PAGE, &in) == 0 && (in & 1);
}

static char *map_one(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static bool is_locked(char *at)
{
	return msync(at, PAGE, MS_INVALIDATE) == -1 && errno == EBUSY;
}

/* In a child: what it locks is its own. */
static int future_is_locked(void *unused TAP_UNUSED)
{
	char *at, *heap;

	if (mlockall(MCL_FUTURE) < 0)
		return 1;
	at = map_one();
	heap = sbrk(0);
	if (!is_locked(at) || !is_in(at))
		return 2;
	if (sbrk(PAGE) != heap || !is_locked((char *)(((long)heap + PAGE - 1) & -PAGE)))
		return 3;
	if (is_locked(page(0)))
		return 4;
	if (mlockall(MCL_FUTURE | MCL_ONFAULT) < 0)
		return 5;
	at = map_one();
	if (!is_locked(at) || is_in(at))
		return 6;
	at[0] = 1;
	if (mlockall(MCL_CURRENT) < 0 || !is_locked(page(0)) || is_locked(map_one()))
		return 7;
	if (mlockall(MCL_FUTURE) < 0 || munlockall() < 0 || is_locked(map_one()))
		return 8;
	return 0;
}

static int future_is_own(void *unused TAP_UNUSED)
{
	return is_locked(map_one());
}

static int future_is_not_inherited(void *unused TAP_UNUSED)
{
	int status;
	pid_t child;

	if (mlockall(MCL_FUTURE) < 0)
		return 100;
	child = tap_fork();
	if (child == 0)
		_exit(future_is_own(NULL));
	if (waitpid(child, &status, 0) != child)
		return 101;
	return WEXITSTATUS(status);
}

static int future_is_counted(void *unused TAP_UNUSED)
{
	struct rlimit few = { 2 * PAGE, 2 * PAGE }, none = { 0, 0 };
	char *heap = sbrk(0);
	int id;

	if (mlockall(MCL_FUTURE | MCL_ONFAULT) || setrlimit(RLIMIT_MEMLOCK, &few) ||
	    setresuid(1000, 1000, 1000))
		return 1;
	if (map_one() == MAP_FAILED)
		return 2;
	if (mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		    MAP_FAILED || errno != EAGAIN)
		return 3;
	if (sbrk(3 * PAGE) != (void *)-1 || errno != ENOMEM || sbrk(0) != heap)
		return 4;
	id = shmget(IPC_PRIVATE, 2 * PAGE, 0600);
	if (id < 0 || shmat(id, NULL, 0) != (void *)-1 || errno != EAGAIN ||
	    shmctl(id, IPC_RMID, NULL))
		return 6;
	if (setrlimit(RLIMIT_MEMLOCK, &none) || map_one() != MAP_FAILED ||
	    errno != EAGAIN)
		return 5;
	return 0;
}

/* ---- what is locked is there ---- */

static int current_is_brought_in(void *unused TAP_UNUSED)
{
	char *at = map_one();

	if (is_in(at) || mlockall(MCL_CURRENT | MCL_ONFAULT) || is_in(at))
		return 1;
	return mlockall(MCL_CURRENT) || !is_in(at) ? 2 : 0;
}

static int growth_is_brought_in(void *unused TAP_UNUSED)
{
	char *at = map_one();

	if (mlock(at, PAGE))
		return 1;
	at = mremap(at, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	if (at == MAP_FAILED)
		return 2;
	return is_in(at + PAGE) && is_in(at + 2 * PAGE) && is_locked(at + 2 * PAGE) ?
		       0 : 3;
}

static long nr_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

enum { MANY = 256 };

/* How many faults it takes to write to memory that is locked, but was read only
 * before, or shared with a child. */
static long faults_of(bool shared)
{
	char *at = mmap(NULL, MANY * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child = 0;
	long before, sum = 0;

	for (int i = 0; i < MANY; i++)
		sum += shared ? at[i * PAGE] = 1 : ((volatile char *)at)[i * PAGE];
	if (shared) {
		child = tap_fork();
		if (child == 0)
			for (;;)
				pause();
	}
	if (mlock(at, MANY * PAGE))
		return -1;
	before = nr_faults();
	for (int i = 0; i < MANY; i++)
		at[i * PAGE] = 2;
	before = nr_faults() - before;
	if (shared) {
		tap_kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	munmap(at, MANY * PAGE);
	return before;
}

static void test_there(void)
{
	char *code = mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	is_exit(in_child(current_is_brought_in, NULL), 0,
		"what is mapped now is brought in");
	is_exit(in_child(growth_is_brought_in, NULL), 0, "and what it grows by");
	is_int(mlock(code, PAGE), 0, "what may only be run is, too");
	munmap(code, PAGE);
	ok(faults_of(false) < MANY / 8, "what was read only is not written to anew");
	ok(faults_of(true) < MANY / 8, "nor what a child has");
}

static void test_future(void)
{
	is_exit(in_child(future_is_locked, NULL), 0, "what comes later is locked");
	is_exit(in_child(future_is_not_inherited, NULL), 0, "not a child's");
	if (geteuid() == 0)
		is_exit(in_child(future_is_counted, NULL), 0, "and counted");
	else
		skip(1, "not root");
}

static void test_advice(void)
{
	char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	fails(madvise(shared, PAGE, MADV_FREE), EINVAL,
	      "shared memory is not free to take");
	fails(madvise(page(0), PAGE, 99), EINVAL, "no such advice");
	is_int(madvise(page(0), 0, MADV_FREE), 0, "nothing may be");
	munmap(shared, PAGE);
}

static void test_maps(void)
{
	int type = MAP_PRIVATE | MAP_ANONYMOUS, fd = open("/proc/self/exe", O_RDONLY);

	fails((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 999, 0), EBADF,
	      "mmap() of no descriptor");
	fails((long)mmap(NULL, PAGE, PROT_READ, 0, 999, 0), EBADF,
	      "comes before the flags");
	fails((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE |
			 MAP_ANONYMOUS, -1, 0), EINVAL,
	      "MAP_SHARED_VALIDATE is for files");
	fails(syscall(SYS_mmap, 0, PAGE, 1, type, -1, -4096L), EOVERFLOW,
	      "an offset that wraps around");
	fails(syscall(SYS_mmap, 0, PAGE, 1, MAP_PRIVATE, fd, -8192L), EOVERFLOW,
	      "a negative one of a file");
	fails(syscall(SYS_mmap, 0, PAGE, 1, MAP_PRIVATE, fd,
		      0x7ffffffffffff000L), EOVERFLOW, "one past its last byte");
	close(fd);
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: locks and maps as it likes");
	plan(13 + 6 + 2 + 5 + 3 + 3 + 6 + 1);
	memory = mmap(NULL, (PAGES + 2) * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	munmap(page(PAGES), 2 * PAGE);
	test_remembered();
	test_hole();
	test_behind_hole();
	test_there();
	test_future();
	test_advice();
	test_maps();
	if (geteuid() == 0)
		is_exit(in_child(count_as_user, NULL), 0, "a limit counts them");
	else
		skip(1, "not root");
	return done_testing();
}
