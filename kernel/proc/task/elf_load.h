#pragma once

/*
 * proc/task/elf_load.h - map an ELF program into an empty address space.
 */

#include "lib/types.h"

struct file;
struct mm;

/* What exec must know to start it, and to tell it about itself. */
struct elf_image {
	vaddr_t entry;       /* of the program itself */
	vaddr_t start;       /* first instruction: the dynamic linker's, if any */
	vaddr_t phdrs;       /* 0 when they are not mapped */
	unsigned nr_phdrs;
	vaddr_t interp_base; /* 0: no dynamic linker */
	vaddr_t end;         /* the heap may begin here */
	bool exec_stack;
	bool readable;       /* who runs it may read it, its linker too */
};

/*
 * 0, or -ENOEXEC (not an ELF program for this machine, or one that
 * contradicts itself), -ENOMEM, -EFAULT (bss begins in a page that the file
 * does not have), what opening the dynamic linker says, or -ELIBBAD: that one
 * is no program.  Sleeps.
 */
int elf_load(struct file *file, struct mm *mm, struct elf_image *image);
