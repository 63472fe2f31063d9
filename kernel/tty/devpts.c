/*
 * tty/devpts.c - /dev/pts: the names of pseudoterminals.
 *
 * A name is there for as long as its master is open.  Its inode is made with
 * it and stays the same: who logs in gets the terminal by chown().  The table
 * has a reference to the inode, and that one to the pair.
 */
#include "tty/pty_internal.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/inode.h"
#include "vfs/mount.h"

#define PTS_MAJOR 136
#define TTY_GROUP 5
#define DEVPTS_MAGIC 0x1cd1

/* kernel.pty.max: for all of the system. */
#define MAX_PTYS 4096U

struct pts_inode {
	struct inode inode;
	struct pty *pty; /* (c) a reference; NULL: the root */
};

static struct mutex table_lock; /* RANK_MISC_SLEEP */
static struct pts_inode *names[MAX_PTYS] GUARDED_BY(table_lock);

static struct filesystem devpts;

/* ---- a name ---- */

static struct pts_inode *pts_of(struct inode *inode)
{
	return container_of(inode, struct pts_inode, inode);
}

/* A process without a terminal that leads a session gets its first one so. */
static int pts_open(struct inode *inode, struct file *f)
{
	struct tty *tty = &pts_of(inode)->pty->tty;
	int err = tty_open_file(tty, f);

	if (err == 0 && !(f->flags & O_NOCTTY) && (f->mode & FMODE_READ))
		tty_acquire_at_open(tty);
	return err;
}

static void pts_release(struct inode *inode)
{
	if (pts_of(inode)->pty != NULL)
		pty_put(&pts_of(inode)->pty->tty);
	kfree(pts_of(inode));
}

static const struct inode_ops pts_ops = {
	.open = pts_open,
	.release = pts_release,
};

static struct pts_inode *make_inode(struct pty *pty,
				    const struct inode_ops *ops,
				    const struct inode_spec *spec, uint64_t ino)
{
	struct pts_inode *n = kzalloc(sizeof(*n));

	if (n == NULL)
		return NULL;
	inode_init(&n->inode, &devpts, ops, spec, ino);
	n->pty = pty;
	if (pty != NULL)
		pty_get(&pty->tty);
	return n;
}

/* ---- the table ---- */

#define FIRST_INO 3

static int add_locked(struct pty *pty) REQUIRES(table_lock)
{
	struct inode_spec spec = {
		.mode = S_IFCHR | 0620,
		.uid = current_cred()->fsuid,
		.gid = TTY_GROUP,
		.major = PTS_MAJOR,
	};

	while (spec.minor < MAX_PTYS && names[spec.minor] != NULL)
		spec.minor++;
	if (spec.minor == MAX_PTYS)
		return -ENOSPC;
	pty->index = spec.minor;
	pty->tty.dev = PTS_MAJOR << 8 | (spec.minor & 0xff) |
		       (spec.minor & ~0xffU) << 12;
	names[spec.minor] = make_inode(pty, &pts_ops, &spec,
				       spec.minor + FIRST_INO);
	return names[spec.minor] != NULL ? 0 : -ENOMEM;
}

int devpts_add(struct pty *pty)
{
	mutex_lock(&table_lock);
	int err = add_locked(pty);

	mutex_unlock(&table_lock);
	return err;
}

void devpts_remove(unsigned index)
{
	mutex_lock(&table_lock);
	struct pts_inode *n = names[index];

	names[index] = NULL;
	mutex_unlock(&table_lock);
	inode_put(&n->inode);
}

struct inode *devpts_inode(unsigned index)
{
	struct pts_inode *n = NULL;

	mutex_lock(&table_lock);
	if (index < MAX_PTYS)
		n = names[index];
	if (n != NULL)
		inode_get(&n->inode);
	mutex_unlock(&table_lock);
	return n != NULL ? &n->inode : NULL;
}

/* ---- the directory ---- */

static int root_lookup(struct inode *dir UNUSED, const struct name *name,
		       struct inode **child)
{
	char digits[12];
	const char *end;
	uint64_t n;

	if (name->len >= sizeof(digits) ||
	    (*name->text == '0' && name->len > 1))
		return -ENOENT;
	memcpy(digits, name->text, name->len);
	digits[name->len] = '\0';
	if (!parse_u64(digits, &end, 10, &n) || *end != '\0' || n >= MAX_PTYS)
		return -ENOENT;
	*child = devpts_inode((unsigned)n);
	return *child != NULL ? 0 : -ENOENT;
}

static bool emit(struct dir_sink *sink, unsigned index)
{
	char digits[12];
	int len = ksnprintf(digits, sizeof(digits), "%u", index);
	const struct name name = { digits, (size_t)len };

	return sink->emit(sink, &name, index + FIRST_INO, S_IFCHR,
			  DIR_COOKIE_FIRST + index + 1);
}

static long root_readdir(struct inode *dir UNUSED, uint64_t cookie,
			 struct dir_sink *sink)
{
	mutex_lock(&table_lock);
	for (uint64_t i = cookie - DIR_COOKIE_FIRST; i < MAX_PTYS; i++)
		if (names[i] != NULL && !emit(sink, (unsigned)i))
			break;
	mutex_unlock(&table_lock);
	return 0;
}

static const struct inode_ops root_ops = {
	.lookup = root_lookup,
	.readdir = root_readdir,
	.release = pts_release,
};

/* ---- the whole ---- */

static void devpts_statfs(struct filesystem *fs UNUSED, struct fs_stats *stats)
{
	*stats = (struct fs_stats){ .magic = DEVPTS_MAGIC };
}

static int devpts_options(struct filesystem *fs UNUSED, char *buf, size_t n)
{
	return ksnprintf(buf, n, ",gid=%u,mode=620,ptmxmode=000", TTY_GROUP);
}

static const struct filesystem_ops devpts_ops = {
	.statfs = devpts_statfs,
	.options = devpts_options,
};

static struct filesystem devpts = { .ops = &devpts_ops, .type = "devpts" };

/* There is one, however often it is mounted. */
static int get_devpts(const char *options UNUSED, struct filesystem **fs)
{
	*fs = &devpts;
	return 0;
}

void devpts_init(void)
{
	static struct filesystem_type type = {
		.name = "devpts",
		.get = get_devpts,
	};
	static const struct inode_spec spec = { .mode = S_IFDIR | 0755 };
	struct pts_inode *root;

	mutex_init(&table_lock, RANK_MISC_SLEEP);
	filesystem_init(&devpts);
	filesystem_register(&type);
	root = make_inode(NULL, &root_ops, &spec, 1);
	if (root == NULL)
		panic("no memory for /dev/pts");
	devpts.root = &root->inode;
	vfs_mount_at_boot("/dev/pts", &devpts, MOUNT_NOSUID | MOUNT_NOEXEC);
}
