/*
 * syscall/sys_sem.c - semget(), semop(), semctl(): System V semaphores.
 */
#include "syscall/syscall.h"

#include "ipc/sysv/sem.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/user_time.h"

SYSCALL_3(semget, key, nr, flags)
{
	const struct sysv_wish wish = {
		.key = (int)key,
		.flags = (unsigned)flags,
		.size = nr,
	};

	if ((int)nr < 0 || nr > READ_ONCE(sem_max_in_set))
		return -EINVAL;
	return sysv_get(&sem_table, &wish);
}

/* ---- operations ---- */

/* @timeout is a user's timespec, or 0: for ever. */
static long operate(int id, vaddr_t from, unsigned n, vaddr_t timeout)
{
	struct sembuf *ops = kmalloc(n * sizeof(*ops));
	uint64_t deadline;
	long err = ops == NULL ? -ENOMEM : 0;

	if (err == 0)
		err = copy_from_user(ops, from, n * sizeof(*ops));
	if (err == 0)
		err = get_user_deadline(&deadline, timeout);
	if (err == 0)
		err = sem_operate(id, ops, n, deadline);
	kfree(ops);
	return err;
}

static long check_and_operate(int id, vaddr_t from, unsigned n, vaddr_t timeout)
{
	if (n < 1 || id < 0)
		return -EINVAL;
	if (n > READ_ONCE(sem_max_ops))
		return -E2BIG;
	return operate(id, from, n, timeout);
}

SYSCALL_3(semop, id, ops, n)
{
	return check_and_operate((int)id, ops, (unsigned)n, 0);
}

SYSCALL_4(semtimedop, id, ops, n, timeout)
{
	return check_and_operate((int)id, ops, (unsigned)n, timeout);
}

/* ---- semctl ---- */

static long put_stat(int id, int how, vaddr_t to)
{
	struct user_semid_ds ds;
	long result = sem_stat(id, how, &ds);

	if (result >= 0 && copy_to_user(to, &ds, sizeof(ds)) != 0)
		return -EFAULT;
	return result;
}

static long put_info(bool usage, vaddr_t to)
{
	struct user_seminfo info;
	int last = sem_info(usage, &info);

	return copy_to_user(to, &info, sizeof(info)) == 0 ? last : -EFAULT;
}

static long change(int id, vaddr_t from)
{
	struct user_semid_ds ds;
	struct sysv_change change;

	if (copy_from_user(&ds, from, sizeof(ds)) != 0)
		return -EFAULT;
	change = sysv_change_asked(&ds.perm);
	return sysv_change(&sem_table, id, &change);
}

static bool are_values(const uint16_t *values, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (values[i] > SEM_VALUE_MAX)
			return false;
	return true;
}

static long set_all(int id, uint16_t *values, unsigned n, vaddr_t from)
{
	if (copy_from_user(values, from, n * sizeof(*values)) != 0)
		return -EFAULT;
	if (!are_values(values, n))
		return -ERANGE;
	return sem_set_all(id, values, n);
}

static long get_all(int id, uint16_t *values, unsigned n, vaddr_t to)
{
	int err = sem_get_all(id, values, n);

	return err != 0 ? err : copy_to_user(to, values, n * sizeof(*values));
}

static long move_all(int id, bool set, vaddr_t user)
{
	long n = sem_count(id, set ? IPC_MAY_WRITE : IPC_MAY_READ), err;
	uint16_t *values;

	if (n < 0)
		return n;
	values = kmalloc((size_t)n * sizeof(*values));
	if (values == NULL)
		return -ENOMEM;
	err = set ? set_all(id, values, (unsigned)n, user) :
		    get_all(id, values, (unsigned)n, user);
	kfree(values);
	return err;
}

SYSCALL_4(semctl, id, num, cmd, arg)
{
	if ((int)id < 0)
		return -EINVAL;
	switch ((int)cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return put_info(cmd == SEM_INFO, arg);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return put_stat((int)id, (int)cmd, arg);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return sem_tell_one((int)id, (int)num, (int)cmd);
	case SETVAL:
		return sem_set_one((int)id, (int)num, (int)arg);
	case GETALL:
	case SETALL:
		return move_all((int)id, cmd == SETALL, arg);
	case IPC_SET:
		return change((int)id, arg);
	case IPC_RMID:
		return sysv_remove(&sem_table, (int)id);
	default:
		return -EINVAL;
	}
}
