#pragma once

/*
 * syscall/uapi.h - structures and constants of Linux's riscv64 ABI that only
 * the system-call handlers need.
 *
 * Source: Linux include/uapi, asm-generic and linux.
 */

#include "lib/types.h"
#include "proc/time/clock.h"

/* No place is without a name: something of the kernel's would be left in it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

struct user_rusage {
	struct timeval utime, stime;
	int64_t maxrss, ixrss, idrss, isrss;
	int64_t minflt, majflt, nswap;
	int64_t inblock, oublock, msgsnd, msgrcv, nsignals;
	int64_t nvcsw, nivcsw;
};

struct user_tms {
	int64_t utime, stime, cutime, cstime;
};

struct user_rlimit {
	uint64_t soft, hard;
};

#define UTSNAME_LENGTH 65

struct user_utsname {
	char sysname[UTSNAME_LENGTH];
	char nodename[UTSNAME_LENGTH];
	char release[UTSNAME_LENGTH];
	char version[UTSNAME_LENGTH];
	char machine[UTSNAME_LENGTH];
	char domainname[UTSNAME_LENGTH];
};

struct user_sysinfo {
	int64_t uptime;
	uint64_t loads[3];
	uint64_t totalram, freeram, sharedram, bufferram;
	uint64_t totalswap, freeswap;
	uint16_t procs, pad[3];
	uint64_t totalhigh, freehigh;
	uint32_t mem_unit, pad2;
};

_Static_assert(sizeof(struct user_rusage) == 144, "Linux's rusage");
_Static_assert(sizeof(struct user_sysinfo) == 112, "Linux's sysinfo");

struct user_itimerval {
	struct timeval interval, value;
};

struct user_itimerspec {
	struct timespec interval, value;
};

/* Of the 64 bytes, what we look at. */
struct user_sigevent {
	uint64_t value;
	int32_t signo;
	int32_t notify;
	int32_t tid;
	char pad[44];
};

#define SIGEV_SIGNAL 0
#define SIGEV_NONE 1
#define SIGEV_THREAD 2
#define SIGEV_THREAD_ID 4

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME 7
#define CLOCK_REALTIME_ALARM 8
#define CLOCK_BOOTTIME_ALARM 9
#define TIMER_ABSTIME 1
#define TIMER_CANCEL_ON_SET 2

#pragma GCC diagnostic pop
