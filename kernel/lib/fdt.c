/*
 * lib/fdt.c - the device-tree reader.
 *
 * The blob has a header, a map of reserved memory, a block of tokens (the
 * tree) and a block of property names; all numbers are big-endian.  Nothing
 * but read_item() looks into the tree and nothing but be32_at() fetches a
 * number, and both know the bounds.  So a wrong offset, be it the blob's or
 * a caller's, ends a search; it never reads outside.
 */

#include "lib/fdt.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/string.h"

/* Offsets in the header, and what must stand there. */
enum {
	OFF_MAGIC	 = 0,
	OFF_TOTAL_SIZE	 = 4,
	OFF_TREE	 = 8,
	OFF_STRINGS	 = 12,
	OFF_RESERVED	 = 16,
	OFF_VERSION	 = 20,
	OFF_COMPATIBLE	 = 24, /* oldest version it can be read as */
	OFF_STRINGS_SIZE = 32,
	OFF_TREE_SIZE	 = 36,
	HEADER_LEN	 = 40,

	VERSION		 = 17,
};

#define MAGIC 0xd00dfeedU

enum { CELL = 4, MAX_CELLS = 4, RESERVED_LEN = 16 };

enum token {
	TOKEN_BEGIN_NODE = 1,	/* name, padding */
	TOKEN_END_NODE   = 2,
	TOKEN_PROP       = 3,	/* length, name's offset, value, padding */
	TOKEN_NOP        = 4,
	TOKEN_END        = 9,
};

/* One token of the tree, with what belongs to it. */
struct item {
	uint32_t token;
	uint32_t at, next;	/* its own offset, and the next one's */
	const char *name;	/* BEGIN_NODE, PROP */
	const uint8_t *value;	/* PROP */
	uint32_t len;		/* of value */
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* The number at @offset, which the caller found to be inside the blob. */
static uint32_t be32_at(const struct fdt *fdt, uint32_t offset)
{
	lab_assert(offset <= fdt->size && fdt->size - offset >= CELL);
	return be32(fdt->blob + offset);
}

/* The string at @offset, if its NUL stands before @end. */
static const char *string_at(const struct fdt *fdt, uint32_t offset,
			     uint32_t end)
{
	if (offset >= end ||
	    memchr(fdt->blob + offset, '\0', end - offset) == NULL)
		return NULL;
	return (const char *)fdt->blob + offset;
}

static bool read_begin(const struct fdt *fdt, struct item *item)
{
	item->name = string_at(fdt, item->next, fdt->tree_end);
	if (item->name == NULL)
		return false;
	item->next += strlen(item->name) + 1;
	return true;
}

static bool read_prop(const struct fdt *fdt, struct item *item)
{
	if (fdt->tree_end - item->next < 2 * CELL)
		return false;

	uint32_t name = be32_at(fdt, item->next + CELL);

	item->len = be32_at(fdt, item->next);
	item->next += 2 * CELL;
	if (item->len > fdt->tree_end - item->next ||
	    name >= fdt->strings_end - fdt->strings)
		return false;
	item->name = string_at(fdt, fdt->strings + name, fdt->strings_end);
	item->value = fdt->blob + item->next;
	item->next += item->len;
	return item->name != NULL;
}

/* Read the token at @at, skipping NOPs; false where the tree is not sound. */
static bool read_item(const struct fdt *fdt, uint32_t at, struct item *item)
{
	bool sound = true;

	*item = (struct item){ .token = TOKEN_NOP };
	while (item->token == TOKEN_NOP) {
		if (at < fdt->tree || at > fdt->tree_end ||
		    fdt->tree_end - at < CELL)
			return false;
		item->token = be32_at(fdt, at);
		item->at = at;
		at += CELL;
	}
	item->next = at;
	if (item->token == TOKEN_BEGIN_NODE)
		sound = read_begin(fdt, item);
	else if (item->token == TOKEN_PROP)
		sound = read_prop(fdt, item);
	else
		sound = item->token == TOKEN_END_NODE ||
			item->token == TOKEN_END;
	item->next = align_up(item->next, CELL);
	return sound;
}

/* --- opening --- */

/*
 * Walk the whole tree: one root, nodes closed as often as opened, properties
 * before child nodes, and an end.
 */
static bool check_tree(const struct fdt *fdt)
{
	struct item item;
	unsigned depth = 0;
	uint32_t last = TOKEN_BEGIN_NODE;

	for (uint32_t at = fdt->tree;; at = item.next) {
		if (!read_item(fdt, at, &item))
			return false;
		switch (item.token) {
		case TOKEN_BEGIN_NODE:
			if (depth++ == 0 && last == TOKEN_END_NODE)
				return false;
			break;
		case TOKEN_PROP:
			if (depth == 0 || last == TOKEN_END_NODE)
				return false;
			break;
		case TOKEN_END_NODE:
			if (depth-- == 0)
				return false;
			break;
		case TOKEN_END:
			return depth == 0 && last == TOKEN_END_NODE;
		}
		last = item.token;
	}
}

/* Is the block inside the blob, behind the header? */
static bool check_block(const struct fdt *fdt, uint32_t offset, uint32_t size)
{
	return offset >= HEADER_LEN && offset <= fdt->size &&
	       size <= fdt->size - offset;
}

bool fdt_open(struct fdt *fdt, const void *blob, size_t max)
{
	*fdt = (struct fdt){ .blob = blob, .size = HEADER_LEN };
	if (max < HEADER_LEN || be32_at(fdt, OFF_MAGIC) != MAGIC)
		return false;
	if (be32_at(fdt, OFF_VERSION) < VERSION ||
	    be32_at(fdt, OFF_COMPATIBLE) > VERSION)
		return false;

	uint32_t tree_size = be32_at(fdt, OFF_TREE_SIZE);
	uint32_t strings_size = be32_at(fdt, OFF_STRINGS_SIZE);

	fdt->size = be32_at(fdt, OFF_TOTAL_SIZE);
	if (fdt->size < HEADER_LEN || fdt->size > max || fdt->size > INT32_MAX)
		return false;
	fdt->tree = be32_at(fdt, OFF_TREE);
	fdt->strings = be32_at(fdt, OFF_STRINGS);
	fdt->reserved = be32_at(fdt, OFF_RESERVED);
	if (!check_block(fdt, fdt->tree, tree_size) ||
	    !check_block(fdt, fdt->strings, strings_size) ||
	    !check_block(fdt, fdt->reserved, 0) ||
	    !is_aligned(fdt->tree, CELL))
		return false;
	fdt->tree_end = fdt->tree + tree_size;
	fdt->strings_end = fdt->strings + strings_size;
	return check_tree(fdt);
}

/* --- walking --- */

int fdt_root(const struct fdt *fdt)
{
	struct item item;

	if (!read_item(fdt, fdt->tree, &item))
		return FDT_NONE;
	return item.at;
}

int fdt_next(const struct fdt *fdt, int node, int *depth)
{
	struct item item;
	int level = depth != NULL ? *depth : 0;
	int found = FDT_NONE;

	if (!read_item(fdt, node, &item))
		return FDT_NONE;
	do {
		if (!read_item(fdt, item.next, &item) ||
		    item.token == TOKEN_END)
			return FDT_NONE;
		if (item.token == TOKEN_BEGIN_NODE) {
			level++;
			found = item.at;
		} else if (item.token == TOKEN_END_NODE) {
			level--;
		}
	} while (found == FDT_NONE);
	if (depth != NULL)
		*depth = level;
	return found;
}

int fdt_first_child(const struct fdt *fdt, int node)
{
	int depth = 0;
	int next = fdt_next(fdt, node, &depth);

	return depth == 1 ? next : FDT_NONE;
}

int fdt_next_sibling(const struct fdt *fdt, int node)
{
	int depth = 0;

	do {
		node = fdt_next(fdt, node, &depth);
	} while (node != FDT_NONE && depth > 0);
	return depth == 0 ? node : FDT_NONE;
}

/* The last node before @node that is one level higher. */
int fdt_parent(const struct fdt *fdt, int node)
{
	int at, depth, want = -1, parent = FDT_NONE;

	fdt_for_each_node(at, depth, fdt)
		if (at == node)
			want = depth - 1;
	fdt_for_each_node(at, depth, fdt) {
		if (at == node)
			break;
		if (depth == want)
			parent = at;
	}
	return parent;
}

/* --- searching --- */

/* Is @name the path step of @len characters at @step? */
static bool name_fits(const char *name, const char *step, size_t len)
{
	if (strncmp(name, step, len) != 0)
		return false;
	return name[len] == '\0' ||
	       (name[len] == '@' && memchr(step, '@', len) == NULL);
}

static int find_child(const struct fdt *fdt, int parent, const char *step,
		      size_t len)
{
	int child;

	fdt_for_each_child(child, fdt, parent)
		if (name_fits(fdt_name(fdt, child), step, len))
			return child;
	return FDT_NONE;
}

int fdt_find_path(const struct fdt *fdt, const char *path)
{
	int node = fdt_root(fdt);

	while (node != FDT_NONE) {
		while (*path == '/')
			path++;
		if (*path == '\0')
			break;

		const char *slash = strchr(path, '/');
		size_t len = slash != NULL ? (size_t)(slash - path) :
					     strlen(path);

		node = find_child(fdt, node, path, len);
		path += len;
	}
	return node;
}

/* The next node after @after whose property @name, a list, has @what. */
static int find_prop(const struct fdt *fdt, int after, const char *name,
		     const char *what)
{
	int node = after == FDT_NONE ? fdt_root(fdt) :
				       fdt_next(fdt, after, NULL);

	while (node != FDT_NONE && !fdt_prop_has_str(fdt, node, name, what))
		node = fdt_next(fdt, node, NULL);
	return node;
}

int fdt_find_compatible(const struct fdt *fdt, int after, const char *what)
{
	return find_prop(fdt, after, "compatible", what);
}

int fdt_find_device_type(const struct fdt *fdt, int after, const char *type)
{
	return find_prop(fdt, after, "device_type", type);
}

int fdt_find_phandle(const struct fdt *fdt, uint32_t phandle)
{
	int node, depth;

	fdt_for_each_node(node, depth, fdt) {
		uint32_t value;

		if (fdt_prop_u32(fdt, node, "phandle", &value) &&
		    value == phandle)
			return node;
	}
	return FDT_NONE;
}

/* --- one node --- */

const char *fdt_name(const struct fdt *fdt, int node)
{
	struct item item;

	if (!read_item(fdt, node, &item) || item.name == NULL)
		return "";
	return item.name;
}

const void *fdt_prop(const struct fdt *fdt, int node, const char *name,
		     uint32_t *len)
{
	struct item item;

	if (!read_item(fdt, node, &item))
		return NULL;
	while (read_item(fdt, item.next, &item) && item.token == TOKEN_PROP) {
		if (strcmp(item.name, name) != 0)
			continue;
		if (len != NULL)
			*len = item.len;
		return item.value;
	}
	return NULL;
}

const char *fdt_prop_str(const struct fdt *fdt, int node, const char *name)
{
	uint32_t len;
	const char *s = fdt_prop(fdt, node, name, &len);

	return s != NULL && strnlen(s, len) < len ? s : NULL;
}

bool fdt_prop_has_str(const struct fdt *fdt, int node, const char *name,
		      const char *what)
{
	uint32_t left;
	const char *s = fdt_prop(fdt, node, name, &left);

	while (s != NULL && left > 0) {
		size_t len = strnlen(s, left);

		if (len == left)
			return false;
		if (strcmp(s, what) == 0)
			return true;
		s += len + 1;
		left -= len + 1;
	}
	return false;
}

bool fdt_prop_cell(const struct fdt *fdt, int node, const char *name,
		   uint32_t index, uint32_t *out)
{
	uint32_t len;
	const uint8_t *value = fdt_prop(fdt, node, name, &len);

	if (value == NULL || index >= len / CELL)
		return false;
	*out = be32(value + index * CELL);
	return true;
}

bool fdt_prop_u32(const struct fdt *fdt, int node, const char *name,
		  uint32_t *out)
{
	uint32_t len;
	const uint8_t *value = fdt_prop(fdt, node, name, &len);

	if (value == NULL || len != CELL)
		return false;
	*out = be32(value);
	return true;
}

/* A number of @cells cells; false when it needs more than 64 bits. */
static bool read_cells(const uint8_t *p, uint32_t cells, uint64_t *out)
{
	uint64_t value = 0;

	for (; cells > 0; cells--, p += CELL) {
		if (value >> 32 != 0)
			return false;
		value = value << 32 | be32(p);
	}
	*out = value;
	return true;
}

bool fdt_prop_u64(const struct fdt *fdt, int node, const char *name,
		  uint64_t *out)
{
	uint32_t len;
	const uint8_t *value = fdt_prop(fdt, node, name, &len);

	if (value == NULL || (len != CELL && len != 2 * CELL))
		return false;
	return read_cells(value, len / CELL, out);
}

bool fdt_is_compatible(const struct fdt *fdt, int node, const char *what)
{
	return fdt_prop_has_str(fdt, node, "compatible", what);
}

bool fdt_is_enabled(const struct fdt *fdt, int node)
{
	if (fdt_prop(fdt, node, "status", NULL) == NULL)
		return true;

	const char *status = fdt_prop_str(fdt, node, "status");

	return status != NULL &&
	       (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

bool fdt_reg(const struct fdt *fdt, int node, uint32_t index,
	     struct fdt_range *out)
{
	uint32_t addr_cells = 2, size_cells = 1, len;
	int parent = fdt_parent(fdt, node);
	const uint8_t *reg = fdt_prop(fdt, node, "reg", &len);
	struct fdt_range range;

	fdt_prop_u32(fdt, parent, "#address-cells", &addr_cells);
	fdt_prop_u32(fdt, parent, "#size-cells", &size_cells);
	if (reg == NULL || addr_cells == 0 || addr_cells > MAX_CELLS ||
	    size_cells > MAX_CELLS)
		return false;

	uint32_t entry = (addr_cells + size_cells) * CELL;

	if (index >= len / entry)
		return false;
	reg += index * entry;
	if (!read_cells(reg, addr_cells, &range.base) ||
	    !read_cells(reg + addr_cells * CELL, size_cells, &range.size) ||
	    range.size > UINT64_MAX - range.base)
		return false;
	*out = range;
	return true;
}

/* --- reserved memory --- */

/*
 * Entry *@index of the blob's own map, which a pair of zeros ends.  When it
 * is past the end, *@index has become how far past.
 */
static bool map_entry(const struct fdt *fdt, unsigned *index,
		      struct fdt_range *out)
{
	for (uint32_t at = fdt->reserved;
	     fdt->size - at >= RESERVED_LEN; at += RESERVED_LEN) {
		read_cells(fdt->blob + at, 2, &out->base);
		read_cells(fdt->blob + at + 2 * CELL, 2, &out->size);
		if (out->base == 0 && out->size == 0)
			break;
		if ((*index)-- == 0)
			return true;
	}
	return false;
}

bool fdt_reserved(const struct fdt *fdt, unsigned index, struct fdt_range *out)
{
	int parent = fdt_find_path(fdt, "/reserved-memory");
	int child;

	if (map_entry(fdt, &index, out))
		return true;
	fdt_for_each_child(child, fdt, parent) {
		if (!fdt_is_enabled(fdt, child))
			continue;
		for (uint32_t i = 0; fdt_reg(fdt, child, i, out); i++)
			if (index-- == 0)
				return true;
	}
	return false;
}
