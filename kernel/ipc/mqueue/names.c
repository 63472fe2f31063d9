/*
 * ipc/mqueue/names.c - which queues there are; making and removing them.
 *
 * One list of names, as in a directory where everybody may make some and only
 * the owner may remove one.  A queue lives as long as it has its name or is
 * open, and is paid, whole, by who made it.
 */
#include "ipc/mqueue/mqueue_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/task/proc.h"
#include "vfs/attr.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/mount.h"
#include "vfs/path.h"

uint32_t mq_max_msgs = 10, mq_max_size = 8192;
uint32_t mq_default_msgs = 10, mq_default_size = 8192;
uint32_t mq_max_queues = 256;

static struct mutex names_mutex; /* RANK_MISC_SLEEP */
static struct list names GUARDED_BY(names_mutex) = LIST_INIT(names);
static uint32_t nr_queues; /* (a) with a name or without */
static uint64_t last_ino;  /* (a) */

/* ---- the inode ---- */

static void getattr(struct inode *inode UNUSED, struct inode_attr *attr)
{
	attr->size = MQUEUE_FILE_SIZE;
}

static void release(struct inode *inode)
{
	struct mqueue *q = mqueue_of_inode(inode);

	mqueue_empty(q);
	user_uncharge(q->payer, USER_MQ_BYTES, q->bytes);
	atomic_fetch_add_relaxed(&nr_queues, -1U);
	kfree(q->name);
	kfree(q);
}

static const struct inode_ops mqueue_inode_ops = {
	.getattr = getattr,
	.release = release,
};

static void statfs(struct filesystem *fs UNUSED, struct fs_stats *stats)
{
	*stats = (struct fs_stats){ .magic = 0x19800202 };
}

static const struct filesystem_ops filesystem_ops = { .statfs = statfs };

/* Mounted nowhere. */
static struct filesystem mqueue_fs = {
	.ops = &filesystem_ops,
	.type = "mqueue",
};

void mqueue_init(void)
{
	mutex_init(&names_mutex, RANK_MISC_SLEEP);
	filesystem_init(&mqueue_fs);
}

/* ---- sizes ---- */

static int check_attr(const struct mq_attr *attr)
{
	bool root = cred_can(current_cred(), CAP_SYS_RESOURCE);
	int64_t msgs = root ? MQ_MOST_MSGS : READ_ONCE(mq_max_msgs);
	int64_t size = root ? MQ_LARGEST_SIZE : READ_ONCE(mq_max_size);

	return attr->maxmsg > 0 && attr->msgsize > 0 && attr->maxmsg <= msgs &&
	       attr->msgsize <= size ? 0 : -EINVAL;
}

static struct mq_attr default_attr(void)
{
	struct mq_attr attr = { .flags = 0 };

	attr.maxmsg = min(READ_ONCE(mq_max_msgs), READ_ONCE(mq_default_msgs));
	attr.msgsize = min(READ_ONCE(mq_max_size), READ_ONCE(mq_default_size));
	return attr;
}

/* What Linux counts: a message, and a node of its tree for each priority. */
#define LINUX_MESSAGE 48
#define LINUX_NODE 48

static uint64_t bytes_of(const struct mq_attr *attr)
{
	uint64_t msgs = (uint64_t)attr->maxmsg;

	return msgs * LINUX_MESSAGE + min(msgs, (uint64_t)MQ_PRIORITIES) * LINUX_NODE +
	       msgs * (uint64_t)attr->msgsize;
}

/* ---- making one ---- */

static bool count_queue(void)
{
	uint32_t before = atomic_fetch_add_relaxed(&nr_queues, 1U);

	if (before < READ_ONCE(mq_max_queues) || cred_can(current_cred(), CAP_SYS_RESOURCE))
		return true;
	atomic_fetch_add_relaxed(&nr_queues, -1U);
	return false;
}

static void init(struct mqueue *q, unsigned mode, const struct mq_attr *attr)
{
	const struct cred *cred = current_cred();
	const struct inode_spec spec = {
		.mode = S_IFREG | (mode & ~own_umask() & 0777),
		.uid = cred->fsuid,
		.gid = cred->fsgid,
	};

	is_private(mqueue);
	inode_init(&q->inode, &mqueue_fs, &mqueue_inode_ops, &spec,
		   atomic_fetch_add_relaxed(&last_ino, 1UL) + 1);
	mutex_init(&q->lock, RANK_PIPE);
	list_init(&q->link);
	list_init(&q->messages);
	list_init(&q->senders);
	list_init(&q->receivers);
	waitq_init(&q->changed);
	q->max_msgs = attr->maxmsg;
	q->max_size = attr->msgsize;
}

/* @q, but for its payer, who is charged here. */
static int make(struct mqueue **made, const char *name, unsigned mode,
		const struct mq_attr *attr)
{
	uint64_t bytes = bytes_of(attr);
	struct user *payer = user_charge(current_cred()->user, USER_MQ_BYTES,
					 bytes, current_limit(RLIMIT_MSGQUEUE));
	struct mqueue *q = payer == NULL ? NULL : kzalloc(sizeof(*q));

	if (payer == NULL)
		return -EMFILE;
	if (q != NULL)
		q->name = kstrdup(name);
	if (q == NULL || q->name == NULL) {
		user_uncharge(payer, USER_MQ_BYTES, bytes);
		kfree(q);
		return -ENOMEM;
	}
	init(q, mode, attr);
	q->payer = payer;
	q->bytes = bytes;
	*made = q;
	return 0;
}

static int create(struct mqueue **made, const char *name, unsigned mode,
		  const struct mq_attr *attr) REQUIRES(names_mutex)
{
	const struct mq_attr usual = default_attr();
	int err;

	if (!count_queue())
		return -ENOSPC;
	err = attr == NULL ? 0 : check_attr(attr);
	if (err == 0)
		err = make(made, name, mode, attr == NULL ? &usual : attr);
	if (err != 0)
		atomic_fetch_add_relaxed(&nr_queues, -1U);
	else
		list_push_back(&names, &(*made)->link);
	return err;
}

/* ---- opening ---- */

static struct mqueue *find(const char *name) REQUIRES(names_mutex)
{
	struct mqueue *q;

	list_for_each_entry(q, &names, link)
		if (strcmp(q->name, name) == 0)
			return q;
	return NULL;
}

static int may_open(struct mqueue *q, unsigned flags)
{
	static const unsigned may[] = {
		[O_RDONLY] = MAY_READ,
		[O_WRONLY] = MAY_WRITE,
		[O_RDWR] = MAY_READ | MAY_WRITE,
	};

	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	return inode_permission(&q->inode, may[flags & O_ACCMODE]);
}

/* @found has a reference: the queue @name. */
static int find_or_create(const char *name, unsigned flags, unsigned mode,
			  const struct mq_attr *attr, struct mqueue **found)
{
	int err = -ENOENT;

	mutex_lock(&names_mutex);
	*found = find(name);
	if (*found != NULL)
		err = may_open(*found, flags);
	else if (flags & O_CREAT)
		err = create(found, name, mode, attr);
	if (err == 0)
		inode_get(&(*found)->inode);
	mutex_unlock(&names_mutex);
	return err;
}

static int check_name(const char *name)
{
	if (*name == '\0')
		return -ENOENT;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strchr(name, '/') != NULL)
		return -EACCES;
	return strlen(name) > NAME_MAX ? -ENAMETOOLONG : 0;
}

static char *path_of(const char *name)
{
	size_t size = strlen(name) + 2;
	char *path = kmalloc(size);

	if (path != NULL)
		ksnprintf(path, size, "/%s", name);
	return path;
}

/* Make @f, which is of nothing so far, a file of the queue @name. */
static int open_queue(struct file *f, const char *name, unsigned flags,
		      unsigned mode, const struct mq_attr *attr)
{
	struct mqueue *q;
	int err = find_or_create(name, flags, mode, attr, &q);

	if (err != 0)
		return err;
	f->ops = &mqueue_file_ops;
	f->data = q;
	f->inode = &q->inode;
	return 0;
}

int mqueue_open(const char *name, unsigned flags, unsigned mode,
		const struct mq_attr *attr, struct file **out)
{
	static const unsigned modes[] = {
		[O_RDONLY] = FMODE_READ,
		[O_WRONLY] = FMODE_WRITE,
		[O_RDWR] = FMODE_READ | FMODE_WRITE,
		[O_ACCMODE] = 0,
	};
	struct file *f;
	int err = check_name(name);

	if (err != 0)
		return err;
	/* The file comes first: when it cannot be had, no queue was made. */
	err = file_create(&f, NULL, modes[flags & O_ACCMODE],
			  flags & (O_ACCMODE | O_NONBLOCK), NULL);
	if (err != 0)
		return err;
	f->path = path_of(name);
	err = f->path == NULL ? -ENOMEM :
				open_queue(f, name, flags, mode, attr);
	if (err != 0)
		file_put(f);
	else
		*out = f;
	return err;
}

/* ---- removing ---- */

static int remove(const char *name, struct mqueue **removed)
	REQUIRES(names_mutex)
{
	struct mqueue *q = find(name);
	struct inode_owner owner;

	if (q == NULL)
		return -ENOENT;
	owner = inode_owner(&q->inode);
	if (!is_own(&owner))
		return -EPERM;
	list_remove(&q->link);
	*removed = q;
	return 0;
}

int mqueue_unlink(const char *name)
{
	struct mqueue *q;
	int err = check_name(name);

	if (err != 0)
		return err;
	mutex_lock(&names_mutex);
	err = remove(name, &q);
	mutex_unlock(&names_mutex);
	if (err == 0)
		inode_put(&q->inode); /* the name's */
	return err;
}
