/*
 * tests/stress/visited.c
 *
 * Claim    Whoever looks at a process's descriptors changes nothing for it: what it
 *          had open is closed when its parent has waited for it, and what it has
 *          locked it has locked after exec(), too.
 * Method   A thread asks all the time whether the child has the same table of
 *          descriptors (kcmp()). The child, which has the only other end of a pipe,
 *          ends; or it locks a file, and runs this program, which stays.
 * Oracle   The pipe is at its end after wait(); the lock is the child's after exec.
 * Catches  A reference by which who looks takes part in the table: he may be the
 *          last and close the files, later; and exec gives the program a table of
 *          its own, which owns no locks.
 * -X       There is a second writer, and no lock.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>

enum { MOMENTS = 3000 };

static int looked_at; /* a child, or 0; all may be done with it at any time */

static void *look(void *unused TAP_UNUSED)
{
	pid_t pid;

	while ((pid = __atomic_load_n(&looked_at, __ATOMIC_RELAXED)) >= 0)
		if (pid > 0)
			syscall(SYS_kcmp, pid, getpid(), KCMP_FILES, 0, 0);
	return NULL;
}

static void show(pid_t pid)
{
	__atomic_store_n(&looked_at, pid, __ATOMIC_RELAXED);
}

static void make_pipe(int fds[2])
{
	if (pipe2(fds, O_NONBLOCK) != 0)
		bail_out("pipe: %s", strerror(errno));
}

static void end_with_pipe(struct rng *rng)
{
	unsigned moments = rng_below(rng, MOMENTS);
	int fds[2];
	pid_t pid;
	char c;

	make_pipe(fds);
	pid = tap_fork();
	if (pid == 0) {
		for (volatile unsigned i = 0; i < moments; i++)
			;
		_exit(0);
	}
	show(pid);
	if (!stress.wrong)
		dup2(fds[0], fds[1]); /* its end goes */
	waitpid(pid, NULL, 0);
	stress_check(read(fds[0], &c, 1) == 0,
		     "a pipe has a writer who is gone");
	close(fds[0]);
	close(fds[1]);
}

static void exec_with_lock(int ready, int file)
{
	struct flock lock = { .l_type = F_WRLCK };
	char fd[12];

	snprintf(fd, sizeof(fd), "%d", ready);
	if (!stress.wrong)
		fcntl(file, F_SETLK, &lock);
	execl("/proc/self/exe", "visited", "stay", fd, NULL);
	_exit(1);
}

static void exec_and_look(int file)
{
	struct flock lock = { .l_type = F_WRLCK };
	int fds[2];
	pid_t pid;
	char c;

	if (pipe(fds) != 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0)
		exec_with_lock(fds[1], file);
	show(pid);
	close(fds[1]);
	if (read(fds[0], &c, 1) != 1 || fcntl(file, F_GETLK, &lock) != 0)
		bail_out("the child: %s", strerror(errno));
	stress_check(lock.l_type == F_WRLCK && lock.l_pid == pid,
		     "exec has lost a lock");
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
}

static int stay(const char *fd)
{
	if (write(atoi(fd), "x", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static void run_worker(long me)
{
	struct rng rng = rng_of(me);
	char name[20];
	pthread_t looker;
	int file;

	snprintf(name, sizeof(name), "visited.%ld", me);
	file = stress_file(name);
	tap_thread(&looker, NULL, look, NULL);
	while (stress_go_on()) {
		if (rng_below(&rng, 2))
			end_with_pipe(&rng);
		else
			exec_and_look(file);
		stress_round();
	}
	show(-1);
	pthread_join(looker, NULL);
	close(file);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "stay") == 0)
		return stay(argv[2]);
	stress_begin(argc, argv, 2, "who is looked at keeps his end and his locks");
	stress_children(stress.threads, run_worker);
	return stress_end();
}
