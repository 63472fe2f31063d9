/*
 * vfs/notify/fanotify_ask.c - who waits until a group has allowed what he wants
 * to do.
 *
 * One group is asked after the other, and the first no is the last word.  While
 * he waits he has nothing but the question, which he has made and frees: marks
 * and groups may come and go, so the next group is looked for anew, and is that
 * whose turn comes after the one that has answered.  A group that goes answers
 * yes to all it was asked.
 *
 * A question is in one place, under notify_lock: in the group's queue, in the
 * hands of who reads it, with those that were read, or answered.  Who waits is
 * let go by the answer, or killed: then he takes it back if nobody has read it,
 * and leaves it to who answers else.
 */
#include "vfs/notify/fanotify_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "sync/killable.h"
#include "sync/block.h"
#include "vfs/process.h"
#include "vfs/user.h"

/* Above every age. */
#define AFTER_PRE_CONTENT (1UL << 62)

static uint64_t last_age; /* (a) */

void fanotify_set_age(struct fanotify *g)
{
	g->age = atomic_fetch_add_relaxed(&last_age, 1) + 1;
}

uint64_t fanotify_order(const struct fanotify *g)
{
	return g->age + (g->flags & FAN_CLASS_PRE_CONTENT ? 0 : AFTER_PRE_CONTENT);
}

static struct fanotify_question *question_of(struct fanotify_event *e)
{
	return container_of(e, struct fanotify_question, event);
}

static void question_free(struct fanotify_question *q)
{
	path_put(&q->event.at);
	event_free(q->payer, q, sizeof(*q));
}

/* ---- asking ---- */

static struct fanotify_question *question_create(struct fanotify *g,
						 const struct happening *h)
{
	struct fanotify_question *q = event_alloc(g->payer, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->payer = g->payer;
	q->group = g;
	q->fd = -1;
	waitq_init(&q->asker);
	q->event = (struct fanotify_event){
		.mask = h->event,
		.pid = vfs_own_pid(g->flags & FAN_REPORT_TID),
		.birth = vfs_own_birth(),
		.at = { h->file->mount, h->inode },
	};
	list_init(&q->event.link);
	path_get(&q->event.at);
	return q;
}

/* As on Linux, a group whose queue is full is not asked, and told that. */
static int ask(struct fanotify *g, const struct happening *h,
	       struct fanotify_question **out) REQUIRES(notify_lock)
{
	*out = NULL;
	if (g->nr_events >= g->max_events) {
		fanotify_queue_lost(g);
		return 0;
	}
	*out = question_create(g, h);
	if (*out == NULL)
		return -ENOMEM;
	fanotify_queue_append(g, &(*out)->event);
	return 0;
}

/* False: all have been asked. */
static bool ask_next(struct happening *h, uint64_t *after, uint64_t youngest,
		     struct fanotify_question **q, int *err)
{
	spin_lock(&notify_lock);
	notify_tell_all(h);
	struct fanotify *g = fanotify_choose(h->event, after, youngest);

	if (g != NULL)
		*err = ask(g, h, q);
	spin_unlock(&notify_lock);
	return g != NULL;
}

/* ---- waiting ---- */

/* Who waited was killed.  The group is there: it has not answered. */
static bool take_back(struct fanotify_question *q) REQUIRES(notify_lock)
{
	race_point(question_given_up, q->group);
	if (q->fd >= 0 || !list_is_linked(&q->event.link)) {
		q->abandoned = true;
		return false;
	}
	fanotify_queue_take(q->group, &q->event);
	return true;
}

static int await_answer(struct fanotify_question *q)
{
	bool is_own = true;
	uint32_t answer;

	race_point(fanotify_waits, q);
	(void)waitq_wait_killable(&q->asker, READ_ONCE(q->answer) != 0);
	spin_lock(&notify_lock);
	answer = q->answer;
	if (answer == 0)
		is_own = take_back(q);
	spin_unlock(&notify_lock);
	if (is_own)
		question_free(q);
	return answer == FAN_ALLOW ? 0 : answer == 0 ? -EINTR : -EPERM;
}

int notify_ask_watchers(const struct file *f, uint32_t event)
{
	uint64_t after = 0, youngest = READ_ONCE(last_age);
	struct fanotify_question *q = NULL;
	int err = 0;

	if (f->inode == NULL || f->mount == NULL || (f->mode & FMODE_QUIET) ||
	    !notify_may_concern(f->inode, event))
		return 0;

	struct happening h = {
		.event = event,
		.inode = f->inode,
		.file = f,
		.is_dir = inode_is(f->inode, S_IFDIR),
	};

	while (err == 0 && ask_next(&h, &after, youngest, &q, &err))
		if (q != NULL)
			err = await_answer(q);
	return err;
}

/* ---- answering ---- */

/* True: nobody waits any more, and the caller frees it.  Else he who waits may
 * free it as soon as the lock is given up. */
static bool finish(struct fanotify_question *q, uint32_t answer)
	REQUIRES(notify_lock)
{
	if (q->abandoned)
		return true;
	WRITE_ONCE(q->answer, answer);
	waitq_wake_all(&q->asker);
	return false;
}

static void answer_it(struct fanotify_question *q, uint32_t answer)
{
	spin_lock(&notify_lock);
	bool is_own = finish(q, answer);

	spin_unlock(&notify_lock);
	if (is_own)
		question_free(q);
}

void fanotify_asked(struct fanotify *g, struct fanotify_event *e, int fd)
{
	spin_lock(&notify_lock);
	question_of(e)->fd = fd;
	list_push_back(&g->asked, &e->link);
	spin_unlock(&notify_lock);
}

void fanotify_not_asked(struct fanotify_event *e)
{
	answer_it(question_of(e), FAN_DENY);
}

void fanotify_let_go(struct fanotify_event *e)
{
	answer_it(question_of(e), FAN_ALLOW);
}

static struct fanotify_question *take_asked(struct fanotify *g, int fd)
	REQUIRES(notify_lock)
{
	struct fanotify_event *e;

	list_for_each_entry(e, &g->asked, link) {
		if (question_of(e)->fd == fd) {
			list_remove(&e->link);
			return question_of(e);
		}
	}
	return NULL;
}

int fanotify_answer(struct fanotify *g, int fd, uint32_t answer)
{
	bool is_own = false;

	spin_lock(&notify_lock);
	struct fanotify_question *q = take_asked(g, fd);

	if (q != NULL)
		is_own = finish(q, answer);
	spin_unlock(&notify_lock);
	if (is_own)
		question_free(q);
	return q != NULL ? 0 : -ENOENT;
}

static struct fanotify_question *first_asked(struct fanotify *g)
{
	spin_lock(&notify_lock);
	struct list *first = list_pop_front(&g->asked);

	spin_unlock(&notify_lock);
	return first != NULL ? question_of(list_entry(first, struct fanotify_event,
						      link)) : NULL;
}

/* Nobody reads it, so none comes. */
void fanotify_let_all_go(struct fanotify *g)
{
	struct fanotify_question *q;

	while ((q = first_asked(g)) != NULL) {
		answer_it(q, FAN_ALLOW);
		cond_resched();
	}
}
