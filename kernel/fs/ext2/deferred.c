/*
 * fs/ext2/deferred.c - a block that was freed is not given out again before the disk
 * knows that it was.
 *
 * Two would not like that.  A crash: what is on the disk still says that the
 * block is a file's, and it has what another one wrote there.  And who is just
 * writing the disk's cache back: he has seen that the block, one of pointers, is
 * dirty, and writes it over what its next user has already written.
 *
 * So that is deferred, a bit for each, until a commit that began after it was
 * freed has ended.  Commits take turns: what was freed before one is aged while
 * it goes on, and then let go.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

/* Of one group, a bitmap each: freed since the last commit began, before. */
struct ext2_deferred {
	uint8_t *fresh, *aged;
};

static struct ext2_deferred *deferred_of(struct ext2 *ext2, unsigned group)
{
	return &ext2->deferred[group];
}

int ext2_deferred_init(struct ext2 *ext2)
{
	mutex_init(&ext2->commit, RANK_FS_SYNC);
	ext2->deferred = kzalloc(ext2->nr_groups * sizeof(*ext2->deferred));
	return ext2->deferred != NULL ? 0 : -ENOMEM;
}

void ext2_deferred_destroy(struct ext2 *ext2)
{
	if (ext2->deferred == NULL)
		return;
	for (unsigned i = 0; i < ext2->nr_groups; i++) {
		kfree(ext2->deferred[i].fresh);
		kfree(ext2->deferred[i].aged);
	}
	kfree(ext2->deferred);
}

bool ext2_defer(struct ext2 *ext2, unsigned group, uint32_t bit)
{
	struct ext2_deferred *d = deferred_of(ext2, group);

	if (d->fresh == NULL)
		d->fresh = kzalloc(ext2->block_size);
	if (d->fresh == NULL)
		return false;
	d->fresh[bit / 8] = (uint8_t)(d->fresh[bit / 8] | 1U << (bit % 8));
	ext2->has_deferred = true;
	return true;
}

uint8_t ext2_deferred_byte(const struct ext2 *ext2, unsigned group, uint32_t at)
{
	const struct ext2_deferred *d = &ext2->deferred[group];

	return (uint8_t)((d->fresh != NULL ? d->fresh[at] : 0) |
			 (d->aged != NULL ? d->aged[at] : 0));
}

/* Nothing is aged now. */
static void age(struct ext2 *ext2)
{
	mutex_lock(&ext2->lock);
	for (unsigned i = 0; i < ext2->nr_groups && ext2->has_deferred; i++) {
		ext2->deferred[i].aged = ext2->deferred[i].fresh;
		ext2->deferred[i].fresh = NULL;
	}
	ext2->has_deferred = false;
	mutex_unlock(&ext2->lock);
}

static void let_go(struct ext2 *ext2)
{
	mutex_lock(&ext2->lock);
	for (unsigned i = 0; i < ext2->nr_groups; i++) {
		kfree(ext2->deferred[i].aged);
		ext2->deferred[i].aged = NULL;
	}
	mutex_unlock(&ext2->lock);
}

/* What it could not write stays deferred: the next one tries again. */
static void defer_again(struct ext2 *ext2)
{
	mutex_lock(&ext2->lock);
	for (unsigned i = 0; i < ext2->nr_groups; i++) {
		struct ext2_deferred *d = deferred_of(ext2, i);

		if (d->fresh == NULL) {
			d->fresh = d->aged;
		} else if (d->aged != NULL) {
			for (unsigned at = 0; at < ext2->block_size; at++)
				d->fresh[at] = (uint8_t)(d->fresh[at] | d->aged[at]);
			kfree(d->aged);
		}
		d->aged = NULL;
		ext2->has_deferred |= d->fresh != NULL;
	}
	mutex_unlock(&ext2->lock);
}

static int commit_locked(struct ext2 *ext2) REQUIRES(ext2->commit)
{
	int err;

	age(ext2);
	err = disk_sync(ext2->disk);
	if (err == 0) {
		let_go(ext2);
	} else {
		defer_again(ext2);
		(void)ext2_wrong(ext2, "something of it is not written: error %d", -err);
	}
	return err;
}

int ext2_commit(struct ext2 *ext2)
{
	mutex_lock(&ext2->commit);
	int err = commit_locked(ext2);

	mutex_unlock(&ext2->commit);
	return err;
}

/* What another commit has aged it has let go, or it is fresh again. */
bool ext2_can_let_go(struct ext2 *ext2)
{
	bool can;

	ext2_nodes_settle(ext2);
	mutex_lock(&ext2->commit);
	can = !READ_ONCE(ext2->has_deferred) || commit_locked(ext2) == 0;
	mutex_unlock(&ext2->commit);
	return can;
}
