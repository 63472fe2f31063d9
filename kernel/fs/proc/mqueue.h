#pragma once

/*
 * fs/proc/mqueue.h - the limits of POSIX message queues, /proc/sys/fs/mqueue:
 * who knows them stands beside this layer, so the texts are made above both, in
 * syscall/mqueue_texts.c.
 */

#include "fs/proc/text.h"

struct procfs_entry;

int procfs_show_msg_default(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_msg_default(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_msg_max(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_msg_max(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_msgsize_default(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_msgsize_default(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_msgsize_max(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_msgsize_max(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_queues_max(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_queues_max(const char *word, const struct procfs_entry *e); /* upcall */
