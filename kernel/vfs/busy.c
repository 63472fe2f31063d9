/*
 * vfs/busy.c - see busy.h.
 */
#include "vfs/busy.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "vfs/file.h"
#include "vfs/inode.h"

/* One more of those that @step is the count of, unless the others are there. */
static int count_in(struct inode *inode, int32_t step)
{
	int err = -ETXTBSY;

	spin_lock(&inode->attr_lock);
	if (inode->open_to_write * step >= 0) {
		WRITE_ONCE(inode->open_to_write, inode->open_to_write + step);
		err = 0;
	}
	spin_unlock(&inode->attr_lock);
	return err;
}

static void count_out(struct inode *inode, int32_t step)
{
	spin_lock(&inode->attr_lock);
	WRITE_ONCE(inode->open_to_write, inode->open_to_write - step);
	spin_unlock(&inode->attr_lock);
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
