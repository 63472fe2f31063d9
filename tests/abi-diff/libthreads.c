/*
 * tests/abi-diff/libthreads.c - the number of a thread that is no process's.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

static volatile pid_t tid;

static void *stay(void *unused)
{
	tid = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return unused;
}

static void look_into_proc(const char *name)
{
	char path[60];

	snprintf(path, sizeof(path), "/proc/%d%s", tid, name);
	say_ok(open(path, O_RDONLY), "open /proc/TID%s", name);
	snprintf(path, sizeof(path), "/proc/self/task/%d%s", tid, name);
	say_ok(open(path, O_RDONLY), "open /proc/self/task/TID%s", name);
}

static void walk_numbers(void)
{
	struct rlimit limit;
	struct sched_param param;
	cpu_set_t harts;

	SAY(kill(tid, 0));
	SAY(syscall(SYS_tgkill, getpid(), tid, 0));
	SAY(syscall(SYS_tgkill, tid, tid, 0));
	SAY(syscall(SYS_tgkill, tid, getpid(), 0));
	SAY(getpgid(tid) == getpgid(0));
	SAY(getsid(tid) == getsid(0));
	SAY(setpgid(tid, 0));
	SAY(setpgid(0, tid));
	SAY(prlimit(tid, RLIMIT_NOFILE, NULL, &limit));
	SAY(sched_getparam(tid, &param));
	SAY(sched_getscheduler(tid));
	SAY(sched_getaffinity(tid, sizeof(harts), &harts));
	SAY(getpriority(PRIO_PROCESS, (id_t)tid));
	SAY(getpriority(PRIO_PGRP, (id_t)tid));
	SAY(kill(-tid, 0));
	SAY(waitpid(tid, NULL, WNOHANG));
	SAY(waitpid(tid, NULL, WNOHANG | __WALL));
	SAY(syscall(SYS_get_robust_list, tid, BUFFER_AT, ZEROES_AT));
	SAY(syscall(SYS_process_vm_readv, tid, IOVEC_AT, 1, IOVEC_AT, 1, 0));
	look_into_proc("");
	look_into_proc("/stat");
	look_into_proc("/status");
	look_into_proc("/maps");
	look_into_proc("/fd");
	look_into_proc("/task");
	look_into_proc("/nothing");
}

void walk_threads(const void *unused TAP_UNUSED)
{
	pthread_t thread;

	tap_thread(&thread, NULL, stay, NULL);
	while (tid == 0)
		sched_yield();
	walk_numbers();
}
