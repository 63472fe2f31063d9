#pragma once

/*
 * lib/radix.h - a sparse array of pointers, for page caches.
 *
 * A tree of nodes with 64 slots each, only as high as its largest index
 * needs and only as wide as its indices are: a file of one page costs one
 * node.  Nodes that become empty are freed at once.
 *
 * Nothing here locks: the owner of the tree says which lock that takes.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct radix_node; /* private to radix.c */

/* Where the nodes come from; called with the owner's lock held. */
struct radix_ops {
	void *(*alloc)(size_t bytes); /* NULL when there is no memory */
	void (*free)(void *ptr);
};

struct radix {
	struct radix_node *root; /* NULL: empty */
	unsigned height;         /* levels of nodes; 0 when empty */
	const struct radix_ops *ops;
};

void radix_init(struct radix *tree, const struct radix_ops *ops);

/* What is at @index; NULL when nothing is. */
void *radix_get(const struct radix *tree, uint64_t index);

/*
 * Put @item (not NULL) at @index in place of what is there.  Returns 0, or
 * -ENOMEM with the contents unchanged.
 */
int radix_set(struct radix *tree, uint64_t index, void *item) MUST_CHECK;

/* Take out what is at @index and return it; NULL when nothing was. */
void *radix_delete(struct radix *tree, uint64_t index);

/*
 * The first item at or after *@index, whose place is stored in *@index; NULL
 * when there is none.  A loop over all goes on from *@index + 1, and stops
 * when that is 0; it may delete what it was given.
 */
void *radix_next(const struct radix *tree, uint64_t *index);

/* Free all nodes.  The items are the caller's to free, before. */
void radix_destroy(struct radix *tree);
