#pragma once

/*
 * arch/console.h - the earliest output: one character to the firmware's
 * console, before any driver.  Polled; any context.
 */
void console_firmware_putc(char c);
