/*
 * disk/loop_control.c - the calls of losetup(8), and /dev/loop-control.
 *
 * Source: loop(4), and Linux's uapi/linux/loop.h.
 */
#include "disk/loop_internal.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"
#include "vfs/mount.h"

#define LOOP_SET_FD 0x4c00U
#define LOOP_CLR_FD 0x4c01U
#define LOOP_SET_STATUS 0x4c02U
#define LOOP_GET_STATUS 0x4c03U
#define LOOP_SET_STATUS64 0x4c04U
#define LOOP_GET_STATUS64 0x4c05U
#define LOOP_CHANGE_FD 0x4c06U
#define LOOP_SET_CAPACITY 0x4c07U
#define LOOP_SET_BLOCK_SIZE 0x4c09U
#define LOOP_CONFIGURE 0x4c0aU

#define LOOP_CTL_ADD 0x4c80U
#define LOOP_CTL_REMOVE 0x4c81U
#define LOOP_CTL_GET_FREE 0x4c82U

/* What a user may say of one. */
#define SETTABLE LOOP_AUTOCLEAR
#define CONFIGURABLE (LOOP_AUTOCLEAR | LOOP_READ_ONLY)

struct loop_info {
	uint64_t device, inode, rdevice, offset, limit;
	uint32_t number, crypt_type, crypt_size, flags;
	char name[LOOP_NAME_MAX], crypt_name[LOOP_NAME_MAX];
	uint8_t crypt_key[32];
	uint64_t init[2];
};

_Static_assert(sizeof(struct loop_info) == 232, "Linux's loop_info64");

struct loop_config {
	uint32_t fd, block_size;
	struct loop_info info;
	uint64_t reserved[8];
};

_Static_assert(sizeof(struct loop_config) == 304, "Linux's loop_config");

/* As it was before offsets had 64 bits. */
struct loop_old_info {
	uint32_t number, device;
	uint64_t inode;
	uint32_t rdevice, offset, crypt_type, crypt_size, flags;
	char name[LOOP_NAME_MAX];
	uint8_t crypt_key[32];
	uint64_t init[2];
	uint8_t reserved[8];
};

_Static_assert(sizeof(struct loop_old_info) == 160, "Linux's loop_info");

/* What a call brings; what is to be done reads .info, whichever call it was. */
union loop_args {
	struct loop_info info;
	struct loop_config config;
};

static int bind(struct loop *lo, struct file *f, const struct loop_info *info)
{
	int err = loop_bind(lo, f, info->offset, info->limit,
			    info->flags & CONFIGURABLE);

	if (err == 0) {
		memcpy(lo->name, info->name, sizeof(lo->name));
		lo->name[sizeof(lo->name) - 1] = '\0';
	}
	return err;
}

static int configure(struct loop *lo, struct file *f,
		     const struct loop_config *config)
{
	if (config->info.crypt_type != 0 ||
	    (config->info.flags & ~CONFIGURABLE) ||
	    (config->block_size != 0 && config->block_size != SECTOR_SIZE))
		return -EINVAL;
	return bind(lo, f, &config->info);
}

static int set_status(struct loop *lo, const struct loop_info *info)
{
	int err;

	if (lo->file == NULL)
		return -ENXIO;
	if (info->crypt_type != 0)
		return -EINVAL;
	err = loop_resize(lo, info->offset, info->limit);
	if (err != 0)
		return err;
	WRITE_ONCE(lo->flags, (lo->flags & ~SETTABLE) | (info->flags & SETTABLE));
	memcpy(lo->name, info->name, sizeof(lo->name));
	lo->name[sizeof(lo->name) - 1] = '\0';
	return 0;
}

static int get_status(struct loop *lo, struct loop_info *info)
{
	const struct inode *inode;

	if (lo->file == NULL)
		return -ENXIO;
	inode = lo->file->inode;
	*info = (struct loop_info){
		.device = inode->fs->dev,
		.inode = inode->ino,
		.offset = lo->offset,
		.limit = lo->limit,
		.number = lo->disk.minor,
		.flags = READ_ONCE(lo->flags),
	};
	memcpy(info->name, lo->name, sizeof(info->name));
	return 0;
}

/* Others use it as well: it goes with the last of them. */
static int clear_fd(struct loop *lo)
{
	if (lo->file == NULL)
		return -ENXIO;
	if (READ_ONCE(lo->disk.users) > 1) {
		WRITE_ONCE(lo->flags, lo->flags | LOOP_AUTOCLEAR);
		return 0;
	}
	return loop_unbind(lo);
}

static int change(struct loop *lo, struct file *f, unsigned cmd,
		  unsigned long arg, union loop_args *args)
{
	switch (cmd) {
	case LOOP_SET_FD:
		return bind(lo, f, &args->info);
	case LOOP_CONFIGURE:
		return configure(lo, f, &args->config);
	case LOOP_CLR_FD:
		return clear_fd(lo);
	case LOOP_SET_STATUS:
	case LOOP_SET_STATUS64:
		return set_status(lo, &args->info);
	case LOOP_GET_STATUS:
	case LOOP_GET_STATUS64:
		return get_status(lo, &args->info);
	case LOOP_CHANGE_FD:
		return loop_exchange(lo, f);
	case LOOP_SET_CAPACITY:
		return lo->file == NULL ? -ENXIO :
			       loop_resize(lo, lo->offset, lo->limit);
	case LOOP_SET_BLOCK_SIZE:
		return lo->file == NULL ? -ENXIO :
			       arg == SECTOR_SIZE ? 0 : -EINVAL;
	}
	return -ENOTTY;
}

static int get_old_info(unsigned long arg, struct loop_info *info)
{
	struct loop_old_info old;
	int err = copy_from_user(&old, arg, sizeof(old));

	if (err != 0)
		return err;
	*info = (struct loop_info){
		.offset = old.offset,
		.crypt_type = old.crypt_type,
		.flags = old.flags,
	};
	memcpy(info->name, old.name, sizeof(info->name));
	return 0;
}

/* -EOVERFLOW, if there is more to tell than fits. */
static int put_old_info(unsigned long arg, const struct loop_info *info)
{
	struct loop_old_info old = {
		.number = info->number,
		.device = (uint32_t)info->device,
		.inode = info->inode,
		.offset = (uint32_t)info->offset,
		.flags = info->flags,
	};

	if (old.device != info->device || (int32_t)old.offset < 0 ||
	    old.offset != info->offset)
		return -EOVERFLOW;
	memcpy(old.name, info->name, sizeof(old.name));
	return copy_to_user(arg, &old, sizeof(old));
}

/* User memory is touched, and descriptors are asked, without the lock. */
static int get_args(unsigned cmd, unsigned long arg, union loop_args *args)
{
	memset(args, 0, sizeof(*args));
	switch (cmd) {
	case LOOP_CONFIGURE:
		return copy_from_user(&args->config, arg, sizeof(args->config));
	case LOOP_SET_STATUS:
		return get_old_info(arg, &args->info);
	case LOOP_SET_STATUS64:
		return copy_from_user(&args->info, arg, sizeof(args->info));
	}
	return 0;
}

static int put_args(unsigned cmd, unsigned long arg, const union loop_args *args)
{
	switch (cmd) {
	case LOOP_GET_STATUS:
		return put_old_info(arg, &args->info);
	case LOOP_GET_STATUS64:
		return copy_to_user(arg, &args->info, sizeof(args->info));
	}
	return 0;
}

/* What is to be bound: false, if that is to be asked and is not open. */
static bool get_file(unsigned cmd, unsigned long arg, const union loop_args *args,
		     struct file **f)
{
	*f = NULL;
	switch (cmd) {
	case LOOP_SET_FD:
	case LOOP_CHANGE_FD:
		*f = fd_get((int)arg);
		return *f != NULL;
	case LOOP_CONFIGURE:
		*f = fd_get((int)args->config.fd);
		return *f != NULL;
	}
	return true;
}

static bool is_allowed(const struct file *f, unsigned cmd)
{
	return cmd == LOOP_GET_STATUS || cmd == LOOP_GET_STATUS64 || (f->mode & FMODE_WRITE) ||
	       cred_can(current_cred(), CAP_SYS_ADMIN);
}

long loop_control(struct disk *d, struct file *f, unsigned cmd, unsigned long arg)
{
	union loop_args args;
	struct file *what;
	int err;

	if (!is_allowed(f, cmd))
		return -EPERM;
	err = get_args(cmd, arg, &args);
	if (err != 0)
		return err;
	if (!get_file(cmd, arg, &args, &what))
		return -EBADF;
	mutex_lock(&d->lock);
	err = change(loop_of(d), what, cmd, arg, &args);
	mutex_unlock(&d->lock);
	if (what != NULL)
		file_put(what);
	return err == 0 ? put_args(cmd, arg, &args) : err;
}

/* ---- /dev/loop-control ---- */

static long find_free(void)
{
	for (unsigned i = 0; i < NR_LOOPS; i++)
		if (READ_ONCE(loops[i].file) == NULL)
			return i;
	return -ENOSPC;
}

/* There are as many as there are. */
static long control_ioctl(struct file *f UNUSED, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case LOOP_CTL_ADD:
		return (long)arg >= 0 && arg < NR_LOOPS ? -EEXIST : -ENOSPC;
	case LOOP_CTL_REMOVE:
		return arg < NR_LOOPS ? -EBUSY : -ENODEV;
	case LOOP_CTL_GET_FREE:
		return find_free();
	}
	return -ENOTTY;
}

const struct file_ops loop_control_ops = { .ioctl = control_ioctl };
