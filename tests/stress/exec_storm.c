/*
 * tests/stress/exec_storm.c
 *
 * Claim    execve() replaces a process while its threads run, are made, sleep
 *          and fault on all harts; the new program starts clean.
 * Method   Children start some threads, then one of them, the first or not,
 *          calls exec on this very program, which checks its arguments, its
 *          bss, its descriptors and that it is alone, and exits with a number
 *          the parent expects.
 * Catches  Threads that survive exec, an address space freed while a hart
 *          still runs on it (race 26), lost descriptors.
 * -X       The new program exits with another number.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>

static char zeros[3 * PAGE];

/* The new program: checks, then exits as told. */
static int be_new(char **argv)
{
	for (size_t i = 0; i < sizeof(zeros); i++)
		if (zeros[i])
			return 201;
	memset(zeros, 1, sizeof(zeros));
	if (getpid() != atoi(argv[3]) || getpid() != gettid())
		return 202;
	if (fcntl(atoi(argv[4]), F_GETFD) != -1)
		return 203;
	return atoi(argv[2]);
}

static void *be_busy(void *kind)
{
	volatile char *p = stress_map(16 * PAGE, MAP_PRIVATE);

	for (long i = 0;; i++) {
		if ((long)kind == 0)
			p[i % 16 * PAGE]++;
		else if ((long)kind == 1)
			usleep(1000);
		else if (i % 100 == 0)
			madvise((void *)p, 16 * PAGE, MADV_DONTNEED);
	}
	return NULL;
}

static int exit_code;

static void *exec_self(void *unused)
{
	char code[12], pid[12], fd[12];
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(code, sizeof(code), "%d", exit_code + stress.wrong);
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(fd, sizeof(fd), "%d", file);
	memset(zeros, 7, sizeof(zeros));
	execl("/proc/self/exe", "exec_storm", "new", code, pid, fd, NULL);
	_exit(204);
	return unused;
}

static void be_old(struct rng *rng)
{
	int threads = rng_below(rng, 4);
	pthread_t t;

	for (long i = 0; i < threads; i++)
		tap_thread(&t, NULL, be_busy, (void *)i);
	if (rng_below(rng, 2)) {
		tap_thread(&t, NULL, exec_self, NULL);
		for (;;)
			pause();
	}
	exec_self(NULL);
}

static void run_worker(long me)
{
	struct rng rng = rng_of(me);
	int status;

	while (stress_go_on()) {
		pid_t pid;

		exit_code = rng_below(&rng, 200);
		rng_next(&rng);
		pid = tap_fork();
		if (pid == 0)
			be_old(&rng);
		waitpid(pid, &status, 0);
		stress_check(status == exit_code << 8,
			     "wait status %#x, expected exit code %d", status,
			     exit_code);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "new") == 0)
		return be_new(argv);
	if (under_qemu_user())
		skip_all("qemu-user: the host cannot exec riscv64 programs");
	stress_begin(argc, argv, 4, "exec replaces busy processes");
	stress_children(stress.threads, run_worker);
	return stress_end();
}
