#pragma once

/*
 * debug/detector.h - what a detector of PROFILE=checked does with a finding.
 *
 * It is a panic, but for one thread: the one that tests the detector.  That
 * makes the mistakes on purpose, one after the other; each must be reported
 * once, with the calls that led to it, and code that is right not at all.
 *
 *	echo ubsan >/proc/drover/provoke
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct planted {
	const char *name;
	void (*commit)(void);
	bool right; /* nothing may be reported */
};

/* @detector ("undefined behaviour") has found what @fmt says.  Comes back
 * only to the thread that tests it. */
void detector_found(const char *detector, const char *fmt, ...) __printf(2, 3);
/* The same, with more lines that @explain(@arg) prints. */
void detector_found_with(const char *detector, void (*explain)(const void *arg),
			 const void *arg, const char *fmt, ...) __printf(4, 5);

/* Commit the @n @faults in turn; panics when one is not told of. */
void detector_test(const char *detector, const struct planted *faults, unsigned n);

/* The test that has this name, for debug/provoke.c; NULL: there is none in
 * this build. */
void (*detector_find_test(const char *name))(void);
