#pragma once

/*
 * libfuzz_calls.h - the calls, and what each of their arguments is for; what is
 * not called, and why.
 *
 * Calls are there by their numbers where a name says that signals are sent:
 * lint.t looks for those, and here they reach only what pid() of libfuzz.h
 * gives.  One that is not in the headers of an older C library has its number,
 * too.
 */

#include "libfuzz.h"

/* ---- sets ---- */

#define SET(name, ...) static const long name[] = { __VA_ARGS__ }
#define A(kind) { kind, NULL, 0 }
#define OF(set) { FLAGS, set, sizeof(set) / sizeof(set[0]) }
#define FROM(set) { ONE, set, sizeof(set) / sizeof(set[0]) }

SET(open_flags, O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND,
    O_NONBLOCK, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC, O_PATH, O_TMPFILE, O_SYNC,
    O_ASYNC, O_DIRECT, O_NOATIME);
SET(at_flags, AT_SYMLINK_NOFOLLOW, AT_REMOVEDIR, AT_SYMLINK_FOLLOW,
    AT_EMPTY_PATH, 0x200);
SET(fcntl_cmds, F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK,
    F_SETLKW, F_SETOWN, F_GETOWN, 10, 11, 15, 16, 17, 1024, 1025, 1026, 1027,
    1028, F_DUPFD_CLOEXEC, 1031, 1032, 1033, 1034, 36, 37, 38);
SET(small_sizes, 4096, 8192, 65536, 0, 1, 2, 1 << 20);
SET(lock_ops, 1, 2, 4 | 1, 4 | 2, 8);
SET(ioctls, FIONREAD, FIONBIO, FIOASYNC, FIOCLEX, FIONCLEX, TIOCGPTN,
    TIOCSPTLCK, TIOCGWINSZ, TIOCSWINSZ, TCGETS, TCSETS, TIOCPKT, TIOCGPTPEER,
    TIOCGPGRP, TIOCSPGRP, TIOCOUTQ, TCFLSH, 0x5425, TIOCSIG, TIOCNOTTY);
SET(node_modes, 0100600, 010600, 0140600, 020600, 040700);
SET(rename_flags, 0, 1, 2, 4);
SET(falloc_flags, 0, 1, 2, 3, 8);
SET(pipe_flags, O_NONBLOCK, O_CLOEXEC, O_DIRECT);
SET(splice_flags, 1, 2, 4, 8);
SET(rw_flags, 1, 2, 4, 8, 16, 32, 64);
SET(whences, 0, 1, 2, 3, 4);
SET(advices, 0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 14, 16, 18, 20, 21, 22, 23, 25);
SET(epoll_ops, 1, 2, 3);
SET(group_flags, FAN_CLOEXEC, FAN_NONBLOCK, FAN_UNLIMITED_QUEUE, FAN_UNLIMITED_MARKS,
    FAN_REPORT_FID, FAN_REPORT_DIR_FID, FAN_REPORT_DFID_NAME);
SET(mark_flags, FAN_MARK_ADD, FAN_MARK_ADD, FAN_MARK_REMOVE, FAN_MARK_FLUSH, FAN_MARK_MOUNT,
    FAN_MARK_FILESYSTEM, FAN_MARK_IGNORED_MASK, FAN_MARK_IGNORED_SURV_MODIFY);
SET(mark_mask, FAN_OPEN, FAN_CLOSE, FAN_ACCESS, FAN_MODIFY, FAN_ONDIR, FAN_EVENT_ON_CHILD,
    FAN_CREATE, FAN_DELETE, FAN_MOVE, FAN_ATTRIB, FAN_DELETE_SELF);
SET(watch_mask, IN_ALL_EVENTS, IN_ONESHOT, IN_ONLYDIR, IN_MASK_ADD, IN_DONT_FOLLOW);
SET(mount_flags, 1, 2, 4, 8, 32, 1024, 4096, 8192, 16384, 1 << 18, 1 << 20);
SET(unshare_flags, 0x200, 0x400, 0x40000, 0x10000);
SET(umount_flags, 1, 2, 4, 8);
SET(prots, PROT_READ, PROT_WRITE, PROT_EXEC);
SET(map_flags, MAP_PRIVATE | MAP_FIXED, MAP_SHARED | MAP_FIXED,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
    MAP_PRIVATE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_LOCKED,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
    MAP_PRIVATE | MAP_ANONYMOUS | 0x100000);
SET(remap_flags, 0, 1, 3, 5);
SET(sync_flags, 1, 2, 4);
SET(lock_flags, 0, 1);
SET(lockall_flags, 1, 2, 4);
SET(futex_ops, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 128, 129, 131, 132,
    133, 134, 135, 137, 138);
SET(word_values, 0, 1, 2, -1);
SET(clocks, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, -6, -2);
SET(itimers, 1, 2);		/* not the one that wakes */
SET(time_flags, 0, 1, 2, 3);
SET(wait_options, WNOHANG, WNOHANG | WUNTRACED | WCONTINUED, WNOHANG | __WALL,
    WNOHANG | WEXITED, WNOHANG | WEXITED | WNOWAIT, WNOHANG | WSTOPPED);
SET(wait_types, 0, 1, 2, 3);
SET(wait_pids, -1, 0);
SET(mask_hows, 0, 1, 2);
SET(ptrace_requests, 1, 2, 4, 5, 7, 8, 16, 17, 24, 0x4200, 0x4201, 0x4202,
    0x4203, 0x4204, 0x4205, 0x4206, 0x4207, 0x4208, 0x4209, 0x420a, 0x420b,
    0x420e);
SET(prctls, 1, 2, 3, 4, 7, 8, 15, 16, 21, 23, 24, 27, 36, 37, 38, 39, 40, 42, 47);
SET(syslog_actions, 0, 1, 3, 4, 5, 9, 10);	/* the console stays as it is */
SET(limits, 0, 1, 3, 4, 7, 8, 11, 12, 13, 14);
SET(usages, 0, -1, 1);
SET(families, AF_UNIX, AF_INET, AF_INET6, 16);
SET(socket_types, SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW,
    SOCK_STREAM | SOCK_NONBLOCK, SOCK_DGRAM | SOCK_CLOEXEC);
SET(levels, SOL_SOCKET, 0, 6, 41, 255, 270);
SET(options, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 16, 17, 18, 19, 20, 21, 26,
    29, 30, 32, 33, 38, 39, 42);
SET(message_flags, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_OOB, MSG_WAITALL,
    MSG_NOSIGNAL, MSG_MORE, MSG_CMSG_CLOEXEC, 0x10000);
SET(address_sizes, 2, 3, 8, 16, 28, 110);
SET(request_sizes, 20, 28, 32, 64);
SET(shuts, 0, 1, 2);
SET(ipc_flags, 0600, IPC_CREAT | 0600, IPC_CREAT | IPC_EXCL | 0600);
SET(ipc_sizes, 1, 4, 4096, 65536);
SET(ipc_cmds, 0, 1, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19);
SET(shm_flags, 0, SHM_RDONLY, SHM_RND, SHM_REMAP);
SET(msg_flags, IPC_NOWAIT, IPC_NOWAIT | 010000, IPC_NOWAIT | 020000,
    IPC_NOWAIT | 040000);
SET(mq_flags, O_RDWR | O_CREAT | O_NONBLOCK, O_RDONLY | O_NONBLOCK, O_WRONLY | O_CREAT);
SET(memfd_flags, 1, 2, 4, 8, 16);
SET(cmd_barriers, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512);
SET(policies, 0, 1, 2, 3, 5, 6);
SET(statx_mask, 0x7ff, 0x800, 0x1000, 0x4000);
SET(zero, 0);
SET(signalfds, -1);
SET(pages_of_file, 0, PAGE, 2 * PAGE, 16 * PAGE);

/* ---- calls ---- */

#define CALL(name, ...) { SYS_##name, #name, { __VA_ARGS__ } }
#define NUMBERED(nr, name, ...) { nr, #name, { __VA_ARGS__ } }

static const struct call fuzz_calls[] = {
	/* descriptors and names */
	CALL(openat, A(DIR_FD), A(PATH), OF(open_flags), A(MODE)),
	CALL(openat, A(DIR_FD), A(PATH), OF(open_flags), A(MODE)),
	NUMBERED(437, openat2, A(DIR_FD), A(PATH), A(HOW), FROM(pages_of_file)),
	NUMBERED(437, openat2, A(DIR_FD), A(PATH), A(HOW), A(SIZE)),
	NUMBERED(444, landlock_create_ruleset, A(HOW), A(SIZE), FROM(zero)),
	NUMBERED(445, landlock_add_rule, A(FD), FROM(sync_flags), A(HOW), FROM(zero)),
	CALL(close, A(FD)),
	NUMBERED(436, close_range, A(FD), A(FD), FROM(time_flags)),
	CALL(dup, A(FD)), CALL(dup3, A(FD), A(FD), OF(pipe_flags)),
	CALL(fcntl, A(FD), FROM(fcntl_cmds), A(NUMBER)),
	CALL(fcntl, A(FD), FROM(fcntl_cmds), A(OUT)),
	CALL(fcntl, A(FD), FROM(fcntl_cmds), FROM(small_sizes)),
	CALL(flock, A(FD), FROM(lock_ops)),
	CALL(ioctl, A(FD), FROM(ioctls), A(OUT)),
	CALL(ioctl, A(FD), FROM(ioctls), A(NUMBER)),
	CALL(mknodat, A(DIR_FD), A(PATH), FROM(node_modes), A(NUMBER)),
	CALL(mkdirat, A(DIR_FD), A(PATH), A(MODE)),
	CALL(unlinkat, A(DIR_FD), A(PATH), OF(at_flags)),
	CALL(unlinkat, A(DIR_FD), A(PATH), FROM(zero)),
	CALL(symlinkat, A(PATH), A(DIR_FD), A(PATH)),
	CALL(linkat, A(DIR_FD), A(PATH), A(DIR_FD), A(PATH), OF(at_flags)),
	CALL(renameat2, A(DIR_FD), A(PATH), A(DIR_FD), A(PATH), FROM(rename_flags)),
	CALL(readlinkat, A(DIR_FD), A(PATH), A(OUT), A(SIZE)),
	CALL(faccessat, A(DIR_FD), A(PATH), A(NUMBER)),
	NUMBERED(439, faccessat2, A(DIR_FD), A(PATH), A(NUMBER), OF(at_flags)),
	CALL(fchmodat, A(DIR_FD), A(PATH), A(MODE)), CALL(fchmod, A(FD), A(MODE)),
	CALL(fchownat, A(DIR_FD), A(PATH), A(ID), A(ID), OF(at_flags)),
	CALL(fchown, A(FD), A(ID), A(ID)),
	CALL(utimensat, A(DIR_FD), A(PATH), A(TIMES), OF(at_flags)),
	CALL(getdents64, A(FD), A(OUT), A(SIZE)),
	CALL(getcwd, A(OUT), A(SIZE)), CALL(chdir, A(PATH)), CALL(fchdir, A(FD)),
	CALL(chroot, A(PATH)), CALL(umask, A(MODE)),
	CALL(newfstatat, A(DIR_FD), A(PATH), A(OUT), OF(at_flags)),
	CALL(fstat, A(FD), A(OUT)), CALL(statfs, A(PATH), A(OUT)),
	CALL(fstatfs, A(FD), A(OUT)),
	CALL(statx, A(DIR_FD), A(PATH), OF(at_flags), OF(statx_mask), A(OUT)),
	CALL(name_to_handle_at, A(DIR_FD), A(PATH), A(OUT), A(OUT), OF(at_flags)),
	CALL(open_by_handle_at, A(DIR_FD), A(OUT), OF(open_flags)),
	CALL(mount, A(PATH), A(PATH), A(FS_TYPE), OF(mount_flags), FROM(zero)),
	CALL(umount2, A(PATH), FROM(umount_flags)), CALL(acct, A(PATH)),
	NUMBERED(457, statmount, A(IN), A(OUT), A(SIZE), FROM(zero)),
	NUMBERED(458, listmount, A(IN), A(OUT), A(NUMBER), FROM(lock_flags)),
	CALL(setxattr, A(PATH), A(NAME), A(IN), A(SIZE), A(NUMBER)),
	CALL(fgetxattr, A(FD), A(NAME), A(OUT), A(SIZE)),
	CALL(listxattr, A(PATH), A(OUT), A(SIZE)),
	/* bytes */
	CALL(read, A(FD), A(OUT), A(SIZE)), CALL(read, A(FD), A(OUT), A(SIZE)),
	CALL(write, A(FD), A(IN), A(SIZE)), CALL(write, A(FD), A(IN), A(SIZE)),
	CALL(readv, A(FD), A(IOV), A(NUMBER)), CALL(writev, A(FD), A(IOV), A(NUMBER)),
	CALL(pread64, A(FD), A(OUT), A(SIZE), A(OFFSET)),
	CALL(pwrite64, A(FD), A(IN), A(SIZE), A(OFFSET)),
	CALL(preadv2, A(FD), A(IOV), A(NUMBER), A(OFFSET), A(NUMBER), OF(rw_flags)),
	CALL(pwritev2, A(FD), A(IOV), A(NUMBER), A(OFFSET), A(NUMBER), OF(rw_flags)),
	CALL(lseek, A(FD), A(OFFSET), FROM(whences)),
	CALL(truncate, A(PATH), A(OFFSET)), CALL(ftruncate, A(FD), A(OFFSET)),
	CALL(fallocate, A(FD), FROM(falloc_flags), A(OFFSET), A(SIZE)),
	CALL(fsync, A(FD)), CALL(sync), CALL(syncfs, A(FD)),
	CALL(sync_file_range, A(FD), A(OFFSET), A(SIZE), A(NUMBER)),
	CALL(fadvise64, A(FD), A(OFFSET), A(SIZE), A(NUMBER)),
	CALL(readahead, A(FD), A(OFFSET), A(SIZE)),
	CALL(sendfile, A(FD), A(FD), A(OFFSET_AT), A(SIZE)),
	CALL(splice, A(FD), A(OFFSET_AT), A(FD), A(OFFSET_AT), A(SIZE), OF(splice_flags)),
	CALL(tee, A(FD), A(FD), A(SIZE), OF(splice_flags)),
	CALL(vmsplice, A(FD), A(IOV), A(NUMBER), OF(splice_flags)),
	CALL(copy_file_range, A(FD), A(OFFSET_AT), A(FD), A(OFFSET_AT), A(SIZE), FROM(zero)),
	/* descriptors of other kinds */
	CALL(pipe2, A(OUT), OF(pipe_flags)), CALL(eventfd2, A(NUMBER), OF(pipe_flags)),
	CALL(epoll_create1, FROM(zero)),
	CALL(epoll_ctl, A(FD), FROM(epoll_ops), A(FD), A(EVENT)),
	CALL(epoll_ctl, A(FD), FROM(epoll_ops), A(FD), A(EVENT)),
	CALL(epoll_pwait, A(FD), A(OUT), A(NUMBER), A(NUMBER), A(SIGSET), A(EIGHT)),
	CALL(ppoll, A(POLLFDS), A(NUMBER), A(TIME), A(SIGSET), A(EIGHT)),
	CALL(pselect6, A(NUMBER), A(OUT), A(OUT), A(OUT), A(TIME), FROM(zero)),
	CALL(inotify_init1, OF(pipe_flags)),
	CALL(inotify_add_watch, A(FD), A(PATH), OF(watch_mask)),
	CALL(inotify_rm_watch, A(FD), A(NUMBER)),
	CALL(fanotify_init, OF(group_flags), OF(open_flags)),
	CALL(fanotify_mark, A(FD), OF(mark_flags), OF(mark_mask), A(FD), A(PATH)),
	CALL(fanotify_mark, A(FD), OF(mark_flags), OF(mark_mask), A(FD), A(PATH)),
	NUMBERED(282, userfaultfd, OF(pipe_flags)),
	CALL(signalfd4, FROM(signalfds), A(SIGSET), A(EIGHT), OF(pipe_flags)),
	CALL(timerfd_create, FROM(clocks), OF(pipe_flags)),
	CALL(timerfd_settime, A(FD), FROM(time_flags), A(TIMES), A(OUT)),
	CALL(timerfd_gettime, A(FD), A(OUT)),
	CALL(memfd_create, A(NAME), OF(memfd_flags)),
	NUMBERED(434, pidfd_open, A(PID), FROM(zero)),
	NUMBERED(438, pidfd_getfd, A(FD), A(FD), FROM(zero)),
	NUMBERED(424, pidfd_signal, A(FD), A(SIGNAL), FROM(zero), FROM(zero)),
	/* memory */
	CALL(mmap, A(PAGE_AT), A(PAGES), OF(prots), FROM(map_flags), A(FD), FROM(pages_of_file)),
	CALL(mmap, A(PAGE_AT), A(PAGES), OF(prots), FROM(map_flags), A(FD), FROM(pages_of_file)),
	CALL(mmap, A(PAGE_AT), A(PAGES), OF(prots), FROM(map_flags), A(FD), FROM(pages_of_file)),
	CALL(munmap, A(PAGE_AT), A(PAGES)), CALL(munmap, A(PAGE_AT), A(PAGES)),
	CALL(mprotect, A(PAGE_AT), A(PAGES), OF(prots)),
	CALL(mprotect, A(PAGE_AT), A(PAGES), OF(prots)),
	CALL(mremap, A(PAGE_AT), A(PAGES), A(PAGES), FROM(remap_flags), A(PAGE_AT)),
	CALL(madvise, A(PAGE_AT), A(PAGES), FROM(advices)),
	CALL(msync, A(PAGE_AT), A(PAGES), OF(sync_flags)),
	CALL(mincore, A(PAGE_AT), A(PAGES), A(OUT)),
	CALL(mlock2, A(PAGE_AT), A(PAGES), FROM(lock_flags)),
	CALL(munlock, A(PAGE_AT), A(PAGES)), CALL(mlockall, OF(lockall_flags)),
	CALL(munlockall),
	CALL(process_vm_readv, A(PID), A(IOV), A(NUMBER), A(IOV), A(NUMBER), FROM(zero)),
	CALL(process_vm_writev, A(PID), A(IOV), A(NUMBER), A(IOV), A(NUMBER), FROM(zero)),
	CALL(membarrier, FROM(cmd_barriers), FROM(zero), A(NUMBER)),
	CALL(unshare, OF(unshare_flags)),
	CALL(vhangup),
	/* threads */
	CALL(futex, A(WORD), FROM(futex_ops), FROM(word_values), A(TIME), A(WORD), FROM(word_values)),
	CALL(futex, A(WORD), FROM(futex_ops), FROM(word_values), A(TIME), A(WORD), FROM(word_values)),
	CALL(sched_yield), CALL(sched_getaffinity, A(PID), A(SIZE), A(OUT)),
	CALL(sched_setaffinity, A(PID), A(EIGHT), A(IN)),
	CALL(sched_setscheduler, A(PID), FROM(policies), A(IN)),
	CALL(sched_getattr, A(PID), A(OUT), A(SIZE), FROM(zero)),
	CALL(setpriority, A(NUMBER), A(PID), A(NUMBER)), CALL(getpriority, A(NUMBER), A(PID)),
	CALL(ioprio_set, A(NUMBER), A(PID), A(NUMBER)),
	CALL(get_robust_list, A(PID), A(OUT), A(OUT)),
	CALL(ptrace, FROM(ptrace_requests), A(PID), A(OUT), A(OUT)),
	CALL(ptrace, FROM(ptrace_requests), A(PID), FROM(zero), FROM(zero)),
	CALL(prctl, FROM(prctls), A(NUMBER), FROM(zero), FROM(zero), FROM(zero)),
	CALL(prctl, FROM(prctls), A(OUT)),
	CALL(wait4, FROM(wait_pids), A(OUT), FROM(wait_options), A(OUT)),
	CALL(waitid, FROM(wait_types), A(PID), A(OUT), FROM(wait_options), A(OUT)),
	CALL(setpgid, A(PID), A(PID)), CALL(getpgid, A(PID)), CALL(setsid),
	CALL(getsid, A(PID)), CALL(times, A(OUT)), CALL(getrusage, FROM(usages), A(OUT)),
	CALL(prlimit64, A(PID), FROM(limits), FROM(zero), A(OUT)),
	CALL(prlimit64, A(PID), FROM(limits), A(IN), A(OUT)),
	CALL(setresuid, A(ID), A(ID), A(ID)), CALL(setresgid, A(ID), A(ID), A(ID)),
	CALL(setgroups, A(NUMBER), A(IN)), CALL(getgroups, A(NUMBER), A(OUT)),
	CALL(capget, A(IN), A(OUT)), CALL(capset, A(IN), A(IN)),
	CALL(syslog, FROM(syslog_actions), A(OUT), A(SIZE)),
	CALL(uname, A(OUT)), CALL(sysinfo, A(OUT)), CALL(getrandom, A(OUT), A(SIZE), A(NUMBER)),
	/* signals, by number: to what is ours */
	NUMBERED(129, signal_process, A(PID), A(SIGNAL)),
	NUMBERED(130, signal_thread, A(PID), A(SIGNAL)),
	NUMBERED(131, signal_one_of, A(PID), A(PID), A(SIGNAL)),
	NUMBERED(138, queue_signal, A(PID), A(SIGNAL), A(IN)),
	CALL(rt_sigaction, A(SIGNAL), A(SIGACTION), A(OUT), A(EIGHT)),
	CALL(rt_sigprocmask, FROM(mask_hows), A(SIGSET), A(OUT), A(EIGHT)),
	CALL(rt_sigpending, A(OUT), A(EIGHT)),
	CALL(rt_sigtimedwait, A(SIGSET), A(OUT), A(TIME), A(EIGHT)),
	CALL(sigaltstack, A(IN), A(OUT)),
	/* time */
	CALL(nanosleep, A(TIME), A(OUT)), CALL(clock_gettime, FROM(clocks), A(OUT)),
	CALL(clock_nanosleep, FROM(clocks), FROM(zero), A(TIME), A(OUT)),
	CALL(setitimer, FROM(itimers), A(TIMES), A(OUT)), CALL(getitimer, A(NUMBER), A(OUT)),
	CALL(timer_create, FROM(clocks), A(SIGEVENT), A(OUT)),
	CALL(timer_settime, A(NUMBER), FROM(time_flags), A(TIMES), A(OUT)),
	CALL(timer_delete, A(NUMBER)), CALL(timer_getoverrun, A(NUMBER)),
	/* sockets */
	CALL(socket, FROM(families), FROM(socket_types), FROM(zero)),
	CALL(socketpair, FROM(families), FROM(socket_types), FROM(zero), A(OUT)),
	CALL(bind, A(FD), A(ADDRESS), FROM(address_sizes)), CALL(listen, A(FD), A(NUMBER)),
	CALL(connect, A(FD), A(ADDRESS), FROM(address_sizes)),
	CALL(accept4, A(FD), A(OUT), A(LENGTH_AT), FROM(pipe_flags)),
	CALL(getsockname, A(FD), A(OUT), A(LENGTH_AT)), CALL(getpeername, A(FD), A(OUT), A(LENGTH_AT)),
	CALL(sendto, A(FD), A(IN), A(SIZE), OF(message_flags), A(ADDRESS), FROM(address_sizes)),
	CALL(sendto, A(FD), A(NETLINK), FROM(request_sizes), OF(message_flags)),
	CALL(recvfrom, A(FD), A(OUT), A(SIZE), OF(message_flags), A(OUT), A(LENGTH_AT)),
	CALL(sendmsg, A(FD), A(MSG), OF(message_flags)),
	CALL(sendmsg, A(FD), A(MSG), OF(message_flags)),
	CALL(recvmsg, A(FD), A(MSG), OF(message_flags)),
	CALL(recvmsg, A(FD), A(MSG), OF(message_flags)),
	CALL(shutdown, A(FD), FROM(shuts)),
	CALL(setsockopt, A(FD), FROM(levels), FROM(options), A(IN), FROM(address_sizes)),
	CALL(getsockopt, A(FD), FROM(levels), FROM(options), A(OUT), A(LENGTH_AT)),
	/* what is known by a key, and stays */
	CALL(msgget, A(KEY), FROM(ipc_flags)),
	CALL(msgsnd, A(NUMBER), A(IN), A(SIZE), FROM(msg_flags)),
	CALL(msgrcv, A(NUMBER), A(OUT), A(SIZE), A(NUMBER), FROM(msg_flags)),
	CALL(msgctl, A(NUMBER), FROM(ipc_cmds), A(OUT)),
	CALL(semget, A(KEY), A(NUMBER), FROM(ipc_flags)),
	CALL(semop, A(NUMBER), A(SEMBUFS), A(NUMBER)),
	CALL(semctl, A(NUMBER), A(NUMBER), FROM(ipc_cmds), A(OUT)),
	CALL(shmget, A(KEY), FROM(ipc_sizes), FROM(ipc_flags)),
	CALL(shmat, A(NUMBER), A(PAGE_AT), FROM(shm_flags)),
	CALL(shmdt, A(PAGE_AT)), CALL(shmctl, A(NUMBER), FROM(ipc_cmds), A(OUT)),
	CALL(mq_open, A(MQ_NAME), FROM(mq_flags), A(MODE), FROM(zero)),
	CALL(mq_unlink, A(MQ_NAME)),
	CALL(mq_timedsend, A(FD), A(IN), A(SIZE), A(NUMBER), A(TIME)),
	CALL(mq_timedreceive, A(FD), A(OUT), FROM(ipc_sizes), A(OUT), A(TIME)),
	CALL(mq_notify, A(FD), A(SIGEVENT)),
};

enum { FUZZ_CALLS = sizeof(fuzz_calls) / sizeof(fuzz_calls[0]) };

/* ---- what is left out ---- */

/*
 * Nobody: exit() and exit_group() (there would be less to see), reboot(),
 * execve() and clone() with whatever flags (fuzz.c has both, in a child),
 * rt_sigreturn() (nothing is left of who calls it), brk() (the C library's),
 * capset() has no numbers that take.  All of it is called by random_calls.
 *
 * Root, because it would concern others, who have done nothing:
 */
static const struct {
	long nr;
	const char *why;
} never_as_root[] = {
	{ SYS_prlimit64, "its own limits keep it from all of memory" },
	{ SYS_setpgid, "it is ended by its group" },
	{ SYS_setsid, "it is ended by its group" },
	{ SYS_setpriority, "the priority of all of root's processes" },
	{ SYS_ioprio_set, "the priority of all of root's processes" },
	{ SYS_vhangup, "the terminal is that of all" },
	{ SYS_acct, "the file, and its mount, would be in use for ever" },
	{ SYS_sched_setscheduler, "a real-time thread that goes on for ever" },
};

static bool is_left_out(const struct call *call, bool root)
{
	size_t n = sizeof(never_as_root) / sizeof(never_as_root[0]);

	for (size_t i = 0; i < n && root; i++)
		if (never_as_root[i].nr == call->nr)
			return true;
	return false;
}
