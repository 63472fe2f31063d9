#pragma once

/*
 * libfuzz.h - arguments of system calls, by what they are for.
 *
 * A row of the table (libfuzz_calls.h) says of each argument of a call what it
 * is: a descriptor, a path, memory to be written to, flags of a set.  Here one
 * is made by chance: most of the time what the call takes, so that it gets
 * beyond its first checks, and now and then what it must not take.  What
 * concerns others (pids, keys) is never but what the test has made.
 *
 * The threads of a process share all this memory, and some of it (the arena)
 * is what they map, unmap and protect meanwhile: so a call's memory may change
 * or go while the call is under way.
 */

#include "libstress.h"

#include <sys/epoll.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/poll.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

enum {
	FUZZ_THREADS = 3,		/* of each process */
	FUZZ_USER = 4244,		/* nobody else acts for him */
	FUZZ_KEY = 0x7f550000,		/* the first of the keys */
	FUZZ_KEYS = 4,
	FUZZ_PATHS = 12,		/* below the process's own folder */
	FUZZ_TIDS = 8,
	BUFFER_PAGES = 16,
	ARENA_PAGES = 64,
	SLOTS = 16,			/* of structures that are made for calls */
	SLOT = 512,
};

enum kind {
	NOTHING,
	FD, DIR_FD, PATH, NAME,		/* NAME: any short text */
	MQ_NAME, FS_TYPE,
	OUT, IN, SIZE, OFFSET, OFFSET_AT,
	FLAGS, ONE,			/* several of a set, or one of it */
	NUMBER,				/* small */
	ANY,
	PID, SIGNAL, SIGSET, SIGACTION, SIGEVENT,
	TIME, TIMES, EIGHT,
	IOV, MSG, POLLFDS, EVENT,
	ADDRESS, LENGTH_AT, NETLINK,
	MODE, ID,			/* ID: a user or a group */
	KEY, SEMBUFS,
	PAGE_AT, PAGES, WORD,
	HOW,				/* of openat2() */
};

struct argument {
	enum kind kind;
	const long *set;
	int n;
};

struct call {
	long nr;
	const char *name;
	struct argument arg[6];
};

/* ---- what a process has ---- */

struct fuzz {
	struct rng rng;		/* of this thread */
	bool root;
};

static char *fuzz_buffer;		/* stays; beside it nothing */
static char *fuzz_arena;		/* is mapped and unmapped */
static char *fuzz_slots;		/* BUFFER_PAGES would be too many */
static pid_t fuzz_tids[FUZZ_TIDS];	/* threads and children of this process */

/* Memory with nothing beside it: too long an access ends there. */
static char *fuzz_guarded(size_t bytes)
{
	size_t guard = 16 * PAGE;
	char *p = stress_map(bytes + 2 * guard, MAP_PRIVATE);

	munmap(p, guard);
	munmap(p + guard + bytes, guard);
	return p + guard;
}

static void fuzz_map(void)
{
	fuzz_buffer = fuzz_guarded(BUFFER_PAGES * PAGE);
	fuzz_arena = fuzz_guarded(ARENA_PAGES * PAGE);
	fuzz_slots = fuzz_guarded(SLOTS * SLOT);
}

/* Root has the first ones only, which are all below his folder. */
enum { ROOTS_PATHS = 10 };

static const char *const fuzz_paths[] = {
	"a", "b", "c", "a/b", "d", "d/e", "d/f", ".", "", "link",
	"..", "/proc/self/maps", "/proc/self/status", "/proc/self/fd/3",
	"/proc/self/task", "/dev/null", "/dev/zero", "/dev/ptmx",
	"/proc/sys/fs", "/proc/self/mem", "/bin/true", "/proc/self/fdinfo/4",
	"/proc/self/mountinfo", "/proc/self/oom_score",
};

static const char *const fuzz_types[] = { "tmpfs", "proc", "sysfs", "ext2", "none" };
static const char *const fuzz_queues[] = { "/fuzz.0", "/fuzz.1", "/fuzz.2" };

enum {
	NR_PATHS = sizeof(fuzz_paths) / sizeof(fuzz_paths[0]),
	NR_TYPES = sizeof(fuzz_types) / sizeof(fuzz_types[0]),
	NR_QUEUES = sizeof(fuzz_queues) / sizeof(fuzz_queues[0]),
};

/* ---- numbers ---- */

static long below(struct fuzz *f, long n)
{
	return (long)rng_below(&f->rng, (uint64_t)n);
}

static bool one_in(struct fuzz *f, long n)
{
	return below(f, n) == 0;
}

static long strange(struct fuzz *f)
{
	static const unsigned long list[] = {
		-1UL, 0x7fffffff, 0x80000000, 0xffffffff, 1UL << 63,
		(1UL << 63) - 1, 0xffffffc080200000, 0x3ffffff000, 1UL << 38,
		PAGE - 1, -4096UL, 1UL << 32, -100UL, 0,
	};

	if (one_in(f, 3))
		return (long)(rng_next(&f->rng) >> below(f, 64));
	return (long)list[below(f, sizeof(list) / sizeof(list[0]))];
}

static long size(struct fuzz *f)
{
	switch (below(f, 4)) {
	case 0:
		return below(f, 16);
	case 1:
		return below(f, BUFFER_PAGES) * PAGE;
	default:
		return below(f, 3 * PAGE);
	}
}

static long flags_of(struct fuzz *f, const struct argument *a)
{
	long flags = 0;

	for (long n = below(f, 4); n > 0; n--)
		flags |= a->set[below(f, a->n)];
	return flags;
}

/* ---- memory ---- */

static char *arena_page(struct fuzz *f)
{
	return fuzz_arena + below(f, ARENA_PAGES) * PAGE;
}

/* Memory that a call reads or writes. */
static char *memory(struct fuzz *f)
{
	switch (below(f, 8)) {
	case 0:
		return fuzz_buffer + BUFFER_PAGES * PAGE - below(f, 64);
	case 1:
		return fuzz_buffer + below(f, BUFFER_PAGES * PAGE);
	case 2:
	case 3:
		return arena_page(f) + below(f, PAGE / 8) * 8;
	default:
		return fuzz_buffer + below(f, BUFFER_PAGES * PAGE / 16) * 8;
	}
}

/* Where a structure is made; another thread may make its own there. */
static void *slot(struct fuzz *f)
{
	return fuzz_slots + below(f, SLOTS) * SLOT;
}

/* ---- structures ---- */

static void *put(struct fuzz *f, const void *object, size_t bytes)
{
	void *at = slot(f);

	memcpy(at, object, bytes);
	return at;
}

/* Mostly short, for a call may wait as long. */
static struct timespec short_time(struct fuzz *f)
{
	if (one_in(f, 16))
		return (struct timespec){ strange(f), strange(f) };
	return (struct timespec){ 0, below(f, 3000000) };
}

static void *times(struct fuzz *f)
{
	struct timespec both[2] = { short_time(f), short_time(f) };

	return put(f, both, sizeof(both));
}

static void *vector(struct fuzz *f)
{
	struct iovec iov[8];

	for (int i = 0; i < 8; i++)
		iov[i] = (struct iovec){ memory(f), (size_t)below(f, 2 * PAGE) };
	if (one_in(f, 16))
		iov[below(f, 8)].iov_len = (size_t)strange(f);
	return put(f, iov, sizeof(iov));
}

static void *address(struct fuzz *f)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(40000 + below(f, 4))),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (one_in(f, 2))
		return put(f, &in, sizeof(in));
	/* Only names that nobody else looks for: in no directory. */
	snprintf(un.sun_path + 1, 8, "fuzz%ld", below(f, 4));
	return put(f, &un, sizeof(un));
}

/* What the kernel may be asked by netlink: about links, addresses, routes,
 * neighbours, with an attribute or two. */
static void *request(struct fuzz *f)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg about;
		struct rtattr attribute;
		char bytes[28];
	} r = {
		.head = { .nlmsg_len = (unsigned)below(f, 70),
			  .nlmsg_type = (unsigned short)(16 + below(f, 16)),
			  .nlmsg_flags = (unsigned short)(1 + below(f, 8) + 0x100 * below(f, 4)) },
		.about = { .ifi_family = (unsigned char)(AF_INET * below(f, 6)),
			   .ifi_index = (int)below(f, 3) },
		.attribute = { (unsigned short)below(f, 40), (unsigned short)below(f, 16) },
		.bytes = { 127, 0, 0, 1 },
	};

	return put(f, &r, sizeof(r));
}

/* A message, perhaps with descriptors on board. */
static void *message(struct fuzz *f)
{
	struct {
		struct cmsghdr head;
		int fds[2];
	} *control = slot(f);
	struct msghdr m = {
		.msg_iov = vector(f),
		.msg_iovlen = (size_t)below(f, 9),
		.msg_control = control,
		.msg_controllen = one_in(f, 2) ? sizeof(*control) : 0,
	};

	control->head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(control->fds)),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS };
	control->fds[0] = (int)below(f, 40);
	control->fds[1] = (int)below(f, 40);
	if (one_in(f, 4)) {
		m.msg_name = address(f);
		m.msg_namelen = sizeof(struct sockaddr_in);
	}
	return put(f, &m, sizeof(m));
}

static void *pollfds(struct fuzz *f)
{
	struct pollfd fds[16];

	for (int i = 0; i < 16; i++)
		fds[i] = (struct pollfd){ (int)below(f, 40), (short)below(f, 64), 0 };
	return put(f, fds, sizeof(fds));
}

static void nothing(int sig TAP_UNUSED)
{
}

/* As the kernel has it. */
static void *action(struct fuzz *f)
{
	unsigned long a[3] = { below(f, 3), (unsigned long)below(f, 2) << 28,
			       rng_next(&f->rng) & ~(1UL << (SIGALRM - 1)) };

	if (a[0] == 2)
		a[0] = (unsigned long)nothing;
	return put(f, a, sizeof(a));
}

static void *signal_set(struct fuzz *f)
{
	uint64_t set = rng_next(&f->rng) & rng_next(&f->rng);

	/* Who is to be woken by the clock takes its signal. */
	set &= ~(1UL << (SIGALRM - 1));
	return put(f, &set, sizeof(set));
}

static void *event_of_signal(struct fuzz *f)
{
	struct sigevent ev = { .sigev_notify = (int)below(f, 2),
			       .sigev_signo = SIGUSR1 };

	return put(f, &ev, sizeof(ev));
}

static void *operations(struct fuzz *f)
{
	struct sembuf ops[4];

	for (int i = 0; i < 4; i++)
		ops[i] = (struct sembuf){ (unsigned short)below(f, 5),
					  (short)(below(f, 5) - 2),
					  (short)(IPC_NOWAIT | (one_in(f, 2) ? SEM_UNDO : 0)) };
	return put(f, ops, sizeof(ops));
}

static void *how(struct fuzz *f)
{
	uint64_t words[3] = { (uint64_t)below(f, 4) | (uint64_t)O_CREAT, 0600,
			      (uint64_t)below(f, 64) };

	return put(f, words, sizeof(words));
}

static void *number_at(struct fuzz *f, long n)
{
	uint64_t value = (uint64_t)n;

	return put(f, &value, sizeof(value));
}

/* ---- an argument ---- */

/* Of what is ours: ourselves, a thread or child, nobody. */
static long pid(struct fuzz *f)
{
	switch (below(f, 6)) {
	case 0:
		return 0;
	case 1:
		return 0x3ffffff0;
	case 2:
		return getpid();
	default:
		return fuzz_tids[below(f, FUZZ_TIDS)];
	}
}

static long signal_number(struct fuzz *f)
{
	static const int list[] = { 0, SIGUSR1, SIGUSR2, SIGCHLD, SIGALRM, SIGURG,
				    SIGWINCH, SIGCONT, 34, 35, 64 };

	if (one_in(f, 200))
		return one_in(f, 2) ? SIGSTOP : SIGTERM;
	return list[below(f, sizeof(list) / sizeof(list[0]))];
}

static const char *path(struct fuzz *f)
{
	return fuzz_paths[below(f, f->root ? ROOTS_PATHS : NR_PATHS)];
}

static long proper(struct fuzz *f, const struct argument *a)
{
	switch (a->kind) {
	case NOTHING:		return 0;
	case FD:		return below(f, 40);
	case DIR_FD:		return one_in(f, 3) ? below(f, 40) : AT_FDCWD;
	case PATH:		return (long)path(f);
	case NAME:		return (long)fuzz_types[below(f, NR_TYPES)];
	case FS_TYPE:		return (long)fuzz_types[below(f, NR_TYPES)];
	case MQ_NAME:		return (long)fuzz_queues[below(f, NR_QUEUES)];
	case OUT:
	case IN:		return (long)memory(f);
	case SIZE:		return size(f);
	case OFFSET:		return below(f, 64 * PAGE);
	case OFFSET_AT:		return one_in(f, 2) ? 0 : (long)number_at(f, below(f, 8 * PAGE));
	case FLAGS:		return flags_of(f, a);
	case ONE:		return a->set[below(f, a->n)];
	case NUMBER:		return below(f, 8);
	case ANY:		return strange(f);
	case PID:		return pid(f);
	case SIGNAL:		return signal_number(f);
	case SIGSET:		return (long)signal_set(f);
	case SIGACTION:		return (long)action(f);
	case SIGEVENT:		return (long)event_of_signal(f);
	case TIME:
	case TIMES:		return (long)times(f);
	case EIGHT:		return 8;
	case IOV:		return (long)vector(f);
	case MSG:		return (long)message(f);
	case POLLFDS:		return (long)pollfds(f);
	case EVENT:		return (long)number_at(f, below(f, 64) | (one_in(f, 4) ? (long)EPOLLET : 0));
	case ADDRESS:		return (long)address(f);
	case NETLINK:		return (long)request(f);
	case LENGTH_AT:		return (long)number_at(f, below(f, 128));
	case MODE:		return below(f, 010000) | 0600;
	case ID:		return one_in(f, 2) ? -1 : FUZZ_USER + below(f, 2);
	case KEY:		return FUZZ_KEY + below(f, FUZZ_KEYS);
	case SEMBUFS:		return (long)operations(f);
	case PAGE_AT:		return (long)arena_page(f);
	case PAGES:		return (1 + below(f, 8)) * PAGE;
	case WORD:		return (long)(fuzz_buffer + below(f, 4) * 4);
	case HOW:		return (long)how(f);
	}
	return 0;
}

/* What must be what it says, or it would concern others. */
static bool is_exact(enum kind kind)
{
	return kind == PID || kind == KEY || kind == PATH || kind == MQ_NAME ||
	       kind == PAGE_AT || kind == PAGES || kind == ID || kind == SIGACTION ||
	       kind == SIGSET;
}

static long fuzz_argument(struct fuzz *f, const struct argument *a)
{
	if (a->kind != NOTHING && !is_exact(a->kind) && one_in(f, 24))
		return strange(f);
	return proper(f, a);
}
