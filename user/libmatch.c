/*
 * user/libmatch.c - names chosen by patterns; see libmatch.h.
 */
#include "libmatch.h"

#include <fnmatch.h>
#include <stddef.h>

bool matches_any(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (fnmatch(*patterns, name, 0) == 0)
			return true;
	return false;
}
