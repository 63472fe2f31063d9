#pragma once

/*
 * vfs/groups.h - the supplementary groups somebody is in: a list, sorted so
 * that one of 65,536 is found at once.  It never changes once anybody else can
 * see it, and all sets of credentials that were copied from one share it.
 */

#include "lib/types.h"
#include "sync/refcount.h"

#define GROUPS_MAX 65536

/* (c) but for the count. */
struct groups {
	struct refcount refs;
	unsigned nr;
	unsigned gid[];
};

/* Of no group; everybody's who never called setgroups(). */
extern struct groups no_groups;

/* For @nr, to be filled in and sorted; with a reference.  NULL: no memory. */
struct groups *groups_alloc(unsigned nr);
void groups_sort(struct groups *groups);
struct groups *groups_get(struct groups *groups);
void groups_put(struct groups *groups);

bool groups_have(const struct groups *groups, unsigned gid);
