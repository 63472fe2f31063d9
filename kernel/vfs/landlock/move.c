/*
 * vfs/landlock/move.c - another name for what is there: rename() and link().
 *
 * What is moved to another directory comes under other rules.  So both have to
 * allow to REFER there and from there, and besides, what is moved must not get
 * rights by it: wherever a layer withholds something from it where it is, it has
 * to withhold that where it goes.  If that is all that is wrong the answer is
 * -EXDEV, as between two file systems: a program copies then, by the rights that
 * it has.
 *
 * The two directories are in one mount.  What is allowed up to the root of that is
 * added up for each alone, and from there on for both.
 */
#include "vfs/landlock/landlock_internal.h"

#include "lib/errno.h"
#include "vfs/mount.h"

/* One of two that change their place, or stay. */
struct side {
	uint32_t wanted;               /* of the directory that it is in */
	struct landlock_missing dir;   /* what is missing there of all rights */
	struct landlock_missing child; /* what its own rules do not allow */
	bool moves, is_dir;
};

static uint32_t removing(const struct inode *inode)
{
	if (inode == NULL)
		return 0;
	return inode_is(inode, S_IFDIR) ? LANDLOCK_FS_REMOVE_DIR :
					  LANDLOCK_FS_REMOVE_FILE;
}

static void look_at_child(const struct landlock_domain *d, struct side *s,
			  struct mount *mount, struct inode *inode)
{
	const struct path at = { mount, inode };

	landlock_want(&s->child, d, LANDLOCK_FS_ALL);
	landlock_grant(&s->child, d, &at);
	s->moves = true;
	s->is_dir = inode_is(inode, S_IFDIR);
}

/* What is missing in @dir by the rules of this mount. */
static void look_at_dir(const struct landlock_domain *d, struct side *s,
			struct mount *mount, struct inode *dir)
	REQUIRES_SHARED(C_names)
{
	struct path at = { mount, dir };

	landlock_want(&s->dir, d, LANDLOCK_FS_ALL);
	while (at.inode != NULL) {
		landlock_grant(&s->dir, d, &at);
		if (at.inode == mount->root)
			break;
		at.inode = at.inode->parent;
	}
}

/* What @from holds goes to @to and gets no right by it. */
static bool gets_nothing(const struct side *from, const struct side *to)
{
	uint32_t meant = from->is_dir ? LANDLOCK_FS_ALL : LANDLOCK_FS_FILE;

	if (!from->moves)
		return true;
	for (unsigned i = 0; i < LANDLOCK_LAYERS; i++)
		if (from->dir.of[i] & from->child.of[i] & meant & ~to->dir.of[i])
			return false;
	return true;
}

static bool has_all(const struct side *s)
{
	return (landlock_lacks(&s->dir) & s->wanted) == 0;
}

/* Both directories allow what is wanted, and nobody gets anything.  What is above
 * both makes either no smaller: once nobody gets anything it stays so. */
static bool is_allowed(const struct landlock_domain *d, struct side *a, struct side *b,
		       struct mount *mount) REQUIRES_SHARED(C_names)
{
	struct path at = { mount, mount->root };
	bool harmless = false;

	do {
		harmless = harmless || (gets_nothing(a, b) && gets_nothing(b, a));
		if (harmless && has_all(a) && has_all(b))
			return true;
		landlock_grant(&a->dir, d, &at);
		landlock_grant(&b->dir, d, &at);
		if (landlock_lacks(&a->dir) == 0 && landlock_lacks(&b->dir) == 0)
			return true;
	} while (landlock_go_up(&at, false) > 0);
	/* As on Linux, what the root of all allows to both comes too late to make
	 * harmless what was not. */
	return harmless && has_all(a) && has_all(b);
}

/* Something else than to refer is missing. */
static bool is_refused(const struct side *s)
{
	return landlock_lacks(&s->dir) & s->wanted & ~LANDLOCK_FS_REFER;
}

/* The directory of what gets a new name: its mount may be of nothing but it. */
static struct inode *old_place(const struct landlock_move *move, struct inode **held)
{
	*held = NULL;
	if (move->from->inode == move->mount->root)
		return move->from->inode;
	if (move->from->dir == NULL)
		*held = inode_get_place(move->from->inode, NULL);
	return move->from->dir != NULL ? move->from->dir : *held;
}

static int judge_two(const struct landlock_domain *d, const struct landlock_move *move,
		     struct inode *old_dir, struct side *a, struct side *b)
	REQUIRES_SHARED(C_names)
{
	a->wanted |= LANDLOCK_FS_REFER;
	b->wanted |= LANDLOCK_FS_REFER;
	look_at_dir(d, a, move->mount, old_dir);
	look_at_dir(d, b, move->mount, move->to->dir);
	look_at_child(d, a, move->mount, move->from->inode);
	if (move->exchanges)
		look_at_child(d, b, move->mount, move->to->inode);
	if (is_allowed(d, a, b, move->mount))
		return 0;
	return is_refused(a) || is_refused(b) ? -EACCES : -EXDEV;
}

int landlock_judge_move(const struct landlock_domain *d, const struct landlock_move *move)
{
	const struct path dir = { move->mount, move->to->dir };
	struct inode *from = move->from->inode, *to = move->to->inode, *held;
	struct side a = { 0 }, b = { 0 };
	struct inode *old_dir;
	int err;

	if (move->exchanges)
		a.wanted = landlock_making(inode_type(to));
	b.wanted = landlock_making(inode_type(from));
	if (move->removes) {
		a.wanted |= removing(from);
		b.wanted |= removing(to);
	}
	old_dir = old_place(move, &held);
	if (old_dir == move->to->dir)
		err = landlock_judge(d, &dir, &(struct path){ NULL, NULL },
				     a.wanted | b.wanted);
	else
		err = judge_two(d, move, old_dir, &a, &b);
	inode_put(held);
	return err;
}
