#pragma once

/*
 * proc/task/hostname.h - what the machine and its domain are called: uname(),
 * sethostname(), setdomainname(), /proc/sys/kernel.
 */

#include "lib/types.h"

#define HOSTNAME_MAX 64
#define OS_TYPE "Linux"            /* whose programs run here */
#define OS_RELEASE "6.13.0-drover"  /* the Linux whose calls are answered */

/* With the NUL. */
void hostname_get(char name[HOSTNAME_MAX + 1]);
/* @n bytes, at most HOSTNAME_MAX; no NUL needed. */
void hostname_set(const char *name, size_t n);
/* The same of the domain, which is "(none)" at first. */
void domainname_get(char name[HOSTNAME_MAX + 1]);
void domainname_set(const char *name, size_t n);
