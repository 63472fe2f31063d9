/*
 * vfs/landlock/ruleset.c - what a program writes down before it restricts itself.
 *
 * A ruleset is an open file, so others may have it too, and add rules while it is
 * made a domain of: its lock says which come first.
 */
#include "vfs/landlock/landlock_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "vfs/file.h"
#include "vfs/mount.h"

#define ROOM_FIRST 8U
#define RULES_MAX 32768U /* they are in one piece of memory */

/* (c): constant */
struct landlock_ruleset {
	struct LOCK_OF(mutex, ruleset) lock; /* RANK_MISC_SLEEP */
	struct landlock_rights handled;      /* (c) */
	struct landlock_rule *rules GUARDED_BY(C_ruleset); /* sorted by key */
	unsigned nr GUARDED_BY(C_ruleset), room GUARDED_BY(C_ruleset);
};

/* ---- the file ---- */

static void ruleset_release(struct file *f)
{
	struct landlock_ruleset *r = f->data;

	is_private(ruleset);
	kfree(r->rules);
	kfree(r);
}

static const struct file_ops ruleset_ops = {
	.release = ruleset_release,
	.kind = "anon_inode:[landlock-ruleset]",
	.inode_mode = 0600,
};

int landlock_ruleset_create(const struct landlock_rights *handled, struct file **out)
{
	struct landlock_ruleset *r = kzalloc(sizeof(*r));
	int err;

	if (r == NULL)
		return -ENOMEM;
	mutex_init(&r->lock, RANK_MISC_SLEEP);
	r->handled = *handled;
	err = file_create(out, &ruleset_ops, FMODE_READ | FMODE_WRITE, O_RDWR, r);
	if (err != 0)
		kfree(r);
	return err;
}

struct landlock_ruleset *landlock_ruleset_of(const struct file *f)
{
	return f->ops == &ruleset_ops ? f->data : NULL;
}

const struct landlock_rights *landlock_handled(const struct landlock_ruleset *r)
{
	return &r->handled;
}

/* ---- rules ---- */

static int make_room(struct landlock_ruleset *r) REQUIRES(C_ruleset)
{
	unsigned room = r->room == 0 ? ROOM_FIRST : 2 * r->room;
	struct landlock_rule *rules;

	if (r->nr < r->room)
		return 0;
	if (room > RULES_MAX)
		return -E2BIG;
	rules = kmalloc(room * sizeof(*rules));
	if (rules == NULL)
		return -ENOMEM;
	if (r->nr != 0)
		memcpy(rules, r->rules, r->nr * sizeof(*rules));
	kfree(r->rules);
	r->rules = rules;
	r->room = room;
	return 0;
}

static int allow_locked(struct landlock_ruleset *r, const struct landlock_rule *rule)
	REQUIRES(C_ruleset)
{
	unsigned at;
	int err;

	if (landlock_find(r->rules, r->nr, &rule->key, &at)) {
		r->rules[at].allowed |= rule->allowed;
		return 0;
	}
	err = make_room(r);
	if (err != 0)
		return err;
	memmove(&r->rules[at + 1], &r->rules[at], (r->nr - at) * sizeof(*rule));
	r->rules[at] = *rule;
	r->nr++;
	return 0;
}

static int allow(struct landlock_ruleset *r, const struct landlock_rule *rule)
{
	mutex_lock(&r->lock);
	int err = allow_locked(r, rule);

	mutex_unlock(&r->lock);
	return err;
}

int landlock_allow_below(struct landlock_ruleset *r, const struct file *f, uint32_t rights)
{
	const struct inode *inode = f->inode;
	struct landlock_rule rule = { .allowed = rights };

	if (inode == NULL || f->mount == NULL)
		return -EBADFD;
	if (!inode_is(inode, S_IFDIR) && (rights & ~LANDLOCK_FS_FILE))
		return -EINVAL;
	rule.key = (struct landlock_key){ f->mount->fs_number, inode->ino,
					  inode->generation };
	return allow(r, &rule);
}

int landlock_allow_port(struct landlock_ruleset *r, uint16_t port, uint32_t rights)
{
	const struct landlock_rule rule = { .key.number = port, .allowed = rights };

	return allow(r, &rule);
}

/* ---- a domain of it ---- */

static struct landlock_rights both(const struct landlock_rights *a,
				   const struct landlock_rights *b)
{
	return (struct landlock_rights){ a->fs | b->fs, a->net | b->net,
					 a->scoped | b->scoped };
}

/* NULL: no memory. */
static struct landlock_domain *copy_locked(const struct landlock_ruleset *r)
	REQUIRES(C_ruleset)
{
	size_t size = r->nr * sizeof(*r->rules);
	struct landlock_domain *d = kmalloc(sizeof(*d) + size);

	if (d == NULL)
		return NULL;
	*d = (struct landlock_domain){
		.refs = REFCOUNT_INIT(1),
		.depth = 1,
		.handled = r->handled,
		.any = r->handled,
		.nr = r->nr,
	};
	if (size != 0)
		memcpy(d->rules, r->rules, size);
	return d;
}

int landlock_restrict(struct landlock_ruleset *r, const struct landlock_domain *outer,
		      const struct landlock_domain **out)
{
	struct landlock_domain *d;

	if (outer != NULL && outer->depth == LANDLOCK_LAYERS)
		return -E2BIG;
	mutex_lock(&r->lock);
	d = copy_locked(r);
	mutex_unlock(&r->lock);
	if (d == NULL)
		return -ENOMEM;
	if (outer != NULL) {
		landlock_get(outer);
		d->outer = outer;
		d->depth = outer->depth + 1;
		d->any = both(&d->handled, &outer->any);
	}
	*out = d;
	return 0;
}
