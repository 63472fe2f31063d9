/*
 * tests/abi/adjtimex.c
 *
 * Claim    adjtimex() and clock_adjtime() tell the state of the clock, keep
 *          what they are told, within Linux's bounds, and refuse what Linux
 *          refuses.  What they are told acts: a step, a frequency, an offset
 *          made up for little by little; the time of day never goes backwards
 *          meanwhile.  settimeofday() keeps a zone.
 * Method   The time of day beside the raw monotonic clock, read from user mode
 *          and by call.  Only where the machine is the test's own is anything
 *          changed.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

enum { CHANGES = 35, MS = 1000000 };

static long call_adjtimex(struct timex *tx)
{
	return syscall(SYS_adjtimex, tx);
}

static long ns_of(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void test_reading(void)
{
	struct timex tx = { .modes = 0 };
	int state = call_adjtimex(&tx);

	ok(state >= TIME_OK && state <= TIME_ERROR, "a state: %d", state);
	ok(tx.tick >= 9000 && tx.tick <= 11000, "a tick of %ld us", tx.tick);
	is_int(tx.tolerance, 500 << 16, "a tolerance");
	ok(labs(tx.time.tv_sec - time(NULL)) <= 1, "the time");
	is_int(clock_adjtime(CLOCK_REALTIME, &tx), state, "clock_adjtime()");
	tx.modes = ADJ_OFFSET_SS_READ;
	ok(call_adjtimex(&tx) >= 0, "what adjtime() has left to do");
}

static void test_errors(void)
{
	struct timex tx = { .modes = 0 };

	fails(call_adjtimex((void *)8), EFAULT, "no memory");
	fails(clock_adjtime(77, &tx), EINVAL, "no clock");
	fails(clock_adjtime(CLOCK_MONOTONIC, &tx), EOPNOTSUPP,
	      "a clock that nobody adjusts");
	tx.modes = 0x8000;
	fails(call_adjtimex(&tx), EINVAL, "adjtime() without an offset");
}

static int as_nobody(void *unused TAP_UNUSED)
{
	struct timex tx = { .modes = ADJ_FREQUENCY };
	struct timeval tv = { 2000000000, 0 };

	if (setuid(1234) < 0)
		return 1;
	if (call_adjtimex(&tx) != -1 || errno != EPERM)
		return 2;
	tx.modes = ADJ_SETOFFSET;
	if (call_adjtimex(&tx) != -1 || errno != EPERM)
		return 3;
	tx.modes = ADJ_OFFSET_SINGLESHOT;
	if (call_adjtimex(&tx) != -1 || errno != EPERM)
		return 4;
	tx.modes = ADJ_OFFSET_SS_READ;
	if (call_adjtimex(&tx) < 0)
		return 5;
	return settimeofday(&tv, NULL) == -1 && errno == EPERM ? 0 : 6;
}

/* --- what acts --------------------------------------------------------------- */

/* How far the time of day is ahead of the clock that nobody adjusts; the
 * nearest of some looks, for we may be interrupted between two clocks. */
static long ahead(void)
{
	long best = 0, width = 1L << 62;

	for (int i = 0; i < 20; i++) {
		long before = ns_of(CLOCK_MONOTONIC_RAW);
		long day = ns_of(CLOCK_REALTIME);
		long after = ns_of(CLOCK_MONOTONIC_RAW);

		if (after - before < width) {
			width = after - before;
			best = day - before - width / 2;
		}
	}
	return best;
}

static void adjust(const char *what, struct timex tx)
{
	if (call_adjtimex(&tx) < 0)
		bail_out("%s: %s", what, strerror(errno));
}

/* How far it gets ahead in a while, per million; and never backwards. */
static long drift_ppm(long *backwards)
{
	long began = ns_of(CLOCK_MONOTONIC_RAW), first = ahead();
	long last = ns_of(CLOCK_REALTIME), now, ended;

	*backwards = 0;
	do {
		struct timespec ts;

		now = ns_of(CLOCK_REALTIME);
		*backwards += now < last;
		syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
		last = ts.tv_sec * 1000000000L + ts.tv_nsec;
		*backwards += last < now;
		ended = ns_of(CLOCK_MONOTONIC_RAW);
	} while (ended - began < 300L * MS);
	return (ahead() - first) * 1000 / ((ended - began) / 1000);
}

static void test_drift(const char *name, struct timex tx, long want)
{
	long backwards, ppm;

	adjust(name, tx);
	ppm = drift_ppm(&backwards);
	ok(labs(ppm - want) <= 40 + labs(want) / 5, "%s: %ld ppm, want %ld",
	   name, ppm, want);
	is_int(backwards, 0, "and never backwards");
}

static void test_rates(void)
{
	test_drift("a frequency of 400 ppm", (struct timex){
			.modes = ADJ_FREQUENCY, .freq = 400 << 16 }, 400);
	test_drift("and of -400 ppm", (struct timex){
			.modes = ADJ_FREQUENCY, .freq = -400 * 65536 }, -400);
	test_drift("a tick of 11,000 us", (struct timex){
			.modes = ADJ_TICK | ADJ_FREQUENCY, .tick = 11000 },
		   100000);
	test_drift("and of 9,000 us", (struct timex){
			.modes = ADJ_TICK, .tick = 9000 }, -100000);
	test_drift("as it was", (struct timex){
			.modes = ADJ_TICK, .tick = 10000 }, 0);
	test_drift("adjtime() by a second", (struct timex){
			.modes = ADJ_OFFSET_SINGLESHOT, .offset = 1000000 }, 500);
	test_drift("and back", (struct timex){
			.modes = ADJ_OFFSET_SINGLESHOT, .offset = -1000000 },
		   -500);
	test_drift("and not", (struct timex){
			.modes = ADJ_OFFSET_SINGLESHOT, .offset = 0 }, 0);
}

/* 400 us take 800 ms: then the clock goes on as before. */
static void test_end(void)
{
	struct timex left = { .modes = ADJ_OFFSET_SS_READ };
	long first = ahead(), last;

	adjust("adjtime()", (struct timex){ .modes = ADJ_OFFSET_SINGLESHOT,
					    .offset = 400 });
	do
		call_adjtimex(&left);
	while (left.offset > 0 && (left.modes = ADJ_OFFSET_SS_READ));
	usleep(20000);
	last = ahead();
	ok(labs(last - first - 400000) < 100000, "400,000 ns were made up for: %ld",
	   last - first);
}

static void test_step(void)
{
	struct timex tx = { .modes = ADJ_SETOFFSET | ADJ_NANO,
			    .time = { 100, 500 * MS } };
	long first = ahead(), last;

	adjust("a step", tx);
	last = ahead();
	ok(labs(last - first - 100500L * MS) < 10 * MS, "a step of 100.5 s: %ld",
	   last - first);
	tx = (struct timex){ .modes = ADJ_SETOFFSET,
			     .time = { -101, 500000 } };
	adjust("a step back", tx);
	ok(labs(ahead() - first) < 10 * MS, "and back, in microseconds");
	tx = (struct timex){ .modes = 0 };
	is_int(call_adjtimex(&tx), TIME_ERROR, "nobody says that it is right");
	ok(tx.status & STA_UNSYNC, "it is not synchronized");
}

static void test_kept(void)
{
	struct timex tx = { .modes = ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR |
				     ADJ_TIMECONST | ADJ_FREQUENCY |
				     ADJ_MICRO,
			    .status = STA_PLL, .maxerror = 1234, .esterror = 567,
			    .constant = 3, .freq = 1000 << 16 };

	is_int(call_adjtimex(&tx), TIME_OK, "now it is right");
	is_int(tx.status, STA_PLL, "the status");
	is_int(tx.maxerror, 1234, "the largest error");
	is_int(tx.esterror, 567, "the error");
	is_int(tx.constant, 7, "the constant");
	is_int(tx.freq, 500 << 16, "a frequency too high is the highest");
	tx = (struct timex){ .modes = ADJ_STATUS | ADJ_FREQUENCY,
			     .status = STA_UNSYNC };
	is_int(call_adjtimex(&tx), TIME_ERROR, "and not any more");
}

static void test_refused(void)
{
	struct timex tx = { .modes = ADJ_TICK, .tick = 8999 };

	fails(call_adjtimex(&tx), EINVAL, "a tick too short");
	tx.tick = 11001;
	fails(call_adjtimex(&tx), EINVAL, "and too long");
	tx = (struct timex){ .modes = ADJ_SETOFFSET, .time = { 0, 1000000 } };
	fails(call_adjtimex(&tx), EINVAL, "no microseconds");
	tx = (struct timex){ .modes = ADJ_FREQUENCY, .freq = 1L << 62 };
	fails(call_adjtimex(&tx), EINVAL, "no frequency");
}

static void test_zone(void)
{
	struct timezone east = { -60, 1 }, utc = { 0, 0 }, got;
	struct timezone far = { 901, 0 };

	fails(settimeofday(NULL, &far), EINVAL, "there is no such zone");
	/* The first that is set alone moves the clock, so it has no minutes. */
	settimeofday(NULL, &utc);
	settimeofday(NULL, &east);
	syscall(SYS_gettimeofday, NULL, &got);
	ok(got.tz_minuteswest == -60 && got.tz_dsttime == 1, "a zone is kept");
	settimeofday(NULL, &utc);
}

int main(void)
{
	plan(10 + CHANGES);
	test_reading();
	test_errors();
	if (!on_drover()) {
		skip(CHANGES, "the clock is somebody's");
		return done_testing();
	}
	is_exit(in_child(as_nobody, NULL), 0, "only root changes it");
	test_rates();
	test_end();
	test_step();
	test_kept();
	test_refused();
	test_zone();
	return done_testing();
}
