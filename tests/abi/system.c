/*
 * tests/abi/system.c
 *
 * Claim    The calls that every C library makes at its start, and those that
 *          ask about the system, answer as on Linux.
 * Method   One call after the other, compared with what is known otherwise.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static void test_names(void)
{
	struct utsname u;
	char name[32] = "";

	is_int(uname(&u), 0, "uname");
	ok(strcmp(u.machine, "riscv64") == 0, "machine %s", u.machine);
	ok(u.sysname[0] && u.release[0] && u.version[0], "%s %s", u.sysname,
	   u.release);
	ok(u.release[0] >= '4' && u.release[0] <= '9',
	   "a release that glibc does not find too old");
	is_int(prctl(PR_SET_NAME, "a-name-that-is-too-long"), 0,
	       "PR_SET_NAME");
	is_int(prctl(PR_GET_NAME, name), 0, "PR_GET_NAME");
	ok(strcmp(name, "a-name-that-is-") == 0, "15 bytes are kept");
}

static void test_memory(void)
{
	struct sysinfo info;

	is_int(sysinfo(&info), 0, "sysinfo");
	ok(info.totalram > 0 && info.freeram <= info.totalram &&
	   info.mem_unit > 0, "memory");
	ok(info.uptime >= 0 && info.procs > 0, "uptime and processes");
	is_int(sysconf(_SC_PAGESIZE), 4096, "pages of 4096 bytes");
}

static int limit_in_child(void *unused TAP_UNUSED)
{
	struct rlimit rl;

	getrlimit(RLIMIT_NOFILE, &rl);
	return rl.rlim_cur == 40 ? 0 : 1;
}

static void test_limits(void)
{
	struct rlimit rl, old;
	int fd, last = -1;

	is_int(getrlimit(RLIMIT_STACK, &rl), 0, "getrlimit");
	ok(rl.rlim_cur >= 1 << 20 && rl.rlim_cur <= rl.rlim_max, "stack");
	getrlimit(RLIMIT_NOFILE, &rl);
	old = rl;
	rl.rlim_cur = 40;
	is_int(setrlimit(RLIMIT_NOFILE, &rl), 0, "setrlimit");
	is_exit(in_child(limit_in_child, NULL), 0, "a child inherits it");
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	ok(errno == EMFILE && last == 39, "no file beyond the limit");
	for (fd = 3; fd <= last; fd++)
		close(fd);
	is_int(prlimit(0, RLIMIT_NOFILE, &old, &rl), 0, "prlimit");
	is_int(rl.rlim_cur, 40, "tells the old limit");
	rl.rlim_cur = rl.rlim_max + 1;
	if (rl.rlim_max != RLIM_INFINITY)
		fails(setrlimit(RLIMIT_NOFILE, &rl), EINVAL,
		      "not above the hard limit");
	else
		skip(1, "no hard limit");
	fails(getrlimit(99, &rl), EINVAL, "no such limit");
}

static void test_mask(void)
{
	mode_t old = umask(0);

	is_int(umask(022), 0, "umask");
	is_int(umask(old), 022, "is kept");
}

/* glibc treats ENOSYS as "not here"; anything else would mislead it. */
static void test_libc_start(void)
{
	long rseq = syscall(SYS_rseq, NULL, 0, 0, 0);

	ok(rseq == -1, "rseq() says no to nonsense");
	is_int(syscall(SYS_set_tid_address, NULL), syscall(SYS_gettid),
	       "set_tid_address()");
	is_int(syscall(SYS_membarrier, 0, 0, 0) < -1, 0, "membarrier()");
	ok(syscall(259, 0, 0, 0) == 0 || errno == ENOSYS,
	   "riscv_flush_icache()");
	if (!skip_under_qemu(1, "looks at no flags"))
		fails(syscall(259, 0, 0, 2), EINVAL, "its flags are 1, or none");
}

/* No part of the kernel has this name. */
static void test_modules(void)
{
	static const char name[] = "no-such-module";
	char long_name[200];

	if (geteuid() != 0 || under_qemu_user()) {
		skip(5, "root's, and qemu-user has no delete_module()");
		return;
	}
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	fails(syscall(SYS_delete_module, name, O_NONBLOCK), ENOENT, "a module is not there");
	fails(syscall(SYS_delete_module, "", 0), ENOENT, "nor one without a name");
	fails(syscall(SYS_delete_module, long_name, 0), ENOENT, "nor with a long one");
	fails(syscall(SYS_delete_module, NULL, 0), EFAULT, "nowhere is no name");
	if (seteuid(65534) < 0)
		bail_out("seteuid: %s", strerror(errno));
	fails(syscall(SYS_delete_module, name, 0), EPERM, "nobody unloads any");
	if (seteuid(0) < 0)
		bail_out("seteuid: %s", strerror(errno));
}

int main(void)
{
	plan(7 + 4 + 9 + 2 + 5 + 5);
	test_names();
	test_memory();
	test_limits();
	test_mask();
	test_libc_start();
	test_modules();
	return done_testing();
}
