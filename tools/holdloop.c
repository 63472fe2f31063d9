/*
 * holdloop.c - keep QEMU's main loop away while harts run.
 *
 * With -icount all harts are executed by one thread, and time stands still
 * between two instructions.  But QEMU's main loop is another thread, woken at
 * every deadline, and when it is late it may find the next deadline due, run
 * its timers and kick the hart that is just about to run, at a moment that is
 * the host's.  One run in some dozens is another one then.
 *
 * This library, preloaded, lets a wake-up of the main loop wait until the
 * thread of the harts waits itself: when all harts are idle.  The harts'
 * thread runs the timers on its own, so nothing needs the main loop before.
 * What does - to switch the machine off, a signal - comes when the harts idle
 * or after HOLD_SECONDS.
 *
 * The big lock of QEMU tells both apart: the main thread waits with it, for the
 * harts' thread to come up, before any other condition; it polls without it
 * in the main loop alone; and the harts' thread waits with it when they idle.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#define HOLD_SECONDS 3

static int (*real_ppoll)(struct pollfd *, nfds_t, const struct timespec *,
			 const sigset_t *);
static int (*real_unlock)(pthread_mutex_t *);
static int (*real_lock)(pthread_mutex_t *);
static int (*real_wait)(pthread_cond_t *, pthread_mutex_t *);

static pthread_t main_thread;
static pthread_mutex_t *big_lock;      /* (a) NULL until there are harts */
static bool main_has_it;               /* (main thread) */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t waiting = PTHREAD_COND_INITIALIZER;
static bool harts_wait = true;         /* (lock) */

/* Other libraries may take locks before our constructor's turn. */
__attribute__((constructor)) static void find_real(void)
{
	if (real_lock)
		return;
	main_thread = pthread_self();
	real_ppoll = dlsym(RTLD_NEXT, "ppoll");
	real_unlock = dlsym(RTLD_NEXT, "pthread_mutex_unlock");
	real_wait = dlsym(RTLD_NEXT, "pthread_cond_wait");
	real_lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
}

static bool is_main(void)
{
	return pthread_equal(pthread_self(), main_thread);
}

static bool is_big(pthread_mutex_t *m)
{
	return m == __atomic_load_n(&big_lock, __ATOMIC_RELAXED);
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
	int error;

	find_real();
	error = real_lock(m);
	if (is_big(m) && is_main())
		main_has_it = true;
	return error;
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
	find_real();
	if (is_big(m) && is_main())
		main_has_it = false;
	return real_unlock(m);
}

static void hold(void)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += HOLD_SECONDS;
	real_lock(&lock);
	while (!harts_wait)
		if (pthread_cond_timedwait(&waiting, &lock, &end) != 0)
			break;
	real_unlock(&lock);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
	  const sigset_t *mask)
{
	int ready = real_ppoll(fds, n, timeout, mask);
	int error = errno;

	if (is_main() && !main_has_it)
		hold();
	errno = error;
	return ready;
}

static void note_harts(bool wait)
{
	real_lock(&lock);
	harts_wait = wait;
	if (wait)
		pthread_cond_signal(&waiting);
	real_unlock(&lock);
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *m)
{
	bool harts = !is_main() && is_big(m);
	int error;

	if (is_main() && !big_lock) {
		main_has_it = true;
		__atomic_store_n(&big_lock, m, __ATOMIC_RELAXED);
	}
	if (harts)
		note_harts(true);
	error = real_wait(cond, m);
	if (harts)
		note_harts(false);
	return error;
}
