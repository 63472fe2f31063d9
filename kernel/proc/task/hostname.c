/*
 * proc/task/hostname.c - see hostname.h.
 */
#include "proc/task/hostname.h"

#include "lib/bug.h"
#include "lib/string.h"
#include "sync/spinlock.h"

/* Readers copy them under the lock, so none sees half of two names. */
static struct spinlock names_lock = SPINLOCK_INIT(RANK_PROC_TREE);
static char names[][HOSTNAME_MAX + 1] GUARDED_BY(names_lock) = {
	[HOST_NAME] = "drover",
	[DOMAIN_NAME] = "(none)",
};

static char *name_of(enum own_name which) REQUIRES(names_lock)
{
	return names[which];
}

static void put_name(char *to, const char *name, size_t n)
{
	assert(n <= HOSTNAME_MAX);
	memcpy(to, name, n);
	to[n] = '\0';
}

void own_name_get(enum own_name which, char name[HOSTNAME_MAX + 1])
{
	spin_lock(&names_lock);
	strlcpy(name, name_of(which), HOSTNAME_MAX + 1);
	spin_unlock(&names_lock);
}

void own_name_set(enum own_name which, const char *name, size_t n)
{
	spin_lock(&names_lock);
	put_name(name_of(which), name, n);
	spin_unlock(&names_lock);
}
