#pragma once

/*
 * libmemory.h - memory that comes back when those who had it are gone.
 */

#include "libstress.h"

#include <sys/sysinfo.h>

enum { MEMORY_LOOKS = 600 };

static long free_kib(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return info.freeram / 1024 * info.mem_unit;
}

/* Until so much is free again: those whom @who made, and who were killed, end
 * by and by. */
static void wait_for_memory(long enough, const char *who)
{
	long now = 0;

	for (int i = 0; i < MEMORY_LOOKS; i++) {
		now = free_kib();
		if (now >= enough)
			return;
		stress_pause_ms(10);
	}
	stress_check(false, "%s: %ld of %ld KiB came back", who, now, enough);
}
