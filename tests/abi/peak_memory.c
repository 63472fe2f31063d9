/*
 * tests/abi/peak_memory.c
 *
 * Claim    The most memory that a process ever had at once is remembered when it
 *          has given it back, and when it runs another program; and of children,
 *          the most that one of them had, once it was waited for.  VmLck is how
 *          much is locked.
 * Method   Children that touch many pages and unmap them; getrusage(), wait4(),
 *          /proc/self/status.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define MUCH (24L << 20)
#define KIB 1024

static long peak_of(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) < 0)
		bail_out("getrusage: %s", strerror(errno));
	return usage.ru_maxrss;
}

/* What /proc/self/status says of @name, in KiB; -1: nothing. */
static long status_of(const char *name)
{
	return read_value("/proc/self/status", name);
}

static void use_much(void)
{
	char *p = mmap(NULL, MUCH, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	for (long at = 0; at < MUCH; at += 4096)
		p[at] = 1;
	munmap(p, MUCH);
}

static int has_had(const char *what, long kib)
{
	if (kib >= MUCH / KIB)
		return 0;
	diag("%s: %ld KiB", what, kib);
	return 1;
}

static int use_and_look(void *arg)
{
	(void)arg;
	use_much();
	return has_had("itself", peak_of(RUSAGE_SELF)) ||
	       has_had("its thread", peak_of(RUSAGE_THREAD)) ||
	       (!under_qemu_user() && has_had("VmHWM", status_of("VmHWM:")));
}

static int use_and_exec(void *arg)
{
	(void)arg;
	use_much();
	execl("/proc/self/exe", "peak_memory", "look", (char *)NULL);
	return 9;
}

static int look_at_children(void *arg)
{
	(void)arg;
	return peak_of(RUSAGE_CHILDREN) == 0 ? 0 : 1;
}

static void test_wait(void)
{
	struct rusage usage;
	int status;
	pid_t pid = tap_fork();

	if (pid == 0) {
		use_much();
		_exit(0);
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		bail_out("wait4: %s", strerror(errno));
	ok_without_errno(usage.ru_maxrss >= MUCH / KIB, "wait4() tells what it had");
}

static void test_locked(void)
{
	long before = status_of("VmLck:");
	void *p = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	is_int(mlock(p, 1 << 15), 0, "some is locked");
	is_int(status_of("VmLck:") - before, 32, "VmLck is as much more");
	munmap(p, 1 << 16);
	is_int(status_of("VmLck:"), before, "and what it was when it is gone");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "look") == 0)
		return has_had("after exec", peak_of(RUSAGE_SELF));
	if (!skip_under_qemu(1, "has its own memory, too"))
		ok_without_errno(peak_of(RUSAGE_SELF) < MUCH / KIB,
				 "there was less at first");
	is_exit(in_child(look_at_children, NULL), 0, "who had no child heard of none");
	is_exit(in_child(use_and_look, NULL), 0, "what was given back is remembered");
	ok_without_errno(peak_of(RUSAGE_CHILDREN) >= MUCH / KIB,
			 "and by who has waited for him");
	is_exit(in_child(look_at_children, NULL), 0, "not by his next child");
	if (!skip_under_qemu(1, "is not executed by its own name"))
		is_exit(in_child(use_and_exec, NULL), 0, "and over an exec");
	test_wait();
	if (!skip_under_qemu(3, "its own status is shown"))
		test_locked();
	return done_testing();
}
