/*
 * ipc/sysv/msg.c - message queues.
 *
 * Nobody who waits looks for himself.  Who sends gives his message to the first
 * receiver that waits for such a one, and puts it into the queue if there is
 * none; who receives makes room, and puts in what those who wait to send have
 * brought, the oldest first, as far as it fits.  Whoever slept wakes to a
 * result, so a wake-up cannot be lost on somebody who was killed meanwhile: he
 * has his message, or it is another's.
 *
 * The queue that a sleeper sleeps on is on its stack, so it takes the lock of
 * the queue once more before it goes: then nobody is in the middle of waking it.
 */
#include "ipc/sysv/msg.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/block.h"
#include "sync/waitq.h"
#include "vfs/cred.h"

#define QUEUES_MAX 32000U
#define MESSAGE_MAX 8192U
#define QUEUE_MAX 16384U

uint32_t msg_max_bytes = MESSAGE_MAX;
uint32_t msg_max_in_queue = QUEUE_MAX;
struct sysv_table msg_table;

/* Of all queues. */
static uint64_t nr_messages, nr_bytes; /* (a) */

struct msg_queue {
	struct sysv_object object; /* first */
	struct list messages GUARDED_BY(C_sysv); /* struct message.link, by age */
	struct list senders GUARDED_BY(C_sysv); /* struct msg_call.link, by age */
	struct list receivers GUARDED_BY(C_sysv); /* the same */
	uint64_t bytes GUARDED_BY(C_sysv); /* in messages */
	uint64_t nr GUARDED_BY(C_sysv);    /* of them */
	uint64_t max_bytes GUARDED_BY(C_sysv);
	int64_t stime GUARDED_BY(C_sysv), rtime GUARDED_BY(C_sysv),
		ctime GUARDED_BY(C_sysv);
	int lspid GUARDED_BY(C_sysv), lrpid GUARDED_BY(C_sysv);
};

/* Not decided yet; else 0 or -errno. */
#define MSG_WAITS 1

/* A call that waits, on its caller's stack.  (lock of the queue), but for what
 * is (c). */
struct msg_call {
	struct list link;
	struct message *m;           /* that is to be sent; that was received */
	const struct msg_wish *wish; /* (c) of who receives */
	int pid;                     /* (c) */
	int result;                  /* MSG_WAITS */
	struct waitq decided;
};

static struct msg_queue *queue_of(struct sysv_object *o)
{
	return container_of(o, struct msg_queue, object);
}

/* ---- messages ---- */

struct message *msg_alloc(size_t size)
{
	struct user *payer = sysv_charge(sizeof(struct message) + size);
	struct message *m;

	if (payer == NULL)
		return NULL;
	m = kmalloc(sizeof(*m) + size);
	if (m == NULL) {
		user_uncharge(payer, USER_SYSV_BYTES, sizeof(*m) + size);
		return NULL;
	}
	list_init(&m->link);
	m->payer = payer;
	m->size = size;
	return m;
}

void msg_free(struct message *m)
{
	user_uncharge(m->payer, USER_SYSV_BYTES, sizeof(*m) + m->size);
	kfree(m);
}

static void put_in(struct msg_queue *q, struct message *m) REQUIRES(C_sysv)
{
	list_push_back(&q->messages, &m->link);
	q->bytes += m->size;
	q->nr++;
	atomic_fetch_add_relaxed(&nr_messages, 1UL);
	atomic_fetch_add_relaxed(&nr_bytes, m->size);
}

static void take_out(struct msg_queue *q, struct message *m) REQUIRES(C_sysv)
{
	list_remove(&m->link);
	q->bytes -= m->size;
	q->nr--;
	atomic_fetch_add_relaxed(&nr_messages, -1UL);
	atomic_fetch_add_relaxed(&nr_bytes, -m->size);
}

/* Empty messages take room as well. */
static bool fits(const struct msg_queue *q, size_t size) REQUIRES(C_sysv)
{
	return size + q->bytes <= q->max_bytes && q->nr + 1 <= q->max_bytes;
}

/* ---- which message ---- */

static bool matches(const struct message *m, const struct msg_wish *wish)
{
	if (wish->type == 0)
		return true;
	if (wish->type < 0) /* -LONG_MIN is no number, but all types are below */
		return wish->type == INT64_MIN || m->type <= -wish->type;
	return (m->type == wish->type) != !!(wish->flags & MSG_EXCEPT);
}

static struct message *nth(const struct msg_queue *q, long n) REQUIRES(C_sysv)
{
	struct message *m;

	list_for_each_entry(m, &q->messages, link)
		if (n-- == 0)
			return m;
	return NULL;
}

/* The oldest that matches; of those up to a type, one of the smallest. */
static struct message *find(const struct msg_queue *q,
			    const struct msg_wish *wish) REQUIRES(C_sysv)
{
	struct message *m, *found = NULL;

	if (wish->flags & MSG_COPY)
		return nth(q, wish->type);
	list_for_each_entry(m, &q->messages, link) {
		if (!matches(m, wish) ||
		    (found != NULL && m->type >= found->type))
			continue;
		found = m;
		if (wish->type >= 0)
			break;
	}
	return found;
}

static bool is_too_big(const struct message *m, const struct msg_wish *wish)
{
	return m->size > wish->max && !(wish->flags & MSG_NOERROR);
}

/* ---- those who wait ---- */

static void tell(struct msg_call *c, int result) REQUIRES(C_sysv)
{
	list_remove(&c->link);
	WRITE_ONCE(c->result, result);
	race_point(msg_decided, c);
	waitq_wake_all(&c->decided);
}

static void tell_all(struct list *calls, int result) REQUIRES(C_sysv)
{
	struct msg_call *c, *next;

	list_for_each_entry_safe(c, next, calls, link)
		tell(c, result);
}

static void note_received(struct msg_queue *q, int pid) REQUIRES(C_sysv)
{
	q->lrpid = pid;
	q->rtime = sysv_now();
}

/* Give @m to the first receiver that waits for it; true: it is his.  One that
 * has no room for it is told so. */
static bool hand_over(struct msg_queue *q, struct message *m) REQUIRES(C_sysv)
{
	struct msg_call *c, *next;

	list_for_each_entry_safe(c, next, &q->receivers, link) {
		if (!matches(m, c->wish))
			continue;
		if (is_too_big(m, c->wish)) {
			tell(c, -E2BIG);
			continue;
		}
		c->m = m;
		note_received(q, c->pid);
		tell(c, 0);
		return true;
	}
	return false;
}

static void deliver(struct msg_queue *q, struct message *m, int pid)
	REQUIRES(C_sysv)
{
	q->lspid = pid;
	q->stime = sysv_now();
	if (!hand_over(q, m))
		put_in(q, m);
}

/* There may be room: for those who wait to send. */
static void let_senders_in(struct msg_queue *q) REQUIRES(C_sysv)
{
	struct msg_call *c, *next;

	list_for_each_entry_safe(c, next, &q->senders, link) {
		if (!fits(q, c->m->size))
			continue;
		deliver(q, c->m, c->pid);
		tell(c, 0);
	}
}

static void begin_wait(struct msg_call *c)
{
	c->pid = sysv_pid();
	c->result = MSG_WAITS;
	list_init(&c->link);
	waitq_init(&c->decided);
}

/* Until it is decided, or a signal comes: the result. */
static NOINLINE int wait(struct msg_queue *q, struct msg_call *c)
{
	int result;

	race_point(msg_waits, c);
	(void)waitq_wait_interruptible(&c->decided,
				       READ_ONCE(c->result) != MSG_WAITS);
	mutex_lock(&q->object.lock);
	list_remove(&c->link);
	result = c->result == MSG_WAITS ? -ERESTARTNOHAND : c->result;
	mutex_unlock(&q->object.lock);
	return result;
}

/* ---- msgsnd ---- */

/* 0, -errno, or MSG_WAITS: it is in the list. */
static int send_locked(struct msg_queue *q, struct msg_call *c, bool may_wait)
	REQUIRES(C_sysv)
{
	if (!sysv_allows(&q->object, IPC_MAY_WRITE))
		return -EACCES;
	if (q->object.removed)
		return -EIDRM;
	if (fits(q, c->m->size)) {
		deliver(q, c->m, c->pid);
		return 0;
	}
	if (!may_wait)
		return -EAGAIN;
	list_push_back(&q->senders, &c->link);
	return MSG_WAITS;
}

long msg_send(int id, struct message *m, bool may_wait)
{
	struct sysv_object *o = sysv_find(&msg_table, id);
	struct msg_call c = { .m = m };
	int result;

	if (o == NULL)
		return -EINVAL;
	begin_wait(&c);
	mutex_lock(&o->lock);
	result = send_locked(queue_of(o), &c, may_wait);
	mutex_unlock(&o->lock);
	if (result == MSG_WAITS)
		result = wait(queue_of(o), &c);
	sysv_object_put(o);
	return result;
}

/* ---- msgrcv ---- */

static struct message *copy_of(const struct message *m)
{
	struct message *copy = msg_alloc(m->size);

	if (copy == NULL)
		return NULL;
	copy->type = m->type;
	memcpy(copy->text, m->text, m->size);
	return copy;
}

/* @m is there, and is what is asked for. */
static int take(struct msg_queue *q, struct msg_call *c, struct message *m)
	REQUIRES(C_sysv)
{
	if (is_too_big(m, c->wish))
		return -E2BIG;
	if (c->wish->flags & MSG_COPY) {
		c->m = copy_of(m);
		return c->m == NULL ? -ENOMEM : 0;
	}
	take_out(q, m);
	c->m = m;
	note_received(q, c->pid);
	let_senders_in(q);
	return 0;
}

static int receive_locked(struct msg_queue *q, struct msg_call *c)
	REQUIRES(C_sysv)
{
	struct message *m;

	if (!sysv_allows(&q->object, IPC_MAY_READ))
		return -EACCES;
	if (q->object.removed)
		return -EIDRM;
	m = find(q, c->wish);
	if (m != NULL)
		return take(q, c, m);
	if (c->wish->flags & IPC_NOWAIT)
		return -ENOMSG;
	list_push_back(&q->receivers, &c->link);
	return MSG_WAITS;
}

long msg_receive(int id, const struct msg_wish *wish, struct message **m)
{
	struct sysv_object *o = sysv_find(&msg_table, id);
	struct msg_call c = { .wish = wish };
	int result;

	if (o == NULL)
		return -EINVAL;
	begin_wait(&c);
	mutex_lock(&o->lock);
	result = receive_locked(queue_of(o), &c);
	mutex_unlock(&o->lock);
	if (result == MSG_WAITS)
		result = wait(queue_of(o), &c);
	sysv_object_put(o);
	*m = c.m;
	return result;
}

/* ---- queues ---- */

static int make(const struct sysv_wish *wish, struct sysv_object **made)
{
	struct msg_queue *q;
	int err = sysv_alloc(sizeof(*q), wish, made);

	if (err != 0)
		return err;
	is_private(sysv);
	q = queue_of(*made);
	list_init(&q->messages);
	list_init(&q->senders);
	list_init(&q->receivers);
	q->max_bytes = READ_ONCE(msg_max_in_queue);
	q->ctime = sysv_now();
	return 0;
}

static bool retire(struct sysv_object *o) REQUIRES(C_sysv)
{
	tell_all(&queue_of(o)->senders, -EIDRM);
	tell_all(&queue_of(o)->receivers, -EIDRM);
	return true;
}

/* Only root lets a queue have more than a new one. */
static int change(struct sysv_object *o, const struct sysv_change *change)
	REQUIRES(C_sysv)
{
	struct msg_queue *q = queue_of(o);

	if (change->queue_bytes > READ_ONCE(msg_max_in_queue) &&
	    !cred_can(current_cred(), CAP_SYS_RESOURCE))
		return -EPERM;
	q->max_bytes = change->queue_bytes;
	q->ctime = sysv_now();
	let_senders_in(q);
	return 0;
}

static void release(struct sysv_object *o)
{
	struct msg_queue *q = queue_of(o);
	struct message *m, *next;

	is_private(sysv);
	assert(list_is_empty(&q->senders) && list_is_empty(&q->receivers));
	list_for_each_entry_safe(m, next, &q->messages, link) {
		take_out(q, m);
		msg_free(m);
		cond_resched();
	}
	sysv_free(o);
}

static const struct sysv_kind msg_kind = {
	.make = make,
	.retire = retire,
	.change = change,
	.free = release,
};

void msg_init(void)
{
	sysv_table_init(&msg_table, &msg_kind, QUEUES_MAX);
}

/* ---- msgctl ---- */

static void describe(const struct msg_queue *q, struct user_msqid_ds *to)
	REQUIRES(C_sysv)
{
	*to = (struct user_msqid_ds){
		.stime = q->stime,
		.rtime = q->rtime,
		.ctime = q->ctime,
		.cbytes = q->bytes,
		.qnum = q->nr,
		.qbytes = q->max_bytes,
		.lspid = q->lspid,
		.lrpid = q->lrpid,
	};
	sysv_tell(&q->object, &to->perm);
}

long msg_stat(int id, int how, struct user_msqid_ds *to)
{
	struct sysv_object *o = how == IPC_STAT ?
					sysv_find(&msg_table, id) :
					sysv_find_place(&msg_table, id);
	long result = 0;

	if (o == NULL)
		return -EINVAL;
	mutex_lock(&o->lock);
	if (how != MSG_STAT_ANY && !sysv_allows(o, IPC_MAY_READ))
		result = -EACCES;
	else if (o->removed)
		result = -EIDRM;
	else
		describe(queue_of(o), to);
	if (result == 0 && how != IPC_STAT)
		result = o->id;
	mutex_unlock(&o->lock);
	sysv_object_put(o);
	return result;
}

/* What Linux says and limits nothing. */
#define POOL_KIB (QUEUES_MAX * QUEUE_MAX / 1024)
#define SEGMENT_SIZE 16
#define NR_SEGMENTS UINT16_MAX

int msg_info(bool usage, struct user_msginfo *to)
{
	unsigned nr;
	int last = sysv_last_place(&msg_table, &nr);

	*to = (struct user_msginfo){
		.msgpool = usage ? (int)nr : (int)POOL_KIB,
		.msgmap = usage ? (int)READ_ONCE(nr_messages) : (int)QUEUE_MAX,
		.msgmax = (int)READ_ONCE(msg_max_bytes),
		.msgmnb = (int)READ_ONCE(msg_max_in_queue),
		.msgmni = (int)READ_ONCE(msg_table.limit),
		.msgssz = SEGMENT_SIZE,
		.msgtql = usage ? (int)READ_ONCE(nr_bytes) : (int)QUEUE_MAX,
		.msgseg = NR_SEGMENTS,
	};
	return last;
}
