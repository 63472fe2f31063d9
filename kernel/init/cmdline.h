#pragma once

/*
 * init/cmdline.h - the kernel's command line, as words.
 *
 *	quiet tlb=rfence init=/bin/sh seed=7 -- arguments for init
 */

#include "lib/types.h"

#define CMDLINE_MAX 1024
#define INIT_ARGS_MAX 64

/* Keep a copy of @text; panics when it is too long. */
void cmdline_init(const char *text);
/* The whole, for /proc/cmdline. */
const char *cmdline_text(void);
/* The value of the last "name=value" before "--", or NULL. */
const char *cmdline_value(const char *name);
/* The word @name stands alone before "--". */
bool cmdline_has(const char *name);
/* Process 1's argv: @path, then the words after "--".  NULL-terminated. */
char *const *cmdline_init_argv(const char *path);
/* Says which words drover does not know. */
void cmdline_check(void);
