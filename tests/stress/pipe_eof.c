/*
 * pipe_eof.c - the last writer leaves while several readers sleep.
 *
 * Claim:  when the last writer of a pipe closes it, every reader that waits
 *         gets the end of the file, and when the last reader closes it, every
 *         writer that waits gets EPIPE.
 * Method: some children sleep in read() on an empty pipe, then the parent
 *         closes the only end for writing; or they sleep in write() on a full
 *         one, and it closes the only end for reading.
 * Oracle: each child comes back and exits. One that is found asleep again and
 *         again although the other end is closed was forgotten.
 * -X:     the parent keeps the other end open for the last child to leave.
 */
#include "libstuck.h"

enum { MAX_READERS = 8 };

static pid_t child[MAX_READERS];
static int nr_children;
static volatile long never_changes;

static int sleep_in_pipe(int fds[2], bool reads)
{
	static char block[PAGE];
	char c;
	ssize_t n;

	signal(SIGPIPE, SIG_IGN);
	close(fds[reads ? 1 : 0]);
	if (reads)
		return read(fds[0], &c, 1) != 0;
	while ((n = write(fds[1], block, sizeof(block))) > 0)
		;
	return !(n < 0 && errno == EPIPE);
}

static void fork_sleepers(int fds[2], bool reads)
{
	for (int i = 0; i < nr_children; i++) {
		child[i] = tap_fork();
		if (child[i] == 0)
			_exit(sleep_in_pipe(fds, reads));
	}
}

static void wait_until_all_sleep(void)
{
	for (int i = 0; i < nr_children; i++)
		while (thread_state(child[i], child[i]) != 'S')
			sched_yield();
}

/* Reaps one child; one that will never come is killed. */
static void reap(pid_t pid, bool reads)
{
	int status;

	for (int i = 0; waitpid(pid, &status, WNOHANG) == 0; i++) {
		if (i < 100) {
			sched_yield();
			continue;
		}
		i = 0;
		if (!stays_in_state(pid, pid, 'S', &never_changes, 0))
			continue;
		stress_check(false, "child %d sleeps in %s although the last %s has closed the pipe",
			     pid, reads ? "read()" : "write()",
			     reads ? "writer" : "reader");
		tap_kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return;
	}
	stress_check(status == 0, "child %d: wait status %#x", pid, status);
}

static void one_round(bool reads)
{
	int fds[2], kept = -1;

	if (pipe(fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	fork_sleepers(fds, reads);
	wait_until_all_sleep();
	if (stress.wrong)
		kept = dup(fds[reads ? 1 : 0]);
	close(fds[0]);
	close(fds[1]);
	for (int i = 0; i < nr_children; i++)
		reap(child[i], reads);
	if (kept >= 0)
		close(kept);
	stress_round();
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 4, "the end of a pipe wakes everybody who waits for it");
	nr_children = stress.threads < MAX_READERS ? stress.threads : MAX_READERS;
	while (stress_go_on()) {
		one_round(true);
		one_round(false);
	}
	return stress_end();
}
