/*
 * net/held.c - bytes of a stream that have come, and are held back.
 *
 * Who sends by MSG_MORE, or has set TCP_CORK, wants packets that are full.  So
 * what he sends waits until it would fill one, or he sends something without,
 * takes the cork out, has no room for more, or ends; but no longer than Linux
 * waits, for then a thread of the kernel lets it go.
 *
 * It waits at the receiver, behind what he may read.  At the sender it would be
 * taken out under one lock and queued under another, and what is sent in between
 * would overtake it.  Here the order is that of coming, whoever lets it go, and
 * an end that is told under the same lock is behind all of it.
 *
 * The sockets that have something are in one list, and as all wait equally long
 * the first is due first.  A socket is in it from when it has something until that
 * is let go, under its own lock; so one in the list has not been closed, and is
 * there.
 */
#include "net/net_internal.h"

#include "lib/bug.h"
#include "lib/time.h"
#include "proc/sched/sched.h"
#include "sync/work.h"

#define PATIENCE (NS_PER_SECOND / 5) /* Linux's TCP_RTO_MIN */

static struct LOCK_OF(mutex, held) held_lock; /* RANK_MISC_SLEEP */
static struct list sockets GUARDED_BY(C_held) = LIST_INIT(sockets);
static uint64_t first_due = TIMER_NEVER; /* (held_lock); read without it to sleep */
static struct waitq work = WAITQ_INIT(work);

/* ---- the list ---- */

static void look_at_first(void) REQUIRES(C_held)
{
	struct list *link = list_first(&sockets);

	WRITE_ONCE(first_due, link != NULL ?
				      list_entry(link, struct socket, due)->due_at :
				      TIMER_NEVER);
}

static void begin_waiting(struct socket *s) REQUIRES(C_socket)
{
	mutex_lock(&held_lock);
	s->due_at = socket_deadline(PATIENCE);
	list_push_back(&sockets, &s->due);
	look_at_first();
	mutex_unlock(&held_lock);
	waitq_wake_all(&work);
}

static void end_waiting(struct socket *s) REQUIRES(C_socket)
{
	mutex_lock(&held_lock);
	list_remove(&s->due);
	look_at_first();
	mutex_unlock(&held_lock);
}

/* ---- one socket ---- */

void held_add(struct socket *to, struct message *m, bool waits)
{
	if (!waits) {
		held_push_locked(to);
		socket_append(to, m);
		return;
	}
	if (list_is_empty(&to->held))
		begin_waiting(to);
	list_push_back(&to->held, &m->link);
	to->held_bytes += m->len;
}

void held_push_locked(struct socket *to)
{
	struct list *link;

	if (list_is_empty(&to->held))
		return;
	end_waiting(to);
	to->held_bytes = 0;
	while ((link = list_pop_front(&to->held)) != NULL)
		socket_append(to, list_entry(link, struct message, link));
}

void held_push(struct socket *to)
{
	mutex_lock(&to->lock);
	held_push_locked(to);
	mutex_unlock(&to->lock);
	waitq_wake_all(&to->readable);
}

void held_take(struct socket *to, struct list *out)
{
	if (list_is_empty(&to->held))
		return;
	end_waiting(to);
	to->held_bytes = 0;
	list_splice_back(out, &to->held);
}

/* ---- the thread ---- */

/* With a reference; NULL: nobody has waited long enough. */
static struct socket *next_due(void)
{
	struct socket *s = NULL;

	mutex_lock(&held_lock);
	if (deadline_is_over(first_due)) {
		s = list_entry(list_first(&sockets), struct socket, due);
		socket_get(s);
	}
	mutex_unlock(&held_lock);
	return s;
}

static void run(void *unused UNUSED)
{
	struct socket *s;

	for (;;) {
		(void)waitq_wait_until(&work,
				       deadline_is_over(READ_ONCE(first_due)),
				       READ_ONCE(first_due));
		while ((s = next_due()) != NULL) {
			held_push(s);
			socket_put(s);
			cond_resched();
		}
	}
}

void held_init(void)
{
	mutex_init(&held_lock, RANK_MISC_SLEEP);
	if (kthread_start("held", run, NULL) == NULL)
		panic("no memory for a thread");
}
