/*
 * tests/stress/disk_reserve.c
 *
 * Claim    The last blocks of a disk are root's: any other user finds it full before,
 *          root goes on to the last one, and what is removed can be filled again.
 * Method   An ext2 in a loop device, of which mke2fs keeps a twentieth.  A file of root
 *          is filled as another user, whose it is to write, until that is refused;
 *          then as root.
 * Oracle   The user is refused when statfs() says that nobody but root has room, and
 *          root when there is none.
 * Catches  Blocks that are given out without a look at who asks.
 * -X       The user stays root.
 */
#define _GNU_SOURCE
#include "libdisk.h"

#include <sys/vfs.h>

enum { USER = 12345, KIB = 1000 };

static const char image[] = "reserve.img", place[] = "/tmp/reserve";

static struct statfs room(void)
{
	struct statfs st;

	if (statfs(".", &st) < 0)
		bail_out("statfs: %s", strerror(errno));
	return st;
}

/* How many bytes went in. */
static long fill(int fd)
{
	static char bytes[PAGE];
	long sum = 0, n;

	while ((n = write(fd, bytes, sizeof(bytes))) > 0)
		sum += n;
	stress_check(n < 0 && errno == ENOSPC, "write: %ld, %s", n, strerror(errno));
	return sum;
}

static void become(uid_t uid)
{
	if (seteuid(uid) < 0)
		bail_out("seteuid: %s", strerror(errno));
}

static void one_round(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct statfs st;

	if (fd < 0)
		bail_out("a file: %s", strerror(errno));
	if (!stress.wrong)
		become(USER);
	stress_check(fill(fd) > 0, "a user has no room at all");
	become(0);
	st = room();
	stress_check(st.f_bavail == 0 && st.f_bfree > 0,
		     "a user is refused where %lu blocks are free, %lu for him",
		     (unsigned long)st.f_bfree, (unsigned long)st.f_bavail);
	stress_check(fill(fd) > 0, "root has no more room than others");
	st = room();
	stress_check(st.f_bfree == 0, "root is refused where %lu blocks are free",
		     (unsigned long)st.f_bfree);
	close(fd);
	unlink("file");
	stress_round();
}

int main(int argc, char **argv)
{
	int image_fd;

	stress_begin(argc, argv, 1, "the last blocks of a disk are root's");
	image_fd = disk_set_up(image, place, KIB);
	if (room().f_bavail == room().f_bfree)
		skip_all("this mke2fs keeps nothing");
	while (stress_go_on())
		one_round();
	disk_take_down(place, image_fd);
	return stress_end();
}
