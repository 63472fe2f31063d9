/*
 * tests/abi-diff/librights.c - what a user may not do to what is another's.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../tap.h"

#define USER 1000U

static void become_user(void)
{
	if (setgroups(0, NULL) != 0 || setgid(USER) != 0 || setuid(USER) != 0)
		_exit(3);
}

static void look_into_proc(pid_t other, const char *name)
{
	char path[60];

	snprintf(path, sizeof(path), "/proc/%d/%s", other, name);
	say_ok(open(path, O_RDONLY), "open /proc/OTHER/%s", name);
	say_ok(readlink(path, (char *)BUFFER_AT, 100),
	       "readlink /proc/OTHER/%s", name);
}

/* @other is a process of root. */
static void walk_processes(pid_t other)
{
	struct sched_param param = { 0 };
	struct rlimit limit;
	cpu_set_t harts;

	CPU_ZERO(&harts);
	CPU_SET(0, &harts);
	SAY(kill(other, 0));
	SAY(kill(other, 99));
	SAY(syscall(SYS_sched_setscheduler, other, SCHED_OTHER, &param));
	SAY(syscall(SYS_sched_setscheduler, other, SCHED_FIFO, &param));
	SAY(syscall(SYS_sched_setscheduler, other, 99, &param));
	SAY(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
	param.sched_priority = 1;
	SAY(syscall(SYS_sched_setscheduler, other, SCHED_OTHER, &param));
	SAY(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
	param.sched_priority = 0;
	SAY(syscall(SYS_sched_setparam, other, &param));
	SAY(syscall(SYS_sched_setparam, 0, &param));
	SAY(sched_getscheduler(other));
	SAY(sched_setaffinity(other, sizeof(harts), &harts));
	SAY(sched_getaffinity(other, sizeof(harts), &harts) == 0);
	SAY(setpriority(PRIO_PROCESS, (id_t)other, 5));
	SAY(setpriority(PRIO_PROCESS, (id_t)other, 0));
	SAY(setpriority(PRIO_USER, 0, 5));
	SAY(setpriority(PRIO_PROCESS, 0, 5));
	SAY(setpriority(PRIO_PROCESS, 0, 4));
	SAY(getpriority(PRIO_PROCESS, (id_t)other));
	SAY(prlimit(other, RLIMIT_NOFILE, NULL, &limit));
	SAY(prlimit(other, RLIMIT_NOFILE, &limit, NULL));
	SAY(syscall(SYS_process_vm_readv, other, IOVEC_AT, 1, IOVEC_AT, 1, 0));
	SAY(syscall(SYS_get_robust_list, other, BUFFER_AT, ZEROES_AT));
	SAY(setpgid(other, 0));
	SAY_OK(getpgid(other));
	SAY_OK(getsid(other));
	look_into_proc(other, "mem");
	look_into_proc(other, "maps");
	look_into_proc(other, "stat");
	look_into_proc(other, "fd");
	look_into_proc(other, "exe");
}

static void walk_names(void)
{
	struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct timespec then[2] = { { 1, 0 }, { 1, 0 } };

	SAY(open(FOLDER "/file", O_RDONLY | O_NOATIME));
	SAY(open(FOLDER, O_RDONLY | O_NOATIME));
	SAY(fcntl(READ_FD, F_SETFL, O_NOATIME));
	SAY(fcntl(READ_FD, F_SETFL, O_NONBLOCK));
	SAY(open(FOLDER "/file", O_RDWR));
	SAY(open(FOLDER "/new", O_RDWR | O_CREAT, 0600));
	SAY(unlink(FOLDER "/file"));
	SAY(chmod(FOLDER "/file", 0600));
	SAY(fchmod(FILE_FD, 0600));
	SAY(chown(FOLDER "/file", USER, (gid_t)-1));
	SAY(chown(FOLDER "/file", (uid_t)-1, (gid_t)-1));
	SAY(utimensat(AT_FDCWD, FOLDER "/file", now, 0));
	SAY(utimensat(AT_FDCWD, FOLDER "/file", then, 0));
	SAY(utimensat(AT_FDCWD, FOLDER "/file", NULL, 0));
	SAY(futimens(FILE_FD, now));
	SAY(truncate(FOLDER "/file", 0));
	SAY(link(FOLDER "/file", FOLDER "/hard"));
	SAY(mknod(FOLDER "/device", S_IFCHR | 0600, 0));
	SAY(mknod("/tmp/device", S_IFCHR | 0600, 0));
}

static void walk_own_rights(void)
{
	gid_t group = 0;

	SAY(setuid(0));
	SAY(setgid(0));
	SAY(setgroups(1, &group));
	SAY(setresuid(0, (uid_t)-1, (uid_t)-1));
	SAY(setreuid((uid_t)-1, 0));
	SAY(setfsuid(0));
	SAY(chroot("/"));
	SAY(sethostname("x", 1));
	SAY(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 4096, 1UL << 20 }));
	SAY(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 20, 10 }));
	SAY(prctl(PR_SET_DUMPABLE, 2));
	SAY(clock_settime(CLOCK_REALTIME, &(struct timespec){ 1, 0 }));
}

void walk_rights(const void *unused TAP_UNUSED)
{
	pid_t other = getppid();

	become_user();
	walk_processes(other);
	walk_names();
	walk_own_rights();
}
