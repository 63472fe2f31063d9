/*
 * proc/signal/file_limit.c - who makes a file larger than RLIMIT_FSIZE is
 * told by a signal, too.
 */
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "vfs/cred.h"
#include "vfs/process.h"

void vfs_told_too_large(void)
{
	struct siginfo info = { .si_signo = SIGXFSZ, .si_code = SI_USER };

	info.pid = current_proc()->pid;
	info.uid = current_cred()->uid;
	signal_send_thread(current_proc(), current_thread(), &info);
}
