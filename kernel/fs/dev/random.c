/*
 * fs/dev/random.c - /dev/random and /dev/urandom, which are the same.
 */
#include "fs/dev/memory_internal.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/task/random.h"
#include "vfs/cred.h"

#define CHUNK 256UL

static size_t random_out(vaddr_t buf, size_t n)
{
	uint8_t bytes[CHUNK];

	random_bytes(bytes, n);
	return copy_to_user_partial(buf, bytes, n);
}

static ssize_t random_read(struct file *f UNUSED, vaddr_t buf, size_t n,
			   uint64_t *pos UNUSED)
{
	return memory_in_pieces(buf, n, CHUNK, random_out);
}

/* ---- what is written, and asked ---- */

static size_t random_in(vaddr_t buf, size_t n)
{
	uint8_t bytes[CHUNK];
	size_t copied = copy_from_user_partial(bytes, buf, n);

	random_add(bytes, copied);
	return copied;
}

static ssize_t random_write(struct file *f UNUSED, vaddr_t buf, size_t n,
			    uint64_t *pos UNUSED)
{
	return memory_in_pieces(buf, n, CHUNK, random_in);
}

#define RNDGETENTCNT 0x80045200U
#define RNDADDTOENTCNT 0x40045201U
#define RNDADDENTROPY 0x40085203U
#define RNDZAPENTCNT 0x5204U
#define RNDCLEARPOOL 0x5206U
#define RNDRESEEDCRNG 0x5207U

/* As /proc/sys/kernel/random tells: once it is seeded, it is. */
#define ENTROPY_BITS 256U

/* A count of bits that somebody believes in is not negative; it changes nothing. */
static int check_credit(vaddr_t from)
{
	uint32_t bits;
	int err = get_user_u32(&bits, from);

	if (err == 0 && (int32_t)bits < 0)
		err = -EINVAL;
	return err;
}

/* Linux's struct rand_pool_info: a credit, the number of bytes, and those. */
static long add_entropy(struct file *f, vaddr_t info)
{
	uint32_t size;
	ssize_t added;
	int err = check_credit(info);

	if (err == 0)
		err = get_user_u32(&size, info + 4);
	if (err == 0 && (int32_t)size < 0)
		err = -EFAULT; /* as Linux: no memory is as large */
	if (err != 0)
		return err;
	added = random_write(f, info + 8, size, NULL);
	if (added < 0)
		return added;
	return (size_t)added == size ? 0 : -EFAULT;
}

static long random_control(struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case RNDADDTOENTCNT:
		return check_credit(arg);
	case RNDADDENTROPY:
		return add_entropy(f, arg);
	case RNDRESEEDCRNG:
		random_renew();
		return 0;
	default: /* RNDZAPENTCNT, RNDCLEARPOOL: there is no count that would fall */
		return 0;
	}
}

static long random_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case RNDGETENTCNT:
		return put_user_u32(arg, ENTROPY_BITS);
	case RNDADDTOENTCNT:
	case RNDADDENTROPY:
	case RNDZAPENTCNT:
	case RNDCLEARPOOL:
	case RNDRESEEDCRNG:
		return cred_can(current_cred(), CAP_SYS_ADMIN) ?
			       random_control(f, cmd, arg) : -EPERM;
	default:
		return -EINVAL;
	}
}

const struct file_ops random_ops = {
	.open = memory_open_ready,
	.read = random_read,
	.write = random_write,
	.lseek = memory_lseek,
	.ioctl = random_ioctl,
};
