#pragma once

/*
 * debug/ubsan.h - undefined behaviour, seen when it happens.
 *
 * With -fsanitize=undefined the compiler puts a check before each operation
 * that C leaves undefined for some values, and calls a function of ours with
 * the place, the types and the values when it is about to happen.  Found are
 *
 *	shifts by too much, sums, products and quotients that do not fit
 *	an index outside an array
 *	null and misaligned pointers, pointers that wrap around
 *	a bool that is neither 0 nor 1: memory that nobody has set
 *	a place that was said never to be reached
 *
 * PROFILE=checked has it.
 */

/* Make each of these mistakes; debug/detector.h. */
void ubsan_test(void);
/* The one that nobody comes back from. */
void ubsan_test_unreachable(void);
