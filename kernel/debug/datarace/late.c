/*
 * debug/datarace/late.c - stores that are not seen yet: weak=on.
 *
 * The machine may show a plain store to other harts after a later one, unless
 * a fence, a release or a lock that is given back stands between them.  QEMU
 * on a PC never does.  So a store is taken for one that is on its way: when
 * this hart has said something by a marked store since, and nothing has
 * ordered the two, a watchpoint is set on it a second time.  Who believes the
 * marked store and reads what it stands for is met there, and told of as a
 * data race; which it is, for a release would have ordered them.
 *
 * One store of a hart at a time is on its way, until
 *
 *	what orders it		datarace_order(), by barrier.h and compiler.c
 *	this hart stores there	the same address keeps its order
 *	so many accesses	the longer, the less it says about this code
 *	user mode		what a program orders is not seen
 *
 * Not shown, therefore: a load that comes early (a missing acquire), a marked
 * store that is late itself (no two marked accesses are a race), what a fence
 * by itself leaves open.  models/ has those.
 */

#include "arch/hart.h"
#include "debug/datarace/datarace_internal.h"
#include "proc/sched/thread.h"

#if WATCHED

/* As many accesses later a store has arrived, wherever it was. */
#define LATE_FOR 200

static struct late {
	struct access store;
	const struct thread *who;
	uint32_t left; /* accesses; 0: there is none */
	bool is_shown; /* a marked store has followed */
} __aligned(64) lates[MAX_HARTS]; /* (that hart), interrupts off but in order() */

static bool is_weak; /* (c) after boot */

void datarace_weaken(void)
{
	is_weak = true;
}

bool datarace_is_weak(void)
{
	return is_weak;
}

void datarace_order(void)
{
	lates[hart_id()].left = 0;
}

bool late_is_there(void)
{
	return lates[hart_id()].left != 0;
}

void late_begin(const struct access *store)
{
	lates[hart_id()] = (struct late){
		.store = *store,
		.who = current_thread(),
		.left = LATE_FOR,
	};
}

static bool is_stored_again(const struct late *l, uint64_t addr, uint64_t size, unsigned kind)
{
	return (kind & IS_WRITE) && addr < l->store.addr + l->store.size &&
	       l->store.addr < addr + size;
}

/* It was to a variable of a function that is over: below the frame @fp of who
 * runs now, the stack is used without the compiler's calls. */
static bool is_left(const struct late *l, uint64_t fp)
{
	return (l->store.addr ^ fp) < KSTACK_SIZE && l->store.addr < fp;
}

bool late_passes(uint64_t addr, uint64_t size, unsigned kind, uint64_t fp,
		 struct access *store)
{
	struct late *l = &lates[hart_id()];
	bool is_shown = l->is_shown;

	if (l->left == 0)
		return false;
	l->left--;
	l->is_shown |= kind == (IS_MARKED | IS_WRITE);
	if (l->who != current_thread() || is_stored_again(l, addr, size, kind) ||
	    is_left(l, fp)) {
		l->left = 0;
		return false;
	}
	if (!is_shown)
		return false;
	*store = l->store;
	l->left = 0;
	return true;
}

#endif
