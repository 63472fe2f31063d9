/*
 * tests/stress/lost_wakeup.c
 *
 * Claim    No sleeper misses its wake-up.
 * Method   Pairs play ping-pong at once, each pair in its own way: futex,
 *          condition variable, pipe, poll on a pipe, signals with sigsuspend,
 *          sigtimedwait, and process exit with wait. A lost wake-up stops a
 *          pair for ever: a process watches that each pair gets on, and looks
 *          whether what a sleeper waits for has come already.
 * Catches  Check-then-sleep without the queue's lock (races 36, 45, 49), a
 *          wake-up that finds its thread still on a hart (37).
 * -X       One side of the futex pair forgets to wake, every 16th time.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

enum { KINDS = 7, FORGETS = 16 };

/* Each side has a word; the shared page lets them be processes. */
static struct pair {
	int word[2];
	unsigned long rounds;
	bool ended;
	int pipe[2][2];
} *pairs;

/* The sides agree when to end: side 0 decides and sends a last round. */
static bool more(int side, struct pair *pair, bool *last)
{
	if (*last && side == 0)
		pair->ended = true;
	if (*last)
		return false;
	if (side == 0) {
		*last = !stress_go_on();
		__atomic_store_n(&pair->rounds, pair->rounds + 1,
				 __ATOMIC_RELAXED);
		stress_round();
	}
	return true;
}

enum { PLAY = 1, LAST = 2 };

/* --- futex --------------------------------------------------------------- */

static void futex_give(int *word, int value)
{
	static int turn;

	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	if (stress.wrong && value == PLAY && word == &pairs[0].word[1] &&
	    ++turn % FORGETS == 0)
		return;
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static int futex_take(int *word)
{
	int value;

	while ((value = __atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE)) == 0)
		syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
	return value;
}

/* --- condition variable -------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond[2] = { PTHREAD_COND_INITIALIZER,
				  PTHREAD_COND_INITIALIZER };

static void cond_give(int to, int value)
{
	pthread_mutex_lock(&mutex);
	pairs[1].word[to] = value;
	pthread_cond_signal(&cond[to]);
	pthread_mutex_unlock(&mutex);
}

static int cond_take(int me)
{
	int value;

	pthread_mutex_lock(&mutex);
	while (!pairs[1].word[me])
		pthread_cond_wait(&cond[me], &mutex);
	value = pairs[1].word[me];
	pairs[1].word[me] = 0;
	pthread_mutex_unlock(&mutex);
	return value;
}

/* --- pipes --------------------------------------------------------------- */

static void pipe_give(int *fds, int value)
{
	char c = value;

	stress_check(write(fds[1], &c, 1) == 1, "write: errno %d", errno);
}

static int pipe_take(int *fds, bool use_poll)
{
	struct pollfd pfd = { .fd = fds[0], .events = POLLIN };
	char c = 0;

	if (use_poll)
		stress_check(poll(&pfd, 1, -1) == 1, "poll: errno %d", errno);
	stress_check(read(fds[0], &c, 1) == 1, "read: errno %d", errno);
	return c;
}

/* --- the games ----------------------------------------------------------- */

static void give(int kind, int to, int value)
{
	if (kind == 0)
		futex_give(&pairs[0].word[to], value);
	else if (kind == 1)
		cond_give(to, value);
	else
		pipe_give(pairs[kind].pipe[to], value);
}

static int take(int kind, int me)
{
	if (kind == 0)
		return futex_take(&pairs[0].word[me]);
	if (kind == 1)
		return cond_take(me);
	return pipe_take(pairs[kind].pipe[me], kind == 3);
}

static void *play(void *arg)
{
	int kind = (long)arg / 2, side = (long)arg % 2;
	struct rng rng = rng_of((long)arg);
	bool last = false;

	while (more(side, &pairs[kind], &last)) {
		int value = last ? LAST : PLAY;

		if (side == 0) {
			give(kind, 1, value);
			take(kind, 0);
		} else {
			last = take(kind, 1) == LAST;
			give(kind, 0, PLAY);
		}
		rng_dither(&rng);
	}
	return NULL;
}

static void nothing(int sig TAP_UNUSED)
{
}

/* Two processes: SIGUSR1 goes there and comes back. */
static void play_signals(bool timed)
{
	struct pair *pair = &pairs[timed ? 5 : 4];
	sigset_t blocked, open;
	siginfo_t info;
	bool last = false;
	pid_t other, me = getpid();

	signal(SIGUSR1, nothing);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &open);
	sigdelset(&open, SIGUSR1);
	other = tap_fork();
	for (int side = other == 0; more(side, pair, &last);) {
		if (side == 0) {
			__atomic_store_n(&pair->word[0], last ? LAST : PLAY,
					 __ATOMIC_RELEASE);
			tap_kill(other, SIGUSR1);
		}
		if (timed)
			while (sigwaitinfo(&blocked, &info) < 0)
				;
		else
			sigsuspend(&open);
		if (side == 1) {
			last = __atomic_load_n(&pair->word[0],
					       __ATOMIC_ACQUIRE) == LAST;
			tap_kill_parent(me, SIGUSR1);
		}
	}
	if (other == 0)
		_exit(0);
	stress_reap();
}

static void play_exit(void)
{
	bool last = false;

	while (more(0, &pairs[6], &last)) {
		if (tap_fork() == 0)
			_exit(0);
		stress_reap();
	}
}

/* --- the watch ----------------------------------------------------------- */

static const struct {
	const char *name, *come;
} kinds[KINDS] = {
	{ "futex", "its word is set" },
	{ "condition variable", "its word is set" },
	{ "pipe", "a byte is in its pipe" },
	{ "poll", "a byte is in its pipe" },
	{ "sigsuspend", "its signal was sent" },
	{ "sigwaitinfo", "its signal was sent" },
	{ "wait", "its child has ended" },
};

/* What one side of the pair waits for has come, as far as one can see. */
static bool is_due(int kind)
{
	struct pair *pair = &pairs[kind];
	int n[2] = { 0, 0 };

	if (kind < 2)
		return pair->word[0] || pair->word[1];
	if (kind > 3)
		return true;
	ioctl(pair->pipe[0][0], FIONREAD, &n[0]);
	ioctl(pair->pipe[1][0], FIONREAD, &n[1]);
	return n[0] || n[1];
}

static void look(void)
{
	static struct stress_seen seen[KINDS];

	for (int k = 0; k < KINDS; k++) {
		unsigned long rounds = __atomic_load_n(&pairs[k].rounds,
						       __ATOMIC_RELAXED);

		stress_check(!stress_stands(&seen[k], rounds) ||
			     pairs[k].ended || !is_due(k),
			     "a thread (%s) has been asleep for %d ms, although %s",
			     kinds[k].name, STUCK_MS, kinds[k].come);
	}
}

int main(int argc, char **argv)
{
	pthread_t t[8];
	pid_t watch;

	stress_begin(argc, argv, 1, "no wake-up is lost");
	pairs = stress_map(PAGE, MAP_SHARED);
	for (int kind = 0; kind < KINDS; kind++)
		for (int side = 0; side < 2; side++)
			if (pipe(pairs[kind].pipe[side]) < 0)
				bail_out("pipe");
	watch = stress_watch(look);
	for (int kind = 4; kind < KINDS; kind++) {
		if (tap_fork() == 0) {
			if (kind == 6)
				play_exit();
			else
				play_signals(kind == 5);
			_exit(0);
		}
	}
	for (long i = 0; i < 8; i++)
		tap_thread(&t[i], NULL, play, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	stress_watch_end(watch);
	stress_reap();
	return stress_end();
}
