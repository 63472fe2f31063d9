/*
 * fs/proc/pagemap.c - PID/pagemap: 64 bits for each page of a process's
 * addresses, which say what is there.
 *
 * Which frame it is only root is told, who could be root when he opened the
 * file: others could learn from it which rows of memory are neighbours.
 *
 * Source: proc_pid_pagemap(5).
 */
#include "fs/proc/procfs_internal.h"

#include "arch/pte.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/maplock.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "mm/usage.h"
#include "sync/block.h"
#include "vfs/cred.h"
#include "vfs/file.h"

#define ENTRY_PRESENT BIT(63)
#define ENTRY_FILE BIT(61)
#define ENTRY_ALONE BIT(56)

#define ENTRIES_END (user_end / PAGE_SIZE)
#define CHUNK 64UL /* entries at once */

struct pagemap {
	struct mm *mm;      /* (c) */
	bool shows_frames;  /* (c) */
};

static uint64_t entry_of(const struct mm_page *page, bool shows_frames)
{
	return (page->is_present ? ENTRY_PRESENT : 0) |
	       (page->is_cached ? ENTRY_FILE : 0) |
	       (page->is_alone ? ENTRY_ALONE : 0) |
	       (shows_frames ? page->frame : 0);
}

/* What is looked at in one go. */
struct chunk {
	struct mm_page pages[CHUNK];
	uint64_t entries[CHUNK];
};

/* @n of them, from the page @first on, to @buf. */
static int give(const struct pagemap *map, struct chunk *chunk, uint64_t first,
		size_t n, vaddr_t buf)
{
	size_t size = n * sizeof(*chunk->entries);

	map_lock_shared(map->mm);
	mm_look(map->mm, first * PAGE_SIZE, chunk->pages, n);
	map_unlock_shared(map->mm);
	for (size_t i = 0; i < n; i++)
		chunk->entries[i] = entry_of(&chunk->pages[i], map->shows_frames);
	return copy_to_user(buf, chunk->entries, size) != 0 ? -EFAULT : 0;
}

/* Up to @n: how many, or -EFAULT. */
static ssize_t give_all(const struct pagemap *map, uint64_t first, size_t n,
			vaddr_t buf)
{
	struct chunk *chunk = kmalloc(sizeof(*chunk));
	size_t done = 0;
	int err = 0;

	if (chunk == NULL)
		return -ENOMEM;
	while (done < n && !block_killed()) {
		size_t part = min(n - done, CHUNK);

		err = give(map, chunk, first + done, part,
			   buf + done * sizeof(uint64_t));
		if (err != 0)
			break;
		done += part;
		cond_resched();
	}
	kfree(chunk);
	return done > 0 ? (ssize_t)done : err;
}

static ssize_t pagemap_read(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos)
{
	const struct pagemap *map = f->data;
	uint64_t first = *pos / sizeof(uint64_t);
	ssize_t given;

	if ((*pos | n) % sizeof(uint64_t) != 0)
		return -EINVAL;
	if (first >= ENTRIES_END || !mm_try_get(map->mm))
		return 0;
	given = give_all(map, first, min(n / sizeof(uint64_t), ENTRIES_END - first),
			 buf);
	mm_put(map->mm);
	if (given < 0)
		return given;
	*pos += (uint64_t)given * sizeof(uint64_t);
	return given * (ssize_t)sizeof(uint64_t);
}

static void pagemap_release(struct file *f)
{
	struct pagemap *map = f->data;

	if (map == NULL)
		return;
	mm_drop(map->mm);
	kfree(map);
}

static const struct file_ops pagemap_file_ops = {
	.read = pagemap_read,
	.lseek = procfs_memory_lseek,
	.release = pagemap_release,
};

static int pagemap_open(struct inode *inode, struct file *f)
{
	struct pagemap *map = kzalloc(sizeof(*map));
	int err = map == NULL ? -ENOMEM : procfs_keep_memory(inode, &map->mm);

	if (err != 0) {
		kfree(map);
		return err;
	}
	map->shows_frames = cred_can(current_cred(), CAP_SYS_ADMIN);
	f->data = map;
	f->ops = &pagemap_file_ops;
	return 0;
}

const struct inode_ops procfs_pagemap_ops = {
	.open = pagemap_open,
	.release = procfs_release,
};
