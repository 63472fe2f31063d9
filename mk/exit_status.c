/*
 * A function for GNU make, $(exit-with STATUS): leave make at once with that
 * status.  Make itself ends with 2 whenever a recipe fails, but `make qemu
 * CMD=...` promises the status of the program that ran in the guest.
 */
#include <gnumake.h>
#include <stdlib.h>

int plugin_is_GPL_compatible;

static char *exit_with(const char *name, unsigned int argc, char **argv)
{
	(void)name, (void)argc;
	exit(atoi(argv[0]));
}

int exit_status_gmk_setup(void);
int exit_status_gmk_setup(void)
{
	gmk_add_function("exit-with", exit_with, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
