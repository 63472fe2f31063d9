/*
 * net/unix/name.c - who answers to which name.
 *
 * All bound sockets stand in one table: by the inode of their path, or by
 * their abstract name.  A path leads to an inode, as any path does, and the
 * inode to the socket; the socket holds the inode, so its number is not given
 * to another while it is in the table.
 *
 * Who is found is held before the table is unlocked; one that is closed or
 * shut by then says so itself.
 */
#include "net/unix/unix_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/attr.h"
#include "vfs/mount.h"
#include "vfs/path.h"

#define NR_LISTS 64U
#define FAMILY_BYTES sizeof(uint16_t)
#define PATH_BYTES 108U /* sizeof(sun_path) */

static struct LOCK_OF(mutex, unixnames) names_lock; /* RANK_MISC_SLEEP */
static struct list lists[NR_LISTS] GUARDED_BY(C_unixnames);

void unix_names_init(void)
{
	mutex_init(&names_lock, RANK_MISC_SLEEP);
}

static bool is_abstract(const struct address *a)
{
	return a->len > FAMILY_BYTES && a->bytes[FAMILY_BYTES] == '\0';
}

static int check_address(const struct address *a)
{
	if (a->len < FAMILY_BYTES || a->len > FAMILY_BYTES + PATH_BYTES ||
	    a->family != AF_UNIX)
		return -EINVAL;
	return 0;
}

/* ---- the table ---- */

static struct list *list_at(uint64_t hash) REQUIRES(C_unixnames)
{
	struct list *list = &lists[hash % NR_LISTS];

	if (list->next == NULL)
		list_init(list);
	return list;
}

static struct list *list_of_inode(const struct inode *inode)
	REQUIRES(C_unixnames)
{
	return list_at(inode->ino);
}

static struct list *list_of_name(const struct address *a) REQUIRES(C_unixnames)
{
	uint64_t hash = 0;

	for (unsigned i = FAMILY_BYTES; i < a->len; i++)
		hash = hash * 31 + (uint8_t)a->bytes[i];
	return list_at(hash);
}

static bool is_same_name(const struct address *a, const struct address *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static struct unix_socket *find_name(const struct address *a)
	REQUIRES(C_unixnames)
{
	struct unix_socket *u;

	list_for_each_entry(u, list_of_name(a), bound)
		if (u->inode == NULL && is_same_name(u->name, a))
			return u;
	return NULL;
}

static struct unix_socket *find_inode(const struct inode *inode)
	REQUIRES(C_unixnames)
{
	struct unix_socket *u;

	list_for_each_entry(u, list_of_inode(inode), bound)
		if (u->inode == inode)
			return u;
	return NULL;
}

/* ---- binding ---- */

/* It has a name from now on. */
static void settle(struct unix_socket *u, struct address *name,
		   struct inode *inode) REQUIRES(C_unixnames)
{
	u->name = name;
	u->inode = inode;
	u->binding = false;
	list_push_back(inode != NULL ? list_of_inode(inode) :
				       list_of_name(name),
		       &u->bound);
}

/* One thread at a time, and once. */
static int begin_bind(struct unix_socket *u)
{
	int err = 0;

	mutex_lock(&names_lock);
	if (u->name != NULL || u->binding)
		err = -EINVAL;
	else
		u->binding = true;
	mutex_unlock(&names_lock);
	return err;
}

static void give_up_bind(struct unix_socket *u)
{
	mutex_lock(&names_lock);
	u->binding = false;
	mutex_unlock(&names_lock);
}

static int bind_abstract(struct unix_socket *u, struct address *name)
{
	int err = 0;

	mutex_lock(&names_lock);
	if (find_name(name) != NULL)
		err = -EADDRINUSE;
	else
		settle(u, name, NULL);
	mutex_unlock(&names_lock);
	return err;
}

/* The path of @name, with a NUL; it is told so afterwards. */
static void end_path(struct address *name)
{
	const char *path = name->bytes + FAMILY_BYTES;

	name->bytes[name->len] = '\0';
	name->len = (unsigned)(FAMILY_BYTES + strlen(path) + 1);
}

static int bind_path(struct unix_socket *u, struct address *name)
{
	struct inode *inode;
	int err;

	end_path(name);
	err = vfs_make_socket(name->bytes + FAMILY_BYTES, &inode);
	if (err != 0)
		return err == -EEXIST ? -EADDRINUSE : err;
	mutex_lock(&names_lock);
	settle(u, name, inode);
	mutex_unlock(&names_lock);
	return 0;
}

static struct address *copy_address(const struct address *a)
{
	struct address *copy = kmalloc(sizeof(*copy));

	if (copy != NULL)
		*copy = *a;
	return copy;
}

int unix_bind(struct socket *s, const struct address *a)
{
	struct unix_socket *u = unix_socket_of(s);
	struct address *name;
	int err = check_address(a);

	if (err != 0)
		return err;
	if (a->len == FAMILY_BYTES)
		return unix_autobind(s);
	err = begin_bind(u);
	if (err != 0)
		return err;
	name = copy_address(a);
	if (name == NULL)
		err = -ENOMEM;
	else
		err = is_abstract(name) ? bind_abstract(u, name) :
					  bind_path(u, name);
	if (err != 0) {
		give_up_bind(u);
		kfree(name);
	}
	return err;
}

#define NR_AUTOMATIC (1U << 20)

/* Five hexadecimal digits that nobody has. */
static int choose_name(struct unix_socket *u, struct address *name)
{
	static uint32_t next; /* (a) */
	int err = -EADDRINUSE;

	name->family = AF_UNIX;
	name->len = FAMILY_BYTES + 6;
	name->bytes[FAMILY_BYTES] = '\0';
	for (unsigned i = 0; i < NR_AUTOMATIC && err == -EADDRINUSE; i++) {
		uint32_t n = atomic_fetch_add_relaxed(&next, 1);

		ksnprintf(name->bytes + FAMILY_BYTES + 1, 6, "%05x",
			  n % NR_AUTOMATIC);
		err = bind_abstract(u, name);
		if (!block_go_on())
			break;
	}
	return err;
}

int unix_autobind_if_asked(struct socket *s)
{
	return READ_ONCE(s->flags) & SOCKET_PASSCRED ? unix_autobind(s) : 0;
}

int unix_autobind(struct socket *s)
{
	struct unix_socket *u = unix_socket_of(s);
	struct address *name;
	int err;

	if (begin_bind(u) != 0)
		return 0; /* it has one */
	name = kzalloc(sizeof(*name));
	err = name != NULL ? choose_name(u, name) : -ENOMEM;
	if (err != 0) {
		give_up_bind(u);
		kfree(name);
	}
	return err;
}

void unix_unbind(struct unix_socket *u)
{
	struct inode *inode;

	mutex_lock(&names_lock);
	list_remove(&u->bound);
	inode = u->inode;
	u->inode = NULL;
	mutex_unlock(&names_lock);
	if (inode != NULL)
		inode_put(inode);
}

/* ---- finding ---- */

/* @u, of the table, with a reference; one whose last is just gone is not
 * there. */
static struct socket *get_socket(struct unix_socket *u) REQUIRES(C_unixnames)
{
	return u != NULL && refcount_try_get(&u->socket.refs) ? &u->socket :
								NULL;
}

static int find_by_name(const struct address *a, struct socket **out)
{
	mutex_lock(&names_lock);
	*out = get_socket(find_name(a));
	mutex_unlock(&names_lock);
	return 0;
}

static int find_by_path(const struct address *a, struct socket **out)
{
	struct inode *inode;
	int err = vfs_lookup(AT_FDCWD, a->bytes + FAMILY_BYTES, LOOKUP_FOLLOW,
			     &inode);

	if (err != 0)
		return err;
	err = inode_permission(inode, MAY_WRITE);
	if (err == 0 && inode_is(inode, S_IFSOCK)) {
		mutex_lock(&names_lock);
		*out = get_socket(find_inode(inode));
		mutex_unlock(&names_lock);
	}
	inode_put(inode);
	return err;
}

int unix_find(const struct address *a, int type, struct socket **out)
{
	int err = check_address(a);

	if (err != 0)
		return err;
	if (a->len == FAMILY_BYTES)
		return -EINVAL;
	*out = NULL;
	err = is_abstract(a) ? find_by_name(a, out) : find_by_path(a, out);
	if (err != 0)
		return err;
	if (*out == NULL)
		return -ECONNREFUSED;
	if ((*out)->type == type)
		return 0;
	socket_put(*out);
	return -EPROTOTYPE;
}

bool unix_is_abstract(struct socket *s)
{
	const struct unix_socket *u = unix_socket_of(s);

	mutex_lock(&names_lock);
	bool so = u->name != NULL && is_abstract(u->name);

	mutex_unlock(&names_lock);
	return so;
}

void unix_tell_name(struct socket *s, const struct socket *asker UNUSED,
		    struct address *out)
{
	struct unix_socket *u = unix_socket_of(s);

	mutex_lock(&names_lock);
	if (u->name != NULL) {
		*out = *u->name;
	} else {
		out->family = AF_UNIX;
		out->len = FAMILY_BYTES;
	}
	mutex_unlock(&names_lock);
}

/* Linux's numbers of devices inside the kernel. */
#define DEV_MAJOR_SHIFT 20

static uint32_t device_of(const struct inode *inode)
{
	unsigned dev = inode->fs->dev;

	return dev_major(dev) << DEV_MAJOR_SHIFT | dev_minor(dev);
}

void unix_tell_place(struct socket *s, struct unix_place *out)
{
	const struct unix_socket *u = unix_socket_of(s);

	mutex_lock(&names_lock);
	out->has_name = u->name != NULL;
	out->has_inode = u->inode != NULL;
	if (u->name != NULL)
		out->name = *u->name;
	if (u->inode != NULL) {
		out->inode[0] = (uint32_t)u->inode->ino;
		out->inode[1] = device_of(u->inode);
	}
	mutex_unlock(&names_lock);
}

bool unix_is_bound(struct socket *s)
{
	bool is_bound;

	mutex_lock(&names_lock);
	is_bound = unix_socket_of(s)->name != NULL;
	mutex_unlock(&names_lock);
	return is_bound;
}

int unix_inherit_name(struct socket *end, struct socket *listener)
{
	struct address *name = kzalloc(sizeof(*name));

	if (name == NULL)
		return -ENOMEM;
	unix_tell_name(listener, end, name);
	is_private(unixnames);
	unix_socket_of(end)->name = name;
	return 0;
}
