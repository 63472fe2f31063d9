/*
 * proc/task/pid.c - see pid.h.
 */
#include "proc/task/pid.h"

#include "debug/race.h"
#include "lib/bitmap.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "sync/rcu.h"

/* ---- numbers ---- */

/*
 * Taken and given back without a lock: one word says where the search goes on,
 * and whoever moves it on has all numbers up to there behind him, so no two find
 * the same until it is set back; the bit of a number then says whether it is
 * still borne.
 */
static uint32_t bearers[PID_MAX];               /* (a) */
static uint64_t borne[BITMAP_WORDS(PID_MAX)];   /* (a) who has bearers */
static uint64_t is_proc[BITMAP_WORDS(PID_MAX)]; /* (a) processes, and soon to be */
int last_pid; /* (a) */
uint32_t pid_max = PID_MAX;

/*
 *	(p)	written by who bears the number, and shares the tree; read by
 *		rcu_dereference(), or by who has the tree alone
 *	(t)	by who makes or removes the group, and shares the tree; read
 *		by who has the tree alone
 */
static struct thread *threads[PID_MAX]; /* (p) */
static struct proc *procs[PID_MAX];     /* (p) */
static struct pgroup *groups[PID_MAX];  /* (t) with members */

static bool in_range(int pid)
{
	return pid > 0 && pid < PID_MAX;
}

/*
 * True: this call has changed it.
 *
 * ORDER pid-free, taking side; the other is in clear_bit().  Acquire: the last
 * bearer's end was counted before we count from one again.
 */
static bool set_bit(uint64_t *map, int pid)
{
	uint64_t bit = BIT(pid % 64);

	return !(__atomic_fetch_or(&map[pid / 64], bit, __ATOMIC_ACQUIRE) & bit);
}

/* ORDER pid-free, releasing side; the other is in set_bit().  Release: the count
 * was zero before the number is free. */
static void clear_bit(uint64_t *map, int pid)
{
	__atomic_fetch_and(&map[pid / 64], ~BIT(pid % 64), __ATOMIC_RELEASE);
}

/* The first one free from @from on; PID_MAX: none. */
static int next_free(int from)
{
	size_t end = READ_ONCE(pid_max);
	size_t pid = bitmap_find_next_zero(borne, end, (size_t)from);

	return pid < end ? (int)pid : PID_MAX;
}

/* The number at which the search stands from now on, ours to try; or PID_MAX. */
static int move_on(void)
{
	int last, pid;

	/* No ORDER: to be the only one that moves it on from where it stood; of who
	 * meets there because it was set back, a number's bit decides. */
	do {
		last = READ_ONCE(last_pid);
		pid = next_free(last + 1);
		if (pid == PID_MAX)
			pid = next_free(1);
		race_point(pid_seen, 0);
	} while (pid != PID_MAX && !atomic_replace(&last_pid, last, pid));
	return pid;
}

int pid_alloc(void)
{
	int pid;

	/* Who is not first has met one who went all around meanwhile. */
	do {
		pid = move_on();
		if (pid == PID_MAX)
			return -EAGAIN;
	} while (!set_bit(borne, pid));
	WRITE_ONCE(bearers[pid], 1);
	return pid;
}

int pid_alloc_proc(void)
{
	int pid = pid_alloc();

	if (pid > 0)
		set_bit(is_proc, pid);
	return pid;
}

void pid_get(int pid)
{
	assert(in_range(pid));
	uint32_t before = atomic_fetch_add_relaxed(&bearers[pid], 1);

	assert(before != 0);
}

/* What bore the number is found by it no longer. */
static bool is_out_of_sight(int pid)
{
	return threads[pid] == NULL && procs[pid] == NULL && groups[pid] == NULL;
}

void pid_put(int pid)
{
	assert(in_range(pid));
	/* ORDER pid-last, putting side; the other is below, in pid_put().
	 * Release: out of the table, then counted off. */
	uint32_t before = __atomic_fetch_sub(&bearers[pid], 1, __ATOMIC_ACQ_REL);

	assert(before != 0);
	if (before == 1) {
		/* ORDER pid-last, last side; the other is above, in pid_put().
		 * Plain: its subtraction acquires as well. */
		lab_assert(is_out_of_sight(pid));
		clear_bit(borne, pid);
	}
	race_point(pid_released, 0);
}

void pid_put_proc(int pid)
{
	clear_bit(is_proc, pid);
	pid_put(pid);
}

/* The next number above @pid that is a process's, or was a moment ago. */
static int next_proc(int pid)
{
	return (int)bitmap_find_next(is_proc, PID_MAX, (size_t)max(pid + 1, 1));
}

/* ---- who bears them ---- */

void pid_set_thread(int pid, struct thread *t)
{
	assert_tree_held();
	rcu_assign_pointer(threads[pid], t);
}

void pid_set_proc(int pid, struct proc *p)
{
	assert_tree_held();
	rcu_assign_pointer(procs[pid], p);
}

void pid_set_group(int pid, struct pgroup *g)
{
	assert_tree_held();
	groups[pid] = g;
}

/* ---- with a reference ---- */

struct thread *pid_get_thread(int pid)
{
	if (!in_range(pid))
		return NULL;
	rcu_read_lock();
	struct thread *t = rcu_dereference(threads[pid]);

	race_point(pid_found, 0);
	if (t != NULL && !refcount_try_get(&t->refs))
		t = NULL;
	rcu_read_unlock();
	return t;
}

static struct proc *find_proc(int pid, bool or_of_thread)
{
	struct proc *p = rcu_dereference(procs[pid]);
	const struct thread *t = rcu_dereference(threads[pid]);

	return p == NULL && or_of_thread && t != NULL ? t->proc : p;
}

/* A thread gives its process up with itself, and both are there for as long as
 * we read. */
static struct proc *get_proc(int pid, bool or_of_thread)
{
	if (!in_range(pid))
		return NULL;
	rcu_read_lock();
	struct proc *p = find_proc(pid, or_of_thread);

	race_point(pid_found, 0);
	if (p != NULL && !refcount_try_get(&p->refs))
		p = NULL;
	rcu_read_unlock();
	return p;
}

struct proc *pid_get_proc(int pid)
{
	return get_proc(pid, false);
}

struct proc *pid_get_proc_of(int pid)
{
	return get_proc(pid, true);
}

struct proc *pid_get_proc_after(int pid)
{
	struct proc *p = NULL;

	/* One that is being made, or was reaped meanwhile, is passed over. */
	while (p == NULL && (pid = next_proc(pid)) < PID_MAX)
		p = pid_get_proc(pid);
	return p;
}

/* ---- under the lock of the tree ---- */

struct thread *pid_thread(int pid)
{
	assert_tree_alone();
	return in_range(pid) ? threads[pid] : NULL;
}

struct proc *pid_proc(int pid)
{
	assert_tree_alone();
	return in_range(pid) ? procs[pid] : NULL;
}

struct proc *pid_proc_of(int pid)
{
	struct proc *p = pid_proc(pid);
	struct thread *t = pid_thread(pid);

	return p == NULL && t != NULL ? t->proc : p;
}

struct pgroup *pid_group(int pid)
{
	assert_tree_alone();
	return in_range(pid) ? groups[pid] : NULL;
}

struct proc *pid_child(int pid, const struct proc *parent)
{
	if (!in_range(pid))
		return NULL;
	lab_assert(spin_is_held(&parent->lock) || rwspin_is_alone(&proc_tree_lock));
	rcu_read_lock();
	struct proc *p = rcu_dereference(procs[pid]);

	if (p != NULL && READ_ONCE(p->parent) != parent)
		p = NULL;
	rcu_read_unlock();
	return p;
}
