/*
 * fs/tmp/tmpfs.c - the file system in memory: nodes and what they hold.
 *
 * A file's bytes are its page cache, which has nothing behind it: a page that
 * is not there is a hole of zeros.
 */

#include "fs/tmp/tmpfs_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sync/block.h"
#include "vfs/attr.h"
#include "vfs/flags.h"
#include "vfs/mount.h"

#define TMPFS_MAGIC 0x01021994
#define TMPFS_FLAGS (INODE_FIXED | INODE_NODUMP | INODE_NOATIME)

static uint64_t last_ino; /* (a) of all instances */

/* ---- size ---- */

static int tmpfs_truncate(struct inode *inode, uint64_t size)
{
	return pagecache_truncate(inode->pagecache, size);
}

static void tmpfs_punch(struct inode *inode, uint64_t start, uint64_t end)
{
	pagecache_punch(inode->pagecache, start, end);
}

/* A sealed file stays what it is, a program or none. */
static int tmpfs_setattr(struct inode *inode, const struct attr_change *change)
{
	if ((change->what & ATTR_MODE) &&
	    (pagecache_seals(inode->pagecache) & F_SEAL_EXEC) &&
	    ((inode_owner(inode).mode ^ change->mode) & 0111))
		return -EPERM;
	return 0;
}

/* Page @index, if it is missing, to @made: by page.link, which is nobody else's
 * here, for as long as the file's lock is held. */
static int make_page(struct pagecache *m, uint64_t index, struct list *made)
{
	struct page *page = pagecache_page_find(m, index);
	int err = 0;

	if (page == NULL) {
		page = pagecache_page_create(m, index, false, &err);
		if (page == NULL)
			return err;
		list_push_back(made, &page->link);
	}
	page_put(page);
	return block_go_on() ? 0 : -EINTR;
}

/* All of them, or those that are made go again. */
static int make_pages(struct pagecache *m, uint64_t first, uint64_t last)
{
	struct list made = LIST_INIT(made), *link;
	int err = 0;

	for (uint64_t index = first; err == 0 && index <= last; index++)
		err = make_page(m, index, &made);
	while ((link = list_pop_front(&made)) != NULL) {
		if (err != 0)
			pagecache_unmake(m, list_entry(link, struct page, link));
		cond_resched();
	}
	return err;
}

static int tmpfs_allocate(struct inode *inode, uint64_t offset, uint64_t n)
{
	if ((n >> PAGE_SHIFT) > pages_total())
		return -ENOSPC;
	return make_pages(inode->pagecache, offset >> PAGE_SHIFT,
			  (offset + n - 1) >> PAGE_SHIFT);
}

/* ---- links ---- */

/* A short target counts with its node. */
#define SHORT_TARGET 128

static uint64_t link_pages(const char *target)
{
	return strlen(target) < SHORT_TARGET ? 0 : 1;
}

static const char *tmpfs_target(struct inode *link)
{
	return tmpfs_node(link)->target;
}

static long tmpfs_readlink(struct inode *link, char *buf, size_t n)
{
	const char *target = tmpfs_node(link)->target;
	size_t len = strlen(target);

	if (len > n)
		len = n;
	memcpy(buf, target, len);
	return (long)len;
}

static void tmpfs_getattr(struct inode *inode, struct inode_attr *attr)
{
	attr->btime = tmpfs_node(inode)->btime;
}

static void tmpfs_link_getattr(struct inode *link, struct inode_attr *attr)
{
	tmpfs_getattr(link, attr);
	attr->size = strlen(tmpfs_node(link)->target);
}

/* ---- life ---- */

static void free_node_memory(struct rcu_head *rcu)
{
	struct tmpfs_node *node = container_of(rcu, struct tmpfs_node, rcu);

	if (inode_is(&node->inode, S_IFLNK))
		kfree(node->target);
	kfree(node);
}

/* Somebody may just have found it, and may look whether it has a user left, or
 * where a link leads. */
static void free_node(struct tmpfs_node *node)
{
	struct filesystem *fs = node->inode.fs;

	tmpfs_hide(node);
	xattrs_destroy(&node->xattrs);
	call_rcu(&node->rcu, free_node_memory);
	tmpfs_give_file(fs);
	race_point(node_freed, 0);
}

static struct xattrs *xattrs_of(struct inode *inode)
{
	return &tmpfs_node(inode)->xattrs;
}

static void release_dir(struct inode *inode)
{
	assert(tmpfs_dir_is_empty(&tmpfs_node(inode)->dir));
	free_node(tmpfs_node(inode));
}

static void release_file(struct inode *inode)
{
	pagecache_destroy(inode->pagecache);
	free_node(tmpfs_node(inode));
}

static void release_link(struct inode *inode)
{
	room_give(&tmpfs_of(inode->fs)->pages,
		  link_pages(tmpfs_node(inode)->target));
	free_node(tmpfs_node(inode));
}

static void release_special(struct inode *inode)
{
	free_node(tmpfs_node(inode));
}

static const struct inode_ops dir_ops = {
	.lookup = tmpfs_lookup,
	.peek = tmpfs_peek,
	.readdir = tmpfs_readdir,
	.create = tmpfs_create_name,
	.nameless = tmpfs_make_nameless,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rename = tmpfs_rename,
	.exchange = tmpfs_exchange,
	.flags = TMPFS_FLAGS,
	.getattr = tmpfs_getattr,
	.xattrs = xattrs_of,
	.release = release_dir,
};

static const struct inode_ops file_ops = {
	.truncate = tmpfs_truncate,
	.allocate = tmpfs_allocate,
	.punch = tmpfs_punch,
	.flags = TMPFS_FLAGS,
	.setattr = tmpfs_setattr,
	.getattr = tmpfs_getattr,
	.xattrs = xattrs_of,
	.release = release_file,
};

static const struct inode_ops link_ops = {
	.readlink = tmpfs_readlink,
	.target = tmpfs_target,
	.getattr = tmpfs_link_getattr,
	.xattrs = xattrs_of,
	.release = release_link,
};

static const struct inode_ops special_ops = {
	.getattr = tmpfs_getattr,
	.xattrs = xattrs_of,
	.release = release_special,
};

static const struct inode_ops *ops_of(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return &dir_ops;
	case S_IFREG:
		return &file_ops;
	case S_IFLNK:
		return &link_ops;
	}
	return &special_ops;
}

/* ---- contents of a new node ---- */

static struct inode *inode_of_pagecache(struct pagecache *m)
{
	return &container_of(m, struct tmpfs_node, pagecache)->inode;
}

static void get_inode_of(struct pagecache *m)
{
	inode_get(inode_of_pagecache(m));
}

static void put_inode_of(struct pagecache *m)
{
	inode_put(inode_of_pagecache(m));
}

static const struct pagecache_ops pagecache_ops = {
	.get = get_inode_of,
	.put = put_inode_of,
};

static int init_link(struct tmpfs_node *node, const char *target)
{
	struct room *pages = &tmpfs_of(node->inode.fs)->pages;

	if (!room_take(pages, link_pages(target)))
		return -ENOSPC;
	node->target = kstrdup(target);
	if (node->target != NULL)
		return 0;
	room_give(pages, link_pages(target));
	return -ENOMEM;
}

static int init_contents(struct tmpfs_node *node,
			 const struct inode_spec *spec)
{
	switch (spec->mode & S_IFMT) {
	case S_IFDIR:
		tmpfs_dir_init(&node->dir);
		break;
	case S_IFREG:
		pagecache_init(&node->pagecache, &pagecache_ops,
			       &tmpfs_of(node->inode.fs)->pages);
		is_private(mappers);
		node->pagecache.seals = F_SEAL_SEAL;
		node->inode.pagecache = &node->pagecache;
		break;
	case S_IFLNK:
		return init_link(node, spec->target);
	}
	return 0;
}

int tmpfs_make_node(struct filesystem *fs, const struct inode_spec *spec,
		    struct inode **inode)
{
	struct tmpfs_node *node;
	int err = -ENOMEM;

	if (!tmpfs_take_file(fs))
		return -ENOSPC;
	node = kzalloc(sizeof(*node));
	if (node == NULL)
		goto no_node;
	inode_init(&node->inode, fs, ops_of(spec->mode), spec,
		   atomic_fetch_add_relaxed(&last_ino, 1) + 1);
	node->btime = node->inode.ctime;
	xattrs_init(&node->xattrs, &tmpfs_of(fs)->pages);
	err = init_contents(node, spec);
	if (err != 0) {
		filesystem_uncount_inode(fs);
		goto no_node;
	}
	*inode = &node->inode;
	return 0;

no_node:
	kfree(node);
	tmpfs_give_file(fs);
	return err;
}

/* ---- the whole ---- */

/* How large it may become, of what there is for all. */
static uint64_t total(const struct room *room)
{
	return room->within == NULL ? room->limit :
		       READ_ONCE(room->used) + room_left(room);
}

/* No limit is told as 0. */
static uint64_t shown(uint64_t limit)
{
	return limit > INT64_MAX ? 0 : limit;
}

static void tmpfs_statfs(struct filesystem *fs, struct fs_stats *stats)
{
	const struct tmpfs *tmpfs = tmpfs_of(fs);
	uint64_t left = min(room_left(&tmpfs->pages), pages_free());

	*stats = (struct fs_stats){
		.magic = TMPFS_MAGIC,
		.blocks = shown(total(&tmpfs->pages)),
		.free = left,
		.files = shown(total(&tmpfs->files)),
		.files_free = shown(room_left(&tmpfs->files)),
	};
}

/* As Linux does, only what is not as by default. */
static int tmpfs_options(struct filesystem *fs, char *buf, size_t n)
{
	const struct tmpfs *tmpfs = tmpfs_of(fs);
	const struct inode_owner root = inode_owner(fs->root);
	int len = 0;

	if (tmpfs->pages.within == NULL && shown(tmpfs->pages.limit) != 0)
		len = ksnprintf(buf, n, ",size=%luk",
				tmpfs->pages.limit * (PAGE_SIZE / 1024));
	if (tmpfs->files.within == NULL && shown(tmpfs->files.limit) != 0)
		len += ksnprintf(buf + len, n - (size_t)len, ",nr_inodes=%lu",
				 tmpfs->files.limit);
	if ((root.mode & 07777) != TMPFS_ROOT_MODE)
		len += ksnprintf(buf + len, n - (size_t)len, ",mode=%o",
				 root.mode & 07777);
	if (root.uid != 0)
		len += ksnprintf(buf + len, n - (size_t)len, ",uid=%u", root.uid);
	if (root.gid != 0)
		len += ksnprintf(buf + len, n - (size_t)len, ",gid=%u", root.gid);
	return len;
}

static void tmpfs_shut(struct filesystem *fs)
{
	struct inode *root = fs->root;

	is_private(names);
	tmpfs_empty(root);
	inode_put(root);
}

static void tmpfs_release(struct filesystem *fs)
{
	kfree(tmpfs_of(fs));
}

static const struct filesystem_ops filesystem_ops = {
	.statfs = tmpfs_statfs,
	.options = tmpfs_options,
	.configure = tmpfs_configure,
	.show = tmpfs_show,
	.find = tmpfs_find,
	.shut = tmpfs_shut,
	.release = tmpfs_release,
};

int tmpfs_create(const char *type, const char *options,
		 struct filesystem **fs)
{
	struct tmpfs *tmpfs = kzalloc(sizeof(*tmpfs));
	struct inode_spec root = { 0 };
	int err = -ENOMEM;

	if (tmpfs == NULL)
		return err;
	tmpfs->fs.ops = &filesystem_ops;
	tmpfs->fs.type = type;
	filesystem_init(&tmpfs->fs);
	err = tmpfs_set_up(tmpfs, options, &root);
	if (err == 0)
		err = tmpfs_make_node(&tmpfs->fs, &root, &tmpfs->fs.root);
	if (err == 0)
		*fs = &tmpfs->fs;
	else
		kfree(tmpfs);
	return err;
}

static struct filesystem *first(const char *type, const char *options)
{
	struct filesystem *fs;

	if (tmpfs_create(type, options, &fs) != 0)
		panic("no memory for the first files");
	return fs;
}

struct filesystem *tmpfs_create_first(const char *type)
{
	struct filesystem *fs = first(type, "mode=755");

	tmpfs_of(fs)->pages.limit = UINT64_MAX;
	tmpfs_of(fs)->files.limit = UINT64_MAX;
	return fs;
}

static int new_tmpfs(const char *options, struct filesystem **fs)
{
	return tmpfs_create("tmpfs", options, fs);
}

/* ---- files without a name ---- */

/* It stays for ever. */
static const struct filesystem_ops nameless_ops = {
	.statfs = tmpfs_statfs,
	.show = tmpfs_show,
	.find = tmpfs_find,
};

/* Mounted nowhere: whatever is in it has a part in the limit of all. */
static struct tmpfs nameless = {
	.fs = {
		.ops = &nameless_ops,
		.type = "tmpfs",
	},
	.pages = { .limit = UINT64_MAX, .within = &tmpfs_pages },
	.files = { .limit = UINT64_MAX, .within = &tmpfs_files },
};

int tmpfs_create_nameless(unsigned mode, struct inode **inode)
{
	const struct cred *cred = current_cred();
	const struct inode_spec spec = {
		.mode = S_IFREG | mode,
		.uid = cred->fsuid,
		.gid = cred->fsgid,
	};
	int err = tmpfs_make_node(&nameless.fs, &spec, inode);

	if (err == 0)
		(*inode)->nlink = 0;
	return err;
}

/* ---- boot ---- */

void tmpfs_init(void)
{
	static struct filesystem_type type = {
		.name = "tmpfs",
		.get = new_tmpfs,
	};

	filesystem_init(&nameless.fs);
	filesystem_register(&type);
	vfs_mount_at_boot("/dev/shm", first("tmpfs", "mode=1777"),
			  MOUNT_NOSUID | MOUNT_NODEV);
}
