/*
 * tests/abi/start_calls.c
 *
 * Claim    What the C library asks at each start, and setarch, ionice and
 *          uptime: riscv_hwprobe(), personality(), priorities of reads and
 *          writes, load averages.
 * Method   Each call, what it keeps, who inherits it, and what it refuses.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/personality.h>
#include <sys/sysinfo.h>

/* --- riscv_hwprobe() ------------------------------------------------------ */

#ifndef SYS_riscv_hwprobe
#define SYS_riscv_hwprobe 258
#endif

enum { KEY_BASE = 3, KEY_EXT = 4, KEY_LAST = 9, IMA = 1, FD_C = 3 };

struct pair {
	long long key;
	unsigned long long value;
};

static long hwprobe(struct pair *pairs, size_t n, size_t size, void *set,
		    unsigned flags)
{
	return syscall(SYS_riscv_hwprobe, pairs, n, size, set, flags);
}

static void test_hwprobe(void)
{
	struct pair pairs[] = { { KEY_BASE, 0 }, { KEY_EXT, 0 }, { 1 << 20, 7 } };
	unsigned long set = 0;

	if (skip_under_qemu(9, "old ones have no such call"))
		return;
	is_int(hwprobe(pairs, 3, 0, NULL, 0), 0, "asks about all harts");
	ok(pairs[0].key == KEY_BASE && pairs[0].value == IMA, "IMA");
	ok((pairs[1].value & FD_C) == FD_C, "F, D and C: %llx", pairs[1].value);
	ok(pairs[2].key == -1 && pairs[2].value == 0, "no such key");
	is_int(hwprobe(pairs, 0, 0, NULL, 0), 0, "no question");
	fails(hwprobe(pairs, 3, 0, NULL, 2), EINVAL, "no such flag");
	fails(hwprobe((void *)8, 1, 0, NULL, 0), EFAULT, "nowhere");
	fails(hwprobe(pairs, 1, sizeof(set), &set, 0), EINVAL, "no hart");
	set = 1;
	is_int(hwprobe(pairs, 1, sizeof(set), &set, 0), 0, "the first hart");
}

/* Which harts have all of that? */
static void test_which_harts(void)
{
	struct pair base = { KEY_BASE, IMA }, other = { KEY_BASE, 1ULL << 40 };
	struct pair unknown = { 1 << 20, 0 };
	unsigned long set = 1;

	if (skip_under_qemu(5, "old ones have no such call"))
		return;
	is_int(hwprobe(&base, 1, sizeof(set), &set, 1), 0, "who has IMA?");
	is_int(set, 1, "the first hart has");
	is_int(hwprobe(&other, 1, sizeof(set), &set, 1) ?: (long)set, 0,
	       "nobody has what there is not");
	set = 1;
	is_int(hwprobe(&unknown, 1, sizeof(set), &set, 1) ?: (long)set, 0,
	       "nor what nobody knows");
	fails(hwprobe(&base, 1, 0, NULL, 1), EINVAL, "no set for the answer");
}

/* --- personality() -------------------------------------------------------- */

static int persona_in_child(void *unused TAP_UNUSED)
{
	return personality(0xffffffff) == ADDR_NO_RANDOMIZE ? 0 : 1;
}

static void test_personality(void)
{
	if (skip_under_qemu(4, "the host's"))
		return;
	is_int(personality(0xffffffff), 0, "Linux");
	is_int(personality(ADDR_NO_RANDOMIZE), 0, "says what was before");
	is_exit(in_child(persona_in_child, NULL), 0, "a child inherits it");
	is_int(personality(0), ADDR_NO_RANDOMIZE, "set back");
}

/* --- ionice --------------------------------------------------------------- */

enum { PROCESS = 1, GROUP = 2, USER = 3 };
enum { NONE = 0, REAL_TIME = 1 << 13, BEST_EFFORT = 2 << 13, IDLE = 3 << 13 };

static long ioprio_get(int which, int who)
{
	return syscall(SYS_ioprio_get, which, who);
}

static long ioprio_set(int which, int who, int priority)
{
	return syscall(SYS_ioprio_set, which, who, priority);
}

static int io_in_child(void *unused TAP_UNUSED)
{
	return ioprio_get(PROCESS, 0) == (BEST_EFFORT | 3) ? 0 : 1;
}

static int io_of_a_user(void *root)
{
	if (setresuid(4242, 4242, 4242) != 0)
		return 1;
	if (ioprio_set(PROCESS, 0, REAL_TIME) != -1 || errno != EPERM)
		return 2;
	if (ioprio_set(PROCESS, *(pid_t *)root, IDLE) != -1 || errno != EPERM)
		return 3;
	return ioprio_set(PROCESS, 0, IDLE) == 0 &&
	       ioprio_get(PROCESS, 0) == IDLE ? 0 : 4;
}

static void test_io_priority(void)
{
	pid_t self = getpid();

	fails(ioprio_get(0, 0), EINVAL, "no such kind");
	fails(ioprio_get(PROCESS, 1 << 21), ESRCH, "no such process");
	fails(ioprio_set(PROCESS, 0, NONE | 1), EINVAL, "no class has no level");
	fails(ioprio_set(PROCESS, 0, 5 << 13), EINVAL, "no such class");
	is_int(ioprio_set(PROCESS, 0, BEST_EFFORT | 3), 0, "set");
	is_int(ioprio_get(PROCESS, self), BEST_EFFORT | 3, "kept");
	is_exit(in_child(io_in_child, NULL), 0, "a child inherits it");
	ok(ioprio_get(GROUP, 0) <= (BEST_EFFORT | 3), "the best of the group");
	if (geteuid() == 0)
		is_exit(in_child(io_of_a_user, &self), 0, "what a user may");
	else
		skip(1, "not root");
	is_int(ioprio_set(PROCESS, 0, NONE), 0, "set back");
}

/* --- load averages -------------------------------------------------------- */

static void test_loads(void)
{
	FILE *f = fopen("/proc/loadavg", "r");
	struct sysinfo info;
	double load[3];
	int running, all;

	ok(f && fscanf(f, "%lf %lf %lf %d/%d", &load[0], &load[1], &load[2],
		       &running, &all) == 5, "/proc/loadavg has its form");
	if (f)
		fclose(f);
	ok(running >= 1 && running <= all, "%d of %d run", running, all);
	sysinfo(&info);
	ok((double)info.loads[2] / 65536 - load[2] < 1 &&
	   load[2] - (double)info.loads[2] / 65536 < 1,
	   "sysinfo() says the same of the last quarter of an hour");
}

int main(void)
{
	plan(31);
	test_hwprobe();
	test_which_harts();
	test_personality();
	test_io_priority();
	test_loads();
	return done_testing();
}
