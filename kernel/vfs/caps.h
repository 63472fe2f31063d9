#pragma once

/*
 * vfs/caps.h - capabilities: root's rights, one by one.
 *
 * They are part of credentials (vfs/cred.h), and so never change there: who
 * gets others gets another set of credentials.  To ask for one is
 *
 *	if (!cred_can(current_cred(), CAP_SYS_TIME))
 *		return -EPERM;
 *
 * and nothing asks for user 0.  What that user has of them follows from the
 * rules below, which a program may turn off for itself (SECBIT_*).  Files have
 * none: a program gets what it inherits, and root's by its ids.
 *
 * Source: capabilities(7); names and numbers are Linux's.
 */

#include "lib/bits.h"
#include "lib/types.h"

struct cred;

enum cap {
	CAP_CHOWN,
	CAP_DAC_OVERRIDE,
	CAP_DAC_READ_SEARCH,
	CAP_FOWNER,
	CAP_FSETID,
	CAP_KILL,
	CAP_SETGID,
	CAP_SETUID,
	CAP_SETPCAP,
	CAP_LINUX_IMMUTABLE,
	CAP_NET_BIND_SERVICE,
	CAP_NET_BROADCAST,
	CAP_NET_ADMIN,
	CAP_NET_RAW,
	CAP_IPC_LOCK,
	CAP_IPC_OWNER,
	CAP_SYS_MODULE,
	CAP_SYS_RAWIO,
	CAP_SYS_CHROOT,
	CAP_SYS_PTRACE,
	CAP_SYS_PACCT,
	CAP_SYS_ADMIN,
	CAP_SYS_BOOT,
	CAP_SYS_NICE,
	CAP_SYS_RESOURCE,
	CAP_SYS_TIME,
	CAP_SYS_TTY_CONFIG,
	CAP_MKNOD,
	CAP_LEASE,
	CAP_AUDIT_WRITE,
	CAP_AUDIT_CONTROL,
	CAP_SETFCAP,
	CAP_MAC_OVERRIDE,
	CAP_MAC_ADMIN,
	CAP_SYSLOG,
	CAP_WAKE_ALARM,
	CAP_BLOCK_SUSPEND,
	CAP_AUDIT_READ,
	CAP_PERFMON,
	CAP_BPF,
	CAP_CHECKPOINT_RESTORE,
};

#define CAP_LAST ((unsigned)CAP_CHECKPOINT_RESTORE)
#define CAPS_ALL ((1UL << (CAP_LAST + 1)) - 1)

/* Sets of them, a bit each. */
struct caps {
	uint64_t effective;   /* what is asked */
	uint64_t permitted;   /* what can become effective again */
	uint64_t inheritable; /* what a program of root's gets beyond bounding */
	uint64_t bounding;    /* what exec can give at most */
	uint64_t ambient;     /* what exec leaves; in permitted and inheritable */
};

#define ALL_CAPS { .effective = CAPS_ALL, .permitted = CAPS_ALL, .bounding = CAPS_ALL }

/* Of cred.securebits; each has the next bit as its lock, which stays. */
#define SECBIT_NOROOT BIT(0)               /* user 0 is nobody special to exec */
#define SECBIT_NO_SETUID_FIXUP BIT(2)      /* nor to setuid() */
#define SECBIT_KEEP_CAPS BIT(4)            /* setuid() leaves what is permitted */
#define SECBIT_NO_CAP_AMBIENT_RAISE BIT(6) /* nothing becomes ambient */
#define SECBITS 0x55U
#define SECBIT_LOCKS (SECBITS << 1)

static inline bool caps_are_within(uint64_t these, uint64_t those)
{
	return (these & ~those) == 0;
}

/* @new, a copy of @old, was given other user ids: what it loses or gets back. */
void caps_follow_ids(struct cred *new, const struct cred *old);
/* The same, where only the user id for files is another. */
void caps_follow_fsuid(struct cred *new, const struct cred *old);
/* What access() asks of the real ids goes by. */
uint64_t caps_of_real_user(const struct cred *cred);

/*
 * @new, a copy of @old with the ids that a program gives it, is about to run
 * that.  Nobody who can do less than root may lead it astray, unless @unsafe.
 * Its ids go back to the real ones where it must not get these rights.  True:
 * the program is not to trust its surroundings (AT_SECURE).
 */
bool caps_follow_exec(struct cred *new, const struct cred *old, bool unsafe);
