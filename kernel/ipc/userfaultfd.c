/*
 * ipc/userfaultfd.c - see userfaultfd.h.
 *
 * Source: Linux include/uapi/linux/userfaultfd.h, ioctl_userfaultfd(2).
 */
#include "ipc/userfaultfd.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/map.h"
#include "mm/page.h"
#include "mm/uaccess.h"
#include "mm/userfault.h"
#include "sync/attempt.h"
#include "sync/block.h"
#include "vfs/file.h"

#define UFFD_API 0xaaU
#define UFFDIO_API 0xc018aa3fU
#define UFFDIO_REGISTER 0xc020aa00U
#define UFFDIO_UNREGISTER 0x8010aa01U
#define UFFDIO_WAKE 0x8010aa02U
#define UFFDIO_COPY 0xc028aa03U
#define UFFDIO_ZEROPAGE 0xc020aa04U

/* The same as bits, by the last byte: of the whole, and of a range. */
#define API_IOCTLS (BIT(0x3f) | BIT(0) | BIT(1))
#define RANGE_IOCTLS (BIT(2) | BIT(3) | BIT(4))

#define FEATURES (USERFAULT_SIGBUS | USERFAULT_EXACT_ADDRESS)

#define MODE_MISSING 1U
#define MODE_DONTWAKE 1U

#define EVENT_PAGEFAULT 0x12
#define PAGEFAULT_WRITE 1U

/* Linux's struct uffd_msg. */
struct user_message {
	uint8_t event, reserved[7];
	uint64_t flags, address, tid;
};

_Static_assert(sizeof(struct user_message) == 32, "Linux's layout");

static bool is_ready(const struct userfault *u)
{
	return READ_ONCE(u->features) & USERFAULT_READY;
}

/* ---- who needs a page ---- */

/* As on Linux, who cannot be told of it at this address is not told again. */
static ssize_t read_one(struct userfault *u, vaddr_t to, size_t room)
{
	struct user_message message = { .event = EVENT_PAGEFAULT };
	struct missing_page page;
	int err;

	if (room < sizeof(message))
		return -EINVAL;
	if (!userfault_next(u, &page))
		return -EAGAIN;
	message.address = page.addr;
	message.flags = page.write ? PAGEFAULT_WRITE : 0;
	err = copy_to_user(to, &message, sizeof(message));
	return err != 0 ? err : (ssize_t)sizeof(message);
}

static ssize_t userfaultfd_read(struct file *f, vaddr_t buf, size_t n,
				uint64_t *pos UNUSED)
{
	struct userfault *u = f->data;
	size_t done = 0;
	ssize_t got;

	if (!is_ready(u))
		return -EINVAL;
	got = attempt(read_one(u, buf, n), file_flags(f) & O_NONBLOCK,
		      waitq_wait_interruptible(&u->readers,
					       userfault_has_asked(u)));
	while (got > 0) {
		done += (size_t)got;
		got = block_go_on() ? read_one(u, buf + done, n - done) : -EINTR;
	}
	return done > 0 ? (ssize_t)done : got;
}

/* Who polls wants to read without waiting; as on Linux, no other is told. */
static unsigned userfaultfd_poll(struct file *f, struct poll_table *pt)
{
	struct userfault *u = f->data;

	if (pt != NULL)
		pt->watch(pt, &u->readers);
	if (!is_ready(u) || !(file_flags(f) & O_NONBLOCK))
		return POLLERR;
	return userfault_has_asked(u) ? POLLIN : 0;
}

/* ---- what is asked for ---- */

struct user_api {
	uint64_t api, features, ioctls;
};

static int begin(struct userfault *u, const struct user_api *asked)
{
	uint32_t features = (uint32_t)asked->features;

	if (asked->api != UFFD_API || (asked->features & ~(uint64_t)FEATURES))
		return -EINVAL;
	/* No ORDER: one word, and nothing is read by it. */
	return atomic_replace(&u->features, 0, features | USERFAULT_READY) ?
		       0 : -EINVAL;
}

static int call_api(struct userfault *u, vaddr_t arg)
{
	struct user_api api;
	int err = copy_from_user(&api, arg, sizeof(api));

	if (err != 0)
		return err;
	err = begin(u, &api);
	api = (struct user_api){ UFFD_API, FEATURES, API_IOCTLS };
	if (err != 0)
		api = (struct user_api){ 0 };
	return copy_to_user(arg, &api, sizeof(api)) != 0 ? -EFAULT : err;
}

struct user_range {
	uint64_t start, length;
};

struct user_register {
	struct user_range range;
	uint64_t mode, ioctls;
};

static int call_register(struct userfault *u, vaddr_t arg)
{
	struct user_register r;
	int err = copy_from_user(&r, arg, sizeof(r));

	if (err == 0 && r.mode != MODE_MISSING)
		err = -EINVAL;
	if (err == 0)
		err = userfault_register(u, r.range.start, r.range.length);
	if (err != 0)
		return err;
	return put_user_u64(arg + offsetof(struct user_register, ioctls),
			    RANGE_IOCTLS);
}

static int call_unregister(struct userfault *u, vaddr_t arg)
{
	struct user_range range;
	int err = copy_from_user(&range, arg, sizeof(range));

	return err != 0 ? err :
			  userfault_unregister(u, range.start, range.length);
}

/* ---- answers ---- */

static int call_wake(struct userfault *u, vaddr_t arg)
{
	struct user_range range;
	int err = copy_from_user(&range, arg, sizeof(range));

	if (err != 0)
		return err;
	if (!mm_range_ok(range.start, range.length))
		return -EINVAL;
	userfault_wake(u, range.start, range.length);
	return 0;
}

/* What is copied may have to be brought in, too: nothing is locked. */
static int fill_with_copy(struct userfault *u, vaddr_t va, vaddr_t src)
{
	struct page *page = page_alloc(PAGE_ANON);
	int err;

	if (page == NULL)
		return -ENOMEM;
	err = copy_from_user(page_address(page), src, PAGE_SIZE);
	if (err == 0)
		err = userfault_fill(u, va, page);
	if (err != 0)
		page_put(page);
	return err;
}

/* Page by page, as far as it goes: how many bytes, or an errno if none.  With zeros,
 * or what is at @src. */
static ssize_t fill(struct userfault *u, const struct user_range *to, vaddr_t src,
		    bool zeros)
{
	uint64_t done = 0;
	int err = 0;

	while (done < to->length) {
		err = zeros ? userfault_fill(u, to->start + done, NULL) :
			      fill_with_copy(u, to->start + done, src + done);
		if (err != 0)
			break;
		done += PAGE_SIZE;
		if (!block_go_on())
			break;
	}
	return done > 0 ? (ssize_t)done : err;
}

/* It is told before anybody can go on by it. */
static int tell(struct userfault *u, const struct user_range *to, uint64_t mode,
		ssize_t done, vaddr_t where)
{
	if (put_user_u64(where, (uint64_t)done) != 0)
		return -EFAULT;
	if (done < 0)
		return (int)done;
	if (!(mode & MODE_DONTWAKE))
		userfault_wake(u, to->start, (uint64_t)done);
	return (uint64_t)done == to->length ? 0 : -EAGAIN;
}

struct user_copy {
	uint64_t dst, src, length, mode;
	int64_t copied;
};

static int call_copy(struct userfault *u, vaddr_t arg)
{
	struct user_copy c;
	int err = copy_from_user(&c, arg, offsetof(struct user_copy, copied));

	if (err != 0)
		return err;

	const struct user_range to = { c.dst, c.length };

	if (!mm_range_ok(c.dst, c.length) ||
	    (c.mode & ~(uint64_t)MODE_DONTWAKE) ||
	    c.length > user_end || c.src > user_end - c.length)
		return -EINVAL;
	return tell(u, &to, c.mode, fill(u, &to, c.src, false),
		    arg + offsetof(struct user_copy, copied));
}

struct user_zeros {
	struct user_range to;
	uint64_t mode;
	int64_t zeroed;
};

static int call_zeros(struct userfault *u, vaddr_t arg)
{
	struct user_zeros z;
	int err = copy_from_user(&z, arg, offsetof(struct user_zeros, zeroed));

	if (err != 0)
		return err;
	if (!mm_range_ok(z.to.start, z.to.length) ||
	    (z.mode & ~(uint64_t)MODE_DONTWAKE))
		return -EINVAL;
	return tell(u, &z.to, z.mode, fill(u, &z.to, 0, true),
		    arg + offsetof(struct user_zeros, zeroed));
}

/* ---- the file ---- */

static long userfaultfd_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct userfault *u = f->data;

	if (cmd == UFFDIO_API)
		return call_api(u, arg);
	if (!is_ready(u))
		return -EINVAL;
	switch (cmd) {
	case UFFDIO_REGISTER:
		return call_register(u, arg);
	case UFFDIO_UNREGISTER:
		return call_unregister(u, arg);
	case UFFDIO_WAKE:
		return call_wake(u, arg);
	case UFFDIO_COPY:
		return call_copy(u, arg);
	case UFFDIO_ZEROPAGE:
		return call_zeros(u, arg);
	default:
		return -EINVAL;
	}
}

static void userfaultfd_release(struct file *f)
{
	userfault_close(f->data);
	userfault_put(f->data);
}

static const struct file_ops userfaultfd_file_ops = {
	.read = userfaultfd_read,
	.poll = userfaultfd_poll,
	.ioctl = userfaultfd_ioctl,
	.release = userfaultfd_release,
	.inode_mode = 0600,
	.kind = "anon_inode:[userfaultfd]",
};

int userfaultfd_create(struct file **out, unsigned flags)
{
	struct userfault *u = userfault_create(flags & UFFD_USER_MODE_ONLY);
	int err;

	if (u == NULL)
		return -ENOMEM;
	err = file_create(out, &userfaultfd_file_ops, FMODE_READ | FMODE_WRITE,
			  O_RDWR | (flags & O_NONBLOCK), u);
	if (err != 0)
		userfault_put(u);
	return err;
}
