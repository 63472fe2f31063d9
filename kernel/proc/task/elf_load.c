/*
 * proc/task/elf_load.c - map the segments of an ELF program.
 *
 * Every number in the file is checked before it is used: headers lie inside
 * the file, addresses in the user half.  Beyond that segments lie as they
 * like, as on Linux: each is mapped in whole pages, in the order of the file,
 * and where two share a page the later one has it, with what the file has
 * there for both.  A segment may say that it goes on where the file has
 * ended: who looks there gets SIGBUS, as in any mapping.
 *
 * Source: Tool Interface Standard ELF 1.2; System V ABI, riscv supplement.
 */
#include "proc/task/elf_load.h"

#include "lib/bits.h"
#include "lib/elf.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/map.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/busy.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/path.h"

#define MAX_PHDRS_SIZE PAGE_SIZE /* as on Linux */
/* Where position-independent programs go; their dynamic linker goes below
 * the stack, where mmap() puts things. */
#define PIE_BASE 0x2000000000UL

/* A file while it is being loaded. */
struct loader {
	struct file *file;
	struct mm *mm;
	struct elf64_ehdr ehdr;
	struct elf64_phdr *phdrs; /* kmalloc'ed */
	uint64_t bias;            /* added to every address in the file */
};

/* Its program headers, but for those that describe nothing to load. */
#define for_each_segment(ph, l)						\
	for (const struct elf64_phdr *ph = (l)->phdrs;			\
	     ph < (l)->phdrs + (l)->ehdr.e_phnum; ph++)		\
		if (ph->p_type != PT_LOAD || ph->p_memsz == 0) {	\
		} else

static bool header_is_good(const struct elf64_ehdr *e)
{
	return memcmp(e->e_ident, ELF_MAGIC, ELF_MAGIC_LEN) == 0 &&
	       e->e_ident[EI_CLASS] == ELFCLASS64 &&
	       e->e_ident[EI_DATA] == ELFDATA2LSB &&
	       e->e_machine == EM_RISCV &&
	       (e->e_type == ET_EXEC || e->e_type == ET_DYN) &&
	       e->e_phentsize == sizeof(struct elf64_phdr) &&
	       e->e_phnum > 0 &&
	       e->e_phnum <= MAX_PHDRS_SIZE / sizeof(struct elf64_phdr);
}

static bool segment_is_good(const struct elf64_phdr *ph)
{
	return ph->p_filesz <= ph->p_memsz &&
	       ph->p_offset <= INT64_MAX - ph->p_filesz &&
	       ph->p_offset % PAGE_SIZE == ph->p_vaddr % PAGE_SIZE &&
	       ph->p_vaddr < user_end && ph->p_memsz <= user_end - ph->p_vaddr;
}

static bool segments_are_good(const struct loader *l)
{
	bool any = false;

	for_each_segment(ph, l) {
		if (!segment_is_good(ph))
			return false;
		any = true;
	}
	return any;
}

static bool read_exactly(const struct loader *l, uint64_t offset, void *to,
			 size_t n)
{
	return file_read_kernel(l->file, offset, to, n) == (ssize_t)n;
}

/* A loader for @file; free it in any case. */
static int open_loader(struct loader *l, struct file *file, struct mm *mm)
{
	struct elf64_ehdr *e = &l->ehdr;

	*l = (struct loader){ .file = file, .mm = mm };
	if (file_pagecache(file) == NULL ||
	    !read_exactly(l, 0, e, sizeof(*e)) || !header_is_good(e))
		return -ENOEXEC;

	size_t size = e->e_phnum * sizeof(struct elf64_phdr);

	l->phdrs = kmalloc(size);
	if (l->phdrs == NULL)
		return -ENOMEM;
	if (!read_exactly(l, e->e_phoff, l->phdrs, size) ||
	    !segments_are_good(l))
		return -ENOEXEC;
	return 0;
}

static unsigned segment_flags(const struct elf64_phdr *ph)
{
	return (ph->p_flags & PF_R ? VMA_READ : 0) |
	       (ph->p_flags & PF_W ? VMA_WRITE : 0) |
	       (ph->p_flags & PF_X ? VMA_EXEC : 0);
}

static int map_fixed(struct mm *mm, vaddr_t start, vaddr_t end, unsigned flags,
		     struct file *file, uint64_t offset)
{
	long at = mm_map(mm, &(struct map_request){
		.addr = start,
		.length = end - start,
		.flags = flags,
		.fixed = true,
		.pagecache = file == NULL ? NULL : file_pagecache(file),
		.file = file,
		.offset = offset,
	});

	return at < 0 ? (int)at : 0;
}

/* The rest of the last page that the file fills belongs to the bss. */
static int clear_tail(struct mm *mm, vaddr_t from)
{
	static const char zeros[256];
	vaddr_t end = align_up(from, PAGE_SIZE);

	while (from < end) {
		size_t n = min(end - from, sizeof(zeros));
		ssize_t done = mm_access(mm, from, (void *)zeros, n, true,
					 false);

		if (done < 0)
			return (int)done;
		from += (size_t)done;
	}
	return 0;
}

/* What is beyond the file's part of a segment is zero and, as on Linux,
 * can be written whatever the segment says. */
static int map_bss(struct loader *l, const struct elf64_phdr *ph,
		   vaddr_t start)
{
	vaddr_t end = align_up(l->bias + ph->p_vaddr + ph->p_memsz, PAGE_SIZE);

	if (start >= end)
		return 0;
	return map_fixed(l->mm, start, end,
			 (segment_flags(ph) & VMA_EXEC) | VMA_READ | VMA_WRITE,
			 NULL, 0);
}

static int map_segment(struct loader *l, const struct elf64_phdr *ph)
{
	vaddr_t start = ph->p_vaddr + l->bias;
	vaddr_t page = align_down(start, PAGE_SIZE);
	vaddr_t file_end = start + ph->p_filesz;
	int err;

	if (ph->p_filesz == 0)
		return map_bss(l, ph, page);
	err = map_fixed(l->mm, page, align_up(file_end, PAGE_SIZE),
			segment_flags(ph), l->file,
			align_down(ph->p_offset, PAGE_SIZE));
	if (err == 0 && ph->p_memsz > ph->p_filesz && (ph->p_flags & PF_W))
		err = clear_tail(l->mm, file_end);
	return err != 0 ? err : map_bss(l, ph, align_up(file_end, PAGE_SIZE));
}

/* Find room for a file that runs anywhere; the segments then replace it. */
static int choose_bias(struct loader *l, vaddr_t hint)
{
	uint64_t low = UINT64_MAX, high = 0;

	if (l->ehdr.e_type == ET_EXEC)
		return 0;
	for_each_segment(ph, l) {
		low = min(low, align_down(ph->p_vaddr, PAGE_SIZE));
		high = max(high, align_up(ph->p_vaddr + ph->p_memsz,
					  PAGE_SIZE));
	}

	long at = mm_map(l->mm, &(struct map_request){
		.addr = hint, .length = high - low });

	if (at < 0)
		return (int)at;
	l->bias = (uint64_t)at - low;
	return 0;
}

/* *@end: where the highest one ends. */
static int load_segments(struct loader *l, vaddr_t hint, vaddr_t *end)
{
	int err = choose_bias(l, hint);

	*end = 0;
	for_each_segment(ph, l) {
		if (err == 0)
			err = map_segment(l, ph);
		*end = max(*end, l->bias + ph->p_vaddr + ph->p_memsz);
	}
	return err;
}

/* Where the program finds its own headers in memory. */
static vaddr_t find_phdrs(const struct loader *l)
{
	uint64_t offset = l->ehdr.e_phoff;

	for_each_segment(ph, l)
		if (offset >= ph->p_offset &&
		    offset - ph->p_offset < ph->p_filesz)
			return l->bias + ph->p_vaddr + offset - ph->p_offset;
	return 0;
}

/* ---- the dynamic linker ---- */

/* One for the program has been chosen: it is loaded too, and starts first. */
static int load_interp(struct file *file, struct mm *mm,
		       struct elf_image *image)
{
	struct loader l;
	vaddr_t end;
	int err = open_loader(&l, file, mm);

	if (err == 0)
		err = load_segments(&l, 0, &end);
	image->interp_base = l.bias;
	image->start = l.ehdr.e_entry + l.bias;
	image->readable &= file_is_readable(file);
	kfree(l.phdrs);
	return err == -ENOEXEC ? -ELIBBAD : err;
}

/* The path that @ph names; the caller frees it. */
static int read_interp_path(const struct loader *l, const struct elf64_phdr *ph,
			    char **path)
{
	size_t size = ph->p_filesz;

	if (size < 2 || size > PATH_MAX)
		return -ENOEXEC;
	*path = kmalloc(size);
	if (*path == NULL)
		return -ENOMEM;
	if (read_exactly(l, ph->p_offset, *path, size) &&
	    (*path)[size - 1] == '\0')
		return 0;
	kfree(*path);
	return -ENOEXEC;
}

static int find_interp(const struct loader *l, const struct elf64_phdr *ph,
		       struct elf_image *image)
{
	struct file *file;
	char *path;
	int err = read_interp_path(l, ph, &path);

	if (err != 0)
		return err;
	err = vfs_open_exec(AT_FDCWD, path, 0, &file);
	kfree(path);
	if (err != 0)
		return err;
	err = load_interp(file, l->mm, image);
	file_is_no_program(file);
	file_put(file);
	return err;
}

/* ---- the program ---- */

static int load(struct loader *l, struct elf_image *image)
{
	const struct elf64_phdr *interp = NULL;
	int err = load_segments(l, PIE_BASE, &image->end);

	if (err != 0)
		return err;
	image->entry = image->start = l->ehdr.e_entry + l->bias;
	image->phdrs = find_phdrs(l);
	image->nr_phdrs = l->ehdr.e_phnum;
	for (unsigned i = 0; i < l->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &l->phdrs[i];

		if (ph->p_type == PT_INTERP && interp == NULL)
			interp = ph;
		if (ph->p_type == PT_GNU_STACK)
			image->exec_stack = ph->p_flags & PF_X;
	}
	return interp == NULL ? 0 : find_interp(l, interp, image);
}

int elf_load(struct file *file, struct mm *mm, struct elf_image *image)
{
	struct loader l;
	int err = open_loader(&l, file, mm);

	*image = (struct elf_image){ .readable = file_is_readable(file) };
	if (err == 0)
		err = load(&l, image);
	kfree(l.phdrs);
	return err;
}
