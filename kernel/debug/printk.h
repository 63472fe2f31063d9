#pragma once

/*
 * debug/printk.h - messages of the kernel to the console.
 *
 * A message is one line; it gets the time in front, "[   12.345678] ", so
 * that tests can tell the kernel's lines from a program's.  Any context, any
 * lock held.
 */

#include "lib/compiler.h"
#include "lib/types.h"

void printk(const char *fmt, ...) __printf(1, 2);

/*
 * How urgent messages are: 0 is the worst.  These are the four numbers of
 * kernel.printk, Linux's, which root may change.  All messages are kept:
 * debug/log.h; those of a panic are shown, too, whatever these say.
 */
enum printk_level {
	PRINTK_SHOWN,   /* what is more urgent than this is shown */
	PRINTK_MESSAGE, /* of each message that does not say: ours do not */
	PRINTK_LEAST,   /* PRINTK_SHOWN is not asked to be less */
	PRINTK_USUAL,   /* what PRINTK_SHOWN was at boot, for who looks */
	NR_PRINTK_LEVELS,
};
#define PRINTK_LEVEL_QUIET 4 /* `quiet` on the command line */
#define PRINTK_LEVEL_ALL 7
#define PRINTK_LEVEL_MAX 8
extern uint32_t printk_levels[NR_PRINTK_LEVELS]; /* (a) */

/* What is shown from now on; no less than PRINTK_LEAST. */
void printk_set_level(unsigned level);
/* As little as there can be; and as it was before, unless it was set since. */
void printk_mute(void);
void printk_unmute(void);

/* A panic: from now on every message is printed, and no lock is waited for. */
void printk_panic_mode(void);

/* Write text as it is; all output of the kernel comes together here. */
void console_write(const char *s, size_t n);

/* The driver of the console took over from the firmware: @put writes some
 * characters, with the console's lock held. */
void console_set_output(void (*put)(const char *s, size_t n));
