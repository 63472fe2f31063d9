/*
 * init/power.c - the end of process 1 is the end of the machine.
 *
 * Its exit status becomes that of the emulator, so that a run with
 * `make qemu CMD=...` tells how the program ended.
 */
#include "arch/hart.h"
#include "debug/datarace.h"
#include "lib/bug.h"
#include "proc/task/proc.h"

void proc_init_exited(int wait_status)
{
	int sig = wait_status & 0x7f;

	if (sig != 0)
		panic("process 1 was killed by signal %d", sig);
	board_power_off(datarace_status((unsigned)wait_status >> 8 & 0xff));
}
