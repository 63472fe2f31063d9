/*
 * vfs/groups.c - see groups.h.
 */
#include "vfs/groups.h"

#include "mm/slab.h"

struct groups no_groups = { .refs = REFCOUNT_INIT(1) };

struct groups *groups_alloc(unsigned nr)
{
	struct groups *groups = kmalloc(sizeof(*groups) + nr * sizeof(groups->gid[0]));

	if (groups != NULL) {
		groups->refs = REFCOUNT_INIT(1);
		groups->nr = nr;
	}
	return groups;
}

struct groups *groups_get(struct groups *groups)
{
	refcount_get(&groups->refs);
	return groups;
}

void groups_put(struct groups *groups)
{
	if (refcount_put(&groups->refs))
		kfree(groups);
}

/* ---- heapsort: in place, and never slow, whatever a program hands in ---- */

static void swap(unsigned *a, unsigned *b)
{
	unsigned was = *a;

	*a = *b;
	*b = was;
}

/* What is below @root is a heap already; @root finds its place in it. */
static void sink(unsigned *gid, unsigned root, unsigned nr)
{
	for (unsigned child; (child = 2 * root + 1) < nr; root = child) {
		if (child + 1 < nr && gid[child + 1] > gid[child])
			child++;
		if (gid[root] >= gid[child])
			return;
		swap(&gid[root], &gid[child]);
	}
}

void groups_sort(struct groups *groups)
{
	for (unsigned root = groups->nr / 2; root-- > 0;)
		sink(groups->gid, root, groups->nr);
	for (unsigned nr = groups->nr; nr-- > 1;) {
		swap(&groups->gid[0], &groups->gid[nr]);
		sink(groups->gid, 0, nr);
	}
}

bool groups_have(const struct groups *groups, unsigned gid)
{
	unsigned low = 0, high = groups->nr;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (groups->gid[middle] < gid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < groups->nr && groups->gid[low] == gid;
}
