/*
 * signal_share.c - one signal for a process whose threads all wait.
 *
 * Claim:  a signal sent to a process runs one handler, and only the thread
 *         that ran it comes back from its system call with EINTR.
 * Method: several threads sleep in read() on an empty pipe; signals are sent
 *         to the process, one after the other. The handler was installed
 *         without SA_RESTART.
 * Oracle: there are never more EINTR than handlers run. (There may be fewer: a
 *         handler may also run just before the call, or after it.)
 * -X:     a thread counts EINTRs that never were.
 */
#include "libstress.h"

static int fds[2];
static long handled, interrupted;
static struct meeting all_there;

static void on_signal(int sig)
{
	(void)sig;
	__atomic_fetch_add(&handled, 1, __ATOMIC_SEQ_CST);
}

/* Until a byte comes: that is the end. */
static void *reader(void *arg)
{
	char c;

	meet(&all_there, stress.threads + 1);
	if (stress.wrong && (long)arg == 0)
		__atomic_fetch_add(&interrupted, 1000, __ATOMIC_SEQ_CST);
	while (read(fds[0], &c, 1) < 0)
		if (stress_check(errno == EINTR, "read: %s", strerror(errno)))
			__atomic_fetch_add(&interrupted, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void send_one(struct rng *rng)
{
	long before = __atomic_load_n(&handled, __ATOMIC_SEQ_CST);

	kill(getpid(), SIGUSR1);
	while (__atomic_load_n(&handled, __ATOMIC_SEQ_CST) == before)
		sched_yield();
	rng_dither(rng);
}

static void one_round(struct rng *rng)
{
	pthread_t t[MAX_THREADS];
	sigset_t set;

	handled = interrupted = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&t[i], NULL, reader, (void *)i);
	/* From here on only the readers can take it. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	meet(&all_there, stress.threads + 1);
	for (int i = 0; i < 50; i++)
		send_one(rng);
	for (int i = 0; i < stress.threads; i++)
		stress_check(write(fds[1], "x", 1) == 1, "write: %s",
			     strerror(errno));
	for (int i = 0; i < stress.threads; i++)
		pthread_join(t[i], NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	stress_check(interrupted <= handled,
		     "%ld calls returned EINTR, but only %ld handlers ran",
		     interrupted, handled);
	stress_round();
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct rng rng;

	stress_begin(argc, argv, 4, "only the thread that runs the handler is interrupted");
	rng = rng_of(0);
	sigaction(SIGUSR1, &action, NULL);
	if (pipe(fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	while (stress_go_on())
		one_round(&rng);
	return stress_end();
}
