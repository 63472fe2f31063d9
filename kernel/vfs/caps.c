/*
 * vfs/caps.c - what happens to capabilities when ids change: see caps.h.
 */
#include "vfs/caps.h"

#include "mm/limits.h"
#include "vfs/cred.h"

/* ---- ids ---- */

/* Those that files ask for go with the user id for files. */
#define FS_CAPS (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) |			\
		 BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) |	\
		 BIT(CAP_LINUX_IMMUTABLE) | BIT(CAP_MKNOD) | BIT(CAP_MAC_OVERRIDE))

static bool is_root_anyhow(const struct cred *cred)
{
	return cred->uid == 0 || cred->euid == 0 || cred->suid == 0;
}

void caps_follow_ids(struct cred *new, const struct cred *old)
{
	struct caps *caps = &new->caps;

	if (old->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (is_root_anyhow(old) && !is_root_anyhow(new)) {
		if (!(old->securebits & SECBIT_KEEP_CAPS))
			caps->permitted = caps->effective = 0;
		caps->ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		caps->effective = 0;
	if (old->euid != 0 && new->euid == 0)
		caps->effective = caps->permitted;
}

void caps_follow_fsuid(struct cred *new, const struct cred *old)
{
	struct caps *caps = &new->caps;

	if (old->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (old->fsuid == 0 && new->fsuid != 0)
		caps->effective &= ~FS_CAPS;
	if (old->fsuid != 0 && new->fsuid == 0)
		caps->effective |= FS_CAPS & caps->permitted;
}

uint64_t caps_of_real_user(const struct cred *cred)
{
	if (cred->securebits & SECBIT_NO_SETUID_FIXUP)
		return cred->caps.effective;
	return cred->uid == 0 ? cred->caps.permitted : 0;
}

/* ---- exec ---- */

/* The program runs with ids that its user does not have. */
static bool is_set_id(const struct cred *new, const struct cred *old)
{
	return new->euid != old->uid || new->egid != old->gid;
}

/* What root's ids give to a program; true: effective, too. */
static bool give_roots(struct cred *new, const struct cred *old)
{
	new->caps.permitted = 0;
	if (old->securebits & SECBIT_NOROOT)
		return false;
	if (new->uid == 0 || new->euid == 0)
		new->caps.permitted = old->caps.bounding | old->caps.inheritable;
	return new->euid == 0;
}

static void take_rights_back(struct cred *new, const struct cred *old)
{
	if (!cred_can(old, CAP_SETUID) || new->no_new_privs) {
		new->euid = new->uid;
		new->egid = new->gid;
	}
	new->caps.permitted &= old->caps.permitted;
}

bool caps_follow_exec(struct cred *new, const struct cred *old, bool unsafe)
{
	bool set_id = is_set_id(new, old);
	struct caps *caps = &new->caps;
	bool effective = give_roots(new, old);

	if (unsafe && (set_id ||
		       !caps_are_within(caps->permitted, old->caps.permitted)))
		take_rights_back(new, old);
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	if (set_id)
		caps->ambient = 0;
	caps->permitted |= caps->ambient;
	caps->effective = effective ? caps->permitted : caps->ambient;
	new->securebits &= ~(unsigned)SECBIT_KEEP_CAPS;
	return set_id ||
	       (new->uid != 0 &&
		(effective || !caps_are_within(caps->permitted, caps->ambient)));
}

/* ---- what other layers ask ---- */

bool current_may_lock_all(void)
{
	return cred_can(current_cred(), CAP_IPC_LOCK);
}
