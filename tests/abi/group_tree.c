/*
 * tests/abi/group_tree.c
 *
 * Claim    A signal to a group reaches each of its members and nobody else,
 *          whatever has become of their parents: whether they are members, have
 *          ended, or have left or joined the group. The group is there as long
 *          as it has a member, and a zombie is one.
 * Method   Processes that do as they are told, with SIGUSR1 blocked: make a child, join a
 *          group, end. After each step the group gets SIGUSR1, and all are asked
 *          whether they have it.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>
#include <sys/prctl.h>

enum { A, B, C, D, E, F, NR };

enum what { MAKE, WAIT, JOIN, ADOPT, HAS_SIGNAL, END };

struct order {
	enum what what;
	pid_t pid; /* MAKE: which; JOIN: whose group */
};

static struct player {
	int orders[2];
	pid_t pid; /* 0: it has not begun, or has ended */
} *player;         /* shared */
static int answers[2];
static sigset_t usr1;

/* ---- a player ---- */

static void play(int me);

static int make(int other)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		play(other);
		_exit(1);
	}
	return player[other].pid = pid;
}

static int obey(struct order order)
{
	static const struct timespec now;

	switch (order.what) {
	case MAKE:
		return make(order.pid);
	case WAIT:
		return waitpid(-1, NULL, 0);
	case JOIN:
		return setpgid(0, order.pid);
	case ADOPT:
		return prctl(PR_SET_CHILD_SUBREAPER, 1);
	case HAS_SIGNAL:
		return sigtimedwait(&usr1, NULL, &now) == SIGUSR1;
	case END:
		break;
	}
	_exit(0);
}

static void play(int me)
{
	struct order order;

	alarm(60); /* at last, with the test gone */
	while (read(player[me].orders[0], &order, sizeof(order)) == sizeof(order)) {
		int answer = obey(order);

		if (write(answers[1], &answer, sizeof(answer)) != sizeof(answer))
			_exit(1);
	}
}

/* ---- who gives orders ---- */

static int tell(int who, enum what what, pid_t pid)
{
	struct order order = { what, pid };
	int answer = 0;

	if (write(player[who].orders[1], &order, sizeof(order)) != sizeof(order))
		bail_out("order: %s", strerror(errno));
	if (what != END && read(answers[0], &answer, sizeof(answer)) != sizeof(answer))
		bail_out("answer: %s", strerror(errno));
	return answer;
}

static void must(int who, enum what what, pid_t pid)
{
	if (tell(who, what, pid) < 0)
		bail_out("player %d cannot do %d", who, what);
}

/* @who ends, and its parent, a player or (-1) the test, waits for it. */
static void end(int who, int parent)
{
	pid_t pid = player[who].pid;

	tell(who, END, 0);
	if (parent >= 0 ? tell(parent, WAIT, 0) != pid : waitpid(pid, NULL, 0) != pid)
		bail_out("player %d does not end", who);
	player[who].pid = 0;
}

/* The group that @leader has made reaches the players named in @whom. */
static void reaches(pid_t leader, const char *whom, const char *why)
{
	char found[NR + 1] = "";

	if (tap_kill_group(leader, SIGUSR1) != 0)
		bail_out("kill: %s", strerror(errno));
	for (int i = 0, n = 0; i < NR; i++)
		if (player[i].pid != 0 && tell(i, HAS_SIGNAL, 0))
			found[n++] = (char)('A' + i);
	if (!ok(strcmp(found, whom) == 0, "%s", why))
		diag("reached are %s, and should be %s", found, whom);
}

static void begin(void)
{
	player = mmap(NULL, NR * sizeof(*player), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (player == MAP_FAILED || pipe(answers))
		bail_out("begin: %s", strerror(errno));
	for (int i = 0; i < NR; i++)
		if (pipe(player[i].orders))
			bail_out("pipe: %s", strerror(errno));
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	/* Whoever is left without a parent is ours to wait for. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		bail_out("prctl: %s", strerror(errno));
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: PR_SET_CHILD_SUBREAPER is refused");
	plan(14);
	begin();
	make(A);
	must(A, JOIN, 0);
	must(A, MAKE, B);
	must(B, MAKE, C);

	const pid_t a = player[A].pid;

	reaches(a, "ABC", "a member, his child, and the child's");
	end(B, A);
	reaches(a, "AC", "one whose parent has ended, with another that is none");
	must(A, MAKE, D);
	must(A, JOIN, getpgrp());
	reaches(a, "CD", "one whose parent has left");
	must(A, JOIN, a);
	reaches(a, "ACD", "who comes back to his children");
	must(A, ADOPT, 0);
	must(D, MAKE, E);
	end(D, A);
	reaches(a, "ACE", "one whose parent has ended, with another that is one");
	must(E, JOIN, 0);
	must(E, MAKE, F);

	const pid_t e = player[E].pid;

	reaches(e, "EF", "another group, below the first");
	reaches(a, "AC", "and the first without it");
	must(E, JOIN, a);
	reaches(e, "F", "a group whose first member has left");
	reaches(a, "ACE", "and is back");
	must(E, JOIN, e);
	must(A, JOIN, e);
	reaches(e, "AEF", "who joins the group of his child");
	reaches(a, "C", "and leaves that which he has made");
	end(C, -1);
	fails(tap_kill_group(a, 0), ESRCH, "which ends with its last member");
	end(F, E);
	end(E, A);
	tell(A, END, 0);

	siginfo_t info;

	if (waitid(P_PID, (id_t)a, &info, WEXITED | WNOWAIT))
		bail_out("waitid: %s", strerror(errno));
	is_int(tap_kill_group(e, 0), 0, "of a group a zombie is left");
	waitpid(a, NULL, 0);
	fails(tap_kill_group(e, 0), ESRCH, "and then nobody");
	return done_testing();
}
