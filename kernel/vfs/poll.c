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
static bool notify(struct waiter *w)
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
	return true;
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
	struct poll_watch *watch;

	race_point(poll_joins, q);
	/* One that an epoll watches may be about to go; then it stays quiet. */
	if (!refcount_try_get(&table->file->refs))
		return;
	watch = new_watch(p);
	if (watch == NULL) {
		file_put(table->file);
		p->no_memory = true;
		return;
	}
	*watch = (struct poll_watch){
		.waiter = { .notify = notify },
		.poller = p,
		.file = table->file,
	};
	waitq_watch(q, &watch->waiter);
}

void poll_begin(struct poller *p)
{
	p->table = (struct poll_table){ .watch = watch_queue };
	p->thread = current_thread();
	p->woken = 0;
	p->watching = true;
	p->no_memory = false;
	p->nr_own = 0;
	p->chunks = NULL;
	watchdog_awake();
}

static unsigned with_synonyms(unsigned events)
{
	return events | (events & POLLIN ? POLLRDNORM : 0) |
	       (events & POLLOUT ? POLLWRNORM : 0);
}

/* A file may have others asked: those of an epoll. */
unsigned file_poll(struct file *f, struct poll_table *pt)
{
	struct file *outer;
	unsigned events;

	if (f->ops->poll == NULL)
		return with_synonyms(POLLIN | POLLOUT);
	if (pt == NULL)
		return with_synonyms(f->ops->poll(f, NULL));
	outer = pt->file;
	pt->file = f;
	events = f->ops->poll(f, pt);
	pt->file = outer;
	return with_synonyms(events);
}

unsigned poll_file(struct poller *p, struct file *f)
{
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

static void unwatch(struct poll_watch *watch, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		waitq_finish(&watch[i].waiter);
		file_put(watch[i].file);
	}
}

static void leave_all(struct poller *p)
{
	struct poll_chunk *chunk, *next;

	unwatch(p->own, p->nr_own);
	p->nr_own = 0;
	for (chunk = p->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		unwatch(chunk->watch, chunk->nr);
		kfree(chunk);
	}
	p->chunks = NULL;
}

/* The next round joins queues, as the first one did. */
static void begin_again(struct poller *p)
{
	leave_all(p);
	p->table.again = false;
	p->watching = true;
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
	 * would be taken back.
	 *
	 * ORDER poll-woken, looking side; the other is notify(). */
	(void)atomic_exchange_full(&p->woken, 0);
	if (p->table.again)
		begin_again(p);
	return 0;
}

void poll_end(struct poller *p)
{
	leave_all(p);
}
