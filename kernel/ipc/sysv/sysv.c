/*
 * ipc/sysv/sysv.c - the three families of System V IPC.
 */
#include "ipc/sysv/msg.h"
#include "ipc/sysv/sem.h"
#include "ipc/sysv/shm.h"

void sysv_init(void)
{
	sem_init();
	shm_init();
	msg_init();
}
