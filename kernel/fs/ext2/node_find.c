/*
 * fs/ext2/node_find.c - the inode that a name stands for, in memory or from the
 * disk.
 *
 * A node that is read from the disk is put into the table after that; if one was
 * given up meanwhile, which may have been the same, it is read again.
 */
#include "fs/ext2/node_internal.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "sync/retry.h"

/* Where a node of ours is found: the place of a directory is told once, while
 * nobody else has it. */
struct finding {
	struct ext2 *ext2;
	uint32_t ino;
	const uint32_t *generation; /* NULL: a name leads to it */
	struct inode *dir;
	char *name; /* name_free()d, or the node's */
	uint64_t freed;
};

/* @node, which nobody has found by a name yet, is called so.  ext2_nodes_lock is
 * held, or nobody can find it. */
static void give_place(struct ext2_node *node, struct finding *f)
{
	is_private(names);
	if (f->dir == NULL || node->inode.parent != NULL)
		return;
	inode_get(f->dir);
	node->inode.parent = f->dir;
	node->inode.name = f->name;
	f->name = NULL;
}

static enum ext2_found find(struct finding *f, struct ext2_node **out)
{
	spin_lock(&ext2_nodes_lock);
	struct ext2_node *node = ext2_node_find_locked(f->ext2, f->ino);
	bool revived = node != NULL && ext2_node_is_unused_locked(node);
	enum ext2_found found = ext2_node_take_locked(node);

	if (found == FOUND && (revived || inode_is(&node->inode, S_IFDIR)))
		give_place(node, f);
	f->freed = ext2_nodes_freed;
	spin_unlock(&ext2_nodes_lock);
	*out = node;
	return found;
}

/* False: it may be what it was before another one was freed. */
static bool insert(struct ext2_node *node, const struct finding *f)
{
	spin_lock(&ext2_nodes_lock);
	bool ok = f->freed == ext2_nodes_freed && ext2_node_find_locked(f->ext2, f->ino) == NULL;

	if (ok)
		ext2_node_enter_locked(node, NODE_USED);
	spin_unlock(&ext2_nodes_lock);
	return ok;
}

static void forget_place(struct ext2_node *node)
{
	is_private(names);

	struct inode *parent = node->inode.parent;

	name_free(node->inode.name);
	node->inode.parent = NULL;
	node->inode.name = NULL;
	ext2_node_free(node);
	if (parent != NULL)
		inode_put(parent);
}

/* From the disk: 0, -EAGAIN or what is wrong. */
static int load(struct finding *f, struct ext2_node **out)
{
	int err = ext2_raw_read(f->ext2, f->ino, f->generation, out);

	is_private(names);
	if (err != 0)
		return err;
	give_place(*out, f);
	if (insert(*out, f))
		return 0;
	if ((*out)->inode.parent != NULL) { /* for the next turn */
		f->name = (*out)->inode.name;
		(*out)->inode.name = NULL;
	}
	forget_place(*out);
	return -EAGAIN;
}

static int look(struct finding *f, struct ext2_node **out)
{
	switch (find(f, out)) {
	case FOUND:
		return 0;
	case GOING:
		return -EAGAIN;
	case GONE:
		return f->dir == NULL ? -ESTALE :
			ext2_wrong(f->ext2, "inode %u has a name, and goes", f->ino);
	default:
		return load(f, out);
	}
}

static int look_until_there(struct finding *f, struct ext2_node **out)
{
	struct retry r = { 0 };
	int err;

	while ((err = look(f, out)) == -EAGAIN)
		if (!retry_again(&r))
			return -EINTR;
	return err;
}

/* A directory has one place, or a walk could go in circles. */
static int check_place(struct ext2_node *node, const struct inode *dir)
{
	const struct inode *inode = &node->inode;
	const struct inode *parent = READ_ONCE(inode->parent);

	if (READ_ONCE(inode->nlink) == 0)
		return ext2_wrong(node->ext2, "inode %lu has more names than links",
				  inode->ino);
	if (!inode_is(inode, S_IFDIR) || parent == dir)
		return 0;
	return ext2_wrong(node->ext2, "directory %lu is in more than one",
			  inode->ino);
}

int ext2_node_get(struct ext2 *ext2, uint32_t ino, struct inode *dir,
		  const struct name *name, struct inode **out)
{
	struct finding f = { .ext2 = ext2, .ino = ino, .dir = dir };
	struct ext2_node *node = NULL;
	int err;

	if (dir != NULL && ino < ext2->first_ino) /* the root's, the file system's own */
		return ext2_wrong(ext2, "inode %u is in a directory", ino);
	if (name != NULL) {
		f.name = name_copy(name);
		if (f.name == NULL)
			return -ENOMEM;
	}
	err = look_until_there(&f, &node);
	name_free(f.name);
	if (err == 0) {
		*out = &node->inode;
		err = check_place(node, dir);
		if (err != 0)
			inode_put(*out);
	}
	return err;
}

int ext2_node_by_number(struct ext2 *ext2, uint32_t ino,
			const uint32_t *generation, struct inode **out)
{
	struct finding f = { .ext2 = ext2, .ino = ino, .generation = generation };
	struct ext2_node *node;
	int err = look_until_there(&f, &node);

	if (err != 0)
		return err;
	if (generation != NULL && node->inode.generation != *generation) {
		inode_put(&node->inode);
		return -ESTALE;
	}
	*out = &node->inode;
	return 0;
}

/* It is given one under this lock, and moved with names locked alone. */
bool ext2_node_has_place(struct inode *dir)
{
	is_private(names);
	spin_lock(&ext2_nodes_lock);
	bool has = dir == dir->fs->root || dir->parent != NULL;

	spin_unlock(&ext2_nodes_lock);
	return has;
}
