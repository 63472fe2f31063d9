/*
 * vfs/seals.c - sealed files.
 *
 * Whoever writes to a file or sets its size holds inode->lock, and looks for
 * seals under it; whoever adds some holds it, too.  So a seal is added before
 * a write begins, or after it has ended.
 */
#include "vfs/seals.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/pagecache.h"
#include "vfs/attr.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/regular.h"

#define ALL_SEALS                                                        \
	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | SEALS_OF_WRITING |  \
	 F_SEAL_EXEC)

static bool can_be_sealed(const struct file *f)
{
	return f->ops == &regular_file_ops;
}

int file_seals(const struct file *f)
{
	return can_be_sealed(f) ? (int)pagecache_seals(f->inode->pagecache) :
				  -EINVAL;
}

/* What stays a program may not change either. */
static unsigned with_implied(struct inode *inode, unsigned seals)
{
	if (!(seals & F_SEAL_EXEC) || !(inode_owner(inode).mode & 0111))
		return seals;
	return seals | F_SEAL_SHRINK | F_SEAL_GROW | SEALS_OF_WRITING;
}

static int add_seals(struct inode *inode, unsigned seals) REQUIRES(C_inode)
{
	if (pagecache_seals(inode->pagecache) & F_SEAL_SEAL)
		return -EPERM;
	return pagecache_add_seals(inode->pagecache,
				   with_implied(inode, seals));
}

int file_add_seals(struct file *f, unsigned seals)
{
	struct inode *inode = f->inode;
	int err;

	if (!(f->mode & FMODE_WRITE))
		return -EPERM;
	if ((seals & ~ALL_SEALS) || !can_be_sealed(f))
		return -EINVAL;
	mutex_lock(&inode->lock);
	err = add_seals(inode, seals);
	mutex_unlock(&inode->lock);
	return err;
}

/* ---- what they forbid ---- */

/* A file that may not grow takes what goes into the pages that it has whole,
 * as Linux writes page by page. */
int seals_check_write(const struct inode *inode, uint64_t pos, size_t *n)
{
	unsigned seals = pagecache_seals(inode->pagecache);
	uint64_t size = inode_size(inode);
	uint64_t whole = align_down(size, PAGE_SIZE);

	if (seals & SEALS_OF_WRITING)
		return -EPERM;
	if (!(seals & F_SEAL_GROW) || (pos <= size && *n <= size - pos))
		return 0;
	if (pos >= whole)
		return -EPERM;
	*n = whole - pos;
	return 0;
}

int seals_check_size(const struct inode *inode, uint64_t size)
{
	unsigned seals = pagecache_seals(inode->pagecache);

	if (((seals & F_SEAL_SHRINK) && size < inode_size(inode)) ||
	    ((seals & F_SEAL_GROW) && size > inode_size(inode)))
		return -EPERM;
	return 0;
}

int seals_check_punch(const struct inode *inode)
{
	return pagecache_seals(inode->pagecache) & SEALS_OF_WRITING ? -EPERM : 0;
}
