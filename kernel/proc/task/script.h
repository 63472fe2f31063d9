#pragma once

/*
 * proc/task/script.h - from the path given to exec to the ELF file to load,
 * through up to five "#! interpreter" lines.
 */

#include "lib/types.h"

#define SCRIPT_DEPTH 5
#define SCRIPT_LINE 256 /* bytes of a file that are looked at */

struct file;

struct program {
	struct file *file; /* the ELF file, or what pretends to be one */
	const char *path;  /* as given to exec */
	/* What comes before the caller's argv[1]; empty for no script. */
	unsigned nr_prefix;
	char *prefix[2 * SCRIPT_DEPTH + 1];
};

/* 0, or an errno of opening; -ELOOP: too many scripts; -ENOEXEC: a line
 * without an interpreter.  @path stays the caller's. */
int program_open(struct program *p, int dirfd, const char *path, int flags);
void program_close(struct program *p);
