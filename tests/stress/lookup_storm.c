/*
 * tests/stress/lookup_storm.c
 *
 * Claim    A number leads to who bears it, or to nobody, at whatever moment of
 *          a life it is looked up; and who is found is there for as long as he
 *          is looked at.
 * Method   A keeper makes children, each with threads that come and go, which
 *          end and are reaped as soon as can be. Lookers go through their
 *          numbers: clocks, prlimit(), affinity, kcmp(), pidfd_open(), /proc;
 *          they sleep now and then, and one who never calls the kernel keeps
 *          a hart from telling that it looks at nothing. A child has its own
 *          number for a limit.
 * Oracle   The limit of a number is that number, or what the keeper had; what
 *          fails fails with ESRCH or ENOENT. The lab build finds what is freed
 *          below a reader.
 * Seen to fail  races/rcu_freed_early, rcu_idle_forgotten.
 * -X       A child has another number for its limit.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { KEEPER = 0, SPINNER = 1, FIRST_LOOKER = 2, PIDFD_OPEN = 434, KCMP_VM = 1, NONE = 0 };
#define LIMIT RLIMIT_MSGQUEUE

static struct shared {
	volatile pid_t pid, tid;
	volatile unsigned long spins;
	volatile bool over;
} *shared;

/* ---- who is looked for ---- */

static void *be_thread(void *unused)
{
	shared->tid = (pid_t)syscall(SYS_gettid);
	return unused;
}

static void be_child(unsigned way)
{
	const struct rlimit own = { (rlim_t)(getpid() + stress.wrong), (rlim_t)PAGE * 16 };
	pthread_t t;

	if (setrlimit(LIMIT, &own) != 0)
		_exit(1);
	shared->pid = getpid();
	if (way & 1)
		tap_thread(&t, NULL, be_thread, NULL);
	if (way & 2)
		sched_yield();
	_exit(0);
}

static void keep_children(void)
{
	const struct rlimit none = { NONE, (rlim_t)PAGE * 16 };
	struct rng rng = rng_of(KEEPER);

	if (setrlimit(LIMIT, &none) != 0)
		bail_out("setrlimit: %s", strerror(errno));
	while (stress_go_on()) {
		unsigned way = (unsigned)rng_below(&rng, 4);
		pid_t pid = tap_fork();

		if (pid == 0)
			be_child(way);
		shared->pid = pid;
		if (rng_below(&rng, 2))
			rng_dither(&rng);
		waitpid(pid, NULL, 0);
		stress_round();
	}
	shared->over = true;
}

/* ---- who looks ---- */

static void check_result(long result, const char *call)
{
	stress_check(result >= 0 || errno == ESRCH, "%s: errno %d", call, errno);
}

static void look_at_clocks(pid_t pid, pid_t tid)
{
	void *head;
	size_t size;
	clockid_t clock;
	int err = clock_getcpuclockid(pid, &clock);

	stress_check(err == 0 || err == ESRCH, "clock_getcpuclockid: error %d", err);
	check_result(syscall(SYS_get_robust_list, tid, &head, &size), "get_robust_list");
}

static void look_at_limit(pid_t pid, pid_t tid)
{
	struct rlimit is;
	cpu_set_t set;

	if (prlimit(pid, LIMIT, NULL, &is) == 0)
		stress_check(is.rlim_cur == NONE || is.rlim_cur == (rlim_t)pid,
			     "the limit of %d is %lu", pid, (unsigned long)is.rlim_cur);
	else
		stress_check(errno == ESRCH, "prlimit: errno %d", errno);
	check_result(sched_getaffinity(tid, sizeof(set), &set), "getaffinity");
}

static void look_by_pidfd(pid_t pid, pid_t tid)
{
	int fd = (int)syscall(PIDFD_OPEN, pid, 0);

	check_result(fd, "pidfd_open");
	if (fd >= 0)
		close(fd);
	check_result(syscall(SYS_kcmp, pid, tid, KCMP_VM, 0, 0), "kcmp");
}

static void look_in_proc(pid_t pid, pid_t tid)
{
	char path[40], text[20] = "";
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		stress_check(errno == ENOENT || errno == ESRCH, "%s: errno %d",
			     path, errno);
		return;
	}
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n > 0)
		stress_check(atoi(text) == pid, "%s tells of %s", path, text);
	else
		stress_check(errno == ESRCH, "read of %s: errno %d", path, errno);
	check_result(sched_getscheduler(tid), "getscheduler");
}

static void look_all_the_time(long me)
{
	static void (*const looks[])(pid_t, pid_t) = {
		look_at_clocks, look_at_limit, look_by_pidfd, look_in_proc,
	};
	struct rng rng = rng_of(100 + (uint64_t)me);

	while (!shared->over && !stress_failed()) {
		pid_t pid = shared->pid, tid = shared->tid;

		if (pid == 0 || rng_below(&rng, 4) == 0)
			usleep(1);
		else
			looks[rng_below(&rng, 4)](pid, tid != 0 ? tid : pid);
	}
}

static void spin(void)
{
	while (!shared->over && !stress_failed())
		shared->spins++;
}

static void run_worker(long me)
{
	if (me == KEEPER)
		keep_children();
	else if (me == SPINNER)
		spin();
	else
		look_all_the_time(me);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, FIRST_LOOKER + 2, "a number leads to who bears it, or to nobody");
	if (stress.threads <= FIRST_LOOKER)
		stress.threads = FIRST_LOOKER + 1;
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	stress_children(stress.threads, run_worker);
	stress_check(shared->spins != 0, "nobody spun");
	return stress_end();
}
