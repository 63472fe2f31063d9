/*
 * debug/log.c - see log.h.
 *
 * Positions count all bytes that there ever were, so one that is kept says what
 * is new since, whatever has been overwritten.
 */
#include "debug/log.h"

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/string.h"
#include "sync/spinlock.h"

static struct spinlock log_lock = SPINLOCK_INIT(RANK_CONSOLE);
static char ring[LOG_SIZE] GUARDED_BY(log_lock);
static uint64_t first GUARDED_BY(log_lock);   /* the oldest line begins here */
static uint64_t end GUARDED_BY(log_lock);     /* behind the newest */
static uint64_t taken GUARDED_BY(log_lock);   /* up to here */
static uint64_t cleared GUARDED_BY(log_lock); /* up to here */

static char byte_at(uint64_t at) REQUIRES(log_lock)
{
	return ring[at % LOG_SIZE];
}

/* Where a line begins, at @at or behind. */
static uint64_t next_line(uint64_t at) REQUIRES(log_lock)
{
	while (at > first && at < end && byte_at(at - 1) != '\n')
		at++;
	return at;
}

/* @n bytes will be written over the oldest. */
static void make_room(size_t n) REQUIRES(log_lock)
{
	uint64_t kept = end + n > LOG_SIZE ? end + n - LOG_SIZE : 0;

	if (first < kept)
		first = next_line(kept);
}

static void append(const char *s, size_t n) REQUIRES(log_lock)
{
	make_room(n);
	for (size_t i = 0; i < n; i++)
		ring[(end + i) % LOG_SIZE] = s[i];
	end += n;
}

void log_append(unsigned level, const char *line)
{
	const char head[] = { '<', (char)('0' + level % 8), '>' };
	unsigned long irq = spin_lock_irqsave(&log_lock);

	append(head, sizeof(head));
	append(line, strlen(line));
	spin_unlock_irqrestore(&log_lock, irq);
}

static size_t read(uint64_t *at, char *buf, size_t n) REQUIRES(log_lock)
{
	*at = max(*at, first);
	n = min(n, (size_t)(end - *at));
	for (size_t i = 0; i < n; i++)
		buf[i] = byte_at(*at + i);
	*at += n;
	return n;
}

size_t log_read(uint64_t *at, char *buf, size_t n)
{
	unsigned long irq = spin_lock_irqsave(&log_lock);

	n = read(at, buf, n);
	spin_unlock_irqrestore(&log_lock, irq);
	return n;
}

size_t log_take(char *buf, size_t n)
{
	unsigned long irq = spin_lock_irqsave(&log_lock);

	n = read(&taken, buf, n);
	spin_unlock_irqrestore(&log_lock, irq);
	return n;
}

size_t log_untaken(void)
{
	unsigned long irq = spin_lock_irqsave(&log_lock);
	size_t n = end - max(taken, first);

	spin_unlock_irqrestore(&log_lock, irq);
	return n;
}

uint64_t log_last(size_t n)
{
	unsigned long irq = spin_lock_irqsave(&log_lock);
	uint64_t from = max(first, cleared);

	if (end - from > n)
		from = next_line(end - n);
	spin_unlock_irqrestore(&log_lock, irq);
	return from;
}

void log_clear(void)
{
	unsigned long irq = spin_lock_irqsave(&log_lock);

	cleared = end;
	spin_unlock_irqrestore(&log_lock, irq);
}
