/*
 * debug/shadow_code.c - see shadow_code.h.
 */

#include "debug/shadow_code.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/shadow.h"
#include "lib/bug.h"

#if LAB

uint64_t shadow_code_asked(struct shadow_code *s)
{
	/*
	 * ORDER shadow-code, asking side; the other is shadow_code_mark().
	 * Who finds the number fences after the code was stored.
	 */
	return atomic_fetch_add_full(&s->asked, 1UL) + 1;
}

void shadow_code_returns(struct shadow_code *s, uint64_t number)
{
	uint64_t before;

	/* No ORDER: the highest wins. */
	do {
		before = READ_ONCE(s->returned);
	} while (before < number && !atomic_replace(&s->returned, before, number));
}

uint64_t shadow_code_mark(const struct shadow_code *s)
{
	/* ORDER shadow-code, serving side; the other is shadow_code_asked(). */
	return load_acquire(&s->asked);
}

void shadow_code_fenced(struct shadow_code *s, uint64_t number)
{
	WRITE_ONCE(s->served[hart_id()], number);
}

void shadow_code_owed(struct shadow_code *s, struct hartmask owe)
{
	unsigned h;

	s->asked = s->returned = 1;
	for (h = 0; h < MAX_HARTS; h++)
		s->served[h] = hartmask_has(owe, h) ? 0 : 1;
}

void shadow_code_check(const struct shadow_code *s)
{
	uint64_t served = READ_ONCE(s->served[hart_id()]);
	uint64_t returned = READ_ONCE(s->returned);

	if (shadow_on && served < returned)
		panic("hart %u runs a program without the FENCE.I it owes: %lu of %lu",
		      hart_id(), served, returned);
}

#endif
