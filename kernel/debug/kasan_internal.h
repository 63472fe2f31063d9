#pragma once

/*
 * debug/kasan_internal.h - between the files of KASAN.
 */

#include "debug/kasan.h"
#include "lib/types.h"

/* Why a byte may not be touched; those of variables are the compiler's. */
enum {
	SHADOW_FREE_PAGE = 0xff,
	SHADOW_PAGE_END = 0xfe,   /* of a block of pages, behind what was asked */
	SHADOW_UNUSED = 0xfd,     /* an object that was never given out */
	SHADOW_GAP = 0xfc,        /* between objects */
	SHADOW_FREED = 0xfb,
	SHADOW_GLOBAL = 0xf9,
	SHADOW_STACK_LEFT = 0xf1,
	SHADOW_STACK_MIDDLE = 0xf2,
	SHADOW_STACK_RIGHT = 0xf3,
	SHADOW_STACK_GONE = 0xf8,
};

/* A variable that the compiler has put gaps behind. */
struct kasan_global {
	const char *start;
	size_t size, room;
	const char *name, *module;
	uint64_t has_constructor;
	const void *place, *indicator;
};

static inline uint8_t *shadow_of(uint64_t address)
{
	return (uint8_t *)((address >> 3) + SHADOW_OFFSET);
}

/* The whole eights of [start, start + size) may not be touched, because @why. */
void kasan_poison(const void *start, size_t size, uint8_t why);
/* @size bytes may. */
void kasan_unpoison(const void *start, size_t size);

void kasan_global_told(const struct kasan_global *globals, size_t n);
/* What is around @address, line by line, after a report. */
void kasan_explain(uint64_t address);

/* lib/string.c's; who calls them by their names asks first. */
void *__real_memcpy(void *restrict dst, const void *restrict src, size_t n);
void *__real_memmove(void *dst, const void *src, size_t n);
void *__real_memset(void *dst, int byte, size_t n);
void *__wrap_memcpy(void *restrict dst, const void *restrict src, size_t n);
void *__wrap_memmove(void *dst, const void *src, size_t n);
void *__wrap_memset(void *dst, int byte, size_t n);

/* From kernel.ld: one function for each file that has variables. */
extern void (*const constructors[])(void);
extern void (*const constructors_end[])(void);
