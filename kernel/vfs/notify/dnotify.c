/*
 * vfs/notify/dnotify.c - watches of directories that tell by signals.
 *
 * An owner is looked for with a lock that is taken before notify_lock, so
 * nobody is told where it happens.  What has happened is counted in the watch,
 * which comes on a list, and whoever it happened to has it told at the end of his
 * call: before his program can know that he was here (owners_tell_soon()).
 *
 *	who has it told				who ends the watch
 *	locks the owners			takes it from its inode and
 *	takes it off the list, and what		its table: nothing comes any more
 *		it needs out of it		has all that is due told, which
 *	tells					needs the lock of the owners
 *	unlocks the owners			frees it, closes the file
 *
 * So the file that is told of, to which there is no reference, is not closed
 * before; and nothing is lost, nor told afterwards.
 *
 * A watch is begun with the lock of the table, while the descriptor is there:
 * who closes it comes before, and there is none, or after, and finds the watch.
 */
#include "vfs/notify/dnotify.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sync/late.h"
#include "vfs/cred.h"
#include "vfs/notify/notify_internal.h"
#include "vfs/user.h"

/* Of one user, root too. */
#define MAX_WATCHES 4096UL
/* So many signals a watch can owe.  One call does more to a directory only if it
 * writes a core there, or copies a file in pieces. */
#define MAX_DUE 64U

#define DN_EVENTS                                                              \
	(DN_ACCESS | DN_MODIFY | DN_CREATE | DN_DELETE | DN_RENAME | DN_ATTRIB)

uint32_t dir_notify_enable = 1;

/*
 *	(c)	constant
 *	(w)	notify_lock
 */
struct dnotify {
	struct notify_mark mark;  /* of a directory; or it has ended */
	struct list of_table;     /* (w) the other watches of its table; or none */
	const struct file *file;  /* (c) no reference: dnotify_end() */
	int fd;                   /* (w) as whoever asked last called it */
	uint32_t asked;           /* (w) DN_*; 0: it has told once, and that was all */
	uint32_t left;            /* (w) by which cookie something has just gone; or 0 */
	struct list of_due;       /* (w) in due, or in none */
	unsigned nr_due;          /* (w) signals */
	int due_fd;               /* (w) fd, when the last of them was noted */
	struct user *payer;       /* (c) */
};

static struct list due = LIST_INIT(due); /* (w) struct dnotify.of_due */
static unsigned nr_due; /* (w) how many are in it; read without */

static struct dnotify *dnotify_of(struct notify_mark *m)
{
	return container_of(m, struct dnotify, mark);
}

static void dnotify_free(struct dnotify *d)
{
	user_uncharge(d->payer, USER_DIR_WATCHES, 1);
	kfree(d);
}

/* ---- what happens ---- */

/* What has to happen for one signal; what is renamed has another. */
static uint32_t events_of(uint32_t asked)
{
	static const uint32_t events[] = {
		IN_ACCESS,
		IN_MODIFY,
		IN_CREATE | IN_MOVED_TO,
		IN_DELETE | IN_MOVED_FROM,
		0, /* DN_RENAME */
		IN_ATTRIB,
	};
	uint32_t all = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(events); i++)
		if (asked & BIT(i))
			all |= events[i];
	return all;
}

/* @h is the second half of a move of which the first has just been told here:
 * both are in the same stretch under the lock. */
static bool is_renamed(struct dnotify *d, const struct happening *h)
	REQUIRES(notify_lock)
{
	uint32_t left = d->left;

	d->left = h->event & IN_MOVED_FROM ? h->cookie : 0;
	return (h->event & IN_MOVED_TO) && left == h->cookie;
}

static void note(struct dnotify *d, unsigned times) REQUIRES(notify_lock)
{
	d->nr_due = min(d->nr_due + times, MAX_DUE);
	d->due_fd = d->fd;
	if (!list_is_linked(&d->of_due)) {
		list_push_back(&due, &d->of_due);
		WRITE_ONCE(nr_due, nr_due + 1);
	}
	race_point(dnotify_noted, d->file);
	owners_tell_soon();
}

static void dnotify_happens(struct notify_mark *m, const struct happening *h)
	REQUIRES(notify_lock)
{
	struct dnotify *d = dnotify_of(m);
	unsigned times = is_renamed(d, h) && (d->asked & DN_RENAME);

	if (h->event & events_of(d->asked))
		times++;
	if (times == 0)
		return;
	if (!(d->asked & DN_MULTISHOT)) {
		times = 1;
		d->asked = 0;
		mark_detach(m);
	}
	note(d, times);
}

/* Its file is open, so its file system is only out of sight; as on Linux, nobody
 * is told. */
static void dnotify_gone(struct notify_mark *m, bool unmounted UNUSED)
	REQUIRES(notify_lock)
{
	mark_detach(m);
}

static const struct notify_kind dnotify_kind = {
	.happens = dnotify_happens,
	.gone = dnotify_gone,
};

/* ---- what is told ---- */

unsigned dnotify_nr_due(void)
{
	return READ_ONCE(nr_due);
}

/* Off the list; NULL: it is empty. */
static struct dnotify *take_next(struct dnotify_due *out) REQUIRES(notify_lock)
{
	struct list *first = list_pop_front(&due);

	if (first == NULL)
		return NULL;
	struct dnotify *d = list_entry(first, struct dnotify, of_due);

	*out = (struct dnotify_due){
		.file = d->file,
		.fd = d->due_fd,
		.times = d->nr_due,
	};
	d->nr_due = 0;
	WRITE_ONCE(nr_due, nr_due - 1);
	return d;
}

/* It has told once, and nobody has asked again; nor ends it already. */
static bool is_over(const struct dnotify *d) REQUIRES(notify_lock)
{
	return d->asked == 0 && list_is_linked(&d->of_table);
}

bool dnotify_take(struct dnotify_due *out)
{
	spin_lock(&notify_lock);
	struct dnotify *d = take_next(out);
	bool any = d != NULL;

	if (any && is_over(d)) {
		list_remove(&d->of_table);
		dnotify_free(d);
	}
	spin_unlock(&notify_lock);
	return any;
}

/* ---- beginning and ending ---- */

/* That of @f in one table; NULL: there is none. */
static struct dnotify *find(struct list *watches, const struct file *f)
	REQUIRES(notify_lock)
{
	struct dnotify *d;

	list_for_each_entry(d, watches, of_table)
		if (d->file == f)
			return d;
	return NULL;
}

/* @d is of @f, and nobody knows of it. */
static void fill(struct dnotify *d, const struct file *f, struct user *payer)
{
	d->mark.kind = &dnotify_kind;
	d->file = f;
	d->payer = payer;
	list_init(&d->of_table);
	list_init(&d->of_due);
}

static int make(struct dnotify **out, const struct file *f)
{
	struct user *payer = user_charge(current_cred()->user, USER_DIR_WATCHES,
					 1, MAX_WATCHES);

	if (payer == NULL)
		return -ENOSPC;
	*out = kzalloc(sizeof(**out));
	if (*out == NULL) {
		user_uncharge(payer, USER_DIR_WATCHES, 1);
		return -ENOMEM;
	}
	fill(*out, f, payer);
	return 0;
}

/* @d tells of @asked, too, even if it was over. */
static void ask(struct dnotify *d, int fd, uint32_t asked) REQUIRES(notify_lock)
{
	d->fd = fd;
	d->asked |= asked;
	d->mark.mask = events_of(d->asked) |
		       (d->asked & DN_RENAME ? IN_MOVED_FROM | IN_MOVED_TO : 0);
	if (d->mark.inode != NULL) {
		mark_changed(&d->mark);
	} else {
		d->mark.inode = d->file->inode;
		mark_attach(&d->mark);
	}
}

static int find_or_make(struct dnotify **out, struct list *watches,
			const struct file *f) REQUIRES(notify_lock)
{
	int err;

	*out = find(watches, f);
	if (*out != NULL)
		return 0;
	err = make(out, f);
	if (err == 0)
		list_push_back(watches, &(*out)->of_table);
	return err;
}

int dnotify_add(struct list *watches, struct file *f, int fd, uint32_t asked)
{
	struct dnotify *d;
	int err = 0;

	asked &= DN_EVENTS | DN_MULTISHOT;
	spin_lock(&notify_lock);
	err = find_or_make(&d, watches, f);
	if (err == 0)
		ask(d, fd, asked);
	spin_unlock(&notify_lock);
	return err;
}

/* Out of its table and of its inode: nothing comes any more. */
static struct dnotify *take_out(struct list *watches, const struct file *f)
{
	spin_lock(&notify_lock);
	struct dnotify *d = find(watches, f);

	if (d != NULL) {
		list_remove(&d->of_table);
		mark_detach(&d->mark);
	}
	spin_unlock(&notify_lock);
	return d;
}

void dnotify_end(struct list *watches, const struct file *f)
{
	struct dnotify *d = take_out(watches, f);

	if (d == NULL)
		return;
	race_point(dnotify_ends, f);
	owners_tell();
	lab_assert(!list_is_linked(&d->of_due));
	dnotify_free(d);
}
