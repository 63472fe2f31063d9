#pragma once

/*
 * debug/log.h - the last messages of the kernel, for who asks later.
 *
 * Lines as Linux's syslog(2) gives them, "<6>[   12.345678] text", in a ring:
 * the oldest go, whole.  What was taken or cleared is there yet, and not given
 * again.
 *
 * Nobody is woken when there is more: who says something may hold any lock.
 */

#include "lib/types.h"

#define LOG_SIZE 65536UL

/* Append a line that ends with a newline, and how urgent it is (0 to 7); any
 * context, any lock held. */
void log_append(unsigned level, const char *line);

/* Up to @n bytes of what nobody has taken yet, the oldest first: how many. */
size_t log_take(char *buf, size_t n);
size_t log_untaken(void);

/* Of what was not cleared, where the last lines begin that fit into @n bytes;
 * and up to @n bytes from *@at on, which is moved behind them: how many. */
uint64_t log_last(size_t n);
size_t log_read(uint64_t *at, char *buf, size_t n);
/* But for log_take(). */
void log_clear(void);
