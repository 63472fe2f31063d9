/*
 * proc/task/rights.c - see rights.h.
 */
#include "proc/task/rights.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "proc/signal/types.h"
#include "proc/task/pgroup.h"
#include "vfs/landlock/landlock.h"

/* Who sends a signal does not hold the lock of the process. */
void proc_set_payer_locked(struct proc *p)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	p->signals.payer = p->cred->user;
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* Not the rights it had: its secrets are not those of its new ids. */
static bool has_other_rights(const struct cred *old, const struct cred *new)
{
	return old->euid != new->euid || old->egid != new->egid ||
	       old->fsuid != new->fsuid || old->fsgid != new->fsgid ||
	       !caps_are_within(new->caps.permitted, old->caps.permitted);
}

void replace_current_cred_locked(const struct cred *new, struct old_creds *old)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;

	assert_spin_held(&p->lock);
	*old = (struct old_creds){ .of_thread = self->arch.cred };
	user_move(self->arch.cred->user, new->user, USER_THREADS, 1);
	/* A parent with fewer rights shall not signal by dying. */
	if (has_other_rights(self->arch.cred, new))
		p->death_signal = 0;
	self->arch.cred = new;
	if (self->tid != p->pid)
		return;
	old->of_proc = p->cred;
	p->cred = cred_get(new);
	WRITE_ONCE(p->uid, new->uid);
	proc_set_payer_locked(p);
}

void put_old_creds(const struct old_creds *old)
{
	cred_put(old->of_thread);
	if (old->of_proc != NULL)
		cred_put(old->of_proc);
}

void replace_current_cred(const struct cred *new)
{
	bool other = has_other_rights(current_cred(), new);
	struct proc *p = current_proc();
	struct old_creds old;

	tree_lock_shared();
	spin_lock(&p->lock);
	replace_current_cred_locked(new, &old);
	/* What is in memory may be from when it had more rights. */
	if (other)
		WRITE_ONCE(current_mm()->dumpable, false);
	spin_unlock(&p->lock);
	tree_unlock_shared();
	put_old_creds(&old);
}

/* A thread of the kernel keeps its own. */
const struct cred *thread_cred(struct thread *t)
{
	struct proc *p = t->proc;

	if (p == NULL)
		return cred_get(t->arch.cred);
	spin_lock(&p->lock);
	const struct cred *cred = cred_get(t->arch.cred);

	spin_unlock(&p->lock);
	return cred;
}

const struct cred *proc_cred(struct proc *p)
{
	spin_lock(&p->lock);
	const struct cred *cred = cred_get(p->cred);

	spin_unlock(&p->lock);
	return cred;
}

/* ---- signals ---- */

bool cred_may_signal(const struct cred *mine, const struct cred *its)
{
	return cred_can(mine, CAP_KILL) || mine->euid == its->uid ||
	       mine->euid == its->suid || mine->uid == its->uid ||
	       mine->uid == its->suid;
}

bool cred_keeps_signals_from(const struct cred *mine, const struct cred *its)
{
	return unlikely(mine->domain != NULL) &&
	       landlock_keeps_in(mine->domain, its->domain, LANDLOCK_SCOPE_SIGNAL);
}

bool proc_may_signal_locked(const struct proc *p, int sig)
{
	const struct proc *self = current_proc();

	if (p == self)
		return true;
	if (cred_keeps_signals_from(current_cred(), p->cred))
		return false;
	return cred_may_signal(current_cred(), p->cred) ||
	       (sig == SIGCONT && proc_session(p) == proc_session(self));
}

/* ---- to look into another ---- */

/* Who is about to end has no memory, so nothing to hide in it. */
static bool is_dumpable_locked(const struct proc *p) REQUIRES(C_proc)
{
	return p->mm == NULL || READ_ONCE(p->mm->dumpable);
}

bool proc_is_dumpable(struct proc *p)
{
	spin_lock(&p->lock);
	bool dumpable = is_dumpable_locked(p);

	spin_unlock(&p->lock);
	return dumpable;
}

/* @its: those of @p, or of one of its threads. */
static bool may_inspect_as_locked(const struct proc *p, const struct cred *its)
	REQUIRES(C_proc)
{
	const struct cred *own = current_cred();

	if (p == current_proc())
		return true;
	if (!landlock_is_within(its->domain, own->domain))
		return false;
	return cred_can(own, CAP_SYS_PTRACE) ||
	       (is_dumpable_locked(p) && cred_is_same_user(own, its) &&
		caps_are_within(its->caps.permitted, own->caps.permitted));
}

static bool may_inspect_locked(const struct proc *p) REQUIRES(C_proc)
{
	return may_inspect_as_locked(p, p->cred);
}

bool thread_may_be_inspected_locked(const struct thread *t)
{
	return may_inspect_as_locked(t->proc, t->arch.cred);
}

bool proc_may_inspect(struct proc *p)
{
	spin_lock(&p->lock);
	bool may = may_inspect_locked(p);

	spin_unlock(&p->lock);
	return may;
}

int proc_inspect_memory(struct proc *p, struct mm **mm)
{
	spin_lock(&p->lock);
	bool may = may_inspect_locked(p);

	*mm = may ? p->mm : NULL;
	if (*mm != NULL)
		mm_get(*mm);
	spin_unlock(&p->lock);
	return may ? 0 : -EACCES;
}
