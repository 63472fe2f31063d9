/*
 * syscall/sys_syslog.c - syslog(): what the kernel has said (dmesg).
 */
#include "syscall/syscall.h"

#include "debug/log.h"
#include "debug/printk.h"
#include "debug/watchdog.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/time/clock.h"
#include "proc/time/timer.h"
#include "sync/block.h"
#include "vfs/cred.h"

enum syslog_action {
	SYSLOG_CLOSE, SYSLOG_OPEN,
	SYSLOG_READ,          /* what nobody has read yet; waits for it */
	SYSLOG_READ_ALL,      /* the last of what is there */
	SYSLOG_READ_CLEAR,    /* and the same, for the last time */
	SYSLOG_CLEAR,
	SYSLOG_CONSOLE_OFF, SYSLOG_CONSOLE_ON, SYSLOG_CONSOLE_LEVEL,
	SYSLOG_SIZE_UNREAD, SYSLOG_SIZE_BUFFER,
};

#define CHUNK PAGE_SIZE
#define LOOK_NS 100000000UL

/* ---- reading ---- */

static const struct sleep_kind look_sleep = {
	.name = "syslog",
	.awaits = "its timer",
};

/* Nobody wakes us (debug/log.h): we look, ten times a second. */
static long take_when_there(char *chunk, size_t n)
{
	size_t taken;

	while ((taken = log_take(chunk, n)) == 0) {
		block_prepare(true);
		if (block_interrupted()) {
			block_cancel();
			return -ERESTARTSYS;
		}
		watchdog_sleeps(&look_sleep, NULL, NULL, __func__);
		block_schedule_until(clock_deadline_after(LOOK_NS));
	}
	return (long)taken;
}

static long read_new(char *chunk, vaddr_t to, size_t n)
{
	long taken = take_when_there(chunk, min(n, CHUNK));

	if (taken > 0 && copy_to_user(to, chunk, (size_t)taken) != 0)
		return -EFAULT;
	return taken;
}

static long read_last(char *chunk, vaddr_t to, size_t n)
{
	uint64_t at = log_last(n);
	size_t done = 0, part;

	while ((part = log_read(&at, chunk, min(n - done, CHUNK))) > 0) {
		if (copy_to_user(to + done, chunk, part) != 0)
			return -EFAULT;
		done += part;
		cond_resched();
	}
	return (long)done;
}

static long read_log(int action, vaddr_t to, int n)
{
	char *chunk;
	long err;

	if (to == 0 || n < 0)
		return -EINVAL;
	if (n == 0)
		return 0;
	chunk = kmalloc(CHUNK);
	if (chunk == NULL)
		return -ENOMEM;
	err = action == SYSLOG_READ ? read_new(chunk, to, (size_t)n) :
				      read_last(chunk, to, (size_t)n);
	kfree(chunk);
	if (err >= 0 && action == SYSLOG_READ_CLEAR)
		log_clear();
	return err;
}

/* ---- the console ---- */

static long set_level(int level)
{
	if (level < 1 || level > PRINTK_LEVEL_MAX)
		return -EINVAL;
	printk_set_level((unsigned)level);
	return 0;
}

static bool is_for_all(int action)
{
	return action == SYSLOG_READ_ALL || action == SYSLOG_SIZE_BUFFER;
}

SYSCALL_3(syslog, action, to, n)
{
	if (!is_for_all((int)action) && !cred_can(current_cred(), CAP_SYSLOG))
		return -EPERM;
	switch ((int)action) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
		return 0;
	case SYSLOG_READ:
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		return read_log((int)action, to, (int)n);
	case SYSLOG_CLEAR:
		log_clear();
		return 0;
	case SYSLOG_CONSOLE_OFF:
		printk_mute();
		return 0;
	case SYSLOG_CONSOLE_ON:
		printk_unmute();
		return 0;
	case SYSLOG_CONSOLE_LEVEL:
		return set_level((int)n);
	case SYSLOG_SIZE_UNREAD:
		return (long)log_untaken();
	case SYSLOG_SIZE_BUFFER:
		return LOG_SIZE;
	default:
		return -EINVAL;
	}
}
