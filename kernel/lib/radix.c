/*
 * lib/radix.c - the sparse array.
 *
 * Level 0 holds items, each higher level holds nodes of the level below; a
 * node of level l spans 64^(l+1) indices.  Each node has a bit per slot that
 * is in use.  Two invariants keep the tree minimal:
 *
 *	no node is without a used slot;
 *	the root uses a slot other than slot 0, or is of level 0.
 *
 * trim() restores both after a removal and after an insertion that ran out
 * of memory half way down.
 */

#include "lib/radix.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"

enum {
	SLOT_BITS  = 6,
	NR_SLOTS   = 1 << SLOT_BITS,
	MAX_LEVELS = (64 + SLOT_BITS - 1) / SLOT_BITS,
};

struct radix_node {
	uint64_t used; /* bit n: slot n is not NULL */
	void *slot[NR_SLOTS];
};

/* The nodes from the root down to one index, by level. */
struct path {
	struct radix_node *node[MAX_LEVELS];
};

static unsigned slot_of(uint64_t index, unsigned level)
{
	return index >> SLOT_BITS * level & (NR_SLOTS - 1);
}

/* Would a tree of @height levels have a place for @index? */
static bool fits(uint64_t index, unsigned height)
{
	return height >= MAX_LEVELS || index >> SLOT_BITS * height == 0;
}

static void slot_fill(struct radix_node *node, unsigned slot, void *what)
{
	node->slot[slot] = what;
	node->used |= BIT(slot);
}

static void slot_empty(struct radix_node *node, unsigned slot)
{
	node->slot[slot] = NULL;
	node->used &= ~BIT(slot);
}

static struct radix_node *node_create(const struct radix *tree)
{
	struct radix_node *node = tree->ops->alloc(sizeof(*node));

	if (node != NULL)
		memset(node, 0, sizeof(*node));
	return node;
}

void radix_init(struct radix *tree, const struct radix_ops *ops)
{
	*tree = (struct radix){ .ops = ops };
}

void *radix_get(const struct radix *tree, uint64_t index)
{
	const struct radix_node *node = tree->root;

	if (node == NULL || !fits(index, tree->height))
		return NULL;
	for (unsigned level = tree->height - 1; level > 0; level--) {
		node = node->slot[slot_of(index, level)];
		if (node == NULL)
			return NULL;
	}
	return node->slot[slot_of(index, 0)];
}

/* Free the empty nodes on the way to @index, then roots that add nothing. */
static void trim(struct radix *tree, uint64_t index, struct path *path)
{
	for (unsigned level = 0; level < tree->height; level++) {
		struct radix_node *node = path->node[level];

		if (node == NULL)
			continue;
		if (node->used != 0)
			break;
		tree->ops->free(node);
		if (level + 1 < tree->height) {
			slot_empty(path->node[level + 1],
				   slot_of(index, level + 1));
		} else {
			tree->root = NULL;
			tree->height = 0;
		}
	}
	while (tree->height > 1 && tree->root->used == BIT(0)) {
		struct radix_node *old = tree->root;

		tree->root = old->slot[0];
		tree->height--;
		tree->ops->free(old);
	}
}

/* Put roots on top until @index fits.  The tree is not empty. */
static int grow(struct radix *tree, uint64_t index)
{
	while (!fits(index, tree->height)) {
		struct radix_node *top = node_create(tree);

		if (top == NULL)
			return -ENOMEM;
		slot_fill(top, 0, tree->root);
		tree->root = top;
		tree->height++;
	}
	return 0;
}

/* The first node of an empty tree, at the level that @index asks for. */
static int plant(struct radix *tree, uint64_t index)
{
	unsigned height = 1;

	while (!fits(index, height))
		height++;
	tree->root = node_create(tree);
	if (tree->root == NULL)
		return -ENOMEM;
	tree->height = height;
	return 0;
}

/* Record the path to @index and add what is missing of it. */
static int build_path(struct radix *tree, uint64_t index, struct path *path)
{
	unsigned level = tree->height - 1;

	path->node[level] = tree->root;
	for (; level > 0; level--) {
		struct radix_node *node = path->node[level];
		unsigned slot = slot_of(index, level);

		if (node->slot[slot] == NULL) {
			struct radix_node *below = node_create(tree);

			if (below == NULL)
				return -ENOMEM;
			slot_fill(node, slot, below);
		}
		path->node[level - 1] = node->slot[slot];
	}
	return 0;
}

int radix_set(struct radix *tree, uint64_t index, void *item)
{
	assert(item != NULL);

	struct path path = { 0 };
	int err = tree->root == NULL ? plant(tree, index) : grow(tree, index);

	if (err == 0)
		err = build_path(tree, index, &path);
	if (err == 0)
		slot_fill(path.node[0], slot_of(index, 0), item);
	else
		trim(tree, index, &path);
	return err;
}

void *radix_delete(struct radix *tree, uint64_t index)
{
	void *item = radix_get(tree, index);
	struct path path;

	if (item == NULL)
		return NULL;
	for (unsigned level = tree->height; level-- > 0;)
		path.node[level] = level == tree->height - 1 ? tree->root :
			path.node[level + 1]->slot[slot_of(index, level + 1)];
	slot_empty(path.node[0], slot_of(index, 0));
	trim(tree, index, &path);
	return item;
}

/* What is left of @index when slot @slot of @level is its new place there. */
static uint64_t index_at(uint64_t index, unsigned level, unsigned slot)
{
	uint64_t span = BIT(SLOT_BITS * level);

	return (index & ~(span * NR_SLOTS - 1)) + slot * span;
}

/*
 * Go down as far as there is anything at or after *@index.  True: arrived,
 * and *@index has an item.  False: a node on the way has nothing more, and
 * *@index is the first index behind that node, or 0 when that was the root.
 */
static bool seek(const struct radix *tree, uint64_t *index)
{
	const struct radix_node *node = tree->root;

	for (unsigned level = tree->height; level-- > 0;) {
		unsigned slot = slot_of(*index, level);
		uint64_t rest = node->used >> slot << slot;

		if (rest == 0) {
			*index = level + 1 == tree->height ? 0 :
				 index_at(*index, level, NR_SLOTS);
			return false;
		}
		if (ctz64(rest) != slot) {
			slot = ctz64(rest);
			*index = index_at(*index, level, slot);
		}
		node = node->slot[slot];
	}
	return true;
}

void *radix_next(const struct radix *tree, uint64_t *index)
{
	uint64_t at = *index;

	if (tree->root == NULL || !fits(at, tree->height))
		return NULL;
	while (!seek(tree, &at))
		if (at == 0 || !fits(at, tree->height))
			return NULL;
	*index = at;
	return radix_get(tree, at);
}

void radix_destroy(struct radix *tree)
{
	struct path path;
	unsigned level = tree->height;

	if (level > 0)
		path.node[--level] = tree->root;
	while (level < tree->height) {
		struct radix_node *node = path.node[level];

		if (level > 0 && node->used != 0) {
			unsigned slot = ctz64(node->used);

			node->used &= ~BIT(slot);
			path.node[--level] = node->slot[slot];
		} else {
			tree->ops->free(node);
			level++;
		}
	}
	tree->root = NULL;
	tree->height = 0;
}
