#pragma once

/*
 * vfs/cred.h - credentials: the users and groups somebody acts for.
 *
 * A set of credentials never changes: who gets others gets another set, as a
 * whole.  So a reader sees ids that belong together, and
 *
 *	current_cred()			what the running thread acts for: no
 *					lock, no reference, valid until the
 *					thread replaces it itself
 *	thread_cred(), proc_cred()	somebody else's, with a reference
 *					(proc/task/rights.h)
 *
 * Each thread has its own, as on Linux: the C library makes all threads of
 * a process change theirs.  To change them is to fill in a copy:
 *
 *	struct cred *new = cred_copy(current_cred());
 *	new->euid = ...;			nobody else sees it yet
 *	replace_current_cred(new);		proc/task/rights.h
 */

#include "arch/hart.h"
#include "lib/types.h"
#include "sync/refcount.h"
#include "vfs/caps.h"
#include "vfs/groups.h"
#include "vfs/user.h"

/* A keyring: ipc/keys.  Credentials hold those of the thread, of the process and
 * of the session, each with a reference, or NULL. */
struct key;
struct landlock_domain;
#define CRED_NR_KEYS 3U
void cred_key_get(struct key *k); /* upcall */
void cred_key_put(struct key *k); /* upcall */

/* (c) once anybody else can see it, but for the count. */
struct cred {
	struct refcount refs;
	unsigned uid, euid, suid, fsuid;
	unsigned gid, egid, sgid, fsgid;
	struct caps caps;
	unsigned securebits; /* SECBIT_* */
	bool no_new_privs;   /* exec gives no rights; stays so */
	struct groups *groups; /* a reference; shared, and so only read */
	struct user *user;     /* a reference: who uid is, and pays */
	struct key *keys[CRED_NR_KEYS];
	unsigned keys_to;      /* where keys go that were asked for */
	const struct landlock_domain *domain; /* a reference, or NULL: vfs/landlock/ */
};

/* Of the threads of the kernel, and of process 1: root's, in no group. */
extern struct cred kernel_cred;

static inline const struct cred *current_cred(void)
{
	return hart_self()->current->cred;
}

const struct cred *cred_get(const struct cred *cred);
void cred_put(const struct cred *cred);
/* One to fill in, with one reference; NULL: no memory. */
struct cred *cred_copy(const struct cred *from);
/* What a new thread has of @from, or a new process, or a program: the keyring of
 * the thread, or also that of the process, stays behind.  NULL: no memory. */
const struct cred *cred_for_thread(const struct cred *from);
const struct cred *cred_for_process(const struct cred *from);
void cred_leave_keys(struct cred *cred);
/* Its uid was filled in: user follows.  0 or -ENOMEM. */
int cred_settle_user(struct cred *cred);

/* May do what asks for @cap. */
static inline bool cred_can(const struct cred *cred, enum cap cap)
{
	return (cred->caps.effective & BIT(cap)) != 0;
}

/* May do what is only root's to do, and has no capability of its own. */
static inline bool cred_is_root(const struct cred *cred)
{
	return cred_can(cred, CAP_SYS_ADMIN);
}

/* @gid is one of its supplementary groups. */
static inline bool cred_has_group(const struct cred *cred, unsigned gid)
{
	return groups_have(cred->groups, gid);
}

/* All ids of @its are the real ones of @mine. */
bool cred_is_same_user(const struct cred *mine, const struct cred *its);
