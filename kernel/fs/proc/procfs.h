#pragma once

/*
 * fs/proc/procfs.h - /proc and /sys: what the kernel knows, as files.
 */

/* Make them and attach them; @cmdline is what /proc/cmdline says and stays. */
void procfs_init(const char *cmdline);
