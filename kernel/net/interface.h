#pragma once

/*
 * net/interface.h - the one interface there is, lo: what it is, and ioctl()s
 * that ask.  It has 127.0.0.0/8 and ::1, is always up, and nothing changes it.
 */

#include "lib/types.h"

#define LO_NAME "lo"
#define LO_INDEX 1
#define LO_FLAGS 0x49 /* up, loopback, running */
#define LO_MTU 65536
#define LO_TXQLEN 1000 /* packets that would wait, if any did */
#define LO_ADDRESS { 127, 0, 0, 1 }
#define ARPHRD_LOOPBACK 772

/* A socket of any @family may be asked, about addresses one of AF_INET.  -ENOTTY: it
 * is about something else. */
long interface_ioctl(int family, unsigned cmd, vaddr_t arg);
