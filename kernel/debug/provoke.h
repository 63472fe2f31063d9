#pragma once

/*
 * debug/provoke.h - mistakes on purpose, to show that each check of the lab
 * build can fail.  /proc/drover/provoke takes the name of one:
 *
 *	hang		a hart spins with interrupts off
 *	deadlock	two harts take two locks crosswise
 *	spin-circle	a hart spins for another one, which waits for its lock
 *	lost-wakeup	a condition becomes true and nobody is woken
 *	starve		a hart stays in the kernel while others wait for it
 *	unkillable	a thread that has to die sleeps where no signal is heard
 *	rcu-sleep	who reads without a lock sleeps
 *	rcu-free	something is freed that such readers may be reading,
 *	rcu-early	and though one reads it
 *	rcu-stall	one never comes to an end
 *	keep-lock	a system call returns with a spinlock held
 *	two-harts	a thread is started while it runs
 *	dead-root	a program runs on a page table that is free
 *	stack-low	a kernel stack is written to its end
 *	write-page	a page is written after it was freed
 *	write-object	so is an object of a slab
 *	leak		an object of a slab is taken, and the last one forgotten; goes on
 *	unset		what nobody has set is read
 *	retry		a loop tries again, and nothing has changed
 *	attempt		a call waits for what is true, and cannot be done
 *	kasan		with PROFILE=checked: memory is touched that is nobody's
 *	ubsan		with PROFILE=checked: each kind of undefined behaviour;
 *			goes on when all were told of (debug/detector.h)
 *	unreachable	with PROFILE=checked: a place that is said never to be
 *			reached is
 *	datarace	with PROFILE=watched: each kind of data race; goes on
 *			when all were told of (debug/datarace.h)
 *	deaf KIND	the next sleep of that kind, of a thread of the process
 *			that asks, hears no wake-up: struct sleep_kind
 *
 * What is told to panic is listed in tests/boot/provoked.t.
 */

/* 0, or -EINVAL: no such mistake.  Mostly it does not return. */
int provoke(const char *name);

#if LAB
/* Sleep a second: whoever has made a mistake and goes on. */
void provoke_nap(void);
#endif
