#pragma once

/*
 * arch/icache.h - instructions that were just written.
 *
 * A hart may go on executing what was in memory before, until it executes
 * FENCE.I.
 *
 * What the kernel has written may be fetched by anybody: all harts execute
 * one, at once.  What a program has written concerns who runs its address
 * space.  So the harts that do are interrupted, and each of the others, which
 * cost nothing, executes its FENCE.I when it enters the address space next:
 * until then it is in the set `stale` (struct tlb_context).
 */

struct tlb_context;

/* When it returns every hart fetches what this hart has stored before. */
void icache_sync_all(void);

/*
 * When it returns every hart that runs @ctx, which the caller does, fetches
 * what this thread has stored before; any other will have once it runs it.
 * Context: interrupts on, no spinlock held.
 */
void icache_sync(struct tlb_context *ctx);

/* The part of a hart that enters @ctx, or is interrupted for it.  Interrupts off. */
void icache_catch_up(struct tlb_context *ctx);

/* @child, which nobody has entered, will have the code of @parent, and owes what
 * is owed for it. */
void icache_inherit(struct tlb_context *child, const struct tlb_context *parent);
