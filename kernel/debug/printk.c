/*
 * debug/printk.c - formatting into a line, and one lock for the console.
 *
 * Interrupts are off only while a chunk is written, since a UART may be slow.
 */

#include "debug/printk.h"

#include "arch/console.h"
#include "arch/hart.h"
#include "debug/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "sync/spinlock.h"

#define LINE_MAX 256
#define CHUNK 128 /* most messages, so that harts do not mix theirs */

static struct spinlock console_lock = SPINLOCK_INIT(RANK_CONSOLE);
static unsigned shown_below = PRINTK_LEVEL_ALL; /* (a) */
static bool muted;      /* (a) */
static bool panic_mode; /* (a) set once */

static void firmware_put(const char *s, size_t n)
{
	while (n-- > 0)
		console_firmware_putc(*s++);
}

static void (*output)(const char *s, size_t n) = firmware_put; /* (c) after boot */

void console_set_output(void (*put)(const char *s, size_t n))
{
	output = put;
}

void printk_set_level(unsigned level)
{
	WRITE_ONCE(shown_below, level);
	WRITE_ONCE(muted, false);
}

void printk_mute(bool on)
{
	WRITE_ONCE(muted, on);
}

static bool is_shown(void)
{
	return LOG_LEVEL < READ_ONCE(shown_below) && !READ_ONCE(muted);
}

void printk_panic_mode(void)
{
	WRITE_ONCE(panic_mode, true);
}

void console_write(const char *s, size_t n)
{
	if (READ_ONCE(panic_mode)) {
		output(s, n);
		return;
	}
	while (n > 0) {
		size_t chunk = min(n, (size_t)CHUNK);
		unsigned long irq = spin_lock_irqsave(&console_lock);

		output(s, chunk);
		spin_unlock_irqrestore(&console_lock, irq);
		s += chunk;
		n -= chunk;
	}
}

static size_t print_time(char *line)
{
	uint64_t us = 0;

	if (ticks_per_second != 0)
		us = ticks_to_ns(clock_ticks()) / 1000;
	return ksnprintf(line, LINE_MAX, "[%5lu.%06lu] ", us / 1000000,
			 us % 1000000);
}

void printk(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	size_t n = print_time(line);

	va_start(ap, fmt);
	kvsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	if (!READ_ONCE(panic_mode))
		log_append(line);
	if (is_shown() || READ_ONCE(panic_mode))
		console_write(line, strlen(line));
}
