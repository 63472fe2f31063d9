#pragma once

/*
 * libmatch.h - names chosen by patterns.
 */

#include <stdbool.h>

/* One of the shell patterns, a list that ends with NULL, matches @name; none
 * at all match every name. */
bool matches_any(const char *name, char **patterns);
