#pragma once

/*
 * proc/signal/types.h - Linux's signal numbers and structures (riscv64, the
 * generic ABI), and the pending sets.
 *
 * Source: Linux include/uapi/asm-generic/{signal.h,siginfo.h}.
 */

#include "lib/avl.h"
#include "lib/types.h"

#define NSIG 64

enum {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
	SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
	SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
	SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR,
	SIGSYS, SIGRTMIN,
};

#define SA_NOCLDSTOP 1UL
#define SA_NOCLDWAIT 2UL
#define SA_SIGINFO 4UL
#define SA_ONSTACK 0x08000000UL
#define SA_RESTART 0x10000000UL
#define SA_NODEFER 0x40000000UL
#define SA_RESETHAND 0x80000000UL

#define SIG_DFL 0UL
#define SIG_IGN 1UL

/* si_code */
#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_QUEUE (-1)
#define SI_TIMER (-2)
#define SI_MESGQ (-3)
#define SI_SIGIO (-5)
#define SI_TKILL (-6)
#define ILL_ILLOPC 1
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define TRAP_BRKPT 1
#define CLD_EXITED 1
#define CLD_KILLED 2
#define CLD_DUMPED 3
#define CLD_TRAPPED 4
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

/* Signal n is bit n-1. */
typedef uint64_t sigset_t;
#define SIGMASK(sig) (1UL << ((sig) - 1))

/* The part that says something: what user programs see has SIGINFO_SIZE
 * bytes, and the rest of them is zero. */
#define SIGINFO_SIZE 128

/* No place of it is without a name: something of the kernel's would be left in it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

struct siginfo {
	int si_signo, si_errno, si_code, pad_;
	union {
		struct {
			int pid;
			unsigned uid;
			union {
				uint64_t value; /* SI_QUEUE */
				int status;     /* SIGCHLD */
			};
			long utime, stime;
		};
		struct {
			int timer_id, overrun;
			uint64_t timer_value;
		};
		struct {
			long band; /* SIGIO: POLL* */
			int fd, pad2_;
		};
		uint64_t addr; /* SIGSEGV, SIGBUS, SIGILL, SIGTRAP */
	};
};

#pragma GCC diagnostic pop

_Static_assert(sizeof(struct siginfo) == 48, "Linux's layout");

#define SS_ONSTACK 1
#define SS_DISABLE 2

struct sigaltstack {
	uint64_t sp;
	int flags, pad_; /* 0, or SS_DISABLE of none */
	uint64_t size;
};

#define NO_ALTSTACK ((struct sigaltstack){ .flags = SS_DISABLE })

/* riscv64 has no sa_restorer: the kernel's own return stub is used. */
struct sigaction {
	uint64_t handler;
	uint64_t flags;
	sigset_t mask;
};

/* Entries that one queue of pending signals has at most, whatever
 * RLIMIT_SIGPENDING says: they are dropped in one go, with interrupts off. */
#define MAX_QUEUED_SIGNALS 4096UL

struct sigqueue;
struct user;

/*
 * What a source that rings again and again, a POSIX timer, has in the queue:
 * one entry at most, which counts the rings that nobody has heard.  (s)
 */
struct sigsource {
	struct sigqueue *queued; /* NULL: none */
	int overrun;             /* of the entry that was taken last */
};

/* One pending signal with what it tells. */
struct sigqueue {
	struct avl_node node; /* (s) */
	struct sigsource *source; /* (s) NULL: of no such source */
	struct user *payer; /* (c) charged with one of USER_SIGNALS; NULL: none */
	struct siginfo info;
};

/* (s) */
struct sigpending {
	sigset_t set;
	/* struct sigqueue.node by number, those of one in order of arrival: the
	 * next one to take is found at once, whatever else is waiting */
	struct avl_root queue;
	unsigned nr_queued;
	struct sigqueue first; /* for one: most often there are no more */
};

static inline void sigpending_init(struct sigpending *p)
{
	p->set = 0;
	p->nr_queued = 0;
	p->queue.node = NULL;
	p->first.node.height = 0;
}
