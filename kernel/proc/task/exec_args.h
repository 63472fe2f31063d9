#pragma once

/*
 * proc/task/exec_args.h - argument and environment strings on their way from the
 * old program's memory to the new one's stack.
 */

#include "lib/types.h"
#include "mm/page.h"

/* As Linux: strings and pointers together at most a quarter of the default
 * stack limit, one string at most 128 KiB. */
#define ARGS_MAX (2UL << 20)
#define ARG_STRING_MAX (128UL << 10)

/* Most programs are told no more than fits in the first of their pages. */
#define ARGS_FIRST_PAGES 8
#define ARGS_MORE_PAGES (ARGS_MAX / PAGE_SIZE - ARGS_FIRST_PAGES)

struct exec_args {
	struct page *first[ARGS_FIRST_PAGES];
	struct page **more; /* ARGS_MORE_PAGES, once they are needed; or NULL */
	size_t used; /* bytes of strings, each with its NUL */
	unsigned argc, envc;
	vaddr_t path_at, random_at, aux_at; /* once built: on the stack */
};

void exec_args_init(struct exec_args *a);
void exec_args_destroy(struct exec_args *a);

/* Append one string; -E2BIG, -EFAULT, -ENOMEM. */
int exec_args_add_kernel(struct exec_args *a, const char *s);
int exec_args_add_user(struct exec_args *a, vaddr_t s);
/* Append the strings of a NULL-terminated vector in user memory, without
 * the first @skip; how many go to *@count.  A NULL vector is empty. */
int exec_args_add_vector(struct exec_args *a, vaddr_t vector, unsigned skip,
			 unsigned *count);

/* What goes on the stack besides the strings. */
#define NR_AUXV 20

/* As it is in the memory of the program, and in /proc/PID/auxv. */
struct auxv_entry {
	uint64_t type, value;
};

struct mm;
/*
 * Write the strings and the vectors to the top of @mm's stack; the last
 * string is the program's path.  The new stack pointer, or -errno.
 */
long exec_args_build(struct exec_args *a, struct mm *mm, vaddr_t stack_top);
/* Then, when all is known: @aux, which ends with AT_NULL, @nr of them.
 * AT_RANDOM and AT_EXECFN are filled in.  There is memory for it by now. */
void exec_args_write_aux(struct exec_args *a, struct mm *mm,
			 struct auxv_entry *aux);
