/*
 * vfs/cred.c - see cred.h.
 */
#include "vfs/cred.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "vfs/landlock/landlock.h"

struct cred kernel_cred = {
	.refs = REFCOUNT_INIT(1),
	.caps = ALL_CAPS,
	.groups = &no_groups,
	.user = &root_user,
};

/* The count is the one field of a set of credentials that changes. */
static struct refcount *count_of(const struct cred *cred)
{
	return &((struct cred *)(uintptr_t)cred)->refs;
}

const struct cred *cred_get(const struct cred *cred)
{
	refcount_get(count_of(cred));
	return cred;
}

void cred_put(const struct cred *cred)
{
	if (!refcount_put(count_of(cred)))
		return;
	user_put(cred->user);
	groups_put(cred->groups);
	for (unsigned i = 0; i < CRED_NR_KEYS; i++)
		cred_key_put(cred->keys[i]);
	landlock_put(cred->domain);
	kfree((void *)(uintptr_t)cred);
}

struct cred *cred_copy(const struct cred *from)
{
	struct cred *cred = kmalloc(sizeof(*cred));

	if (cred == NULL)
		return NULL;
	*cred = *from;
	cred->refs = REFCOUNT_INIT(1);
	user_get(cred->user);
	groups_get(cred->groups);
	for (unsigned i = 0; i < CRED_NR_KEYS; i++)
		cred_key_get(cred->keys[i]);
	landlock_get(cred->domain);
	return cred;
}

/* ---- whose keyrings stay behind ---- */

static void leave_keys(struct cred *cred, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		cred_key_put(cred->keys[i]);
		cred->keys[i] = NULL;
	}
}

/* The first @nr of them; who has none shares what there is. */
static const struct cred *without_keys(const struct cred *from, unsigned nr)
{
	struct cred *cred;

	if (from->keys[0] == NULL && (nr == 1 || from->keys[1] == NULL))
		return cred_get(from);
	cred = cred_copy(from);
	if (cred != NULL)
		leave_keys(cred, nr);
	return cred;
}

const struct cred *cred_for_thread(const struct cred *from)
{
	return without_keys(from, 1);
}

const struct cred *cred_for_process(const struct cred *from)
{
	return without_keys(from, 2);
}

void cred_leave_keys(struct cred *cred)
{
	leave_keys(cred, 2);
}

/* ---- ids ---- */

int cred_settle_user(struct cred *cred)
{
	struct user *user;

	if (cred->user->uid == cred->uid)
		return 0;
	user = user_find(cred->uid);
	if (user == NULL)
		return -ENOMEM;
	user_put(cred->user);
	cred->user = user;
	return 0;
}

bool cred_is_same_user(const struct cred *mine, const struct cred *its)
{
	return mine->uid == its->uid && mine->uid == its->euid &&
	       mine->uid == its->suid && mine->gid == its->gid &&
	       mine->gid == its->egid && mine->gid == its->sgid;
}
