#pragma once

/*
 * tests/unit/unit.h - what every unit test includes.
 *
 * A unit test runs parts of the kernel that need no machine as an ordinary
 * program on the host, under the address and undefined-behaviour sanitizers.
 * The first line of X_test.c names the kernel sources it is linked with,
 * relative to kernel/, and unit.c is always one more:
 *
 *	/+ sources: lib/avl.c lib/rng.c +/		(as a C comment)
 *
 * A failed assert() of the kernel's reaches unit.c's panic(), and fails the
 * test unless that stands inside expect_assert_failure().
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Run a table of struct CMUnitTest and print TAP; main() returns this. */
#define UNIT_RUN(tests)							\
	(cmocka_set_message_output(CM_OUTPUT_TAP),			\
	 cmocka_run_group_tests(tests, NULL, NULL))

/*
 * A copy of @size bytes with nothing readable behind it, so that one byte
 * read too many is an error.  free() it.
 */
void *unit_copy(const void *bytes, size_t size);
