/*
 * chown_stat.c - a set-user-ID file changes hands.
 *
 * Claim:  exec takes mode and owner of a file as they are at one moment: one
 *         that is given to root has lost set-user-ID by then.  In drover this
 *         holds for stat() as well, which asks more often; Linux does not say.
 * Method: root gives a user's program, which is set-user-ID, to himself, which
 *         takes that bit away, and back, and sets it again, for ever.  The
 *         user asks stat() all the time, and runs the program now and then.
 * Oracle: nobody sees a set-user-ID file of root, no program of the user's has
 *         root's rights.
 * -X:     root sets the bit while the file is his.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/stat.h>

enum { USER = 1000, PLAIN = 0755, SETUID = 04755, LOOKS_PER_RUN = 2000, IS_ROOT = 40 };

static char program[] = "/tmp/chown_stat.XXXXXX";

/* ---- the program ---- */

static int be_new(void)
{
	return geteuid() == 0 ? IS_ROOT : 0;
}

/* A copy of ourselves. */
static void make_program(void)
{
	int to = mkstemp(program), from = open("/proc/self/exe", O_RDONLY);
	static char buf[1 << 16];
	ssize_t n;

	if (to < 0 || from < 0)
		bail_out("%s: %s", program, strerror(errno));
	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			bail_out("%s: %s", program, strerror(errno));
	close(from);
	close(to);
}

/* ---- root ---- */

static void must(int result)
{
	stress_check(result == 0, "chown or chmod: errno %d", errno);
}

static void give_and_take(void)
{
	must(chown(program, USER, USER));
	must(chmod(program, SETUID));
	must(chown(program, 0, 0));
	if (stress.wrong)
		must(chmod(program, SETUID));
	must(chmod(program, PLAIN));
	stress_round();
}

/* ---- the user ---- */

static void run_program(void)
{
	int status;
	pid_t pid = tap_fork();

	if (pid == 0) {
		execl(program, "chown_stat", "new", NULL);
		_exit(0); /* ETXTBSY and the like */
	}
	waitpid(pid, &status, 0);
	stress_check(status == 0, "the user's program ends with %#x", status);
}

static void be_user(void)
{
	bool asks = on_drover();
	struct stat seen;

	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		bail_out("setresuid: %s", strerror(errno));
	for (long n = 1; stress_go_on(); n++) {
		if (asks && stat(program, &seen) == 0)
			stress_check(seen.st_uid != 0 || !(seen.st_mode & S_ISUID),
				     "a file of root's with mode %#o", seen.st_mode);
		if (!asks || n % LOOKS_PER_RUN == 0)
			run_program();
	}
}

static void run_worker(long me)
{
	if (me != 0) {
		be_user();
		return;
	}
	while (stress_go_on())
		give_and_take();
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "new") == 0)
		return be_new();
	if (geteuid() != 0)
		skip_all("only root gives files away");
	stress_begin(argc, argv, 3, "mode and owner of a file are of one moment");
	make_program();
	stress_children(stress.threads, run_worker);
	/* Who saw it was a user, whom /proc/drover/trace is not opened to. */
	if (stress_failed())
		stress_stop_trace(stress.shared->text[0]);
	unlink(program);
	return stress_end();
}
