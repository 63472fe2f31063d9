#pragma once

/*
 * vfs/fs_setup.h - a file system that is put together piece by piece, through an
 * open file: fsopen(), fspick(), fsconfig(), fsmount().
 *
 *	fsopen		a type, and what is said of a new one, word by word
 *	fspick		one that is there, and what is to be said of it
 *	fsconfig	a word; or: make it; or: change it
 *	fsmount		the new one as a mount that is nowhere yet
 *
 * All may sleep; of a file that is no such one they say -EINVAL.  Rights are the
 * caller's business.
 */

#include "lib/types.h"

struct file;
struct path;

#define FS_SETUP_KEY_MAX 256 /* bytes of a key or a value, with the NUL */

/* A new one of @type: 0; -ENODEV (nobody knows it), -ENOMEM, -ENFILE. */
int fs_setup_new(const char *type, struct file **out);
/* What is mounted with its root at @at, which is the mount's, else -EINVAL. */
int fs_setup_pick(const struct path *at, struct file **out);

/* @key is so, or is @value (NULL: it has none): 0; -EINVAL (not known, or said
 * twice, or too much), -EBUSY (it is not the time for it), -ENOMEM. */
int fs_setup_say(struct file *f, const char *key, const char *value);
/* Make the new one, or change the picked one: 0; -EBUSY (also: it is there already
 * and was to be new), or its own error. */
int fs_setup_make(struct file *f, bool exclusively);
int fs_setup_change(struct file *f);
/* The new one as a file that stands for its mount, with MOUNT_* @flags. */
int fs_setup_mount(struct file *f, unsigned flags, struct file **out);
