/*
 * fs/proc/procfs.c - inodes of /proc, its plain directories and text files.
 *
 * A text is written anew whenever somebody reads from its beginning, and
 * stays as it is for the reads that follow; so however small the pieces, one
 * pass over a file sees one state.  What has to look at names, whose lock
 * stands above all that a read holds, is written at open(), and anew by who goes
 * back to the beginning with lseek().
 */
#include "fs/proc/procfs_internal.h"

#include "arch/barrier.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "vfs/dir.h"
#include "vfs/mount.h"
#include "vfs/path.h"

/* ---- text files ---- */

/* What an open text file has. */
struct open_text {
	struct LOCK_OF(mutex, text) lock;    /* RANK_INODE */
	struct text text GUARDED_BY(C_text);
	uint32_t seen; /* (a) changes of it that were told */
};

static struct text *text_of(struct open_text *o) REQUIRES(C_text)
{
	return &o->text;
}

int procfs_store_number(const char *word, uint32_t min, uint32_t max,
			uint32_t *to)
{
	const char *end;
	uint64_t n;

	while (*word == ' ' || *word == '\t')
		word++;
	if (!parse_u64(word, &end, 10, &n) || *end != '\0' ||
	    n < min || n > max)
		return -EINVAL;
	WRITE_ONCE(*to, (uint32_t)n);
	return 0;
}

static int show(struct text *t, const struct procfs_entry *e)
{
	if (e->node->number == NULL)
		return e->node->show(t, e);
	text_printf(t, "%u\n", READ_ONCE(*e->node->number));
	return 0;
}

static bool can_be_stored(const struct procfs_node *node)
{
	return node->store != NULL || node->number != NULL;
}

static int store(const char *word, const struct procfs_entry *e)
{
	const struct procfs_node *node = e->node;

	if (node->number != NULL)
		return procfs_store_number(word, node->min, node->max,
					   node->number);
	return node->store(word, e);
}

static int write_text(struct text *t, const struct procfs_entry *e)
{
	int err;

	text_clear(t);
	err = show(t, e);
	if (err == 0 && text_failed(t))
		err = -ENOMEM;
	if (err != 0)
		text_clear(t);
	return err;
}

static ssize_t text_file_read(struct file *f, vaddr_t buf, size_t n,
			      uint64_t *pos)
{
	struct open_text *o = f->data;
	ssize_t done = 0;

	mutex_lock(&o->lock);
	if (*pos == 0 && !procfs_entry(f->inode)->node->at_open)
		done = write_text(text_of(o), procfs_entry(f->inode));
	if (done == 0)
		done = text_read(text_of(o), *pos, buf, n);
	mutex_unlock(&o->lock);
	if (done > 0)
		*pos += (uint64_t)done;
	return done;
}

/* Written with no lock held; whoever reads meanwhile reads the old one. */
static int write_anew(struct open_text *o, const struct procfs_entry *e)
{
	struct text t;
	int err;

	text_init(&t);
	err = write_text(&t, e);
	mutex_lock(&o->lock);
	text_move(text_of(o), &t);
	mutex_unlock(&o->lock);
	return err;
}

static long text_file_lseek(struct file *f, long offset, int whence)
{
	const struct procfs_entry *e = procfs_entry(f->inode);
	long at = dir_lseek(f, offset, whence);

	if (at == 0 && e->node->at_open)
		at = write_anew(f->data, e);
	return at;
}

#define STORE_MAX 199

static ssize_t text_file_write(struct file *f, vaddr_t buf, size_t n,
			       uint64_t *pos UNUSED)
{
	const struct procfs_entry *e = procfs_entry(f->inode);
	char word[STORE_MAX + 1];
	size_t len = n;
	int err;

	if (!can_be_stored(e->node))
		return -EIO;
	if (n > STORE_MAX)
		return -EINVAL;
	err = copy_from_user(word, buf, n);
	if (err != 0)
		return err;
	while (len > 0 && word[len - 1] == '\n')
		len--;
	word[len] = '\0';
	err = store(word, e);
	return err != 0 ? err : (ssize_t)n;
}

static long text_file_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	const struct procfs_entry *e = procfs_entry(f->inode);

	return e->node->ioctl != NULL ? e->node->ioctl(e, cmd, arg) : -ENOTTY;
}

static void text_file_release(struct file *f)
{
	struct open_text *o = f->data;

	text_clear(&o->text);
	kfree(o);
}

/* As Linux tells of a change: as of an error, and once. */
static unsigned text_file_poll(struct file *f, struct poll_table *pt)
{
	const struct procfs_changes *c = procfs_entry(f->inode)->node->changes;
	struct open_text *o = f->data;
	uint32_t now, before;

	if (c == NULL)
		return POLLIN | POLLOUT;
	if (pt != NULL)
		pt->watch(pt, c->queue);
	now = READ_ONCE(*c->count);
	before = READ_ONCE(o->seen);
	WRITE_ONCE(o->seen, now);
	return now == before ? POLLIN : POLLIN | POLLERR | POLLPRI;
}

static const struct file_ops text_file_ops = {
	.read = text_file_read,
	.write = text_file_write,
	.lseek = text_file_lseek,
	.ioctl = text_file_ioctl,
	.poll = text_file_poll,
	.release = text_file_release,
};

/* What a process tells does not change in a way that anybody could wait for: an epoll
 * refuses it, as on Linux. */
static const struct file_ops process_text_ops = {
	.read = text_file_read,
	.write = text_file_write,
	.lseek = text_file_lseek,
	.ioctl = text_file_ioctl,
	.release = text_file_release,
};

/* What a read tells is judged then once more (proc_inspect_memory()); but by the rights
 * of who reads, and he may have been handed the file by who has none. */
static int open_text(struct inode *inode, struct file *f)
{
	const struct procfs_entry *e = procfs_entry(inode);
	struct open_text *o;
	int err = 0;

	if (e->node->is_secret && !proc_may_inspect(e->proc))
		return -EACCES;
	o = kmalloc(sizeof(*o));
	if (o == NULL)
		return -ENOMEM;
	is_private(text);
	mutex_init(&o->lock, RANK_INODE);
	text_init(text_of(o));
	o->seen = e->node->changes != NULL ? READ_ONCE(*e->node->changes->count) : 0;
	if (e->node->at_open)
		err = write_text(text_of(o), e);
	if (err != 0) {
		kfree(o);
		return err;
	}
	f->data = o;
	f->ops = e->proc != NULL && e->node->changes == NULL ? &process_text_ops :
							       &text_file_ops;
	f->mode |= FMODE_POS;
	return 0;
}

static const struct inode_ops text_inode_ops = {
	.open = open_text,
	.release = procfs_release,
};

const struct inode_ops procfs_fleeting_text_ops = {
	.is_fleeting = true,
	.open = open_text,
	.release = procfs_release,
};

/* ---- plain directories ---- */

static bool is_named(const struct procfs_node *node, const struct name *name)
{
	return strlen(node->name) == name->len &&
	       memcmp(node->name, name->text, name->len) == 0;
}

static const struct procfs_node *find_named(const struct procfs_node *nodes,
					    const struct name *name)
{
	for (; nodes->name != NULL; nodes++)
		if (is_named(nodes, name))
			return nodes;
	return NULL;
}

int procfs_lookup_child(struct inode *dir, const struct name *name,
			struct inode **child)
{
	const struct procfs_entry *e = procfs_entry(dir);
	const struct procfs_node *node = find_named(e->node->children, name);

	if (node == NULL && e->node->more != NULL)
		node = find_named(*e->node->more, name);
	return node != NULL ? procfs_found(node, e, dir, child) : -ENOENT;
}

/* The nodes have the cookies from *@at on; false: the sink is full. */
static bool emit_nodes(const struct procfs_node *nodes,
		       const struct procfs_entry *e, uint64_t *at,
		       uint64_t cookie, struct dir_sink *sink)
{
	for (; nodes->name != NULL; nodes++, ++*at) {
		const struct name name = { nodes->name, strlen(nodes->name) };

		if (*at >= cookie &&
		    !sink->emit(sink, &name, procfs_ino(nodes, e), nodes->mode,
				*at + 1))
			return false;
	}
	return true;
}

uint64_t procfs_emit_children(struct inode *dir, uint64_t cookie,
			      struct dir_sink *sink)
{
	const struct procfs_entry *e = procfs_entry(dir);
	uint64_t at = DIR_COOKIE_FIRST;

	if (!emit_nodes(e->node->children, e, &at, cookie, sink) ||
	    (e->node->more != NULL &&
	     !emit_nodes(*e->node->more, e, &at, cookie, sink)))
		return 0;
	return at;
}

static long plain_readdir(struct inode *dir, uint64_t cookie,
			  struct dir_sink *sink)
{
	procfs_emit_children(dir, cookie, sink);
	return 0;
}

static const struct inode_ops plain_dir_ops = {
	.lookup = procfs_lookup_child,
	.readdir = plain_readdir,
	.release = procfs_release,
};

int procfs_parse_number(const struct name *name)
{
	char digits[12];
	uint64_t value;
	const char *end;

	if (name->len == 0 || name->len >= sizeof(digits) ||
	    (*name->text == '0' && name->len > 1))
		return -1;
	memcpy(digits, name->text, name->len);
	digits[name->len] = '\0';
	if (!parse_u64(digits, &end, 10, &value) || *end != '\0' ||
	    value > INT32_MAX)
		return -1;
	return (int)value;
}

bool procfs_emit_number(struct dir_sink *sink, int n, uint64_t ino,
			unsigned mode, uint64_t next)
{
	char digits[12];
	int len = ksnprintf(digits, sizeof(digits), "%d", n);
	const struct name name = { digits, (size_t)len };

	return sink->emit(sink, &name, ino, mode, next);
}

long procfs_copy_link(char *buf, size_t n, const char *target)
{
	size_t len = strlen(target);

	if (len > n)
		len = n;
	memcpy(buf, target, len);
	return (long)len;
}

/* ---- inodes ---- */

uint64_t procfs_ino(const struct procfs_node *node,
		    const struct procfs_entry *about)
{
	uint64_t pid = about->proc != NULL ? (uint64_t)about->proc->pid : 0;
	uint64_t tid = about->thread != NULL ? (uint64_t)about->thread->tid : 0;
	/* When it began tells a process from one that had its number before. */
	uint32_t birth = about->proc != NULL ? (uint32_t)about->proc->start_ticks : 0;
	/* The node's address tells the kind, the rest which one. */
	uint64_t kind = (uint64_t)(uintptr_t)node / 8 & 0xffffff;

	return pid << 48 | tid << 32 |
	       (uint32_t)((kind ^ (uint64_t)about->fd << 20) ^ birth);
}

static void get_subject(const struct procfs_entry *e)
{
	if (e->proc != NULL)
		proc_get(e->proc);
	if (e->thread != NULL)
		thread_get(e->thread);
}

void procfs_release(struct inode *inode)
{
	const struct procfs_entry *e = procfs_entry(inode);

	if (e->thread != NULL)
		thread_put(e->thread);
	if (e->proc != NULL)
		proc_put(e->proc);
	kfree(container_of(inode, struct procfs_inode, inode));
}

static const struct inode_ops *ops_of(const struct procfs_node *node)
{
	if (node->ops != NULL)
		return node->ops;
	return node->children != NULL ? &plain_dir_ops : &text_inode_ops;
}

/* The name under which @inode, a directory, is in its parent. */
static bool name_directory(struct inode *inode, struct inode *dir)
{
	const struct procfs_entry *e = procfs_entry(inode);
	char number[16];
	struct name name = { .text = e->node->name };

	if (name.text == NULL) {
		if (e->thread != NULL)
			ksnprintf(number, sizeof(number), "%d", e->thread->tid);
		else if (e->proc != NULL)
			ksnprintf(number, sizeof(number), "%d", e->proc->pid);
		else
			ksnprintf(number, sizeof(number), "cpu%d", e->fd);
		name.text = number;
	}
	name.len = strlen(name.text);
	return inode_set_parent(inode, dir, &name);
}

/* A process's files are its user's; those of who may not be looked into are
 * root's, but its directories stay its own: /dev/stdin is in one. */
static struct inode_spec spec_of(const struct procfs_node *node,
				 struct proc *p)
{
	struct inode_spec spec = { .mode = node->mode };
	bool is_file = (node->mode & S_IFMT) == S_IFREG;
	const struct cred *cred;

	if (p == NULL || (is_file && !proc_is_dumpable(p)))
		return spec;
	cred = proc_cred(p);
	spec.uid = cred->euid;
	spec.gid = cred->egid;
	cred_put(cred);
	return spec;
}

static struct filesystem procfs, sysfs;

static struct filesystem *whole_of(const struct procfs_node *root)
{
	return root == &sysfs_root_node ? &sysfs : &procfs;
}

struct inode *procfs_inode(const struct procfs_node *node,
			   const struct procfs_entry *about,
			   struct inode *dir)
{
	struct inode_spec spec = spec_of(node, about->proc);
	struct procfs_inode *p = kzalloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	inode_init(&p->inode, dir != NULL ? dir->fs : whole_of(node),
		   ops_of(node), &spec, procfs_ino(node, about));
	p->entry = *about;
	p->entry.node = node;
	get_subject(&p->entry);
	if (inode_is(&p->inode, S_IFDIR) && dir != NULL &&
	    !name_directory(&p->inode, dir)) {
		inode_put(&p->inode);
		return NULL;
	}
	return &p->inode;
}

int procfs_found(const struct procfs_node *node,
		 const struct procfs_entry *about, struct inode *dir,
		 struct inode **child)
{
	*child = procfs_inode(node, about, dir);
	return *child != NULL ? 0 : -ENOMEM;
}

/* ---- the whole ---- */

#define PROC_MAGIC 0x9fa0
#define SYSFS_MAGIC 0x62656572

static void procfs_statfs(struct filesystem *fs, struct fs_stats *stats)
{
	*stats = (struct fs_stats){
		.magic = fs == &sysfs ? SYSFS_MAGIC : PROC_MAGIC,
	};
}

struct proc *procfs_dir_proc(const struct file *f)
{
	const struct procfs_entry *e;

	if (f->inode == NULL || f->inode->fs != &procfs)
		return NULL;
	e = procfs_entry(f->inode);
	return e->node == &procfs_pid_node ? e->proc : NULL;
}

static const struct filesystem_ops procfs_ops = { .statfs = procfs_statfs };

static struct filesystem procfs = { .ops = &procfs_ops, .type = "proc" };
static struct filesystem sysfs = { .ops = &procfs_ops, .type = "sysfs" };

/* There is one of each, however often it is mounted. */
static int get_procfs(const char *options UNUSED, struct filesystem **fs)
{
	*fs = &procfs;
	return 0;
}

static int get_sysfs(const char *options UNUSED, struct filesystem **fs)
{
	*fs = &sysfs;
	return 0;
}

static void show_at(const char *path, struct filesystem *fs,
		    const struct procfs_node *root)
{
	static const struct procfs_entry nobody;

	filesystem_init(fs);
	fs->root = procfs_inode(root, &nobody, NULL);
	if (fs->root == NULL)
		panic("no memory for %s", path);
	vfs_mount_at_boot(path, fs, MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC);
}

void procfs_init(const char *cmdline, const struct procfs_more *more)
{
	static struct filesystem_type types[] = {
		{ .name = "proc", .get = get_procfs },
		{ .name = "sysfs", .get = get_sysfs },
	};

	procfs_set_cmdline(cmdline);
	procfs_more = *more;
	for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
		filesystem_register(&types[i]);
	show_at("/proc", &procfs, &procfs_root_node);
	show_at("/sys", &sysfs, &sysfs_root_node);
}
