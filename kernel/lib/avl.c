/*
 * lib/avl.c - the balanced tree: heights, rotations, and the way back up.
 *
 * Insert and remove change the tree at one place and then climb from there
 * towards the root.  At each node on the way rebalance() restores two things
 * that hold for every other node: height and summary agree with the children,
 * and the children's heights differ by at most one.  Where neither changes the
 * rest of the way is right already.  Removing a node with two
 * children first puts its successor in its place, so the tree always changes
 * where at most one child is.
 */

#include "lib/avl.h"

#include "lib/bits.h"
#include "lib/bug.h"

static int height(const struct avl_node *node)
{
	return node != NULL ? (int)node->height : 0;
}

/* How much higher the left subtree is than the right one. */
static int lean(const struct avl_node *node)
{
	return height(node->left) - height(node->right);
}

/* Returns the lean.  *changed: the subtree is to those above not what it was. */
static inline int refresh(struct avl_node *node, const struct avl_ops *ops,
			  bool *changed)
{
	int left = height(node->left), right = height(node->right);
	unsigned before = node->height;

	node->height = 1 + (unsigned)max(left, right);
	*changed = (ops != NULL && ops->update(node)) || node->height != before;
	return left - right;
}

/* The pointer in the tree that points to @node. */
static struct avl_node **link_to(struct avl_root *root,
				 const struct avl_node *node)
{
	if (node->parent == NULL)
		return &root->node;
	return node->parent->left == node ? &node->parent->left :
					    &node->parent->right;
}

/* Let @new (may be NULL) hang where @old does. */
static void take_place(struct avl_root *root, const struct avl_node *old,
		       struct avl_node *new)
{
	WRITE_ONCE(*link_to(root, old), new);
	if (new != NULL)
		new->parent = old->parent;
}

static void adopt(struct avl_node *parent, struct avl_node *child)
{
	if (child != NULL)
		child->parent = parent;
}

/* It is in no tree any more. */
static void forget(struct avl_node *node)
{
	WRITE_ONCE(node->left, NULL);
	WRITE_ONCE(node->right, NULL);
	node->parent = NULL;
	node->height = 0;
}

/* The right child moves up, @node becomes its left child. */
static struct avl_node *rotate_left(struct avl_root *root,
				    struct avl_node *node,
				    const struct avl_ops *ops)
{
	struct avl_node *top = node->right;
	bool changed;

	take_place(root, node, top);
	WRITE_ONCE(node->right, top->left);
	adopt(node, node->right);
	WRITE_ONCE(top->left, node);
	node->parent = top;
	(void)refresh(node, ops, &changed);
	(void)refresh(top, ops, &changed);
	return top;
}

/* The mirror image. */
static struct avl_node *rotate_right(struct avl_root *root,
				     struct avl_node *node,
				     const struct avl_ops *ops)
{
	struct avl_node *top = node->left;
	bool changed;

	take_place(root, node, top);
	WRITE_ONCE(node->left, top->right);
	adopt(node, node->left);
	WRITE_ONCE(top->right, node);
	node->parent = top;
	(void)refresh(node, ops, &changed);
	(void)refresh(top, ops, &changed);
	return top;
}

/* Make @node's subtree right, given that those below are; returns its top.
 * *changed: so may be what those above say of it. */
static struct avl_node *rebalance(struct avl_root *root, struct avl_node *node,
				  const struct avl_ops *ops, bool *changed)
{
	int leans = refresh(node, ops, changed);

	if (leans > 1) {
		*changed = true;
		if (lean(node->left) < 0)
			rotate_left(root, node->left, ops);
		return rotate_right(root, node, ops);
	}
	if (leans < -1) {
		*changed = true;
		if (lean(node->right) > 0)
			rotate_right(root, node->right, ops);
		return rotate_left(root, node, ops);
	}
	return node;
}

/* Rebalance @node and those above it, for as long as anything changes; up to
 * @stale (NULL: none) in any case, whose summary is not what those above it were
 * made of. */
static NOINLINE void climb_from(struct avl_root *root, struct avl_node *node,
				const struct avl_node *stale,
				const struct avl_ops *ops)
{
	bool changed;

	do {
		const struct avl_node *here = node;

		node = rebalance(root, node, ops, &changed)->parent;
		if (here == stale) {
			stale = NULL;
			changed = true;
		}
	} while (node != NULL && (changed || stale != NULL));
}

/* The same, if there is a @node. */
static inline void climb(struct avl_root *root, struct avl_node *node,
			 const struct avl_node *stale, const struct avl_ops *ops)
{
	if (node != NULL)
		climb_from(root, node, stale, ops);
}

void avl_insert(struct avl_root *root, struct avl_node *parent,
		struct avl_node **link, struct avl_node *node,
		const struct avl_node *changed, const struct avl_ops *ops)
{
	assert(*link == NULL);

	*node = (struct avl_node){ .parent = parent };
	WRITE_ONCE(*link, node);
	if (ops == NULL) { /* there is no more to a leaf */
		node->height = 1;
		node = parent;
	}
	climb(root, node, changed, ops);
}

void avl_replace(struct avl_root *root, struct avl_node *old,
		 struct avl_node *new, const struct avl_ops *ops)
{
	take_place(root, old, new);
	WRITE_ONCE(new->left, old->left);
	WRITE_ONCE(new->right, old->right);
	new->height = old->height;
	adopt(new, new->left);
	adopt(new, new->right);
	forget(old);
	if (ops == NULL)
		return;
	(void)ops->update(new);
	avl_update(new->parent, ops);
}

/* Take out a node with at most one child; returns where to climb from. */
static struct avl_node *unhook(struct avl_root *root, struct avl_node *node)
{
	take_place(root, node, node->left != NULL ? node->left : node->right);
	return node->parent;
}

/* Its successor, which has no left child, takes the place of @node. */
static NOINLINE void remove_between(struct avl_root *root, struct avl_node *node,
				    const struct avl_ops *ops)
{
	struct avl_node *next = avl_next(node);
	struct avl_node *changed = unhook(root, next);

	if (changed == node)
		changed = next;
	/* No summary yet: @next's is made anew on the climb that follows. */
	avl_replace(root, node, next, NULL);
	climb(root, changed, next, ops);
}

void avl_remove(struct avl_root *root, struct avl_node *node,
		const struct avl_ops *ops)
{
	assert(node->height != 0);

	if (node->left != NULL && node->right != NULL) {
		remove_between(root, node, ops);
		return;
	}

	struct avl_node *changed = unhook(root, node);

	forget(node);
	climb(root, changed, NULL, ops);
}

void avl_update(struct avl_node *node, const struct avl_ops *ops)
{
	if (ops == NULL)
		return;
	while (node != NULL && ops->update(node))
		node = node->parent;
}

static struct avl_node *leftmost(struct avl_node *node)
{
	while (node->left != NULL)
		node = node->left;
	return node;
}

static struct avl_node *rightmost(struct avl_node *node)
{
	while (node->right != NULL)
		node = node->right;
	return node;
}

struct avl_node *avl_first(const struct avl_root *root)
{
	return root->node != NULL ? leftmost(root->node) : NULL;
}

struct avl_node *avl_last(const struct avl_root *root)
{
	return root->node != NULL ? rightmost(root->node) : NULL;
}

struct avl_node *avl_next(const struct avl_node *node)
{
	if (node->right != NULL)
		return leftmost(node->right);
	while (node->parent != NULL && node->parent->right == node)
		node = node->parent;
	return node->parent;
}

struct avl_node *avl_prev(const struct avl_node *node)
{
	if (node->left != NULL)
		return rightmost(node->left);
	while (node->parent != NULL && node->parent->left == node)
		node = node->parent;
	return node->parent;
}
