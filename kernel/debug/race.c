/*
 * debug/race.c - what happens at a race point.
 *
 * Nothing here takes a lock: a race point may stand inside any.  Waiters have
 * slots in a small table; who passes the point that one waits for sets its
 * flag.  A waiter that finds no free slot, or another one waiting at the same
 * place, goes on at once: with two the window would be closed again.
 */

#include "debug/race.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/printk.h"
#include "debug/seeded.h"
#include "debug/trace.h"
#include "lib/bits.h"
#include "lib/rng.h"
#include "lib/string.h"

#if LAB

bool race_points_on, race_noise_on;

/* races.def is made from races/: RACE(name, tests), STEP(name, P, Q, us).
 * Nobody else includes it: a changed choreography changes this object. */
enum race {
	RACE_none,
#define RACE(name, tests) RACE_##name,
#define STEP(name, point, until, us)
#include "races.def"
#undef RACE
#undef STEP
	NR_RACES
};

const unsigned nr_races = NR_RACES - 1;

static const char *const race_names[] = {
	"none",
#define RACE(name, tests) #name,
#define STEP(name, point, until, us)
#include "races.def"
#undef RACE
#undef STEP
};

static const char *const race_test_names[] = {
	"",
#define RACE(name, tests) tests,
#define STEP(name, point, until, us)
#include "races.def"
#undef RACE
#undef STEP
};

static const char *const point_names[] = {
	"none",
#define POINT(name, what) #name,
#include "debug/points.def"
#undef POINT
};

static const struct step steps[] = {
#define RACE(name, tests)
#define STEP(name, point, until, us)					\
	{ RACE_##name, POINT_##point, POINT_##until, us },
#include "races.def"
#undef RACE
#undef STEP
};

#define NR_STEPS ARRAY_SIZE(steps)
#define NR_SLOTS 16

/* A bit for noise, and one for each race whose choreography is followed.  A
 * reader may find some words old and others new, and goes by either. */
#define MODE_WORDS ((NR_RACES + 63) / 64)
static struct mode {
	uint64_t words[MODE_WORDS];
} mode; /* (a) */

static struct mode mode_now(void)
{
	struct mode now;

	for (unsigned w = 0; w < MODE_WORDS; w++)
		now.words[w] = READ_ONCE(mode.words[w]);
	return now;
}

static bool mode_has(const struct mode *m, unsigned race)
{
	return m->words[race / 64] & BIT(race % 64);
}

static void mode_add(struct mode *m, unsigned race)
{
	m->words[race / 64] |= BIT(race % 64);
}

static void mode_remove(struct mode *m, unsigned race)
{
	m->words[race / 64] &= ~BIT(race % 64);
}

static bool mode_is_empty(const struct mode *m)
{
	uint64_t any = 0;

	for (unsigned w = 0; w < MODE_WORDS; w++)
		any |= m->words[w];
	return any == 0;
}

static uint64_t step_waits[NR_STEPS], step_hits[NR_STEPS]; /* (a) */

static struct hart_races {
	struct rng rng;              /* (hi) */
	uint32_t quiet;              /* (hi) unnamed places until the next delay */
	uint64_t reached[NR_POINTS]; /* (a) relaxed, summed on read */
} __aligned(64) hart_races[MAX_HARTS];

/* A thread that waits at a point. */
static struct slot {
	uint32_t taken;  /* (a) ORDER race-slot */
	uint32_t passed; /* (a) */
	unsigned step;   /* (the taker), as the rest */
	enum point point, until;
	uintptr_t key;
} slots[NR_SLOTS];

/* ---- noise ---- */

#define NOISE_ONE_IN 8
#define UNNAMED_ONE_IN 128
#define NOISE_MAX_LOG2 13
#define UNNAMED_IRQ_OFF_LOG2 8

/* Mostly a few turns, seldom some tens of microseconds: a window of any width
 * has delays of about its size. */
static uint64_t draw_turns(struct rng *rng, unsigned max_log2)
{
	return rng_below(rng, 1UL << rng_below(rng, max_log2));
}

static void delay(uint64_t turns)
{
	if (is_seeded() && turns != 0)
		seeded_pause(turns);
	else
		while (turns-- > 0)
			spin_pause();
}

static void make_noise(void)
{
	unsigned long irq = irq_save();
	struct rng *rng = &hart_races[hart_id()].rng;
	uint64_t turns = 0;

	if (rng_below(rng, NOISE_ONE_IN) == 0)
		turns = draw_turns(rng, NOISE_MAX_LOG2);
	irq_restore(irq);
	delay(turns);
}

/*
 * How many places are passed over is drawn, too: a loop that takes so many
 * locks in each turn would meet the delay at one of them for ever.  With
 * interrupts off it is short: a program's timers may ring often, and the hart
 * has to be done with one ring before the next.
 *
 * What is drawn and counted here is the hart's own and changes only by what
 * this hart executes; no clock is asked.  So in a seeded run the same delays
 * come at the same places.
 */
void race_noise(void)
{
	unsigned long irq = irq_save();
	struct hart_races *own = &hart_races[hart_id()];
	uint64_t turns = 0;

	if (own->quiet > 0) {
		own->quiet--;
	} else {
		own->quiet = (uint32_t)rng_below(&own->rng, 2 * UNNAMED_ONE_IN);
		turns = draw_turns(&own->rng, irq != 0 ? NOISE_MAX_LOG2 :
							 UNNAMED_IRQ_OFF_LOG2);
	}
	irq_restore(irq);
	delay(turns);
}

/* ---- choreography ---- */

static bool is_waited_at(enum point point, uintptr_t key)
{
	for (unsigned i = 0; i < NR_SLOTS; i++)
		/* ORDER race-slot, looking side; the other is in take_slot(). */
		if (load_acquire(&slots[i].taken) == 2 &&
		    READ_ONCE(slots[i].point) == point &&
		    READ_ONCE(slots[i].key) == key)
			return true;
	return false;
}

/*
 * 1 reserves the slot for who fills it, 2 shows it, filled, to who passes.  Who
 * has seen 2 may find the slot another's by the time it reads on: then that
 * one goes on too early, which is noise.  So the words are marked, no more.
 *
 * No ORDER: to reserve it needs none; whoever had it reads nothing more.
 */
static struct slot *take_slot(unsigned n, uintptr_t key)
{
	for (unsigned i = 0; i < NR_SLOTS; i++) {
		struct slot *s = &slots[i];

		if (READ_ONCE(s->taken) != 0 || !atomic_replace(&s->taken, 0, 1))
			continue;
		WRITE_ONCE(s->step, n);
		WRITE_ONCE(s->point, steps[n].point);
		WRITE_ONCE(s->until, steps[n].until);
		WRITE_ONCE(s->key, key);
		WRITE_ONCE(s->passed, 0);
		/* ORDER race-slot, filling side; the other is in
		 * release_waiters(). */
		store_release(&s->taken, 2);
		return s;
	}
	return NULL;
}

static void wait_for(unsigned n, uintptr_t key)
{
	const struct step *step = &steps[n];
	uint64_t end = clock_ticks() + ns_to_ticks(step->us * 1000UL);
	struct slot *s;

	if (is_waited_at(step->point, key) || (s = take_slot(n, key)) == NULL)
		return;
	atomic_fetch_add_relaxed(&step_waits[n], 1);
	if (step->until == POINT_none)
		trace(held, step->point, step->us);
	else
		trace(waits, step->point, step->until);
	while (READ_ONCE(s->passed) == 0 && clock_ticks() < end)
		spin_pause();
	if (step->until == POINT_none)
		atomic_fetch_add_relaxed(&step_hits[n], 1);
	if (READ_ONCE(s->passed) != 0 || step->until == POINT_none)
		trace(goes_on, step->point, key);
	else
		trace(gives_up, step->point, key);
	/* ORDER race-slot, leaving side; the other is in take_slot(). */
	store_release(&s->taken, 0);
}

static void release_waiters(enum point point, uintptr_t key)
{
	for (unsigned i = 0; i < NR_SLOTS; i++)
		/* ORDER race-slot, passing side; the other is in take_slot(). */
		if (load_acquire(&slots[i].taken) == 2 &&
		    READ_ONCE(slots[i].until) == point &&
		    READ_ONCE(slots[i].key) == key &&
		    atomic_replace(&slots[i].passed, 0, 1))
			atomic_fetch_add_relaxed(
				&step_hits[READ_ONCE(slots[i].step)], 1);
}

static void follow_scripts(const struct mode *scripts, enum point point,
			   uintptr_t key)
{
	release_waiters(point, key);
	for (unsigned n = 0; n < NR_STEPS; n++)
		if (mode_has(scripts, steps[n].race) && steps[n].point == point)
			wait_for(n, key);
}

/* What the trace shows first; in noise every point is as good. */
static bool is_in_script(const struct mode *scripts, enum point point)
{
	if (mode_is_empty(scripts))
		return true;
	for (unsigned n = 0; n < NR_STEPS; n++)
		if (mode_has(scripts, steps[n].race) &&
		    (steps[n].point == point || steps[n].until == point))
			return true;
	return false;
}

void race_reach(enum point point, uintptr_t key)
{
	struct mode scripts = mode_now();
	bool noise = mode_has(&scripts, RACE_none);

	mode_remove(&scripts, RACE_none);
	atomic_fetch_add_relaxed(&hart_races[hart_id()].reached[point], 1);
	if (is_in_script(&scripts, point))
		trace(point, point, key);
	else
		trace(passes, point, key);
	if (noise)
		make_noise();
	if (!mode_is_empty(&scripts))
		follow_scripts(&scripts, point, key);
}

/* ---- set-up ---- */

static enum race find_race(const char *name, size_t len)
{
	for (unsigned r = RACE_none + 1; r < NR_RACES; r++)
		if (strncmp(race_names[r], name, len) == 0 &&
		    race_names[r][len] == '\0')
			return r;
	return RACE_none;
}

/* The choreographies of the races that @names lists; false: one is unknown. */
static bool scripts_of(const char *names, struct mode *scripts)
{
	for (;;) {
		const char *comma = strchr(names, ',');
		size_t len = comma ? (size_t)(comma - names) : strlen(names);
		enum race race = find_race(names, len);

		if (race == RACE_none)
			return false;
		mode_add(scripts, race);
		if (comma == NULL)
			return true;
		names = comma + 1;
	}
}

bool race_set_mode(const char *name)
{
	bool off = strcmp(name, "off") == 0, noise = strcmp(name, "noise") == 0;
	struct mode wanted = { 0 };

	if (noise)
		mode_add(&wanted, RACE_none);
	else if (!off && !scripts_of(name, &wanted))
		return false;
	for (unsigned w = 0; w < MODE_WORDS; w++)
		WRITE_ONCE(mode.words[w], wanted.words[w]);
	WRITE_ONCE(race_points_on, !off);
	WRITE_ONCE(race_noise_on, noise);
	if (!off)
		trace_enable();
	return true;
}

void race_set_seed(uint64_t seed)
{
	for (unsigned h = 0; h < MAX_HARTS; h++)
		rng_seed(&hart_races[h].rng, seed * MAX_HARTS + h);
}

/* ---- reports ---- */

bool race_makes_noise(void)
{
	return race_is_followed(RACE_none);
}

bool race_is_followed(unsigned race)
{
	struct mode now = mode_now();

	return mode_has(&now, race);
}

const char *race_name(unsigned race)
{
	return race_names[race];
}

const char *race_tests(unsigned race)
{
	return race_test_names[race];
}

const char *point_name(enum point point)
{
	return point_names[point];
}

uint64_t point_reached(enum point point)
{
	uint64_t sum = 0;

	for_each_present_hart(h)
		sum += READ_ONCE(hart_races[h].reached[point]);
	return sum;
}

const char *race_kernel(void)
{
	return *kernel_variant != '\0' ? kernel_variant : "right";
}

/* In the words of user/libraces.c; tools/mutants.py reads both. */
static void report_window(const struct step *step, uint64_t waits, uint64_t hits)
{
	if (step->until == POINT_none)
		printk("window of %s: threads held for a while at %s: %lu\n",
		       race_name(step->race), point_name(step->point), hits);
	else
		printk("window of %s: threads held at %s until %s: %lu, and it came: %lu\n",
		       race_name(step->race), point_name(step->point),
		       point_name(step->until), waits, hits);
}

void race_report(void)
{
	struct step step;
	uint64_t waits, hits;

	printk("kernel %s\n", race_kernel());
	for (unsigned n = 0; race_step(n, &step, &waits, &hits); n++)
		if (waits != 0)
			report_window(&step, waits, hits);
}

bool race_step(unsigned n, struct step *step, uint64_t *waits, uint64_t *hits)
{
	if (n >= NR_STEPS)
		return false;
	*step = steps[n];
	*waits = READ_ONCE(step_waits[n]);
	*hits = READ_ONCE(step_hits[n]);
	return true;
}

#endif
