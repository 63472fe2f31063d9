/*
 * tests/fuzz/fuzz.c - what parsers ask of the kernel, on the host.
 */

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bug.h"
#include "mm/slab.h"

long fuzz_allocated;

char *fuzz_string(const uint8_t *data, size_t size)
{
	return strndup((const char *)data, size);
}

/* Of lib/string.h, which a C library need not have. */
size_t strlcpy(char *to, const char *from, size_t size)
{
	return (size_t)snprintf(to, size, "%s", from);
}

/* ---- mm/slab.h ---- */

void *kmalloc(size_t size)
{
	fuzz_allocated++;
	return malloc(size);
}

void *kzalloc(size_t size)
{
	fuzz_allocated++;
	return calloc(1, size);
}

char *kstrdup(const char *s)
{
	fuzz_allocated++;
	return strdup(s);
}

void kfree(void *object)
{
	fuzz_allocated -= object != NULL;
	free(object);
}
