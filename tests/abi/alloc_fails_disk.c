/*
 * tests/abi/alloc_fails_disk.c
 *
 * Claim    As that of alloc_fails.c, of what is on a disk: a mount, and a directory
 *          by its handle, of which nothing is in memory yet, nor of those above it.
 *          What was refused, or was done and undone, keeps no disk from going.
 * Method   That of librefuse.h, with an ext2 in a loop device that is bound anew
 *          each time, so that pages of one that is gone do not come back.
 * Oracle   The errors that the manual has for want of memory; umount() has no
 *          reason to wait.
 *
 * Only the lab build refuses on purpose.
 */
#define _GNU_SOURCE
#include "../libloop.h"
#include "librefuse.h"

enum { IMAGE_KIB = 512, ROOM = 128 };

static const char place[] = "/tmp/alloc_fails_disk";
static char device[LOOP_NAME];
static int image, loop, top;

static struct {
	struct file_handle head;
	char body[ROOM];
} deep;

static void bind_it(void)
{
	loop = loop_bind(image, device);
}

static long call_mount(void)
{
	return mount(device, place, "ext2", 0, NULL);
}

static void unmount_and_unbind(long result)
{
	if (result >= 0 && umount(place) < 0)
		bail_out("umount: %s", strerror(errno));
	loop_unbind(loop);
}

static void mount_it(void)
{
	loop_mount(image, place);
	top = open(place, O_RDONLY | O_DIRECTORY);
}

static long call_open_deep(void)
{
	return open_by_handle_at(top, &deep.head, O_RDONLY | O_DIRECTORY);
}

static void close_and_unmount(long result)
{
	if (result >= 0)
		close((int)result);
	close(top);
	if (umount(place) < 0)
		bail_out("umount: %s", strerror(errno));
}

static void make_deep(void)
{
	int mount_id;

	mount_it();
	if (mkdirat(top, "a", 0700) < 0 || mkdirat(top, "a/b", 0700) < 0 ||
	    mkdirat(top, "a/b/c", 0700) < 0)
		bail_out("mkdir: %s", strerror(errno));
	deep.head.handle_bytes = ROOM;
	if (name_to_handle_at(top, "a/b/c", &deep.head, &mount_id, 0) < 0)
		bail_out("name_to_handle_at: %s", strerror(errno));
	close_and_unmount(-1);
}

static const struct attempt attempts[] = {
	{ "mount of a disk", call_mount, bind_it, unmount_and_unbind, 0 },
	{ "a directory by its handle", call_open_deep, mount_it, close_and_unmount, 0 },
};

int main(void)
{
	refuse_begin();
	image = loop_image(IMAGE_KIB);
	mkdir(place, 0700);
	make_deep();
	refuse_all(attempts, sizeof(attempts) / sizeof(*attempts));
	rmdir(place);
	return done_testing();
}
