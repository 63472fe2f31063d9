#pragma once

/*
 * init/lab.h - what the command line asks of the lab build: seed= and
 * points= (debug/race.h), schedule= (debug/seeded.h), shadow=
 * (debug/shadow.h), trace= (debug/trace.h).
 */

/* The command line has been read.  The release build refuses what it lacks. */
void lab_init(void);
/* The same for what takes memory: the rings of a trace of the whole run. */
void lab_init_memory(void);
