#pragma once

/*
 * proc/sched/hotplug_internal.h - between the idle loop and hotplug.c.
 */

#include "lib/compiler.h"

/* The idle thread of a hart whose queue is closed: nobody runs here any more. */
void sched_leave_hart(void) __noreturn;
