#pragma once

/*
 * arch/icache.h - instructions that were just written.
 *
 * A hart may go on executing what was in memory before, until it executes
 * FENCE.I.
 */

/* When it returns every hart fetches what this hart has stored before. */
void icache_sync_all(void);
