/* sources: proc/task/elf_load.c */
/*
 * An ELF program, which any user may write: the input is the file, and what it
 * names as its dynamic linker is itself.  Every mapping that is asked for is
 * whole pages of the user half, and every access lies in one of them.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/map.h"
#include "proc/task/elf_load.h"
#include "vfs/busy.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/path.h"

static const uint8_t *content;
static size_t content_size;
static struct pagecache *const some_cache = (struct pagecache *)8;
static long nr_open;

/* ---- vfs ---- */

static struct file *new_file(void)
{
	nr_open++;
	return calloc(1, sizeof(struct file));
}

int vfs_open_exec(int dirfd, const char *path, int flags, struct file **f)
{
	(void)dirfd, (void)flags;
	fuzz_check(strlen(path) < PATH_MAX);
	*f = new_file();
	return 0;
}

ssize_t file_read_kernel(struct file *f, uint64_t pos, void *to, size_t n)
{
	(void)f;
	if (pos >= content_size)
		return 0;
	if (n > content_size - pos)
		n = content_size - pos;
	memcpy(to, content + pos, n);
	return (ssize_t)n;
}

void file_put(struct file *f)
{
	free(f);
	nr_open--;
}

void file_is_no_program(struct file *f)
{
	(void)f;
}

struct pagecache *file_pagecache(struct file *f)
{
	(void)f;
	return some_cache;
}

bool file_is_readable(struct file *f)
{
	(void)f;
	return true;
}

/* ---- mm ---- */

vaddr_t user_end = 1UL << 38;

long mm_map(struct mm *mm, const struct map_request *r)
{
	(void)mm;
	if (r->length == 0)
		return -EINVAL;
	fuzz_check(is_aligned(r->addr, PAGE_SIZE) && is_aligned(r->length, PAGE_SIZE));
	fuzz_check(is_aligned(r->offset, PAGE_SIZE));
	fuzz_check(r->file == NULL || r->offset + r->length > r->offset);
	if (r->length > user_end || r->addr > user_end - r->length)
		return -ENOMEM;
	return (long)r->addr;
}

ssize_t mm_access(struct mm *mm, vaddr_t addr, void *buf, size_t n, bool write,
		  bool force)
{
	(void)mm, (void)buf, (void)force;
	fuzz_check(write && n <= PAGE_SIZE);
	return addr < user_end ? (ssize_t)n : -EIO;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file *f = new_file();
	struct elf_image image;
	int err;

	content = data;
	content_size = size;
	err = elf_load(f, NULL, &image);
	fuzz_check(err <= 0);
	file_put(f);
	fuzz_check(nr_open == 0 && fuzz_allocated == 0);
	return 0;
}
