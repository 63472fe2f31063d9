/*
 * A function for GNU make, $(become COMMAND): make itself becomes the shell
 * command.
 *
 * `make qemu CMD=...` promises the status of the program that ran in the
 * guest, and make has only 0, 1 and 2 to give: a recipe that fails makes it 2,
 * and nothing else that a makefile can say ends it.  So when all is built,
 * the program takes make's place; terminal and stdin are its own then, too.
 */
#include <gnumake.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int plugin_is_GPL_compatible;

/* Make blocks SIGCHLD, and a program inherits what is blocked. */
static void unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static char *become(const char *name, unsigned int argc, char **argv)
{
	(void)name, (void)argc;
	fflush(NULL);
	unblock_signals();
	execl("/bin/sh", "sh", "-c", argv[0], (char *)NULL);
	perror("/bin/sh");
	exit(127);
}

int become_gmk_setup(void);
int become_gmk_setup(void)
{
	gmk_add_function("become", become, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
