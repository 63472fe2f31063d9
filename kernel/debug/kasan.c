/*
 * debug/kasan.c - the shadow, and what looks there; see kasan.h.
 *
 * The names that begin with __asan are the compiler's.  They, and what works
 * on memory that is nobody's, are compiled without the checks.
 */

#include "debug/kasan_internal.h"

#include "arch/context.h"
#include "arch/hart.h"
#include "arch/kstack.h"
#include "arch/memory.h"
#include "debug/detector.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/page.h"

#if CHECKED

#define UNIT 8UL /* bytes of memory that a byte of shadow is for */

static bool is_on;                  /* (c) after boot */
static uint64_t ram_start, ram_end; /* (c) addresses in the direct map */

/* ---- the shadow ---- */

static bool is_watched(uint64_t address, size_t size)
{
	if (!is_on)
		return false;
	if (address >= ram_start && address < ram_end)
		return size <= ram_end - address;
	return kstack_pa(address) != 0;
}

static void set_shadow(uint64_t from, uint64_t to, uint8_t value)
{
	if (is_watched(from, to - from))
		__real_memset(shadow_of(from), value, (to - from) / UNIT);
}

void kasan_poison(const void *start, size_t size, uint8_t why)
{
	uint64_t from = align_up((uint64_t)start, UNIT);
	uint64_t to = align_down((uint64_t)start + size, UNIT);

	if (to > from)
		set_shadow(from, to, why);
}

void kasan_unpoison(const void *start, size_t size)
{
	uint64_t from = (uint64_t)start, whole = align_down(size, UNIT);

	set_shadow(from, from + whole, 0);
	if (size != whole && is_watched(from, size))
		*shadow_of(from + whole) = (uint8_t)(size - whole);
}

void kasan_stack_left(void *start, size_t size)
{
	kasan_unpoison(start, size);
}

/* The first of @size bytes at @address that may not be touched; 0: all may. */
static uint64_t first_bad(uint64_t address, size_t size)
{
	uint64_t end = address + size, at = address;

	while (at < end) {
		int8_t may = (int8_t)*shadow_of(at);
		uint64_t next = align_down(at, UNIT) + UNIT;
		uint64_t last = min(end, next) - 1;

		if (unlikely(may < 0) || unlikely(may != 0 && (int8_t)(last % UNIT) >= may))
			return may < 0 ? at : max(at, align_down(at, UNIT) + (uint64_t)may);
		at = next;
	}
	return 0;
}

static const char *reason(uint64_t bad)
{
	uint8_t why = *shadow_of(bad);

	if (why < UNIT)
		why = *shadow_of(align_down(bad, UNIT) + UNIT);
	switch (why) {
	case SHADOW_FREE_PAGE:
		return "a free page";
	case SHADOW_PAGE_END:
		return "behind a block of pages";
	case SHADOW_UNUSED:
		return "an object that was never given out";
	case SHADOW_FREED:
		return "an object that was freed";
	case SHADOW_GAP:
		return "beside an object";
	case SHADOW_GLOBAL:
		return "beside a variable of a file";
	case SHADOW_STACK_GONE:
		return "a variable whose block is left";
	case SHADOW_STACK_LEFT:
	case SHADOW_STACK_MIDDLE:
	case SHADOW_STACK_RIGHT:
		return "beside a variable of a function";
	default:
		return "nobody's memory";
	}
}

struct access {
	uint64_t bad;
};

static void explain(const void *what)
{
	kasan_explain(((const struct access *)what)->bad);
}

static NOINLINE void found(uint64_t address, size_t size, bool write, uint64_t bad)
{
	struct access access = { bad };

	detector_found_with("memory", explain, &access, "%zu bytes %s at %#lx, of which %#lx is %s",
			    size, write ? "written" : "read", address, bad,
			    reason(bad));
}

static inline void look(uint64_t address, size_t size, bool write)
{
	uint64_t bad;

	if (unlikely(!is_watched(address, size)) || size == 0)
		return;
	bad = first_bad(address, size);
	if (unlikely(bad != 0))
		found(address, size, write, bad);
}

/* ---- called by the compiler's code ---- */

#define LOOK(bytes)								\
	void __asan_load##bytes##_noabort(uint64_t address);			\
	void __asan_store##bytes##_noabort(uint64_t address);			\
	void __asan_load##bytes##_noabort(uint64_t address)			\
	{									\
		look(address, bytes, false);					\
	}									\
	void __asan_store##bytes##_noabort(uint64_t address)			\
	{									\
		look(address, bytes, true);					\
	}

LOOK(1)
LOOK(2)
LOOK(4)
LOOK(8)
LOOK(16)

void __asan_loadN_noabort(uint64_t address, size_t size);
void __asan_storeN_noabort(uint64_t address, size_t size);
void __asan_handle_no_return(void);
void __asan_register_globals(const struct kasan_global *globals, size_t n);
void __asan_unregister_globals(const struct kasan_global *globals, size_t n);

void __asan_loadN_noabort(uint64_t address, size_t size)
{
	look(address, size, false);
}

void __asan_storeN_noabort(uint64_t address, size_t size)
{
	look(address, size, true);
}

/* The calls that are under way never end: their variables are no more. */
void __asan_handle_no_return(void)
{
	const struct arch_thread *t = hart_self()->current;
	uint64_t sp = (uint64_t)__builtin_frame_address(0);

	if (t != NULL && sp < t->kstack_top && t->kstack_top - sp < KSTACK_SIZE)
		kasan_unpoison((void *)align_down(sp, UNIT), t->kstack_top - sp);
}

void __asan_register_globals(const struct kasan_global *globals, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct kasan_global *g = &globals[i];

		kasan_poison(g->start + g->size, g->room - g->size, SHADOW_GLOBAL);
		kasan_unpoison(g->start, g->size);
	}
	kasan_global_told(globals, n);
}

void __asan_unregister_globals(const struct kasan_global *globals UNUSED, size_t n UNUSED)
{
}

/* ---- what works on memory without asking: ld --wrap ---- */

void *__wrap_memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	look((uint64_t)src, n, false);
	look((uint64_t)dst, n, true);
	return __real_memcpy(dst, src, n);
}

void *__wrap_memmove(void *dst, const void *src, size_t n)
{
	look((uint64_t)src, n, false);
	look((uint64_t)dst, n, true);
	return __real_memmove(dst, src, n);
}

void *__wrap_memset(void *dst, int byte, size_t n)
{
	look((uint64_t)dst, n, true);
	return __real_memset(dst, byte, n);
}

/* ---- pages ---- */

void kasan_pages_taken(const void *page, unsigned order)
{
	kasan_unpoison(page, PAGE_SIZE << order);
}

void kasan_pages_freed(const void *page, unsigned order)
{
	kasan_poison(page, PAGE_SIZE << order, SHADOW_FREE_PAGE);
}

void kasan_pages_cut(const void *block, size_t size, size_t room)
{
	kasan_poison(block, room, SHADOW_PAGE_END);
	kasan_unpoison(block, size);
}

/* ---- boot ---- */

void kasan_map(uint64_t start, uint64_t end, void (*map)(vaddr_t, vaddr_t))
{
	ram_start = (uint64_t)phys_to_virt(start);
	ram_end = (uint64_t)phys_to_virt(end);
	map(align_down((uint64_t)shadow_of(ram_start), PAGE_SIZE),
	    align_up((uint64_t)shadow_of(ram_end), PAGE_SIZE));
}

vaddr_t kasan_shadow(const void *address)
{
	return (vaddr_t)shadow_of((uint64_t)address);
}

void kasan_start(void)
{
	is_on = true;
	for (uint64_t va = ram_start; va < ram_end; va += PAGE_SIZE) {
		const struct page *page = page_of_address((void *)va);

		if (page_exists(va - DIRECT_MAP_BASE) && page->kind == PAGE_FREE)
			kasan_pages_freed((void *)va, 0);
	}
	for (void (*const *tell)(void) = constructors; tell < constructors_end; tell++)
		(*tell)();
}

#endif
