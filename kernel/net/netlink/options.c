/*
 * net/netlink/options.c - options of SOL_NETLINK.
 */
#include "net/netlink/netlink_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"

#define SOL_NETLINK 270

enum {
	ADD_MEMBERSHIP = 1, DROP_MEMBERSHIP, PACKET_INFO, BROADCAST_ERROR,
	NO_ENOBUFS, LISTEN_ALL_NSID = 8, LIST_MEMBERSHIPS, CAP_ACK, EXT_ACK,
	GET_STRICT_CHK,
};

/* Those that are a bit of netlink_socket.flags. */
static unsigned bit_of(int name)
{
	switch (name) {
	case NO_ENOBUFS:
		return NETLINK_NO_OVERRUN;
	case CAP_ACK:
		return NETLINK_CAPS_ACKS;
	case EXT_ACK:
		return NETLINK_WANTS_WHY;
	case GET_STRICT_CHK:
		return NETLINK_IS_STRICT;
	}
	return 0;
}

bool netlink_has_flag(const struct netlink_socket *n, unsigned flag)
{
	return (READ_ONCE(n->flags) & flag) != 0;
}

static int set_group(struct netlink_socket *n, uint32_t group, bool member)
{
	if (!netlink_may_join(n))
		return -EPERM;
	if (group == 0 || group > n->kind->nr_groups)
		return -EINVAL;
	netlink_set_group(n, group, member);
	return 0;
}

static int set_flag(struct netlink_socket *n, unsigned bit, bool on)
{
	if (bit == 0)
		return -ENOPROTOOPT;
	if (on)
		atomic_fetch_or_relaxed(&n->flags, bit);
	else
		atomic_fetch_and_relaxed(&n->flags, ~bit);
	return 0;
}

/* A value that is not there is 0. */
int netlink_set_option(struct socket *s, int level, int name, vaddr_t value,
		       unsigned len)
{
	struct netlink_socket *n = netlink_socket_of(s);
	uint32_t number = 0;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (len >= sizeof(number) && get_user_u32(&number, value) != 0)
		return -EFAULT;
	switch (name) {
	case ADD_MEMBERSHIP:
	case DROP_MEMBERSHIP:
		return set_group(n, number, name == ADD_MEMBERSHIP);
	}
	return set_flag(n, bit_of(name), number != 0);
}

/* Whole words of them; *@len is how many bytes all have. */
static int give_groups(struct netlink_socket *n, vaddr_t value, unsigned *len)
{
	uint64_t groups = netlink_groups(n);
	unsigned all = (n->kind->nr_groups + 31) / 32 * sizeof(uint32_t);
	unsigned fit = align_down(min(*len, all), (unsigned)sizeof(uint32_t));

	*len = all;
	return copy_to_user(value, &groups, fit);
}

int netlink_get_option(struct socket *s, int level, int name, vaddr_t value,
		       unsigned *len)
{
	struct netlink_socket *n = netlink_socket_of(s);
	unsigned bit = bit_of(name);
	int number;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (name == LIST_MEMBERSHIPS)
		return give_groups(n, value, len);
	if (bit == 0)
		return -ENOPROTOOPT;
	if (*len < sizeof(number))
		return -EINVAL;
	number = netlink_has_flag(n, bit);
	return option_give(&number, sizeof(number), value, len);
}
