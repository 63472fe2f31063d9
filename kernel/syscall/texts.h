#pragma once

/*
 * syscall/texts.h - what /proc says of ipc: fs/proc, which shows it, stands
 * beside that layer.  For procfs_init().
 */

#include "fs/proc/node.h"

extern const struct procfs_node ipc_fs_nodes[];     /* /proc/sys/fs */
extern const struct procfs_node ipc_kernel_nodes[]; /* /proc/sys/kernel */
extern const struct procfs_node keys_nodes[];       /* in it, keys */
extern const struct procfs_node net_nodes[];        /* /proc/sys/net */
extern const struct procfs_node sysvipc_nodes[];    /* /proc/sysvipc */
