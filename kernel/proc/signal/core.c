/*
 * proc/signal/core.c - see core.h.
 *
 * The thread that a signal ends becomes the process's only one, as for exec;
 * each of the others leaves its registers behind on its way out (kept even if
 * that is exit()), so nobody has to be held in the middle of something while
 * the file is written.  The writer goes on like any thread: a SIGKILL that is
 * sent to the process meanwhile is pending, and ends the writing.
 *
 * What they do on their way out happens to the memory before it is written:
 * robust futexes are given up, and words that say a thread lives are cleared.
 */
#include "proc/signal/core_internal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/signal/signal_internal.h"
#include "proc/task/hostname.h"
#include "proc/task/rights.h"
#include "proc/task/to_signal.h"
#include "proc/time/clock.h"
#include "sync/spinlock.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/path.h"

uint32_t core_uses_pid;

/* ---- the name ---- */

static struct spinlock pattern_lock = SPINLOCK_INIT(RANK_PROC_TREE);
static char pattern[CORE_PATTERN_MAX] GUARDED_BY(pattern_lock) = "core";

static char *own_pattern(void) REQUIRES(pattern_lock)
{
	return pattern;
}

void core_pattern_get(char copy[CORE_PATTERN_MAX])
{
	spin_lock(&pattern_lock);
	strlcpy(copy, own_pattern(), CORE_PATTERN_MAX);
	spin_unlock(&pattern_lock);
}

int core_pattern_set(const char *new)
{
	if (strlen(new) >= CORE_PATTERN_MAX || new[0] == '|')
		return -EINVAL;
	spin_lock(&pattern_lock);
	strlcpy(own_pattern(), new, CORE_PATTERN_MAX);
	spin_unlock(&pattern_lock);
	return 0;
}

struct core_name {
	char text[2 * CORE_PATTERN_MAX];
	size_t n;
	bool has_pid;
};

static void add_text(struct core_name *name, const char *text)
{
	name->n += strlcpy(name->text + name->n, text,
			   sizeof(name->text) - name->n);
	name->n = min(name->n, sizeof(name->text) - 1);
}

static void add_number(struct core_name *name, uint64_t n)
{
	char text[24];

	ksnprintf(text, sizeof(text), "%lu", n);
	add_text(name, text);
}

/* It is part of a name, and may not lead elsewhere. */
static void add_word(struct core_name *name, const char *word)
{
	size_t from = name->n;

	add_text(name, word);
	for (char *c = name->text + from; *c != '\0'; c++)
		if (*c == '/')
			*c = '!';
}

static void add_hostname(struct core_name *name)
{
	char host[HOSTNAME_MAX + 1];

	own_name_get(HOST_NAME, host);
	add_word(name, host);
}

/* What %@letter stands for; nothing, if that says nothing to us. */
static void add_field(struct core_name *name, char letter,
		      const struct core *c)
{
	const struct thread *self = current_thread();

	switch (letter) {
	case '%':
		add_text(name, "%");
		return;
	case 'p':
	case 'P':
		name->has_pid = true;
		add_number(name, (uint64_t)self->proc->pid);
		return;
	case 'i':
	case 'I':
		add_number(name, (uint64_t)self->tid);
		return;
	case 'u':
		add_number(name, current_cred()->uid);
		return;
	case 'g':
		add_number(name, current_cred()->gid);
		return;
	case 's':
		add_number(name, (uint64_t)c->info->si_signo);
		return;
	case 't':
		add_number(name, clock_realtime_ns() / NS_PER_SECOND);
		return;
	case 'c':
		add_number(name, c->limit);
		return;
	case 'd':
		add_number(name, 1); /* else it would not be written */
		return;
	case 'e':
		add_word(name, self->name);
		return;
	case 'E':
		add_word(name, c->mm->exe != NULL ? c->mm->exe->path : "");
		return;
	case 'h':
		add_hostname(name);
		return;
	}
}

static void make_name(struct core_name *name, const struct core *c)
{
	char from[CORE_PATTERN_MAX];

	core_pattern_get(from);
	for (const char *at = from; *at != '\0'; at++) {
		char letter[2] = { *at, '\0' };

		if (*at != '%')
			add_text(name, letter);
		else if (*++at != '\0')
			add_field(name, *at, c);
		else
			break;
	}
	if (READ_ONCE(core_uses_pid) != 0 && !name->has_pid) {
		add_text(name, ".");
		add_number(name, (uint64_t)current_proc()->pid);
	}
}

/* A new file: what was there is another core, or a trap. */
static int open_file(struct core *c)
{
	struct core_name *name = kzalloc(sizeof(*name));
	int err;

	if (name == NULL)
		return -ENOMEM;
	make_name(name, c);
	(void)vfs_unlink(AT_FDCWD, name->text);
	err = vfs_open(AT_FDCWD, name->text,
		       O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0600, &c->file);
	kfree(name);
	if (err == 0 && file_pagecache(c->file) == NULL) {
		file_put(c->file);
		err = -EINVAL;
	}
	return err;
}

/* ---- the threads ---- */

/* What the running thread was about to go on with in user mode. */
static void take_registers(struct core_thread *t)
{
	const struct thread *self = current_thread();
	struct rusage_sums used;

	thread_rusage(current_thread(), &used);
	t->tid = self->tid;
	t->blocked = self->blocked;
	t->pending = READ_ONCE(self->pending.set);
	t->user_ticks = used.user_ticks;
	t->system_ticks = used.system_ticks;
	memcpy(t->regs, thread_frame(&self->arch), sizeof(t->regs));
	fpu_save_current(&t->fpu);
}

/*
 * Somebody is to be the only thread: is it for a core?  Under the lock, since
 * both are said under it: a thread is told to end before the core is there,
 * and may be here before it is.
 */
static bool registers_are_wanted(struct proc *p)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool wanted = p->core != NULL;

	spin_unlock_irqrestore(&p->signals.lock, irq);
	return wanted;
}

/* Without memory the core has a thread less. */
static NOINLINE void leave_registers(struct proc *p)
{
	struct core_thread *t = kmalloc(sizeof(*t));

	if (t == NULL)
		return;
	take_registers(t);

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool wanted = p->core != NULL;

	if (wanted)
		list_push_back(&p->core->threads, &t->link);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	if (!wanted)
		kfree(t);
}

void signal_thread_ends(struct proc *p)
{
	const struct thread *last = READ_ONCE(p->exec_thread);

	race_point(thread_ends, p);
	if (unlikely(last != NULL && last != current_thread()) &&
	    registers_are_wanted(p))
		leave_registers(p);
}

/* False: the process ends already, or becomes another program. */
static bool stop_threads(struct proc *p, struct core *c)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool alone = proc_end_other_threads_locked(p);

	race_point(core_asked, p);
	if (alone)
		p->core = c;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	if (alone)
		waitq_wait(&p->thread_wait, READ_ONCE(p->nr_threads) == 1);
	return alone;
}

/* The process ends now.  A signal that came meanwhile has not ended it. */
static void end_writing(struct proc *p)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	p->core = NULL;
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

static void free_threads(struct core *c)
{
	is_private(signals);
	while (!list_is_empty(&c->threads))
		kfree(list_entry(list_pop_front(&c->threads),
				 struct core_thread, link));
}

/* ---- all of it ---- */

/* To who asks, what ends early, at the limit or for want of room, is a core as well;
 * what was broken off is none. */
static bool write_file(struct core *c)
{
	if (open_file(c) != 0)
		return false;
	core_write(c);
	file_put(c->file);
	return c->err != -EINTR;
}

/* Everything is there; so the other threads go, written or not. */
static bool dump(struct core *c)
{
	struct proc *p = current_proc();
	bool written;

	take_registers(&c->self);
	if (!stop_threads(p, c))
		return false;
	written = write_file(c);
	end_writing(p);
	free_threads(c);
	return written;
}

static NOINLINE bool dump_with(const struct siginfo *info, uint64_t limit)
{
	struct core *c = kzalloc(sizeof(*c));
	bool written;

	if (c == NULL)
		return false;
	list_init(&c->threads);
	c->info = info;
	c->mm = current_mm();
	c->limit = limit;
	written = dump(c);
	kfree(c);
	return written;
}

void core_and_exit(const struct siginfo *info)
{
	uint64_t limit = min(current_limit(RLIMIT_CORE),
			     current_limit(RLIMIT_FSIZE));
	int status = WAIT_STATUS_SIGNAL(info->si_signo);

	if (limit >= PAGE_SIZE && proc_is_dumpable(current_proc()) &&
	    dump_with(info, limit))
		status |= WAIT_STATUS_CORE;
	proc_exit_group(status);
}
