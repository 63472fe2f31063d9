#pragma once

/*
 * lib/fdt.h - reading the firmware's device tree.
 *
 *	struct fdt fdt;
 *	int node;
 *
 *	if (!fdt_open(&fdt, blob, max))
 *		panic("bad device tree");
 *	fdt_for_each_compatible(node, &fdt, "riscv,plic0")
 *		if (fdt_is_enabled(&fdt, node) && fdt_reg(&fdt, node, 0, &reg))
 *			...
 *
 * The blob is not trusted.  fdt_open() walks all of it once and refuses one
 * that is cut off, badly nested or has an offset that points outside; every
 * later read is checked against the size again.  Nothing is copied: names
 * and properties point into the blob, which must stay mapped and unchanged.
 *
 * A node is an offset into the blob, or FDT_NONE.  Searches are linear; this
 * is for boot.
 */

#include "lib/types.h"

#define FDT_NONE (-1)

struct fdt {
	const uint8_t *blob;
	uint32_t size;		/* of the whole blob */
	uint32_t tree;		/* offset and end of the structure block */
	uint32_t tree_end;
	uint32_t strings;	/* offset and end of the property names */
	uint32_t strings_end;
	uint32_t reserved;	/* offset of the memory reservation map */
};

/* A range of physical addresses, in bytes. */
struct fdt_range {
	uint64_t base, size;
};

/*
 * Look at the blob of at most @max bytes.  False when it is no sound device
 * tree that fits into them.
 */
bool fdt_open(struct fdt *fdt, const void *blob, size_t max);

/* --- walking; each returns FDT_NONE when there is no such node --- */

int fdt_root(const struct fdt *fdt);

/* The node written after @node; *@depth follows along (may be NULL). */
int fdt_next(const struct fdt *fdt, int node, int *depth);

int fdt_parent(const struct fdt *fdt, int node);
int fdt_first_child(const struct fdt *fdt, int node);
int fdt_next_sibling(const struct fdt *fdt, int node);

/* Parents before children; the root has depth 0. */
#define fdt_for_each_node(node, depth, fdt)				\
	for ((depth) = 0, (node) = fdt_root(fdt); (node) != FDT_NONE;	\
	     (node) = fdt_next(fdt, node, &(depth)))

#define fdt_for_each_child(child, fdt, parent)				\
	for ((child) = fdt_first_child(fdt, parent); (child) != FDT_NONE; \
	     (child) = fdt_next_sibling(fdt, child))

/* --- searching; @after is where to go on, FDT_NONE to begin --- */

/* "/soc/serial": a step without @ also fits the node "serial@10000000". */
int fdt_find_path(const struct fdt *fdt, const char *path);
int fdt_find_compatible(const struct fdt *fdt, int after, const char *what);
int fdt_find_device_type(const struct fdt *fdt, int after, const char *type);
int fdt_find_phandle(const struct fdt *fdt, uint32_t phandle);

#define fdt_for_each_compatible(node, fdt, what)			\
	for ((node) = fdt_find_compatible(fdt, FDT_NONE, what);		\
	     (node) != FDT_NONE;					\
	     (node) = fdt_find_compatible(fdt, node, what))

#define fdt_for_each_device_type(node, fdt, type)			\
	for ((node) = fdt_find_device_type(fdt, FDT_NONE, type);	\
	     (node) != FDT_NONE;					\
	     (node) = fdt_find_device_type(fdt, node, type))

/* --- one node --- */

/* With its unit address ("cpu@0"); the root's name is empty. */
const char *fdt_name(const struct fdt *fdt, int node);

/* The bytes of a property, *@len of them (may be NULL); NULL: not there. */
const void *fdt_prop(const struct fdt *fdt, int node, const char *name,
		     uint32_t *len);

/* A property that is one string; NULL when absent or without its NUL. */
const char *fdt_prop_str(const struct fdt *fdt, int node, const char *name);

/* Does the property, a list of strings, contain @what? */
bool fdt_prop_has_str(const struct fdt *fdt, int node, const char *name,
		      const char *what);

/*
 * Numbers.  All return false, and store nothing, when the property is absent
 * or too short: cell number @index; exactly one cell; one or two cells.
 */
bool fdt_prop_cell(const struct fdt *fdt, int node, const char *name,
		   uint32_t index, uint32_t *out);
bool fdt_prop_u32(const struct fdt *fdt, int node, const char *name,
		  uint32_t *out);
bool fdt_prop_u64(const struct fdt *fdt, int node, const char *name,
		  uint64_t *out);

bool fdt_is_compatible(const struct fdt *fdt, int node, const char *what);

/* No "status", or one of "okay" and "ok". */
bool fdt_is_enabled(const struct fdt *fdt, int node);

/*
 * Entry @index of "reg", with the cell counts that the parent states.  The
 * address is the parent bus's; no "ranges" is applied.  A parent without
 * size cells gives size 0.  False: no such entry, or one beyond 64 bits.
 */
bool fdt_reg(const struct fdt *fdt, int node, uint32_t index,
	     struct fdt_range *out);

/* --- memory that may not be used --- */

/*
 * The @index-th reserved range: first those of the blob's own reservation
 * map, then "reg" of the enabled children of /reserved-memory.  Children
 * that only ask for a size and not a place are none.  False past the last.
 */
bool fdt_reserved(const struct fdt *fdt, unsigned index, struct fdt_range *out);
