/*
 * syscall/sys_msg.c - msgget(), msgsnd(), msgrcv(), msgctl(): System V message
 * queues.
 */
#include "syscall/syscall.h"

#include "ipc/sysv/msg.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"

SYSCALL_2(msgget, key, flags)
{
	const struct sysv_wish wish = {
		.key = (int)key,
		.flags = (unsigned)flags,
	};

	return sysv_get(&msg_table, &wish);
}

/* ---- messages: a long, the type, and then the text ---- */

static long send(int id, long type, vaddr_t text, size_t size, bool wait)
{
	struct message *m = msg_alloc(size);
	long err;

	if (m == NULL)
		return -ENOMEM;
	m->type = type;
	err = copy_from_user(m->text, text, size);
	if (err == 0)
		err = msg_send(id, m, wait);
	if (err != 0)
		msg_free(m);
	return err;
}

SYSCALL_4(msgsnd, id, from, size, flags)
{
	uint64_t type;

	if (get_user_u64(&type, from) != 0)
		return -EFAULT;
	if ((int)id < 0 || size > READ_ONCE(msg_max_bytes) || (long)type < 1)
		return -EINVAL;
	return send((int)id, (long)type, from + sizeof(type), size,
		    !(flags & IPC_NOWAIT));
}

static long put_message(vaddr_t to, const struct message *m, size_t max)
{
	size_t n = min(m->size, max);

	if (put_user_u64(to, (uint64_t)m->type) != 0 ||
	    copy_to_user(to + sizeof(uint64_t), m->text, n) != 0)
		return -EFAULT;
	return (long)n;
}

SYSCALL_5(msgrcv, id, to, max, type, flags)
{
	const struct msg_wish wish = {
		.type = (long)type,
		.max = max,
		.flags = (unsigned)flags,
	};
	struct message *m;
	long result;

	if ((int)id < 0 || (long)max < 0)
		return -EINVAL;
	if ((flags & MSG_COPY) &&
	    ((flags & MSG_EXCEPT) || !(flags & IPC_NOWAIT)))
		return -EINVAL;
	result = msg_receive((int)id, &wish, &m);
	if (result != 0)
		return result;
	result = put_message(to, m, max);
	msg_free(m);
	return result;
}

/* ---- msgctl ---- */

static long put_stat(int id, int how, vaddr_t to)
{
	struct user_msqid_ds ds;
	long result = msg_stat(id, how, &ds);

	if (result >= 0 && copy_to_user(to, &ds, sizeof(ds)) != 0)
		return -EFAULT;
	return result;
}

static long put_info(bool usage, vaddr_t to)
{
	struct user_msginfo info;
	int last = msg_info(usage, &info);

	return copy_to_user(to, &info, sizeof(info)) == 0 ? last : -EFAULT;
}

static long change(int id, vaddr_t from)
{
	struct user_msqid_ds ds;
	struct sysv_change change;

	if (copy_from_user(&ds, from, sizeof(ds)) != 0)
		return -EFAULT;
	change = sysv_change_asked(&ds.perm);
	change.queue_bytes = ds.qbytes;
	return sysv_change(&msg_table, id, &change);
}

SYSCALL_3(msgctl, id, cmd, arg)
{
	if ((int)id < 0 || (int)cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return put_info(cmd == MSG_INFO, arg);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return put_stat((int)id, (int)cmd, arg);
	case IPC_SET:
		return change((int)id, arg);
	case IPC_RMID:
		return sysv_remove(&msg_table, (int)id);
	default:
		return -EINVAL;
	}
}
