/*
 * vfs/poll.c - a thread in many wait queues at once.
 *
 * Each watch is a waiter with a function instead of a thread: it notes that
 * something happened and wakes the thread.  A note that comes while the
 * thread looks at the files makes it look again, so nothing is lost between
 * two rounds, and the queues are joined only once.
 */
#include "vfs/poll.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "sync/block.h"

#define CHUNK_WATCHES 24U

struct poll_chunk {
	struct poll_chunk *next;
	unsigned nr;
	struct poll_watch watch[CHUNK_WATCHES];
};

/* Under the queue's lock. */
static void notify(struct waiter *w)
{
	struct poll_watch *watch = container_of(w, struct poll_watch, waiter);
	struct poller *p = watch->poller;

	WRITE_ONCE(p->woken, 1);
	/*
	 * ORDER poll-woken, waking side; the other is in sleep().
	 * Store buffering: we set woken and then look whether the thread
	 * sleeps; it announces its sleep and then looks at woken.
	 */
	smp_mb();
	wake_thread(p->thread);
}

static struct poll_watch *new_watch(struct poller *p)
{
	struct poll_chunk *chunk = p->chunks;

	if (p->nr_own < POLLER_OWN_WATCHES)
		return &p->own[p->nr_own++];
	if (chunk == NULL || chunk->nr == CHUNK_WATCHES) {
		chunk = kmalloc(sizeof(*chunk));
		if (chunk == NULL)
			return NULL;
		chunk->nr = 0;
		chunk->next = p->chunks;
		p->chunks = chunk;
	}
	return &chunk->watch[chunk->nr++];
}

static void watch_queue(struct poll_table *table, struct waitq *q)
{
	struct poller *p = container_of(table, struct poller, table);
	struct poll_watch *watch = new_watch(p);

	race_point(poll_joins, q);
	if (watch == NULL) {
		p->no_memory = true;
		return;
	}
	file_get(p->file);
	*watch = (struct poll_watch){
		.waiter = { .notify = notify },
		.poller = p,
		.file = p->file,
	};
	waitq_watch(q, &watch->waiter);
}

void poll_begin(struct poller *p)
{
	p->table.watch = watch_queue;
	p->thread = current_thread();
	p->woken = 0;
	p->watching = true;
	p->no_memory = false;
	p->nr_own = 0;
	p->chunks = NULL;
	watchdog_awake();
}

unsigned file_poll(struct file *f, struct poll_table *pt)
{
	if (f->ops->poll == NULL)
		return POLLIN | POLLOUT;
	return f->ops->poll(f, pt);
}

unsigned poll_file(struct poller *p, struct file *f)
{
	p->file = f;
	return file_poll(f, p->watching ? &p->table : NULL);
}

void poll_found(struct poller *p)
{
	p->watching = false;
}

static const char *is_noted(const struct thread *t UNUSED,
				const struct sleep_watch *watch)
{
	const struct poller *p = watch->arg;

	return READ_ONCE(p->woken) ? "one of its files called" : NULL;
}

/* That a file should have called and has not, only a look at all of them can
 * find. */
static const struct sleep_kind poll_sleep = {
	.name = "poll",
	.over = is_noted,
	.by_poking = true,
	.awaits = "one of its files",
};

/* One sleep, unless there is a note already. */
static int sleep(struct poller *p, uint64_t deadline)
{
	if (clock_ticks() >= deadline)
		return -ETIMEDOUT;
	race_point(poll_looked, p->thread);
	block_prepare(true);
	/* ORDER poll-woken, sleeping side; the other is in notify(). */
	smp_mb();
	if (READ_ONCE(p->woken)) {
		block_cancel();
		return 0;
	}
	if (block_interrupted()) {
		block_cancel();
		return -ERESTARTNOHAND;
	}
	watchdog_sleeps(&poll_sleep, NULL, p, "poll_wait");
	return block_schedule_until(deadline) ? 0 : -ETIMEDOUT;
}

int poll_wait(struct poller *p, uint64_t deadline)
{
	int err = 0;

	poll_found(p);
	if (p->no_memory)
		return -ENOMEM;
	while (err == 0 && !READ_ONCE(p->woken)) {
		err = sleep(p, deadline);
		/* To look at the files, once, and sleep again. */
		if (watchdog_poked())
			break;
	}
	if (!READ_ONCE(p->woken))
		return err;
	/* Before the next round looks at the files, or a note made meanwhile
	 * would be taken back. */
	(void)atomic_exchange_full(&p->woken, 0);
	return 0;
}

static void unwatch(struct poll_watch *watch, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		waitq_finish(&watch[i].waiter);
		file_put(watch[i].file);
	}
}

void poll_end(struct poller *p)
{
	struct poll_chunk *chunk, *next;

	unwatch(p->own, p->nr_own);
	for (chunk = p->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		unwatch(chunk->watch, chunk->nr);
		kfree(chunk);
	}
}
