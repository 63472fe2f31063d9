#pragma once

/*
 * libgrowth.h - rows of growth.c: one operation among n of something.
 *
 * A row's function sets up n of what the row is about, and returns what one
 * operation cost then:
 *
 *	static double open_file(long n)
 *	{
 *		open_many(n);
 *		return cheapest(100, open_and_close);
 *	}
 */

#include "libmeasure.h"

enum { NR_SIZES = 3 };

struct growth {
	const char *name;
	double (*cost)(long n);	/* instructions per operation */
	long sizes[NR_SIZES];
};

extern const struct growth process_growth[], signal_growth[], file_growth[],
	memory_growth[];	/* each ends with a row without name */

/* Instructions since growth_start(), for each of @ops. */
void growth_start(void);
double growth_stop(long ops);
/* Of one call of @op, @ops in a row, the cheapest of some times; others met
 * the clock's interrupt.  A negative result ends the row. */
double cheapest(long ops, long (*op)(void));
