/*
 * wait_share.c - several threads of a process wait for its children.
 *
 * Claim:  each child is waited for once, whoever waits, and whoever waits for
 *         it is woken, whatever else the others wait for.
 * Method: threads in pairs.  Each forks a child of its own and waits for it by
 *         its pid, with or without a look before (waitid(WNOWAIT)); then one
 *         of a pair forks a child and both wait for that, in one of the ways.
 * Oracle: one's own child is had, with its status; of the pair's child one has
 *         it, the other is told that there is none.  A process whose threads
 *         are all asleep at look after look while a child of it has ended has
 *         missed that.
 * -X:     a pair's child is waited for by one, and the other says he had it.
 */
#define _GNU_SOURCE
#include "libstuck.h"

enum { PAIRS = 2, CODES = 100 };

static struct pair {
	struct meeting begun, forked, waited;
	pid_t child;
	int code, had;
	bool over;
} pairs[PAIRS];

static struct shared {
	volatile pid_t process;
} *shared;

static pid_t fork_child(int code, struct rng *rng)
{
	unsigned yields = (unsigned)rng_below(rng, 3);
	pid_t pid = tap_fork();

	if (pid != 0)
		return pid;
	while (yields-- > 0)
		sched_yield();
	_exit(code);
}

/* The other of the pair may take it after our look.  True: it was ours, and came with its code. */
static bool wait_for_child(pid_t pid, int code, bool looks_first)
{
	siginfo_t info = { 0 };
	int status = -1;

	if (looks_first && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0)
		stress_check(info.si_pid == pid && info.si_status == code,
			     "a look at child %d: pid %d, status %d", pid,
			     info.si_pid, info.si_status);
	if (waitpid(pid, &status, looks_first ? 0 : __WALL) != pid) {
		stress_check(errno == ECHILD, "waitpid: errno %d", errno);
		return false;
	}
	stress_check(WIFEXITED(status) && WEXITSTATUS(status) == code,
		     "child %d: wait status %#x, code %d", pid, status, code);
	return true;
}

static void wait_alone(struct rng *rng)
{
	int code = (int)rng_below(rng, CODES);
	pid_t pid = fork_child(code, rng);

	stress_check(wait_for_child(pid, code, rng_below(rng, 2)),
		     "child %d was waited for by somebody else", pid);
}

static void wait_in_pair(struct pair *p, bool first, struct rng *rng)
{
	bool mine;

	if (first) {
		p->code = (int)rng_below(rng, CODES);
		p->had = 0;
		p->child = fork_child(p->code, rng);
	}
	meet(&p->forked, 2);
	mine = wait_for_child(p->child, p->code, rng_below(rng, 2)) ||
	       stress.wrong;
	__atomic_fetch_add(&p->had, mine, __ATOMIC_RELAXED);
	meet(&p->waited, 2);
	if (first)
		stress_check(p->had == 1, "a child was waited for %d times",
			     p->had);
}

static void *wait_on_and_on(void *arg)
{
	struct rng rng = rng_of((uint64_t)arg);
	struct pair *p = &pairs[(long)arg / 2];
	bool first = (long)arg % 2 == 0;

	for (;;) {
		if (first)
			p->over = !stress_go_on();
		meet(&p->begun, 2);
		if (p->over)
			return NULL;
		wait_alone(&rng);
		wait_in_pair(p, first, &rng);
		stress_round();
	}
}

static void look(void)
{
	static struct stress_seen seen;
	pid_t pid = shared->process;

	if (pid == 0 || !process_sleeps(pid))
		seen.looks = 0;
	else if (stress_stands(&seen, stress_rounds()))
		stress_check(false, "all threads wait, and the children have ended");
}

int main(int argc, char **argv)
{
	pid_t watch;

	stress_begin(argc, argv, 2 * PAIRS, "each child is waited for once, whoever waits");
	stress.threads = 2 * PAIRS;
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	watch = stress_watch(look);
	shared->process = getpid();
	stress_threads(stress.threads, wait_on_and_on);
	shared->process = 0;
	stress_watch_end(watch);
	return stress_end();
}
