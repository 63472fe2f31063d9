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

/* @show's result; *@shown if it was called, which it is not for what is out of sight
 * unless that @may_all. */
static int show_one(const struct mount *m, bool may_all, struct show_buffer *buf,
		    int (*show)(void *arg, const struct mount_view *view),
		    void *arg, bool *shown) REQUIRES_SHARED(C_names)
{
	const struct mount_view view = {
		.mount = m,
		.parent_id = m->parent != NULL ? m->parent->id : m->id,
		.path = buf->path,
		.options = buf->options,
	};
	const struct path root = own_root(),
			  at = { (struct mount *)m, m->root };
	long len = path_from(&root, &at, buf->path);

	*shown = len >= 0;
	if (len == -ENOENT && may_all)
		*buf->path = '\0';
	else if (len < 0)
		return len == -ENOENT ? 0 : (int)len;
	*shown = true;
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
	bool shown;
	int err = 0;

	if (buf == NULL)
		return -ENOMEM;
	names_lock_shared();
	list_for_each_entry(m, &mounts, link) {
		err = show_one(m, false, buf, show, arg, &shown);
		if (err != 0)
			break;
	}
	names_unlock_shared();
	kfree(buf);
	return err;
}

static const struct mount *mount_of_id(unsigned id) REQUIRES_SHARED(C_names)
{
	const struct mount *m;

	list_for_each_entry(m, &mounts, link)
		if (m->id == id)
			return m;
	return NULL;
}

int vfs_show_mount(unsigned id, bool may_all,
		   int (*show)(void *arg, const struct mount_view *view), void *arg)
{
	struct show_buffer *buf = kmalloc(sizeof(*buf));
	const struct mount *m;
	bool shown = false;
	int err = -ENOENT;

	if (buf == NULL)
		return -ENOMEM;
	names_lock_shared();
	m = mount_of_id(id);
	if (m != NULL) {
		err = show_one(m, may_all, buf, show, arg, &shown);
		if (err == 0 && !shown)
			err = -EPERM;
	}
	names_unlock_shared();
	kfree(buf);
	return err;
}

/* What @m shows is seen from @top. */
static bool is_in(const struct mount *m, const struct path *top)
	REQUIRES_SHARED(C_names)
{
	const struct inode *at = m->root;

	while (m != top->mount && m->parent != NULL) {
		at = inode_is(m->covered, S_IFDIR) ? m->covered : m->dir;
		m = m->parent;
	}
	while (at != NULL && at != top->inode)
		at = at->parent;
	return m == top->mount && at != NULL;
}

/* From where on mounts are listed: 0, -ENOENT, -EPERM. */
static int listing_top(const struct mount_listing *wanted, struct path *top)
	REQUIRES_SHARED(C_names)
{
	const struct path root = own_root();
	const struct mount *m;

	*top = root;
	if (wanted->top == 0)
		return 0;
	m = mount_of_id(wanted->top);
	if (m == NULL)
		return -ENOENT;
	*top = (struct path){ (struct mount *)m, m->root };
	return wanted->may_all || is_in(m, &root) ? 0 : -EPERM;
}

static bool is_wanted(const struct mount *m, const struct mount_listing *wanted,
		      const struct path *top) REQUIRES_SHARED(C_names)
{
	if (m->id == wanted->top)
		return false;
	if (wanted->behind != 0 && (wanted->reverse ? m->id >= wanted->behind :
						      m->id <= wanted->behind))
		return false;
	return is_in(m, top);
}

static long list_ids(const struct mount_listing *wanted, unsigned *ids, size_t n)
	REQUIRES_SHARED(C_names)
{
	const struct list *link = &mounts;
	struct path top;
	size_t found = 0;
	int err = listing_top(wanted, &top);

	if (err != 0)
		return err;
	while (found < n &&
	       (link = wanted->reverse ? link->prev : link->next) != &mounts) {
		const struct mount *m = list_entry(link, const struct mount, link);

		if (is_wanted(m, wanted, &top))
			ids[found++] = m->id;
	}
	return (long)found;
}

long vfs_list_mounts(const struct mount_listing *wanted, unsigned *ids, size_t n)
{
	long found;

	names_lock_shared();
	found = list_ids(wanted, ids, n);
	names_unlock_shared();
	return found;
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
	const struct mount *m;

	names_lock_shared();
	list_for_each_entry(m, &mounts, link)
		if (m->id > *id && m->fs->ops->sync != NULL) {
			*id = m->id;
			fs = m->fs;
			filesystem_get(fs);
			break;
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
