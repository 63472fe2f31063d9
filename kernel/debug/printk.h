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

/* `quiet` on the command line: no messages but those of a panic. */
void printk_set_quiet(bool on);

/* A panic: from now on every message is printed, and no lock is waited for. */
void printk_panic_mode(void);

/* Write text as it is; all output of the kernel comes together here. */
void console_write(const char *s, size_t n);

/* The driver of the console took over from the firmware: @put writes some
 * characters, with the console's lock held. */
void console_set_output(void (*put)(const char *s, size_t n));
