#pragma once

/*
 * proc/task/hostname.h - what the machine and its domain are called: uname(),
 * sethostname(), setdomainname(), /proc/sys/kernel.
 */

#include "lib/types.h"

#define HOSTNAME_MAX 64
#define OS_TYPE "Linux"            /* whose programs run here */
#define OS_RELEASE "6.13.0-drover"  /* the Linux whose calls are answered */

enum own_name { HOST_NAME, DOMAIN_NAME /* "(none)" at first */ };

/* With the NUL. */
void own_name_get(enum own_name which, char name[HOSTNAME_MAX + 1]);
/* @n bytes, at most HOSTNAME_MAX; no NUL needed. */
void own_name_set(enum own_name which, const char *name, size_t n);
