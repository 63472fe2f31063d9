/*
 * mm/quarantine.c - see quarantine.h.
 *
 * A line's lock is a word: the hart's own interrupt handlers stay out since
 * interrupts are off, and other harts come only when memory has run out.
 */

#include "mm/quarantine.h"

#include "arch/barrier.h"
#include "arch/hart.h"

#if LAB

#define LINE_LENGTH 128UL

static struct line {
	uint32_t locked;  /* (a) ORDER quarantine-lock */
	uint64_t in, out; /* (locked) blocks that came and went */
	uint64_t frames;  /* (locked) */
	uint64_t turn;    /* (locked) */
	struct quarantined blocks[LINE_LENGTH]; /* (locked) */
} __aligned(64) lines[MAX_HARTS];

static void lock(struct line *line)
{
	/* ORDER quarantine-lock, taking side; the other is in unlock(). */
	spin_until(atomic_replace(&line->locked, 0, 1));
}

static void unlock(struct line *line)
{
	/* ORDER quarantine-lock, releasing side; the other is in lock(). */
	store_release(&line->locked, 0);
}

static struct quarantined pop(struct line *line)
{
	struct quarantined block = { QUARANTINE_NONE, 0 };

	if (line->in != line->out) {
		block = line->blocks[line->out++ % LINE_LENGTH];
		WRITE_ONCE(line->frames, line->frames - (1UL << block.order));
	}
	return block;
}

struct quarantined quarantine_put(struct quarantined block)
{
	struct quarantined out = { QUARANTINE_NONE, 0 };
	unsigned long irq = irq_save();
	struct line *line = &lines[hart_id()];

	lock(line);
	if (line->turn++ % 2 == 0) {
		out = block;
	} else {
		if (line->in - line->out == LINE_LENGTH)
			out = pop(line);
		line->blocks[line->in++ % LINE_LENGTH] = block;
		WRITE_ONCE(line->frames, line->frames + (1UL << block.order));
	}
	unlock(line);
	irq_restore(irq);
	return out;
}

struct quarantined quarantine_take(void)
{
	struct quarantined block = { QUARANTINE_NONE, 0 };
	unsigned long irq = irq_save();

	for (unsigned h = 0; h < MAX_HARTS && block.frame == QUARANTINE_NONE;
	     h++) {
		lock(&lines[h]);
		block = pop(&lines[h]);
		unlock(&lines[h]);
	}
	irq_restore(irq);
	return block;
}

uint64_t quarantine_frames(void)
{
	uint64_t sum = 0;

	for (unsigned h = 0; h < MAX_HARTS; h++)
		sum += READ_ONCE(lines[h].frames);
	return sum;
}

#endif
