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
 * Which messages are shown, beside those of a panic: those more urgent than
 * this, of 8 that there are on Linux.  Ours are all of one (LOG_LEVEL), and
 * all are kept: debug/log.h.
 */
#define PRINTK_LEVEL_MIN 1
#define PRINTK_LEVEL_QUIET 4 /* `quiet` on the command line */
#define PRINTK_LEVEL_ALL 7
#define PRINTK_LEVEL_MAX 8
void printk_set_level(unsigned level);
/* None, until it is said again or a level is set. */
void printk_mute(bool on);

/* A panic: from now on every message is printed, and no lock is waited for. */
void printk_panic_mode(void);

/* Write text as it is; all output of the kernel comes together here. */
void console_write(const char *s, size_t n);

/* The driver of the console took over from the firmware: @put writes some
 * characters, with the console's lock held. */
void console_set_output(void (*put)(const char *s, size_t n));
