#pragma once

/*
 * syscall/rw_flags.h - RWF_*: how one call of preadv2() or pwritev2() reads or
 * writes, whatever its file was opened for.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct file;

/*
 * The running thread begins to read (or write) @f like this: 0, -EOPNOTSUPP (it
 * cannot be done so, or nobody knows how), -EINVAL.  What f->ops ask by
 * file_flags() is answered so until rw_flags_end().
 */
int MUST_CHECK rw_flags_begin(struct file *f, unsigned rwf);
/* It has moved @moved bytes, or this is the error: what the call answers. */
long rw_flags_end(struct file *f, unsigned rwf, bool write, long moved);
