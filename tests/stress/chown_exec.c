/*
 * tests/stress/chown_exec.c
 *
 * Claim    Who executes a program that is set-user-ID gets the rights of an
 *          owner that it had together with that bit, and no other's.
 * Method   Root gives a program to user 1000, who is said to have made it
 *          set-user-ID, and takes it back by chown(), which takes the bit
 *          away. User 1000 executes it all the time.
 * Oracle   The program says whose rights it has: at no moment was it root's
 *          and set-user-ID.
 * Catches  Mode and owner of a file that are read, or changed, one after the
 *          other.
 * -X       Root sets the bit once it has the program back.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include "../libprogram.h"

#include <sys/stat.h>

enum { USER = 1000, BECAME_ROOT = 42 };

#define PROGRAM "program"

static int *user_is_done;

/* ---- root's part ---- */

static void give_and_take_back(void)
{
	int bad = chown(PROGRAM, USER, USER);

	bad |= chmod(PROGRAM, 04755);
	sched_yield();
	bad |= chown(PROGRAM, 0, 0);
	if (stress.wrong)
		bad |= chmod(PROGRAM, 04755);
	stress_check(bad == 0, "root may not: errno %d", errno);
}

/* ---- the user's ---- */

static void execute(void)
{
	char *const argv[] = { PROGRAM, "again", NULL };
	int status;
	pid_t pid = tap_fork();

	if (pid == 0) {
		execv(PROGRAM, argv);
		_exit(1);
	}
	stress_check(waitpid(pid, &status, 0) == pid && WIFEXITED(status),
		     "the program ends with wait status %#x", status);
	stress_check(WEXITSTATUS(status) != BECAME_ROOT,
		     "user %d has become root", USER);
	stress_check(WEXITSTATUS(status) == 0 ||
		     WEXITSTATUS(status) == BECAME_ROOT,
		     "the program cannot be run: status %#x", status);
}

static void be_user(long me TAP_UNUSED)
{
	if (setgid(USER) < 0 || setuid(USER) < 0)
		bail_out("user %d: %s", USER, strerror(errno));
	while (stress_go_on()) {
		execute();
		stress_round();
	}
	__atomic_fetch_add(user_is_done, 1, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
	char dir[] = "chown_exec.XXXXXX";

	if (argc == 2 && strcmp(argv[1], "again") == 0)
		_exit(geteuid() == 0 ? BECAME_ROOT : 0);
	if (geteuid() != 0)
		skip_all("only root gives files away");
	stress_begin(argc, argv, 3, "a set-user-ID program runs as its owner");
	user_is_done = stress_map(PAGE, MAP_SHARED);
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0 || chdir(dir) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	copy_own_program(PROGRAM, 0755);
	for (int i = 1; i < stress.threads; i++)
		if (tap_fork() == 0) {
			be_user(i);
			_exit(0);
		}
	while (__atomic_load_n(user_is_done, __ATOMIC_ACQUIRE) <
	       stress.threads - 1)
		give_and_take_back();
	stress_reap();
	unlink(PROGRAM);
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
