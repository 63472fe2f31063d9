/*
 * proc/ptrace/request.c - what a tracer asks of a tracee.
 *
 * A request that needs the tracee stopped is one stretch under its signal
 * lock, from finding it so to the last word copied: ptrace_ask_stopped().  What
 * goes from or to user memory is copied before or after, by the caller.
 */
#include "proc/ptrace/ptrace_internal.h"

#include "arch/trap.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/sched/sched.h"
#include "proc/task/pid.h"

struct thread *tracee_find_locked(int tid)
{
	struct thread *t = pid_thread(tid);

	return t != NULL && t->trace.tracer == current_thread() ? t : NULL;
}

/* @any: also one that runs. */
static long ask(int tid, bool any, ptrace_request request,
		struct ptrace_args *args)
{
	long result = -ESRCH;

	tree_lock();
	struct thread *t = tracee_find_locked(tid);

	if (t != NULL) {
		unsigned long irq = spin_lock_irqsave(&t->proc->signals.lock);

		if (any || tracee_is_stopped(t))
			result = request(t, args);
		spin_unlock_irqrestore(&t->proc->signals.lock, irq);
	}
	tree_unlock();
	return result;
}

long ptrace_ask_stopped(int tid, ptrace_request request, struct ptrace_args *args)
{
	return ask(tid, false, request, args);
}

static long nothing(struct thread *t UNUSED, struct ptrace_args *args UNUSED)
{
	return 0;
}

long ptrace_check(int tid)
{
	struct ptrace_args none = { 0 };

	return ask(tid, false, nothing, &none);
}

/* ---- to go on, to stop ---- */

static long resume(struct thread *t, struct ptrace_args *args)
	REQUIRES(C_signals)
{
	bool calls = args->n;

	WRITE_ONCE(t->arch.nr_calls, calls ? 0 : syscall_table_size);
	tracee_go_on_locked(t, (int)args->value);
	return 0;
}

long ptrace_resume(int tid, bool calls, int sig)
{
	struct ptrace_args args = { .n = calls, .value = (uint64_t)sig };

	return ask(tid, false, resume, &args);
}

static long kill_it(struct thread *t, struct ptrace_args *args UNUSED)
	REQUIRES(t->proc->signals.lock, C_signals)
{
	const struct siginfo info = { .si_signo = SIGKILL, .si_code = SI_USER,
				      .pid = current_proc()->pid,
				      .uid = current_cred()->uid };

	return signal_send_locked(t->proc, t, &info);
}

long ptrace_kill(int tid)
{
	struct ptrace_args none = { 0 };

	return ask(tid, true, kill_it, &none);
}

/* Who is stopped stops again when it has been let go, before it runs. */
static long interrupt(struct thread *t, struct ptrace_args *args UNUSED)
	REQUIRES(C_signals)
{
	if (!t->trace.seized)
		return -EIO;
	if (thread_must_die(t))
		return 0;
	WRITE_ONCE(t->trace.asked, t->trace.asked | TRAP_STOP);
	sched_signal_thread(t, t->trace.state == TRACEE_LISTENS);
	return 0;
}

long ptrace_interrupt(int tid)
{
	struct ptrace_args none = { 0 };

	return ask(tid, true, interrupt, &none);
}

static long listen(struct thread *t, struct ptrace_args *args UNUSED)
	REQUIRES(C_signals)
{
	if (!t->trace.seized || t->trace.code >> 8 != EVENT_STOP)
		return -EIO;
	WRITE_ONCE(t->trace.state, TRACEE_LISTENS);
	if (thread_must_stop(t)) /* there was news meanwhile */
		sched_signal_thread(t, true);
	return 0;
}

long ptrace_listen(int tid)
{
	struct ptrace_args none = { 0 };

	return ask(tid, false, listen, &none);
}

/* ---- about the stop ---- */

static long set_options(struct thread *t, struct ptrace_args *args)
{
	WRITE_ONCE(t->trace.options, (uint32_t)args->value);
	return 0;
}

long ptrace_set_options(int tid, uint32_t options)
{
	struct ptrace_args args = { .value = options };

	return ask(tid, false, set_options, &args);
}

static long get_message(struct thread *t, struct ptrace_args *args)
{
	args->value = t->trace.message;
	return 0;
}

long ptrace_get_message(int tid, uint64_t *message)
{
	struct ptrace_args args = { 0 };
	long err = ask(tid, false, get_message, &args);

	*message = args.value;
	return err;
}

static long get_info(struct thread *t, struct ptrace_args *args)
{
	struct siginfo *to = args->buf;

	if (t->trace.info == NULL)
		return -EINVAL;
	*to = *t->trace.info;
	return 0;
}

long ptrace_get_info(int tid, struct siginfo *info)
{
	struct ptrace_args args = { .buf = info };

	return ask(tid, false, get_info, &args);
}

static long set_info(struct thread *t, struct ptrace_args *args)
{
	const struct siginfo *from = args->buf;

	if (t->trace.info == NULL)
		return -EINVAL;
	*t->trace.info = *from;
	return 0;
}

long ptrace_set_info(int tid, struct siginfo *info)
{
	struct ptrace_args args = { .buf = info };

	return ask(tid, false, set_info, &args);
}

/* ---- signals ---- */

/* In a call that has a mask of its own it is the other that comes back. */
static long get_blocked(struct thread *t, struct ptrace_args *args)
{
	args->value = t->restore_blocked ? t->saved_blocked : t->blocked;
	return 0;
}

long ptrace_get_blocked(int tid, sigset_t *mask)
{
	struct ptrace_args args = { 0 };
	long err = ask(tid, false, get_blocked, &args);

	*mask = args.value;
	return err;
}

/* Who goes on looks at what is pending, and for whom it is now too much. */
static long set_blocked(struct thread *t, struct ptrace_args *args)
	REQUIRES(C_signals)
{
	t->blocked = args->value & ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
	t->restore_blocked = false;
	return 0;
}

long ptrace_set_blocked(int tid, sigset_t mask)
{
	struct ptrace_args args = { .value = mask };

	return ask(tid, false, set_blocked, &args);
}

static long peek(struct thread *t, struct ptrace_args *args)
	REQUIRES(C_signals)
{
	const struct sigpending *p = args->n ? &t->proc->signals.pending :
					       &t->pending;

	return signal_peek_locked(p, args->value, args->buf);
}

long ptrace_peek_queue(int tid, bool shared, uint64_t nr, struct siginfo *info)
{
	struct ptrace_args args = { .n = shared, .value = nr, .buf = info };

	return ask(tid, false, peek, &args);
}

/* ---- memory ---- */

/*
 * Like the rest of what a process uses, it is given up under the tree's lock.  One
 * that was begun to be traced may have become a program since that its user may run
 * and not read, or have got secrets: whoever is not root does not see those.
 */
static long get_memory(struct thread *t, struct ptrace_args *args)
{
	struct mm *mm = t->proc->mm;

	if (mm == NULL || !(READ_ONCE(mm->dumpable) || t->trace.by_root))
		return -EIO;
	mm_get(mm);
	args->buf = mm;
	return 0;
}

long ptrace_access(int tid, vaddr_t addr, void *buf, size_t n, bool write)
{
	struct ptrace_args args = { 0 };
	long result = ask(tid, false, get_memory, &args);

	if (result != 0)
		return result;
	result = mm_access(args.buf, addr, buf, n, write, true);
	mm_put(args.buf);
	return result;
}
