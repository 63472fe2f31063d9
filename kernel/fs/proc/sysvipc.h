#pragma once

/*
 * fs/proc/sysvipc.h - the texts about System V IPC: who knows them stands
 * beside this layer, so they are made above both, in syscall/sysvipc_texts.c.
 */

#include "fs/proc/text.h"

struct procfs_entry;

/* /proc/sysvipc */
int procfs_show_sysvipc_sem(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_show_sysvipc_shm(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_show_sysvipc_msg(struct text *t, const struct procfs_entry *e); /* upcall */

/* /proc/sys/kernel */
int procfs_show_kernel_sem(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_kernel_sem(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_shmmax(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_shmmax(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_shmall(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_shmall(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_shmmni(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_shmmni(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_msgmax(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_msgmax(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_msgmnb(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_msgmnb(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_msgmni(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_msgmni(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_sem_next_id(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_sem_next_id(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_shm_next_id(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_shm_next_id(const char *word, const struct procfs_entry *e); /* upcall */
int procfs_show_msg_next_id(struct text *t, const struct procfs_entry *e); /* upcall */
int procfs_store_msg_next_id(const char *word, const struct procfs_entry *e); /* upcall */
