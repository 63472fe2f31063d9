/*
 * vfs/epoll/nest.c - epolls that watch epolls.
 *
 * An epoll is asked by asking those it watches, with one lock held in another
 * (epoll_lock_inner()).  So they must never stand in a circle, and no chain
 * be longer than the stack has room for.  Both is seen to when one is added,
 * under a lock of all epolls that watch epolls: two who add at once would each
 * see half of a circle.
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

struct mutex epoll_nest_lock;

static uint64_t walks GUARDED_BY(epoll_nest_lock);

/* True: the walk has been here.  Else it is from now on. */
static bool is_visited(struct epoll *ep) REQUIRES(epoll_nest_lock)
{
	if (ep->walk == walks)
		return true;
	ep->walk = walks;
	ep->walk_depth = 0;
	return false;
}

/* Steps down from @ep; more than there may be when they lead to @forbidden. */
static unsigned steps_down(struct epoll *ep, const struct epoll *forbidden)
	REQUIRES(epoll_nest_lock)
{
	struct epoll_item *item;

	if (ep == forbidden)
		return MAX_STEPS + 1;
	if (is_visited(ep))
		return ep->walk_depth;
	list_for_each_entry(item, &ep->nested, nested_link) {
		unsigned steps = 1 + steps_down(epoll_of(item->file), forbidden);

		ep->walk_depth = max(ep->walk_depth, steps);
		cond_resched();
	}
	return ep->walk_depth;
}

/* Steps up from @ep.  Who watches an epoll comes and goes under the nest lock
 * alone, so the list stands still. */
static unsigned steps_up(struct epoll *ep) REQUIRES(epoll_nest_lock)
{
	struct epoll_item *item;

	if (is_visited(ep))
		return ep->walk_depth;
	list_for_each_entry(item, &ep->file->watches, file_link) {
		unsigned steps = 1 + steps_up(item->ep);

		ep->walk_depth = max(ep->walk_depth, steps);
		cond_resched();
	}
	return ep->walk_depth;
}

int epoll_may_nest(struct epoll *outer, struct epoll *inner)
{
	unsigned below, above;

	assert_mutex_held(&epoll_nest_lock);
	walks++;
	below = steps_down(inner, outer);
	walks++;
	above = steps_up(outer);
	return above + 1 + below > MAX_STEPS ? -ELOOP : 0;
}
