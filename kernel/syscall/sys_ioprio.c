/*
 * syscall/sys_ioprio.c - whose reads and writes go first.
 *
 * There is no disk to queue for: what is set is kept, inherited, and told.
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "syscall/crowd.h"
#include "vfs/cred.h"

/* A priority has 16 bits: a class, hints, and a level of the class. */
#define CLASS_SHIFT 13
#define CLASS(priority) ((priority) >> CLASS_SHIFT & 7)
#define LEVEL(priority) ((priority) & 7)

enum {
	CLASS_NONE, /* by nice */
	CLASS_REAL_TIME,
	CLASS_BEST_EFFORT,
	CLASS_IDLE,
};

/* Linux's first kind of crowd is 1. */
#define FIRST_WHICH 1UL

struct io_walk {
	struct crowd crowd;
	unsigned priority; /* to set, or the best that was found */
	bool found;
	long err;
};

static bool may_be_real_time(void)
{
	const struct cred *cred = current_cred();

	return cred_can(cred, CAP_SYS_ADMIN) || cred_can(cred, CAP_SYS_NICE);
}

static long check_priority(unsigned priority)
{
	switch (CLASS(priority)) {
	case CLASS_NONE:
		return LEVEL(priority) != 0 ? -EINVAL : 0;
	case CLASS_REAL_TIME:
		return may_be_real_time() ? 0 : -EPERM;
	case CLASS_BEST_EFFORT:
	case CLASS_IDLE:
		return 0;
	default:
		return -EINVAL;
	}
}

/* The first that is refused ends it; those before keep what they got. */
static void set_each(struct crowd *c, struct thread *t)
	REQUIRES(TREE_ALONE)
{
	struct io_walk *w = container_of(c, struct io_walk, crowd);

	w->found = true;
	if (w->err == 0 && !may_change_thread_locked(t))
		w->err = -EPERM;
	if (w->err == 0)
		WRITE_ONCE(t->io_priority, (uint16_t)w->priority);
}

/* What no class is worth: -20..19 makes 0..7. */
static unsigned by_nice(int nice)
{
	return CLASS_BEST_EFFORT << CLASS_SHIFT | (unsigned)(nice + 20) / 5;
}

static unsigned effective(const struct thread *t)
{
	unsigned priority = READ_ONCE(t->io_priority);

	return CLASS(priority) == CLASS_NONE ? by_nice(READ_ONCE(t->nice)) :
					       priority;
}

static void find_best(struct crowd *c, struct thread *t)
{
	struct io_walk *w = container_of(c, struct io_walk, crowd);
	unsigned priority = effective(t);

	w->priority = w->found ? min(w->priority, priority) : priority;
	w->found = true;
}

/* Of one thread, what was set, and not what it amounts to. */
static void find_one(struct crowd *c, struct thread *t)
{
	struct io_walk *w = container_of(c, struct io_walk, crowd);

	w->priority = READ_ONCE(t->io_priority);
	w->found = true;
}

static long walk(struct io_walk *w, unsigned long which, unsigned id)
{
	if (which - FIRST_WHICH >= NR_CROWDS)
		return -EINVAL;
	crowd_walk(which - FIRST_WHICH, id, &w->crowd);
	return w->found ? w->err : -ESRCH;
}

/*
 * LACKS ioprio_set: the class is kept, inherited and told, and no disk's
 * queue goes by it.
 */
SYSCALL_3(ioprio_set, which, id, priority)
{
	struct io_walk w = { .crowd.visit = set_each,
			     .priority = (unsigned)priority };
	long err = check_priority(w.priority);

	return err != 0 ? err : walk(&w, which, (unsigned)id);
}

SYSCALL_2(ioprio_get, which, id)
{
	bool one = which - FIRST_WHICH == CROWD_THREAD;
	struct io_walk w = { .crowd.visit = one ? find_one : find_best };
	long err = walk(&w, which, (unsigned)id);

	return err != 0 ? err : w.priority;
}
