#pragma once

/*
 * proc/task/acct.h - process accounting: a record in a file for each process
 * that has ended, as acct(5) describes it (struct acct_v3).
 */

#include "lib/types.h"

struct file;
struct proc;

void acct_init(void); /* boot */

/*
 * From now on records go to @f, a regular file with a page cache whose reference
 * is taken over; NULL: nobody asks for them any more. Where they went so far gets
 * one of the running process, as on Linux, and nothing after the return.
 */
void acct_set(struct file *f);

/* The running process @p, whose last thread this is, ends with @status, as wait4
 * reports it; it had @pages of address space. Nobody has been told so far. */
void acct_exit(struct proc *p, int status, uint64_t pages);
