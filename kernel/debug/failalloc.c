/*
 * debug/failalloc.c - see failalloc.h.
 */
#include "debug/failalloc.h"

#include "arch/barrier.h"
#include "arch/context.h"
#include "arch/hart.h"
#include "debug/ksyms.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#if LAB

bool failalloc_used;

static struct failalloc *own(void)
{
	struct arch_thread *self = hart_self()->current;

	assert(self != NULL);
	return &self->failalloc;
}

/* An interrupt's are counted, too; but none allocates.  Early in boot there is
 * nobody who could have asked. */
bool failalloc_count(uintptr_t where)
{
	if (hart_self()->current == NULL)
		return false;

	struct failalloc *f = own();

	if (f->state != FAILALLOC_COUNTS)
		return false;
	if (++f->taken != f->nth)
		return false;
	f->where = where;
	return true;
}

void failalloc_begin(void)
{
	struct failalloc *f = own();

	if (f->state == FAILALLOC_ASKED)
		f->state = FAILALLOC_COUNTS;
}

/* The call that has asked is over as well: what counts is the next one. */
void failalloc_end(void)
{
	struct failalloc *f = own();

	if (f->state == FAILALLOC_COUNTS)
		f->state = FAILALLOC_OFF;
}

int failalloc_ask(const char *word)
{
	const char *end;
	uint64_t nth;

	if (!parse_u64(word, &end, 10, &nth) || *end != '\0' || nth > UINT32_MAX)
		return -EINVAL;
	*own() = (struct failalloc){
		.state = FAILALLOC_ASKED,
		.nth = (uint32_t)nth,
	};
	WRITE_ONCE(failalloc_used, true);
	return 0;
}

void failalloc_tell(char *line, size_t size)
{
	const struct failalloc *f = own();
	uintptr_t offset = 0;
	const char *name = f->where == 0 ? NULL : ksym_lookup(f->where, &offset);

	if (f->where == 0)
		ksnprintf(line, size, "taken %u\n", f->taken);
	else
		ksnprintf(line, size, "taken %u refused %s+%#lx\n", f->taken,
			  name != NULL ? name : "?", offset);
}

#endif
