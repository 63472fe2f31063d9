/*
 * tests/stress/signal_storm.c
 *
 * Claim    Every queued signal is delivered once, to the thread or process it
 *          was sent to, with its value; one process signal interrupts one
 *          thread; exits under fire leave nothing behind.
 * Method   Threads send each other real-time signals with tgkill-like
 *          rt_tgsigqueueinfo while computing and sleeping; receivers sum the
 *          values. Children are bombarded while they exit.
 * Catches  Signals lost or doubled between harts, a signal taken by the wrong
 *          thread (race 50), signalling a thread that is being freed.
 * -X       Some signals are sent twice.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/syscall.h>

static struct mailbox {
	volatile pid_t tid;
	long sent, received;	/* sums of values */
	long sent_count, received_count;
} box[MAX_THREADS];

static __thread long my_index = -1;

static void receive(int sig TAP_UNUSED, siginfo_t *info, void *uc TAP_UNUSED)
{
	int to = info->si_value.sival_int >> 20;

	if (!stress_check(to == my_index, "thread %ld gets a signal for %d",
			  my_index, to))
		return;
	box[to].received += info->si_value.sival_int & 0xfffff;
	box[to].received_count++;
}

/* EAGAIN says that the queue is full: then nothing was sent. */
static void send(int to, int value)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_value.sival_int = to << 20 | value;
	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), box[to].tid, SIGRTMIN + 1,
		    &info) == 0) {
		__atomic_fetch_add(&box[to].sent, value, __ATOMIC_RELAXED);
		__atomic_fetch_add(&box[to].sent_count, 1, __ATOMIC_RELAXED);
	} else {
		stress_check(errno == EAGAIN, "send: errno %d", errno);
	}
	if (stress.wrong && value % 64 == 0)
		syscall(SYS_rt_tgsigqueueinfo, getpid(), box[to].tid,
			SIGRTMIN + 1, &info);
}

static struct meeting ready, all_sent;

static void *exchange(void *me)
{
	struct rng rng = rng_of((long)me);

	my_index = (long)me;
	box[my_index].tid = gettid();
	meet(&ready, stress.threads);
	while (stress_go_on()) {
		send(rng_below(&rng, stress.threads),
		     rng_below(&rng, 1 << 20));
		if (rng_below(&rng, 8) == 0)
			usleep(100);
		else
			rng_dither(&rng);
		stress_round();
	}
	meet(&all_sent, stress.threads);
	sched_yield();		/* returning from a call takes what waits */
	stress_check(box[my_index].received == box[my_index].sent &&
		     box[my_index].received_count == box[my_index].sent_count,
		     "thread %ld: %ld signals of %ld", my_index,
		     box[my_index].received_count, box[my_index].sent_count);
	return NULL;
}

static void *spin(void *unused)
{
	for (;;)
		sched_yield();
	return unused;
}

/* Children that exit, by themselves or not, while signals rain on them. */
static void bombard(void)
{
	struct rng rng = rng_of(1000);
	int status;

	while (stress_go_on()) {
		bool harmless = rng_below(&rng, 2);
		pid_t pid = tap_fork();
		pthread_t t;

		if (pid == 0) {
			if (harmless)
				signal(SIGUSR1, SIG_IGN);
			for (int i = 0; i < 2; i++)
				tap_thread(&t, NULL, spin, NULL);
			rng_dither(&rng);
			_exit(7);
		}
		for (int i = 0; i < 20; i++)
			tap_kill(pid, SIGUSR1);
		waitpid(pid, &status, 0);
		stress_check(status == 7 << 8 || status == SIGUSR1,
			     "a bombarded child ends with %#x", status);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_sigaction = receive,
				 .sa_flags = SA_SIGINFO | SA_RESTART };

	stress_begin(argc, argv, 4, "every signal arrives once");
	sigaction(SIGRTMIN + 1, &act, NULL);
	if (tap_fork() == 0) {
		bombard();
		_exit(0);
	}
	stress_threads(stress.threads, exchange);
	stress_reap();
	return stress_end();
}
