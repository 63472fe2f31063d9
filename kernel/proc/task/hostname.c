/*
 * proc/task/hostname.c - see hostname.h.
 */
#include "proc/task/hostname.h"

#include "lib/bug.h"
#include "lib/string.h"
#include "sync/spinlock.h"

/* Readers copy them under the lock, so none sees half of two names. */
static struct spinlock hostname_lock = SPINLOCK_INIT(RANK_PROC_TREE);
static char hostname[HOSTNAME_MAX + 1] GUARDED_BY(hostname_lock) = "drover";
static char domainname[HOSTNAME_MAX + 1] GUARDED_BY(hostname_lock) = "(none)";

static char *host(void) REQUIRES(hostname_lock)
{
	return hostname;
}

static char *domain(void) REQUIRES(hostname_lock)
{
	return domainname;
}

static void put_name(char *to, const char *name, size_t n)
{
	assert(n <= HOSTNAME_MAX);
	memcpy(to, name, n);
	to[n] = '\0';
}

void hostname_get(char name[HOSTNAME_MAX + 1])
{
	spin_lock(&hostname_lock);
	strlcpy(name, host(), sizeof(hostname));
	spin_unlock(&hostname_lock);
}

void hostname_set(const char *name, size_t n)
{
	spin_lock(&hostname_lock);
	put_name(host(), name, n);
	spin_unlock(&hostname_lock);
}

void domainname_get(char name[HOSTNAME_MAX + 1])
{
	spin_lock(&hostname_lock);
	strlcpy(name, domain(), sizeof(domainname));
	spin_unlock(&hostname_lock);
}

void domainname_set(const char *name, size_t n)
{
	spin_lock(&hostname_lock);
	put_name(domain(), name, n);
	spin_unlock(&hostname_lock);
}
