/*
 * debug/kasan_test.c - memory that is nobody's, touched on purpose; kasan.h.
 *
 * What each is reported with stands in tests/boot/checked.t.
 */

#include "debug/detector.h"
#include "debug/kasan.h"
#include "lib/compiler.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

#if CHECKED

static volatile char sink;
static char variable[20];
static char *volatile kept;
static volatile size_t hundred = 100;

static void behind_object(void)
{
	volatile char *object = kmalloc(hundred);

	object[100] = 1;
	kfree((void *)object);
}

/* Of two at most one is the first of its slab: before that is a page that may be
 * anybody's, and no gap. */
static void before_object(void)
{
	volatile char *one = kmalloc(hundred), *other = kmalloc(hundred);

	sink = ((uintptr_t)one % PAGE_SIZE != 0 ? one : other)[-1];
	kfree((void *)one);
	kfree((void *)other);
}

static void freed_object(void)
{
	volatile char *object = kmalloc(hundred);

	kfree((void *)object);
	sink = object[50];
}

static void freed_twice(void)
{
	kept = kmalloc(hundred);
	kfree(kept);
	kfree(kept);
}

static void freed_inside(void)
{
	kept = kmalloc(hundred);
	kfree(kept + 16);
	kfree(kept);
}

static void behind_pages(void)
{
	volatile char *block = kmalloc(hundred * 100);

	sink = block[10000];
	kfree((void *)block);
}

static void freed_page(void)
{
	struct page *page = page_alloc(PAGE_KERNEL);
	volatile char *bytes = page_address(page);

	page_put(page);
	sink = bytes[7];
}

static void behind_local(void)
{
	char local[20];

	kept = local;
	sink = kept[hundred / 5];
	kept = variable; /* @local ends here */
}

static void behind_global(void)
{
	kept = variable;
	kept[hundred / 5] = 1;
}

static void copied_too_far(void)
{
	char *object = kmalloc(hundred);

	memset(object, 0, hundred);
	kept = variable;
	memcpy(kept, object, hundred / 4);
	kfree(object);
}

/* To the last byte of each, and each freed once. */
static void all_is_well(void)
{
	volatile char *object = kmalloc(hundred), *block = kmalloc(hundred * 100);
	char local[20];

	kept = local;
	kept[hundred / 5 - 1] = 0;
	object[99] = block[9999] = kept[19];
	memcpy(variable, local, hundred / 5);
	kfree((void *)object);
	kfree((void *)block);
}

static const struct planted faults[] = {
	{ "behind an object", behind_object, false },
	{ "before an object", before_object, false },
	{ "an object that was freed", freed_object, false },
	{ "freed twice", freed_twice, false },
	{ "freed inside", freed_inside, false },
	{ "behind pages", behind_pages, false },
	{ "a page that was freed", freed_page, false },
	{ "behind a variable of a function", behind_local, false },
	{ "behind a variable of a file", behind_global, false },
	{ "copied too far", copied_too_far, false },
	{ "what is allowed", all_is_well, true },
};

void kasan_test(void)
{
	detector_test("kasan", faults, ARRAY_SIZE(faults));
}

#endif
