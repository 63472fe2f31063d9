#pragma once

/*
 * fs/proc/text.h - text that grows as it is written.
 *
 * It is kept in whole pages, so it may become long without a long piece of
 * free memory, and written under any lock.  What does not fit for lack of
 * memory is dropped; text_failed() says so afterwards.
 *
 * An open file keeps its text, and a process may have thousands open, each of
 * megabytes.  So the pages are charged to the user who has them written, and
 * he is refused more than a sixteenth of memory.
 */

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

struct text {
	struct list pages; /* struct page.link, in order */
	size_t length;
	struct user *payer; /* of each page; a reference for each */
	bool failed;
};

void text_init(struct text *t);
/* Back to empty. */
void text_clear(struct text *t);
/* @to says what @from did, which is empty then. */
void text_move(struct text *to, struct text *from);
void text_put(struct text *t, const char *s, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __printf(2, 3);
/* " function+0x1c", of what a call returns to. */
void text_put_place(struct text *t, uintptr_t place);

static inline bool text_failed(const struct text *t)
{
	return t->failed;
}

/* Up to @n bytes from @pos on to user memory: how many, or -EFAULT. */
ssize_t text_read(const struct text *t, uint64_t pos, vaddr_t buf, size_t n);
