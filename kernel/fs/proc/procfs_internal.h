#pragma once

/*
 * fs/proc/procfs_internal.h - how /proc is described.
 *
 * A struct procfs_node (node.h) describes a name.  An inode knows a
 * struct procfs_entry: the node, and which process, thread or descriptor it
 * is about.  Inodes are made when they are looked up.
 *
 *	procfs.c		inodes, static directories, text files
 *	system.c		about the machine
 *	drover.c		/proc/drover: the counters, the threads (lab)
 *	races.c			race points and bugs (lab)
 *	trace.c			the trace (lab)
 *	objects.c		who has the objects of slabs (lab)
 *	sys.c			/proc/sys
 *	sysfs.c			/sys, which is made up in the same way
 *	root.c			the root: processes, self
 *	pid.c			which names a process has; its threads
 *	stat.c			PID/stat and its kin
 *	limits.c		its limits, and what is the same for all
 *	core.c			what is left when a signal ends it
 *	oom.c			when it goes if memory runs out
 *	mounts.c		what is mounted where
 *	maps.c, smaps.c		about its memory
 *	maps_query.c		a mapping that is asked for by address
 *	mem.c, pagemap.c	its memory
 *	fd.c			its files: fd, fdinfo, exe, cwd, root
 */

#include "fs/proc/node.h"
#include "fs/proc/procfs.h"
#include "vfs/inode.h"

struct proc;
struct thread;
struct mm;
struct vma;

/* All (c); dropped with the inode. */
struct procfs_entry {
	const struct procfs_node *node;
	struct proc *proc;     /* a reference, or NULL */
	struct thread *thread; /* a reference; NULL: not about one thread */
	int fd;                /* or a hart, of /sys */
};

struct procfs_inode {
	struct inode inode;
	struct procfs_entry entry; /* (c) */
};

static inline const struct procfs_entry *procfs_entry(const struct inode *inode)
{
	return &container_of(inode, struct procfs_inode, inode)->entry;
}

/*
 * An inode for @node below @dir, about what @about says (its node does not
 * matter); NULL: no memory.  References are taken.
 */
struct inode *procfs_inode(const struct procfs_node *node,
			   const struct procfs_entry *about,
			   struct inode *dir);
/* The number that it has. */
uint64_t procfs_ino(const struct procfs_node *node,
		    const struct procfs_entry *about);
void procfs_release(struct inode *inode);

/* Found: the inode for @node below @dir.  0 or -ENOMEM. */
int procfs_found(const struct procfs_node *node,
		 const struct procfs_entry *about, struct inode *dir,
		 struct inode **child);

/* A directory of node->children.  Cookies count from DIR_COOKIE_FIRST. */
int procfs_lookup_child(struct inode *dir, const struct name *name,
			struct inode **child);
/* Emits the children at and behind @cookie: the cookie behind the last, or 0
 * when the sink is full. */
uint64_t procfs_emit_children(struct inode *dir, uint64_t cookie,
			      struct dir_sink *sink);

/* A number, 0 to 2^31 - 1, or -1. */
int procfs_parse_number(const struct name *name);
/* The decimal digits of @n as an entry of a directory. */
bool procfs_emit_number(struct dir_sink *sink, int n, uint64_t ino,
			unsigned mode, uint64_t next);

/* Copy a link's target: its length, cut to @n. */
long procfs_copy_link(char *buf, size_t n, const char *target);

extern const struct procfs_node procfs_root_node;
extern const struct procfs_node sysfs_root_node; /* /sys */
extern const struct procfs_node procfs_pid_node;    /* /proc/PID */
extern const struct procfs_node procfs_sys_children[]; /* /proc/sys */
/* What has been given to procfs_init(). */
extern struct procfs_more procfs_more;
extern const struct procfs_node procfs_drover_children[]; /* /proc/drover */
extern const struct inode_ops procfs_fd_dir_ops;    /* /proc/PID/fd */
extern const struct inode_ops procfs_fdinfo_dir_ops; /* /proc/PID/fdinfo */
extern const struct inode_ops procfs_task_dir_ops;  /* /proc/PID/task */
extern const struct inode_ops procfs_fleeting_text_ops; /* a text, for a moment */
extern const struct inode_ops procfs_mem_ops;       /* /proc/PID/mem */
extern const struct inode_ops procfs_pagemap_ops;   /* /proc/PID/pagemap */
extern const struct inode_ops procfs_exe_ops, procfs_cwd_ops,
	procfs_root_link_ops;

/* The memory of the process that @inode is about, if the running one may look
 * into it: its struct is kept until mm_drop().  0, -EACCES, -ESRCH. */
int procfs_keep_memory(struct inode *inode, struct mm **mm);
/* Positions are addresses: there is no end to go from. */
long procfs_memory_lseek(struct file *f, long offset, int whence);

/* ---- texts ---- */

int procfs_show_cmdline(struct text *t, const struct procfs_entry *e);
int procfs_show_version(struct text *t, const struct procfs_entry *e);
int procfs_show_meminfo(struct text *t, const struct procfs_entry *e);
int procfs_show_cpuinfo(struct text *t, const struct procfs_entry *e);
int procfs_show_stat(struct text *t, const struct procfs_entry *e);
int procfs_show_interrupts(struct text *t, const struct procfs_entry *e);
int procfs_show_uptime(struct text *t, const struct procfs_entry *e);
int procfs_show_loadavg(struct text *t, const struct procfs_entry *e);
int procfs_show_filesystems(struct text *t, const struct procfs_entry *e);
extern const struct procfs_changes procfs_mount_changes;
int procfs_show_mountinfo(struct text *t, const struct procfs_entry *e);
int procfs_show_mounts(struct text *t, const struct procfs_entry *e);
int procfs_show_races(struct text *t, const struct procfs_entry *e);
int procfs_store_races(const char *word, const struct procfs_entry *e);
int procfs_show_trace(struct text *t, const struct procfs_entry *e);
int procfs_store_trace(const char *word, const struct procfs_entry *e);
int procfs_show_bugs(struct text *t, const struct procfs_entry *e);
int procfs_show_dataraces(struct text *t, const struct procfs_entry *e);
int procfs_show_objects(struct text *t, const struct procfs_entry *e);

int procfs_show_pid_stat(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_status(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_statm(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_auxv(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_cgroup(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_io(struct text *t, const struct procfs_entry *e); /* io.c */
int procfs_show_pid_environ(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_limits(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_loginuid(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_wchan(struct text *t, const struct procfs_entry *e);
int procfs_show_vmstat(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_comm(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_cmdline(struct text *t, const struct procfs_entry *e);
int procfs_show_core_pattern(struct text *t, const struct procfs_entry *e);
int procfs_store_core_pattern(const char *word, const struct procfs_entry *e);
int procfs_show_core_uses_pid(struct text *t, const struct procfs_entry *e);
int procfs_store_core_uses_pid(const char *word, const struct procfs_entry *e);
int procfs_show_pid_coredump_filter(struct text *t, const struct procfs_entry *e);
int procfs_store_pid_coredump_filter(const char *word,
				     const struct procfs_entry *e);
int procfs_show_rt_period(struct text *t, const struct procfs_entry *e);
int procfs_show_rt_runtime(struct text *t, const struct procfs_entry *e);
int procfs_store_rt_period(const char *word, const struct procfs_entry *e);
int procfs_store_rt_runtime(const char *word, const struct procfs_entry *e);
int procfs_show_rr_slice(struct text *t, const struct procfs_entry *e);
int procfs_store_rr_slice(const char *word, const struct procfs_entry *e);
int procfs_show_oom_score(struct text *t, const struct procfs_entry *e);
int procfs_show_oom_score_adj(struct text *t, const struct procfs_entry *e);
int procfs_store_oom_score_adj(const char *word, const struct procfs_entry *e);
int procfs_show_pid_maps(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_smaps(struct text *t, const struct procfs_entry *e);
int procfs_show_pid_smaps_rollup(struct text *t, const struct procfs_entry *e);
/* What @show_mm says of the memory of e->proc, if the reader may look at it. */
int procfs_show_memory(struct text *t, const struct procfs_entry *e,
		       int (*show_mm)(struct text *t, struct mm *mm));
/* Each mapping, under map_sem, shared: so they are those of one moment. */
void procfs_write_vmas(struct text *t, struct mm *mm,
		       void (*write_vma)(struct text *t, const struct mm *mm,
					 const struct vma *vma));
/* The line of PID/maps about @vma; map_sem is held. */
void procfs_write_vma(struct text *t, const struct mm *mm,
		      const struct vma *vma);

/* What it is called there; map_sem is held. */
struct vma_name {
	const char *text; /* NULL: nothing */
	const char *mark; /* behind it */
};
struct vma_name procfs_vma_name(const struct mm *mm, const struct vma *vma);
/* The ioctl of PID/maps. */
long procfs_query_map(const struct procfs_entry *e, unsigned cmd, vaddr_t arg);

void procfs_set_cmdline(const char *cmdline);
