/*
 * syscall/sys_vhangup.c - vhangup(): the terminal hangs up on its session, so that
 * who logs in next has it to himself.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "tty/tty.h"
#include "vfs/cred.h"

/* LACKS vhangup: who has the terminal open goes on reading and writing. */
SYSCALL_0(vhangup)
{
	if (!cred_can(current_cred(), CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty_hang_up_own();
	return 0;
}
