/*
 * vfs/umount.c - umount(): taking a mount out of sight.
 *
 * Whether somebody is in it is asked under the exclusive lock of names, and
 * under the same lock it goes: who comes in does so under that lock.
 */
#include "arch/barrier.h"
#include "lib/errno.h"
#include "vfs/landlock/landlock.h"
#include "vfs/mount_internal.h"

/* One reference is the table's. */
static bool is_used(const struct mount *m)
{
	return refcount_read(&m->refs) > 1;
}

/* It is marked, and goes if nobody came until the second time. */
static int expire(struct mount *m, unsigned flags) REQUIRES(C_names)
{
	if (flags & (UMOUNT_FORCE | UMOUNT_DETACH))
		return -EINVAL;
	if (is_used(m) || mount_has_children(m))
		return -EBUSY;
	if (READ_ONCE(m->expiring))
		return 0;
	WRITE_ONCE(m->expiring, true);
	return -EAGAIN;
}

static int may_umount(const struct walk *w, unsigned flags) REQUIRES(C_names)
{
	int err = mount_is_at(w);

	if (err == 0)
		err = landlock_may_mount();
	if (err < 0)
		return err;
	if (w->mount->parent == NULL) /* the root of all */
		return flags & UMOUNT_DETACH ? -EINVAL : -EBUSY;
	if (flags & UMOUNT_EXPIRE)
		return expire(w->mount, flags);
	if (!(flags & UMOUNT_DETACH) &&
	    (is_used(w->mount) || mount_has_children(w->mount)))
		return -EBUSY;
	return 0;
}

/* One that stands on @m, or on what does, and has nothing on top itself. */
static struct mount *topmost_of(struct mount *m) REQUIRES(C_names)
{
	struct mount *other, *top = m;

	list_for_each_entry(other, &mounts, link)
		if (mount_is_below(other, m) && !mount_has_children(other))
			top = other;
	return top;
}

void mount_detach_all(struct mount *m, struct list *gone)
{
	struct mount *top;

	do {
		top = topmost_of(m);
		mount_detach(top);
		list_push_back(gone, &top->link);
	} while (top != m);
}

void mount_put_all(struct list *gone)
{
	struct list *link;

	is_private(names);
	while ((link = list_pop_front(gone)) != NULL)
		mount_put(list_entry(link, struct mount, link));
}

struct unmounting {
	unsigned flags;   /* UMOUNT_* */
	struct list gone; /* what is in no table any more */
};

static int umount_found(const struct walk *w, void *arg) REQUIRES(C_names)
{
	struct unmounting *u = arg;
	int err = may_umount(w, u->flags);

	if (err == 0)
		mount_detach_all(w->mount, &u->gone);
	return err;
}

int vfs_umount(const char *path, unsigned flags)
{
	const struct mount_place at = {
		AT_FDCWD, path, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW
	};
	struct unmounting u = { .flags = flags, .gone = LIST_INIT(u.gone) };
	int err = mount_with(&at, umount_found, &u);

	mount_put_all(&u.gone);
	return err;
}
