/*
 * syscall/sys_caps.c - capabilities: capget(), capset(), and those options of
 * prctl() that are about them.
 *
 * What they are, and how they follow ids, is vfs/caps.h's business.  Everybody
 * changes his own alone.
 */
#include "syscall/caps.h"
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "vfs/caps.h"
#include "vfs/cred.h"

/* The running thread's become @caps, and how they follow ids @securebits. */
static long replace(const struct caps *caps, unsigned securebits)
{
	struct cred *new = cred_copy(current_cred());

	if (new == NULL)
		return -ENOMEM;
	new->caps = *caps;
	new->securebits = securebits;
	replace_current_cred(new);
	return 0;
}

static long replace_caps(const struct caps *caps)
{
	return replace(caps, current_cred()->securebits);
}

/* ---- prctl() ---- */

long caps_bounding_read(unsigned long cap)
{
	if (cap > CAP_LAST)
		return -EINVAL;
	return (current_cred()->caps.bounding & BIT(cap)) != 0;
}

long caps_bounding_drop(unsigned long cap)
{
	struct caps caps = current_cred()->caps;

	if (!cred_can(current_cred(), CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST)
		return -EINVAL;
	caps.bounding &= ~BIT(cap);
	return replace_caps(&caps);
}

#define PR_CAP_AMBIENT_IS_SET 1
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_LOWER 3
#define PR_CAP_AMBIENT_CLEAR_ALL 4

static long clear_ambient(void)
{
	struct caps caps = current_cred()->caps;

	caps.ambient = 0;
	return replace_caps(&caps);
}

static long raise_ambient(uint64_t bit)
{
	struct caps caps = current_cred()->caps;

	if (!(caps.permitted & caps.inheritable & bit) ||
	    (current_cred()->securebits & SECBIT_NO_CAP_AMBIENT_RAISE))
		return -EPERM;
	caps.ambient |= bit;
	return replace_caps(&caps);
}

static long lower_ambient(uint64_t bit)
{
	struct caps caps = current_cred()->caps;

	caps.ambient &= ~bit;
	return replace_caps(&caps);
}

long caps_ambient(unsigned long what, unsigned long cap, unsigned long rest)
{
	if (what == PR_CAP_AMBIENT_CLEAR_ALL)
		return cap != 0 || rest != 0 ? -EINVAL : clear_ambient();
	if (cap > CAP_LAST || rest != 0)
		return -EINVAL;
	switch (what) {
	case PR_CAP_AMBIENT_IS_SET:
		return (current_cred()->caps.ambient & BIT(cap)) != 0;
	case PR_CAP_AMBIENT_RAISE:
		return raise_ambient(BIT(cap));
	case PR_CAP_AMBIENT_LOWER:
		return lower_ambient(BIT(cap));
	}
	return -EINVAL;
}

/* What is locked stays, and so does a lock. */
long caps_set_securebits(unsigned long bits)
{
	const struct cred *cred = current_cred();
	unsigned old = cred->securebits, locks = old & SECBIT_LOCKS;

	if ((locks >> 1 & (old ^ bits)) != 0 || (locks & ~bits) != 0 ||
	    (bits & ~(unsigned long)(SECBITS | SECBIT_LOCKS)) != 0 ||
	    !cred_can(cred, CAP_SETPCAP))
		return -EPERM;
	return replace(&cred->caps, (unsigned)bits);
}

long caps_set_keep(unsigned long on)
{
	const struct cred *cred = current_cred();
	unsigned bits = cred->securebits & ~(unsigned)SECBIT_KEEP_CAPS;

	if (on > 1)
		return -EINVAL;
	if (cred->securebits & (SECBIT_KEEP_CAPS << 1))
		return -EPERM;
	return replace(&cred->caps, on ? bits | SECBIT_KEEP_CAPS : bits);
}

/* ---- the calls ---- */

#define CAP_VERSION_1 0x19980330U
#define CAP_VERSION_2 0x20071026U
#define CAP_VERSION_3 0x20080522U

struct user_cap_header {
	uint32_t version;
	int32_t pid;
};

/* The low halves of three sets, then the high ones. */
struct user_cap_half {
	uint32_t effective, permitted, inheritable;
};

/* How many halves @header's version has; 0: it is none, and the caller is told
 * which there is. */
static int get_header(struct user_cap_header *header, vaddr_t from,
		      unsigned *halves)
{
	if (copy_from_user(header, from, sizeof(*header)) != 0)
		return -EFAULT;
	*halves = 2;
	switch (header->version) {
	case CAP_VERSION_1:
		*halves = 1;
		return 0;
	case CAP_VERSION_2:
	case CAP_VERSION_3:
		return 0;
	}
	*halves = 0;
	return put_user_u32(from, CAP_VERSION_3);
}

/* Of the thread @pid, 0 for the running one; NULL: there is none. */
static const struct cred *cred_of(int pid)
{
	const struct cred *cred = NULL;
	struct thread *t;

	if (pid == 0)
		return cred_get(current_cred());
	t = thread_find(pid);
	if (t == NULL)
		return NULL;
	cred = thread_cred(t);
	thread_put(t);
	return cred;
}

static void fill(struct user_cap_half half[2], const struct caps *caps)
{
	for (unsigned i = 0; i < 2; i++)
		half[i] = (struct user_cap_half){
			.effective = (uint32_t)(caps->effective >> (32 * i)),
			.permitted = (uint32_t)(caps->permitted >> (32 * i)),
			.inheritable = (uint32_t)(caps->inheritable >> (32 * i)),
		};
}

SYSCALL_2(capget, user_header, to)
{
	struct user_cap_header header;
	struct user_cap_half half[2];
	const struct cred *cred;
	unsigned halves;
	int err = get_header(&header, user_header, &halves);

	if (err != 0)
		return err;
	if (halves == 0 || to == 0)
		return to == 0 ? 0 : -EINVAL;
	if (header.pid < 0)
		return -EINVAL;
	cred = cred_of(header.pid);
	if (cred == NULL)
		return -ESRCH;
	fill(half, &cred->caps);
	cred_put(cred);
	return copy_to_user(to, half, halves * sizeof(half[0]));
}

static uint64_t joined(uint32_t low, uint32_t high)
{
	return (low | (uint64_t)high << 32) & CAPS_ALL;
}

/* Nothing is gained but what is permitted, and inheritable within bounding. */
static bool may_become(const struct caps *new, const struct caps *old)
{
	if (!cred_can(current_cred(), CAP_SETPCAP) &&
	    !caps_are_within(new->inheritable, old->inheritable | old->permitted))
		return false;
	return caps_are_within(new->inheritable, old->inheritable | old->bounding) &&
	       caps_are_within(new->permitted, old->permitted) &&
	       caps_are_within(new->effective, new->permitted);
}

SYSCALL_2(capset, user_header, from)
{
	const struct caps *old = &current_cred()->caps;
	struct user_cap_half wanted[2] = { { 0 } };
	struct user_cap_header header;
	struct caps caps = *old;
	unsigned halves;
	int err = get_header(&header, user_header, &halves);

	if (err != 0)
		return err;
	if (halves == 0)
		return -EINVAL;
	if (header.pid != 0 && header.pid != current_thread()->tid)
		return -EPERM;
	if (copy_from_user(wanted, from, halves * sizeof(wanted[0])) != 0)
		return -EFAULT;
	caps.effective = joined(wanted[0].effective, wanted[1].effective);
	caps.permitted = joined(wanted[0].permitted, wanted[1].permitted);
	caps.inheritable = joined(wanted[0].inheritable, wanted[1].inheritable);
	caps.ambient &= caps.permitted & caps.inheritable;
	return may_become(&caps, old) ? replace_caps(&caps) : -EPERM;
}
