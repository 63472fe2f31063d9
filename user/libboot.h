#pragma once

/*
 * libboot.h - what the first process finds missing.
 */

/* /tmp is there; so are /proc and /dev, which drover comes with, and Linux
 * wants to be asked for. */
void mount_what_is_missing(void);
/* Standard input, output and error are the console. */
void open_console(void);
