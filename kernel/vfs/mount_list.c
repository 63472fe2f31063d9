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

int vfs_sync(struct filesystem *fs)
{
	return fs->ops->sync != NULL ? fs->ops->sync(fs) : 0;
}

/* That of the first mount younger than @id, which then is that one's, with a
 * sight; NULL: there is none. */
static struct filesystem *next_to_sync(unsigned *id)
{
	struct filesystem *fs = NULL;
	const struct mount *m, *next = NULL;

	names_lock_shared();
	list_for_each_entry(m, &mounts, link)
		if (m->id > *id && m->fs->ops->sync != NULL &&
		    (next == NULL || m->id < next->id))
			next = m;
	if (next != NULL) {
		*id = next->id;
		fs = next->fs;
		filesystem_get(fs);
	}
	names_unlock_shared();
	return fs;
}

/* Without names: to write takes long. */
void vfs_sync_all(void)
{
	struct filesystem *fs;
	unsigned id = 0;

	while ((fs = next_to_sync(&id)) != NULL) {
		(void)vfs_sync(fs);
		filesystem_put(fs);
		cond_resched();
	}
}
