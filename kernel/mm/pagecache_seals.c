/*
 * mm/pagecache_seals.c - seals: what is not done to a file any more, for ever.
 */

#include "lib/errno.h"
#include "mm/pagecache.h"
#include "mm/vma.h"

static bool is_mapped_to_write(const struct pagecache *m) REQUIRES(C_mappers)
{
	const struct vma *vma;

	if (m->nr_mapping > 0)
		return true;
	list_for_each_entry(vma, &m->users, cache_link)
		if ((READ_ONCE(vma->flags) & (VMA_SHARED | VMA_DENY_WRITE)) ==
		    VMA_SHARED)
			return true;
	return false;
}

int pagecache_add_seals(struct pagecache *m, unsigned seals)
{
	int err = 0;

	mutex_lock(&m->users_lock);
	if ((seals & ~m->seals & F_SEAL_WRITE) && is_mapped_to_write(m))
		err = -EBUSY;
	else
		WRITE_ONCE(m->seals, m->seals | seals);
	mutex_unlock(&m->users_lock);
	return err;
}

int pagecache_begin_mapping(struct pagecache *m)
{
	int err = 0;

	mutex_lock(&m->users_lock);
	if (m->seals & SEALS_OF_WRITING)
		err = -EPERM;
	else
		m->nr_mapping++;
	mutex_unlock(&m->users_lock);
	return err;
}

void pagecache_end_mapping(struct pagecache *m)
{
	mutex_lock(&m->users_lock);
	m->nr_mapping--;
	mutex_unlock(&m->users_lock);
}
