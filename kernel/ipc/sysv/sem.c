/*
 * ipc/sysv/sem.c - sets of semaphores and semop().
 *
 * A call is tried under the lock of its set: all of its operations, or none.
 * What cannot be done now waits in the set's list, and whoever changes a value
 * tries those who wait, the oldest first.  He does their operations for them;
 * a sleeper wakes to a result.  Hence no wake-up can be lost on somebody who
 * was killed meanwhile: either he was decided, and semop() says so, or he was
 * not, and nothing is done.
 *
 * The queue that a sleeper sleeps on is on its stack, so it takes the lock of
 * the set once more before it goes: then nobody is in the middle of waking it.
 */
#include "ipc/sysv/sem_internal.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "proc/time/timer.h"
#include "sync/block.h"

#define SETS_MAX 32000U
#define IN_SET_MAX 32000U
#define IN_ALL_MAX 1024000000U
#define OPS_MAX 500U

uint32_t sem_max_in_set = IN_SET_MAX;
uint32_t sem_max_ops = OPS_MAX;
struct room sem_room = { .limit = IN_ALL_MAX };

struct sysv_table sem_table;

/* ---- one call ---- */

/* The value that @op leads to, or SEM_WAITS, -EAGAIN or -ERANGE in *@err. */
static int value_after(int value, const struct sembuf *op, int *err)
{
	int after = value + op->op;

	*err = 0;
	if (after < 0 || (op->op == 0 && value != 0))
		*err = op->flags & IPC_NOWAIT ? -EAGAIN : SEM_WAITS;
	else if (after > SEM_VALUE_MAX)
		*err = -ERANGE;
	return after;
}

/* Undoing it adds so much; 0 or -ERANGE. */
static int note_undo(struct sem_call *c, const struct sembuf *op)
	REQUIRES(C_sysv)
{
	int adjust = c->undo->adjust[op->num] - op->op;

	if (adjust < -SEM_ADJUST_MAX - 1 || adjust > SEM_ADJUST_MAX)
		return -ERANGE;
	c->undo->adjust[op->num] = (int16_t)adjust;
	return 0;
}

static int do_one(struct sem_call *c, const struct sembuf *op) REQUIRES(C_sysv)
{
	struct semaphore *sem = &c->set->sem[op->num];
	int err, after = value_after(sem->value, op, &err);

	if (err == 0 && (op->flags & SEM_UNDO))
		err = note_undo(c, op);
	if (err == 0)
		sem->value = after;
	return err;
}

static void take_back(struct sem_call *c, const struct sembuf *op)
	REQUIRES(C_sysv)
{
	c->set->sem[op->num].value -= op->op;
	if (op->flags & SEM_UNDO)
		c->undo->adjust[op->num] =
			(int16_t)(c->undo->adjust[op->num] + op->op);
}

/* All of @c's operations, or none: 0, SEM_WAITS or -errno. */
static int try(struct sem_call *c) REQUIRES(C_sysv)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < c->nr_ops && err == 0; i++)
		err = do_one(c, &c->ops[i]);
	if (err == 0) {
		for (i = 0; i < c->nr_ops; i++)
			c->set->sem[c->ops[i].num].pid = c->pid;
		c->set->otime = sysv_now();
		return 0;
	}
	c->blocking = --i;
	while (i-- > 0)
		take_back(c, &c->ops[i]);
	return err;
}

/* ---- those who wait ---- */

static void tell(struct sem_call *c, int result) REQUIRES(C_sysv)
{
	list_remove(&c->link);
	WRITE_ONCE(c->result, result);
	race_point(sem_decided, c);
	waitq_wake_all(&c->decided);
}

/* The oldest whose result is known by now; true: it has changed a value, so
 * those before it may go on, too. */
static bool decide_some(struct sem_set *s) REQUIRES(C_sysv)
{
	struct sem_call *c, *next;

	list_for_each_entry_safe(c, next, &s->waiting, link) {
		int result = try(c);
		bool alters = c->alters;

		cond_resched();
		if (result == SEM_WAITS)
			continue;
		tell(c, result);
		if (result == 0 && alters)
			return true;
	}
	return false;
}

void sem_decide(struct sem_set *s)
{
	while (decide_some(s))
		cond_resched();
}

/* ---- semop ---- */

static unsigned highest(const struct sem_call *c)
{
	unsigned num = 0;

	for (unsigned i = 0; i < c->nr_ops; i++)
		if (c->ops[i].num > num)
			num = c->ops[i].num;
	return num;
}

static bool wants_undo(const struct sem_call *c)
{
	for (unsigned i = 0; i < c->nr_ops; i++)
		if (c->ops[i].flags & SEM_UNDO)
			return true;
	return false;
}

static bool is_altering(const struct sem_call *c)
{
	for (unsigned i = 0; i < c->nr_ops; i++)
		if (c->ops[i].op != 0)
			return true;
	return false;
}

static int may_operate(const struct sem_call *c) REQUIRES(C_sysv)
{
	const struct sysv_object *o = &c->set->object;

	if (highest(c) >= c->set->nr)
		return -EFBIG;
	if (!sysv_allows(o, c->alters ? IPC_MAY_WRITE : IPC_MAY_READ))
		return -EACCES;
	return o->removed ? -EIDRM : 0;
}

/* With the lock: the result, or SEM_WAITS, and then it is in the list. */
static int begin(struct sem_call *c) REQUIRES(C_sysv)
{
	int err = may_operate(c);

	if (err == 0 && wants_undo(c))
		err = sem_undo_find(c->set, &c->undo);
	if (err != 0)
		return err;
	err = try(c);
	if (err == 0 && c->alters)
		sem_decide(c->set);
	else if (err == SEM_WAITS)
		list_push_back(&c->set->waiting, &c->link);
	return err;
}

/* It has slept, for one reason or another.  What was decided holds. */
static int end(struct sem_call *c, int err) REQUIRES(C_sysv)
{
	if (c->result != SEM_WAITS)
		return c->result;
	list_remove(&c->link);
	return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

static NOINLINE int wait(struct sem_call *c, uint64_t deadline)
{
	return waitq_wait_until(&c->decided,
				READ_ONCE(c->result) != SEM_WAITS, deadline);
}

static long operate(struct sem_call *c, uint64_t deadline)
{
	struct sysv_object *o = &c->set->object;
	int result;

	mutex_lock(&o->lock);
	result = begin(c);
	mutex_unlock(&o->lock);
	if (result != SEM_WAITS)
		return result;
	race_point(sem_waits, c);

	int err = wait(c, deadline);

	mutex_lock(&o->lock);
	result = end(c, err);
	mutex_unlock(&o->lock);
	return result;
}

long sem_operate(int id, const struct sembuf *ops, unsigned n,
		 uint64_t deadline)
{
	struct sysv_object *o = sysv_find(&sem_table, id);
	struct sem_call c = {
		.ops = ops,
		.nr_ops = n,
		.pid = sysv_pid(),
		.result = SEM_WAITS,
	};
	long result;

	if (o == NULL)
		return -EINVAL;
	c.set = sem_set_of(o);
	c.alters = is_altering(&c);
	list_init(&c.link);
	waitq_init(&c.decided);
	result = operate(&c, deadline);
	sysv_object_put(o);
	return result;
}

/* ---- sets ---- */

static int make(const struct sysv_wish *wish, struct sysv_object **made)
{
	struct sem_set *s;
	int err;

	if (wish->size == 0)
		return -EINVAL;
	if (!room_take(&sem_room, wish->size))
		return -ENOSPC;
	err = sysv_alloc(sizeof(*s) + wish->size * sizeof(s->sem[0]), wish,
			 made);
	if (err != 0) {
		room_give(&sem_room, wish->size);
		return err;
	}
	is_private(sysv);
	s = sem_set_of(*made);
	s->nr = (unsigned)wish->size;
	s->ctime = sysv_now();
	list_init(&s->waiting);
	list_init(&s->undos);
	return 0;
}

static bool suits(const struct sysv_object *o, const struct sysv_wish *wish)
{
	return wish->size <= container_of(o, struct sem_set, object)->nr;
}

/* Whoever waits is told, so that nobody refers to an undo that goes. */
static bool retire(struct sysv_object *o) REQUIRES(C_sysv)
{
	struct sem_set *s = sem_set_of(o);
	struct sem_call *c, *next;

	list_for_each_entry_safe(c, next, &s->waiting, link)
		tell(c, -EIDRM);
	sem_undo_drop_all(s);
	return true;
}

static int change(struct sysv_object *o,
		  const struct sysv_change *change UNUSED) REQUIRES(C_sysv)
{
	sem_set_of(o)->ctime = sysv_now();
	return 0;
}

static void release(struct sysv_object *o)
{
	struct sem_set *s = sem_set_of(o);

	is_private(sysv);
	assert(list_is_empty(&s->waiting) && list_is_empty(&s->undos));
	room_give(&sem_room, s->nr);
	sysv_free(o);
}

static const struct sysv_kind sem_kind = {
	.make = make,
	.suits = suits,
	.retire = retire,
	.change = change,
	.free = release,
};

void sem_init(void)
{
	sysv_table_init(&sem_table, &sem_kind, SETS_MAX);
}
