/*
 * ipc/ipc.c - see ipc.h.
 */
#include "ipc/aio.h"
#include "ipc/ipc.h"

#include "ipc/futex/futex.h"
#include "ipc/keys/keys.h"
#include "ipc/mqueue/mqueue.h"
#include "ipc/sysv/object.h"
#include "ipc/timerfd.h"

void ipc_init(void)
{
	aio_init();
	futex_init();
	keys_init();
	sysv_init();
	mqueue_init();
	timerfd_init();
}
