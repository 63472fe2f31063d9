#pragma once

/*
 * vfs/mount.h - file systems as wholes, and where they are attached.
 *
 * A struct filesystem is one whole: a tree of inodes, a device number.  A
 * struct mount is a place where one, or a directory or file of one, can be
 * seen.  The same file system may be seen in many places (bind mounts), so
 * whoever is somewhere knows both: the struct path of vfs/path.h.
 *
 * Which mount covers what is part of the names, and so under their lock:
 * shared to walk, exclusive to attach and detach.  There is no other lock,
 * and a walk that meets no mount point pays a look at a pointer.  Who only peeks
 * (vfs/peek.c) finds mounts by RCU.
 *
 * Who stays in a mount without that lock (an open file, a current directory)
 * has a reference to it.  umount() refuses while anybody has; with DETACH it
 * takes the mount out of sight at once, and it goes with the last of them.
 */

#include "lib/list.h"
#include "lib/types.h"
#include "sync/lockclass.h"
#include "sync/rcu.h"
#include "sync/refcount.h"
#include "sync/waitq.h"

struct file;
struct filesystem;
struct inode;
struct inode_attr;
struct path;

/* What statfs() tells. */
struct fs_stats {
	uint64_t magic;        /* Linux's number for the type */
	uint32_t block_size;   /* 0: that of a page */
	uint64_t blocks, free; /* of that size */
	uint64_t kept;         /* of the free ones those for root alone */
	uint64_t files, files_free;
};

/* All may sleep.  (n): names are locked, shared; (x): alone. */
struct filesystem_ops {
	void (*statfs)(struct filesystem *fs, struct fs_stats *stats);
	/* All that was written is safe.  NULL: it always is. */
	int (*sync)(struct filesystem *fs);
	/* What mount() was told, as ",name=value"...: its length.  NULL: 0. */
	int (*options)(struct filesystem *fs, char *buf, size_t n);
	/* Other options: 0 or -EINVAL.  NULL: there are none. */
	int (*configure)(struct filesystem *fs, const char *options);
	/* (x) Nothing may be written from now on, and nobody has a file open to
	 * do so; or it may again.  Sets nothing in @fs.  NULL: 0. */
	int (*set_readonly)(struct filesystem *fs, bool readonly);
	/* @inode is found by its number from now on, for as long as it is there;
	 * its generation is returned, for another one may get the number later.
	 * NULL: it has no handles. */
	uint32_t (*show)(struct inode *inode);
	/* (n) Inode @ino of @generation, with a reference: 0, or -ESTALE.  If show(). */
	int (*find)(struct filesystem *fs, uint64_t ino, uint32_t generation,
		    struct inode **inode);
	/* Nobody sees it any more: forget the names.  NULL: it stays for ever,
	 * and nobody is counted. */
	void (*shut)(struct filesystem *fs);
	/* The last inode is gone, too. */
	void (*release)(struct filesystem *fs);
};

/*
 *	(c)	constant once it is mounted
 *	(a)	atomic
 */
struct filesystem {
	const struct filesystem_ops *ops; /* (c) */
	const char *type;                 /* (c) as /proc/mounts names it */
	struct inode *root;               /* (c) a reference */
	uint64_t number;                  /* (c) its own, which none gets again */
	unsigned dev;                     /* (c) st_dev: dev_of() of its device, or a
					   * number of its own, which has no major */
	bool readonly;                    /* (a) wherever it is seen */
	struct refcount sights;           /* mounts of it, and who makes one */
	struct refcount inodes;           /* inodes of it, and the sights as one */
	uint32_t writers;                 /* (a) files that are open to write, and who
					   * changes something without */
	struct list watches;              /* (notify_lock) of its inodes, if it can go */
	struct list marks;                /* (notify_lock) of it, whole: vfs/notify/ */
};

#define DEV_MINOR_BITS 20

static inline unsigned dev_of(unsigned major, unsigned minor)
{
	return major << DEV_MINOR_BITS | minor;
}

static inline unsigned dev_major(unsigned dev)
{
	return dev >> DEV_MINOR_BITS;
}

static inline unsigned dev_minor(unsigned dev)
{
	return dev & ((1U << DEV_MINOR_BITS) - 1);
}

/* What has no name is on this device. */
#define DEV_NAMELESS 1

/* It does not stay for ever. */
static inline bool filesystem_can_go(const struct filesystem *fs)
{
	return fs->ops->shut != NULL;
}

/* @fs, which has its ops and its type, is one whole with one sight: the
 * caller's.  Before its first inode. */
void filesystem_init(struct filesystem *fs);
void filesystem_get(struct filesystem *fs);
void filesystem_put(struct filesystem *fs);
/*
 * Who changes what it stores, and has no file of it open to write, nor holds names:
 * until he ends it does not become read-only.  -EROFS: it is.
 */
int filesystem_begin_change(struct filesystem *fs);
void filesystem_end_change(struct filesystem *fs);
/* An inode of it comes, or goes. */
void filesystem_count_inode(struct filesystem *fs);
void filesystem_uncount_inode(struct filesystem *fs);

/* ---- kinds, as mount() knows them ---- */

struct filesystem_type {
	const char *name;
	/* One with a sight for the caller, new or not: 0 or -errno. */
	int (*get)(const char *options, struct filesystem **fs);
	/* The same of what is on a block device, whose node is @device, and not
	 * get(): of a sight that is there already fs->readonly is @readonly. */
	int (*get_on)(struct inode *device, bool readonly, const char *options,
		      struct filesystem **fs);
	struct list link; /* all, in order of registration */
};

/* Boot only. */
void filesystem_register(struct filesystem_type *type);
void filesystem_list(void (*show)(void *arg, const char *name, bool on_device),
		     void *arg);

/* ---- mounts ---- */

/* What mount() may be told of one place; Linux's numbers. */
#define MOUNT_RDONLY 1U
#define MOUNT_NOSUID 2U
#define MOUNT_NODEV 4U
#define MOUNT_NOEXEC 8U
#define MOUNT_NOSYMFOLLOW 256U
#define MOUNT_NOATIME 1024U
#define MOUNT_NODIRATIME 2048U
#define MOUNT_RELATIME (1U << 21)
#define MOUNT_FLAGS                                                   \
	(MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC |   \
	 MOUNT_NOSYMFOLLOW | MOUNT_NOATIME | MOUNT_NODIRATIME |       \
	 MOUNT_RELATIME)

/*
 *	(c)	constant
 *	(a)	atomic, or one word
 */
struct mount {
	struct rcu_head rcu;   /* (its last user) by which it is freed then */
	struct refcount refs;  /* who is in it; one for being attached */
	struct filesystem *fs; /* (c) a sight of it */
	struct inode *root;    /* (c) a reference: what is seen */
	uint64_t fs_number;    /* (c) fs->number, for who peeks: fs may be gone */
	unsigned id;           /* (c) from 1 on, larger than that of any older one */
	bool is_peekable;      /* (c) its root is a directory with ops->peek */
	unsigned flags;        /* (a) MOUNT_* */
	bool expiring;         /* (a) umount() has marked it, and nobody came */
	uint32_t writers;      /* (a) files that are open to write */
	struct list marks;     /* (notify_lock) of it: vfs/notify/ */
	char *source;          /* (c) as mount() was told; kfree'd */
	char *root_path;       /* (c) of the root in its file system, when it was
				* attached; kfree'd; NULL: the whole */
	/* Where it is: on top of @covered in @parent.  NULL: the root of all,
	 * or nowhere (any more). */
	struct mount *parent GUARDED_BY(C_names);
	struct inode *covered GUARDED_BY(C_names); /* a reference */
	struct mount *next_mounted GUARDED_BY(C_names); /* on it, in another place */
	/* How the covered one is called; NULL: it is the parent's root. */
	struct inode *dir GUARDED_BY(C_names);     /* a reference */
	char *name GUARDED_BY(C_names);            /* a name_copy() */
	/* While one call copies what stands below a place. */
	struct mount *copy GUARDED_BY(C_names);
	bool is_copy GUARDED_BY(C_names);
	/* Made by a descriptor, and nowhere so far: vfs/mount_tree.c. */
	bool is_new GUARDED_BY(C_names);
	struct list link GUARDED_BY(C_names); /* all that are attached, by age */
};

void mount_get(struct mount *m);
bool MUST_CHECK mount_try_get(struct mount *m); /* unless the last one is gone */
void mount_put(struct mount *m);

/* Nothing may be changed through it. */
static inline bool mount_is_readonly(const struct mount *m)
{
	return (READ_ONCE(m->flags) & MOUNT_RDONLY) ||
	       READ_ONCE(m->fs->readonly);
}

/* What the running process sees, for /proc. */
struct mount_view {
	const struct mount *mount;
	unsigned parent_id;  /* its own, if it is the root of all */
	const char *path;    /* where; "" if it is out of sight */
	const char *options; /* of the file system: "", or ",name=value"... */
};

/* Call @show for each mount in order of age that is below the root of the
 * running process; until that is not 0, which is the result. */
int vfs_show_mounts(int (*show)(void *arg, const struct mount_view *view),
		    void *arg);

/* Call @show for mount @id alone, and return its result; -ENOENT: there is none; -EPERM:
 * it is out of the running process's sight, which is all the same if it @may_all. */
int vfs_show_mount(unsigned id, bool may_all,
		   int (*show)(void *arg, const struct mount_view *view), void *arg);

/* Which ids are asked for. */
struct mount_listing {
	unsigned top;    /* those in what mount @top shows, it not; 0: the own root,
			  * and the mount of that if it shows all of it */
	unsigned behind; /* younger than this one; 0: all */
	bool reverse;    /* the youngest first; then older than @behind */
	bool may_all;    /* @top may be out of sight */
};

/* At most @n ids in order of age: how many, or -ENOENT, -EPERM as above. */
long vfs_list_mounts(const struct mount_listing *wanted, unsigned *ids, size_t n);

/* There is one namespace of mounts; its number. */
#define MOUNT_NAMESPACE 1U

/* ---- boot ---- */

/* Make @fs, and the caller's sight of it, the root of all. */
void vfs_mount_root(struct filesystem *fs);
/* Show @fs at @path, a directory that is made if there is none. */
void vfs_mount_at_boot(const char *path, struct filesystem *fs, unsigned flags);

/* ---- who looks on ---- */

/* How often something was mounted, taken away, moved or changed; who waits for
 * the next time is in the queue. */
extern uint32_t mount_changes;      /* (a) */
extern struct waitq mounts_changed;

/* ---- mount() and umount(), without their rights ---- */

/* @flags of a new place are MOUNT_*; @source, if any, is a device or for
 * /proc/mounts. */
int vfs_mount_new(const char *source, const char *path, const char *type,
		  const char *options, unsigned flags);
/* What is at @from, and with @recursive what is mounted below, at @path, too. */
int vfs_mount_bind(const char *from, const char *path, bool recursive);
int vfs_mount_move(const char *from, const char *path);
/* Other flags for the place @path, and for its file system unless @place. */
int vfs_mount_change(const char *path, const char *options, unsigned flags,
		     bool place);
/* A place as the calls by descriptor name it; @how is LOOKUP_*. */
struct mount_place {
	int dirfd;
	const char *path;
	unsigned how;
};

/* What is at @at as a mount of its own that is nowhere yet, and a file that
 * stands for it (the same of a new file system: vfs/fs_setup.h); with @recursive
 * -EINVAL, if there are mounts below. */
int vfs_mount_clone(const struct mount_place *at, bool recursive,
		    struct file **out);
/* A mount, that is nowhere or elsewhere, to a place; with @beneath, which is for
 * what is nowhere, under what is mounted there. */
int vfs_mount_move_tree(const struct mount_place *from,
			const struct mount_place *to, bool beneath);
/* Set and clear flags of a mount, with @recursive of those below it, too: all, or
 * -errno and none. */
int vfs_mount_set(const struct mount_place *at, unsigned set, unsigned clear,
		  bool recursive);
/* 0 if @path is where something is mounted, else why not. */
int vfs_mount_find(const char *path);

#define UMOUNT_FORCE 1U
#define UMOUNT_DETACH 2U
#define UMOUNT_EXPIRE 4U
#define UMOUNT_NOFOLLOW 8U
int vfs_umount(const char *path, unsigned flags);

/* All that was written to @fs, which somebody sees, is safe; or to all. */
int vfs_sync(struct filesystem *fs);
void vfs_sync_all(void);
