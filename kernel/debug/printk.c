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
static bool panic_mode; /* (a) set once */

uint32_t printk_levels[] = {
	[PRINTK_SHOWN] = PRINTK_LEVEL_ALL,
	[PRINTK_MESSAGE] = 6, /* information */
	[PRINTK_LEAST] = 1,
	[PRINTK_USUAL] = PRINTK_LEVEL_ALL,
};

/* What printk_unmute() goes back to; 0: nothing to go back to. */
static uint32_t before_mute; /* (a) */

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

static uint32_t level_of(enum printk_level which)
{
	return READ_ONCE(printk_levels[which]);
}

void printk_set_level(unsigned level)
{
	WRITE_ONCE(printk_levels[PRINTK_SHOWN], max(level, level_of(PRINTK_LEAST)));
	WRITE_ONCE(before_mute, 0);
}

void printk_mute(void)
{
	if (READ_ONCE(before_mute) == 0)
		WRITE_ONCE(before_mute, level_of(PRINTK_SHOWN));
	WRITE_ONCE(printk_levels[PRINTK_SHOWN], level_of(PRINTK_LEAST));
}

void printk_unmute(void)
{
	uint32_t level = READ_ONCE(before_mute);

	if (level != 0)
		printk_set_level(level);
}

static bool is_shown(void)
{
	return level_of(PRINTK_MESSAGE) < level_of(PRINTK_SHOWN);
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
		log_append(level_of(PRINTK_MESSAGE), line);
	if (is_shown() || READ_ONCE(panic_mode))
		console_write(line, strlen(line));
}
