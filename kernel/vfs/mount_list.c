/*
 * vfs/mount_list.c - all mounts: shown to /proc, and made safe.
 */
#include "lib/errno.h"
#include "mm/slab.h"
#include "vfs/mount_internal.h"

#define OPTIONS_MAX 256

/* What is shown of one mount, in one piece of memory. */
struct show_buffer {
	char path[PATH_MAX];
	char options[OPTIONS_MAX];
};

static int show_one(const struct mount *m, struct show_buffer *buf,
		    int (*show)(void *arg, const struct mount_view *view),
		    void *arg) REQUIRES_SHARED(C_names)
{
	const struct mount_view view = {
		.mount = m,
		.parent_id = m->parent != NULL ? m->parent->id : 0,
		.path = buf->path,
		.options = buf->options,
	};
	const struct path root = own_root(),
			  at = { (struct mount *)m, m->root };
	long len = path_from(&root, &at, buf->path);

	if (len == -ENOENT)
		return 0; /* out of its sight */
	if (len < 0)
		return (int)len;
	*buf->options = '\0';
	if (m->fs->ops->options != NULL)
		(void)m->fs->ops->options(m->fs, buf->options, OPTIONS_MAX);
	return show(arg, &view);
}

int vfs_show_mounts(int (*show)(void *arg, const struct mount_view *view),
		    void *arg)
{
	struct show_buffer *buf = kmalloc(sizeof(*buf));
	const struct mount *m;
	int err = 0;

	if (buf == NULL)
		return -ENOMEM;
	names_lock_shared();
	list_for_each_entry(m, &mounts, link) {
		err = show_one(m, buf, show, arg);
		if (err != 0)
			break;
	}
	names_unlock_shared();
	kfree(buf);
	return err;
}

static int sync_locked(struct filesystem *fs)
{
	return fs->ops->sync != NULL ? fs->ops->sync(fs) : 0;
}

int vfs_sync(struct filesystem *fs)
{
	names_lock_shared();
	int err = sync_locked(fs);

	names_unlock_shared();
	return err;
}

void vfs_sync_all(void)
{
	struct mount *m;

	names_lock_shared();
	list_for_each_entry(m, &mounts, link)
		(void)sync_locked(m->fs);
	names_unlock_shared();
}
