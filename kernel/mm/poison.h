#pragma once

/*
 * mm/poison.h - what is in a free page.  Lab build only.
 *
 * A page is filled with poison when it is freed.  Whoever hands it out looks
 * whether all of it is still there; a word that is not was written by someone
 * who had given the page up.
 *
 * Nor does a page begin with zeros that nobody has asked for: who reads from
 * it what he has not written gets poison, which is no address and no bool.
 */

#include "lib/compiler.h"

struct page;

#if LAB
/* @page is free from now on. */
void poison_fill(struct page *page);
/* @page is about to be used, and need not be zero: panic if it is not as
 * poison_fill() left it; poison if that has never seen it. */
void poison_check(struct page *page);
/* The same for one that was kept free with all its bytes zero. */
void poison_check_zeroed(const struct page *page);
#else
static inline void poison_fill(struct page *page UNUSED)
{
}

static inline void poison_check(struct page *page UNUSED)
{
}

static inline void poison_check_zeroed(const struct page *page UNUSED)
{
}
#endif
