#pragma once

/*
 * libpty.h - both ends of a pseudoterminal, in one process.
 */

#include "../tap.h"

#include <fcntl.h>
#include <termios.h>

static int master, slave;

/* @flags of both, besides. */
static void open_pair(int flags)
{
	master = posix_openpt(O_RDWR | O_NOCTTY | flags);
	if (master < 0 || unlockpt(master) != 0)
		bail_out("/dev/ptmx: %s", strerror(errno));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | flags);
	if (slave < 0)
		bail_out("the slave: %s", strerror(errno));
}

static void close_pair(void)
{
	close(slave);
	close(master);
}

/* As tcsetattr(). */
TAP_UNUSED static int change(unsigned iflag, unsigned lflag, bool on)
{
	struct termios t;

	tcgetattr(slave, &t);
	t.c_iflag = on ? t.c_iflag | iflag : t.c_iflag & ~iflag;
	t.c_lflag = on ? t.c_lflag | lflag : t.c_lflag & ~lflag;
	return tcsetattr(slave, TCSANOW, &t);
}
