/*
 * mm/pieces.c - see pieces.h.
 */
#include "mm/pieces.h"

#include "lib/bits.h"

/* What is left of the first piece; 0: there is no piece left. */
static size_t rest_of_piece(const struct pieces *p)
{
	return p->nr == 0 ? 0 : p->iov->length - p->done;
}

/* @n bytes of the first piece are copied. */
static void advance(struct pieces *p, size_t n)
{
	p->done += n;
	while (p->nr > 0 && p->done == p->iov->length) {
		p->iov++;
		p->nr--;
		p->done = 0;
	}
}

/* Between @kernel and the place @p; @out: to the program. */
static size_t copy(struct pieces *p, char *kernel, size_t n, bool out)
{
	size_t copied = 0;

	advance(p, 0); /* over pieces of no bytes */
	while (copied < n && p->nr > 0) {
		size_t part = min(n - copied, rest_of_piece(p)), got;
		vaddr_t at = p->iov->base + p->done;

		got = out ? copy_to_user_partial(at, kernel + copied, part) :
			    copy_from_user_partial(kernel + copied, at, part);
		copied += got;
		advance(p, got);
		if (got < part)
			break;
	}
	return copied;
}

size_t copy_to_pieces(struct pieces *p, const void *from, size_t n)
{
	return copy(p, (char *)(uintptr_t)from, n, true);
}

size_t copy_from_pieces(struct pieces *p, void *to, size_t n)
{
	return copy(p, to, n, false);
}
