/*
 * vfs/epoll/nest.c - epolls that watch epolls.
 *
 * An epoll is asked by asking those it watches, with one lock held in another
 * (epoll_lock_inner()).  So they must never stand in a circle, and no chain
 * be longer than the stack has room for.  Nor may there be too many ways down from
 * one: who asks goes each of them, and who sleeps stands in a queue for each, and
 * with a few dozen epolls in each of a few dozen, four deep, that would be millions.
 * All this is seen to when one is added, under a lock of all epolls that watch
 * epolls: two who add at once would each see half of a circle.
 *
 * A walk visits each epoll once, however many ways lead there: it leaves its
 * number with what it found.
 */
#include "vfs/epoll/epoll_internal.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"

/* Steps from the outermost to the innermost, as on Linux. */
#define MAX_STEPS 4U
/* Ways of more than one step down from an epoll: as Linux allows ways of two steps
 * up from a file.  Those of one step are watches, and paid for. */
#define MAX_WAYS 500U

struct mutex epoll_nest_lock;

static uint64_t walks GUARDED_BY(epoll_nest_lock);

/* What is below @ep: more steps than there may be when they lead to @forbidden. */
static void look_down(struct epoll *ep, const struct epoll *forbidden)
	REQUIRES(epoll_nest_lock)
{
	struct epoll_item *item;

	if (ep->down.walk == walks)
		return;
	ep->down = (struct epoll_walk){
		.walk = walks,
		.steps = ep == forbidden ? MAX_STEPS + 1 : 0,
	};
	if (ep == forbidden)
		return;
	list_for_each_entry(item, &ep->nested, nested_link) {
		struct epoll *inner = epoll_of(item->file);

		look_down(inner, forbidden);
		ep->down.steps = max(ep->down.steps, 1 + inner->down.steps);
		ep->down.ways += 1 + inner->down.ways;
		cond_resched();
	}
}

/*
 * What is above @ep: the steps, and the most ways of more than one step that there
 * are from it, or one above, down.  Who watches an epoll comes and goes under the nest
 * lock alone, so the list stands still.
 */
static void look_up(struct epoll *ep) REQUIRES(epoll_nest_lock)
{
	struct epoll_item *item;

	if (ep->up.walk == walks)
		return;
	look_down(ep, NULL);
	ep->up = (struct epoll_walk){
		.walk = walks,
		.ways = ep->down.ways - ep->nr_nested,
	};
	list_for_each_entry(item, &ep->file->watches, file_link) {
		look_up(item->ep);
		ep->up.steps = max(ep->up.steps, 1 + item->ep->up.steps);
		ep->up.ways = max(ep->up.ways, item->ep->up.ways);
		cond_resched();
	}
}

int epoll_may_nest(struct epoll *outer, struct epoll *inner)
{
	assert_mutex_held(&epoll_nest_lock);
	walks++;
	look_down(inner, outer);
	if (inner->down.steps > MAX_STEPS)
		return -ELOOP;
	look_down(outer, NULL);
	outer->down.ways += 1 + inner->down.ways; /* as it will be */
	look_up(outer);
	if (outer->up.steps + 1 + inner->down.steps > MAX_STEPS)
		return -ELOOP;
	return outer->up.ways > MAX_WAYS ? -EINVAL : 0;
}
