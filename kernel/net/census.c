/*
 * net/census.c - which sockets there are, for who counts them.
 *
 * All stand in one list, the oldest first: from when they have a file, or wait to be
 * accepted, until they are closed.  Who walks has a mark of his own in the list, so he
 * goes on where he was, whatever comes and goes, and looks at each once.  What comes
 * after he has begun is not his: so his way has an end.
 *
 * He holds the memory of one socket at a time, and no file: a close waits for nobody
 * here.  What he has in hand may be closed by then, and is asked under its lock.
 */
#include "net/net_internal.h"

#include "proc/task/random.h"

static struct LOCK_OF(mutex, census) census_lock; /* RANK_MISC_SLEEP */
static struct list everybody GUARDED_BY(C_census) = LIST_INIT(everybody);
static uint64_t last_serial GUARDED_BY(C_census);

void census_init(void)
{
	mutex_init(&census_lock, RANK_MISC_SLEEP);
}

void census_enter(struct socket *s)
{
	mutex_lock(&census_lock);
	if (s->census.socket == NULL) {
		s->census.socket = s;
		s->serial = ++last_serial;
		list_push_back(&everybody, &s->census.link);
	}
	mutex_unlock(&census_lock);
}

void census_leave(struct socket *s)
{
	mutex_lock(&census_lock);
	list_remove(&s->census.link);
	mutex_unlock(&census_lock);
}

void census_walk_begin(struct census_walk *w)
{
	mutex_lock(&census_lock);
	w->mark.socket = NULL;
	w->until = last_serial;
	list_push_front(&everybody, &w->mark.link);
	mutex_unlock(&census_lock);
}

/* The next that is somebody, with a reference, and the mark is behind it. Who is in
 * the list has a reference yet: it leaves before that is given up. */
static struct socket *next_locked(struct census_walk *w) REQUIRES(C_census)
{
	struct list *link;

	for (link = w->mark.link.next; link != &everybody; link = link->next) {
		struct socket *s = list_entry(link, struct census_entry, link)->socket;

		if (s == NULL)
			continue;
		if (s->serial > w->until)
			return NULL;
		socket_get(s);
		list_remove(&w->mark.link);
		list_insert_before(link->next, &w->mark.link);
		return s;
	}
	return NULL;
}

struct socket *census_walk_next(struct census_walk *w)
{
	struct socket *s;

	mutex_lock(&census_lock);
	s = next_locked(w);
	mutex_unlock(&census_lock);
	return s;
}

void census_walk_end(struct census_walk *w)
{
	mutex_lock(&census_lock);
	list_remove(&w->mark.link);
	mutex_unlock(&census_lock);
}

/* ---- what is told of any ---- */

struct socket_facts socket_facts(struct socket *s)
{
	struct socket_facts f;

	mutex_lock(&s->lock);
	f = (struct socket_facts){
		.closed = s->closed,
		.state = s->state,
		.shut = s->shut & (SHUT_READ | SHUT_WRITE),
		.bytes = s->bytes,
		.charged = s->charged,
		.nr_arrivals = s->nr_arrivals,
		.backlog = s->backlog,
		.uid = s->uid,
	};
	if (s->file != NULL && !s->closed)
		f.number = (uint32_t)random_ino_of(s);
	mutex_unlock(&s->lock);
	return f;
}
