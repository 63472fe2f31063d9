/*
 * syscall/sys_landlock.c - landlock_create_ruleset(), landlock_add_rule(),
 * landlock_restrict_self().
 *
 * Source: Linux's uapi/linux/landlock.h.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/growing.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/task/rights.h"
#include "syscall/file_args.h"
#include "vfs/fdtable.h"
#include "vfs/landlock/landlock.h"

/* Which rights there are: files to be truncated since 3, ports 4, devices to be
 * controlled 5, scopes 6. */
#define LANDLOCK_VERSION 6
#define CREATE_RULESET_VERSION 1UL

/* ---- landlock_create_ruleset() ---- */

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

#define RULESET_ATTR_SIZE_VER0 sizeof(uint64_t)

static int handled_of(const struct ruleset_attr *attr, struct landlock_rights *out)
{
	if ((attr->fs & ~(uint64_t)LANDLOCK_FS_ALL) ||
	    (attr->net & ~(uint64_t)LANDLOCK_NET_ALL) ||
	    (attr->scoped & ~(uint64_t)LANDLOCK_SCOPE_ALL))
		return -EINVAL;
	*out = (struct landlock_rights){ (uint32_t)attr->fs, (uint32_t)attr->net,
					 (uint32_t)attr->scoped };
	return attr->fs == 0 && attr->net == 0 && attr->scoped == 0 ? -ENOMSG : 0;
}

SYSCALL_3(landlock_create_ruleset, user_attr, size, flags)
{
	struct landlock_rights handled;
	struct ruleset_attr attr;
	struct file *f;
	int err;

	if (flags != 0)
		return (unsigned)flags == CREATE_RULESET_VERSION && user_attr == 0 &&
		       size == 0 ? LANDLOCK_VERSION : -EINVAL;
	if (user_attr == 0)
		return -EFAULT;
	if (size < RULESET_ATTR_SIZE_VER0)
		return -EINVAL;
	err = growing_from_user(&attr, sizeof(attr), user_attr, size);
	if (err == 0)
		err = handled_of(&attr, &handled);
	if (err == 0)
		err = landlock_ruleset_create(&handled, &f);
	return err != 0 ? err : fd_install(f, true);
}

/* ---- landlock_add_rule() ---- */

/* That of descriptor @fd, and its open file with a reference. */
static int ruleset_of_fd(unsigned long fd, struct file **f, struct landlock_ruleset **r)
{
	*f = file_of_fd(fd);
	if (*f == NULL)
		return -EBADF;
	*r = landlock_ruleset_of(*f);
	if (*r != NULL)
		return 0;
	file_put(*f);
	return -EBADFD;
}

static int check_rights(uint64_t allowed, uint32_t handled)
{
	if (allowed == 0)
		return -ENOMSG;
	return allowed & ~(uint64_t)handled ? -EINVAL : 0;
}

struct path_beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

static int add_path_beneath(struct landlock_ruleset *r, vaddr_t user)
{
	struct path_beneath rule;
	struct file *f;
	int err;

	if (copy_from_user(&rule, user, sizeof(rule)) != 0)
		return -EFAULT;
	err = check_rights(rule.allowed, landlock_handled(r)->fs);
	if (err != 0)
		return err;
	f = fd_get(rule.fd); /* one for its name alone is good */
	if (f == NULL)
		return -EBADF;
	err = landlock_allow_below(r, f, (uint32_t)rule.allowed);
	file_put(f);
	return err;
}

struct net_port {
	uint64_t allowed, port;
};

static int add_net_port(struct landlock_ruleset *r, vaddr_t user)
{
	struct net_port rule;
	int err;

	if (copy_from_user(&rule, user, sizeof(rule)) != 0)
		return -EFAULT;
	err = check_rights(rule.allowed, landlock_handled(r)->net);
	if (err == 0 && rule.port > UINT16_MAX)
		err = -EINVAL;
	return err != 0 ? err : landlock_allow_port(r, (uint16_t)rule.port,
						    (uint32_t)rule.allowed);
}

#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2

/*
 * LACKS landlock_add_rule: a ruleset has 32,768 rules at most. What `O_TMPFILE` has
 * made is below no directory until it has a name, so a rule for the directory does
 * not allow to open it once more by its link of `/proc`, or to link it from there.
 */
SYSCALL_4(landlock_add_rule, fd, type, user_rule, flags)
{
	struct landlock_ruleset *r;
	struct file *f;
	int err;

	if (flags != 0)
		return -EINVAL;
	err = ruleset_of_fd(fd, &f, &r);
	if (err != 0)
		return err;
	switch ((int)type) {
	case RULE_PATH_BENEATH:
		err = add_path_beneath(r, user_rule);
		break;
	case RULE_NET_PORT:
		err = add_net_port(r, user_rule);
		break;
	default:
		err = -EINVAL;
	}
	file_put(f);
	return err;
}

/* ---- landlock_restrict_self() ---- */

static int restrict_self(struct landlock_ruleset *r)
{
	const struct landlock_domain *own = landlock_own(), *domain;
	struct cred *new;
	int err;

	err = landlock_restrict(r, own, &domain);
	if (err != 0)
		return err;
	new = cred_copy(current_cred());
	if (new == NULL) {
		landlock_put(domain);
		return -ENOMEM;
	}
	landlock_put(new->domain);
	new->domain = domain;
	replace_current_cred(new);
	return 0;
}

SYSCALL_2(landlock_restrict_self, fd, flags)
{
	const struct cred *own = current_cred();
	struct landlock_ruleset *r;
	struct file *f;
	int err;

	if (!own->no_new_privs && !cred_can(own, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags != 0)
		return -EINVAL;
	err = ruleset_of_fd(fd, &f, &r);
	if (err != 0)
		return err;
	err = restrict_self(r);
	file_put(f);
	return err;
}
