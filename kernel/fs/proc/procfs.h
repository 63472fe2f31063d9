#pragma once

/*
 * fs/proc/procfs.h - /proc: what the kernel knows, as files.
 */

/* Make it and attach it; @cmdline is what /proc/cmdline says and stays. */
void procfs_init(const char *cmdline);
