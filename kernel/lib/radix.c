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
 * trim() restores both after a removal.
 *
 * Who looks has no lock (radix_get()), so he follows whatever he finds.  Three
 * things make that right:
 *
 *	a node knows its level	who has found a root knows how high it stands,
 *				whichever root it is by now
 *	one store shows it all	an insertion builds all nodes that are missing where
 *				nobody sees them, and then fills one slot, or
 *				the root's; if memory runs out, nothing was seen
 *	what goes is left alone	a node that is taken out keeps its slots: they are empty
 *				but for a root's that has become too high, whose
 *				slot 0 leads to the root of now
 *
 * So each way down ends at the index it was for.  It may miss what was put there
 * after it had begun, as if it had come before.
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

/*
 *	(c)	constant from when it can be found
 *	(o)	the owner's lock
 *	(s)	the same to write; to read, none
 */
struct radix_node {
	union {
		uint64_t used;           /* (o) bit n: slot n is not NULL */
		struct radix_node *next; /* (o) of those that are unused */
	};
	unsigned level;                  /* (c) */
	void *slot[NR_SLOTS];            /* (s) */
};

/* The nodes from the root down to one index, by level. */
struct path {
	struct radix_node *node[MAX_LEVELS];
};

static unsigned slot_of(uint64_t index, unsigned level)
{
	return index >> SLOT_BITS * level & (NR_SLOTS - 1);
}

/* Is there a place for @index below a root of this level? */
static bool fits(uint64_t index, unsigned level)
{
	return level + 1 >= MAX_LEVELS || index >> SLOT_BITS * (level + 1) == 0;
}

static void slot_empty(struct radix_node *node, unsigned slot)
{
	WRITE_ONCE(node->slot[slot], NULL);
	node->used &= ~BIT(slot);
}

void radix_init(struct radix *tree, const struct radix_ops *ops)
{
	*tree = (struct radix){ .ops = ops };
}

/* ---- looking; no lock ---- */

/*
 * The node that has the place of @index, or NULL.
 *
 * ORDER radix-publish, looking side; the other is in radix_set().
 * Plain: what is read of a node, and of an item, depends on the pointer to it by
 * its address.
 */
static inline const struct radix_node *leaf_of(const struct radix_node *root,
					       uint64_t index)
{
	const struct radix_node *node = root;

	if (node == NULL || !fits(index, node->level))
		return NULL;
	for (unsigned level = node->level; level > 0; level--) {
		node = READ_ONCE(node->slot[slot_of(index, level)]);
		if (node == NULL)
			return NULL;
	}
	return node;
}

void *radix_get_below(const struct radix_node *root, uint64_t index)
{
	const struct radix_node *leaf = leaf_of(root, index);

	return leaf == NULL ? NULL : READ_ONCE(leaf->slot[slot_of(index, 0)]);
}

void *radix_get(const struct radix *tree, uint64_t index)
{
	return radix_get_below(radix_root(tree), index);
}

void radix_get_run(const struct radix_node *root, uint64_t first, unsigned n,
		   void *items[])
{
	void **const end = items + n;

	while (items != end) {
		const struct radix_node *leaf = leaf_of(root, first);
		unsigned slot = slot_of(first, 0);
		void **stop = items + min((uint64_t)(end - items),
					  (uint64_t)NR_SLOTS - slot);

		first += (uint64_t)(stop - items);
		for (; items != stop; slot++)
			*items++ = leaf == NULL ? NULL : READ_ONCE(leaf->slot[slot]);
	}
}

/* ---- putting in ---- */

static struct radix_node *node_create(const struct radix *tree, unsigned level)
{
	struct radix_node *node = tree->ops->alloc(sizeof(*node));

	if (node != NULL) {
		memset(node, 0, sizeof(*node));
		node->level = level;
	}
	return node;
}

static void slot_fill(struct radix_node *node, uint64_t index, void *what)
{
	unsigned slot = slot_of(index, node->level);

	node->slot[slot] = what;
	node->used |= BIT(slot);
}

/* Free @node and the nodes below it on the way to @index, which nobody has seen;
 * not @stop. */
static void unbuild(const struct radix *tree, struct radix_node *node, uint64_t index,
		    const struct radix_node *stop)
{
	while (node != NULL && node != stop) {
		struct radix_node *below = node->level == 0 ? NULL :
			node->slot[slot_of(index, node->level)];

		tree->ops->free(node);
		node = below;
	}
}

/* A way down from @level to @item at @index, in nodes that are new; NULL: no
 * memory. */
static void *build_down(const struct radix *tree, unsigned level, uint64_t index,
			void *item)
{
	struct radix_node *below = NULL;

	for (unsigned l = 0; l <= level; l++) {
		struct radix_node *node = node_create(tree, l);

		if (node == NULL) {
			unbuild(tree, below, index, NULL);
			return NULL;
		}
		slot_fill(node, index, l == 0 ? item : below);
		below = node;
	}
	return below;
}

/* @root, which is too low for @index, below others that are not; NULL: no memory. */
static struct radix_node *build_up(const struct radix *tree, struct radix_node *root,
				   uint64_t index)
{
	struct radix_node *top = root;

	while (!fits(index, top->level)) {
		struct radix_node *node = node_create(tree, top->level + 1);

		if (node == NULL) {
			unbuild(tree, top, 0, root);
			return NULL;
		}
		slot_fill(node, 0, top);
		top = node;
	}
	return top;
}

static unsigned lowest_level_for(uint64_t index)
{
	unsigned level = 0;

	while (!fits(index, level))
		level++;
	return level;
}

/* The root of a tree that has a place for @index, perhaps a new one that nobody has
 * seen, and *@node: where on the way down from there the first node is missing,
 * or the item's place is.  NULL: the tree is empty, or no memory. */
static struct radix_node *root_for(const struct radix *tree, uint64_t index,
				   struct radix_node **node)
{
	struct radix_node *root = tree->root, *at, *below;

	if (root != NULL)
		root = build_up(tree, root, index);
	for (at = root; at != NULL && at->level > 0; at = below) {
		below = at->slot[slot_of(index, at->level)];
		if (below == NULL)
			break;
	}
	*node = at;
	return root;
}

/* What is to stand in @node, or where nobody has seen a node yet in the root's
 * place: the item, or the nodes that lead to it.  NULL: no memory. */
static void *what_for(const struct radix *tree, const struct radix_node *node,
		      uint64_t index, void *item)
{
	if (node == NULL)
		return build_down(tree, lowest_level_for(index), index, item);
	return node->level == 0 ? item :
		build_down(tree, node->level - 1, index, item);
}

int radix_set(struct radix *tree, uint64_t index, void *item)
{
	struct radix_node *node, *root = root_for(tree, index, &node);
	void *what;

	assert(item != NULL);
	if (root == NULL && tree->root != NULL)
		return -ENOMEM;
	what = what_for(tree, node, index, item);
	if (what == NULL) {
		unbuild(tree, root, 0, tree->root);
		return -ENOMEM;
	}
	if (root != NULL && root != tree->root)
		slot_fill(node, index, what);
	else if (root != NULL)
		node->used |= BIT(slot_of(index, node->level));
	/*
	 * ORDER radix-publish, showing side; the other is in leaf_of().
	 * Release: who finds it finds what it is, and what is below it.
	 */
	if (root != NULL && root == tree->root)
		__atomic_store_n(&node->slot[slot_of(index, node->level)], what,
				 __ATOMIC_RELEASE);
	else
		__atomic_store_n(&tree->root, root != NULL ? root : what,
				 __ATOMIC_RELEASE);
	return 0;
}

/* ---- taking out ---- */

static void set_aside(struct radix *tree, struct radix_node *node)
{
	node->next = tree->unused;
	tree->unused = node;
}

/* Take out the empty nodes on the way to @index, then roots that add nothing. */
static void trim(struct radix *tree, uint64_t index, const struct path *path)
{
	struct radix_node *root = tree->root;

	for (unsigned level = 0; path->node[level]->used == 0; level++) {
		struct radix_node *node = path->node[level];

		if (node == root) {
			WRITE_ONCE(tree->root, NULL);
			set_aside(tree, node);
			return;
		}
		slot_empty(path->node[level + 1], slot_of(index, level + 1));
		set_aside(tree, node);
	}
	while (root->level > 0 && root->used == BIT(0)) {
		struct radix_node *old = root;

		root = old->slot[0];
		WRITE_ONCE(tree->root, root);
		set_aside(tree, old);
	}
}

void *radix_take_out(struct radix *tree, uint64_t index)
{
	void *item = radix_get(tree, index);
	struct radix_node *node = tree->root;
	struct path path;

	if (item == NULL)
		return NULL;
	for (;;) {
		path.node[node->level] = node;
		if (node->level == 0)
			break;
		node = node->slot[slot_of(index, node->level)];
	}
	slot_empty(node, slot_of(index, 0));
	trim(tree, index, &path);
	return item;
}

struct radix_node *radix_take_unused(struct radix *tree)
{
	struct radix_node *nodes = tree->unused;

	tree->unused = NULL;
	return nodes;
}

void radix_free_unused(const struct radix *tree, struct radix_node *nodes)
{
	while (nodes != NULL) {
		struct radix_node *next = nodes->next;

		tree->ops->free(nodes);
		nodes = next;
	}
}

void *radix_delete(struct radix *tree, uint64_t index)
{
	void *item = radix_take_out(tree, index);

	radix_free_unused(tree, radix_take_unused(tree));
	return item;
}

/* ---- going through ---- */

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

	for (unsigned level = node->level + 1; level-- > 0;) {
		unsigned slot = slot_of(*index, level);
		uint64_t rest = node->used >> slot << slot;

		if (rest == 0) {
			*index = node == tree->root ? 0 :
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

	if (tree->root == NULL || !fits(at, tree->root->level))
		return NULL;
	while (!seek(tree, &at))
		if (at == 0 || !fits(at, tree->root->level))
			return NULL;
	*index = at;
	return radix_get(tree, at);
}

void radix_destroy(struct radix *tree)
{
	struct path path;
	struct radix_node *node = tree->root;
	unsigned level = 0;

	if (node != NULL)
		path.node[level = node->level] = node;
	while (node != NULL) {
		if (level > 0 && node->used != 0) {
			unsigned slot = ctz64(node->used);

			node->used &= ~BIT(slot);
			path.node[--level] = node->slot[slot];
			node = path.node[level];
		} else {
			bool last = node == tree->root;

			tree->ops->free(node);
			node = last ? NULL : path.node[++level];
		}
	}
	radix_free_unused(tree, radix_take_unused(tree));
	tree->root = NULL;
}
