/*
 * syscall/sys_fsopen.c - fsopen(), fspick(), fsconfig(), fsmount().
 *
 * Source: Linux's uapi/linux/mount.h.
 */
#include "syscall/mount_attr.h"
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/fs_setup.h"
#include "vfs/landlock/landlock.h"
#include "vfs/mount.h"

/* A word of the caller's, into FS_SETUP_KEY_MAX bytes. */
static int word_from_user(char *word, vaddr_t from)
{
	long len = strncpy_from_user(word, from, FS_SETUP_KEY_MAX);

	if (len == -ENAMETOOLONG)
		return -EINVAL;
	return len < 0 ? (int)len : 0;
}

/* ---- fsopen(), fspick() ---- */

#define FSOPEN_CLOEXEC 1UL

SYSCALL_2(fsopen, user_type, flags)
{
	struct file *f;
	char *type;
	int err;

	if (!cred_is_root(current_cred()))
		return -EPERM;
	if ((unsigned)flags & ~FSOPEN_CLOEXEC)
		return -EINVAL;
	type = kmalloc(FS_SETUP_KEY_MAX);
	err = type == NULL ? -ENOMEM : word_from_user(type, user_type);
	if (err == 0)
		err = fs_setup_new(type, &f);
	kfree(type);
	return err != 0 ? err : fd_install(f, flags & FSOPEN_CLOEXEC);
}

#define FSPICK_CLOEXEC 1U
#define FSPICK_SYMLINK_NOFOLLOW 2U
#define FSPICK_NO_AUTOMOUNT 4U
#define FSPICK_EMPTY_PATH 8U
#define FSPICK_KNOWN 15U

SYSCALL_3(fspick, dirfd, path, user_flags)
{
	unsigned flags = (unsigned)user_flags, how = LOOKUP_FOLLOW;
	struct path at;
	struct file *f;
	int err;

	if (!cred_is_root(current_cred()))
		return -EPERM;
	if (flags & ~FSPICK_KNOWN)
		return -EINVAL;
	if (flags & FSPICK_SYMLINK_NOFOLLOW)
		how = 0;
	if (flags & FSPICK_EMPTY_PATH)
		how |= LOOKUP_EMPTY;
	err = path_at(dirfd, path, how, &at);
	if (err != 0)
		return err;
	err = fs_setup_pick(&at, &f);
	path_put(&at);
	return err != 0 ? err : fd_install(f, flags & FSPICK_CLOEXEC);
}

/* ---- fsconfig() ---- */

enum config_command {
	SET_FLAG,
	SET_STRING,
	SET_BINARY,
	SET_PATH,
	SET_PATH_EMPTY,
	SET_FD,
	CREATE,
	RECONFIGURE,
	CREATE_EXCL,
};

#define BINARY_MAX (1 << 20)

/* Which of the arguments a command has. */
static int check_config(unsigned command, vaddr_t key, vaddr_t value, int aux)
{
	bool good;

	switch (command) {
	case SET_FLAG:
		good = key != 0 && value == 0 && aux == 0;
		break;
	case SET_STRING:
		good = key != 0 && value != 0 && aux == 0;
		break;
	case SET_BINARY:
		good = key != 0 && value != 0 && aux > 0 && aux <= BINARY_MAX;
		break;
	case SET_PATH:
	case SET_PATH_EMPTY:
		good = key != 0 && value != 0 && (aux == AT_FDCWD || aux >= 0);
		break;
	case SET_FD:
		good = key != 0 && value == 0 && aux >= 0;
		break;
	case CREATE:
	case CREATE_EXCL:
	case RECONFIGURE:
		good = key == 0 && value == 0 && aux == 0;
		break;
	default:
		return -EOPNOTSUPP;
	}
	return good ? 0 : -EINVAL;
}

/* One word.  No file system here wants a path, a file or bytes; those of all of
 * them may be said so, and mean the same. */
static int say(struct file *f, unsigned command, vaddr_t user_key,
	       vaddr_t user_value)
{
	char *word = kmalloc(2 * FS_SETUP_KEY_MAX);
	char *value = NULL;
	int err = -ENOMEM;

	if (word != NULL)
		err = word_from_user(word, user_key);
	if (err == 0 && command == SET_STRING) {
		value = word + FS_SETUP_KEY_MAX;
		err = word_from_user(value, user_value);
	}
	if (err == 0)
		err = fs_setup_say(f, word, value);
	kfree(word);
	return err;
}

/* A file that is to be said must be open. */
static int check_file(unsigned command, int fd)
{
	struct file *f;

	if (command != SET_FD)
		return 0;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	file_put(f);
	return 0;
}

static int configure(struct file *f, unsigned command, vaddr_t key, vaddr_t value,
		     int aux)
{
	int err;

	switch (command) {
	case CREATE:
	case CREATE_EXCL:
		return fs_setup_make(f, command == CREATE_EXCL);
	case RECONFIGURE:
		err = landlock_may_mount();
		return err != 0 ? err : fs_setup_change(f);
	}
	err = check_file(command, aux);
	return err != 0 ? err : say(f, command, key, value);
}

/*
 * LACKS fsconfig: an option that nobody knows is refused when the file system is
 * made, not when it is said; who comes while another thread is at it gets
 * `EBUSY`.
 */
SYSCALL_5(fsconfig, fd, command, key, value, aux)
{
	struct file *f;
	int err;

	if ((int)fd < 0)
		return -EINVAL;
	err = check_config((unsigned)command, key, value, (int)aux);
	if (err != 0)
		return err;
	f = file_of_fd(fd);
	if (f == NULL)
		return -EBADF;
	err = configure(f, (unsigned)command, key, value, (int)aux);
	file_put(f);
	return err;
}

/* ---- fsmount() ---- */

#define FSMOUNT_CLOEXEC 1UL

SYSCALL_3(fsmount, fd, flags, attr)
{
	struct file *f, *m;
	unsigned place;
	int err;

	if (!cred_is_root(current_cred()))
		return -EPERM;
	if (((unsigned)flags & ~FSMOUNT_CLOEXEC) ||
	    ((unsigned)attr & ~MOUNT_ATTR_KNOWN))
		return -EINVAL;
	place = mount_attr_flags((unsigned)attr);
	err = mount_attr_times((unsigned)attr, &place);
	if (err != 0)
		return err;
	f = file_of_fd(fd);
	if (f == NULL)
		return -EBADF;
	err = fs_setup_mount(f, place, &m);
	file_put(f);
	return err != 0 ? err : fd_install(m, flags & FSMOUNT_CLOEXEC);
}
