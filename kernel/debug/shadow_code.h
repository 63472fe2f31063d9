#pragma once

/*
 * debug/shadow_code.h - has every hart executed the FENCE.I that it owes?
 * Lab build only.
 *
 * QEMU's harts never fetch what is old, so a FENCE.I that is missing does no
 * harm there.  So those that a program asks for are numbered, by address
 * space, and each hart says which it has served.  From its entry to its leave a
 * hart has served all whose call has returned; that it has not is a panic.
 *
 * `shadow=off` on the command line switches it off, too.
 */

#include "lib/hartmask.h"
#include "lib/types.h"

#if LAB

/* Of one address space; part of its struct tlb_context. */
struct shadow_code {
	uint64_t asked;             /* (a) number of the last call; ORDER shadow-code */
	uint64_t returned;          /* (a) the highest of a call that has returned */
	uint64_t served[MAX_HARTS]; /* (a) its hart writes: what it has served */
};

/* A call begins, its code stored; its number.  And it returns. */
uint64_t shadow_code_asked(struct shadow_code *s);
void shadow_code_returns(struct shadow_code *s, uint64_t number);
/* The number that a FENCE.I of this hart will serve; and it was executed. */
uint64_t shadow_code_mark(const struct shadow_code *s);
void shadow_code_fenced(struct shadow_code *s, uint64_t number);
/* A new address space has code for which the harts @owe a FENCE.I. */
void shadow_code_owed(struct shadow_code *s, struct hartmask owe);
/* This hart is among those that run the address space.  Interrupts off. */
void shadow_code_check(const struct shadow_code *s);

#define shadow_code_of(ctx) (&(ctx)->shadow_code)

#else

struct shadow_code;
#define shadow_code_asked(s) 0UL
#define shadow_code_returns(s, number) ((void)(number))
#define shadow_code_mark(s) 0UL
#define shadow_code_fenced(s, number) ((void)(number))
#define shadow_code_owed(s, owe) ((void)sizeof(owe))
#define shadow_code_check(s) ((void)(s))
#define shadow_code_of(ctx) ((void)sizeof(ctx), (struct shadow_code *)NULL)

#endif
