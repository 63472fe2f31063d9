/*
 * tests/stress/user_attack.c
 *
 * Claim    What one user does with memory leaves root enough to look, to kill
 *          and to clean up: ten of ten fork() and exec() succeed while the
 *          attack stands and when it has been killed, files can be removed,
 *          process 1 lives, and the memory comes back.
 * Method   As user 1000: pipes filled by several processes; threads and
 *          processes that do nothing; a file until there is no room, and
 *          directories in directories; hogs that begin again when they are
 *          killed.
 *          Root, who started them, tries meanwhile.
 * Catches  A kind of memory that nobody is charged for; a reserve that others
 *          can take from; a victim that is waited for and never goes.
 * -X       The attacker is not killed.
 *
 * Only on drover, and where memory is small: elsewhere it would take the
 * host's.
 */
#define _GNU_SOURCE
#include "libmemory.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

enum { USER = 1000, TRIES = 10, CROWD = 8, SLACK_KIB = 2048,
       DEPTH = 2200 };	/* deeper than a path is long */

static char dir[64];
static int ready;	/* the attacker's end of a pipe: it has done its worst */

static void tell(void)
{
	if (write(ready, "x", 1) != 1)
		_exit(1);
}

static void pause_for_ever(void)
{
	for (;;)
		pause();
}

/* ---- the attacks ---- */

static void fill_a_pipe(void)
{
	static char bytes[1 << 16];
	int end[2];

	if (pipe2(end, O_NONBLOCK) < 0)
		return;
	while (write(end[1], bytes, sizeof(bytes)) > 0)
		;
}

static void fill_pipes(void)
{
	for (int i = 0; i < 600; i++)
		fill_a_pipe();
}

static void pipes(void)
{
	pid_t last = 0;

	for (int i = 0; i < CROWD; i++) {
		last = tap_try_fork();
		if (last == 0) {
			fill_pipes();
			if (i == CROWD - 1)
				tell();
			pause_for_ever();
		}
	}
	if (last < 0)
		tell();
}

static void *do_nothing(void *unused)
{
	pause_for_ever();
	return unused;
}

static void idle_threads(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN);
	while (pthread_create(&thread, &attr, do_nothing, NULL) == 0)
		;
	tell();
}

static void idle_processes(void)
{
	pid_t pid;

	while ((pid = tap_try_fork()) > 0)
		;
	if (pid < 0)
		tell();
}

static void one_file(void)
{
	static char block[1 << 16];
	int fd = open("file", O_WRONLY | O_CREAT, 0600);

	while (write(fd, block, sizeof(block)) > 0)
		;
	tell();
}

static void nested_directories(void)
{
	for (int i = 0; i < DEPTH && mkdir("d", 0700) == 0; i++)
		if (chdir("d") < 0)
			break;
	tell();
}

static void hog(void)
{
	for (;;) {
		size_t bytes = 1 << 20;
		char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t i = 0; p != MAP_FAILED && i < bytes; i += PAGE)
			p[i] = 1;
	}
}

static void hogs(void)
{
	pid_t pid;

	for (int i = 0; i < CROWD / 2; i++)
		if (tap_try_fork() == 0)
			break;
	for (bool told = false;; told = true) {
		pid = tap_try_fork();
		if (pid == 0)
			hog();
		waitpid(pid, NULL, 0);
		if (!told)
			tell();
	}
}

static const struct attack {
	const char *name;
	void (*begin)(void);
} attacks[] = {
	{ "pipes", pipes },
	{ "idle threads", idle_threads },
	{ "idle processes", idle_processes },
	{ "one file", one_file },
	{ "nested directories", nested_directories },
	{ "hogs", hogs },
};

enum { NR_ATTACKS = sizeof(attacks) / sizeof(attacks[0]) };

/* ---- root ---- */

/* The wait status of @argv, or -errno of fork(). */
static int run(char *const argv[])
{
	int status;
	pid_t pid = tap_try_fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		bail_out("waitpid: %s", strerror(errno));
	return status;
}

static void try_to_work(const struct attack *a, const char *when)
{
	char *argv[] = { "/proc/self/exe", "nothing", NULL };

	for (int i = 0; i < TRIES; i++) {
		int status = run(argv);

		stress_check(status == 0, "%s, %s: try %d of root: %d",
			     a->name, when, i, status);
	}
	stress_check(access("/proc/1/stat", F_OK) == 0,
		     "%s: process 1 is gone", a->name);
}

static pid_t start(const struct attack *a)
{
	int end[2];
	char c;
	pid_t pid;

	if (pipe(end) < 0)
		bail_out("pipe: %s", strerror(errno));
	ready = end[1];
	pid = tap_fork();
	if (pid == 0) {
		close(end[0]);
		if (setpgid(0, 0) < 0 || chdir(dir) < 0 || setgid(USER) < 0 ||
		    setuid(USER) < 0)
			_exit(1);
		a->begin();
		pause_for_ever();
	}
	setpgid(pid, pid);
	close(end[1]);
	stress_check(read(end[0], &c, 1) == 1, "%s: it never stood", a->name);
	close(end[0]);
	return pid;
}

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/attack.%d", getpid());
	if (mkdir(dir, 0700) < 0 || chown(dir, USER, USER) < 0)
		bail_out("%s: %s", dir, strerror(errno));
}

static void remove_dir(const struct attack *a)
{
	char *argv[] = { "/bin/rm", "-rf", dir, NULL };
	int status = run(argv);

	stress_check(status == 0 && access(dir, F_OK) < 0,
		     "%s: rm ends with %d", a->name, status);
}

static void attack(const struct attack *a)
{
	long before = free_kib();
	pid_t pid;

	make_dir();
	pid = start(a);
	try_to_work(a, "under attack");
	if (!stress.wrong) {
		tap_kill_group(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	try_to_work(a, "afterwards");
	remove_dir(a);
	wait_for_memory(before - SLACK_KIB, a->name);
	if (stress.wrong) {
		tap_kill_group(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	stress_round();
}

int main(int argc, char **argv)
{
	struct sysinfo info;

	if (argc > 1 && strcmp(argv[1], "nothing") == 0)
		return 0;
	sysinfo(&info);
	if (under_qemu_user() || !on_drover() || getuid() != 0)
		skip_all("only root on drover stands this");
	if (info.totalram > 1UL << 30)
		skip_all("more than 1 GiB of memory: not to be eaten");
	stress_begin(argc, argv, 1, "a user leaves root enough to work");
	for (unsigned i = 0; !stress_failed() &&
	     (i < NR_ATTACKS || stress_go_on()); i++)
		attack(&attacks[i % NR_ATTACKS]);
	return stress_end();
}
