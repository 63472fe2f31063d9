#pragma once

/*
 * vfs/busy.h - a program that runs is not written to.
 *
 * An inode's open_to_write counts who may write to its bytes, upwards; or, below
 * zero, who has it as his program.  Never both: whoever comes second is refused
 * with -ETXTBSY, and of two at once exactly one.
 *
 * A program is busy as long as its open file lives (mm->exe): from before its
 * bytes are looked at until the last process that runs it is gone.  An ELF
 * interpreter is only while it is loaded.
 */

#include "lib/compiler.h"

struct file;
struct inode;

/* One more who may write: 0, or -ETXTBSY. */
int MUST_CHECK inode_begin_writing(struct inode *inode);
void inode_end_writing(struct inode *inode);

/* @f, which nobody else sees yet, is a program: 0, or -ETXTBSY.  Until its end,
 * or file_is_no_program(). */
int MUST_CHECK file_is_program(struct file *f);
void file_is_no_program(struct file *f);
