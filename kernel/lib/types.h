#pragma once

/*
 * lib/types.h - the words every other header is written in.
 *
 * Sizes and addresses are in bytes.  A physical and a virtual address are
 * both plain integers to the compiler; the two names are for the reader.
 * The headers included here belong to the compiler, not to a C library.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t; /* physical address */
typedef uint64_t vaddr_t; /* virtual address, of the kernel or of a program */

/* A count of bytes, or a negated error number. */
#if __STDC_HOSTED__
#include <sys/types.h> /* unit tests on the host have it from there */
#else
typedef long ssize_t;
#endif

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096UL
