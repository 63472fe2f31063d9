/*
 * syscall/sys_info.c - about the machine and the kernel, and about oneself.
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "arch/icache.h"
#include "disk/disk.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "mm/uaccess.h"
#include "proc/sched/load.h"
#include "proc/task/hostname.h"
#include "proc/task/proc.h"
#include "proc/task/random.h"
#include "proc/time/clock.h"
#include "syscall/uapi.h"
#include "vfs/cred.h"

/* ---- names ---- */

/* What programs are told is the ABI they may rely on. */
SYSCALL_1(uname, to)
{
	struct user_utsname u = {
		.sysname = OS_TYPE,
		.release = OS_RELEASE,
		.version = "drover SMP",
		.machine = "riscv64",
	};

	own_name_get(HOST_NAME, u.nodename);
	own_name_get(DOMAIN_NAME, u.domainname);
	return copy_to_user(to, &u, sizeof(u));
}

static long set_name(enum own_name which, vaddr_t from, unsigned long length)
{
	char name[HOSTNAME_MAX];

	if (!cred_can(current_cred(), CAP_SYS_ADMIN))
		return -EPERM;
	if (length > HOSTNAME_MAX)
		return -EINVAL;
	if (copy_from_user(name, from, length) != 0)
		return -EFAULT;
	own_name_set(which, name, length);
	return 0;
}

SYSCALL_2(sethostname, from, length)
{
	return set_name(HOST_NAME, from, length);
}

SYSCALL_2(setdomainname, from, length)
{
	return set_name(DOMAIN_NAME, from, length);
}

/* ---- numbers ---- */

/* Linux tells loads in units of 1 / 65,536. */
#define SYSINFO_LOAD_SHIFT 16

static void tell_loads(uint64_t loads[NR_LOADS])
{
	load_averages(loads);
	for (unsigned i = 0; i < NR_LOADS; i++)
		loads[i] <<= SYSINFO_LOAD_SHIFT - LOAD_SHIFT;
}

SYSCALL_1(sysinfo, to)
{
	struct user_sysinfo info = {
		.uptime = (int64_t)(clock_monotonic_ns() / NS_PER_SECOND),
		.totalram = pages_total() * PAGE_SIZE,
		.freeram = pages_free() * PAGE_SIZE,
		.sharedram = pagecache_pages_in_memory() * PAGE_SIZE,
		.bufferram = disk_cached_pages() * PAGE_SIZE,
		.procs = (uint16_t)nr_procs(),
		.mem_unit = 1,
	};

	tell_loads(info.loads);
	return copy_to_user(to, &info, sizeof(info));
}

#define GRND_KNOWN 7UL /* NONBLOCK, RANDOM, INSECURE: all the same here */
#define RANDOM_CHUNK 256UL

SYSCALL_3(getrandom, to, n, flags)
{
	uint8_t chunk[RANDOM_CHUNK];
	size_t done = 0;

	if (flags & ~GRND_KNOWN)
		return -EINVAL;
	n = min(n, (unsigned long)INT32_MAX);
	if (!is_user_range(to, n))
		return -EFAULT;
	while (done < n && !(done > 0 && block_interrupted())) {
		size_t part = min(n - done, RANDOM_CHUNK);

		random_bytes(chunk, part);

		size_t copied = copy_to_user_partial(to + done, chunk, part);

		done += copied;
		if (copied < part)
			return done > 0 ? (long)done : -EFAULT;
		cond_resched();
	}
	return (long)done;
}

/* ---- the machine ---- */

#define REBOOT_MAGIC1 0xfee1deadU
#define REBOOT_MAGIC2 672274793U
#define REBOOT_RESTART 0x01234567U
#define REBOOT_HALT 0xcdef0123U
#define REBOOT_POWER_OFF 0x4321fedcU
#define REBOOT_CAD_ON 0x89abcdefU
#define REBOOT_CAD_OFF 0U

/*
 * LACKS reboot: `LINUX_REBOOT_CMD_RESTART` ends the emulator; `RESTART2`,
 * `KEXEC` and `SW_SUSPEND` are `EINVAL`.
 */
SYSCALL_4(reboot, magic1, magic2, command, arg UNUSED)
{
	if (!cred_can(current_cred(), CAP_SYS_BOOT))
		return -EPERM;
	if ((unsigned)magic1 != REBOOT_MAGIC1 ||
	    (unsigned)magic2 != REBOOT_MAGIC2)
		return -EINVAL;
	switch ((unsigned)command) {
	case REBOOT_RESTART: /* who started the emulator starts it again */
	case REBOOT_HALT:
	case REBOOT_POWER_OFF:
		board_power_off(0);
	case REBOOT_CAD_ON: /* there is no Ctrl-Alt-Del */
	case REBOOT_CAD_OFF:
		return 0;
	default:
		return -EINVAL;
	}
}

#define ICACHE_LOCAL 1UL

SYSCALL_3(riscv_flush_icache, start UNUSED, end UNUSED, flags)
{
	if (flags & ~ICACHE_LOCAL)
		return -EINVAL;
	/* LOCAL means this thread, which may be on another hart next. */
	icache_sync(&current_mm()->tlb);
	return 0;
}

/* ---- oneself ---- */

#define PERSONALITY_QUERY 0xffffffffU

/* LACKS personality: it is kept, inherited and told; of what it changes,
 * `STICKY_TIMEOUTS` is there. */

/* Kept, and passed on; where programs lie is not random as it is. */
SYSCALL_1(personality, persona)
{
	struct thread *self = current_thread();
	uint32_t old = self->personality;

	if ((uint32_t)persona != PERSONALITY_QUERY)
		WRITE_ONCE(self->personality, (uint32_t)persona);
	return old;
}
