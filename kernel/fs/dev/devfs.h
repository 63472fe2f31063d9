#pragma once

/*
 * fs/dev/devfs.h - /dev with null, zero, full, random, urandom and the
 * standard links.
 */

/* Make it.  Boot, before other devices get names. */
void devfs_init(void);
