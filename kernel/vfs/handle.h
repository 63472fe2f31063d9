#pragma once

/*
 * vfs/handle.h - what a file system calls an inode, without a path: its number
 * and its generation.  Good for as long as the inode is there, whoever has it, and
 * across reboots if the file system lasts as long.
 */

#include "vfs/inode.h"
#include "vfs/mount.h"

#define HANDLE_HEAD 8U
#define HANDLE_BODY 12U

#define HANDLE_INO_GENERATION 1
#define HANDLE_INVALID 0xff /* it does not fit */

/* Linux's struct file_handle: its head, and what is in it here. */
struct inode_handle {
	uint32_t bytes; /* of what follows @type; 0: it is none */
	int32_t type;
	uint32_t generation, ino_low, ino_high;
};

_Static_assert(sizeof(struct inode_handle) == HANDLE_HEAD + HANDLE_BODY,
	       "as programs read it");

/* @inode is found by it from now on, where its file system finds any. */
static inline struct inode_handle inode_handle(struct inode *inode)
{
	const struct filesystem_ops *ops = inode->fs->ops;

	return (struct inode_handle){
		.bytes = HANDLE_BODY,
		.type = HANDLE_INO_GENERATION,
		.generation = ops->show != NULL ? ops->show(inode) : 0,
		.ino_low = (uint32_t)inode->ino,
		.ino_high = (uint32_t)(inode->ino >> 32),
	};
}
