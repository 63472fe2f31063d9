/*
 * vfork_storm.c - memory that is lent by vfork(), and comes back.
 *
 * Claim:  who calls vfork() goes on when the child has called exec or has
 *         ended, not before and not later, also when nobody will wait for the
 *         child; if he is killed meanwhile, the child keeps the memory.
 * Method: workers call vfork().  The child stores to their memory and exits;
 *         it exits with SIGCHLD ignored, so that it is gone at once; it calls
 *         exec, and the new program lives until the worker, who must go on
 *         for that, lets it go; it loses its parent by SIGKILL and stores
 *         then.
 * Oracle: the worker finds the child's last store.  A worker that is found
 *         asleep at look after look while its child sleeps was forgotten.
 *         In the lab build, memory that is used after it was freed is found.
 * -X:     the child does not make its last store.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <sched.h>

enum { END_CODE = 30, NR_WAYS = 4 };

/* Of a worker; shared, for the watch and for children of parents that died. */
static struct slot {
	volatile pid_t worker, child;
	volatile unsigned long rounds;
	volatile long word;
	volatile bool orphan_stored;
} *slots;

static struct slot *mine;
static volatile long *lent; /* private memory, which only a vfork shares */

static void store_last(long value)
{
	if (!stress.wrong)
		*lent = value;
}

static void busy_a_moment(void)
{
	for (int i = 0; i < 3; i++)
		sched_yield();
}

/* ---- the child exits ---- */

/* The pid; the child is the caller's until it has stored @value. */
static __attribute__((noipa)) pid_t vfork_and_store(long value)
{
	pid_t pid = tap_started(vfork());

	if (pid != 0)
		return pid;
	mine->child = getpid();
	*lent = -value;
	busy_a_moment();
	store_last(value);
	_exit(END_CODE);
}

static void child_exits(long value)
{
	int status;
	pid_t pid = vfork_and_store(value);

	stress_check(*lent == value, "the wait is over, the child's store not");
	stress_check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == END_CODE,
		     "wait status %#x", status);
}

static void child_is_not_waited_for(long value)
{
	signal(SIGCHLD, SIG_IGN);
	pid_t pid = vfork_and_store(value);

	stress_check(*lent == value, "the wait is over, the child's store not");
	stress_check(waitpid(pid, NULL, 0) < 0 && errno == ECHILD,
		     "SIGCHLD is ignored, and there was a child");
	signal(SIGCHLD, SIG_DFL);
}

/* ---- the child calls exec ---- */

static __attribute__((noipa)) pid_t vfork_and_exec(const char *read_end)
{
	pid_t pid = tap_started(vfork());

	if (pid != 0)
		return pid;
	mine->child = getpid();
	store_last(1);
	execl("/proc/self/exe", "vfork_storm", "new", read_end, NULL);
	_exit(1);
}

/* The new program: until the other end is closed. */
static int be_new(int fd)
{
	char c;

	return read(fd, &c, 1) == 0 ? END_CODE : 1;
}

static void child_execs(void)
{
	char text[12];
	int ends[2], status;

	if (pipe(ends) < 0 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) < 0)
		bail_out("pipe: %s", strerror(errno));
	snprintf(text, sizeof(text), "%d", ends[0]);
	*lent = 0;
	pid_t pid = vfork_and_exec(text);

	stress_check(*lent == 1, "the wait is over, the child's store not");
	close(ends[1]);
	waitpid(pid, &status, 0);
	stress_check(WIFEXITED(status) && WEXITSTATUS(status) == END_CODE,
		     "the new program: wait status %#x", status);
	close(ends[0]);
}

/* ---- the parent dies ---- */

/* Its child has the memory for itself, when it has seen that. */
static __attribute__((noipa)) void lend_until_killed(void)
{
	pid_t self = getpid();

	if (tap_started(vfork()) != 0)
		_exit(0);
	mine->child = getpid();
	for (int i = 0; getppid() == self && i < STUCK_MS; i++)
		stress_pause_ms(1);
	stress_check(getppid() != self, "a parent that was killed waits for its child");
	for (int i = 0; i < 64; i++)
		lent[i] = i;
	mine->orphan_stored = true;
	_exit(0);
}

static void parent_dies(struct rng *rng)
{
	int status;
	pid_t parent;

	mine->child = 0;
	mine->orphan_stored = false;
	parent = tap_fork();
	if (parent == 0)
		lend_until_killed();
	while (mine->child == 0)
		sched_yield();
	rng_dither(rng);
	tap_kill(parent, SIGKILL);
	waitpid(parent, &status, 0);
	stress_check(WIFSIGNALED(status), "killed while it waits, wait status %#x",
		     status);
	while (!mine->orphan_stored && !stress_failed())
		stress_pause_ms(1);
}

/* ---- workers ---- */

static void run_worker(long me)
{
	struct rng rng = rng_of((uint64_t)me);

	mine = &slots[me];
	mine->worker = getpid();
	for (long n = 1; stress_go_on(); n++) {
		switch (rng_below(&rng, NR_WAYS)) {
		case 0:
			child_exits(n);
			break;
		case 1:
			child_is_not_waited_for(n);
			break;
		case 2:
			child_execs();
			break;
		default:
			parent_dies(&rng);
		}
		mine->rounds++;
		stress_round();
	}
	mine->worker = 0;
}

/* A worker's own pauses are short, and its rounds go on. */
static void look(void)
{
	static struct stress_seen seen[MAX_THREADS];

	for (int i = 0; i < stress.threads; i++) {
		pid_t worker = slots[i].worker, child = slots[i].child;

		if (worker == 0 || child == 0 || !process_sleeps(worker) ||
		    !process_sleeps(child))
			seen[i].looks = 0;
		else if (stress_stands(&seen[i], slots[i].rounds))
			stress_check(false, "a parent waits on, and its child, %d, sleeps",
				     child);
	}
}

int main(int argc, char **argv)
{
	pid_t watch;

	if (argc == 3 && strcmp(argv[1], "new") == 0)
		return be_new(atoi(argv[2]));
	if (under_qemu_user())
		skip_all("qemu-user: vfork is fork there");
	stress_begin(argc, argv, 3, "a vfork lends memory until exec or exit");
	slots = stress_map(MAX_THREADS * sizeof(*slots), MAP_SHARED);
	lent = stress_map(PAGE, MAP_PRIVATE);
	watch = stress_watch(look);
	for (long i = 0; i < stress.threads; i++) {
		if (tap_fork() == 0) {
			run_worker(i);
			_exit(0);
		}
	}
	for (int i = 0; i < stress.threads; i++)
		waitpid(-1, NULL, 0);
	stress_watch_end(watch);
	return stress_end();
}
