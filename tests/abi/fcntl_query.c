/*
 * tests/abi/fcntl_query.c
 *
 * Claim    fcntl() tells whether two descriptors name one open file, and whether
 *          it was made when it was opened; also of what is only a name.
 * Method   Duplicates, second opens, new files and old ones.
 * Oracle   Linux, from 6.12 on.
 */
#define _GNU_SOURCE
#include "../tap.h"

enum { DUPFD_QUERY = 1027, CREATED_QUERY = 1028 };

static char dir[] = "/tmp/queryXXXXXX";

int main(void)
{
	int made, copy, again, path;

	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	made = open("f", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	copy = dup(made);
	again = open("f", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	path = open("f", O_PATH | O_CLOEXEC);
	unlink("f");
	if (chdir("/") == 0)
		rmdir(dir);
	if (fcntl(made, CREATED_QUERY) < 0 && errno == EINVAL)
		skip_all("before Linux 6.12, or qemu's user mode");
	is_int(fcntl(made, DUPFD_QUERY, copy), 1, "a duplicate");
	is_int(fcntl(made, DUPFD_QUERY, made), 1, "or itself");
	is_int(fcntl(made, DUPFD_QUERY, again), 0, "not what was opened again");
	is_int(fcntl(path, DUPFD_QUERY, dup(path)), 1, "a name");
	fails(fcntl(made, DUPFD_QUERY, -1), EBADF, "nothing");
	fails(fcntl(made, DUPFD_QUERY, 1000), EBADF, "what is not open");
	is_int(fcntl(made, CREATED_QUERY), 1, "it was made");
	is_int(fcntl(copy, CREATED_QUERY), 1, "which the duplicate knows");
	is_int(fcntl(again, CREATED_QUERY), 0, "and was there then");
	is_int(fcntl(path, CREATED_QUERY), 0, "as a name");
	is_int(fcntl(0, CREATED_QUERY), 0, "as this one");
	return done_testing();
}
