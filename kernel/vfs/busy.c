/*
 * vfs/busy.c - see busy.h.
 */
#include "vfs/busy.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "vfs/file.h"
#include "vfs/inode.h"

/*
 * One more of those that @step is the count of, unless the others are there.
 * All that start a program come here, so there is no lock to wait for: who finds
 * that the count was another one by then has met somebody who is through.
 */
static int count_in(struct inode *inode, int32_t step)
{
	int32_t count;

	do {
		count = READ_ONCE(inode->open_to_write);
		if (count * step < 0)
			return -ETXTBSY;
		race_point(busy_asked, inode);
		/*
		 * ORDER busy, coming side; the other is in count_out().
		 * Acquire: who comes when the last of the others has gone finds
		 * all that he has written, or writes when he has read it all.
		 */
	} while (!atomic_replace(&inode->open_to_write, count, count + step));
	race_point(busy_counted, inode);
	return 0;
}

static void count_out(struct inode *inode, int32_t step)
{
	/* ORDER busy, leaving side; the other is in count_in().  Release. */
	atomic_fetch_add_full(&inode->open_to_write, -step);
}

int inode_begin_writing(struct inode *inode)
{
	return count_in(inode, 1);
}

void inode_end_writing(struct inode *inode)
{
	count_out(inode, 1);
}

int file_is_program(struct file *f)
{
	int err = count_in(f->inode, -1);

	if (err == 0)
		f->mode |= FMODE_PROGRAM;
	return err;
}

void file_is_no_program(struct file *f)
{
	f->mode &= ~(unsigned)FMODE_PROGRAM;
	count_out(f->inode, -1);
}
