/*
 * syscall/sys_statmount.c - statmount() and listmount(): mounts by their unique
 * numbers, without a text that a program has to take apart.
 *
 * Source: statmount(2), listmount(2), Linux's uapi/linux/mount.h.
 */
#include "syscall/mount_attr.h"
#include "syscall/syscall.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/growing.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "vfs/caps.h"
#include "vfs/cred.h"
#include "vfs/mount.h"

/* Which mounts: Linux's struct mnt_id_req. */
struct request {
	uint32_t size, spare;
	uint64_t mount_id;
	uint64_t param; /* what is wanted of it, or the last one that is known */
	uint64_t namespace; /* 0: the caller's */
};

#define REQUEST_SIZE_FIRST offsetof(struct request, namespace)

static int request_from_user(struct request *req, vaddr_t from)
{
	uint32_t size;
	int err = get_user_u32(&size, from);

	if (err != 0)
		return err;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < REQUEST_SIZE_FIRST)
		return -EINVAL;
	err = growing_from_user(req, sizeof(*req), from, size);
	if (err != 0)
		return err;
	return req->spare != 0 || req->mount_id <= UNIQUE_MOUNT_IDS ? -EINVAL : 0;
}

static bool namespace_is_there(const struct request *req)
{
	return req->namespace == 0 || req->namespace == MOUNT_NAMESPACE;
}

static bool may_see_all(void)
{
	return cred_can(current_cred(), CAP_SYS_ADMIN);
}

/* ---- statmount() ---- */

#define SB_BASIC 1UL
#define MNT_BASIC 2UL
#define PROPAGATE_FROM 4UL
#define MNT_ROOT 8UL
#define MNT_POINT 0x10UL
#define FS_TYPE 0x20UL
#define MNT_NS_ID 0x40UL
#define MNT_OPTS 0x80UL
#define TEXTS (MNT_ROOT | MNT_POINT | FS_TYPE | MNT_OPTS)

#define SB_RDONLY 1U
#define MS_PRIVATE (1U << 18)

/* What is answered: Linux's struct statmount. Texts follow it, and are told by where
 * they begin there. */
struct answer {
	uint32_t size, options;
	uint64_t mask;
	uint32_t dev_major, dev_minor;
	uint64_t magic;
	uint32_t fs_flags, type;
	uint64_t id, parent_id;
	uint32_t old_id, old_parent_id;
	uint64_t attr, propagation, peer_group, master, propagate_from;
	uint32_t root, point;
	uint64_t namespace;
	uint64_t spare[49];
};

_Static_assert(sizeof(struct answer) == 512, "as programs have it");

/* The longest: a type and options, a root and a place. */
#define TEXT_MAX (2 * PATH_MAX + 1024)

struct telling {
	struct answer answer;
	uint64_t wanted;       /* of the above */
	size_t room;           /* in the caller's buffer */
	struct filesystem *fs; /* a sight, if it is to be asked */
	size_t used;           /* of text */
	char text[TEXT_MAX];
};

/* @text with its NUL, if it is @wanted; *@where is told: 0 or -EOVERFLOW. */
static int add_text(struct telling *t, uint64_t wanted, uint32_t *where,
		    const char *text)
{
	size_t n = strlen(text) + 1;

	if (!(t->wanted & wanted))
		return 0;
	if (sizeof(t->answer) + t->used + n > t->room ||
	    t->used + n > sizeof(t->text))
		return -EOVERFLOW;
	*where = (uint32_t)t->used;
	memcpy(t->text + t->used, text, n);
	t->used += n;
	t->answer.mask |= wanted;
	return 0;
}

static int add_texts(struct telling *t, const struct mount_view *view)
{
	const struct mount *m = view->mount;
	const char *options = view->options;
	struct answer *a = &t->answer;
	int err = add_text(t, FS_TYPE, &a->type, m->fs->type);

	if (err == 0)
		err = add_text(t, MNT_ROOT, &a->root,
			       m->root_path != NULL ? m->root_path : "/");
	if (err == 0)
		err = add_text(t, MNT_POINT, &a->point, view->path);
	if (err == 0)
		err = add_text(t, MNT_OPTS, &a->options,
			       *options == ',' ? options + 1 : options);
	return err;
}

static void tell_of_fs(struct telling *t, struct filesystem *fs)
{
	struct answer *a = &t->answer;

	a->mask |= SB_BASIC;
	a->dev_major = dev_major(fs->dev);
	a->dev_minor = dev_minor(fs->dev);
	a->fs_flags = READ_ONCE(fs->readonly) ? SB_RDONLY : 0;
	t->fs = fs;
	filesystem_get(fs);
}

static void tell_of_place(struct answer *a, const struct mount_view *view)
{
	a->mask |= MNT_BASIC;
	a->old_id = view->mount->id;
	a->old_parent_id = view->parent_id;
	a->id = unique_mount_id(view->mount->id);
	a->parent_id = unique_mount_id(view->parent_id);
	a->attr = mount_attr_of_flags(READ_ONCE(view->mount->flags));
	a->propagation = MS_PRIVATE;
}

/* Names are locked: the file system is asked later. */
static int show_answer(void *arg, const struct mount_view *view)
{
	struct telling *t = arg;
	int err = add_texts(t, view);

	if (err != 0)
		return err;
	if (t->wanted & SB_BASIC)
		tell_of_fs(t, view->mount->fs);
	if (t->wanted & MNT_BASIC)
		tell_of_place(&t->answer, view);
	t->answer.mask |= t->wanted & (PROPAGATE_FROM | MNT_NS_ID);
	if (t->wanted & MNT_NS_ID)
		t->answer.namespace = MOUNT_NAMESPACE;
	return 0;
}

static void ask_fs(struct telling *t)
{
	struct fs_stats stats = { .magic = 0 };

	if (t->fs == NULL)
		return;
	t->fs->ops->statfs(t->fs, &stats);
	t->answer.magic = stats.magic;
	filesystem_put(t->fs);
}

/* The texts first: who sees the answer's size finds them there. */
static int put_answer(vaddr_t to, struct telling *t)
{
	size_t n = min(t->room, sizeof(t->answer));

	t->answer.size = (uint32_t)(n + t->used);
	if (t->used != 0 &&
	    copy_to_user(to + sizeof(t->answer), t->text, t->used) < 0)
		return -EFAULT;
	return copy_to_user(to, &t->answer, n);
}

static int tell_of(const struct request *req, vaddr_t to, struct telling *t)
{
	int err = vfs_show_mount(mount_of_unique_id(req->mount_id), may_see_all(),
				 show_answer, t);

	ask_fs(t);
	return err != 0 ? err : put_answer(to, t);
}

SYSCALL_4(statmount, user_request, to, room, flags)
{
	struct request req;
	struct telling *t;
	int err;

	if (flags != 0)
		return -EINVAL;
	err = request_from_user(&req, user_request);
	if (err != 0)
		return err;
	if (!namespace_is_there(&req))
		return -ENOENT;
	if (!is_user_range(to, room))
		return -EFAULT;
	/* As Linux: a buffer that is a little shorter has room for no text, either. */
	if ((req.param & TEXTS) && room == sizeof(t->answer))
		return -EOVERFLOW;
	t = kmalloc(sizeof(*t));
	if (t == NULL)
		return -ENOMEM;
	memset(&t->answer, 0, sizeof(t->answer));
	t->fs = NULL;
	t->used = 0;
	t->wanted = req.param;
	t->room = room;
	err = tell_of(&req, to, t);
	kfree(t);
	return err;
}

/* ---- listmount() ---- */

#define LISTMOUNT_REVERSE 1U
#define MOST_AT_ONCE 1000000UL
#define ROOT_OF_ALL UINT64_MAX

/* A part of the list, which is had under one lock. */
#define PART 128UL

struct part {
	unsigned ids[PART];
	uint64_t unique[PART];
};

static long put_part(vaddr_t to, struct mount_listing *wanted, struct part *part,
		     size_t n)
{
	long found = vfs_list_mounts(wanted, part->ids, n);

	if (found <= 0)
		return found;
	for (long i = 0; i < found; i++)
		part->unique[i] = unique_mount_id(part->ids[i]);
	wanted->behind = part->ids[found - 1];
	return copy_to_user(to, part->unique, (size_t)found * sizeof(uint64_t)) < 0 ?
		       -EFAULT : found;
}

/* Who comes or goes between two parts may be missing, or in it; nobody is twice. */
static long put_list(vaddr_t to, struct mount_listing *wanted, size_t n)
{
	struct part *part = kmalloc(sizeof(*part));
	long found = 0;
	size_t done = 0, now = 0;

	if (part == NULL)
		return -ENOMEM;
	do {
		now = min(n - done, PART);
		found = put_part(to + done * sizeof(uint64_t), wanted, part, now);
		if (found > 0)
			done += (size_t)found;
	} while (found == (long)now && done < n);
	kfree(part);
	return found < 0 && done == 0 ? found : (long)done;
}

SYSCALL_4(listmount, user_request, to, n, flags)
{
	struct request req;
	struct mount_listing wanted = { .reverse = flags & LISTMOUNT_REVERSE };
	int err;

	if ((unsigned)flags & ~LISTMOUNT_REVERSE)
		return -EINVAL;
	if (n > MOST_AT_ONCE)
		return -EOVERFLOW;
	if (!is_user_range(to, n * sizeof(uint64_t)))
		return -EFAULT;
	err = request_from_user(&req, user_request);
	if (err != 0)
		return err;
	if (req.param != 0 && req.param <= UNIQUE_MOUNT_IDS)
		return -EINVAL;
	if (!namespace_is_there(&req))
		return -ENOENT;
	wanted.behind = mount_of_unique_id(req.param);
	/* Behind a number that no mount can have there is none, or all are. */
	if (wanted.behind == 0 && req.param != 0 && !wanted.reverse)
		wanted.behind = UINT32_MAX;
	if (req.mount_id != ROOT_OF_ALL) {
		wanted.top = mount_of_unique_id(req.mount_id);
		if (wanted.top == 0)
			return -ENOENT;
	}
	wanted.may_all = may_see_all();
	return put_list(to, &wanted, n);
}
