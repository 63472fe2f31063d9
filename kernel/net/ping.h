#pragma once

/*
 * net/ping.h - who may have sockets of ICMP that are no raw ones: members of the
 * groups in a range (net.ipv4.ping_group_range), of which there are none at first.
 */

struct ping_groups {
	unsigned first, last; /* last < first: none */
};

struct ping_groups ping_groups_get(void);
void ping_groups_set(struct ping_groups groups);
