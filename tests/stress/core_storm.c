/*
 * tests/stress/core_storm.c
 *
 * Claim    Whatever a process does when one of its threads is hit, it ends
 *          once, by that signal or by SIGKILL; if its status says that it has
 *          left a core, that one is whole: as many mappings and notes as its
 *          head says, and the mark in the memory.
 * Method   Processes whose threads crash at the same time, end, execute another
 *          program or make children; some are killed while they write.
 * Catches  Two writers of one core (drop the test of exec_thread in
 *          proc_end_other_threads_locked(): seen, they wait for each other), a
 *          thread that writes registers to a core that is over (drop `wanted`
 *          in leave_registers()), a kill that waits for the writer.
 * -X       The mark is another one.
 */
#define _GNU_SOURCE
#include "../libcore.h"
#include "libstress.h"

#include <sys/resource.h>
#include <sys/stat.h>

enum { MARK = 0x7e57c0de, CRASHERS = 4, BALLAST = 64 };

static volatile uint64_t mark;
static pthread_barrier_t together;

static void *crash_or_not(void *arg)
{
	long kind = (long)arg;
	char *const none[] = { "/bin/true", NULL };

	pthread_barrier_wait(&together);
	switch (kind) {
	case 0:
		return NULL;
	case 1:
		execv(none[0], none);
		return NULL;
	case 2:
		if (tap_try_fork() == 0)
			_exit(0);
		return NULL;
	default:
		__asm__ volatile("sd zero, 0(%0)" : : "r"(8) : "memory");
		return NULL;
	}
}

static int crash(struct rng *rng)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	char directory[40];
	pthread_t t;
	char *ballast;

	snprintf(directory, sizeof(directory), "/tmp/storm%d", getpid());
	mkdir(directory, 0700);
	if (chdir(directory) < 0)
		return 1;
	setrlimit(RLIMIT_CORE, &all);
	mark = stress.wrong ? 1 : MARK;
	ballast = stress_map(BALLAST * PAGE, MAP_PRIVATE);
	memset(ballast, 1, BALLAST * PAGE);
	pthread_barrier_init(&together, NULL, CRASHERS);
	for (int i = 1; i < CRASHERS; i++)
		tap_thread(&t, NULL, crash_or_not, (void *)(long)rng_below(rng, 6));
	crash_or_not((void *)9L);
	return 1;
}

/* And away with it. */
static bool is_whole(const char *name)
{
	const uint64_t *copy;
	bool whole;

	if (!open_core(name))
		return false;
	copy = core_is_whole() ? memory_at((uint64_t)&mark) : NULL;
	whole = copy != NULL && *copy == MARK;
	close_core(name);
	return whole;
}

static void judge(pid_t pid, int status, bool killed)
{
	char directory[40], name[60];

	snprintf(directory, sizeof(directory), "/tmp/storm%d", pid);
	snprintf(name, sizeof(name), "%s/core", directory);
	if (WIFSIGNALED(status) && WCOREDUMP(status))
		stress_check(is_whole(name), "the core of %d is not whole", pid);
	stress_check((WIFSIGNALED(status) &&
		      (WTERMSIG(status) == SIGSEGV ||
		       (killed && WTERMSIG(status) == SIGKILL))) ||
		     (WIFEXITED(status) && WEXITSTATUS(status) == 0),
		     "%d ended with %#x", pid, status);
	unlink(name); /* what is not to be there */
	rmdir(directory);
}

static void one(struct rng *rng)
{
	bool kills = rng_below(rng, 3) == 0;
	pid_t pid = tap_fork();
	int status;

	if (pid == 0)
		_exit(crash(rng));
	if (kills) {
		usleep(rng_below(rng, 8000));
		tap_kill(pid, SIGKILL);
	}
	if (waitpid(pid, &status, 0) == pid)
		judge(pid, status, kills);
	stress_round();
}

static void *storm(void *arg)
{
	struct rng rng = rng_of((long)arg);

	while (stress_go_on()) {
		one(&rng);
		rng_below(&rng, 2);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];

	if (!on_drover())
		skip_all("cores are somebody's");
	stress_begin(argc, argv, 3, "who crashes ends once, and his core is whole");
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&threads[i], NULL, storm, (void *)i);
	for (int i = 0; i < stress.threads; i++)
		pthread_join(threads[i], NULL);
	return stress_end();
}
