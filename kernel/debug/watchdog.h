#pragma once

/*
 * debug/watchdog.h - a hart or a thread that should go on, and does not.  Lab
 * build only.
 *
 * About once a second each hart, in its clock interrupt, looks at the whole
 * machine.  When every hart has looked a round is over: that is the time in
 * which the watchdog counts.  The host's says nothing, it may run one hart and
 * let another one stand.
 *
 *	a hart that takes no interrupt while another one looks ten times hangs
 *	a hart that idles for seconds with a thread on its queue lost its kick
 *	a thread that nobody told of what it has to do (a signal, a stop, the
 *	end) lost its wake-up, or its work bit was not set
 *	so did a sleeper whose sleep should have been over for three rounds
 *	a thread that is ready is starved when its hart could have run it, after
 *	all who were before it, and has not
 *	a thread that has to die cannot, in a sleep that goes on for many rounds
 *	and hears no signal
 *
 * Every sleep names its kind and what it waits for, or block_schedule()
 * panics.  Whether it should be over can be read from outside (the mutex is
 * free, the futex was left, the time is up), always with the same answer for
 * as long as this one sleep lasts.  Where it cannot, the sleeper is poked: it
 * looks at its condition, as after any wake-up, and mostly goes to sleep again.
 * But if the condition is true, somebody made it so; if he wakes nobody in the
 * next rounds either, the wake-up is lost.
 *
 * An idle hart goes on waiting after its look, without trying its queue: a
 * watchdog that heals what it is to find would find nothing.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct thread;

struct sleep_watch;
struct waitq;

/*
 * What a thread may sleep for.  over() and who() only read: the sleeper may
 * wake meanwhile and what it has lent be gone, in which case their answer is
 * not used.
 */
struct sleep_kind {
	const char *name;
	/* What should have ended it, or NULL. */
	const char *(*over)(const struct thread *t, const struct sleep_watch *w);
	bool by_poking;               /* instead: the sleeper looks */
	const char *awaits;           /* who is to come; NULL: @arg says it */
	int (*who)(const void *arg);  /* and its number, if it has one */
	bool is_lock;                 /* its holders are known: lockorder.h */
};

/* Part of struct thread.  (own), but for what wakers and watchers do. */
struct sleep_watch {
	const struct sleep_kind *kind; /* NULL: it does not sleep */
	const void *object;            /* what it waits for */
	const void *arg;               /* for the functions of its kind */
	const char *where;             /* the function that waits */
	uint64_t deadline;             /* ticks */
	uint32_t nr;                   /* (a) sleeps so far */
	uint32_t since;                /* (a) round */
	uint32_t wakes;                /* (a) calls of wake_thread() */
	uint32_t seen;                 /* wakes when it went to sleep */
	uint32_t poked;                /* (a) the watchdog woke it */
	uint32_t deaf;                 /* (a) debug/provoke.h: no wake-up is heard */
	/* (watcher) Since this round, in this sleep, it has been so. */
	const char *doubt;
	uint32_t doubt_nr, doubt_since;
};

/* Part of struct thread: how long it has been ready.  (watcher) */
struct ready_watch {
	uint64_t runs;   /* times it has left a hart so far */
	uint64_t since;  /* looks of that hart */
	uint64_t bound;  /* so many more, and it is starved */
	unsigned hart;   /* where it is queued */
	bool was_ready, is_starved;
};

#if LAB

/* When this hart's next look is due, from now on. */
uint64_t watchdog_deadline(void);
/* The look.  Interrupts off, no lock held. */
void watchdog_tick(void);

/*
 * The running thread is about to sleep, its sleep has been announced: for
 * @object, which is what others may hold; @arg is for the functions of the
 * kind.  @where: the function that waits, as others know it.
 */
void watchdog_sleeps(const struct sleep_kind *kind, const void *object,
		     const void *arg, const char *where);
/* The scheduler: here it sleeps, until @deadline at most; it has slept; it
 * stays awake. */
void watchdog_sleeps_until(uint64_t deadline);
void watchdog_woke(void);
void watchdog_awake(void);
/* How many sleeps the running thread has begun. */
uint32_t watchdog_nr_sleeps(void);
/* It finds that it need not: @what is true. */
void watchdog_found_true(const char *where, const char *what);
/* The same of those in @q of which one is woken at a time, and that may be
 * another.  True: it was poked, then nobody came for some rounds, and none of
 * the others is awake.  If it is true even now, the wake-up is lost. */
bool watchdog_was_forgotten(struct waitq *q, const char *where);
void watchdog_lost(const char *where, const char *what) __noreturn;
/* The running thread has been woken only to look. */
bool watchdog_poked(void);
/* Somebody calls wake_thread(@t).  False: it is deaf. */
bool watchdog_waking(struct thread *t);

/* The next sleep of the kind called @kind, of a thread of the running
 * process, is deaf to wake-ups. */
void watchdog_deafen(const char *kind);

/* For debug/provoke.h: who is starved, or cannot die, is told of soon. */
void watchdog_hurry(void);

/* One line for each thread, from @put, which prints: who waits for what, for
 * how many rounds, and who should come.  False: the tree of processes is not
 * free, try again. */
bool watchdog_list(void (*put)(void *ctx, const char *line, size_t n), void *ctx);
/* For a panic: the same, if it is the watchdog's.  The other harts still run,
 * so that who has the tree locked can give it up. */
void watchdog_report(void);

#else

#define watchdog_sleeps(kind, object, arg, where) \
	((void)(kind), (void)(object), (void)(arg))
#define watchdog_woke() ((void)0)
#define watchdog_awake() ((void)0)
#define watchdog_sleeps_until(deadline) ((void)(deadline))
#define watchdog_nr_sleeps() 0U
#define watchdog_found_true(where, what) ((void)0)
#define watchdog_was_forgotten(q, where) false
#define watchdog_lost(where, what) ((void)0)
#define watchdog_poked() false
#define watchdog_waking(t) ((void)(t), true)
#define watchdog_report() ((void)0)

#endif
