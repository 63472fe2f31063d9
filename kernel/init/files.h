#pragma once

/*
 * init/files.h - the files that the first process finds.
 */

/* Once, when processes can be made: the root with the initramfs in it, the
 * console, /dev, /proc and /sys. */
void files_init(void);
