#pragma once

/*
 * libraces.h - the race points of drover's lab kernel, seen from a program.
 *
 * /proc/drover/races shows and sets what happens at race points;
 * /proc/drover/bugs says which choreography is for which tests. On another
 * kernel, and in the release build, there are none of these files.
 */

#include <stdbool.h>
#include <stddef.h>

enum { MAX_MODES = 32, MODE_NAME = 40 };

/* Race points are there, and this is the right kernel. */
bool races_are_free(void);
void races_set_mode(const char *mode);
/* The modes a test should be run with: noise, and its choreographies. */
int races_modes(const char *test, char modes[MAX_MODES][MODE_NAME]);
/* Print as comments how often the windows of the kernel's bugs were reached. */
void races_print_windows(void);
/*
 * Append to @text the windows of @mode, a choreography, that no thread has
 * reached since the kernel was booted. False: there are none.
 */
bool races_missed(const char *mode, char *text, size_t size);

/*
 * Print as comments which kernel this is, and the events that led to a
 * failure, one column a hart: up to where the test wrote "stop" to
 * /proc/drover/trace, or else up to now.
 */
void trace_print(const char *why);
/* After a test, whatever it wrote. */
void trace_restart(void);
