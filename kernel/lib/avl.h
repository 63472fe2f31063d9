#pragma once

/*
 * lib/avl.h - an intrusive balanced binary tree.
 *
 *	struct vma { struct avl_node node; ... };	a member, in each item
 *
 * The tree knows no keys.  Whoever searches walks left and right itself, and
 * inserts where the walk fell off the tree:
 *
 *	struct avl_node *parent = NULL, **link = &root->node;
 *
 *	while (*link != NULL) {
 *		parent = *link;
 *		link = key < key_of(parent) ? &parent->left : &parent->right;
 *	}
 *	avl_insert(root, parent, link, &item->node, ops);
 *
 * The heights of two siblings differ by at most one, so 10,000 nodes are at
 * most 18 deep.  Loops, no recursion.
 *
 * A node may carry a summary of its subtree (VMAs: the largest gap).  Then
 * @ops->update computes it from the node itself and its two children, and is
 * called bottom-up for each node whose subtree's summary may have changed.
 * It starts out as anything: a new node is always asked.  A change of the
 * item that moves it nowhere is told by avl_update().  @ops may be NULL.
 *
 * Nothing here locks: the owner of the root says which lock that takes.  Links
 * are written whole, so who looks without it, and knows that what he finds is
 * memory of nodes, goes from one node to another and not astray; where he ends
 * says something only if nobody has changed the tree meanwhile.  While one does,
 * his way may be a circle: AVL_DEEPEST steps are enough for any tree.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct avl_node {
	struct avl_node *left, *right; /* NULL: none */
	struct avl_node *parent;       /* NULL: this is the root */
	unsigned height;               /* a leaf has 1; 0 after avl_remove() */
};

#define AVL_DEEPEST 64 /* more nodes than there is memory for */

struct avl_root {
	struct avl_node *node; /* NULL: the tree is empty */
};

struct avl_ops {
	/* Recompute the node's summary; those of its children are right.
	 * False: it is what it was. */
	bool (*update)(struct avl_node *node);
};

/* Put @node in the empty place *@link below @parent.  @changed, one of those
 * above it whose item has changed with that, is brought up to date too; NULL:
 * none. */
void avl_insert(struct avl_root *root, struct avl_node *parent,
		struct avl_node **link, struct avl_node *node,
		const struct avl_node *changed, const struct avl_ops *ops);

/* Take out @node, which is in the tree. */
void avl_remove(struct avl_root *root, struct avl_node *node,
		const struct avl_ops *ops);

/* @new takes the place of @old, whose key is equal. */
void avl_replace(struct avl_root *root, struct avl_node *old,
		 struct avl_node *new, const struct avl_ops *ops);

/* The summaries of @node and all above it, after its item has changed. */
void avl_update(struct avl_node *node, const struct avl_ops *ops);

/* In order; NULL when there is none (left). */
struct avl_node *avl_first(const struct avl_root *root);
struct avl_node *avl_last(const struct avl_root *root);
struct avl_node *avl_next(const struct avl_node *node);
struct avl_node *avl_prev(const struct avl_node *node);

#define avl_entry(ptr, type, member) container_of(ptr, type, member)
