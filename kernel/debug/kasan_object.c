/*
 * debug/kasan_object.c - objects of slabs, who took and freed them, and what
 * a report says of the memory around a bad access; kasan.h.
 *
 * An object, its gap, and at the end of the gap two lists of callers:
 *
 *	| size bytes | gap ... | struct history |
 *	|<------------- stride ---------------->|
 */

#include "debug/kasan_internal.h"

#include "arch/hart.h"
#include "arch/memory.h"
#include "debug/backtrace.h"
#include "debug/detector.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/sched/thread.h"

#if CHECKED

#define GAP 16UL
#define CALLERS 9
#define OWN_FRAMES 1 /* note()'s */

/* Text lies within 4 GiB of its beginning. */
struct callers {
	int32_t tid;
	uint32_t n;
	uint32_t from[CALLERS];
};

struct history {
	struct callers taken, freed;
};

static struct history *history_of(const void *object, size_t stride)
{
	return (struct history *)((char *)object + stride) - 1;
}

static NOINLINE void note(struct callers *c)
{
	uint64_t from[CALLERS + OWN_FRAMES];
	unsigned n = backtrace_take((uint64_t)__builtin_frame_address(0), from,
				    CALLERS + OWN_FRAMES);
	const struct arch_thread *t = hart_self()->current;

	c->tid = t == NULL ? 0 : thread_of_arch((struct arch_thread *)t)->tid;
	c->n = 0;
	for (unsigned i = OWN_FRAMES; i < n; i++)
		c->from[c->n++] = (uint32_t)(from[i] - (uint64_t)kernel_start);
}

/* ---- slabs ---- */

size_t kasan_stride(size_t size)
{
	size_t stride = align_up(size + GAP, 16UL) + align_up(sizeof(struct history), 16UL);

	return stride <= PAGE_SIZE ? stride : size;
}

void kasan_slab_fresh(const void *page, size_t size)
{
	kasan_poison(page, size, SHADOW_UNUSED);
}

void kasan_slab_taken(void *object, size_t size, size_t stride)
{
	kasan_poison(object, stride, SHADOW_GAP);
	kasan_unpoison(object, size);
	if (stride > size + GAP)
		note(&history_of(object, stride)->taken);
}

static void explain_object(const void *object)
{
	kasan_explain((uint64_t)object);
}

bool kasan_slab_freed(void *object, size_t size, size_t stride)
{
	struct slab_object o;

	if (!slab_find(object, &o) || o.start != object ||
	    *shadow_of((uint64_t)object) >= 8) {
		detector_found_with("memory", explain_object, object,
				    "%p is freed, and nobody's", object);
		return false;
	}
	kasan_poison(object, align_up(size, 8UL), SHADOW_FREED);
	if (stride > size + GAP)
		note(&history_of(object, stride)->freed);
	return true;
}

/* ---- what a report says ---- */

static void print_callers(const char *what, const struct callers *c)
{
	uint64_t from[CALLERS];

	for (unsigned i = 0; i < c->n; i++)
		from[i] = (uint64_t)kernel_start + c->from[i];
	printk("%s by thread %d:\n", what, c->tid);
	backtrace_print_callers(from, c->n);
}

static void explain_slab(uint64_t address, const struct slab_object *o)
{
	const struct history *h = history_of(o->start, o->stride);
	uint64_t offset = address - (uint64_t)o->start;

	printk("%#lx is byte %lu of an object of %s at %p\n", address, offset,
	       o->cache, o->start);
	if (o->stride <= o->size + GAP || *shadow_of((uint64_t)o->start) == SHADOW_UNUSED)
		return;
	print_callers("it was taken", &h->taken);
	if (*shadow_of((uint64_t)o->start) == SHADOW_FREED)
		print_callers("it was freed", &h->freed);
}

#define MAX_FILES 512

static struct {
	const struct kasan_global *globals;
	size_t n;
} files[MAX_FILES]; /* (c) after boot */
static unsigned nr_files;

void kasan_global_told(const struct kasan_global *globals, size_t n)
{
	if (nr_files == MAX_FILES)
		return;
	files[nr_files].globals = globals;
	files[nr_files++].n = n;
}

static const struct kasan_global *global_at(const char *address)
{
	for (unsigned f = 0; f < nr_files; f++) {
		for (size_t i = 0; i < files[f].n; i++) {
			const struct kasan_global *g = &files[f].globals[i];

			if (address >= g->start && address < g->start + g->room)
				return g;
		}
	}
	return NULL;
}

void kasan_explain(uint64_t address)
{
	const struct kasan_global *g = global_at((const char *)address);
	struct slab_object o;

	if (g != NULL)
		printk("%#lx is byte %lu of %s (%s), which has %zu\n", address,
		       address - (uint64_t)g->start, g->name, g->module, g->size);
	else if (slab_find((const void *)address, &o))
		explain_slab(address, &o);
}

#endif
