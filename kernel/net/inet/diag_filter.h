#pragma once

/*
 * net/inet/diag_filter.h - a program by which who asks for sockets (SOCK_DIAG) says
 * of which he wants to be told, as ss(8) makes it of "sport = :22".
 */

#include "net/inet/inet_internal.h"

/* What it looks at. */
struct diag_subject {
	int family;
	struct endpoint local, remote;
	bool port_is_chosen; /* by the kernel */
};

/* May the @n bytes be run?  0; -EINVAL, -ENOMEM; -EPERM: they ask for marks, which are
 * for CAP_NET_ADMIN.  They are at a multiple of 4. */
int diag_filter_check(const void *program, size_t n);
/* They may: does it let @s pass? */
bool diag_filter_passes(const void *program, size_t n,
			const struct diag_subject *s);
