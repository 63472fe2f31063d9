#pragma once

/*
 * fs/proc/aio.h - the limit of what is asked for by io_setup(), /proc/sys/fs: who
 * knows it stands beside this layer, so the texts are made above both, in
 * syscall/aio_texts.c.
 */

#include "fs/proc/text.h"

struct procfs_entry;

int procfs_show_aio_max(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_aio_max(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_aio_nr(struct text *t, const struct procfs_entry *e); /* upcall */
