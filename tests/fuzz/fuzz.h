#pragma once

/*
 * tests/fuzz/fuzz.h - what every fuzzer of a parser includes.
 *
 * A fuzzer hands bytes that libFuzzer makes up to one parser of the kernel's,
 * as an ordinary program on the host, under the address and undefined-behaviour
 * sanitizers.  The first line of NAME.c names the kernel sources it is linked
 * with, relative to kernel/, and fuzz.c is always one more:
 *
 *	/+ sources: lib/cpio.c +/		(as a C comment)
 *
 * What the parser is asked beside surviving, fuzz_check() asks: a wrong answer
 * is as much of a finding as a wrong access.  The inputs that reached something
 * new are kept in corpus/NAME, and run by `make unit`.
 */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As a kernel's panic(): the input is kept, and the run is over. */
#define fuzz_check(cond)						\
	do {								\
		if (!(cond))						\
			panic("%s:%d: %s", __FILE__, __LINE__, #cond);	\
	} while (0)

/* A copy as a string, which ends at the first NUL, or with all; free() it. */
char *fuzz_string(const uint8_t *data, size_t size);

/* How much was allocated by kmalloc() and is not freed yet; each input has to
 * leave that as it was. */
extern long fuzz_allocated;
