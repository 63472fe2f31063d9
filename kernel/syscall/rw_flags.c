/*
 * syscall/rw_flags.c - RWF_*: flags of one call.
 *
 * Those that are also flags of open files, O_APPEND and O_NONBLOCK, are lent to
 * the thread for the call: the operations of files ask file_flags(), which
 * looks there as well.
 */

#include "syscall/rw_flags.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "vfs/file.h"
#include "vfs/flags.h"

#define RWF_HIPRI 1U /* do not sleep for a device: a hint */
#define RWF_DSYNC 2U
#define RWF_SYNC 4U
#define RWF_NOWAIT 8U
#define RWF_APPEND 0x10U
#define RWF_NOAPPEND 0x20U
#define RWF_ATOMIC 0x40U /* all or nothing, on a disk that can */
#define RWF_KNOWN 0x7fU

static int check(const struct file *f, unsigned rwf)
{
	if ((rwf & ~RWF_KNOWN) || (rwf & RWF_ATOMIC))
		return -EOPNOTSUPP;
	if ((rwf & RWF_APPEND) && (rwf & RWF_NOAPPEND))
		return -EINVAL;
	if ((rwf & RWF_NOAPPEND) && f->inode != NULL &&
	    inode_has(f->inode, INODE_APPEND))
		return -EPERM;
	if ((rwf & RWF_NOWAIT) && !(f->mode & FMODE_NOWAIT))
		return -EOPNOTSUPP;
	return 0;
}

int rw_flags_begin(struct file *f, unsigned rwf)
{
	struct arch_thread *self = hart_self()->current;
	int err = check(f, rwf);

	if (err < 0)
		return err;
	self->flags_lent = (rwf & RWF_NOWAIT ? O_NONBLOCK : 0) |
			   (rwf & RWF_APPEND ? O_APPEND : 0);
	self->flags_hidden = rwf & RWF_NOAPPEND ? O_APPEND : 0;
	return 0;
}

long rw_flags_end(struct file *f, unsigned rwf, bool write, long moved)
{
	struct arch_thread *self = hart_self()->current;
	int err = 0;

	self->flags_lent = self->flags_hidden = 0;
	if (write && moved > 0 && (rwf & (RWF_DSYNC | RWF_SYNC)))
		err = file_make_safe(f);
	return err < 0 ? err : moved;
}
