/*
 * syscall/socket_args.c - see socket_args.h.
 */
#include "syscall/socket_args.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"

int socket_of_fd(unsigned long fd, struct file **f, struct socket **s)
{
	*f = file_of_fd(fd);
	if (*f == NULL)
		return -EBADF;
	*s = socket_of_file(*f);
	if (*s != NULL)
		return 0;
	file_put(*f);
	return -ENOTSOCK;
}

int address_from_user(struct address *a, vaddr_t from, unsigned len)
{
	if (len > ADDRESS_MAX)
		return -EINVAL;
	a->family = 0;
	a->len = len;
	if (len < ADDRESS_MAX)
		a->bytes[len] = '\0';
	return len == 0 ? 0 : copy_from_user(a->bytes, from, len);
}

int address_to_user(const struct address *a, vaddr_t to, vaddr_t len)
{
	uint32_t room;

	if (get_user_u32(&room, len) != 0)
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	if (copy_to_user(to, a->bytes, min(room, a->len)) != 0)
		return -EFAULT;
	return put_user_u32(len, a->len);
}
