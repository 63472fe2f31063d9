/*
 * mm/growing.c - structures that grow.
 */

#include "mm/growing.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/uaccess.h"

/* 0: they are all 0; -E2BIG: they are not. */
static int check_zeros(vaddr_t from, size_t n)
{
	uint64_t piece[4];

	while (n != 0) {
		size_t now = min(n, sizeof(piece));

		memset(piece, 0, sizeof(piece));
		if (copy_from_user(piece, from, now) < 0)
			return -EFAULT;
		if ((piece[0] | piece[1] | piece[2] | piece[3]) != 0)
			return -E2BIG;
		from += now;
		n -= now;
	}
	return 0;
}

int growing_from_user(void *to, size_t ours, vaddr_t from, size_t size)
{
	size_t known = min(ours, size);
	int err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	err = check_zeros(from + known, size - known);
	if (err < 0)
		return err;
	memset(to, 0, ours);
	return copy_from_user(to, from, known);
}
