#pragma once

/*
 * fs/dev/devfs.h - /dev with null, zero, full, random, urandom and the
 * standard links.
 */

struct filesystem;

/* Make it in @fs, an empty one that is shown at /dev, and by mount() wherever
 * else.  Boot, before other devices get names. */
void devfs_init(struct filesystem *fs);
