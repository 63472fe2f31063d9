#pragma once

/*
 * vfs/landlock/landlock.h - Landlock: a program gives up rights that it has, for
 * itself and all that it will start.
 *
 *	ruleset		what a program writes down: which rights it will do
 *			without (it "handles" them), and below which files, or at
 *			which ports, it will not.  An open file.
 *	domain		what a thread is in once it has restricted itself: a copy
 *			of the ruleset, on top of the domain that it was in.  Each
 *			of these layers has to allow what is to be done, so none
 *			gives back what one below has taken.
 *
 * A domain is one of the things that credentials hold (vfs/cred.h): so it is the
 * thread's own, is inherited by what it starts, and never changes.  Who is in
 * none has a NULL there, and that is all the price.
 *
 * Which file a rule is about it knows by three numbers: of the file system, which
 * none gets again while the machine runs, of the inode, and its generation.  No
 * rule keeps an inode, so one that is freed is not kept, a file system can be
 * unmounted, and to give up a domain is to free memory: cred_put() does so from
 * anywhere.  An inode that was forgotten, and is read from the disk once more, is
 * the one that the rule is about; another one that got its number is not.
 *
 * A right that is used below a directory is looked for from there up to the root
 * of all, out of mounts, whatever the program's own root is.  What has no name (a
 * pipe, a socket, what memfd_create() has made) no rule can be about, so it is
 * left alone.
 *
 * What may come between two:
 *
 *	opens a file		restricts himself	(a sibling) each acts by his
 *							own credentials, which only
 *							he replaces
 *	opens a file		the same file is	names are locked, or have not
 *				moved			moved, while it is climbed: it
 *							is judged where it was at one
 *							moment
 *	adds a rule		restricts himself	under the ruleset's lock: the
 *				with the ruleset	rule is in the copy as a whole,
 *							or not
 *	looks a rule up		its file is removed,	reads numbers, which are
 *				and its inode freed	compared and lead nowhere
 *	looks at the other's	the other restricts	under the other's lock, under
 *	domain (kill, ptrace)	himself			which he replaces it
 *
 * Source: Linux's Documentation/userspace-api/landlock.rst.
 */

#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/types.h"
#include "sync/refcount.h"
#include "vfs/cred.h"
#include "vfs/path.h"

struct file;
struct landlock_ruleset;

/* ---- rights; Linux's numbers ---- */

#define LANDLOCK_FS_EXECUTE 1U
#define LANDLOCK_FS_WRITE_FILE 2U
#define LANDLOCK_FS_READ_FILE 4U
#define LANDLOCK_FS_READ_DIR 8U
#define LANDLOCK_FS_REMOVE_DIR 0x10U
#define LANDLOCK_FS_REMOVE_FILE 0x20U
#define LANDLOCK_FS_MAKE_CHAR 0x40U
#define LANDLOCK_FS_MAKE_DIR 0x80U
#define LANDLOCK_FS_MAKE_REG 0x100U
#define LANDLOCK_FS_MAKE_SOCK 0x200U
#define LANDLOCK_FS_MAKE_FIFO 0x400U
#define LANDLOCK_FS_MAKE_BLOCK 0x800U
#define LANDLOCK_FS_MAKE_SYM 0x1000U
#define LANDLOCK_FS_REFER 0x2000U
#define LANDLOCK_FS_TRUNCATE 0x4000U
#define LANDLOCK_FS_IOCTL_DEV 0x8000U
#define LANDLOCK_FS_ALL 0xffffU
/* Those that a rule about a file can give. */
#define LANDLOCK_FS_FILE                                              \
	(LANDLOCK_FS_EXECUTE | LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_READ_FILE | \
	 LANDLOCK_FS_TRUNCATE | LANDLOCK_FS_IOCTL_DEV)

#define LANDLOCK_NET_BIND_TCP 1U
#define LANDLOCK_NET_CONNECT_TCP 2U
#define LANDLOCK_NET_ALL 3U

#define LANDLOCK_SCOPE_ABSTRACT_UNIX 1U
#define LANDLOCK_SCOPE_SIGNAL 2U
#define LANDLOCK_SCOPE_ALL 3U

/* ---- domains ---- */

#define LANDLOCK_LAYERS 16U

/* A set of each kind of rights. */
struct landlock_rights {
	uint32_t fs, net, scoped;
};

/* What a rule is about: a file, or with no @fs, a port. */
struct landlock_key {
	uint64_t fs;         /* as mount.fs_number */
	uint64_t number;     /* of the inode; the port */
	uint32_t generation; /* of the inode */
};

struct landlock_rule {
	struct landlock_key key;
	uint32_t allowed;
};

/* (c), but for the count. */
struct landlock_domain {
	struct refcount refs;
	unsigned depth;                      /* layers, this one included */
	const struct landlock_domain *outer; /* a reference; NULL: the first layer */
	struct landlock_rights handled;      /* by this layer */
	struct landlock_rights any;          /* by it, or by one below */
	unsigned nr;
	struct landlock_rule rules[];        /* sorted by key */
};

/* NULL is nobody's. */
void landlock_get(const struct landlock_domain *d);
void landlock_put(const struct landlock_domain *d); /* any context */

static inline const struct landlock_domain *landlock_own(void)
{
	return current_cred()->domain;
}

/* The running thread's, if files are its business. */
static inline const struct landlock_domain *landlock_of_files(void)
{
	const struct landlock_domain *d = landlock_own();

	return unlikely(d != NULL) && d->any.fs != 0 ? d : NULL;
}

/* Who is in @inner is in @outer as well, or that is NULL: so who is in @outer may
 * look into him. */
bool landlock_is_within(const struct landlock_domain *inner,
			const struct landlock_domain *outer);

/* A layer of @mine, NULL or not, has @scope, LANDLOCK_SCOPE_*, and @its is not within
 * that layer: who is in @mine does not reach who is in @its. */
bool landlock_keeps_in(const struct landlock_domain *mine,
		       const struct landlock_domain *its, uint32_t scope);

/* ---- rulesets ---- */

/* An open file of one that handles @handled, some; 0 or -errno. */
int landlock_ruleset_create(const struct landlock_rights *handled, struct file **out);
/* That of @f; NULL: it has none. */
struct landlock_ruleset *landlock_ruleset_of(const struct file *f);
const struct landlock_rights *landlock_handled(const struct landlock_ruleset *r);
/*
 * Allow @rights, which it handles, below what @f is open of: 0; -EBADFD, no rule
 * can be about that; -EINVAL, that is no directory, and some of @rights are of
 * directories only; -E2BIG, -ENOMEM.  The same at a port.
 */
int landlock_allow_below(struct landlock_ruleset *r, const struct file *f, uint32_t rights);
int landlock_allow_port(struct landlock_ruleset *r, uint16_t port, uint32_t rights);
/* The domain that @r makes of @outer, whose reference is not taken: 0; -E2BIG, it
 * has LANDLOCK_LAYERS; -ENOMEM. */
int landlock_restrict(struct landlock_ruleset *r, const struct landlock_domain *outer,
		      const struct landlock_domain **out);

/* ---- may the running thread? ----
 *
 * 0 or -EACCES, if nothing else is said.  Names are locked, in either way. */

/*
 * Open @f, which is of f->inode in f->mount by now, found in @dir (no inode: by no
 * name); and to @exec it.  What it may not be used for is noted in its mode.  Who
 * @peeks gets -EAGAIN where he cannot say (vfs/peek.c), and holds no lock.
 */
int landlock_judge_open(const struct landlock_domain *d, struct file *f,
			const struct path *dir, bool exec, bool peeks);
/* Use @right at @at, found in @dir (as above). */
int landlock_judge(const struct landlock_domain *d, const struct path *at,
		   const struct path *dir, uint32_t right) REQUIRES_SHARED(C_names);
/* Make something of @type (S_IFMT) in @dir. */
int landlock_judge_make(const struct landlock_domain *d, const struct path *dir,
			unsigned type) REQUIRES_SHARED(C_names);

/* To give @from->inode the name @to in @mount; from->dir NULL: it is not known. */
struct landlock_move {
	struct mount *mount;
	const struct dentry *from, *to;
	bool removes;   /* it loses the old one */
	bool exchanges; /* and what has the new one gets that */
};

/* -EXDEV: it would get rights by it; a copy would not. */
int landlock_judge_move(const struct landlock_domain *d, const struct landlock_move *move)
	REQUIRES_SHARED(C_names);

static inline int landlock_may_open(struct file *f, const struct path *dir, bool exec,
				    bool peeks)
{
	const struct landlock_domain *d = landlock_of_files();

	return d == NULL ? 0 : landlock_judge_open(d, f, dir, exec, peeks);
}

static inline int landlock_may(const struct path *at, const struct path *dir,
			       uint32_t right) REQUIRES_SHARED(C_names)
{
	const struct landlock_domain *d = landlock_of_files();

	return d == NULL ? 0 : landlock_judge(d, at, dir, right);
}

static inline int landlock_may_make(struct mount *mount, struct inode *dir, unsigned type)
	REQUIRES_SHARED(C_names)
{
	const struct landlock_domain *d = landlock_of_files();

	return d == NULL ? 0 :
		landlock_judge_make(d, &(struct path){ mount, dir }, type);
}

static inline int landlock_may_remove(struct mount *mount, struct inode *dir,
				      uint32_t right) REQUIRES_SHARED(C_names)
{
	const struct path at = { mount, dir };

	return landlock_may(&at, &(struct path){ NULL, NULL }, right);
}

static inline int landlock_may_move(const struct landlock_move *move)
	REQUIRES_SHARED(C_names)
{
	const struct landlock_domain *d = landlock_of_files();

	return d == NULL ? 0 : landlock_judge_move(d, move);
}

/* Use a port of TCP for @right; no lock is held. */
int landlock_judge_port(const struct landlock_domain *d, uint16_t port, uint32_t right);

/* Change what is mounted where: 0 or -EPERM. */
static inline int landlock_may_mount(void)
{
	return landlock_of_files() == NULL ? 0 : -EPERM;
}
