/*
 * proc/time/adjust.c - see adjust.h.
 *
 * Nothing ticks: what is to be made up for is part of the function by which
 * the time of day is read (lib/timeofday.h), and ends by itself.  Whoever
 * changes the function takes turns here, puts the new one in place, and has
 * the harts look at what waits for a time of day.
 */
#include "proc/time/adjust.h"

#include "arch/clock.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/time.h"
#include "proc/time/timer.h"
#include "sync/mutex.h"

#define NS_PER_MS 1000000L
#define MAX_PHASE_NS (500 * NS_PER_MS)
#define MAX_ERROR_US (MAX_PHASE_NS / 1000 << 5)
#define MAX_TIME_CONSTANT 10
#define MAX_TAI 100000
#define TICK_US 10000
#define ERROR_US_PER_SECOND 500

/* Frequencies are parts of a million, times 2^16. */
#define FREQ_SHIFT 16
#define MAX_FREQ (500L << FREQ_SHIFT)
#define PPM 1000000L

#define STA_PLL 0x0001
#define STA_UNSYNC 0x0040
#define STA_CLOCKERR 0x1000
#define STA_NANO 0x2000
#define STA_READONLY 0xff00

#define TIME_OK 0
#define TIME_ERROR 5

static struct mutex adjust_lock; /* RANK_MISC_SLEEP */
static struct {
	int64_t freq;        /* as struct timex has it */
	int64_t tick;        /* us */
	int64_t maxerror;    /* us, at ... */
	uint64_t error_since; /* ... this time of the monotonic clock, ns */
	int64_t esterror;    /* us */
	int64_t constant;
	int32_t status, tai;
	bool has_zone;       /* one was set */
} ntp GUARDED_BY(adjust_lock) = {
	.tick = TICK_US,
	.maxerror = MAX_ERROR_US,
	.esterror = MAX_ERROR_US,
	.status = STA_UNSYNC,
	.constant = 2,
};

static int64_t within(int64_t value, int64_t least, int64_t most)
{
	return max(least, min(value, most));
}

/* It is written with the lock, so it is whole. */
static struct time_of_day time_of_day_locked(void) REQUIRES(adjust_lock)
{
	return clock_time_of_day();
}

static void put_in_place(const struct time_of_day *d)
{
	clock_adjust_to(d);
	timer_clock_was_set();
}

/* ---- at once ---- */

/* Whoever kept the clock right has to begin anew. */
static void forget_adjustment(struct time_of_day *d) REQUIRES(adjust_lock)
{
	for (unsigned i = 0; i < NR_SLEWS; i++)
		time_of_day_slew(d, i, 0, d->since);
	ntp.status |= STA_UNSYNC;
	ntp.maxerror = ntp.esterror = MAX_ERROR_US;
}

/* The machine did not begin before 1970. */
static int set_locked(uint64_t ns) REQUIRES(adjust_lock)
{
	uint64_t now = clock_monotonic_ns();
	struct time_of_day d = time_of_day_locked();

	if (ns >= CLOCK_MAX_NS || ns < now)
		return -EINVAL;
	time_of_day_rebase(&d, now);
	d.offset = ns - now;
	forget_adjustment(&d);
	put_in_place(&d);
	return 0;
}

int clock_set_time(uint64_t ns)
{
	int err;

	mutex_lock(&adjust_lock);
	err = set_locked(ns);
	mutex_unlock(&adjust_lock);
	return err;
}

static int step_locked(int64_t sec, int64_t nsec) REQUIRES(adjust_lock)
{
	int64_t delta, ns;

	if (__builtin_mul_overflow(sec, (int64_t)NS_PER_SECOND, &delta) ||
	    __builtin_add_overflow(delta, nsec, &delta) ||
	    __builtin_add_overflow((int64_t)clock_realtime_ns(), delta, &ns) ||
	    ns < 0)
		return -EINVAL;
	return set_locked((uint64_t)ns);
}

int clock_step(int64_t sec, int64_t nsec)
{
	int err;

	mutex_lock(&adjust_lock);
	err = step_locked(sec, nsec);
	mutex_unlock(&adjust_lock);
	return err;
}

/* ---- little by little ---- */

/* Products, not shifts: of a number below 0 C has none to the left. */
static int64_t rate_of(int64_t freq, int64_t tick)
{
	return freq * (1L << (RATE_SHIFT - FREQ_SHIFT)) / PPM +
	       (tick - TICK_US) * (1L << RATE_SHIFT) / TICK_US;
}

/* It grows until somebody says anew how wrong the clock may be. */
static int64_t maxerror_now(uint64_t now) REQUIRES(adjust_lock)
{
	int64_t seconds = (int64_t)((now - ntp.error_since) / NS_PER_SECOND);

	return min(ntp.maxerror + seconds * ERROR_US_PER_SECOND,
		   (int64_t)MAX_ERROR_US);
}

/* As adjtime() has it: by so many microseconds; what was left of the last. */
static void slew_once(struct time_of_day *d, struct timex *tx)
{
	int64_t left = time_of_day_left(d, SLEW_ADJTIME, d->since) / 1000;

	if (!(tx->modes & ADJ_OFFSET_READONLY))
		time_of_day_slew(d, SLEW_ADJTIME,
				 within(tx->offset, -MAX_ERROR_US * 1000L,
					MAX_ERROR_US * 1000L) * 1000,
				 d->since);
	tx->offset = left;
}

static void set_offset(struct time_of_day *d, int64_t offset)
	REQUIRES(adjust_lock)
{
	if (!(ntp.status & STA_PLL))
		return;
	if (!(ntp.status & STA_NANO))
		offset = within(offset, -PPM, PPM) * 1000;
	time_of_day_slew(d, SLEW_NTP,
			 within(offset, -MAX_PHASE_NS, MAX_PHASE_NS), d->since);
}

static void set_constant(int64_t constant) REQUIRES(adjust_lock)
{
	constant = within(constant, 0, MAX_TIME_CONSTANT);
	if (!(ntp.status & STA_NANO))
		constant += 4;
	ntp.constant = min(constant, (int64_t)MAX_TIME_CONSTANT);
}

static void set_errors(const struct timex *tx, uint64_t now)
	REQUIRES(adjust_lock)
{
	if (tx->modes & ADJ_MAXERROR) {
		ntp.maxerror = within(tx->maxerror, 0, MAX_ERROR_US);
		ntp.error_since = now;
	}
	if (tx->modes & ADJ_ESTERROR)
		ntp.esterror = within(tx->esterror, 0, MAX_ERROR_US);
}

static void set_status(const struct timex *tx) REQUIRES(adjust_lock)
{
	if (tx->modes & ADJ_STATUS)
		ntp.status = (ntp.status & STA_READONLY) |
			     (tx->status & ~STA_READONLY);
	if (tx->modes & ADJ_NANO)
		ntp.status |= STA_NANO;
	if (tx->modes & ADJ_MICRO)
		ntp.status &= ~STA_NANO;
}

/* In Linux's order: what comes first decides what the later numbers mean. */
static void change(struct time_of_day *d, const struct timex *tx)
	REQUIRES(adjust_lock)
{
	set_status(tx);
	if (tx->modes & ADJ_FREQUENCY)
		ntp.freq = within(tx->freq, -MAX_FREQ, MAX_FREQ);
	set_errors(tx, d->since);
	if (tx->modes & ADJ_TIMECONST)
		set_constant(tx->constant);
	if ((tx->modes & ADJ_TAI) && tx->constant >= 0 &&
	    tx->constant <= MAX_TAI)
		ntp.tai = (int32_t)tx->constant;
	if (tx->modes & ADJ_OFFSET)
		set_offset(d, tx->offset);
	if (tx->modes & ADJ_TICK)
		ntp.tick = tx->tick;
	d->rate = rate_of(ntp.freq, ntp.tick);
}

static int tell(const struct time_of_day *d, struct timex *tx)
	REQUIRES(adjust_lock)
{
	int64_t unit = ntp.status & STA_NANO ? 1 : 1000;
	uint64_t ns = clock_realtime_ns();

	if (!(tx->modes & ADJ_ADJTIME))
		tx->offset = time_of_day_left(d, SLEW_NTP, d->since) / unit;
	tx->freq = ntp.freq;
	tx->maxerror = maxerror_now(d->since);
	tx->esterror = ntp.esterror;
	if (tx->maxerror == MAX_ERROR_US)
		ntp.status |= STA_UNSYNC;
	tx->status = ntp.status;
	tx->constant = ntp.constant;
	tx->precision = 1;
	tx->tolerance = MAX_FREQ;
	tx->sec = (int64_t)(ns / NS_PER_SECOND);
	tx->usec = (int64_t)(ns % NS_PER_SECOND) / unit;
	tx->tick = ntp.tick;
	tx->tai = ntp.tai;
	tx->ppsfreq = tx->jitter = tx->stabil = tx->jitcnt = tx->calcnt = 0;
	tx->errcnt = tx->stbcnt = tx->shift = 0;
	return ntp.status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR : TIME_OK;
}

/* Who only asks changes nothing: a function that is rounded anew at each
 * question would lose what there is to be made up for. */
static bool changes(const struct timex *tx)
{
	return tx->modes & ADJ_ADJTIME ? !(tx->modes & ADJ_OFFSET_READONLY) :
					 tx->modes != 0;
}

int clock_adjust(struct timex *tx)
{
	struct time_of_day d;
	int state;

	mutex_lock(&adjust_lock);
	d = time_of_day_locked();
	time_of_day_rebase(&d, clock_monotonic_ns());
	if (tx->modes & ADJ_ADJTIME)
		slew_once(&d, tx);
	else if (tx->modes != 0)
		change(&d, tx);
	if (changes(tx))
		put_in_place(&d);
	state = tell(&d, tx);
	mutex_unlock(&adjust_lock);
	return state;
}

/* ---- the zone ---- */

void clock_set_zone(const int32_t zone[2], bool alone)
{
	mutex_lock(&adjust_lock);
	struct time_of_day d = time_of_day_locked();

	d.zone[0] = zone[0];
	d.zone[1] = zone[1];
	clock_adjust_to(&d);
	if (alone && !ntp.has_zone && zone[0] != 0)
		(void)step_locked(zone[0] * 60L, 0);
	ntp.has_zone = true;
	mutex_unlock(&adjust_lock);
}

void clock_get_zone(int32_t zone[2])
{
	mutex_lock(&adjust_lock);
	struct time_of_day d = time_of_day_locked();

	zone[0] = d.zone[0];
	zone[1] = d.zone[1];
	mutex_unlock(&adjust_lock);
}

void adjust_init(void)
{
	mutex_init(&adjust_lock, RANK_MISC_SLEEP);
}
