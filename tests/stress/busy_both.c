/*
 * tests/stress/busy_both.c
 *
 * Claim    Of who executes a program and who opens it to write to it, if both
 *          come at once, one is refused, and the other is not.
 * Method   A child and its parent meet. The one executes a copy of this
 *          program, which says that it runs, and waits; the other opens it to write.
 *          Then both let go of it.
 * Oracle   What the program says, and what open() does.
 * Catches  A count of who is there that is asked, and then raised.
 * -X       Another copy is opened.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include "../libprogram.h"

enum { REFUSED = 42 };

#define PROGRAM "program"
#define ANOTHER "another"

static struct meeting *meeting;

/* What is executed: says so on its output, until its input ends. */
static int run(void)
{
	char c;

	if (write(1, "r", 1) != 1)
		return 1;
	return read(0, &c, 1) != 0;
}

static void execute(int in, int out)
{
	char *const argv[] = { PROGRAM, "again", NULL };

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(1);
	meet(meeting, 2);
	execv(PROGRAM, argv);
	_exit(errno == ETXTBSY ? REFUSED : 1);
}

static void one_round(void)
{
	int go[2], says[2], status;

	if (pipe2(go, O_CLOEXEC) || pipe2(says, O_CLOEXEC))
		bail_out("pipe: %s", strerror(errno));

	pid_t pid = tap_fork();

	if (pid == 0)
		execute(go[0], says[1]);
	close(go[0]);
	close(says[1]);
	meet(meeting, 2);

	int fd = open(stress.wrong ? ANOTHER : PROGRAM, O_WRONLY | O_CLOEXEC);
	int err = errno;
	char c;
	bool runs = read(says[0], &c, 1) == 1;

	stress_check(fd >= 0 || err == ETXTBSY, "open: %s", strerror(err));
	stress_check(fd < 0 || !runs, "it runs, and is open to be written to");
	stress_check(fd >= 0 || runs, "both are refused");
	close(go[1]);
	close(says[0]);
	stress_check(waitpid(pid, &status, 0) == pid &&
		     WIFEXITED(status) &&
		     WEXITSTATUS(status) == (runs ? 0 : REFUSED),
		     "the program ends with wait status %#x", status);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	char dir[] = "busy_both.XXXXXX";

	if (argc == 2 && strcmp(argv[1], "again") == 0)
		return run();
	stress_begin(argc, argv, 2, "a program is written to or runs");
	meeting = stress_map(sizeof(*meeting), MAP_SHARED);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	copy_own_program(PROGRAM, 0755);
	copy_own_program(ANOTHER, 0755);
	while (stress_go_on()) {
		one_round();
		stress_round();
	}
	unlink(PROGRAM);
	unlink(ANOTHER);
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
