#pragma once

/*
 * libsignal.h - a signal that is blocked is waited for.
 */

#include "../tap.h"

#include <signal.h>
#include <time.h>

TAP_UNUSED static sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

/* Waits for @sig: true if it comes. */
TAP_UNUSED static bool comes(int sig, siginfo_t *info)
{
	const struct timespec long_enough = { 60, 0 };
	sigset_t set = set_of(sig);
	int got;

	do
		got = sigtimedwait(&set, info, &long_enough);
	while (got < 0 && errno == EINTR);
	return got == sig;
}
