/*
 * tests/abi-diff/libsweep.c - each call with good arguments, and then with
 * each argument in turn replaced by every edge value of its kind.
 *
 * Each such call is made in a process of its own, which begins with the same
 * descriptors and memory.  To add a call is to add a row to the table.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- arguments: their kinds, and the names of what is special ---- */

enum kind {
	NONE,
	FD,
	POINTER,	/* to memory of the program */
	RANGE,		/* address of whole pages */
	LENGTH,
	OFFSET,
	FLAGS,
	NUMBER,
	ID,		/* of a process, a thread or a group */
	SIGNAL,
	FIXED,		/* not replaced */
};

#define KERNEL_AT 0xffffffc000000000UL

static const struct {
	const char *name;
	unsigned long value;
} names[] = {
	{ "path", PATH_AT },
	{ "other-path", OTHER_PATH_AT },
	{ "iovec", IOVEC_AT },
	{ "limit", LIMIT_AT },
	{ "buffer", BUFFER_AT },
	{ "zeroes", ZEROES_AT },
	{ "crossing", CROSSING_AT },
	{ "plain", PAGE_AT(PLAIN) },
	{ "odd", PAGE_AT(PLAIN) + 0x801 },
	{ "hole", PAGE_AT(HOLE) },
	{ "read-only", PAGE_AT(READ_ONLY) },
	{ "no-access", PAGE_AT(NO_ACCESS) },
	{ "shared", PAGE_AT(SHARED) },
	{ "private", PAGE_AT(PRIVATE) },
	{ "past-end", PAGE_AT(PAST_END) },
	{ "lone", PAGE_AT(LONE) },
	{ "kernel", KERNEL_AT },
	{ "last-page", -4096UL },
	{ "LONG_MAX", LONG_MAX },
	{ "LONG_MIN", 1UL << 63 },
	{ "cwd", (unsigned long)AT_FDCWD },
};

static const struct {
	const char *name;
	long value;
} descriptors[] = {
	{ "file", FILE_FD }, { "folder", DIR_FD }, { "reader", PIPE_READ },
	{ "writer", PIPE_WRITE }, { "name-only", PATH_FD },
	{ "file-to-read", READ_FD }, { "file-to-write", WRITE_FD },
	{ "event", EVENT_FD }, { "timer", TIMER_FD }, { "null", NULL_FD },
	{ "zero", ZERO_FD }, { "closed", CLOSED_FD },
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define SELF 0x5e1f5e1fL	/* stands for the number of who calls */

static const unsigned long descriptor_values[] = {
	DIR_FD, PIPE_READ, PIPE_WRITE, PATH_FD, READ_FD, WRITE_FD, EVENT_FD,
	TIMER_FD, NULL_FD, ZERO_FD, CLOSED_FD, -1UL, INT_MAX,
	(1UL << 32) + FILE_FD,
};

static const unsigned long pointer_values[] = {
	0, 1, PAGE_AT(PLAIN) + 0x801, PAGE_AT(HOLE), CROSSING_AT,
	PAGE_AT(READ_ONLY), PAGE_AT(NO_ACCESS), PAGE_AT(PAST_END), KERNEL_AT,
	LONG_MAX, 1UL << 63, -4096UL, -1UL,
};

static const unsigned long range_values[] = {
	0, PAGE_AT(PLAIN) + 1, PAGE_AT(HOLE), PAGE_AT(READ_ONLY),
	PAGE_AT(NO_ACCESS), PAGE_AT(SHARED), PAGE_AT(PRIVATE),
	PAGE_AT(PAST_END), PAGE_AT(LONE), KERNEL_AT, 1UL << 63, -4096UL,
};

static const unsigned long length_values[] = {
	0, 1, 4095, 4097, 5 * 4096, 1UL << 31, 1UL << 32, 1UL << 47, LONG_MAX,
	LONG_MAX - 4095, 1UL << 63, -4096UL, -4095UL, -1UL,
};

static const unsigned long offset_values[] = {
	0, 1, 4096, 8192, 1UL << 32, -1UL, -4096UL, LONG_MAX,
	LONG_MAX - 4095, 1UL << 63,
};

static const unsigned long number_values[] = {
	0, 1, 2, 3, 4, 5, 6, 8, 100, INT_MAX, 1UL << 31, 1UL << 32, -1UL,
};

static const unsigned long id_values[] = {
	0, SELF, 99999, INT_MAX, 1UL << 31, 1UL << 32, -99999UL,
};

static const unsigned long signal_values[] = {
	0, SIGCHLD, SIGURG, 64, 65, 128, 1UL << 32, -1UL,
};

static const struct {
	const unsigned long *values;
	int nr;
} kinds[] = {
	[FD] = { descriptor_values, COUNT(descriptor_values) },
	[POINTER] = { pointer_values, COUNT(pointer_values) },
	[RANGE] = { range_values, COUNT(range_values) },
	[LENGTH] = { length_values, COUNT(length_values) },
	[OFFSET] = { offset_values, COUNT(offset_values) },
	[NUMBER] = { number_values, COUNT(number_values) },
	[ID] = { id_values, COUNT(id_values) },
	[SIGNAL] = { signal_values, COUNT(signal_values) },
};

/* ---- the calls ---- */

enum answer {
	EXACT,
	ANY,		/* what is not an error may differ */
};

struct call {
	const char *name;
	long nr;
	enum answer answer;
	struct {
		enum kind kind;
		unsigned long good;
	} arg[6];
};

#define CWD { FIXED, (unsigned long)AT_FDCWD }
#define PATH { POINTER, PATH_AT }
#define BUFFER { POINTER, BUFFER_AT }
#define RIGHTS (PROT_READ | PROT_WRITE)

/* clang-format off */
static const struct call calls[] = {
	{ "getcwd", SYS_getcwd, EXACT, { BUFFER, { LENGTH, 100 } } },
	{ "eventfd2", SYS_eventfd2, ANY, { { NUMBER, 7 }, { FLAGS, 0 } } },
	{ "dup", SYS_dup, ANY, { { FD, FILE_FD } } },
	{ "dup3", SYS_dup3, ANY, { { FD, FILE_FD }, { NUMBER, 40 }, { FLAGS, 0 } } },
	{ "fcntl-dupfd", SYS_fcntl, ANY, { { FD, FILE_FD }, { FIXED, F_DUPFD }, { NUMBER, 40 } } },
	{ "fcntl-getfd", SYS_fcntl, EXACT, { { FD, FILE_FD }, { FIXED, F_GETFD } } },
	{ "fcntl-getfl", SYS_fcntl, EXACT, { { FD, FILE_FD }, { FIXED, F_GETFL } } },
	{ "fcntl-setfl", SYS_fcntl, EXACT, { { FD, FILE_FD }, { FIXED, F_SETFL }, { FLAGS, O_RDWR } } },
	{ "fcntl-getlk", SYS_fcntl, EXACT, { { FD, FILE_FD }, { FIXED, F_GETLK }, { POINTER, ZEROES_AT } } },
	{ "fcntl-setlk", SYS_fcntl, EXACT, { { FD, FILE_FD }, { FIXED, F_SETLK }, { POINTER, ZEROES_AT } } },
	{ "flock", SYS_flock, EXACT, { { FD, FILE_FD }, { NUMBER, 2 } } },
	{ "mknodat", SYS_mknodat, EXACT, { CWD, { POINTER, OTHER_PATH_AT }, { FLAGS, 0100600 }, { FIXED, 0 } } },
	{ "mkdirat", SYS_mkdirat, EXACT, { CWD, { POINTER, OTHER_PATH_AT }, { FLAGS, 0700 } } },
	{ "unlinkat", SYS_unlinkat, EXACT, { CWD, { POINTER, OTHER_PATH_AT }, { FLAGS, 0 } } },
	{ "symlinkat", SYS_symlinkat, EXACT, { PATH, CWD, { POINTER, OTHER_PATH_AT } } },
	{ "linkat", SYS_linkat, EXACT, { CWD, PATH, CWD, { POINTER, OTHER_PATH_AT }, { FLAGS, 0 } } },
	{ "statfs", SYS_statfs, EXACT, { PATH, BUFFER } },
	{ "fstatfs", SYS_fstatfs, EXACT, { { FD, FILE_FD }, BUFFER } },
	{ "truncate", SYS_truncate, EXACT, { PATH, { OFFSET, 100 } } },
	{ "ftruncate", SYS_ftruncate, EXACT, { { FD, FILE_FD }, { OFFSET, 100 } } },
	{ "fallocate", SYS_fallocate, EXACT, { { FD, FILE_FD }, { NUMBER, 0 }, { OFFSET, 10 }, { OFFSET, 100 } } },
	{ "faccessat", SYS_faccessat, EXACT, { CWD, PATH, { NUMBER, 4 } } },
	{ "faccessat2", SYS_faccessat2, EXACT, { CWD, PATH, { NUMBER, 4 }, { FLAGS, 0 } } },
	{ "chdir", SYS_chdir, EXACT, { PATH } },
	{ "fchdir", SYS_fchdir, EXACT, { { FD, DIR_FD } } },
	{ "chroot", SYS_chroot, EXACT, { PATH } },
	{ "fchmod", SYS_fchmod, EXACT, { { FD, FILE_FD }, { FLAGS, 0644 } } },
	{ "fchmodat", SYS_fchmodat, EXACT, { CWD, PATH, { FLAGS, 0644 } } },
	{ "fchownat", SYS_fchownat, EXACT, { CWD, PATH, { NUMBER, 0 }, { NUMBER, 0 }, { FLAGS, 0 } } },
	{ "fchown", SYS_fchown, EXACT, { { FD, FILE_FD }, { NUMBER, 0 }, { NUMBER, 0 } } },
	{ "openat", SYS_openat, ANY, { CWD, PATH, { FLAGS, O_RDWR }, { NUMBER, 0 } } },
	{ "openat-at", SYS_openat, ANY, { { FD, DIR_FD }, { FIXED, PATH_AT + sizeof(FOLDER) }, { FIXED, O_RDONLY } } },
	{ "close", SYS_close, EXACT, { { FD, FILE_FD } } },
	{ "close_range", SYS_close_range, EXACT, { { NUMBER, 50 }, { NUMBER, 60 }, { FLAGS, 0 } } },
	{ "pipe2", SYS_pipe2, EXACT, { BUFFER, { FLAGS, 0 } } },
	{ "getdents64", SYS_getdents64, ANY, { { FD, DIR_FD }, BUFFER, { LENGTH, 1024 } } },
	{ "lseek", SYS_lseek, EXACT, { { FD, FILE_FD }, { OFFSET, 10 }, { NUMBER, 0 } } },
	{ "lseek-end", SYS_lseek, EXACT, { { FIXED, FILE_FD }, { OFFSET, 10 }, { FIXED, SEEK_END } } },
	{ "lseek-data", SYS_lseek, EXACT, { { FIXED, FILE_FD }, { OFFSET, 10 }, { FIXED, SEEK_DATA } } },
	{ "lseek-hole", SYS_lseek, EXACT, { { FIXED, FILE_FD }, { OFFSET, 10 }, { FIXED, SEEK_HOLE } } },
	{ "read", SYS_read, EXACT, { { FD, FILE_FD }, BUFFER, { LENGTH, 8 } } },
	{ "read-zero", SYS_read, EXACT, { { FIXED, ZERO_FD }, BUFFER, { LENGTH, 8 } } },
	{ "read-pipe", SYS_read, EXACT, { { FIXED, PIPE_READ }, BUFFER, { LENGTH, 8 } } },
	{ "read-folder", SYS_read, EXACT, { { FIXED, DIR_FD }, BUFFER, { LENGTH, 8 } } },
	{ "write", SYS_write, EXACT, { { FD, FILE_FD }, BUFFER, { LENGTH, 8 } } },
	{ "write-null", SYS_write, EXACT, { { FIXED, NULL_FD }, BUFFER, { LENGTH, 8 } } },
	{ "write-pipe", SYS_write, EXACT, { { FIXED, PIPE_WRITE }, BUFFER, { LENGTH, 8 } } },
	{ "readv", SYS_readv, EXACT, { { FD, FILE_FD }, { POINTER, IOVEC_AT }, { NUMBER, 2 } } },
	{ "writev", SYS_writev, EXACT, { { FD, FILE_FD }, { POINTER, IOVEC_AT }, { NUMBER, 2 } } },
	{ "pread64", SYS_pread64, EXACT, { { FD, FILE_FD }, BUFFER, { LENGTH, 8 }, { OFFSET, 8 } } },
	{ "pwrite64", SYS_pwrite64, EXACT, { { FD, FILE_FD }, BUFFER, { LENGTH, 8 }, { OFFSET, 8 } } },
	{ "preadv", SYS_preadv, EXACT, { { FD, FILE_FD }, { POINTER, IOVEC_AT }, { NUMBER, 2 }, { OFFSET, 8 } } },
	{ "pwritev", SYS_pwritev, EXACT, { { FD, FILE_FD }, { POINTER, IOVEC_AT }, { NUMBER, 2 }, { OFFSET, 8 } } },
	{ "sendfile-out", SYS_sendfile, EXACT, { { FD, PIPE_WRITE }, { FIXED, READ_FD }, { FIXED, 0 }, { FIXED, 8 } } },
	{ "sendfile", SYS_sendfile, EXACT, { { FIXED, PIPE_WRITE }, { FD, READ_FD }, { POINTER, ZEROES_AT }, { LENGTH, 8 } } },
	{ "pselect6", SYS_pselect6, EXACT, { { NUMBER, 0 }, { POINTER, 0 }, { POINTER, 0 }, { POINTER, 0 }, { POINTER, ZEROES_AT }, { POINTER, 0 } } },
	{ "ppoll", SYS_ppoll, EXACT, { { POINTER, ZEROES_AT }, { NUMBER, 1 }, { POINTER, ZEROES_AT }, { POINTER, 0 }, { FIXED, 8 } } },
	{ "vmsplice", SYS_vmsplice, EXACT, { { FD, PIPE_WRITE }, { POINTER, IOVEC_AT }, { NUMBER, 2 }, { FLAGS, 0 } } },
	{ "readlinkat", SYS_readlinkat, EXACT, { CWD, PATH, BUFFER, { LENGTH, 100 } } },
	{ "newfstatat", SYS_newfstatat, EXACT, { CWD, PATH, BUFFER, { FLAGS, 0 } } },
	{ "fstat", SYS_fstat, EXACT, { { FD, FILE_FD }, BUFFER } },
	{ "statx", SYS_statx, EXACT, { CWD, PATH, { FLAGS, 0 }, { FLAGS, 0x7ff }, BUFFER } },
	{ "fsync", SYS_fsync, EXACT, { { FD, FILE_FD } } },
	{ "fdatasync", SYS_fdatasync, EXACT, { { FD, FILE_FD } } },
	{ "syncfs", SYS_syncfs, EXACT, { { FD, FILE_FD } } },
	{ "timerfd_create", SYS_timerfd_create, ANY, { { NUMBER, 1 }, { FLAGS, 0 } } },
	{ "timerfd_settime", SYS_timerfd_settime, EXACT, { { FD, TIMER_FD }, { FLAGS, 0 }, { POINTER, ZEROES_AT }, BUFFER } },
	{ "timerfd_gettime", SYS_timerfd_gettime, EXACT, { { FD, TIMER_FD }, BUFFER } },
	{ "utimensat", SYS_utimensat, EXACT, { CWD, PATH, { POINTER, ZEROES_AT }, { FLAGS, 0 } } },
	{ "utimensat-fd", SYS_utimensat, EXACT, { { FD, FILE_FD }, { FIXED, 0 }, { POINTER, ZEROES_AT }, { FLAGS, 0 } } },
	{ "renameat2", SYS_renameat2, EXACT, { CWD, PATH, CWD, { POINTER, OTHER_PATH_AT }, { FLAGS, 0 } } },
	{ "fadvise64", SYS_fadvise64, EXACT, { { FD, FILE_FD }, { OFFSET, 0 }, { OFFSET, 0 }, { NUMBER, 0 } } },
	{ "memfd_create", SYS_memfd_create, ANY, { PATH, { FLAGS, 0 } } },

	{ "waitid", SYS_waitid, EXACT, { { NUMBER, 0 }, { ID, 0 }, BUFFER, { FLAGS, 5 }, { POINTER, 0 } } },
	{ "wait4", SYS_wait4, EXACT, { { ID, 0 }, BUFFER, { FLAGS, 1 }, { POINTER, 0 } } },
	{ "futex-wait", SYS_futex, EXACT, { { POINTER, ZEROES_AT }, { FIXED, FUTEX_WAIT }, { NUMBER, 1 }, { POINTER, ZEROES_AT } } },
	{ "futex-wait-private", SYS_futex, EXACT, { { POINTER, ZEROES_AT }, { FIXED, FUTEX_WAIT_PRIVATE }, { NUMBER, 1 }, { POINTER, ZEROES_AT } } },
	{ "futex-wake", SYS_futex, EXACT, { { POINTER, ZEROES_AT }, { FIXED, FUTEX_WAKE }, { NUMBER, 1 } } },
	{ "futex-wake-private", SYS_futex, EXACT, { { POINTER, ZEROES_AT }, { FIXED, FUTEX_WAKE_PRIVATE }, { NUMBER, 1 } } },
	{ "futex-wait-bitset", SYS_futex, EXACT, { { POINTER, ZEROES_AT }, { FIXED, FUTEX_WAIT_BITSET }, { FIXED, 1 }, { POINTER, ZEROES_AT }, { FIXED, 0 }, { NUMBER, 1 } } },
	{ "futex-requeue", SYS_futex, EXACT, { { POINTER, ZEROES_AT }, { FIXED, FUTEX_REQUEUE }, { NUMBER, 1 }, { NUMBER, 1 }, BUFFER } },
	{ "futex-cmp-requeue", SYS_futex, EXACT, { { POINTER, ZEROES_AT }, { FIXED, FUTEX_CMP_REQUEUE }, { NUMBER, 1 }, { NUMBER, 1 }, BUFFER, { NUMBER, 0 } } },
	{ "futex-wake-op", SYS_futex, EXACT, { { POINTER, ZEROES_AT }, { FIXED, FUTEX_WAKE_OP }, { NUMBER, 1 }, { NUMBER, 1 }, BUFFER, { FLAGS, 0 } } },
	{ "futex-operation", SYS_futex, EXACT, { { FIXED, ZEROES_AT }, { FLAGS, FUTEX_WAKE }, { FIXED, 1 }, { FIXED, ZEROES_AT }, { FIXED, ZEROES_AT } } },
	{ "set_robust_list", SYS_set_robust_list, EXACT, { { POINTER, BUFFER_AT }, { LENGTH, 24 } } },
	{ "get_robust_list", SYS_get_robust_list, EXACT, { { ID, 0 }, BUFFER, { POINTER, ZEROES_AT } } },
	{ "set_tid_address", SYS_set_tid_address, ANY, { BUFFER } },

	{ "nanosleep", SYS_nanosleep, EXACT, { { POINTER, ZEROES_AT }, BUFFER } },
	{ "getitimer", SYS_getitimer, EXACT, { { FLAGS, 0 }, BUFFER } },
	{ "setitimer", SYS_setitimer, EXACT, { { FIXED, 0 }, { POINTER, ZEROES_AT }, BUFFER } },
	{ "timer_create", SYS_timer_create, EXACT, { { NUMBER, 1 }, { POINTER, 0 }, BUFFER } },
	{ "timer_gettime", SYS_timer_gettime, EXACT, { { NUMBER, 0 }, BUFFER } },
	{ "timer_settime", SYS_timer_settime, EXACT, { { NUMBER, 0 }, { FLAGS, 0 }, { POINTER, ZEROES_AT }, BUFFER } },
	{ "timer_getoverrun", SYS_timer_getoverrun, EXACT, { { NUMBER, 0 } } },
	{ "timer_delete", SYS_timer_delete, EXACT, { { NUMBER, 0 } } },
	{ "clock_gettime", SYS_clock_gettime, EXACT, { { NUMBER, 1 }, BUFFER } },
	{ "clock_getres", SYS_clock_getres, EXACT, { { NUMBER, 1 }, BUFFER } },
	{ "clock_nanosleep", SYS_clock_nanosleep, EXACT, { { NUMBER, 1 }, { FLAGS, 0 }, { POINTER, ZEROES_AT }, BUFFER } },
	{ "gettimeofday", SYS_gettimeofday, EXACT, { BUFFER, { POINTER, ZEROES_AT } } },
	{ "times", SYS_times, ANY, { BUFFER } },

	{ "sched_setparam", SYS_sched_setparam, EXACT, { { ID, 0 }, { POINTER, ZEROES_AT } } },
	{ "sched_setscheduler", SYS_sched_setscheduler, EXACT, { { ID, 0 }, { NUMBER, 0 }, { POINTER, ZEROES_AT } } },
	{ "sched_getscheduler", SYS_sched_getscheduler, EXACT, { { ID, 0 } } },
	{ "sched_getparam", SYS_sched_getparam, EXACT, { { ID, 0 }, BUFFER } },
	{ "sched_setaffinity", SYS_sched_setaffinity, EXACT, { { ID, 0 }, { LENGTH, 8 }, { POINTER, ZEROES_AT } } },
	{ "sched_getaffinity", SYS_sched_getaffinity, EXACT, { { ID, 0 }, { LENGTH, 8 }, BUFFER } },
	{ "sched_get_priority_max", SYS_sched_get_priority_max, EXACT, { { NUMBER, 0 } } },
	{ "sched_get_priority_min", SYS_sched_get_priority_min, EXACT, { { NUMBER, 0 } } },
	{ "sched_rr_get_interval", SYS_sched_rr_get_interval, EXACT, { { ID, 0 }, BUFFER } },
	{ "setpriority", SYS_setpriority, EXACT, { { NUMBER, 0 }, { ID, 0 }, { NUMBER, 0 } } },
	{ "getpriority", SYS_getpriority, EXACT, { { NUMBER, 0 }, { ID, 0 } } },
	{ "getcpu", SYS_getcpu, EXACT, { BUFFER, { POINTER, ZEROES_AT } } },

	{ "kill", SYS_kill, EXACT, { { ID, SELF }, { SIGNAL, 0 } } },
	{ "tkill", SYS_tkill, EXACT, { { ID, SELF }, { SIGNAL, 0 } } },
	{ "tgkill", SYS_tgkill, EXACT, { { ID, SELF }, { ID, SELF }, { SIGNAL, 0 } } },
	{ "sigaltstack", SYS_sigaltstack, EXACT, { { POINTER, ZEROES_AT }, BUFFER } },
	{ "rt_sigaction", SYS_rt_sigaction, EXACT, { { SIGNAL, SIGUSR1 }, { POINTER, ZEROES_AT }, BUFFER, { LENGTH, 8 } } },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, EXACT, { { NUMBER, 0 }, { POINTER, ZEROES_AT }, BUFFER, { LENGTH, 8 } } },
	{ "rt_sigpending", SYS_rt_sigpending, EXACT, { BUFFER, { LENGTH, 8 } } },
	{ "rt_sigtimedwait", SYS_rt_sigtimedwait, EXACT, { { POINTER, ZEROES_AT }, BUFFER, { POINTER, ZEROES_AT }, { LENGTH, 8 } } },
	{ "rt_sigsuspend", SYS_rt_sigsuspend, EXACT, { { POINTER, 1 }, { LENGTH, 8 } } },
	{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo, EXACT, { { ID, SELF }, { SIGNAL, SIGURG }, { POINTER, ZEROES_AT } } },
	{ "rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, EXACT, { { ID, SELF }, { ID, SELF }, { SIGNAL, SIGURG }, { POINTER, ZEROES_AT } } },

	{ "setregid", SYS_setregid, EXACT, { { NUMBER, 0 }, { NUMBER, 0 } } },
	{ "setuid", SYS_setuid, EXACT, { { NUMBER, 0 } } },
	{ "setresuid", SYS_setresuid, EXACT, { { NUMBER, 0 }, { NUMBER, 0 }, { NUMBER, 0 } } },
	{ "getresuid", SYS_getresuid, EXACT, { BUFFER, { POINTER, ZEROES_AT }, { POINTER, ZEROES_AT } } },
	{ "setfsuid", SYS_setfsuid, EXACT, { { NUMBER, 0 } } },
	{ "setpgid", SYS_setpgid, EXACT, { { ID, 0 }, { ID, 0 } } },
	{ "getpgid", SYS_getpgid, ANY, { { ID, 0 } } },
	{ "getsid", SYS_getsid, ANY, { { ID, 0 } } },
	{ "getgroups", SYS_getgroups, EXACT, { { NUMBER, 10 }, BUFFER } },
	{ "setgroups", SYS_setgroups, EXACT, { { NUMBER, 2 }, BUFFER } },
	{ "uname", SYS_uname, EXACT, { BUFFER } },
	{ "sethostname", SYS_sethostname, EXACT, { BUFFER, { LENGTH, 4 } } },
	{ "getrlimit", SYS_getrlimit, EXACT, { { NUMBER, 7 }, BUFFER } },
	{ "setrlimit", SYS_setrlimit, EXACT, { { NUMBER, 4 }, { POINTER, LIMIT_AT } } },
	{ "prlimit64", SYS_prlimit64, EXACT, { { ID, 0 }, { NUMBER, 4 }, { POINTER, LIMIT_AT }, BUFFER } },
	{ "getrusage", SYS_getrusage, EXACT, { { NUMBER, 0 }, BUFFER } },
	{ "umask", SYS_umask, EXACT, { { NUMBER, 077 } } },
	{ "prctl-name", SYS_prctl, EXACT, { { FIXED, 15 }, { POINTER, PATH_AT } } },
	{ "prctl-pdeathsig", SYS_prctl, EXACT, { { FIXED, 1 }, { SIGNAL, 9 } } },
	{ "prctl-dumpable", SYS_prctl, EXACT, { { FIXED, 4 }, { NUMBER, 1 } } },
	{ "sysinfo", SYS_sysinfo, EXACT, { BUFFER } },
	{ "getrandom", SYS_getrandom, EXACT, { BUFFER, { LENGTH, 8 }, { FLAGS, 0 } } },
	{ "clone", SYS_clone, ANY, { { FIXED, SIGCHLD } } },
	{ "clone3", SYS_clone3, ANY, { { POINTER, ZEROES_AT }, { LENGTH, 64 } } },
	{ "execve", SYS_execve, EXACT, { PATH, { POINTER, 0 }, { POINTER, 0 } } },
	{ "execveat", SYS_execveat, EXACT, { { FD, DIR_FD }, PATH, { POINTER, 0 }, { POINTER, 0 }, { FLAGS, 0 } } },
	{ "process_vm_readv", SYS_process_vm_readv, EXACT, { { ID, SELF }, { POINTER, IOVEC_AT }, { NUMBER, 2 }, { POINTER, IOVEC_AT }, { NUMBER, 2 }, { FLAGS, 0 } } },
	{ "membarrier", SYS_membarrier, EXACT, { { FIXED, 1 << 20 }, { FLAGS, 0 } } },

	{ "munmap", SYS_munmap, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 } } },
	{ "mprotect", SYS_mprotect, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, { FLAGS, PROT_READ } } },
	{ "mprotect-write", SYS_mprotect, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { FIXED, 4096 }, { FIXED, RIGHTS } } },
	{ "mmap", SYS_mmap, ANY, { { RANGE, PAGE_AT(HOLE) }, { LENGTH, 4096 }, { FLAGS, RIGHTS }, { FLAGS, MAP_PRIVATE | MAP_ANONYMOUS }, { FD, -1UL }, { OFFSET, 0 } } },
	{ "mmap-fixed", SYS_mmap, ANY, { { RANGE, PAGE_AT(HOLE) }, { LENGTH, 4096 }, { FIXED, RIGHTS }, { FIXED, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED }, { FIXED, -1UL }, { OFFSET, 0 } } },
	{ "mmap-file", SYS_mmap, ANY, { { FIXED, 0 }, { LENGTH, 4096 }, { FLAGS, RIGHTS }, { FLAGS, MAP_SHARED }, { FD, FILE_FD }, { OFFSET, 0 } } },
	{ "mmap-validate", SYS_mmap, ANY, { { FIXED, 0 }, { FIXED, 4096 }, { FIXED, RIGHTS }, { FLAGS, MAP_SHARED_VALIDATE }, { FIXED, FILE_FD }, { FIXED, 0 } } },
	{ "mremap", SYS_mremap, ANY, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, { LENGTH, 8192 }, { FLAGS, MREMAP_MAYMOVE }, { FIXED, 0 } } },
	{ "mremap-fixed", SYS_mremap, ANY, { { FIXED, PAGE_AT(PLAIN) }, { FIXED, 4096 }, { LENGTH, 4096 }, { FIXED, MREMAP_MAYMOVE | MREMAP_FIXED }, { RANGE, PAGE_AT(HOLE) } } },
	{ "msync", SYS_msync, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, { FLAGS, MS_SYNC } } },
	{ "mlock", SYS_mlock, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 } } },
	{ "mlock2", SYS_mlock2, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, { FLAGS, 0 } } },
	{ "munlock", SYS_munlock, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 } } },
	{ "mlockall", SYS_mlockall, EXACT, { { NUMBER, 1 } } },
	{ "mincore", SYS_mincore, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, BUFFER } },
	{ "madvise-advice", SYS_madvise, EXACT, { { FIXED, PAGE_AT(PLAIN) }, { FIXED, 4096 }, { NUMBER, 0 } } },
	{ "madvise-normal", SYS_madvise, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, { FIXED, 0 } } },
	{ "madvise-willneed", SYS_madvise, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, { FIXED, 3 } } },
	{ "madvise-dontneed", SYS_madvise, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, { FIXED, 4 } } },
	{ "madvise-free", SYS_madvise, EXACT, { { RANGE, PAGE_AT(PLAIN) }, { LENGTH, 4096 }, { FIXED, 8 } } },
};
/* clang-format on */

/* ---- one call ---- */

static long do_call(const void *arg)
{
	const struct call *c = arg;
	unsigned long a[6];

	for (int i = 0; i < 6; i++)
		a[i] = c->arg[i].good == SELF ? (unsigned long)getpid() :
						c->arg[i].good;
	return syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static const char *descriptor_name(unsigned long value)
{
	for (int i = 0; i < COUNT(descriptors); i++)
		if ((unsigned long)descriptors[i].value == value)
			return descriptors[i].name;
	return NULL;
}

static const char *special_name(unsigned long value)
{
	if (value == SELF)
		return "self";
	for (int i = 0; i < COUNT(names); i++)
		if (names[i].value == value)
			return names[i].name;
	return NULL;
}

static void name_argument(char *to, size_t size, enum kind kind,
			  unsigned long value)
{
	const char *name = kind == FD ? descriptor_name(value) :
					special_name(value);

	if (name != NULL)
		snprintf(to, size, " %s", name);
	else if (kind == FLAGS)
		snprintf(to, size, " %#lx", value);
	else
		snprintf(to, size, " %ld", (long)value);
}

static int nr_arguments(const struct call *c)
{
	int n = 6;

	while (n > 0 && c->arg[n - 1].kind == NONE)
		n--;
	return n;
}

static void make_call(const struct call *c)
{
	char text[300];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", c->name);
	const char *died;
	long result = alone(do_call, c, &died);

	for (int i = 0; i < nr_arguments(c); i++) {
		name_argument(text + n, sizeof(text) - n, c->arg[i].kind,
			      c->arg[i].good);
		n += strlen(text + n);
	}
	if (died != NULL)
		say_words("%s %s", text, died);
	else if (result < 0 && result > -4096)
		say_words("%s = %s", text, error_name(-result));
	else if (c->answer == ANY)
		say_words("%s = ok", text);
	else
		say_words("%s = %ld", text, result);
}

/* ---- all of its edges ---- */

static void replace(const struct call *c, int i, unsigned long value)
{
	struct call changed = *c;

	if (value == c->arg[i].good)
		return;
	changed.arg[i].good = value;
	make_call(&changed);
}

static void sweep_flags(const struct call *c, int i)
{
	for (int bit = 0; bit < 32; bit++)
		replace(c, i, c->arg[i].good ^ (1UL << bit));
	replace(c, i, 0);
	replace(c, i, ~0UL);
	replace(c, i, c->arg[i].good | 1UL << 32);
}

/* Nothing, and more than all, of memory that is not there. */
static void sweep_pair(const struct call *c, int i)
{
	struct call changed = *c;

	if (i + 1 == 6 || c->arg[i + 1].kind != LENGTH)
		return;
	changed.arg[i + 1].good = 0;
	for (int v = 0; v < kinds[c->arg[i].kind].nr; v++)
		replace(&changed, i, kinds[c->arg[i].kind].values[v]);
	changed.arg[i + 1].good = 2 * WALK_PAGE;
	for (int v = 0; v < kinds[c->arg[i].kind].nr; v++)
		replace(&changed, i, kinds[c->arg[i].kind].values[v]);
}

static void sweep_argument(const struct call *c, int i)
{
	enum kind kind = c->arg[i].kind;

	if (kind == FLAGS) {
		sweep_flags(c, i);
		return;
	}
	if (kind == NONE || kind == FIXED)
		return;
	for (int v = 0; v < kinds[kind].nr; v++)
		replace(c, i, kinds[kind].values[v]);
	if (kind == POINTER || kind == RANGE)
		sweep_pair(c, i);
}

void walk_sweep(const void *only)
{
	for (int i = 0; i < COUNT(calls); i++) {
		if (only != NULL && strcmp(only, calls[i].name) != 0)
			continue;
		make_call(&calls[i]);
		for (int a = 0; a < 6; a++)
			sweep_argument(&calls[i], a);
	}
}
