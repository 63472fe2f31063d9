/*
 * syscall/sys_id.c - users and groups a thread acts for.
 *
 * Each thread has credentials of its own, as on Linux; the C library makes
 * all threads of a process change theirs to the same.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/task/rights.h"

#define UNCHANGED (~0U)

/* The four ids of one kind; uid and gid follow the same rules. */
struct ids {
	unsigned real, effective, saved, fs;
};

enum id_kind {
	USER,
	GROUP,
};

static struct ids ids_of(const struct cred *c, enum id_kind kind)
{
	if (kind == USER)
		return (struct ids){ c->uid, c->euid, c->suid, c->fsuid };
	return (struct ids){ c->gid, c->egid, c->sgid, c->fsgid };
}

static void ids_store(struct cred *c, enum id_kind kind,
		      const struct ids *ids)
{
	if (kind == USER) {
		c->uid = ids->real;
		c->euid = ids->effective;
		c->suid = ids->saved;
		c->fsuid = ids->fs;
	} else {
		c->gid = ids->real;
		c->egid = ids->effective;
		c->sgid = ids->saved;
		c->fsgid = ids->fs;
	}
}

/*
 * A rule computes new ids from the old ones and up to three arguments; 0 or
 * -EPERM.  @root: the thread may have any.
 */
typedef int (*id_rule)(struct ids *ids, const unsigned arg[3], bool root);

static int rule_set_fs(struct ids *ids, const unsigned arg[3], bool root);

static long change_ids(enum id_kind kind, id_rule rule, unsigned a, unsigned b,
		       unsigned c)
{
	const struct cred *old = current_cred();
	const unsigned arg[3] = { a, b, c };
	struct ids ids = ids_of(old, kind);
	struct cred *new;
	int err = rule(&ids, arg, cred_can(old, kind == USER ? CAP_SETUID :
							      CAP_SETGID));

	if (err != 0)
		return err;
	new = cred_copy(old);
	if (new == NULL)
		return -ENOMEM;
	ids_store(new, kind, &ids);
	if (kind == USER && rule == rule_set_fs)
		caps_follow_fsuid(new, old);
	else if (kind == USER)
		caps_follow_ids(new, old);
	err = cred_settle_user(new);
	if (err != 0) {
		cred_put(new);
		return err;
	}
	replace_current_cred(new);
	return 0;
}

static bool is_one_of(const struct ids *ids, unsigned id)
{
	return id == ids->real || id == ids->effective || id == ids->saved;
}

static int rule_set(struct ids *ids, const unsigned arg[3], bool root)
{
	if (root)
		ids->real = ids->saved = arg[0];
	else if (arg[0] != ids->real && arg[0] != ids->saved)
		return -EPERM;
	ids->effective = ids->fs = arg[0];
	return 0;
}

static int rule_set_real_effective(struct ids *ids, const unsigned arg[3],
				   bool root)
{
	const struct ids old = *ids;

	if (arg[0] != UNCHANGED) {
		if (!root && arg[0] != old.real && arg[0] != old.effective)
			return -EPERM;
		ids->real = arg[0];
	}
	if (arg[1] != UNCHANGED) {
		if (!root && !is_one_of(&old, arg[1]))
			return -EPERM;
		ids->effective = arg[1];
	}
	if (arg[0] != UNCHANGED ||
	    (arg[1] != UNCHANGED && arg[1] != old.real))
		ids->saved = ids->effective;
	ids->fs = ids->effective;
	return 0;
}

static int rule_set_all(struct ids *ids, const unsigned arg[3], bool root)
{
	for (unsigned i = 0; i < 3; i++)
		if (arg[i] != UNCHANGED && !root && !is_one_of(ids, arg[i]))
			return -EPERM;
	if (arg[0] != UNCHANGED)
		ids->real = arg[0];
	if (arg[1] != UNCHANGED)
		ids->effective = arg[1];
	if (arg[2] != UNCHANGED)
		ids->saved = arg[2];
	ids->fs = ids->effective;
	return 0;
}

/* Not an error when refused: setfsuid() tells only what was before. */
static int rule_set_fs(struct ids *ids, const unsigned arg[3], bool root)
{
	if (root || is_one_of(ids, arg[0]) || arg[0] == ids->fs)
		ids->fs = arg[0];
	return 0;
}

/* ---- set ---- */

static bool is_valid(unsigned long id)
{
	return (unsigned)id != UNCHANGED;
}

SYSCALL_1(setuid, id)
{
	return is_valid(id) ? change_ids(USER, rule_set, (unsigned)id, 0, 0) :
			      -EINVAL;
}

SYSCALL_1(setgid, id)
{
	return is_valid(id) ? change_ids(GROUP, rule_set, (unsigned)id, 0, 0) :
			      -EINVAL;
}

SYSCALL_2(setreuid, real, effective)
{
	return change_ids(USER, rule_set_real_effective, (unsigned)real,
			  (unsigned)effective, 0);
}

SYSCALL_2(setregid, real, effective)
{
	return change_ids(GROUP, rule_set_real_effective, (unsigned)real,
			  (unsigned)effective, 0);
}

SYSCALL_3(setresuid, real, effective, saved)
{
	return change_ids(USER, rule_set_all, (unsigned)real,
			  (unsigned)effective, (unsigned)saved);
}

SYSCALL_3(setresgid, real, effective, saved)
{
	return change_ids(GROUP, rule_set_all, (unsigned)real,
			  (unsigned)effective, (unsigned)saved);
}

SYSCALL_1(setfsuid, id)
{
	unsigned old = current_cred()->fsuid;

	if (is_valid(id))
		change_ids(USER, rule_set_fs, (unsigned)id, 0, 0);
	return old;
}

SYSCALL_1(setfsgid, id)
{
	unsigned old = current_cred()->fsgid;

	if (is_valid(id))
		change_ids(GROUP, rule_set_fs, (unsigned)id, 0, 0);
	return old;
}

/* ---- get ---- */

SYSCALL_0(getuid)
{
	return current_cred()->uid;
}

SYSCALL_0(geteuid)
{
	return current_cred()->euid;
}

SYSCALL_0(getgid)
{
	return current_cred()->gid;
}

SYSCALL_0(getegid)
{
	return current_cred()->egid;
}

static long put_three(enum id_kind kind, vaddr_t real, vaddr_t effective,
		      vaddr_t saved)
{
	struct ids ids = ids_of(current_cred(), kind);

	if (put_user_u32(real, ids.real) != 0 ||
	    put_user_u32(effective, ids.effective) != 0 ||
	    put_user_u32(saved, ids.saved) != 0)
		return -EFAULT;
	return 0;
}

SYSCALL_3(getresuid, real, effective, saved)
{
	return put_three(USER, real, effective, saved);
}

SYSCALL_3(getresgid, real, effective, saved)
{
	return put_three(GROUP, real, effective, saved);
}

/* ---- supplementary groups ---- */

SYSCALL_2(getgroups, size, to)
{
	const struct groups *groups = current_cred()->groups;
	unsigned n = groups->nr;

	if ((int)size < 0)
		return -EINVAL;
	if (size == 0)
		return n;
	if (n > size)
		return -EINVAL;
	if (copy_to_user(to, groups->gid, n * sizeof(groups->gid[0])) != 0)
		return -EFAULT;
	return n;
}

/* 0, and *@groups are the @n at @from, with a reference. */
static int read_groups(struct groups **groups, unsigned n, vaddr_t from)
{
	struct groups *read = groups_alloc(n);

	if (read == NULL)
		return -ENOMEM;
	if (copy_from_user(read->gid, from, n * sizeof(read->gid[0])) != 0) {
		groups_put(read);
		return -EFAULT;
	}
	groups_sort(read);
	*groups = read;
	return 0;
}

/* Acts for those from now on; their reference is ours. */
static int replace_groups(struct groups *groups)
{
	struct cred *new = cred_copy(current_cred());

	if (new == NULL) {
		groups_put(groups);
		return -ENOMEM;
	}
	groups_put(new->groups);
	new->groups = groups;
	replace_current_cred(new);
	return 0;
}

SYSCALL_2(setgroups, n, from)
{
	struct groups *groups;
	int err;

	if (!cred_can(current_cred(), CAP_SETGID))
		return -EPERM;
	if ((unsigned)n > GROUPS_MAX)
		return -EINVAL;
	err = read_groups(&groups, (unsigned)n, from);
	return err != 0 ? err : replace_groups(groups);
}
