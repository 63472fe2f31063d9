#pragma once

/*
 * mm/growing.h - structures of the ABI that grow from one version to the
 * next, so that a program says how large its own is.
 *
 *	struct open_how how;
 *
 *	if (size < FIRST_SIZE)		the least that there ever was
 *		return -EINVAL;
 *	err = growing_from_user(&how, sizeof(how), from, size);
 *
 * An older program's is shorter: what is missing is 0, which means what it
 * meant before.  A newer one's is longer: what it adds is 0, or asks for
 * something that this kernel does not know.
 */

#include "lib/compiler.h"
#include "lib/types.h"

/*
 * The @size bytes at @from as @to of @ours bytes: 0, -EFAULT; -E2BIG: more than
 * a page, or there is something in the part that we do not know.  Sleeps.
 */
int MUST_CHECK growing_from_user(void *to, size_t ours, vaddr_t from,
				 size_t size);
