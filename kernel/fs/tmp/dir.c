/*
 * fs/tmp/dir.c - names in a tmpfs directory.
 *
 * Names stand in a tree for look-ups, and in another in the order in which
 * they were made for getdents().  Each has a cookie that never comes again,
 * so a reader who left off at one goes on at the next, whatever was removed
 * or added meanwhile; and he finds it at once, however many came before: each
 * call locks names for what it reads, not for what others have read already.
 * A name has a reference to its inode: without names and users the node is
 * gone.  All under the lock of the directory's entries.
 *
 * But look-ups are made without it as well, by tmpfs_peek(), which writes nothing.
 * What comes between, and what saves whom:
 *
 *	a name goes		its entry, and the inode, are there until a grace
 *				period is over: who has found it reads on
 *	a name comes		it is whole before there is a pointer to it
 *				(ORDER rcu-publish)
 *	the tree is turned	who is below may end beside a name that is there, or
 *				go in a circle: he stops after so many steps, and
 *				the count (sync/seqcount.h) tells him not to believe
 *	its inode is replaced	one pointer, by rename: the old one or the new one
 */

#include "fs/tmp/tmpfs_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

#define NO_OPS NULL

struct entry {
	struct rcu_head rcu;
	struct avl_node node;
	struct avl_node aged;
	uint64_t cookie;
	struct inode *inode; /* a reference */
	size_t len;
	char text[];         /* no NUL */
};

static struct entry *entry_of(struct avl_node *node)
{
	return container_of(node, struct entry, node);
}

static struct entry *entry_of_age(struct avl_node *aged)
{
	return container_of(aged, struct entry, aged);
}

static struct tmpfs_dir *dir_of(struct inode *inode)
{
	return &tmpfs_node(inode)->dir;
}

void tmpfs_dir_init(struct tmpfs_dir *dir)
{
	dir->next_cookie = DIR_COOKIE_FIRST;
}

/* Shorter names first: lengths differ more often than they cost to compare. */
static int compare(const struct name *name, const struct entry *e)
{
	if (name->len != e->len)
		return name->len < e->len ? -1 : 1;
	return memcmp(name->text, e->text, name->len);
}

static struct entry *find(struct inode *dir, const struct name *name)
{
	struct avl_node *node = dir_of(dir)->entries.node;

	while (node != NULL) {
		int cmp = compare(name, entry_of(node));

		if (cmp == 0)
			return entry_of(node);
		node = cmp < 0 ? node->left : node->right;
	}
	return NULL;
}

/* ---- looking ---- */

int tmpfs_lookup(struct inode *dir, const struct name *name,
		 struct inode **child)
{
	const struct entry *e = find(dir, name);

	if (e == NULL)
		return -ENOENT;
	inode_get(e->inode);
	*child = e->inode;
	return 0;
}

/* As find(), where the tree may change meanwhile: what an entry says is read by
 * the address that was found in a link. */
static const struct entry *find_changing(const struct tmpfs_dir *dir,
					 const struct name *name)
{
	struct avl_node *node = rcu_dereference(dir->entries.node);

	for (int i = 0; node != NULL && i < AVL_DEEPEST; i++) {
		int cmp = compare(name, entry_of(node));

		if (cmp == 0)
			return entry_of(node);
		race_point(name_passed, dir);
		node = cmp < 0 ? rcu_dereference(node->left) :
				 rcu_dereference(node->right);
	}
	return NULL;
}

int tmpfs_peek(struct inode *inode, const struct name *name,
	       struct inode **child)
{
	const struct tmpfs_dir *dir = dir_of(inode);
	uint32_t seen = seq_begin(&dir->seq);
	const struct entry *e = find_changing(dir, name);

	*child = e != NULL ? rcu_dereference(e->inode) : NULL;
	if (unlikely(seq_was_disturbed(&dir->seq, seen)))
		return -EAGAIN;
	return *child != NULL ? 0 : -ENOENT;
}

/* The oldest of those from @cookie on, or NULL. */
static struct avl_node *from_cookie(struct inode *dir, uint64_t cookie)
{
	struct avl_node *node = dir_of(dir)->by_age.node, *best = NULL;

	while (node != NULL) {
		bool fits = entry_of_age(node)->cookie >= cookie;

		if (fits)
			best = node;
		node = fits ? node->left : node->right;
	}
	return best;
}

static bool emit(struct dir_sink *sink, const struct entry *e)
{
	const struct name name = { e->text, e->len };

	return sink->emit(sink, &name, e->inode->ino, inode_type(e->inode),
			  e->cookie + 1);
}

long tmpfs_readdir(struct inode *dir, uint64_t cookie, struct dir_sink *sink)
{
	struct avl_node *node = from_cookie(dir, cookie);

	while (node != NULL && emit(sink, entry_of_age(node)))
		node = avl_next(node);
	return 0;
}

/* ---- changing ---- */

static struct entry *entry_create(const struct name *name, struct inode *inode)
{
	struct entry *e = kmalloc(sizeof(*e) + name->len);

	if (e == NULL)
		return NULL;
	inode_get(inode);
	e->node = (struct avl_node){ 0 };
	e->inode = inode;
	e->len = name->len;
	memcpy(e->text, name->text, name->len);
	return e;
}

static void insert_by_name(struct tmpfs_dir *dir, const struct name *name,
			   struct entry *e)
{
	struct avl_node *parent = NULL, **link = &dir->entries.node;

	while (*link != NULL) {
		parent = *link;
		link = compare(name, entry_of(parent)) < 0 ? &parent->left :
							     &parent->right;
	}
	/*
	 * ORDER rcu-publish, naming side; the other is find_changing().
	 * Plain: a change begins with a fence.  Who finds the entry finds what it
	 * says, and links that lead nowhere or to others: they were emptied before.
	 */
	seq_change(&dir->seq);
	avl_insert(&dir->entries, parent, link, &e->node, NULL, NO_OPS);
	seq_changed(&dir->seq);
}

static void remove_by_name(struct tmpfs_dir *dir, struct entry *e)
{
	seq_change(&dir->seq);
	avl_remove(&dir->entries, &e->node, NO_OPS);
	seq_changed(&dir->seq);
	race_point(name_removed, dir);
}

static void free_entry(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct entry, rcu));
}

/* The youngest of all. */
static void insert_by_age(struct tmpfs_dir *dir, struct entry *e)
{
	struct avl_node *last = avl_last(&dir->by_age);

	e->cookie = dir->next_cookie++;
	avl_insert(&dir->by_age, last,
		   last != NULL ? &last->right : &dir->by_age.node, &e->aged,
		   NULL, NO_OPS);
}

/* A name that is not there, for @inode. */
static int add(const struct dentry *new, struct inode *inode)
{
	struct entry *e = entry_create(&new->name, inode);

	if (e == NULL)
		return -ENOMEM;
	insert_by_name(dir_of(new->dir), &new->name, e);
	insert_by_age(dir_of(new->dir), e);
	return 0;
}

/* Of a name that was found, and that nobody can have removed since. */
static struct entry *named(const struct dentry *d)
{
	struct entry *e = find(d->dir, &d->name);

	assert(e != NULL);
	return e;
}

static void remove(const struct dentry *old)
{
	struct entry *e = named(old);

	remove_by_name(dir_of(old->dir), e);
	avl_remove(&dir_of(old->dir)->by_age, &e->aged, NO_OPS);
	inode_put(e->inode); /* not the last: the caller has one */
	call_rcu(&e->rcu, free_entry);
}

static bool is_full_dir(struct inode *inode)
{
	return inode_is(inode, S_IFDIR) && !tmpfs_dir_is_empty(dir_of(inode));
}

int tmpfs_create_name(struct dentry *new, const struct inode_spec *spec)
{
	struct inode *inode;
	int err = tmpfs_make_node(new->dir->fs, spec, &inode);

	if (err != 0)
		return err;
	if (!inode_set_parent(inode, new->dir, &new->name) ||
	    add(new, inode) < 0) {
		inode_put(inode);
		return -ENOMEM;
	}
	new->inode = inode;
	return 0;
}

/* A name more than one counts as a file: it takes memory as well. */
int tmpfs_link(const struct dentry *new, struct inode *inode)
{
	bool counts = READ_ONCE(inode->nlink) > 0;
	int err;

	if (counts && !tmpfs_take_file(inode->fs))
		return -ENOSPC;
	err = add(new, inode);
	if (err != 0 && counts)
		tmpfs_give_file(inode->fs);
	else if (counts)
		atomic_fetch_add_relaxed(&tmpfs_node(inode)->extra_names, 1);
	return err;
}

int tmpfs_make_nameless(struct inode *dir, const struct inode_spec *spec,
			struct inode **inode)
{
	return tmpfs_make_node(dir->fs, spec, inode);
}

/*
 * @inode loses a name.  The last one goes with its node: of those that are
 * taken away at once, in two directories, one alone finds that.
 */
static void forget_name(struct inode *inode)
{
	uint32_t *extra = &tmpfs_node(inode)->extra_names;
	uint32_t n = READ_ONCE(*extra);

	while (n != 0) {
		/* No ORDER: a count, and nothing that belongs to it. */
		if (atomic_replace(extra, n, n - 1)) {
			tmpfs_give_file(inode->fs);
			return;
		}
		n = READ_ONCE(*extra);
	}
}

int tmpfs_unlink(const struct dentry *old)
{
	if (is_full_dir(old->inode))
		return -ENOTEMPTY;
	forget_name(old->inode);
	remove(old);
	return 0;
}

int tmpfs_rename(const struct dentry *from, const struct dentry *to)
{
	if (to->inode == NULL) {
		int err = add(to, from->inode);

		if (err < 0)
			return err;
	} else if (is_full_dir(to->inode)) {
		return -ENOTEMPTY;
	} else {
		inode_get(from->inode);
		rcu_assign_pointer(named(to)->inode, from->inode);
		forget_name(to->inode);
		inode_put(to->inode); /* the name's; the caller has one */
	}
	remove(from);
	return 0;
}

void tmpfs_exchange(const struct dentry *a, const struct dentry *b)
{
	rcu_assign_pointer(named(a)->inode, b->inode);
	rcu_assign_pointer(named(b)->inode, a->inode);
}

/* ---- all of it ---- */

/* The last name in @dir; NULL: there is none. */
static struct entry *last_entry(struct inode *dir)
{
	struct avl_node *last = avl_last(&dir_of(dir)->by_age);

	return last != NULL ? entry_of_age(last) : NULL;
}

/* Without @dir's tree of names, which goes as a whole. */
static void drop(struct inode *dir, struct entry *e) REQUIRES(C_names)
{
	forget_name(e->inode);
	if (inode_is(e->inode, S_IFDIR))
		WRITE_ONCE(e->inode->nlink, 0);
	else
		WRITE_ONCE(e->inode->nlink, e->inode->nlink - 1);
	avl_remove(&dir_of(dir)->by_age, &e->aged, NO_OPS);
	inode_put(e->inode);
	call_rcu(&e->rcu, free_entry);
}

/* Down to a directory without directories, and up again: a tree of names may
 * be deeper than a kernel stack. */
void tmpfs_empty(struct inode *top)
{
	struct inode *dir = top;

	for (;;) {
		struct entry *e = last_entry(dir);

		if (e != NULL && is_full_dir(e->inode)) {
			dir = e->inode;
		} else if (e != NULL) {
			drop(dir, e);
		} else {
			WRITE_ONCE(dir_of(dir)->entries.node, NULL);
			if (dir == top)
				return;
			dir = dir->parent;
		}
		cond_resched();
	}
}
