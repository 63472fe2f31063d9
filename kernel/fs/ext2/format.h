#pragma once

/*
 * fs/ext2/format.h - what an ext2 file system has on its disk.
 *
 * All numbers are little-endian, as RISC-V is.  Blocks of 1, 2 or 4 KiB are
 * counted from 0; the first KiB of the disk is for boot code, so with blocks of
 * 1 KiB the superblock is block 1.  Groups of blocks follow, each with a bitmap
 * of its blocks, one of its inodes, and its part of the table of inodes; where
 * these are its descriptor says.
 *
 * Source: "The Second Extended File System", Dave Poirier, 2001-2019.
 */

#include "lib/compiler.h"
#include "lib/types.h"

#define EXT2_MAGIC 0xef53U
#define EXT2_SUPER_OFFSET 1024U

#define EXT2_VALID 1U /* state: it was unmounted */
#define EXT2_ERROR 2U /* something is wrong with it */

#define EXT2_REV_DYNAMIC 1U /* the fields from first_ino on mean something */
#define EXT2_OLD_INODE_SIZE 128U
#define EXT2_OLD_FIRST_INO 11U
#define EXT2_ROOT_INO 2U

#define EXT2_INCOMPAT_FILETYPE 0x2U
#define EXT2_INCOMPAT_KNOWN EXT2_INCOMPAT_FILETYPE

#define EXT2_RO_SPARSE_SUPER 0x1U
#define EXT2_RO_LARGE_FILE 0x2U
#define EXT2_RO_KNOWN (EXT2_RO_SPARSE_SUPER | EXT2_RO_LARGE_FILE)

struct ext2_super {
	uint32_t inodes_count, blocks_count, reserved_blocks;
	uint32_t free_blocks, free_inodes;
	uint32_t first_data_block;
	uint32_t log_block_size; /* 0: 1 KiB */
	uint32_t log_fragment_size;
	uint32_t blocks_per_group, fragments_per_group, inodes_per_group;
	uint32_t mount_time, write_time;
	uint16_t mount_count, max_mount_count;
	uint16_t magic, state, errors, minor_rev;
	uint32_t last_check, check_interval, creator, rev;
	uint16_t reserved_uid, reserved_gid;
	/* rev 1 */
	uint32_t first_ino;
	uint16_t inode_size, group_of_this;
	uint32_t compat, incompat, ro_compat;
	uint8_t uuid[16];
	char label[16], last_mounted[64];
	uint32_t compression;
	uint8_t rest[820];
};

_Static_assert(sizeof(struct ext2_super) == 1024, "the superblock");

struct ext2_group {
	uint32_t block_bitmap, inode_bitmap, inode_table;
	uint16_t free_blocks, free_inodes, used_dirs, pad;
	uint32_t reserved[3];
};

_Static_assert(sizeof(struct ext2_group) == 32, "a descriptor");

#define EXT2_DIRECT 12U
#define EXT2_POINTERS 15U /* and indirect, double, triple indirect */

struct ext2_raw_inode {
	uint16_t mode, uid;
	uint32_t size, atime, ctime, mtime, dtime;
	uint16_t gid, links;
	uint32_t sectors; /* of 512 bytes, with those of pointers */
	uint32_t flags, version;
	uint32_t block[EXT2_POINTERS];
	uint32_t generation, file_acl;
	uint32_t size_high; /* of a regular file; of others an ACL */
	uint32_t fragment;
	uint16_t fragment_info, pad, uid_high, gid_high;
	uint32_t author;
};

_Static_assert(sizeof(struct ext2_raw_inode) == EXT2_OLD_INODE_SIZE, "an inode");

#define EXT2_FAST_LINK_MAX (EXT2_POINTERS * 4 - 1)
#define EXT2_LINKS_MAX 32000U

#define EXT2_FLAG_INDEX 0x1000U /* a directory with an index that we do not keep */

/* An entry of a directory; entries do not cross blocks.  ino 0: room. */
struct ext2_dirent {
	uint32_t ino;
	uint16_t size; /* to the next one */
	uint8_t name_len;
	uint8_t type;  /* with INCOMPAT_FILETYPE, else the length's other half */
	char name[];
};

#define EXT2_DIRENT_HEADER 8U

static inline unsigned ext2_dirent_size(unsigned name_len)
{
	return (EXT2_DIRENT_HEADER + name_len + 3) & ~3U;
}

/* The head of a block of attributes, which several inodes may share. */
struct ext2_attributes {
	uint32_t magic, refs, blocks, hash, checksum, reserved[3];
};

#define EXT2_ATTRIBUTES_MAGIC 0xea020000U
