/*
 * mm/vma.c - the tree of VMAs.
 *
 * Sorted by address and balanced, so 10,000 mappings are 14 to 18 steps
 * deep.  Each VMA knows the hole between it and the one before, and each
 * node the largest such hole in its subtree; a search for free space skips
 * every subtree whose holes are all too small.
 */

#include "mm/vma.h"

#include "lib/bits.h"
#include "lib/bug.h"

/*
 * In a private mapping a valid entry is either writable, and then its page is
 * exclusive, or marked COW, whatever the rights: a write, if it is allowed,
 * asks who owns the page.  In a shared mapping W follows the rights and
 * nothing is COW.
 */
void vma_set_flags(struct vma *vma, unsigned flags)
{
	uint64_t pte = PTE_V | PTE_A;
	uint64_t writable = flags & VMA_WRITE ? PTE_W | PTE_D : 0;

	/* No rights: kept, but without U out of the user's reach. */
	pte |= flags & VMA_RIGHTS ? PTE_U : PTE_R;
	if (flags & (VMA_READ | VMA_WRITE))
		pte |= PTE_R;
	if (flags & VMA_EXEC)
		pte |= PTE_X;
	vma->flags = flags;
	if (flags & VMA_SHARED) {
		vma->pte_flags = vma->pte_own_flags = pte | writable;
	} else {
		vma->pte_flags = pte | PTE_COW;
		vma->pte_own_flags = pte | (writable ? writable : PTE_COW);
	}
}

static struct vma *vma_of(const struct avl_node *node)
{
	return node == NULL ? NULL : avl_entry(node, struct vma, node);
}

static bool update_max_gap(struct avl_node *node)
{
	struct vma *vma = vma_of(node);
	uint64_t gap = vma->start - vma->prev_end, before = vma->max_gap;

	if (node->left != NULL)
		gap = max(gap, vma_of(node->left)->max_gap);
	if (node->right != NULL)
		gap = max(gap, vma_of(node->right)->max_gap);
	vma->max_gap = gap;
	return gap != before;
}

static const struct avl_ops gap_ops = { .update = update_max_gap };

void vma_tree_init(struct vma_tree *tree)
{
	tree->root.node = NULL;
	tree->count = 0;
}

void vma_neighbours(const struct vma_tree *tree, vaddr_t addr,
		    struct vma **below, struct vma **above)
{
	struct avl_node *node = tree->root.node;

	*below = *above = NULL;
	while (node != NULL) {
		struct vma *vma = avl_entry(node, struct vma, node);

		if (vma->start < addr) {
			*below = vma;
			node = node->right;
		} else {
			*above = vma;
			node = node->left;
		}
	}
}

struct vma *vma_first(const struct vma_tree *tree)
{
	return vma_of(avl_first(&tree->root));
}

struct vma *vma_next(const struct vma *vma)
{
	return vma_of(avl_next(&vma->node));
}

struct vma *vma_prev(const struct vma *vma)
{
	return vma_of(avl_prev(&vma->node));
}

void vma_insert(struct vma_tree *tree, struct vma *vma)
{
	struct avl_node *parent = NULL, **link = &tree->root.node;
	struct vma *below = NULL, *above = NULL;

	while (*link != NULL) {
		struct vma *here = vma_of(*link);

		parent = *link;
		if (here->start < vma->start) {
			below = here;
			link = &parent->right;
		} else {
			above = here;
			link = &parent->left;
		}
	}
	assert(vma->start < vma->end);
	assert(below == NULL || below->end <= vma->start);
	assert(above == NULL || vma->end <= above->start);

	vma->prev_end = below == NULL ? 0 : below->end;
	/* It was passed on the way down. */
	if (above != NULL)
		above->prev_end = vma->end;
	avl_insert(&tree->root, parent, link, &vma->node,
		   above != NULL ? &above->node : NULL, &gap_ops);
	WRITE_ONCE(tree->count, tree->count + 1);
}

void vma_remove(struct vma_tree *tree, struct vma *vma)
{
	struct vma *above = vma_next(vma);

	avl_remove(&tree->root, &vma->node, &gap_ops);
	WRITE_ONCE(tree->count, tree->count - 1);
	if (above != NULL) {
		above->prev_end = vma->prev_end;
		avl_update(&above->node, &gap_ops);
	}
}

void vma_resize(struct vma_tree *tree, struct vma *vma, vaddr_t start,
		vaddr_t end)
{
	(void)tree;
	assert(start < end && start >= vma->prev_end);
	if (end != vma->end) {
		struct vma *above = vma_next(vma);

		vma->end = end;
		if (above != NULL) {
			assert(end <= above->start);
			above->prev_end = end;
			avl_update(&above->node, &gap_ops);
		}
	}
	if (start != vma->start) {
		vma->start = start;
		avl_update(&vma->node, &gap_ops);
	}
}

void vma_split(struct vma_tree *tree, struct vma *vma, vaddr_t at,
	       struct vma *upper)
{
	struct avl_node *parent = &vma->node, **link = &parent->right;

	assert(vma->start < at && at < vma->end);
	*upper = *vma;
	upper->start = upper->prev_end = at;
	if (upper->pagecache != NULL)
		upper->offset += at - vma->start;
	vma->end = at;

	/* Its place is the one just after @vma; no hole changes. */
	while (*link != NULL) {
		parent = *link;
		link = &parent->left;
	}
	avl_insert(&tree->root, parent, link, &upper->node, NULL, &gap_ops);
	WRITE_ONCE(tree->count, tree->count + 1);
}

void vma_join(struct vma_tree *tree, struct vma *vma, struct vma *next)
{
	assert(vma->end == next->start);
	vma->end = next->end;
	avl_remove(&tree->root, &next->node, &gap_ops);
	WRITE_ONCE(tree->count, tree->count - 1);
}

/* A copy of @node's item below @parent. */
static struct avl_node *clone_node(const struct avl_node *node,
				   struct avl_node *parent,
				   struct vma *(*copy)(struct vma *, void *),
				   void *ctx)
{
	struct vma *vma = copy(vma_of(node), ctx);

	if (vma == NULL)
		return NULL;
	vma->node.parent = parent;
	vma->node.left = vma->node.right = NULL;
	return &vma->node;
}

/* Walks both trees in step: down where the copy lacks a child, else up. */
bool vma_tree_clone(struct vma_tree *to, const struct vma_tree *from,
		    struct vma *(*copy)(struct vma *vma, void *ctx), void *ctx)
{
	const struct avl_node *node = from->root.node, *child;
	struct avl_node *clone, **link = &to->root.node;

	to->count = from->count;
	if (node == NULL)
		return true;
	clone = *link = clone_node(node, NULL, copy, ctx);
	while (node != NULL && clone != NULL) {
		if (node->left != NULL && clone->left == NULL) {
			child = node->left;
			link = &clone->left;
		} else if (node->right != NULL && clone->right == NULL) {
			child = node->right;
			link = &clone->right;
		} else {
			node = node->parent;
			clone = clone->parent;
			continue;
		}
		*link = clone_node(child, clone, copy, ctx);
		node = child;
		clone = *link;
	}
	return node == NULL;
}

/* The highest place for @size bytes in the hole before @vma, or 0. */
static vaddr_t place_before(const struct vma *vma, uint64_t size, vaddr_t low,
			    vaddr_t high)
{
	vaddr_t from = max(vma->prev_end, low);
	vaddr_t to = min(vma->start, high);

	return from < to && to - from >= size ? to - size : 0;
}

/*
 * Visits holes from the highest down.  Skipped are subtrees without a hole
 * large enough, and those that lie wholly above @high or below @low; so each
 * step but those along the two bounds leads towards the answer.
 */
static vaddr_t find_below(struct avl_node *node, uint64_t size, vaddr_t low,
			  vaddr_t high)
{
	while (node != NULL && vma_of(node)->max_gap >= size) {
		struct vma *vma = vma_of(node);
		vaddr_t at = 0;

		if (vma->end < high)
			at = find_below(node->right, size, low, high);
		if (at == 0)
			at = place_before(vma, size, low, high);
		if (at != 0 || vma->start <= low)
			return at;
		node = node->left;
	}
	return 0;
}

vaddr_t vma_find_gap(const struct vma_tree *tree, uint64_t size, vaddr_t low,
		     vaddr_t high)
{
	struct vma *last = vma_of(avl_last(&tree->root));
	vaddr_t from = last == NULL ? low : max(last->end, low);

	if (from < high && high - from >= size)
		return high - size;
	return find_below(tree->root.node, size, low, high);
}

bool vma_range_is_free(const struct vma_tree *tree, vaddr_t start, vaddr_t end)
{
	struct vma *vma = vma_find(tree, start);

	return vma == NULL || vma->start >= end;
}

bool vma_can_merge(const struct vma *prev, const struct vma *next)
{
	if (prev->end != next->start || prev->flags != next->flags ||
	    prev->pagecache != next->pagecache || prev->file != next->file ||
	    prev->userfault != next->userfault)
		return false;
	/* A stack's lower end is where it grows: it stays what it is. */
	if (prev->flags & (VMA_GROWSDOWN | VMA_STACK))
		return false;
	return prev->pagecache == NULL ||
	       prev->offset + (prev->end - prev->start) == next->offset;
}
