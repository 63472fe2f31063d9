/*
 * ipc/signalfd.c - signals as what is read from a file.
 *
 * The file holds nothing but a mask.  A read takes what is pending for the
 * thread that reads, or its process, as sigtimedwait() does; but who waits is
 * not chosen to take a signal, he looks when one has come.  So a signal that
 * he does not block goes its usual way, and only what is blocked comes here.
 */
#include "ipc/signalfd.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mm/pieces.h"
#include "mm/slab.h"
#include "proc/signal/signal.h"
#include "sync/attempt.h"
#include "vfs/file.h"

struct signalfd {
	sigset_t mask; /* (a) */
};

/* As programs read it. */
struct signalfd_siginfo {
	uint32_t signo;
	int32_t error, code;
	uint32_t pid, uid;
	int32_t fd;
	uint32_t tid, band, overrun, trapno;
	int32_t status, value_int;
	uint64_t value, utime, stime, addr;
	uint8_t zero[48];
};

_Static_assert(sizeof(struct signalfd_siginfo) == 128, "Linux's layout");

static bool is_fault(const struct siginfo *info)
{
	sigset_t faults = SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) |
			  SIGMASK(SIGILL) | SIGMASK(SIGTRAP) | SIGMASK(SIGFPE);

	return (SIGMASK(info->si_signo) & faults) && info->si_code > 0 &&
	       info->si_code < SI_KERNEL;
}

#define POLL_CODES 6 /* POLL_IN to POLL_HUP */

/* A file is ready: by SIGIO, or by what F_SETSIG has chosen instead. */
static bool is_of_file(const struct siginfo *info)
{
	sigset_t others = SIGMASK(SIGCHLD) | SIGMASK(SIGSYS);

	if (info->si_code == SI_SIGIO)
		return true;
	return !(SIGMASK(info->si_signo) & others) && info->si_code > 0 &&
	       info->si_code <= POLL_CODES;
}

static void fill_value(struct signalfd_siginfo *out, uint64_t value)
{
	out->value = value;
	out->value_int = (int32_t)value;
}

static void fill_sender(struct signalfd_siginfo *out,
			const struct siginfo *info)
{
	out->pid = (uint32_t)info->pid;
	out->uid = info->uid;
	if (info->si_code < 0 && info->si_code != SI_TKILL)
		fill_value(out, info->value);
	if (info->si_signo != SIGCHLD || info->si_code <= 0)
		return;
	out->status = info->status;
	out->utime = (uint64_t)info->utime;
	out->stime = (uint64_t)info->stime;
}

static void fill(struct signalfd_siginfo *out, const struct siginfo *info)
{
	*out = (struct signalfd_siginfo){
		.signo = (uint32_t)info->si_signo,
		.error = info->si_errno,
		.code = info->si_code,
	};
	if (info->si_code == SI_TIMER) {
		out->tid = (uint32_t)info->timer_id;
		out->overrun = (uint32_t)info->overrun;
		fill_value(out, info->timer_value);
	} else if (is_fault(info)) {
		out->addr = info->addr;
	} else if (is_of_file(info)) {
		out->band = (uint32_t)info->band;
		out->fd = info->fd;
	} else {
		fill_sender(out, info);
	}
}

static bool is_pending(const struct signalfd *s)
{
	return signal_pending_set() & READ_ONCE(s->mask);
}

static int take(const struct signalfd *s, struct siginfo *info)
{
	return signal_take(READ_ONCE(s->mask), info) ? 0 : -EAGAIN;
}

/* 0, or why there is none. */
static NOINLINE int read_one(const struct signalfd *s, struct pieces *to,
			     bool nonblock)
{
	struct signalfd_siginfo out;
	struct siginfo info;
	int err = (int)attempt(take(s, &info), nonblock,
			       waitq_wait_interruptible(
				       signal_queue(current_proc()),
				       is_pending(s)));

	if (err != 0)
		return err;
	fill(&out, &info);
	return copy_to_pieces(to, &out, sizeof(out)) == sizeof(out) ? 0 : -EFAULT;
}

/* The first one is waited for. */
static ssize_t signalfd_read_vector(struct file *f, struct pieces *to, size_t n)
{
	bool nonblock = file_flags(f) & O_NONBLOCK;
	const size_t size = sizeof(struct signalfd_siginfo);
	size_t done = 0;

	if (n < size)
		return -EINVAL;
	while (n - done >= size) {
		int err = read_one(f->data, to, nonblock || done > 0);

		if (err != 0)
			return done > 0 ? (ssize_t)done : err;
		done += size;
	}
	return (ssize_t)done;
}

static unsigned signalfd_poll(struct file *f, struct poll_table *pt)
{
	if (pt != NULL)
		pt->watch(pt, signal_queue(current_proc()));
	return is_pending(f->data) ? POLLIN : 0;
}

static void signalfd_about(const struct file *f, char *text)
{
	const struct signalfd *s = f->data;

	ksnprintf(text, FILE_ABOUT_MAX, "sigmask:\t%016lx\n",
		  READ_ONCE(s->mask));
}

static void signalfd_release(struct file *f)
{
	kfree(f->data);
}

static const struct file_ops signalfd_file_ops = {
	.read = file_read_as_vector,
	.read_vector = signalfd_read_vector,
	.poll = signalfd_poll,
	.release = signalfd_release,
	.inode_mode = 0600,
	.kind = "anon_inode:[signalfd]",
	.about = signalfd_about,
};

/*
 * Nobody takes these from a descriptor.  Were they in the mask, a reader whom
 * one is to end would find something pending, take nothing, and look again.
 */
static sigset_t readable_signals(sigset_t mask)
{
	return mask & ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
}

int signalfd_create(struct file **out, sigset_t mask, unsigned flags)
{
	struct signalfd *s = kzalloc(sizeof(*s));
	int err;

	if (s == NULL)
		return -ENOMEM;
	s->mask = readable_signals(mask);
	err = file_create(out, &signalfd_file_ops,
			  FMODE_READ | FMODE_WRITE | FMODE_NOWAIT,
			  O_RDWR | (flags & O_NONBLOCK), s);
	if (err != 0)
		kfree(s);
	return err;
}

int signalfd_set(struct file *f, sigset_t mask)
{
	struct signalfd *s = f->data;

	if (f->ops != &signalfd_file_ops)
		return -EINVAL;
	WRITE_ONCE(s->mask, readable_signals(mask));
	waitq_wake_all(signal_queue(current_proc()));
	return 0;
}
