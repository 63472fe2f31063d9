/*
 * tests/abi/threads_max.c
 *
 * Claim    All threads of the system have a bound, kernel.threads-max, which
 *          holds for root, too: EAGAIN; the last are root's.
 * Method   More children than the least bound there is; then that bound.
 * Oracle   Linux, which keeps none for root.
 */
#include "../tap.h"

enum { USER = 4242, LEAST = 20, CHILDREN = LEAST + 5 };

static const char *const threads_max = "/proc/sys/kernel/threads-max";

/* 0, or -1 with errno. */
static int set_max(long n)
{
	int fd = open(threads_max, O_WRONLY), done;

	if (fd < 0)
		return -1;
	done = dprintf(fd, "%ld\n", n);
	close(fd);
	return done > 0 ? 0 : -1;
}

/* Threads there are: "load load load running/all last". */
static long count_threads(void)
{
	FILE *f = fopen("/proc/loadavg", "r");
	long n = -1;

	if (!f || fscanf(f, "%*s %*s %*s %*d/%ld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static pid_t children[CHILDREN];

static void start_children(void)
{
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = tap_fork();
		while (children[i] == 0)
			pause();
	}
}

static void end_children(void)
{
	for (int i = 0; i < CHILDREN; i++) {
		tap_kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

static void *nothing(void *arg)
{
	return arg;
}

/* 0: it is made, and over; else why not. */
static int try_thread(void)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, nothing, NULL);

	if (err == 0)
		pthread_join(thread, NULL);
	return err;
}

static int try_process(void)
{
	pid_t pid = tap_try_fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : waitpid(pid, NULL, 0) == pid ? 0 : ECHILD;
}

static void test_bound(long usual)
{
	is_int(set_max(LEAST), 0, "the least bound");

	int process = try_process(), thread = try_thread();

	is_int(set_max(usual), 0, "the usual one again");
	is_int(process, EAGAIN, "no more processes");
	is_int(thread, EAGAIN, "nor threads");
	is_int(try_process(), 0, "now there are");
	is_int(try_thread(), 0, "of both");
	is_int(read_number(threads_max), usual, "the bound is told");
}

static int user_forks(void *unused TAP_UNUSED)
{
	return setuid(USER) < 0 ? 99 : try_process();
}

static void test_reserve(long usual)
{
	pid_t pid = tap_fork();
	int status;

	if (pid == 0) { /* one that may become a user, and is there already */
		raise(SIGSTOP);
		_exit(user_forks(NULL));
	}
	waitpid(pid, NULL, WUNTRACED);
	set_max(count_threads() + 2);

	int root = try_process();

	tap_kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	set_max(usual);
	is_int(root, 0, "root gets the last");
	if (access("/proc/drover", F_OK) == 0)
		is_exit(status, EAGAIN, "and no user");
	else
		skip(1, "a user gets them, too");
}

int main(void)
{
	long usual = read_number(threads_max);

	ok(usual >= LEAST, "threads-max is %ld", usual);
	if (getuid() != 0 || under_qemu_user()) {
		skip(10, "only root sets it");
		return done_testing();
	}
	fails(set_max(LEAST - 1), EINVAL, "no fewer than %d", LEAST);
	start_children();
	test_bound(usual);
	test_reserve(usual);
	end_children();
	return done_testing();
}
