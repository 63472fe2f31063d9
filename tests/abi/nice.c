/*
 * tests/abi/nice.c
 *
 * Claim    Priorities are kept per process, are inherited, have Linux's
 *          limits and rights, and nobody sets another user's, nor his policy or
 *          harts.  What they are good for says share_nice.
 * Method   They are set, and read, as root and as a user.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sched.h>
#include <sys/resource.h>

static int child_priority(void *unused TAP_UNUSED)
{
	return getpriority(PRIO_PROCESS, 0) + 20;
}

static void test_values(void)
{
	if (!skip_under_qemu(1, "begins as its caller"))
		is_int(getpriority(PRIO_PROCESS, 0), 0, "begins at 0");
	is_int(setpriority(PRIO_PROCESS, 0, 5), 0, "set to 5");
	is_int(getpriority(PRIO_PROCESS, getpid()), 5, "reads as 5");
	is_exit(in_child(child_priority, NULL), 25, "a child inherits it");
	is_int(nice(3), 8, "nice() adds");
	setpriority(PRIO_PROCESS, 0, 100);
	is_int(getpriority(PRIO_PROCESS, 0), 19, "19 is the limit");
	errno = 0;
	fails(getpriority(PRIO_PROCESS, 1 << 21), ESRCH, "no such process");
	fails(setpriority(99, 0, 0), EINVAL, "no such kind");
	if (geteuid() != 0) {
		skip(2, "not root");
		return;
	}
	is_int(setpriority(PRIO_PROCESS, 0, -5), 0, "root may go below 0");
	errno = 0;
	is_int(getpriority(PRIO_PROCESS, 0), -5, "reads as -5");
	setpriority(PRIO_PROCESS, 0, 0);
}

/* What a user may do to @root, a process of root: what went wrong, or 0. */
static int strange_calls(void *root)
{
	pid_t other = *(pid_t *)root;
	struct sched_param param = { .sched_priority = 0 };
	cpu_set_t set;

	if (setresuid(1000, 1000, 1000) != 0)
		return 1;
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 2;
	if (syscall(SYS_sched_setscheduler, other, SCHED_OTHER, &param) != -1 ||
	    errno != EPERM)
		return 3;
	if (syscall(SYS_sched_setparam, other, &param) != -1 || errno != EPERM)
		return 4;
	if (syscall(SYS_sched_setscheduler, other, 99, &param) != -1 ||
	    errno != EINVAL)
		return 5;
	if (sched_setaffinity(other, sizeof(set), &set) != -1 || errno != EPERM)
		return 6;
	if (setpriority(PRIO_PROCESS, (id_t)other, 19) != -1 || errno != EPERM)
		return 7;
	if (syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param) != 0 ||
	    syscall(SYS_sched_setparam, getpid(), &param) != 0)
		return 8;
	return syscall(SYS_sched_getparam, other, &param) != 0 ? 9 : 0;
}

static void test_others(void)
{
	pid_t self = getpid();

	if (geteuid() != 0)
		skip(1, "not root");
	else
		is_exit(in_child(strange_calls, &self), 0,
			"another's policy, harts and priority stay");
}

int main(void)
{
	plan(11);
	test_values();
	test_others();
	return done_testing();
}
