/*
 * tests/stress/fork_storm.c
 *
 * Claim    Processes that are made and end as fast as can be, on all harts and
 *          from several threads, are each reaped once, by their parent, with
 *          the right status; live processes never share a pid.
 * Method   Each worker process keeps up to 8 children, which exit, leave
 *          orphans, have threads, or are killed, and checks every status. A
 *          shared table says which pids are alive.
 * Catches  Kernel stacks freed too early (race 38), reparenting in the wrong
 *          order (40), pids handed out twice (44), a child that runs before it
 *          is complete (35). run-tests counts frames and processes.
 * -X       Children say that they exit with another code than they do.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { CHILDREN = 8, MAX_PID = 4 << 20 };

static char *alive;		/* shared; by pid: 1 while somebody is it */

static void be_born(void)
{
	stress_check(__atomic_exchange_n(&alive[getpid() % MAX_PID], 1,
					 __ATOMIC_SEQ_CST) == 0,
		     "pid %d is given twice", getpid());
}

static void forget(pid_t pid)
{
	__atomic_store_n(&alive[pid % MAX_PID], 0, __ATOMIC_SEQ_CST);
}

static void *end_thread(void *unused)
{
	sched_yield();
	return unused;
}

static void *exit_process(void *code)
{
	_exit((int)(long)code);
}

/* A child's life; it ends with @code, unless it is to be killed. */
static void live(int kind, int code)
{
	pthread_t t;
	pid_t pid;

	be_born();
	switch (kind) {
	case 0:			/* leaves an orphan behind */
		if (tap_fork() == 0)
			_exit(3);
		break;
	case 1:			/* ends with threads still running */
		for (int i = 0; i < 3; i++)
			tap_thread(&t, NULL, end_thread, NULL);
		break;
	case 2:			/* is ended by a thread */
		tap_thread(&t, NULL, exit_process, (void *)(long)code);
		pause();
		break;
	case 3:			/* waits to be killed */
		for (;;)
			pause();
	case 4:			/* has a child of its own */
		pid = tap_fork();
		if (pid == 0)
			_exit(code);
		waitpid(pid, NULL, 0);
		break;
	}
	_exit(code);
}

struct child {
	pid_t pid;		/* 0: a free place */
	int status;		/* that wait() must give */
};

static struct child *find_child(struct child *child, pid_t pid)
{
	for (int i = 0; i < CHILDREN; i++)
		if (child[i].pid == pid)
			return &child[i];
	return NULL;
}

static void start_child(struct child *child, struct rng *rng)
{
	int kind = rng_below(rng, 8), code = rng_below(rng, 200);

	child->status = kind == 3 ? SIGKILL : code << 8;
	child->pid = tap_fork();
	if (child->pid == 0)
		live(kind, stress.wrong ? code + 1 : code);
	if (kind == 3)
		tap_kill(child->pid, SIGKILL);
}

static bool reap_child(struct child *children)
{
	struct child *child;
	int status;
	pid_t pid = wait(&status);

	child = pid > 0 ? find_child(children, pid) : NULL;
	if (!stress_check(child != NULL, "wait() gives %d, a stranger", pid))
		return false;
	stress_check(status == child->status,
		     "child %d: status %#x, expected %#x", pid, status,
		     child->status);
	forget(pid);
	child->pid = 0;
	return true;
}

static void run_worker(long me)
{
	struct child child[CHILDREN] = { { 0, 0 } };
	struct rng rng = rng_of(me);
	int nr = 0;

	while (stress_go_on() || nr > 0) {
		if (nr < CHILDREN && stress_go_on()) {
			start_child(find_child(child, 0), &rng);
			nr++;
			if (nr < CHILDREN && rng_below(&rng, 3))
				continue;
		}
		if (!reap_child(child))
			return;
		nr--;
		stress_round();
	}
	stress_check(wait(NULL) < 0 && errno == ECHILD, "a child is left over");
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 4, "every process is reaped once");
	alive = stress_map(MAX_PID, MAP_SHARED | MAP_NORESERVE);
	stress_children(stress.threads, run_worker);
	return stress_end();
}
