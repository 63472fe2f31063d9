#pragma once

/*
 * lib/radix.h - a sparse array of pointers, for page caches.
 *
 * A tree of nodes with 64 slots each, only as high as its largest index
 * needs and only as wide as its indices are: a file of one page costs one
 * node.
 *
 * Nothing here locks: the owner of the tree says which lock it takes to change
 * it, and to go through it by radix_next().  radix_get() needs none, for as long
 * as nodes that are not needed any more stay readable.  radix_delete() frees them at
 * once: where everybody has the lock.  Else who takes something out gets them, and
 * frees them when nobody can be looking at them:
 *
 *	item = radix_take_out(tree, index);	as often as one likes
 *	nodes = radix_take_unused(tree);	before the lock is given back
 *	...					wait for who looks without it
 *	radix_free_unused(tree, nodes);
 *
 * Who looks meanwhile finds what is at the index before a change or after it.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct radix_node; /* private to radix.c */

/* Where the nodes come from, with the owner's lock held, and where they go. */
struct radix_ops {
	void *(*alloc)(size_t bytes); /* NULL when there is no memory */
	void (*free)(void *ptr);
};

/*
 *	(c)	constant
 *	(o)	the owner's lock
 *	(s)	the same to write; to read, none: ORDER radix-publish
 */
struct radix {
	struct radix_node *root;   /* (s) NULL: empty */
	struct radix_node *unused; /* (o) taken out, not freed */
	const struct radix_ops *ops; /* (c) */
};

void radix_init(struct radix *tree, const struct radix_ops *ops);

/* What is at @index; NULL when nothing is.  The others look below a root that was
 * found before: in the tree as it was then, or later. */
void *radix_get(const struct radix *tree, uint64_t index);
static inline const struct radix_node *radix_root(const struct radix *tree)
{
	return READ_ONCE(tree->root);
}
void *radix_get_below(const struct radix_node *root, uint64_t index);
/* The same of @n indices from @first on, into items[]; none is behind the last
 * that there is. */
void radix_get_run(const struct radix_node *root, uint64_t first, unsigned n,
		   void *items[]);

/*
 * Put @item (not NULL) at @index in place of what is there.  Returns 0, or
 * -ENOMEM with the contents unchanged.
 */
int radix_set(struct radix *tree, uint64_t index, void *item) MUST_CHECK;

/* Take out what is at @index and return it; NULL when nothing was.  Nobody looks
 * without the lock. */
void *radix_delete(struct radix *tree, uint64_t index);
/* The same where somebody may.  The nodes that this has left unused, NULL: none;
 * and free them. */
void *radix_take_out(struct radix *tree, uint64_t index);
struct radix_node *radix_take_unused(struct radix *tree);
void radix_free_unused(const struct radix *tree, struct radix_node *nodes);

/*
 * The first item at or after *@index, whose place is stored in *@index; NULL
 * when there is none.  A loop over all goes on from *@index + 1, and stops
 * when that is 0; it may delete what it was given.
 */
void *radix_next(const struct radix *tree, uint64_t *index);

/* Free all nodes; nobody looks any more.  The items are the caller's to free,
 * before. */
void radix_destroy(struct radix *tree);
