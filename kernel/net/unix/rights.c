/*
 * net/unix/rights.c - files in messages, and circles of them.
 *
 * Each bundle of files that was sent stands on the list of who can get it: the
 * socket in whose queue it is or, until that is accepted, its listener.  Each
 * socket that is in such a bundle counts in how many.
 *
 * A socket is out of reach if all references to its file are from bundles,
 * and all who hold those bundles are out of reach.  The collector finds them
 * as what is left when everything was marked that can be reached: sockets with
 * more references than bundles (somebody has a descriptor, or is in a call),
 * those in a bundle that none of the suspects holds, and what follows from
 * these.  It closes the files of the bundles that the others hold; the
 * messages stay, without them, until their socket is closed by that.
 *
 * All of it is under one lock, and what moves a bundle takes it:
 *
 *	send		counts the bundle before it is queued.  Between the two
 *			it is held by somebody, but in no queue: a suspect in
 *			it is in reach, or gets there by it, unless the holder
 *			is out of reach, and then nobody can receive it
 *	receive		takes it from the queue, then from the list, and only
 *			then uses it.  Meanwhile the receiver is in a call: it
 *			has one reference more than bundles, is no suspect, so
 *			nothing that it holds is collected
 *	MSG_PEEK	takes references, and then the lock: a collector that
 *			has counted before is over when the caller goes on, and
 *			until then the caller's socket was in reach
 *	close		a bundle that is dropped is off its list at once
 *
 * Files are never closed where a bundle is dropped, which may be within the
 * close of a file: what that drops in turn joins the list of what is to be
 * closed, so no chain of sockets in sockets is ever followed by recursion.  Who
 * drops bundles closes their files when his call is over, on the way back to his
 * program (sync/late.h), without the lock; threads of the kernel leave it to the
 * collector, and a circle is nobody's.
 *
 * What is to be closed is in no bundle any more and has its references still:
 * it looks as if somebody had it.  So circles are looked for when the collector
 * has nothing to close, and once more when sockets were closed, with which the
 * last way to a circle may be gone.
 */
#include "net/unix/unix_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/sched/thread.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/process.h"
#include "vfs/user.h"

static struct LOCK_OF(mutex, inflight) inflight_lock; /* RANK_MISC_SLEEP */
/* Sockets with inflight > 0; struct unix_socket.in_air. */
static struct list in_air GUARDED_BY(C_inflight) = LIST_INIT(in_air);
static uint32_t nr_in_air; /* (a) how many, changed under the lock */
/* Bundles whose files the collector is to close; struct rights.link. */
static struct list unwanted GUARDED_BY(C_inflight) = LIST_INIT(unwanted);
static uint32_t may_have_circles; /* (a) */
static struct waitq work = WAITQ_INIT(work); /* for the collector */

static struct unix_socket *socket_in(const struct file *f)
{
	struct socket *s = socket_of_file(f);

	return s != NULL && s->family == AF_UNIX ? unix_socket_of(s) : NULL;
}

/* ---- making ---- */

/* Neither is in a message yet. */
static void take_over(struct rights *r, struct rights *had)
{
	memcpy(r->files, had->files, had->nr * sizeof(r->files[0]));
	r->nr = had->nr;
	kfree(had);
}

int rights_make_room(struct rights **rights, unsigned n)
{
	unsigned paid = *rights != NULL ? (*rights)->charged : 0;
	uint64_t limit = cred_can(current_cred(), CAP_SYS_RESOURCE) ?
				 UINT64_MAX : current_limit(RLIMIT_NOFILE);
	struct user *payer = user_charge(current_cred()->user,
					 USER_PASSED_FILES, n, limit);
	struct rights *r;

	if (payer == NULL)
		return -ETOOMANYREFS;
	r = kzalloc(sizeof(*r) + (paid + n) * sizeof(r->files[0]));
	if (r == NULL) {
		user_uncharge(payer, USER_PASSED_FILES, n);
		return -ENOMEM;
	}
	r->files = (struct file **)(r + 1);
	r->payer = payer;
	r->charged = paid + n;
	list_init(&r->link);
	if (*rights != NULL)
		take_over(r, *rights);
	*rights = r;
	return 0;
}

void rights_free(struct rights *r)
{
	user_uncharge(r->payer, USER_PASSED_FILES, r->charged);
	kfree(r);
}

struct rights *rights_copy(const struct rights *r)
{
	struct rights *copy = NULL;

	if (rights_make_room(&copy, r->nr) != 0)
		return NULL;
	for (; copy->nr < r->nr; copy->nr++)
		file_get(copy->files[copy->nr] = r->files[copy->nr]);
	/* A collection that did not see these references is over. */
	mutex_lock(&inflight_lock);
	mutex_unlock(&inflight_lock);
	return copy;
}

/* ---- on their way ---- */

static void count_in(struct unix_socket *u) REQUIRES(C_inflight)
{
	if (u->inflight++ != 0)
		return;
	list_push_back(&in_air, &u->in_air);
	WRITE_ONCE(nr_in_air, nr_in_air + 1);
}

static void count_out(struct unix_socket *u) REQUIRES(C_inflight)
{
	if (--u->inflight != 0)
		return;
	list_remove(&u->in_air);
	WRITE_ONCE(nr_in_air, nr_in_air - 1);
}

void rights_send(struct rights *r, struct socket *to)
{
	struct unix_socket *u = unix_socket_of(to);

	mutex_lock(&inflight_lock);
	r->holder = u->listener != NULL ? u->listener : u;
	r->end = u;
	list_push_back(&r->holder->held, &r->link);
	for (unsigned i = 0; i < r->nr; i++)
		if (socket_in(r->files[i]) != NULL)
			count_in(socket_in(r->files[i]));
	mutex_unlock(&inflight_lock);
}

/* @r stands on nobody's list any more. */
static void leave_holder(struct rights *r) REQUIRES(C_inflight)
{
	if (r->holder == NULL)
		return;
	r->holder = r->end = NULL;
	list_remove(&r->link);
	for (unsigned i = 0; i < r->nr; i++)
		if (socket_in(r->files[i]) != NULL)
			count_out(socket_in(r->files[i]));
}

void rights_take(struct rights *r)
{
	mutex_lock(&inflight_lock);
	leave_holder(r);
	mutex_unlock(&inflight_lock);
}

/* The files of one bundle that is on no list any more, without the lock; it is
 * freed by who comes last, we or its message. */
static void close_files(struct rights *r)
{
	bool sockets = false, over;

	for (unsigned i = 0; i < r->nr; i++) {
		sockets |= socket_in(r->files[i]) != NULL;
		file_put(r->files[i]);
	}
	if (sockets)
		rights_collect_soon();
	mutex_lock(&inflight_lock);
	r->closed = true;
	over = r->dropped;
	mutex_unlock(&inflight_lock);
	if (over)
		rights_free(r);
}

static void close_late(struct late *late)
{
	close_files(container_of(late, struct rights, late));
}

/* The collector may have it already. */
void rights_drop(struct rights *r)
{
	bool over;

	mutex_lock(&inflight_lock);
	over = r->closed;
	r->dropped = true;
	leave_holder(r);
	if (!r->closing && !late_call(&r->late, close_late)) {
		list_push_back(&unwanted, &r->link);
		waitq_wake_all(&work);
	}
	r->closing = true;
	mutex_unlock(&inflight_lock);
	if (over)
		rights_free(r);
}

/* The listener has a reference from the caller until @end arrives. */
void unix_set_listener(struct socket *end, struct socket *listener)
{
	mutex_lock(&inflight_lock);
	unix_socket_of(end)->listener = unix_socket_of(listener);
	mutex_unlock(&inflight_lock);
}

void unix_arrived(struct socket *s)
{
	struct unix_socket *u = unix_socket_of(s);
	struct rights *r, *next;

	mutex_lock(&inflight_lock);
	if (u->listener != NULL) {
		list_for_each_entry_safe(r, next, &u->listener->held, link) {
			if (r->end != u)
				continue;
			list_move_back(&u->held, &r->link);
			r->holder = u;
		}
		u->listener = NULL;
	}
	mutex_unlock(&inflight_lock);
}

/* ---- the collector ---- */

/* What a bundle says of a socket in it, to somebody who visits them. */
typedef void (*visit)(struct unix_socket *u, struct list *reached);

static NOINLINE void visit_held(struct unix_socket *holder, visit visit,
				struct list *reached) REQUIRES(C_inflight)
{
	struct rights *r;

	list_for_each_entry(r, &holder->held, link)
		for (unsigned i = 0; i < r->nr; i++)
			if (socket_in(r->files[i]) != NULL)
				visit(socket_in(r->files[i]), reached);
}

/* All references that there are come from bundles. */
static bool is_suspect(const struct unix_socket *u) REQUIRES(C_inflight)
{
	return refcount_read(&u->socket.file->refs) == u->inflight;
}

static void uncount(struct unix_socket *u, struct list *reached UNUSED)
	REQUIRES(C_inflight)
{
	u->left--;
}

static void reach(struct unix_socket *u, struct list *reached)
	REQUIRES(C_inflight)
{
	if (u->reached)
		return;
	u->reached = true;
	list_move_back(reached, &u->in_air);
}

/* How many bundles each socket is in that no suspect holds. */
static void count_from_outside(void) REQUIRES(C_inflight)
{
	struct unix_socket *u;

	list_for_each_entry(u, &in_air, in_air) {
		u->reached = false;
		u->suspect = is_suspect(u);
		u->left = u->inflight;
	}
	list_for_each_entry(u, &in_air, in_air)
		if (u->suspect)
			visit_held(u, uncount, NULL);
}

/* What can be reached moves to @reached, from its front on. */
static void mark(struct list *reached) REQUIRES(C_inflight)
{
	struct unix_socket *u, *next;

	list_for_each_entry_safe(u, next, &in_air, in_air)
		if (!u->suspect || u->left > 0)
			reach(u, reached);
	list_for_each_entry(u, reached, in_air)
		visit_held(u, reach, reached);
}

/* Their messages lose what they carry. */
static void collect_from(struct unix_socket *u) REQUIRES(C_inflight)
{
	struct rights *r, *next;

	list_for_each_entry_safe(r, next, &u->held, link) {
		leave_holder(r);
		r->closing = true;
		list_push_back(&unwanted, &r->link);
	}
}

static void collect(void) REQUIRES(C_inflight)
{
	struct list reached = LIST_INIT(reached), lost = LIST_INIT(lost);
	struct list *link;

	count_from_outside();
	mark(&reached);
	race_point(circles_sorted, 0);
	list_splice_back(&lost, &in_air);
	list_splice_back(&in_air, &reached);
	while ((link = list_first(&lost)) != NULL) {
		struct unix_socket *u = list_entry(link, struct unix_socket,
						   in_air);

		list_move_back(&in_air, link);
		collect_from(u);
	}
}

static struct rights *next_unwanted(void)
{
	struct list *link;

	mutex_lock(&inflight_lock);
	/* ORDER rights-collect, acquire side: the flag, then the references;
	 * release is in rights_collect_soon(). */
	if (list_is_empty(&unwanted) &&
	    atomic_exchange_full(&may_have_circles, 0))
		collect();
	link = list_pop_front(&unwanted);
	mutex_unlock(&inflight_lock);
	return link != NULL ? list_entry(link, struct rights, link) : NULL;
}

static bool has_work(void)
{
	return READ_ONCE(may_have_circles) != 0 ||
	       READ_ONCE(unwanted.next) != &unwanted;
}

static void collector(void *unused UNUSED)
{
	struct rights *r;

	for (;;) {
		waitq_wait(&work, has_work());
		while ((r = next_unwanted()) != NULL) {
			close_files(r);
			cond_resched();
		}
	}
}

/*
 * Not the list is asked, which is empty for moments while the collector sorts
 * it: who closed the last way to a circle just then would never be heard.
 *
 * ORDER rights-collect, release side: the references that are gone, then the
 * flag; acquire is in next_unwanted().
 */
void rights_collect_soon(void)
{
	bool any = READ_ONCE(nr_in_air) != 0;

	race_point(circles_asked, 0);
	if (!any)
		return;
	store_release(&may_have_circles, 1);
	waitq_wake_all(&work);
}

void rights_init(void)
{
	mutex_init(&inflight_lock, RANK_MISC_SLEEP);
	if (kthread_start("rights", collector, NULL) == NULL)
		panic("no memory for a thread");
}
