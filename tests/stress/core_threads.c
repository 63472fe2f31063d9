/*
 * core_threads.c - who is hit tells the others to end, and they are quick.
 *
 * Claim:  the core of a process has the registers of each of its threads.
 * Method: a process of a few threads that run in user mode, of which one is
 *         hit; its core is read.
 * Oracle: as many notes of registers as threads.
 * -X:     there should be one thread more.
 */
#include "libstress.h"
#include "../libcore.h"

#include <sys/resource.h>

static int running;

static void *spin(void *unused TAP_UNUSED)
{
	__atomic_fetch_add(&running, 1, __ATOMIC_RELAXED);
	while (true)
		__asm__ volatile("" : : : "memory");
	return NULL;
}

/* In a child: does not return. */
static void crash(const char *folder)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	pthread_t t;

	if (chdir(folder) < 0 || setrlimit(RLIMIT_CORE, &all) < 0)
		_exit(1);
	for (int i = 1; i < stress.threads; i++)
		tap_thread(&t, NULL, spin, NULL);
	while (__atomic_load_n(&running, __ATOMIC_RELAXED) < stress.threads - 1)
		sched_yield();
	__asm__ volatile("sd zero, 0(%0)" : : "r"(8) : "memory");
	_exit(1);
}

static int threads_in(const char *name)
{
	int n = 0;

	if (!open_core(name))
		return 0;
	while (note(NT_PRSTATUS, n, NULL) != NULL)
		n++;
	close_core(name);
	return n;
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/core_threads.XXXXXX", name[40];
	int status;

	if (!on_drover())
		skip_all("cores are somebody's");
	stress_begin(argc, argv, 3, "each thread is in the core");
	if (mkdtemp(folder) == NULL)
		bail_out("%s: %s", folder, strerror(errno));
	snprintf(name, sizeof(name), "%s/core", folder);
	while (stress_go_on()) {
		pid_t pid = tap_fork();
		int found;

		if (pid == 0)
			crash(folder);
		waitpid(pid, &status, 0);
		found = threads_in(name);
		stress_check(WCOREDUMP(status), "it ended with %#x", status);
		stress_check(found == stress.threads + stress.wrong,
			     "the core has %d of %d threads", found, stress.threads);
		stress_round();
	}
	rmdir(folder);
	return stress_end();
}
