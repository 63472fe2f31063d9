/*
 * fs/ext2/handle.c - an inode by its number, for open_by_handle_at().
 *
 * A file may be nowhere, as one with several names is.  A directory has one
 * place, which ".." and the names in it rely on; and it gets it from the one who
 * finds it by its name.  So who comes by number goes up to the nearest directory
 * that has a place, and down again by the names he finds there.  On the way he
 * keeps all of them: a directory that nobody has any more forgets its place.
 * Names are locked, shared: no directory is moved or removed meanwhile.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "sync/block.h"

static const struct name dotdot = { "..", 2 };

/* As many directories above each other nobody has made. */
#define DEEPEST 65536U

/* A directory without a place, and what it is above. */
struct rung {
	struct inode *dir; /* with a reference */
	struct rung *below;
};

static int find_parent(struct inode *dir, uint32_t *ino)
{
	rwsem_lock_shared(&dir->entries);
	int err = ext2_dir_find(ext2_node(dir), &dotdot, ino);

	rwsem_unlock_shared(&dir->entries);
	return err;
}

/* Directory @ino is in @parent: whoever has it finds it there from now on. */
static int find_in(struct inode *parent, uint32_t ino)
{
	struct ext2_node *dir = ext2_node(parent);
	char text[NAME_MAX + 1];
	struct name name;
	struct inode *child;
	int err;

	rwsem_lock_shared(&parent->entries);
	err = ext2_dir_name_of(dir, ino, &name, text);
	if (err == 0)
		err = ext2_node_get(dir->ext2, ino, parent, &name, &child);
	rwsem_unlock_shared(&parent->entries);
	if (err == 0)
		inode_put(child); /* not the last: the caller has one */
	return err == -ENOENT ? -ESTALE : err;
}

static int push(struct rung **top, struct inode *dir)
{
	struct rung *rung = kmalloc(sizeof(*rung));

	if (rung == NULL)
		return -ENOMEM;
	*rung = (struct rung){ dir, *top };
	*top = rung;
	return 0;
}

static struct inode *pop(struct rung **top)
{
	struct rung *rung = *top;
	struct inode *dir = rung->dir;

	*top = rung->below;
	kfree(rung);
	return dir;
}

static int find_above(struct inode *dir, struct inode **parent)
{
	uint32_t ino;
	int err = find_parent(dir, &ino);

	return err != 0 ? err :
		ext2_node_by_number(ext2_node(dir)->ext2, ino, NULL, parent);
}

/* From *@at, which has a reference, to the first that has a place; whose that are
 * passed are in *@top, that below it first. */
static int climb_up(struct inode **at, struct rung **top)
{
	struct inode *parent;
	unsigned steps = 0;
	int err = 0;

	while (!ext2_node_has_place(*at)) {
		if (steps++ == DEEPEST)
			return ext2_wrong(ext2_node(*at)->ext2,
					  "directory %lu is in itself", (*at)->ino);
		err = find_above(*at, &parent);
		if (err != 0)
			return err;
		err = push(top, *at);
		if (err != 0) {
			inode_put(parent);
			return err;
		}
		*at = parent;
		cond_resched();
	}
	return 0;
}

/* Each is found where the one before it is. */
static int climb_down(struct inode **at, struct rung **top)
{
	int err = 0;

	while (err == 0 && *top != NULL) {
		struct inode *child = pop(top);

		err = find_in(*at, (uint32_t)child->ino);
		inode_put(*at);
		*at = child;
		cond_resched();
	}
	return err;
}

static int place(struct inode *dir)
{
	struct inode *at = dir;
	struct rung *top = NULL;
	int err;

	inode_get(at);
	err = climb_up(&at, &top);
	if (err == 0)
		err = climb_down(&at, &top);
	inode_put(at);
	while (top != NULL)
		inode_put(pop(&top));
	return err;
}

uint32_t ext2_show(struct inode *inode)
{
	return inode->generation;
}

int ext2_find(struct filesystem *fs, uint64_t ino, uint32_t generation,
	      struct inode **out)
{
	struct ext2 *ext2 = ext2_of(fs);
	int err;

	if (ino > ext2->inodes || (ino < ext2->first_ino && ino != EXT2_ROOT_INO))
		return -ESTALE;
	err = ext2_node_by_number(ext2, (uint32_t)ino, &generation, out);
	if (err != 0)
		return err;
	if (READ_ONCE((*out)->nlink) == 0)
		err = -ESTALE;
	else if (inode_is(*out, S_IFDIR))
		err = place(*out);
	if (err != 0)
		inode_put(*out);
	return err;
}
