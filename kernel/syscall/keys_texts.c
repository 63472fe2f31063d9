/*
 * syscall/keys_texts.c - /proc/sys/kernel/keys.
 */
#include "syscall/texts.h"

#include "ipc/keys/keys.h"
#include "vfs/inode.h"

const struct procfs_node keys_nodes[] = {
	PROCFS_NUMBER("maxbytes", &keys_max_bytes, 0, INT32_MAX),
	PROCFS_NUMBER("maxkeys", &keys_max, 0, INT32_MAX),
	PROCFS_NUMBER("root_maxbytes", &keys_root_max_bytes, 0, INT32_MAX),
	PROCFS_NUMBER("root_maxkeys", &keys_root_max, 0, INT32_MAX),
	{ .name = NULL },
};
