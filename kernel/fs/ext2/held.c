/*
 * fs/ext2/held.c - a block that was freed is not given out again before the disk
 * knows that it was.
 *
 * Two would not like that.  A crash: what is on the disk still says that the
 * block is a file's, and it has what another one wrote there.  And who is just
 * writing the disk's cache back: he has seen that the block, one of pointers, is
 * dirty, and writes it over what its next user has already written.
 *
 * So it is held back, a bit for each, until a commit that began after it was
 * freed has ended.  Commits take turns: what was freed before one is aged while
 * it goes on, and then let go.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

/* Of one group, a bitmap each: freed since the last commit began, before. */
struct ext2_held {
	uint8_t *fresh, *aged;
};

static struct ext2_held *held_of(struct ext2 *ext2, unsigned group)
{
	return &ext2->held[group];
}

int ext2_held_init(struct ext2 *ext2)
{
	mutex_init(&ext2->commit, RANK_FS_SYNC);
	ext2->held = kzalloc(ext2->nr_groups * sizeof(*ext2->held));
	return ext2->held != NULL ? 0 : -ENOMEM;
}

void ext2_held_destroy(struct ext2 *ext2)
{
	if (ext2->held == NULL)
		return;
	for (unsigned i = 0; i < ext2->nr_groups; i++) {
		kfree(ext2->held[i].fresh);
		kfree(ext2->held[i].aged);
	}
	kfree(ext2->held);
}

bool ext2_hold(struct ext2 *ext2, unsigned group, uint32_t bit)
{
	struct ext2_held *h = held_of(ext2, group);

	if (h->fresh == NULL)
		h->fresh = kzalloc(ext2->block_size);
	if (h->fresh == NULL)
		return false;
	h->fresh[bit / 8] = (uint8_t)(h->fresh[bit / 8] | 1U << (bit % 8));
	ext2->holds = true;
	return true;
}

uint8_t ext2_held_byte(const struct ext2 *ext2, unsigned group, uint32_t at)
{
	const struct ext2_held *h = &ext2->held[group];

	return (uint8_t)((h->fresh != NULL ? h->fresh[at] : 0) |
			 (h->aged != NULL ? h->aged[at] : 0));
}

/* Nothing is aged now. */
static void age(struct ext2 *ext2)
{
	mutex_lock(&ext2->lock);
	for (unsigned i = 0; i < ext2->nr_groups && ext2->holds; i++) {
		ext2->held[i].aged = ext2->held[i].fresh;
		ext2->held[i].fresh = NULL;
	}
	ext2->holds = false;
	mutex_unlock(&ext2->lock);
}

static void let_go(struct ext2 *ext2)
{
	mutex_lock(&ext2->lock);
	for (unsigned i = 0; i < ext2->nr_groups; i++) {
		kfree(ext2->held[i].aged);
		ext2->held[i].aged = NULL;
	}
	mutex_unlock(&ext2->lock);
}

/* What it could not write stays held: the next one tries again. */
static void hold_again(struct ext2 *ext2)
{
	mutex_lock(&ext2->lock);
	for (unsigned i = 0; i < ext2->nr_groups; i++) {
		struct ext2_held *h = held_of(ext2, i);

		if (h->fresh == NULL) {
			h->fresh = h->aged;
		} else if (h->aged != NULL) {
			for (unsigned at = 0; at < ext2->block_size; at++)
				h->fresh[at] = (uint8_t)(h->fresh[at] | h->aged[at]);
			kfree(h->aged);
		}
		h->aged = NULL;
		ext2->holds |= h->fresh != NULL;
	}
	mutex_unlock(&ext2->lock);
}

int ext2_commit(struct ext2 *ext2)
{
	int err;

	mutex_lock(&ext2->commit);
	age(ext2);
	err = disk_sync(ext2->disk);
	if (err == 0)
		let_go(ext2);
	else
		hold_again(ext2);
	mutex_unlock(&ext2->commit);
	return err;
}

bool ext2_can_let_go(struct ext2 *ext2)
{
	ext2_nodes_settle();
	mutex_lock(&ext2->lock);
	bool holds = ext2->holds, has_any = ext2->free_blocks != 0;

	mutex_unlock(&ext2->lock);
	return has_any && (!holds || ext2_commit(ext2) == 0);
}
