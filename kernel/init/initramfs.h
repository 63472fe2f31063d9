#pragma once

/*
 * init/initramfs.h - the first files, from the archive handed over at boot.
 */

#include "lib/types.h"

/* Make what the cpio archive, the initrd, contains, and give its memory back.
 * Panics if that is nothing, or not all of it can be made. */
void initramfs_unpack(const void *archive, size_t size);
