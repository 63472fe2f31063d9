/*
 * tests/stress/group_last.c
 *
 * Claim    A process group ends once, with its last member, also if two parents
 *          reap the last two at the same time.
 * Method   Two workers make a child each, and put both into one group, which
 *          neither belongs to. When both children have ended the workers meet,
 *          and each reaps its own. Then there is no such group any more.
 * Catches  Members that are taken off the group's list without its lock: both
 *          find it empty and give up the reference of all members, which a
 *          count notices, or neither does. Seen so in the first rounds.
 * -X       One of them reaps its child only after the group was asked for.
 */
#include "libstress.h"

enum { WORKERS = 2 };

static struct shared {
	struct meeting meeting;
	pid_t group;
	bool go_on;
} *shared;

static void both_meet(void)
{
	meet(&shared->meeting, WORKERS);
}

static pid_t child_in_group(int worker)
{
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(0);
	if (worker == 0)
		shared->group = pid;
	if (worker == 0 && setpgid(pid, pid))
		bail_out("a group of its own: %s", strerror(errno));
	both_meet();
	if (worker != 0 && setpgid(pid, shared->group))
		bail_out("into the other's group: %s", strerror(errno));
	both_meet();
	return pid;
}

static void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		bail_out("waitpid: %s", strerror(errno));
}

static void one_round(int worker)
{
	pid_t pid = child_in_group(worker);
	bool late = stress.wrong && worker != 0;
	siginfo_t info;

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		bail_out("waitid: %s", strerror(errno));
	both_meet();
	if (!late)
		reap(pid);
	both_meet();
	if (worker == 0)
		stress_check(tap_kill_group(shared->group, 0) < 0 && errno == ESRCH,
			     "group %d is left", shared->group);
	both_meet();
	if (late)
		reap(pid);
}

/* Worker 0 decides whether there is another round, before both meet for it. */
static void work(int worker)
{
	for (;;) {
		if (worker == 0)
			shared->go_on = stress_go_on();
		both_meet();
		if (!shared->go_on)
			return;
		one_round(worker);
		if (worker == 0)
			stress_round();
	}
}

int main(int argc, char **argv)
{
	pid_t pid;

	stress_begin(argc, argv, WORKERS, "a group ends once, with its last member");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	pid = tap_fork();
	if (pid == 0) {
		work(1);
		_exit(0);
	}
	work(0);
	waitpid(pid, NULL, 0);
	return stress_end();
}
