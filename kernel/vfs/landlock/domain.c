/*
 * vfs/landlock/domain.c - domains: layers of rules, each on top of another.
 */
#include "vfs/landlock/landlock_internal.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "vfs/mount.h"

/* The count is the one field of a domain that changes. */
static struct refcount *count_of(const struct landlock_domain *d)
{
	return &((struct landlock_domain *)(uintptr_t)d)->refs;
}

void landlock_get(const struct landlock_domain *d)
{
	if (d != NULL)
		refcount_get(count_of(d));
}

void landlock_put(const struct landlock_domain *d)
{
	while (d != NULL && refcount_put(count_of(d))) {
		const struct landlock_domain *outer = d->outer;

		kfree((void *)(uintptr_t)d);
		d = outer;
	}
}

bool landlock_is_within(const struct landlock_domain *inner,
			const struct landlock_domain *outer)
{
	if (outer == NULL)
		return true;
	while (inner != NULL && inner->depth > outer->depth)
		inner = inner->outer;
	return inner == outer;
}

bool landlock_keeps_in(const struct landlock_domain *mine,
		       const struct landlock_domain *its, uint32_t scope)
{
	for (; mine != NULL && (mine->any.scoped & scope); mine = mine->outer)
		if ((mine->handled.scoped & scope) && !landlock_is_within(its, mine))
			return true;
	return false;
}

/* ---- rules ---- */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int landlock_compare(const struct landlock_key *a, const struct landlock_key *b)
{
	int order = compare_numbers(a->fs, b->fs);

	if (order == 0)
		order = compare_numbers(a->number, b->number);
	return order != 0 ? order : compare_numbers(a->generation, b->generation);
}

bool landlock_find(const struct landlock_rule *rules, unsigned nr,
		   const struct landlock_key *key, unsigned *at)
{
	unsigned low = 0, high = nr;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		int order = landlock_compare(key, &rules[middle].key);

		if (order == 0) {
			*at = middle;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*at = low;
	return false;
}

void landlock_want(struct landlock_missing *m, const struct landlock_domain *d,
		   uint32_t wanted)
{
	*m = (struct landlock_missing){ 0 };
	for (; d != NULL; d = d->outer)
		m->of[d->depth - 1] = handled_of_files(d) & wanted;
}

void landlock_grant(struct landlock_missing *m, const struct landlock_domain *d,
		    const struct path *at)
{
	const struct landlock_key key = { at->mount->fs_number, at->inode->ino,
					  at->inode->generation };
	unsigned found;

	for (; d != NULL; d = d->outer)
		if (m->of[d->depth - 1] != 0 &&
		    landlock_find(d->rules, d->nr, &key, &found))
			m->of[d->depth - 1] &= ~d->rules[found].allowed;
}

/* ---- ports ---- */

int landlock_judge_port(const struct landlock_domain *d, uint16_t port, uint32_t right)
{
	const struct landlock_key key = { .number = port };
	unsigned found;

	for (; d != NULL; d = d->outer)
		if ((d->handled.net & right) &&
		    !(landlock_find(d->rules, d->nr, &key, &found) &&
		      (d->rules[found].allowed & right)))
			return -EACCES;
	return 0;
}
