/*
 * fs/proc/text.c - see text.h.
 */
#include "fs/proc/text.h"

#include "debug/ksyms.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/uaccess.h"
#include "vfs/cred.h"

void text_init(struct text *t)
{
	list_init(&t->pages);
	t->length = 0;
	t->failed = false;
}

/* One page more; @t belongs to one user from its first page to its last. */
static struct page *charged_page(struct text *t)
{
	const struct cred *cred = current_cred();
	struct user *payer = user_charge(cred->user, USER_TEXT_PAGES, 1,
					 cred_can(cred, CAP_SYS_RESOURCE) ?
						 UINT64_MAX :
						 pages_total() / 16);
	struct page *page;

	if (payer == NULL)
		return NULL;
	page = page_alloc(PAGE_KERNEL);
	if (page == NULL)
		user_uncharge(payer, USER_TEXT_PAGES, 1);
	else
		t->payer = payer;
	return page;
}

void text_clear(struct text *t)
{
	struct list *link;

	while ((link = list_pop_front(&t->pages)) != NULL) {
		page_put(list_entry(link, struct page, link));
		user_uncharge(t->payer, USER_TEXT_PAGES, 1);
	}
	t->length = 0;
	t->failed = false;
}

void text_move(struct text *to, struct text *from)
{
	text_clear(to);
	list_splice_back(&to->pages, &from->pages);
	to->length = from->length;
	to->payer = from->payer;
	text_clear(from);
}

/* The page that the next byte goes to, or NULL. */
static struct page *last_page(struct text *t)
{
	struct page *page;

	if (t->length % PAGE_SIZE != 0)
		return list_entry(list_last(&t->pages), struct page, link);
	page = charged_page(t);
	if (page == NULL)
		return NULL;
	list_push_back(&t->pages, &page->link);
	return page;
}

void text_put(struct text *t, const char *s, size_t n)
{
	while (n > 0 && !t->failed) {
		size_t offset = t->length % PAGE_SIZE;
		size_t part = min(n, PAGE_SIZE - offset);
		struct page *page = last_page(t);

		if (page == NULL) {
			t->failed = true;
			return;
		}
		memcpy((char *)page_address(page) + offset, s, part);
		t->length += part;
		s += part;
		n -= part;
	}
}

static void sink(void *ctx, const char *s, size_t n)
{
	text_put(ctx, s, n);
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf_to(sink, t, fmt, ap);
	va_end(ap);
}

void text_put_place(struct text *t, uintptr_t place)
{
	uintptr_t offset;
	const char *name = ksym_lookup(place - 1, &offset);

	if (name == NULL)
		text_printf(t, " unknown");
	else
		text_printf(t, " %s+0x%lx", name, offset + 1);
}

static struct list *page_at(const struct text *t, uint64_t pos)
{
	struct list *link = t->pages.next;

	for (; pos >= PAGE_SIZE; pos -= PAGE_SIZE)
		link = link->next;
	return link;
}

ssize_t text_read(const struct text *t, uint64_t pos, vaddr_t buf, size_t n)
{
	struct list *link;
	size_t done = 0;

	if (pos >= t->length)
		return 0;
	n = min(n, t->length - pos);
	link = page_at(t, pos);
	while (done < n) {
		size_t offset = (pos + done) % PAGE_SIZE;
		size_t part = min(n - done, PAGE_SIZE - offset);
		char *page = page_address(list_entry(link, struct page, link));

		if (copy_to_user(buf + done, page + offset, part) != 0)
			return -EFAULT;
		done += part;
		link = link->next;
	}
	return (ssize_t)done;
}
