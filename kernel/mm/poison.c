/*
 * mm/poison.c - see poison.h.
 */

#include "mm/poison.h"

#include "lib/bug.h"
#include "mm/page.h"

#if LAB

#define POISON_WORD 0xdbdbdbdbdbdbdbdbUL
#define PAGE_WORDS (PAGE_SIZE / sizeof(uint64_t))

static void fill(struct page *page)
{
	uint64_t *words = page_address(page);

	for (size_t i = 0; i < PAGE_WORDS; i++)
		words[i] = POISON_WORD;
}

/* index remembers that there is poison: fresh RAM is not touched at boot. */
void poison_fill(struct page *page)
{
	page->index = POISON_WORD;
	fill(page);
}

/* Every word of the free @page is @word. */
static void check_words(const struct page *page, uint64_t word)
{
	const uint64_t *words = page_address(page);

	for (size_t i = 0; i < PAGE_WORDS; i++)
		if (unlikely(words[i] != word))
			panic("page %#lx was written after it was freed (at +%#lx: %#lx)",
			      page_pa(page), i * sizeof(*words), words[i]);
}

void poison_check(struct page *page)
{
	if (page->index == POISON_WORD)
		check_words(page, POISON_WORD);
	else
		fill(page);
	page->index = 0;
}

void poison_check_zeroed(const struct page *page)
{
	check_words(page, 0);
}

#endif
