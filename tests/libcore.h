#pragma once

/*
 * libcore.h - a core as a debugger reads it: elf(5), core(5).
 *
 *	open_core(name)		false: there is none, or nothing in it
 *	core_is_whole()		all that its head tells of is in it
 *	memory_at(address)	what the program had there; NULL: it is not in it
 *	note(type, n, &size)	the n-th of a type
 *	close_core(name)	and away with it
 *
 * Each thread has one at a time.
 */
#include "tap.h"

#include <elf.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

static _Thread_local struct {
	char *at;
	size_t size;
	Elf64_Ehdr *head;
	Elf64_Phdr *segment;
} core;

TAP_UNUSED static bool open_core(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size == 0)
		return false;
	core.size = st.st_size;
	core.at = mmap(NULL, core.size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	core.head = (Elf64_Ehdr *)core.at;
	core.segment = (Elf64_Phdr *)(core.at + core.head->e_phoff);
	return core.at != MAP_FAILED;
}

TAP_UNUSED static bool core_is_whole(void)
{
	if (core.size < sizeof(*core.head) || core.head->e_type != ET_CORE ||
	    core.size < core.head->e_phoff +
				core.head->e_phnum * sizeof(*core.segment))
		return false;
	for (int i = 0; i < core.head->e_phnum; i++) {
		const Elf64_Phdr *p = &core.segment[i];

		if (p->p_type != (i == 0 ? PT_NOTE : PT_LOAD) ||
		    p->p_offset + p->p_filesz > core.size)
			return false;
	}
	return core.head->e_phnum > 1;
}

TAP_UNUSED static void close_core(const char *name)
{
	munmap(core.at, core.size);
	unlink(name);
}

/* What the program had at @address. */
TAP_UNUSED static void *memory_at(uint64_t address)
{
	for (int i = 0; i < core.head->e_phnum; i++) {
		Elf64_Phdr *p = &core.segment[i];

		if (p->p_type == PT_LOAD && address >= p->p_vaddr &&
		    address < p->p_vaddr + p->p_filesz)
			return core.at + p->p_offset + (address - p->p_vaddr);
	}
	return NULL;
}

/* The @n-th note of @type, from 0; NULL: there are no more. */
TAP_UNUSED static void *note(uint32_t type, int n, uint32_t *size)
{
	char *at = core.at + core.segment[0].p_offset;
	char *end = at + core.segment[0].p_filesz;

	while (at < end) {
		Elf64_Nhdr *h = (Elf64_Nhdr *)at;
		char *desc = at + sizeof(*h) + ((h->n_namesz + 3) & ~3);

		if (h->n_type == type && n-- == 0) {
			if (size)
				*size = h->n_descsz;
			return desc;
		}
		at = desc + ((h->n_descsz + 3) & ~3);
	}
	return NULL;
}
