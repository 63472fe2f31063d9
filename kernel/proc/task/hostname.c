/*
 * proc/task/hostname.c - see hostname.h.
 */
#include "proc/task/hostname.h"

#include "lib/bug.h"
#include "lib/string.h"
#include "sync/spinlock.h"

/* Readers copy it under the lock, so none sees half of two names. */
static struct spinlock hostname_lock = SPINLOCK_INIT(RANK_PROC_TREE);
static char hostname[HOSTNAME_MAX + 1] GUARDED_BY(hostname_lock) = "drover";

static char *host(void) REQUIRES(hostname_lock)
{
	return hostname;
}

void hostname_get(char name[HOSTNAME_MAX + 1])
{
	spin_lock(&hostname_lock);
	strlcpy(name, host(), sizeof(hostname));
	spin_unlock(&hostname_lock);
}

void hostname_set(const char *name, size_t n)
{
	assert(n <= HOSTNAME_MAX);
	spin_lock(&hostname_lock);
	memcpy(host(), name, n);
	host()[n] = '\0';
	spin_unlock(&hostname_lock);
}
