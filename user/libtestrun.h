#pragma once

/*
 * libtestrun.h - one run of one test program, from its start to its verdict.
 *
 *	struct test_order order = { .folder = "/tests/stress", .seconds = 1,
 *				    .seed = 1, .number = 1 };
 *	good = testrun(&test, &order);
 *
 * The verdict is printed as one line of TAP. What the runs of a
 * program came to is summed in its struct test.
 */

#include <stdbool.h>

/* What the counters said of one program's runs, summed. */
struct work {
	long rounds, faults, cow_copies, shootdowns, ipis;
};

/* A program, and what became of its runs. */
struct test {
	char name[256];		/* as long as a file name */
	int runs, failures;
	bool skips;		/* not for this machine */
	struct work work;
};

/* How a program is to be run, and under which number its result is printed. */
struct test_order {
	const char *folder;	/* where the program is */
	int seconds;		/* 0: an abi test, which takes no arguments */
	long rounds;		/* 0: go by the time */
	unsigned seed;
	const char *mode;	/* of the race points; NULL: as it is */
	bool control;		/* with -X: it has to fail */
	int number;
};

/* True when nothing was wrong. */
bool testrun(struct test *test, const struct test_order *order);

/* Since boot, for what is to end in time. */
long testrun_now_ms(void);
