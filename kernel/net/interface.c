/*
 * net/interface.c - see interface.h.
 */
#include "net/interface.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "net/socket.h"

#define SIOCGIFNAME 0x8910
#define SIOCGIFCONF 0x8912
#define SIOCGIFFLAGS 0x8913
#define SIOCGIFADDR 0x8915
#define SIOCGIFDSTADDR 0x8917
#define SIOCGIFBRDADDR 0x8919
#define SIOCGIFNETMASK 0x891b
#define SIOCGIFMETRIC 0x891d
#define SIOCGIFMTU 0x8921
#define SIOCGIFHWADDR 0x8927
#define SIOCGIFINDEX 0x8933
#define SIOCGIFTXQLEN 0x8942
#define SIOCGIFMAP 0x8970

/* Linux's struct ifreq. */
struct interface {
	char name[16];
	union {
		int number;
		short flags;
		struct {
			uint16_t family, port;
			uint8_t addr[4];
		};
		uint64_t room[3];
	};
};

static int fill_in(struct interface *i, unsigned cmd)
{
	static const uint8_t address[4] = LO_ADDRESS, mask[4] = { 255 };

	memset(i->room, 0, sizeof(i->room));
	switch (cmd) {
	case SIOCGIFFLAGS:
		i->flags = LO_FLAGS;
		return 0;
	case SIOCGIFMTU:
		i->number = LO_MTU;
		return 0;
	case SIOCGIFINDEX:
		i->number = LO_INDEX;
		return 0;
	case SIOCGIFHWADDR:
		i->family = ARPHRD_LOOPBACK;
		return 0;
	case SIOCGIFTXQLEN:
		i->number = LO_TXQLEN;
		return 0;
	case SIOCGIFMETRIC: /* none is set */
	case SIOCGIFMAP:    /* no hardware is anywhere */
		return 0;
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR: /* nobody */
	case SIOCGIFNETMASK:
		i->family = AF_INET;
		if (cmd != SIOCGIFBRDADDR)
			memcpy(i->addr, cmd == SIOCGIFNETMASK ? mask : address, 4);
		return 0;
	}
	return -ENOTTY;
}

static long about_interface(unsigned cmd, vaddr_t arg)
{
	struct interface i;
	int err;

	if (copy_from_user(&i, arg, sizeof(i)) != 0)
		return -EFAULT;
	if (cmd == SIOCGIFNAME) {
		if (i.number != LO_INDEX)
			return -ENODEV;
		memcpy(i.name, LO_NAME, sizeof(LO_NAME));
	} else {
		i.name[sizeof(i.name) - 1] = '\0';
		err = fill_in(&i, cmd);
		if (err != 0)
			return err;
		if (strcmp(i.name, LO_NAME) != 0)
			return -ENODEV;
	}
	return copy_to_user(arg, &i, sizeof(i));
}

/* All there are, into Linux's struct ifconf. */
static long list_interfaces(vaddr_t arg)
{
	struct interface i = { .name = LO_NAME };
	struct {
		int len, pad;
		uint64_t buf;
	} conf;

	if (copy_from_user(&conf, arg, sizeof(conf)) != 0)
		return -EFAULT;
	(void)fill_in(&i, SIOCGIFADDR);
	if (conf.buf != 0 && conf.len < (int)sizeof(i))
		conf.len = 0;
	else if (conf.buf != 0 && copy_to_user(conf.buf, &i, sizeof(i)) != 0)
		return -EFAULT;
	else
		conf.len = sizeof(i);
	return put_user_u32(arg, (uint32_t)conf.len);
}

static bool is_about_address(unsigned cmd)
{
	return cmd == SIOCGIFADDR || cmd == SIOCGIFDSTADDR ||
	       cmd == SIOCGIFBRDADDR || cmd == SIOCGIFNETMASK;
}

long interface_ioctl(int family, unsigned cmd, vaddr_t arg)
{
	if (is_about_address(cmd) && family != AF_INET)
		return -ENOTTY;
	return cmd == SIOCGIFCONF ? list_interfaces(arg) :
				    about_interface(cmd, arg);
}
