#pragma once

/*
 * fs/proc/node.h - a name in /proc or /sys, as it is described.
 *
 * A node is constant: a text file is described by the function that writes the
 * text or by the number that it is, a link by the one that tells its target, a
 * directory by its children or by operations of its own.
 */

#include "fs/proc/text.h"
#include "lib/types.h"

struct inode_ops;
struct procfs_entry;

struct procfs_node {
	const char *name;
	unsigned mode;                 /* type and rights */
	const struct inode_ops *ops;   /* NULL: as the rest says */
	/* A text file: write all of it.  0 or -errno. */
	int (*show)(struct text *t, const struct procfs_entry *e);
	/* What was written to it, without its newline.  0 or -errno. */
	int (*store)(const char *word, const struct procfs_entry *e);
	/* What else may be asked of it; NULL: nothing, -ENOTTY. */
	long (*ioctl)(const struct procfs_entry *e, unsigned cmd, vaddr_t arg);
	/* Instead of show and store: a number, (a), and what may be written to it. */
	uint32_t *number;
	uint32_t min, max;
	/* The text is written when the file is opened and at lseek() to its
	 * beginning, with no lock held; else at each read from there, under FILE_POS. */
	bool at_open;
	/* Of a process: who opens it has to be one who may look into that. */
	bool is_secret;
	/* A text that changes, for who polls it: *@count is how often it has so
	 * far, and who waits for more is in *@queue.  NULL: not told. */
	const struct procfs_changes {
		uint32_t *count; /* (a) */
		struct waitq *queue;
	} *changes;
	/* A directory: ends with a node without name. */
	const struct procfs_node *children;
	/* Others of its children, from who stands above; or NULL. */
	const struct procfs_node *const *more;
};

#define PROCFS_TEXT(name_, show_) \
	{ .name = name_, .mode = S_IFREG | 0444, .show = show_ }
#define PROCFS_SECRET(name_, mode_, show_) \
	{ .name = name_, .mode = S_IFREG | (mode_), .show = show_, .is_secret = true }
#define PROCFS_SETTING(name_, show_, store_)                          \
	{ .name = name_, .mode = S_IFREG | 0644, .show = show_,       \
	  .store = store_ }
#define PROCFS_NUMBER(name_, number_, min_, max_)                     \
	{ .name = name_, .mode = S_IFREG | 0644, .number = number_,   \
	  .min = min_, .max = max_ }
#define PROCFS_DIR(name_, children_) \
	{ .name = name_, .mode = S_IFDIR | 0555, .children = children_ }

/* A decimal number, @min to @max, goes to *@to: 0 or -EINVAL. */
int procfs_store_number(const char *word, uint32_t min, uint32_t max,
			uint32_t *to);
