#pragma once

/*
 * debug/backtrace.h - which calls led here.
 *
 * The lab build keeps frame pointers: the compiler stores the caller's and
 * the return address just below what s0 points to.  A chain must climb, and
 * stay on one stack.  Any context, a panic included.
 */

#include "lib/compiler.h"
#include "lib/types.h"

#define BACKTRACE_MAX 24

/* The return addresses of the frame at @fp and of its callers, at most @max
 * of them, into @callers; how many there are.  Lab build. */
unsigned backtrace_take(uint64_t fp, uint64_t *callers, unsigned max);

/* One line each. */
void backtrace_print(uint64_t fp);
void backtrace_print_callers(const uint64_t *callers, unsigned n);

/* "LABEL ADDRESS function+offset", of the function that @inside lies in. */
void backtrace_print_place(const char *label, uint64_t pc, uint64_t inside);

/* The same of a return address: the call before it may end a function. */
void backtrace_print_caller(const char *label, uint64_t ra);
