/*
 * proc/signal/heard.c - who waits for signals without being told of them.
 *
 * A signalfd waits for what its reader blocks, so nobody is chosen to take it.
 * Its queue cannot be the process's: an epoll stays in it when the process is
 * gone, and whom the descriptor was passed to asks for signals of his own.  So
 * the queues are there for ever, a few for all processes; who is woken for
 * another process looks in vain.
 */
#include "proc/signal/signal.h"

#include "sync/waitq.h"

#define NR_QUEUES 32U

static struct waitq queues[NR_QUEUES];

void signal_init(void)
{
	for (unsigned i = 0; i < NR_QUEUES; i++)
		waitq_init(&queues[i]);
}

struct waitq *signal_queue(const struct proc *p)
{
	return &queues[(unsigned)p->pid % NR_QUEUES];
}
