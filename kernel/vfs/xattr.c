/*
 * vfs/xattr.c - extended attributes.
 *
 * Two locks, as for mode and owner (vfs/attr.c).  Who changes holds
 * inode->lock, so that what was judged is still so; and attr_lock, which is
 * all that reading takes.  A reader takes a reference under it: so whoever
 * puts a new value in the place of an old one drops only the inode's.
 *
 *	reader				writer
 *	attr_lock, finds the value
 *	takes a reference		waits for attr_lock
 *	copies it to the program	takes it out, drops the inode's reference
 *	drops its own, and frees it
 */

#include "vfs/xattr.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/room.h"
#include "mm/slab.h"
#include "vfs/attr.h"
#include "vfs/flags.h"
#include "vfs/notify/notify.h"

#define NO_OPS NULL

/* ---- one ---- */

struct xattr *xattr_create(const char *name, size_t size)
{
	size_t length = strlen(name);
	struct xattr *x = kmalloc(sizeof(*x) + length + 1 + size);

	if (x == NULL)
		return NULL;
	x->refs = REFCOUNT_INIT(1);
	x->name_length = length;
	x->size = size;
	memcpy(x->text, name, length + 1);
	return x;
}

void xattr_put(struct xattr *x)
{
	if (x != NULL && refcount_put(&x->refs))
		kfree(x);
}

static size_t bytes_of(const struct xattr *x)
{
	return x == NULL ? 0 : sizeof(*x) + x->name_length + 1 + x->size;
}

static size_t name_bytes_of(const struct xattr *x)
{
	return x == NULL ? 0 : x->name_length + 1;
}

/* ---- all of an inode ---- */

/* What is as small as a short target of a link counts with its inode. */
#define SHORT 128

static uint64_t pages_for(size_t bytes)
{
	return bytes < SHORT ? 0 : (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

void xattrs_init(struct xattrs *all, struct room *room)
{
	is_private(attr);
	*all = (struct xattrs){ .room = room };
}

void xattrs_destroy(struct xattrs *all)
{
	struct avl_node *node;

	is_private(attr);
	while ((node = all->by_name.node) != NULL) {
		avl_remove(&all->by_name, node, NO_OPS);
		xattr_put(avl_entry(node, struct xattr, node));
	}
	room_give(all->room, pages_for(all->bytes));
}

/* NULL: it has none, and will have none. */
static struct xattrs *xattrs_of(struct inode *inode)
{
	if (inode == NULL || inode->ops->xattrs == NULL)
		return NULL;
	return inode->ops->xattrs(inode);
}

/* Where @name is, or would be. */
struct place {
	struct avl_node *parent, **link;
};

static struct place find(struct xattrs *all, const char *name) REQUIRES(C_attr)
{
	struct place at = { NULL, &all->by_name.node };

	while (*at.link != NULL) {
		int cmp = strcmp(name,
				 avl_entry(*at.link, struct xattr, node)->text);

		if (cmp == 0)
			break;
		at.parent = *at.link;
		at.link = cmp < 0 ? &at.parent->left : &at.parent->right;
	}
	return at;
}

static struct xattr *found(struct place at)
{
	return *at.link == NULL ? NULL :
				  avl_entry(*at.link, struct xattr, node);
}

/* Room for @new in the place of @old; either may be NULL. */
static int take_room(struct xattrs *all, const struct xattr *old,
		     const struct xattr *new) REQUIRES(C_attr)
{
	size_t names = all->name_bytes - name_bytes_of(old) + name_bytes_of(new);
	size_t bytes = all->bytes - bytes_of(old) + bytes_of(new);
	uint64_t before = pages_for(all->bytes), after = pages_for(bytes);

	if (names > XATTR_LIST_MAX ||
	    (after > before && !room_take(all->room, after - before)))
		return -ENOSPC;
	if (after < before)
		room_give(all->room, before - after);
	all->name_bytes = names;
	all->bytes = bytes;
	return 0;
}

/* @new (NULL: nothing) is what @name stands for.  *@old is what did, and is the
 * caller's then. */
static int replace(struct xattrs *all, const char *name, struct xattr *new,
		   unsigned flags, struct xattr **old) REQUIRES(C_attr)
{
	const struct place at = find(all, name);
	struct xattr *was = found(at);
	int err;

	if (was != NULL && (flags & XATTR_CREATE))
		return -EEXIST;
	if (was == NULL && (flags & XATTR_REPLACE))
		return -ENODATA;
	err = take_room(all, was, new);
	if (err < 0)
		return err;
	if (new == NULL)
		avl_remove(&all->by_name, &was->node, NO_OPS);
	else if (was != NULL)
		avl_replace(&all->by_name, &was->node, &new->node, NO_OPS);
	else
		avl_insert(&all->by_name, at.parent, at.link, &new->node, NULL,
			   NO_OPS);
	*old = was;
	return 0;
}

/* ---- who may ---- */

static bool begins_with(const char *name, const char *first)
{
	return strncmp(name, first, strlen(first)) == 0;
}

static bool may_have_users(struct inode *inode)
{
	return inode != NULL &&
	       (inode_is(inode, S_IFREG) || inode_is(inode, S_IFDIR));
}

/* In a directory that all may write to, each owner speaks for his own. */
static bool is_others_sticky(struct inode *inode)
{
	const struct inode_owner owner = inode_owner(inode);

	return inode_is(inode, S_IFDIR) && (owner.mode & S_ISVTX) &&
	       !is_own(&owner);
}

/* @may is MAY_READ or MAY_WRITE.  Who may not even know of it is told that
 * there is none. */
static int judge(struct inode *inode, const char *name, unsigned may)
{
	const int refused = may == MAY_WRITE ? -EPERM : -ENODATA;

	if (may == MAY_WRITE && inode != NULL && inode_has(inode, INODE_FIXED))
		return -EPERM;
	if (begins_with(name, "security."))
		return may == MAY_WRITE && !cred_can(current_cred(), CAP_SYS_ADMIN) ?
			       -EPERM : 0;
	if (begins_with(name, "system."))
		return 0;
	if (begins_with(name, "trusted."))
		return cred_can(current_cred(), CAP_SYS_ADMIN) ? 0 : refused;
	if (begins_with(name, "user.")) {
		if (!may_have_users(inode))
			return refused;
		if (may == MAY_WRITE && is_others_sticky(inode))
			return -EPERM;
	}
	return inode != NULL ? inode_permission(inode, may) : 0;
}

/* Is there such a name, if there are any? */
static int check_name(const char *name)
{
	static const char *const known[] = { "user.", "trusted.", "security." };

	for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
		if (begins_with(name, known[i]))
			return name[strlen(known[i])] != '\0' ? 0 : -EINVAL;
	return -EOPNOTSUPP;
}

/* A program is never given a capability: so none is kept. */
static bool is_kept_name(const char *name)
{
	return strcmp(name, "security.capability") != 0;
}

/* ---- reading ---- */

int inode_get_xattr(struct inode *inode, const char *name, struct xattr **out)
{
	struct xattrs *all = xattrs_of(inode);
	int err = judge(inode, name, MAY_READ);

	if (err == 0)
		err = all != NULL ? check_name(name) : -EOPNOTSUPP;
	if (err < 0)
		return err;
	spin_lock(&inode->attr_lock);
	*out = found(find(all, name));
	if (*out != NULL)
		refcount_get(&(*out)->refs);
	spin_unlock(&inode->attr_lock);
	return *out != NULL ? 0 : -ENODATA;
}

static long list_names(struct xattrs *all, char *buf, size_t n) REQUIRES(C_attr)
{
	const bool sees_all = cred_can(current_cred(), CAP_SYS_ADMIN);
	size_t size = 0;

	for (struct avl_node *node = avl_first(&all->by_name); node != NULL;
	     node = avl_next(node)) {
		const struct xattr *x = avl_entry(node, struct xattr, node);

		if (!sees_all && begins_with(x->text, "trusted."))
			continue;
		if (buf != NULL && name_bytes_of(x) > n - size)
			return -ERANGE;
		if (buf != NULL)
			memcpy(buf + size, x->text, name_bytes_of(x));
		size += name_bytes_of(x);
	}
	return (long)size;
}

long inode_list_xattrs(struct inode *inode, char *buf, size_t n)
{
	struct xattrs *all = xattrs_of(inode);

	if (all == NULL)
		return 0;
	spin_lock(&inode->attr_lock);
	long size = list_names(all, buf, n);

	spin_unlock(&inode->attr_lock);
	return size;
}

/* ---- changing ---- */

/* @new is NULL to remove it. */
static int change(struct inode *inode, const char *name, struct xattr *new,
		  unsigned flags, struct xattr **old)
{
	struct xattrs *all = xattrs_of(inode);
	int err = judge(inode, name, MAY_WRITE);

	if (err == 0)
		err = all != NULL ? check_name(name) : -EOPNOTSUPP;
	if (err == 0 && new != NULL && !is_kept_name(name))
		err = -EOPNOTSUPP;
	if (err != 0)
		return err;
	spin_lock(&inode->attr_lock);
	err = replace(all, name, new, flags, old);
	spin_unlock(&inode->attr_lock);
	if (err == 0)
		inode_touch_ctime(inode);
	return err;
}

static int change_alone(struct inode *inode, const char *name,
			struct xattr *new, unsigned flags)
{
	struct xattr *old = NULL;
	int err;

	if (inode == NULL)
		return change(inode, name, new, flags, &old);
	mutex_lock(&inode->lock);
	err = change(inode, name, new, flags, &old);
	mutex_unlock(&inode->lock);
	xattr_put(old);
	if (err == 0)
		notify_inode(inode, IN_ATTRIB);
	return err;
}

int inode_set_xattr(struct inode *inode, struct xattr *new, unsigned flags)
{
	int err = change_alone(inode, new->text, new, flags);

	if (err < 0)
		xattr_put(new);
	return err;
}

int inode_remove_xattr(struct inode *inode, const char *name)
{
	return change_alone(inode, name, NULL, XATTR_REPLACE);
}
