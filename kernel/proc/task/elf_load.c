/*
 * proc/task/elf_load.c - every number in the file is checked before it is used:
 * the headers lie inside the file, segments lie inside the file and the user
 * half, ascend and do not overlap.
 *
 * Source: Tool Interface Standard ELF 1.2; System V ABI, riscv supplement.
 */
#include "proc/task/elf_load.h"

#include "lib/bits.h"
#include "lib/elf.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/file.h"
#include "vfs/path.h"

#define MAX_PHDRS 64
#define MAX_INTERP_PATH 256
/* Where position-independent programs go; their dynamic linker goes below
 * the stack, where mmap() puts things. */
#define PIE_BASE 0x2000000000UL

/* A file while it is being loaded. */
struct loader {
	struct file *file;
	struct mm *mm;
	uint64_t file_size;
	struct elf64_ehdr ehdr;
	struct elf64_phdr phdrs[MAX_PHDRS];
	uint64_t bias; /* added to every address in the file */
};

static bool header_is_good(const struct elf64_ehdr *e)
{
	return memcmp(e->e_ident, ELF_MAGIC, ELF_MAGIC_LEN) == 0 &&
	       e->e_ident[EI_CLASS] == ELFCLASS64 &&
	       e->e_ident[EI_DATA] == ELFDATA2LSB &&
	       e->e_machine == EM_RISCV &&
	       (e->e_type == ET_EXEC || e->e_type == ET_DYN) &&
	       e->e_phentsize == sizeof(struct elf64_phdr) &&
	       e->e_phnum > 0 && e->e_phnum <= MAX_PHDRS;
}

static bool segment_is_good(const struct loader *l,
			    const struct elf64_phdr *ph, uint64_t *lowest)
{
	bool good = ph->p_filesz <= ph->p_memsz &&
		    ph->p_offset <= l->file_size &&
		    ph->p_filesz <= l->file_size - ph->p_offset &&
		    ph->p_offset % PAGE_SIZE == ph->p_vaddr % PAGE_SIZE &&
		    ph->p_vaddr < USER_END &&
		    ph->p_memsz <= USER_END - ph->p_vaddr &&
		    align_down(ph->p_vaddr, PAGE_SIZE) >= *lowest;

	if (good)
		*lowest = align_up(ph->p_vaddr + ph->p_memsz, PAGE_SIZE);
	return good;
}

static int read_headers(struct loader *l)
{
	const struct elf64_ehdr *e = &l->ehdr;
	uint64_t lowest = 0;
	bool any = false;

	if (file_read_kernel(l->file, 0, &l->ehdr, sizeof(*e)) != sizeof(*e) ||
	    !header_is_good(e))
		return -ENOEXEC;

	ssize_t bytes = (ssize_t)(e->e_phnum * sizeof(struct elf64_phdr));

	if (file_read_kernel(l->file, e->e_phoff, l->phdrs, (size_t)bytes) !=
	    bytes)
		return -ENOEXEC;
	for (unsigned i = 0; i < e->e_phnum; i++) {
		if (l->phdrs[i].p_type != PT_LOAD)
			continue;
		if (!segment_is_good(l, &l->phdrs[i], &lowest))
			return -ENOEXEC;
		any = true;
	}
	return any ? 0 : -ENOEXEC;
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
		.mapping = file == NULL ? NULL : file_mapping(file),
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
			return -ENOMEM;
		from += (size_t)done;
	}
	return 0;
}

static int map_segment(struct loader *l, const struct elf64_phdr *ph)
{
	vaddr_t start = ph->p_vaddr + l->bias;
	vaddr_t file_end = start + ph->p_filesz;
	vaddr_t mem_end = align_up(start + ph->p_memsz, PAGE_SIZE);
	vaddr_t page = align_down(start, PAGE_SIZE);
	vaddr_t anon = page;
	unsigned flags = segment_flags(ph);
	int err = 0;

	if (ph->p_filesz != 0) {
		anon = align_up(file_end, PAGE_SIZE);
		err = map_fixed(l->mm, page, anon, flags, l->file,
				align_down(ph->p_offset, PAGE_SIZE));
	}
	if (err == 0 && anon < mem_end)
		err = map_fixed(l->mm, anon, mem_end, flags, NULL, 0);
	if (err == 0 && ph->p_filesz != 0 && ph->p_memsz > ph->p_filesz &&
	    (ph->p_flags & PF_W))
		err = clear_tail(l->mm, file_end);
	return err;
}

/* Find room for a file that runs anywhere; the segments then replace it. */
static int choose_bias(struct loader *l, vaddr_t hint)
{
	uint64_t low = UINT64_MAX, high = 0;

	l->bias = 0;
	if (l->ehdr.e_type == ET_EXEC)
		return 0;
	for (unsigned i = 0; i < l->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &l->phdrs[i];

		if (ph->p_type != PT_LOAD)
			continue;
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

static int load_segments(struct loader *l, vaddr_t hint, vaddr_t *end)
{
	int err = choose_bias(l, hint);

	for (unsigned i = 0; i < l->ehdr.e_phnum && err == 0; i++) {
		const struct elf64_phdr *ph = &l->phdrs[i];

		if (ph->p_type != PT_LOAD || ph->p_memsz == 0)
			continue;
		err = map_segment(l, ph);
		*end = l->bias + ph->p_vaddr + ph->p_memsz;
	}
	return err;
}

/* Where the program finds its own headers in memory. */
static vaddr_t find_phdrs(const struct loader *l)
{
	uint64_t offset = l->ehdr.e_phoff;

	for (unsigned i = 0; i < l->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &l->phdrs[i];

		if (ph->p_type == PT_LOAD && offset >= ph->p_offset &&
		    offset - ph->p_offset < ph->p_filesz)
			return l->bias + ph->p_vaddr + offset - ph->p_offset;
	}
	return 0;
}

static int load_interp(struct loader *l, const struct elf64_phdr *ph,
		       struct elf_image *image)
{
	char path[MAX_INTERP_PATH];
	ssize_t size = (ssize_t)ph->p_filesz;
	vaddr_t end;

	if (size < 2 || (size_t)size > sizeof(path) ||
	    file_read_kernel(l->file, ph->p_offset, path, (size_t)size) !=
		    size || path[size - 1] != '\0')
		return -ENOEXEC;

	int err = vfs_open_exec(AT_FDCWD, path, 0, &l->file);

	if (err != 0)
		return err;
	l->file_size = file_size(l->file);
	err = read_headers(l);
	if (err == 0)
		err = load_segments(l, 0, &end);
	image->interp_base = l->bias;
	image->start = l->ehdr.e_entry + l->bias;
	image->readable &= file_is_readable(l->file);
	file_put(l->file);
	return err;
}

static int load(struct loader *l, struct elf_image *image)
{
	const struct elf64_phdr *interp = NULL;
	int err = read_headers(l);

	if (err == 0)
		err = load_segments(l, PIE_BASE, &image->end);
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
	return interp == NULL ? 0 : load_interp(l, interp, image);
}

int elf_load(struct file *file, struct mm *mm, struct elf_image *image)
{
	if (file_mapping(file) == NULL)
		return -ENOEXEC;

	struct loader *l = kmalloc(sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	*image = (struct elf_image){ .readable = file_is_readable(file) };
	l->file = file;
	l->mm = mm;
	l->file_size = file_size(file);

	int err = load(l, image);

	kfree(l);
	return err;
}
