/*
 * tests/abi-diff/libscripts.c - programs that begin with "#!", and what a
 * program finds of itself.
 *
 * The interpreter is this program, by a short name; with WALK_GIVEN in its
 * environment it says what it was given.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

#define SHORT_NAME "/tmp/i"

static char self[200];

static void make_script(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	if (fd < 0 || write(fd, text, size) != (ssize_t)size)
		_exit(4);
	close(fd);
}

/* An exit status that says how exec went: 0, or the error. */
static void run(const char *title, const char *path)
{
	char *argv[] = { (char *)"zero", (char *)"one", NULL };
	char name[100], *envp[] = { name, NULL };
	int status;
	pid_t pid;

	snprintf(name, sizeof(name), "WALK_GIVEN=%s", title);
	pid = tap_fork();

	if (pid == 0) {
		execve(path, argv, envp);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		say_words("%s = %s", title, error_name(WEXITSTATUS(status)));
	else
		say_words("%s = %d", title, status);
}

static void try_script(const char *title, const char *text)
{
	make_script(FOLDER "/script", text, strlen(text));
	run(title, FOLDER "/script");
}

/* "#!", the interpreter, and blanks or an argument up to @size bytes. */
static void try_long(size_t size, char fill, const char *end)
{
	char text[600], title[80];
	size_t n = (size_t)snprintf(text, sizeof(text), "#!" SHORT_NAME " ");

	memset(text + n, fill, size - n);
	strcpy(text + size, end);
	snprintf(title, sizeof(title), "a line of %zu bytes of '%c'%s", size,
		 fill, *end ? ", ended" : "");
	try_script(title, text);
}

static void walk_lines(void)
{
	try_script("plain", "#!" SHORT_NAME "\n");
	try_script("no newline", "#!" SHORT_NAME);
	try_script("an argument", "#!" SHORT_NAME " a\n");
	try_script("an argument, no newline", "#!" SHORT_NAME " a");
	try_script("blanks", "#! \t " SHORT_NAME " \t a b \t \n");
	try_script("nothing", "");
	try_script("one byte", "#");
	try_script("no name", "#!");
	try_script("no name, a newline", "#!\n");
	try_script("blanks only", "#!   \n");
	try_script("not there", "#!/no/such/interpreter\n");
	try_script("a folder", "#!/tmp\n");
	try_script("relative", "#!tmp/i\n");
	try_script("a text", "echo hello\n");
	try_script("a return", "#!" SHORT_NAME "\r\n");
	for (size_t size = 253; size <= 258; size++) {
		try_long(size, ' ', "");
		try_long(size, ' ', "\n");
		try_long(size, 'x', "");
		try_long(size, 'x', "\n");
	}
	try_long(500, 'x', "\n");
}

/* The interpreter's name alone is as long as the line may be. */
static void walk_long_names(void)
{
	char text[600], title[40];

	for (size_t size = 253; size <= 258; size++) {
		memset(text, 'n', sizeof(text));
		memcpy(text, "#!/", 3);
		strcpy(text + size, "\n");
		snprintf(title, sizeof(title), "a name of %zu bytes", size - 2);
		try_script(title, text);
	}
}

static void walk_chains(void)
{
	char path[40], text[60];

	make_script(FOLDER "/chain1", "#!" SHORT_NAME "\n",
		    strlen("#!" SHORT_NAME "\n"));
	run("a chain of 1", FOLDER "/chain1");
	for (int i = 2; i <= 7; i++) {
		snprintf(path, sizeof(path), FOLDER "/chain%d", i);
		snprintf(text, sizeof(text), "#!" FOLDER "/chain%d\n", i - 1);
		make_script(path, text, strlen(text));
		snprintf(text, sizeof(text), "a chain of %d", i);
		run(text, path);
	}
	snprintf(text, sizeof(text), "#!" FOLDER "/script\n");
	try_script("one that names itself", text);
}

static void walk_exe(void)
{
	make_script(FOLDER "/script", "#!tmp/i exe\n", 12);
	if (chdir("/") != 0)
		_exit(5);
	run("the link of a relative name", "tmp/i");
	run("of one with dots", "tmp/../tmp/./i");
	run("of a script", FOLDER "/script");
	if (chdir("/tmp") != 0)
		_exit(5);
	run("of one in this folder", "i");
	run("of a symbolic link", FOLDER "/to-i");
}

void walk_scripts(const void *unused TAP_UNUSED)
{
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0 ||
	    symlink("/tmp/i", FOLDER "/to-i") != 0)
		_exit(6);
	if (link(self, SHORT_NAME) != 0)
		_exit(7);
	walk_lines();
	walk_long_names();
	walk_chains();
	walk_exe();
}

void say_given(int argc, char **argv)
{
	const char *title = getenv("WALK_GIVEN");
	char exe[200] = "";
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	say_words("%s, /proc/self/exe = %s", title, n > 0 ? exe : "no link");
	for (int i = 0; i < argc; i++)
		say_words("%s, word %d of %d = %.20s, %zu bytes", title, i, argc,
			  argv[i], strlen(argv[i]));
}
