#pragma once

/*
 * dev/uart.h - the serial line: a 16550.
 *
 * What arrives is kept in a small ring until somebody reads it; the line
 * discipline (echo, editing, Ctrl-C) is the reader's.  Sending is polled.
 */

#include "lib/types.h"
#include "sync/waitq.h"

struct fdt;

/* Find the UART in the device tree and make it the console; plic_init() has
 * run. */
void uart_init(const struct fdt *fdt);

/* Take up to @n characters that have arrived; 0 when there are none. */
size_t uart_read(uint8_t *buf, size_t n);

/* Woken when characters arrive. */
extern struct waitq uart_readable;

/* Send @n characters; returns when the device has taken them. */
void uart_write(const char *buf, size_t n);
