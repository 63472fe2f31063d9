/*
 * net/netlink/route.c - NETLINK_ROUTE: what there is of a network.
 *
 * There is lo, with its two addresses, and the routes to them; nothing can be added
 * or changed, and who asks for what is already so has it.
 *
 * Types come in fours: what is there now, one that is gone, a request for what there
 * is, and for a change.
 */
#include "net/netlink/route.h"

#include "lib/errno.h"
#include "vfs/cred.h"

#define RTM_GETLINK 18
#define RTM_SETLINK 19
#define RTM_GETADDR 22
#define RTM_GETROUTE 26
#define RTM_GETNEIGH 30

#define RTM_KIND 3U
#define RTM_KIND_GET 2U

typedef int (*teller)(struct request *r, struct answer *a);

static const struct {
	unsigned type;
	teller one, all;
} table[] = {
	{ RTM_GETLINK, route_get_link, route_dump_links },
	{ RTM_GETADDR, route_get_address, route_dump_addresses },
	{ RTM_GETROUTE, route_get_route, route_dump_routes },
	{ RTM_GETNEIGH, route_get_neighbour, route_dump_neighbours },
};

/* What stops a dump is told where it ends. */
static int give_all(struct request *r, teller tell_of)
{
	struct answer a;
	int err = answer_init(&a, r, NLM_F_MULTI);

	if (err == 0) {
		answer_done(&a, tell_of(r, &a));
		err = answer_send(&a);
	}
	answer_free(&a);
	return err != 0 ? err : NETLINK_DUMPED;
}

static int give_one(struct request *r, teller tell_of)
{
	struct answer a;
	int err = answer_init(&a, r, 0);

	if (err == 0)
		err = tell_of(r, &a);
	if (err == 0)
		err = answer_send(&a);
	answer_free(&a);
	return err;
}

static int answer(struct request *r)
{
	bool all = (r->head->flags & NLM_F_DUMP) != 0;

	for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].type == r->head->type)
			return all ? give_all(r, table[i].all) :
				     give_one(r, table[i].one);
	return -EOPNOTSUPP;
}

static int change(struct request *r)
{
	if (!cred_can(current_cred(), CAP_NET_ADMIN))
		return -EPERM;
	if (r->head->type == RTM_NEWLINK || r->head->type == RTM_SETLINK)
		return route_set_link(r);
	return -EOPNOTSUPP;
}

/* All have a family first; less is none. */
int route_ask(struct request *r)
{
	if (request_body(r, 1) == NULL)
		return 0;
	return (r->head->type & RTM_KIND) == RTM_KIND_GET ? answer(r) : change(r);
}
