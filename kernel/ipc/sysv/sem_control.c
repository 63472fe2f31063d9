/*
 * ipc/sysv/sem_control.c - semctl(): looking at sets, and setting values.
 */
#include "ipc/sysv/sem_internal.h"

#include "lib/errno.h"

/* ---- those who wait ---- */

/* How many wait for semaphore @num: until it is 0, or until it is more. */
static long count_waiting(const struct sem_set *s, unsigned num, bool for_zero)
	REQUIRES(C_sysv)
{
	const struct sem_call *c;
	long n = 0;

	list_for_each_entry(c, &s->waiting, link) {
		const struct sembuf *op = &c->ops[c->blocking];

		n += op->num == num && (op->op == 0) == for_zero;
	}
	return n;
}

/* ---- one ---- */

static long tell_one(const struct sem_set *s, unsigned num, int what)
	REQUIRES(C_sysv)
{
	switch (what) {
	case GETVAL:
		return s->sem[num].value;
	case GETPID:
		return s->sem[num].pid;
	default:
		return count_waiting(s, num, what == GETZCNT);
	}
}

/* May the running thread do @rights with semaphore @num? */
static int check(const struct sem_set *s, unsigned rights, unsigned num)
	REQUIRES(C_sysv)
{
	if (!sysv_allows(&s->object, rights))
		return -EACCES;
	if (num >= s->nr)
		return -EINVAL;
	return s->object.removed ? -EIDRM : 0;
}

long sem_tell_one(int id, int num, int what)
{
	struct sysv_object *o = sysv_find(&sem_table, id);
	long result;

	if (o == NULL)
		return -EINVAL;
	mutex_lock(&o->lock);
	result = check(sem_set_of(o), IPC_MAY_READ, (unsigned)num);
	if (result == 0)
		result = tell_one(sem_set_of(o), (unsigned)num, what);
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return result;
}

/* Somebody has set values, who has nothing to undo. */
static void set_one(struct sem_set *s, unsigned num, int value) REQUIRES(C_sysv)
{
	s->sem[num].value = value;
	s->sem[num].pid = sysv_pid();
}

static void values_were_set(struct sem_set *s) REQUIRES(C_sysv)
{
	s->ctime = sysv_now();
	sem_decide(s);
}

long sem_set_one(int id, int num, int value)
{
	struct sysv_object *o;
	int err;

	if (value < 0 || value > SEM_VALUE_MAX)
		return -ERANGE;
	o = sysv_find(&sem_table, id);
	if (o == NULL)
		return -EINVAL;
	mutex_lock(&o->lock);
	err = (unsigned)num >= sem_set_of(o)->nr ? -EINVAL :
	      check(sem_set_of(o), IPC_MAY_WRITE, (unsigned)num);
	if (err == 0) {
		sem_undo_forget(sem_set_of(o), (unsigned)num, 1);
		set_one(sem_set_of(o), (unsigned)num, value);
		values_were_set(sem_set_of(o));
	}
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return err;
}

/* ---- all ---- */

long sem_count(int id, unsigned rights)
{
	struct sysv_object *o = sysv_find(&sem_table, id);
	long result;

	if (o == NULL)
		return -EINVAL;
	mutex_lock(&o->lock);
	result = check(sem_set_of(o), rights, 0);
	if (result == 0)
		result = sem_set_of(o)->nr;
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return result;
}

int sem_get_all(int id, uint16_t *values, unsigned n)
{
	struct sysv_object *o = sysv_find(&sem_table, id);
	const struct sem_set *s;
	int err;

	if (o == NULL)
		return -EIDRM;
	s = sem_set_of(o);
	mutex_lock(&o->lock);
	err = check(s, IPC_MAY_READ, n - 1);
	for (unsigned i = 0; err == 0 && i < n; i++)
		values[i] = (uint16_t)s->sem[i].value;
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return err;
}

int sem_set_all(int id, const uint16_t *values, unsigned n)
{
	struct sysv_object *o = sysv_find(&sem_table, id);
	int err;

	if (o == NULL)
		return -EIDRM;
	mutex_lock(&o->lock);
	err = check(sem_set_of(o), IPC_MAY_WRITE, n - 1);
	for (unsigned i = 0; err == 0 && i < n; i++)
		set_one(sem_set_of(o), i, values[i]);
	if (err == 0) {
		sem_undo_forget(sem_set_of(o), 0, n);
		values_were_set(sem_set_of(o));
	}
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return err;
}

/* ---- sets ---- */

static void tell_set(const struct sem_set *s, struct user_semid_ds *to)
	REQUIRES(C_sysv)
{
	*to = (struct user_semid_ds){
		.otime = s->otime,
		.ctime = s->ctime,
		.nsems = s->nr,
	};
	sysv_tell(&s->object, &to->perm);
}

long sem_stat(int id, int how, struct user_semid_ds *to)
{
	struct sysv_object *o = how == IPC_STAT ?
					sysv_find(&sem_table, id) :
					sysv_find_place(&sem_table, id);
	long result;

	if (o == NULL)
		return -EINVAL;
	mutex_lock(&o->lock);
	result = how == SEM_STAT_ANY ? 0 :
		 check(sem_set_of(o), IPC_MAY_READ, 0);
	if (result == 0)
		tell_set(sem_set_of(o), to);
	if (result == 0 && how != IPC_STAT)
		result = o->id;
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return result;
}

/* What Linux says and limits nothing. */
#define SEM_SIZE 20

int sem_info(bool usage, struct user_seminfo *to)
{
	int in_all = (int)READ_ONCE(sem_room.limit);
	unsigned nr;
	int last = sysv_last_place(&sem_table, &nr);

	*to = (struct user_seminfo){
		.semmap = in_all,
		.semmni = (int)READ_ONCE(sem_table.limit),
		.semmns = in_all,
		.semmnu = in_all,
		.semmsl = (int)READ_ONCE(sem_max_in_set),
		.semopm = (int)READ_ONCE(sem_max_ops),
		.semume = (int)READ_ONCE(sem_max_ops),
		.semusz = usage ? (int)nr : SEM_SIZE,
		.semvmx = SEM_VALUE_MAX,
		.semaem = usage ? (int)READ_ONCE(sem_room.used) :
				  SEM_ADJUST_MAX,
	};
	return last;
}
