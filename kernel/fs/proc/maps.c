/*
 * fs/proc/maps.c - a process's memory: PID/maps, cmdline, environ, auxv.
 *
 * The mappings are written under map_sem, shared, so they are those of one
 * moment.
 */
#include "fs/proc/procfs_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/maplock.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/exec_args.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "vfs/file.h"
#include "vfs/mount.h"

/* ---- maps ---- */

static const char *name_without_file(const struct mm *mm, const struct vma *vma)
{
	if (vma->flags & VMA_HEAP)
		return "[heap]";
	if (vma->flags & VMA_STACK)
		return "[stack]";
	if (vma->start == READ_ONCE(mm->vdso))
		return "[vdso]";
	return vma->flags & VMA_SHARED ? "/dev/zero (deleted)" : NULL;
}

struct vma_name procfs_vma_name(const struct mm *mm, const struct vma *vma)
{
	const struct file *f = vma->file;

	if (f == NULL)
		return (struct vma_name){ name_without_file(mm, vma), "" };
	return (struct vma_name){ f->path,
				  f->path != NULL ? file_path_mark(f) : "" };
}

void procfs_write_vma(struct text *t, const struct mm *mm,
		      const struct vma *vma)
{
	const struct inode *inode = vma->file != NULL ? vma->file->inode : NULL;
	const struct vma_name name = procfs_vma_name(mm, vma);
	size_t before = t->length;

	text_printf(t, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ",
		    vma->start, vma->end, vma->flags & VMA_READ ? 'r' : '-',
		    vma->flags & VMA_WRITE ? 'w' : '-',
		    vma->flags & VMA_EXEC ? 'x' : '-',
		    vma->flags & VMA_SHARED ? 's' : 'p',
		    vma->pagecache != NULL ? vma->offset : 0,
		    inode != NULL ? dev_major(inode->fs->dev) : 0,
		    inode != NULL ? dev_minor(inode->fs->dev) : 0,
		    inode != NULL ? inode->ino : 0UL);
	if (name.text != NULL) {
		size_t used = t->length - before;

		/* Names stand in one column, as on Linux. */
		text_printf(t, "%*s%s%s", used < 73 ? (int)(73 - used) : 0, "",
			    name.text, name.mark);
	}
	text_put(t, "\n", 1);
}

void procfs_write_vmas(struct text *t, struct mm *mm,
		       void (*write_vma)(struct text *t, const struct mm *mm,
					 const struct vma *vma))
{
	map_lock_shared(mm);
	for (struct vma *vma = vma_first(mm_vmas(mm));
	     vma != NULL && !text_failed(t); vma = vma_next(vma)) {
		write_vma(t, mm, vma);
		cond_resched();
	}
	map_unlock_shared(mm);
}

int procfs_show_memory(struct text *t, const struct procfs_entry *e,
		       int (*show_mm)(struct text *t, struct mm *mm))
{
	struct mm *mm;
	int err = proc_inspect_memory(e->proc, &mm);

	if (mm == NULL)
		return err;
	err = show_mm(t, mm);
	mm_put(mm);
	return err;
}

static int show_maps(struct text *t, struct mm *mm)
{
	procfs_write_vmas(t, mm, procfs_write_vma);
	return 0;
}

int procfs_show_pid_maps(struct text *t, const struct procfs_entry *e)
{
	return procfs_show_memory(t, e, show_maps);
}

/* ---- what exec put on the stack ---- */

static int write_bytes(struct text *t, struct mm *mm, vaddr_t at, vaddr_t end)
{
	char *chunk = kmalloc(PAGE_SIZE);

	if (chunk == NULL)
		return -ENOMEM;
	while (at < end) {
		size_t part = min((size_t)(end - at), (size_t)PAGE_SIZE);
		ssize_t n = mm_access(mm, at, chunk, part, false, true);

		if (n <= 0)
			break;
		text_put(t, chunk, (size_t)n);
		at += (size_t)n;
	}
	kfree(chunk);
	return 0;
}

int procfs_show_pid_cmdline(struct text *t, const struct procfs_entry *e)
{
	struct mm *mm = proc_mm_get(e->proc);
	int err;

	if (mm == NULL)
		return 0;
	err = write_bytes(t, mm, READ_ONCE(mm->arg_start),
			  READ_ONCE(mm->arg_end));
	mm_put(mm);
	return err;
}

/* Not everybody's business, as the memory is not. */
static int show_environ(struct text *t, struct mm *mm)
{
	return write_bytes(t, mm, READ_ONCE(mm->arg_end), READ_ONCE(mm->env_end));
}

int procfs_show_pid_environ(struct text *t, const struct procfs_entry *e)
{
	return procfs_show_memory(t, e, show_environ);
}

/* As the program has it now: drover keeps no copy. */
static int show_auxv(struct text *t, struct mm *mm)
{
	vaddr_t at = READ_ONCE(mm->auxv_at);

	return write_bytes(t, mm, at, at + NR_AUXV * sizeof(struct auxv_entry));
}

int procfs_show_pid_auxv(struct text *t, const struct procfs_entry *e)
{
	return procfs_show_memory(t, e, show_auxv);
}
