/*
 * proc/signal/core_elf.c - a core as a file: an ELF header, a program header
 * for the notes and for each mapping, the notes, the memory.
 *
 * Who shares the memory without being a thread of the process may change the
 * mappings meanwhile.  So they are counted first; as many get headers, and
 * those say afterwards, read from the file, what memory is written.  The file
 * is its owner's, who may write to it meanwhile: a header is believed no more
 * than a program, and no page is looked for beyond the mapping that begins where
 * it says.  Pages that are not there, or zero, are holes of the file.
 *
 * Source: elf(5), core(5); Linux fs/binfmt_elf.c.
 */
#include "proc/signal/core_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/maplock.h"
#include "mm/pagecache.h"
#include "mm/uaccess.h"
#include "mm/usage.h"
#include "sync/work.h"
#include "vfs/file.h"
#include "vfs/inode.h"

/* More do not fit into e_phnum. */
#define MAX_SEGMENTS 65000

/* ---- the file ---- */

static void put_bytes(struct core *c, uint64_t at, const void *from, size_t n)
{
	struct inode *inode = c->file->inode;

	mutex_lock(&inode->lock);
	if (pagecache_write_kernel(inode->pagecache, at, from, n) != (ssize_t)n)
		c->err = -ENOSPC;
	mutex_unlock(&inode->lock);
}

void core_put(struct core *c, uint64_t at, const void *from, size_t n)
{
	if (c->err == 0 && (at > c->limit || n > c->limit - at))
		c->err = -EFBIG;
	else if (c->err == 0 && !block_go_on())
		c->err = -EINTR;
	if (c->err != 0)
		return;
	put_bytes(c, at, from, n);
	c->end = max(c->end, at + n);
}

/* ---- which memory ---- */

static uint64_t whole_if(bool yes, const struct core_segment *s)
{
	return yes ? s->end - s->start : 0;
}

/* @has_own: pages of the mapping's own; @vdso: no file has them. */
static uint64_t wanted(const struct core_segment *s, bool has_own, bool vdso)
{
	unsigned filter = READ_ONCE(current_proc()->core_filter);

	if (vdso)
		return whole_if(true, s);
	if (s->flags & VMA_DONTDUMP)
		return 0;
	if (s->flags & VMA_SHARED)
		return whole_if(filter & (s->file != NULL ? CORE_FILE_SHARED :
							    CORE_ANON_SHARED), s);
	if (has_own && (filter & CORE_ANON_PRIVATE))
		return whole_if(true, s);
	if (s->file == NULL)
		return 0;
	if (filter & CORE_FILE_PRIVATE)
		return whole_if(true, s);
	return (filter & CORE_ELF_HEADERS) && s->offset == 0 &&
	       (s->flags & VMA_READ) ? PAGE_SIZE : 0;
}

/* A page that is wanted as the head of an ELF file has to be one. */
static bool is_elf(const struct core *c, vaddr_t at)
{
	char magic[ELF_MAGIC_LEN];

	return mm_access(c->mm, at, magic, sizeof(magic), false, true) ==
		       (ssize_t)sizeof(magic) &&
	       memcmp(magic, ELF_MAGIC, sizeof(magic)) == 0;
}

bool core_next_segment(const struct core *c, vaddr_t at, struct core_segment *s)
{
	struct mm *mm = c->mm;

	cond_resched();
	map_lock_shared(mm);
	const struct vma *vma = vma_find(mm_vmas(mm), at);

	if (vma != NULL) {
		*s = (struct core_segment){
			.start = vma->start,
			.end = vma->end,
			.flags = vma->flags,
			.offset = vma->offset,
			.anonymous = vma->pagecache == NULL,
			.file = vma->file,
		};
		if (s->file != NULL)
			file_get(s->file);
		s->filesz = wanted(s, READ_ONCE(vma->has_anon),
				   vma->start == READ_ONCE(mm->vdso));
	}
	map_unlock_shared(mm);
	if (vma == NULL)
		return false;
	if (s->filesz == PAGE_SIZE && s->end - s->start > PAGE_SIZE &&
	    !is_elf(c, s->start))
		s->filesz = 0;
	return true;
}

void core_put_segment(struct core_segment *s)
{
	if (s->file != NULL)
		file_put(s->file);
}

static unsigned count_segments(const struct core *c)
{
	struct core_segment s;
	unsigned n = 0;

	for (vaddr_t at = 0; n < MAX_SEGMENTS && core_next_segment(c, at, &s);
	     at = s.end) {
		core_put_segment(&s);
		n++;
	}
	return n;
}

/* ---- headers ---- */

static uint64_t header_at(unsigned i)
{
	return sizeof(struct elf64_ehdr) + i * sizeof(struct elf64_phdr);
}

static unsigned rights(unsigned flags)
{
	return (flags & VMA_READ ? PF_R : 0) | (flags & VMA_WRITE ? PF_W : 0) |
	       (flags & VMA_EXEC ? PF_X : 0);
}

/* Headers 1 to @n, of mappings whose bytes begin at @offset. */
static void put_segments(struct core *c, unsigned n, uint64_t offset)
{
	struct core_segment s;
	vaddr_t at = 0;

	for (unsigned i = 1;
	     i <= n && c->err == 0 && core_next_segment(c, at, &s); i++) {
		struct elf64_phdr h = {
			.p_type = PT_LOAD,
			.p_flags = rights(s.flags),
			.p_offset = offset,
			.p_vaddr = s.start,
			.p_filesz = s.filesz,
			.p_memsz = s.end - s.start,
			.p_align = PAGE_SIZE,
		};

		core_put_segment(&s);
		core_put(c, header_at(i), &h, sizeof(h));
		offset += s.filesz;
		at = s.end;
	}
}

static void put_head(struct core *c, unsigned n, uint64_t notes, uint64_t end)
{
	struct elf64_phdr note = {
		.p_type = PT_NOTE,
		.p_offset = notes,
		.p_filesz = end - notes,
		.p_align = 4,
	};
	struct elf64_ehdr head = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_RISCV,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(head),
		.e_flags = EF_RISCV_RVC | 4 /* the double-float ABI */,
		.e_ehsize = sizeof(head),
		.e_phentsize = sizeof(note),
		.e_phnum = (uint16_t)(n + 1),
	};

	core_put(c, header_at(0), &note, sizeof(note));
	core_put(c, 0, &head, sizeof(head));
}

/* ---- memory ---- */

static bool is_zero(const uint8_t *page)
{
	const uint64_t *word = (const uint64_t *)page;

	for (unsigned i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		if (word[i] != 0)
			return false;
	return true;
}

/* What cannot be read, behind the end of its file, is zero as well. */
static void put_page(struct core *c, vaddr_t va, uint64_t at)
{
	ssize_t n = mm_access(c->mm, va, c->page, PAGE_SIZE, false, true);

	if (n == PAGE_SIZE && !is_zero(c->page))
		core_put(c, at, c->page, PAGE_SIZE);
}

/* Where what is wanted of @vma ends, by the header @h of it. */
static vaddr_t end_of(const struct vma *vma, const struct elf64_phdr *h)
{
	return vma->start + min(vma->end - vma->start, h->p_filesz);
}

/* Move *@va to the next page that may be other than zero.  False: there is none
 * in what @h tells of, or that mapping is gone. */
static bool find_page(const struct core *c, const struct elf64_phdr *h,
		      vaddr_t *va)
{
	bool found = false;

	map_lock_shared(c->mm);
	const struct vma *vma = vma_find(mm_vmas(c->mm), h->p_vaddr);

	if (vma != NULL && vma->start == h->p_vaddr && *va < end_of(vma, h)) {
		vaddr_t end = end_of(vma, h);

		if (vma->pagecache == NULL)
			*va = mm_next_resident(c->mm, *va, end);
		else if (vma->offset + (*va - vma->start) >=
			 READ_ONCE(vma->pagecache->size))
			*va = end;
		found = *va < end;
	}
	map_unlock_shared(c->mm);
	return found;
}

static void put_memory(struct core *c, const struct elf64_phdr *h)
{
	vaddr_t va = h->p_vaddr;

	while (c->err == 0 && find_page(c, h, &va)) {
		put_page(c, va, h->p_offset + (va - h->p_vaddr));
		va += PAGE_SIZE;
		if (!block_go_on())
			c->err = -EINTR;
	}
}

/* As many as there are headers; and the file is as long as they say. */
static void put_all_memory(struct core *c, unsigned n)
{
	uint64_t end = 0;
	struct elf64_phdr h;

	for (unsigned i = 1; i <= n && c->err == 0; i++) {
		if (file_read_kernel(c->file, header_at(i), &h, sizeof(h)) !=
			    (ssize_t)sizeof(h) || h.p_type != PT_LOAD)
			break;
		put_memory(c, &h);
		end = max(end, h.p_offset + h.p_filesz);
	}
	if (end > c->end)
		core_put(c, end - 1, "", 1);
}

void core_write(struct core *c)
{
	unsigned n = count_segments(c);
	uint64_t notes = header_at(n + 1);
	uint64_t end = core_put_notes(c, notes);

	put_head(c, n, notes, end);
	put_segments(c, n, align_up(end, PAGE_SIZE));
	put_all_memory(c, n);
}
