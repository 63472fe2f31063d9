#pragma once

/*
 * init/initramfs.h - the first files, from the archive handed over at boot.
 */

#include "lib/types.h"

/* Make what the cpio archive contains; panics if that is nothing. */
void initramfs_unpack(const void *archive, size_t size);
