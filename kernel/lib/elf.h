#pragma once

/*
 * lib/elf.h - the parts of the ELF64 format that loading a program needs,
 * and the auxiliary vector that tells the program where it is.
 *
 * Structures are as they stand in the file, little-endian.  Nothing in them
 * is to be believed before it was checked.
 */

#include "lib/types.h"

#define ELF_MAGIC	"\177ELF"
#define ELF_MAGIC_LEN	4

/* Indices into e_ident, and the values we accept there. */
#define EI_CLASS	4
#define EI_DATA		5
#define EI_VERSION	6
#define EI_NIDENT	16
#define ELFCLASS64	2
#define ELFDATA2LSB	1
#define EV_CURRENT	1

#define EM_RISCV	243

/* e_flags: which floating-point registers the calling convention uses. */
#define EF_RISCV_RVC		0x1
#define EF_RISCV_FLOAT_ABI	0x6

enum { ET_NONE, ET_REL, ET_EXEC, ET_DYN, ET_CORE };

struct elf64_ehdr {
	uint8_t e_ident[EI_NIDENT];
	uint16_t e_type;	/* ET_ */
	uint16_t e_machine;	/* EM_ */
	uint32_t e_version;
	uint64_t e_entry;	/* first instruction */
	uint64_t e_phoff;	/* file offset of the program headers */
	uint64_t e_shoff;
	uint32_t e_flags;	/* EF_ */
	uint16_t e_ehsize;
	uint16_t e_phentsize;	/* bytes of one program header */
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx;
};

_Static_assert(sizeof(struct elf64_ehdr) == 64, "as in the file");

enum {
	PT_NULL,
	PT_LOAD,	/* map it */
	PT_DYNAMIC,
	PT_INTERP,	/* wants a dynamic linker */
	PT_NOTE,
	PT_SHLIB,
	PT_PHDR,	/* where the headers themselves are mapped */
	PT_TLS,
	PT_GNU_EH_FRAME = 0x6474e550,
	PT_GNU_STACK    = 0x6474e551, /* its PF_X asks for a runnable stack */
	PT_GNU_RELRO    = 0x6474e552,
	PT_GNU_PROPERTY = 0x6474e553,
	PT_RISCV_ATTRIBUTES = 0x70000003,
};

/* p_flags */
#define PF_X	0x1
#define PF_W	0x2
#define PF_R	0x4

struct elf64_phdr {
	uint32_t p_type;	/* PT_ */
	uint32_t p_flags;	/* PF_ */
	uint64_t p_offset;	/* in the file */
	uint64_t p_vaddr;	/* in memory; congruent to p_offset per page */
	uint64_t p_paddr;
	uint64_t p_filesz;	/* bytes from the file; the rest are zero */
	uint64_t p_memsz;
	uint64_t p_align;
};

_Static_assert(sizeof(struct elf64_phdr) == 56, "as in the file");

/* One pair of the auxiliary vector, which ends with AT_NULL. */
struct elf64_auxv {
	uint64_t a_type;	/* AT_ */
	uint64_t a_val;
};

enum {
	AT_NULL,
	AT_IGNORE,
	AT_EXECFD,
	AT_PHDR,		/* address of the program headers */
	AT_PHENT,		/* bytes of one */
	AT_PHNUM,		/* how many */
	AT_PAGESZ,
	AT_BASE,		/* where the dynamic linker was loaded */
	AT_FLAGS,
	AT_ENTRY,		/* the program's first instruction */
	AT_NOTELF,
	AT_UID,
	AT_EUID,
	AT_GID,
	AT_EGID,
	AT_PLATFORM,
	AT_HWCAP,		/* a bit for each letter of the ISA */
	AT_CLKTCK,		/* clock ticks per second, for times() */
	AT_SECURE = 23,
	AT_BASE_PLATFORM,
	AT_RANDOM,		/* address of 16 random bytes */
	AT_HWCAP2,
	AT_RSEQ_FEATURE_SIZE,	/* what the kernel knows of struct rseq */
	AT_RSEQ_ALIGN,
	AT_EXECFN = 31,		/* address of the program's path */
	AT_SYSINFO_EHDR = 33,	/* address of the vDSO */
	AT_L1I_CACHESIZE = 40,
	AT_L1I_CACHEGEOMETRY,
	AT_L1D_CACHESIZE,
	AT_L1D_CACHEGEOMETRY,
	AT_L2_CACHESIZE,
	AT_L2_CACHEGEOMETRY,
	AT_MINSIGSTKSZ = 51,
};
