#pragma once

/*
 * vfs/dir.h - open directories, of any file system.
 */

struct file;
struct file_ops;

extern const struct file_ops dir_file_ops;
/* The position of anything that is read from its beginning: SEEK_SET and
 * SEEK_CUR; -EINVAL for the rest. */
long dir_lseek(struct file *f, long offset, int whence);
