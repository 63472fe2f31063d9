/*
 * proc/task/acct.c - see acct.h.
 *
 * Who ends writes his own record, when he has given back his memory and before his
 * parent is told: who has waited for a child finds it. One lock is held from
 * the look at where records go until one is there, so of two at once
 *
 *	two that end		one writes behind the other
 *	one that ends, and	the record is in the old file before acct_set()
 *	another file		returns, or in the new one; the old one, which may
 *				be removed then, or unmounted, gets no more
 *	one that ends, and	the look without the lock, for the many times that
 *	the first file		nobody asks, may miss a file that is just being
 *				set: it ended before that
 *
 * Nobody waits for ever in it: the file is a regular one, so who writes to it or
 * holds its lock waits for memory or a disk and for no other process.
 *
 * A disk that is full gets no more: as on Linux nothing is written from 2 % of room
 * on, until there are 4 % again, and every 30 seconds somebody looks. What has no
 * room in spite of that is not written in part (vfs/append.c), and ends it, too.
 */
#include "proc/task/acct.h"

#include "arch/clock.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/mm.h"
#include "proc/task/pgroup.h"
#include "proc/task/proc.h"
#include "sync/mutex.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/regular.h"

#define STOP_PERCENT 2
#define GO_ON_PERCENT 4
#define LOOK_SECONDS 30

static struct mutex acct_lock; /* RANK_FILE_POS */
/* A reference, or NULL.  Read without the lock to see that nobody asks. */
static struct file *records GUARDED_BY(acct_lock);
static bool is_full GUARDED_BY(acct_lock);
static uint64_t next_look GUARDED_BY(acct_lock); /* ticks */

void acct_init(void)
{
	mutex_init(&acct_lock, RANK_FILE_POS);
}

/* ---- a record ---- */

#define ACCT_VERSION 3 /* and the low byte first */
#define AFORK 0x01     /* it did not call exec */
#define ACORE 0x08     /* it left a core file */
#define AXSIG 0x10     /* a signal has killed it */

struct acct_record {
	uint8_t flag, version;
	uint16_t tty;
	uint32_t exit_code, uid, gid, pid, ppid;
	uint32_t began;     /* seconds since 1970 */
	uint32_t elapsed;   /* a float: hundredths of a second */
	uint16_t user, system; /* from here on in pieces(); hundredths */
	uint16_t memory;    /* KiB of address space */
	uint16_t io, rw;    /* 0 */
	uint16_t minor_faults, major_faults, swaps;
	char name[16];
};

_Static_assert(sizeof(struct acct_record) == 64, "Linux's struct acct_v3");

/* comp_t: 13 bits, and 3 of how many times three more were dropped; rounded. */
static uint16_t pieces(uint64_t value)
{
	const uint64_t most = BIT(13) - 1;
	unsigned dropped = 0;
	bool up = false;

	for (; value > most; value >>= 3, dropped++)
		up = value & BIT(2);
	value += up;
	if (value > most) {
		value >>= 3;
		dropped++;
	}
	return dropped > 7 ? UINT16_MAX : (uint16_t)(dropped << 13 | value);
}

/* As a float has it (IEEE 754), cut off. */
static uint32_t float_bits(uint64_t value)
{
	if (value == 0)
		return 0;

	unsigned top = ilog2(value);
	uint64_t after_top = top > 23 ? value >> (top - 23) : value << (23 - top);

	return (127 + top) << 23 | (after_top & (BIT(23) - 1));
}

static void tell_place(struct acct_record *r, struct proc *p)
{
	tree_lock_shared();
	const struct session *session = proc_session(p);

	if (proc_has_tty(p) && session->tty != NULL)
		r->tty = (uint16_t)session->tty_dev;
	r->ppid = (uint32_t)p->parent_pid;
	spin_lock(&p->lock);
	if (!p->did_exec)
		r->flag |= AFORK;
	spin_unlock(&p->lock);
	tree_unlock_shared();
}

static void tell_usage(struct acct_record *r, struct proc *p)
{
	uint64_t elapsed = ticks_to_clock(clock_ticks() - p->start_ticks);
	struct rusage_sums sums = { 0 };

	proc_rusage(p, &sums);
	r->elapsed = float_bits(elapsed);
	r->began = (uint32_t)(clock_realtime_ns() / NS_PER_SECOND - elapsed / 100);
	r->user = pieces(ticks_to_clock(sums.user_ticks));
	r->system = pieces(ticks_to_clock(sums.system_ticks));
	r->minor_faults = pieces(sums.faults);
}

static struct acct_record record_of(struct proc *p, int status, uint64_t pages)
{
	struct acct_record r = {
		.version = ACCT_VERSION,
		.exit_code = (uint32_t)status,
		.uid = current_cred()->uid,
		.gid = current_cred()->gid,
		.pid = (uint32_t)p->pid,
		.memory = pieces(pages * (PAGE_SIZE / 1024)),
	};

	if (status & 0x7f)
		r.flag |= AXSIG;
	if (status & 0x80)
		r.flag |= ACORE;
	strlcpy(r.name, current_thread()->name, sizeof(r.name));
	tell_place(&r, p);
	tell_usage(&r, p);
	return r;
}

/* ---- the file ---- */

static void look_for_room(void) REQUIRES(acct_lock)
{
	struct filesystem *fs = records->inode->fs;
	struct fs_stats s = { .blocks = 0 };
	uint64_t free;

	if (fs->ops->statfs != NULL)
		fs->ops->statfs(fs, &s);
	free = s.free - min(s.free, s.kept);
	if (s.blocks == 0 || free >= s.blocks * GO_ON_PERCENT / 100)
		is_full = false;
	if (s.blocks != 0 && free <= s.blocks * STOP_PERCENT / 100)
		is_full = true;
	next_look = clock_ticks() + LOOK_SECONDS * ticks_per_second;
}

static void write_down(const struct acct_record *r) REQUIRES(acct_lock)
{
	if (clock_ticks() >= next_look)
		look_for_room();
	if (!is_full && inode_append(records->inode, r, sizeof(*r)) == -ENOSPC)
		is_full = true;
}

void acct_exit(struct proc *p, int status, uint64_t pages)
{
	if (likely(READ_ONCE(records) == NULL))
		return;

	struct acct_record r = record_of(p, status, pages);

	mutex_lock(&acct_lock);
	if (records != NULL)
		write_down(&r);
	mutex_unlock(&acct_lock);
}

void acct_set(struct file *f)
{
	struct acct_record r = record_of(current_proc(), 0, 0);
	struct file *old;

	mutex_lock(&acct_lock);
	old = records;
	if (old != NULL)
		write_down(&r);
	WRITE_ONCE(records, f);
	next_look = 0;
	is_full = false;
	mutex_unlock(&acct_lock);
	if (old != NULL)
		file_put(old); /* ours, since it was set */
}
