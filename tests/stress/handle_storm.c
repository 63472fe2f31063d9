/*
 * tests/stress/handle_storm.c
 *
 * Claim    A handle opens the file that it was told of, or, when that is gone, none:
 *          ESTALE, and never another that has its number.
 * Method   Makers write a file that holds the file's own serial, show its handle
 *          in a slot and remove it, while others open what is in the slots and
 *          read. In the current folder; in that of an argument, which may be on a
 *          disk, where numbers come again.
 * Harts:   2
 * Catches  An inode that is found by its number while it is freed, or made.
 * -X       A slot says another serial than the file does.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/stat.h>

enum { SLOTS = 4, ROOM = 128 };

static struct slot {
	pthread_mutex_t lock;
	struct {
		struct file_handle head;
		char body[ROOM];
	} handle;
	unsigned long serial;	/* 0: nothing yet */
} slots[SLOTS];

static int folder;

static void show(struct slot *slot, const char *name, unsigned long serial)
{
	int mount;

	pthread_mutex_lock(&slot->lock);
	slot->handle.head.handle_bytes = ROOM;
	if (name_to_handle_at(folder, name, &slot->handle.head, &mount, 0) < 0)
		bail_out("name_to_handle_at: %s", strerror(errno));
	slot->serial = stress.wrong ? serial + 1 : serial;
	pthread_mutex_unlock(&slot->lock);
}

/* Serials of maker @me are @me, @me + SLOTS, ... */
static void *make(long me)
{
	struct rng rng = rng_of((uint64_t)me);
	char name[16];

	for (unsigned long serial = (unsigned long)me + SLOTS; stress_go_on(); serial += SLOTS) {
		int fd;

		snprintf(name, sizeof(name), "storm%ld", me);
		fd = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0 || write(fd, &serial, sizeof(serial)) != sizeof(serial))
			bail_out("%s: %s", name, strerror(errno));
		show(&slots[me], name, serial);
		rng_dither(&rng);
		if (serial % 2 == 0)
			close(fd);
		unlinkat(folder, name, 0);
		if (serial % 2 != 0)
			close(fd);
		stress_round();
	}
	return NULL;
}

static void try_to_open(struct slot *slot)
{
	struct slot copy;
	unsigned long found = 0;
	int fd;

	pthread_mutex_lock(&slot->lock);
	copy = *slot;
	pthread_mutex_unlock(&slot->lock);
	if (copy.serial == 0)
		return;
	fd = open_by_handle_at(folder, &copy.handle.head, O_RDONLY);
	if (fd < 0) {
		stress_check(errno == ESTALE, "open_by_handle_at: %s", strerror(errno));
		return;
	}
	stress_check(pread(fd, &found, sizeof(found), 0) == sizeof(found) &&
		     found == copy.serial, "the handle of %lu opens %lu", copy.serial,
		     found);
	close(fd);
}

static void *open_them(long me)
{
	struct rng rng = rng_of((uint64_t)me);

	while (stress_go_on())
		try_to_open(&slots[rng_below(&rng, SLOTS)]);
	return NULL;
}

static void *play(void *arg)
{
	long me = (long)arg;

	return me % 2 == 0 ? make(me / 2 % SLOTS) : open_them(me);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 4, "a handle opens its own file, or none");
	if (geteuid() != 0) {
		ok(true, "%s # SKIP only root opens handles", stress.claim);
		return done_testing();
	}
	folder = open(optind < argc ? argv[optind] : ".", O_DIRECTORY);
	if (folder < 0)
		bail_out("%s: %s", argv[optind], strerror(errno));
	for (int i = 0; i < SLOTS; i++)
		pthread_mutex_init(&slots[i].lock, NULL);
	stress_threads(stress.threads < 2 * SLOTS ? stress.threads : 2 * SLOTS, play);
	return stress_end();
}
