#pragma once

/*
 * vfs/fs_context.h - a process's place among the names: its root, its current
 * directory; and the umask.  Processes may share one (CLONE_FS).
 */

#include "lib/types.h"

struct fs_context;
struct path;

/* NULL: no memory. */
struct fs_context *fs_context_create(void);
struct fs_context *fs_context_copy(struct fs_context *from);
void fs_context_get(struct fs_context *fs);
void fs_context_put(struct fs_context *fs);
/* More than one process uses it. */
bool fs_context_is_shared(const struct fs_context *fs);

/* Root or current directory, with references.  _locked: for /proc, whose
 * links are read with names locked. */
struct path fs_context_root_locked(struct fs_context *fs);
struct path fs_context_cwd_locked(struct fs_context *fs);
struct path fs_context_cwd(struct fs_context *fs);
unsigned fs_context_umask(const struct fs_context *fs);
