/*
 * syscall/socket_control.c - see socket_control.h.
 *
 * The program's buffer is read once, into the kernel: what was checked is what
 * is used.
 */
#include "syscall/socket_control.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "net/rights.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"

#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define IPPROTO_IP 0
#define IP_TTL 2
#define IPPROTO_IPV6 41
#define IPV6_HOPLIMIT 52
#define CONTROL_MAX (64UL << 10)

/* What begins each piece; as programs lay it out. */
struct control_head {
	uint64_t len; /* with this */
	int32_t level, type;
};

#define HEAD sizeof(struct control_head)

static size_t space_of(size_t len)
{
	return align_up(len, sizeof(uint64_t));
}

/* ---- from the program ---- */

/* Only who could be somebody else says that he is. */
static bool may_claim(const struct ucred *c)
{
	const struct cred *cred = current_cred();

	return (c->pid == socket_own_cred(false).pid ||
		cred_can(cred, CAP_SYS_ADMIN)) &&
	       (c->uid == cred->uid || c->uid == cred->euid ||
		c->uid == cred->suid || cred_can(cred, CAP_SETUID)) &&
	       (c->gid == cred->gid || c->gid == cred->egid ||
		c->gid == cred->sgid || cred_can(cred, CAP_SETGID));
}

static int take_cred(struct exchange *x, const struct ucred *c, size_t len)
{
	if (len != sizeof(*c))
		return -EINVAL;
	if (!may_claim(c))
		return -EPERM;
	x->cred = *c;
	return 0;
}

/* Those of one message are one bundle, in however many pieces they come. */
static int take_rights(struct exchange *x, const int *fds, size_t len)
{
	unsigned had = x->rights != NULL ? x->rights->nr : 0;
	size_t n = len / sizeof(fds[0]);
	int err;

	if (n > RIGHTS_MAX - had)
		return -EINVAL;
	if (n == 0)
		return 0;
	err = rights_make_room(&x->rights, (unsigned)n);
	for (size_t i = 0; i < n && err == 0; i++) {
		struct file *f = fd_get(fds[i]);

		if (f == NULL)
			err = -EBADF;
		else
			x->rights->files[x->rights->nr++] = f;
	}
	return err;
}

/* They go between processes of one machine: the internet passes over them, and
 * netlink has no files. */
static int take_piece(struct socket *s, struct exchange *x,
		      const struct control_head *head)
{
	size_t len = head->len - HEAD;

	if (head->level != SOL_SOCKET)
		return 0;
	if (s->family == AF_NETLINK && head->type == SCM_RIGHTS)
		return -EINVAL;
	switch (head->type) {
	case SCM_RIGHTS:
		return s->family != AF_UNIX ? 0 :
			take_rights(x, (const int *)(head + 1), len);
	case SCM_CREDENTIALS:
		return s->family == AF_INET || s->family == AF_INET6 ? 0 :
			take_cred(x, (const struct ucred *)(head + 1), len);
	}
	return -EINVAL;
}

static int take_pieces(struct socket *s, struct exchange *x, const char *buf,
		       size_t n)
{
	int err = 0;

	for (size_t at = 0; at + HEAD <= n && err == 0;) {
		const struct control_head *head =
			(const struct control_head *)(buf + at);

		if (head->len < HEAD || head->len > n - at)
			return -EINVAL;
		err = take_piece(s, x, head);
		at += space_of(head->len);
	}
	return err;
}

int control_from_user(struct socket *s, struct exchange *x, vaddr_t from,
		      size_t n)
{
	char *buf;
	int err;

	if (n > CONTROL_MAX)
		return -ENOBUFS;
	if (n == 0)
		return 0;
	buf = kmalloc(n);
	if (buf == NULL)
		return -ENOMEM;
	err = copy_from_user(buf, from, n);
	if (err == 0)
		err = take_pieces(s, x, buf, n);
	kfree(buf);
	return err;
}

/* Files that nobody has got; they are not in any message. */
static void put_files(struct rights *r, unsigned from)
{
	for (unsigned i = from; i < r->nr; i++)
		file_put(r->files[i]);
	rights_free(r);
}

void control_drop(struct exchange *x)
{
	if (x->rights != NULL)
		put_files(x->rights, 0);
	x->rights = NULL;
}

/* ---- to the program ---- */

struct control_out {
	vaddr_t at;
	size_t room;
	size_t done;
};

static int put_head(struct control_out *out, int level, int type, size_t len)
{
	struct control_head head = { HEAD + len, level, type };

	return copy_to_user(out->at, &head, HEAD);
}

static void advance(struct control_out *out, size_t len)
{
	size_t space = min(space_of(HEAD + len), out->room);

	out->at += space;
	out->room -= space;
	out->done += space;
}

/* As much of @data as there is room for. */
static int give(struct control_out *out, struct exchange *x, int level, int type,
		const void *data, size_t n)
{
	size_t len;

	if (out->room < HEAD) {
		x->told |= MSG_CTRUNC;
		return 0;
	}
	len = min(n, out->room - HEAD);
	if (len < n)
		x->told |= MSG_CTRUNC;
	if (put_head(out, level, type, len) != 0 ||
	    copy_to_user(out->at + HEAD, data, len) != 0)
		return -EFAULT;
	advance(out, len);
	return 0;
}

static int give_hops(struct control_out *out, struct exchange *x, int family)
{
	int hops = x->hops;

	return family == AF_INET ?
		       give(out, x, IPPROTO_IP, IP_TTL, &hops, sizeof(hops)) :
		       give(out, x, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
}

/* A descriptor for @f, which the program finds at @to: 0 or -errno. */
static int give_file(struct file *f, vaddr_t to, bool cloexec)
{
	int fd = fd_reserve(cloexec);

	if (fd < 0)
		return fd;
	if (put_user_u32(to, (uint32_t)fd) != 0) {
		fd_unreserve(fd);
		return -EFAULT;
	}
	file_get(f);
	fd_fill(fd, f);
	return 0;
}

/* As many as there is room for, in the buffer and in the table. */
static int give_rights(struct control_out *out, struct exchange *x)
{
	struct rights *r = x->rights;
	size_t fit = out->room < HEAD ? 0 : (out->room - HEAD) / sizeof(int);
	unsigned n = 0;

	while (n < min(fit, (size_t)r->nr) &&
	       give_file(r->files[n], out->at + HEAD + n * sizeof(int),
			 x->flags & MSG_CMSG_CLOEXEC) == 0)
		n++;
	if (n < r->nr)
		x->told |= MSG_CTRUNC;
	if (n == 0)
		return 0;
	if (put_head(out, SOL_SOCKET, SCM_RIGHTS, n * sizeof(int)) != 0)
		return -EFAULT;
	advance(out, n * sizeof(int));
	return 0;
}

ssize_t control_to_user(struct socket *s, struct exchange *x, vaddr_t to,
			size_t n)
{
	struct control_out out = { to, n, 0 };
	int err = 0;

	if ((READ_ONCE(s->flags) & SOCKET_PASSCRED) && !(x->told & MSG_OOB))
		err = give(&out, x, SOL_SOCKET, SCM_CREDENTIALS, &x->cred,
			   sizeof(x->cred));
	if (x->hops != 0 && err == 0)
		err = give_hops(&out, x, s->family);
	if (x->rights != NULL && err == 0)
		err = give_rights(&out, x);
	control_drop(x);
	return err != 0 ? err : (ssize_t)out.done;
}
