#pragma once

/*
 * debug/kasan.h - memory that is touched must be somebody's.
 *
 * Of every eight bytes of memory a byte of *shadow* says how many may be
 * touched: 0 is all of them, 1 to 7 the first ones, and what is negative says
 * why none may.  With -fsanitize=kernel-address the compiler puts a call
 * before each load and store that looks there, and surrounds the variables of
 * functions and of files with bytes that may not be touched.  The page and
 * the slab allocator say what is given out: behind an object lies a gap, and
 * what is free waits a while before it is used again.
 *
 * A report names the object, how far beside it the access was, and the calls
 * that led to its allocation and to its end.
 *
 * The shadow of address A is at A / 8 + SHADOW_OFFSET.  It follows the direct
 * map, and only that of RAM is mapped; a stack has the same by the address that
 * it is used by (arch/kstack.h), and its guard has none.  Before kernel_map_init() all of it is
 * one page that is written and never looked at: boot code, too, marks its
 * variables (arch/riscv/entry.S).
 *
 * PROFILE=checked has it.
 */

#include "lib/compiler.h"
#include "lib/types.h"

/* The compiler is told the same number: mk/kernel.mk. */
#define SHADOW_OFFSET 0xdfffffe800000000UL
#define SHADOW_START  0xffffffe000000000UL /* of DIRECT_MAP_BASE */

#if CHECKED

/* RAM lies at [start, end): map its shadow by @map. */
void kasan_map(uint64_t start, uint64_t end,
	       void (*map)(vaddr_t start, vaddr_t end));
/* Where the shadow of @address is. */
vaddr_t kasan_shadow(const void *address);
/* From here on every access is looked at. */
void kasan_start(void);

/* 2^order pages at @page are given out, or free. */
void kasan_pages_taken(const void *page, unsigned order);
void kasan_pages_freed(const void *page, unsigned order);
/* Of @room bytes at @block only @size were asked for. */
void kasan_pages_cut(const void *block, size_t size, size_t room);

/* Nobody is in a function any more on the stack of @size bytes at @start. */
void kasan_stack_left(void *start, size_t size);

/* How far apart the objects of a slab lie, for a gap and the callers. */
size_t kasan_stride(size_t size);
/* The first @size bytes of @page are objects now, and nobody's. */
void kasan_slab_fresh(const void *page, size_t size);
/* The first @size bytes of @object are somebody's. */
void kasan_slab_taken(void *object, size_t size, size_t stride);
/* False, and told of: @object is nobody's. */
bool kasan_slab_freed(void *object, size_t size, size_t stride);

/* Touch each kind of memory wrongly; debug/detector.h. */
void kasan_test(void);

#else

static inline void kasan_map(uint64_t start UNUSED, uint64_t end UNUSED,
			     void (*map)(vaddr_t, vaddr_t) UNUSED)
{
}

static inline vaddr_t kasan_shadow(const void *address UNUSED)
{
	return 0;
}

static inline void kasan_start(void)
{
}

static inline void kasan_pages_taken(const void *page UNUSED, unsigned order UNUSED)
{
}

static inline void kasan_pages_freed(const void *page UNUSED, unsigned order UNUSED)
{
}

static inline void kasan_pages_cut(const void *block UNUSED, size_t size UNUSED,
				   size_t room UNUSED)
{
}

static inline void kasan_stack_left(void *start UNUSED, size_t size UNUSED)
{
}

static inline size_t kasan_stride(size_t size)
{
	return size;
}

static inline void kasan_slab_fresh(const void *page UNUSED, size_t size UNUSED)
{
}

static inline void kasan_slab_taken(void *object UNUSED, size_t size UNUSED,
				    size_t stride UNUSED)
{
}

static inline bool kasan_slab_freed(void *object UNUSED, size_t size UNUSED,
				    size_t stride UNUSED)
{
	return true;
}

#endif
