#pragma once

/*
 * mm/pieces.h - a vector of a program's memory, filled or emptied bit by bit,
 * by who must not care where one piece ends and the next begins.
 *
 *	struct pieces p = { .iov = iov, .nr = nr };
 *	copy_to_pieces(&p, &first, sizeof(first));
 *	copy_to_pieces(&p, &second, sizeof(second));	behind it
 *
 * The vector is the kernel's copy; what it points to are raw addresses.  Both
 * sleep, as mm/uaccess.h has it, and give how many bytes were copied: fewer
 * than @n only where memory, or the vector, ends.
 */

#include "mm/uaccess.h"

/* The place in a vector. */
struct pieces {
	const struct user_iovec *iov;
	unsigned nr;
	size_t done; /* of the first */
};

size_t copy_to_pieces(struct pieces *p, const void *from, size_t n);
size_t copy_from_pieces(struct pieces *p, void *to, size_t n);
