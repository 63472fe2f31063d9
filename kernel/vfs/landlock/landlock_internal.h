#pragma once

/*
 * vfs/landlock/landlock_internal.h - which layers still have to allow what.
 *
 *	domain.c	domains, and looking rules up
 *	ruleset.c	rulesets
 *	climb.c		what is allowed below a directory
 *	move.c		new names for what is there
 */

#include "vfs/landlock/landlock.h"

/* Of some rights, those that each layer has not allowed yet. */
struct landlock_missing {
	uint32_t of[LANDLOCK_LAYERS];
};

/* What the layer handles of files: once it handles any, it has to allow who moves
 * files between directories, whether it has heard of that or not. */
static inline uint32_t handled_of_files(const struct landlock_domain *layer)
{
	return layer->handled.fs != 0 ? layer->handled.fs | LANDLOCK_FS_REFER : 0;
}

/* Where two keys are in order: < 0, 0, > 0. */
int landlock_compare(const struct landlock_key *a, const struct landlock_key *b);
/* That of @rules, which are sorted, or where it would be; true: it is there. */
bool landlock_find(const struct landlock_rule *rules, unsigned nr,
		   const struct landlock_key *key, unsigned *at);

/* @m is what the layers of @d that handle some of the rights @wanted have to allow. */
void landlock_want(struct landlock_missing *m, const struct landlock_domain *d,
		   uint32_t wanted);
/* Less what rules about @at allow. */
void landlock_grant(struct landlock_missing *m, const struct landlock_domain *d,
		    const struct path *at);
/* What any layer has not allowed. */
static inline uint32_t landlock_lacks(const struct landlock_missing *m)
{
	uint32_t lacks = 0;

	for (unsigned i = 0; i < LANDLOCK_LAYERS; i++)
		lacks |= m->of[i];
	return lacks;
}

/* *@at goes to the directory that it is in, out of what is mounted: 1; 0, there is
 * none; -EAGAIN, who @peeks cannot say. */
int landlock_go_up(struct path *at, bool peeks);
/* The right to make something of @type. */
uint32_t landlock_making(unsigned type);
