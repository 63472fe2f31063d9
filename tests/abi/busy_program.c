/*
 * tests/abi/busy_program.c
 *
 * Claim    A program that runs is not written to, and what is open to be written
 *          does not run: ETXTBSY.  It is busy until the last process that runs
 *          it is gone, whatever name it has by then, and no longer.
 * Method   Copies of our own program that wait, opened, truncated and executed;
 *          a script, and a copy that is only mapped.
 * Oracle   Linux, which has it before 6.11 and from 6.12.1 on.  Skipped under
 *          qemu-user: there it is qemu that runs.
 */
#define _GNU_SOURCE
#include "../libprogram.h"

#include <sys/mman.h>

static const char *file = "busy_program.tmp", *other = "busy_program.other";
static const char *script = "busy_program.sh";

/* What the program does when it runs as the child: says so, waits until nobody
 * can write to its input. */
static int child(void)
{
	char c;

	if (write(4, "x", 1) != 1)
		return 1;
	return read(3, &c, 1) == 0 ? 7 : 1;
}

struct running {
	pid_t pid;
	int hold; /* closed: it ends */
};

static void exec_child(const char *path, const int hold[2], const int up[2])
{
	char *argv[] = { (char *)path, "child", NULL }, *env[] = { NULL };

	if (dup2(up[1], 64) < 0 || dup2(hold[0], 63) < 0 ||
	    dup2(63, 3) < 0 || dup2(64, 4) < 0)
		_exit(2);
	close_range(5, ~0U, 0);
	execve(path, argv, env);
	_exit(errno == ETXTBSY ? 26 : 3);
}

static struct running run(const char *path)
{
	int hold[2], up[2];
	struct running r;
	char c;

	if (pipe2(hold, O_CLOEXEC) < 0 || pipe2(up, O_CLOEXEC) < 0)
		bail_out("pipe: %s", strerror(errno));
	r.pid = tap_fork();
	if (r.pid == 0)
		exec_child(path, hold, up);
	close(hold[0]);
	close(up[1]);
	if (read(up[0], &c, 1) != 1)
		diag("%s did not run", path);
	close(up[0]);
	r.hold = hold[1];
	return r;
}

static int end(struct running r)
{
	int status;

	close(r.hold);
	if (waitpid(r.pid, &status, 0) != r.pid)
		bail_out("waitpid: %s", strerror(errno));
	return status;
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC), err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return fd >= 0;
}

static void is_refused(const char *path, int flags, const char *what)
{
	ok(!opens(path, flags) && errno == ETXTBSY, "%s", what);
}

static void test_running(void)
{
	struct running r = run(file);

	is_refused(file, O_WRONLY, "not opened to be written");
	is_refused(file, O_RDWR, "nor to be read and written");
	is_refused(file, O_RDONLY | O_TRUNC, "nor cut by an open to read");
	fails(truncate(file, 0), ETXTBSY, "nor cut by its name");
	ok(opens(file, O_RDONLY), "it is opened to be read");
	is_int(rename(file, other), 0, "it gets another name");
	is_refused(other, O_WRONLY, "and is as busy");
	is_int(rename(other, file), 0, "and its old one again");

	struct running second = run(file);

	is_exit(end(r), 7, "one that runs it ends");
	is_refused(file, O_WRONLY, "and it is busy for the other");
	is_exit(end(second), 7, "who ends");
	ok(opens(file, O_WRONLY), "it is written to");
}

static void test_written(void)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	struct running r = run(file);

	is_exit(end(r), 26, "what is open to be written does not run");
	close(fd);
	is_exit(end(run(file)), 7, "when it is closed it does");
	fd = open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	dprintf(fd, "#!%s\n", file);
	is_exit(end(run(script)), 26, "a script, the same");
	close(fd);
	unlink(script);
	ok(opens(file, O_WRONLY), "who could not run has left nothing busy");
}

static void test_mapped(void)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	close(fd);
	ok(map != MAP_FAILED && opens(file, O_WRONLY),
	   "what is only mapped, to be executed, is no program");
	munmap(map, 4096);
}

int main(int argc, char **argv)
{
	char at[] = "/tmp/busyXXXXXX";

	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return child();
	if (under_qemu_user())
		skip_all("it is qemu that runs, not the program");
	if (!mkdtemp(at) || chdir(at) < 0)
		bail_out("%s: %s", at, strerror(errno));
	copy_own_program(file, 0700);
	test_running();
	test_written();
	test_mapped();
	unlink(file);
	rmdir(at);
	return done_testing();
}
