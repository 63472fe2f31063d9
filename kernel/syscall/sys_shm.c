/*
 * syscall/sys_shm.c - shmget(), shmat(), shmctl(): System V shared memory.
 */
#include "syscall/syscall.h"

#include "ipc/sysv/shm.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "mm/page.h"

/* LACKS shmget: `SHM_HUGETLB` is `ENOMEM`. */
SYSCALL_3(shmget, key, size, flags)
{
	const struct sysv_wish wish = {
		.key = (int)key,
		.flags = (unsigned)flags,
		.size = size,
	};

	return sysv_get(&shm_table, &wish);
}

SYSCALL_3(shmat, id, addr, flags)
{
	if ((int)id < 0)
		return -EINVAL;
	if (flags & SHM_RND)
		addr = align_down(addr, PAGE_SIZE);
	if (!is_aligned(addr, PAGE_SIZE) || (addr == 0 && (flags & SHM_REMAP)))
		return -EINVAL;
	return shm_attach((int)id, addr, (unsigned)flags);
}

SYSCALL_1(shmdt, addr)
{
	return is_aligned(addr, PAGE_SIZE) ? shm_detach(addr) : -EINVAL;
}

static long put_stat(int id, int how, vaddr_t to)
{
	struct user_shmid_ds ds;
	long result = shm_stat(id, how, &ds);

	if (result >= 0 && copy_to_user(to, &ds, sizeof(ds)) != 0)
		return -EFAULT;
	return result;
}

static long put_limits(vaddr_t to)
{
	struct user_shminfo info;
	int last = shm_limits(&info);

	return copy_to_user(to, &info, sizeof(info)) == 0 ? last : -EFAULT;
}

static long put_usage(vaddr_t to)
{
	struct user_shm_info info;
	int last = shm_usage(&info);

	return copy_to_user(to, &info, sizeof(info)) == 0 ? last : -EFAULT;
}

static long change(int id, vaddr_t from)
{
	struct user_shmid_ds ds;
	struct sysv_change change;

	if (copy_from_user(&ds, from, sizeof(ds)) != 0)
		return -EFAULT;
	change = sysv_change_asked(&ds.perm);
	return sysv_change(&shm_table, id, &change);
}

/* LACKS shmctl: `SHM_LOCK` is noted and counts nowhere: there is no swap. */
SYSCALL_3(shmctl, id, cmd, arg)
{
	if ((int)cmd < 0 || (int)id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
		return put_limits(arg);
	case SHM_INFO:
		return put_usage(arg);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return put_stat((int)id, (int)cmd, arg);
	case IPC_SET:
		return change((int)id, arg);
	case IPC_RMID:
		return sysv_remove(&shm_table, (int)id);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return shm_lock((int)id, cmd == SHM_LOCK);
	default:
		return -EINVAL;
	}
}
