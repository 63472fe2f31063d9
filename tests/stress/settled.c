/*
 * tests/stress/settled.c
 *
 * Claim    Who has removed files of a disk finds their inodes free at once, whatever
 *          others open and close meanwhile, and waits for nobody who has opened
 *          his file again.
 * Method   An ext2 in a loop device. By turns each of some threads closes its file
 *          and opens it, a few times, and two write back what has been written,
 *          while one removes many files that he has given up just before, or does
 *          just after, and asks statfs(), or only asks.  Another disk is written back
 *          all the time, which wakes whoever waits for the first.
 * Oracle   As many inodes are free as before they were made; a limit of time.
 * Catches  A wait for the first of a queue that counts who has left it; who leaves
 *          it and does not say so; and one that comes too early for who still has
 *          a file that he writes back, or has got it from one who had, or that is
 *          over when it is woken for nothing.
 * -X       One inode more is expected.
 */
#define _GNU_SOURCE
#include "libdisk.h"

#include <sys/vfs.h>

enum { OTHERS = 2, WRITERS = 2, TIMES = 4, REMOVED = 40 };

static const char place[] = "/tmp/settled", elsewhere[] = "/tmp/settled_too";
static pthread_barrier_t turn;
static volatile bool over;

static long free_inodes(void)
{
	struct statfs st;

	if (statfs(".", &st) < 0)
		bail_out("statfs: %s", strerror(errno));
	return (long)st.f_ffree;
}

static int open_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		bail_out("%s: %s", name, strerror(errno));
	return fd;
}

static void *reopen(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of(stress.seed * 16 + (unsigned long)me);
	char name[16];

	snprintf(name, sizeof(name), "own%ld", me);
	int fd = open_file(name);

	for (;;) {
		pthread_barrier_wait(&turn);
		if (over)
			break;
		for (int i = 0; i < TIMES; i++) {
			rng_dither(&rng);
			close(fd);
			fd = open_file(name);
		}
		pthread_barrier_wait(&turn);
	}
	close(fd);
	return NULL;
}

static void *write_back(void *arg)
{
	int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct rng rng = rng_of(stress.seed * 16 + 8 + (unsigned long)arg);

	for (;;) {
		pthread_barrier_wait(&turn);
		if (over)
			break;
		rng_dither(&rng);
		stress_check(syncfs(dir) == 0, "syncfs: %s", strerror(errno));
		pthread_barrier_wait(&turn);
	}
	close(dir);
	return NULL;
}

/* On another disk, of which nobody waits for anything. */
static void *write_elsewhere(void *dir)
{
	int fd = openat((int)(long)dir, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	for (char c = 0; !over; c++)
		if (pwrite(fd, &c, 1, 0) != 1 || syncfs(fd) < 0)
			bail_out("another disk: %s", strerror(errno));
	close(fd);
	return NULL;
}

static void remove_all(struct rng *rng, long free_before)
{
	int fds[REMOVED];
	char name[16];

	for (int i = 0; i < REMOVED; i++) {
		snprintf(name, sizeof(name), "gone%d", i);
		fds[i] = open_file(name);
		if (write(fds[i], name, sizeof(name)) != sizeof(name))
			bail_out("write: %s", strerror(errno));
	}
	pthread_barrier_wait(&turn);
	for (int i = 0; i < REMOVED; i++) {
		bool closed = rng_below(rng, 2) == 0;

		snprintf(name, sizeof(name), "gone%d", i);
		if (closed)
			close(fds[i]);
		unlink(name);
		if (!closed)
			close(fds[i]);
	}
	long free = free_inodes();

	stress_check(free == free_before + stress.wrong,
		     "%ld inodes are free, were %ld", free, free_before);
	pthread_barrier_wait(&turn);
}

/* Nobody has anything to wait for but files that are opened again. */
static void ask_often(struct rng *rng)
{
	pthread_barrier_wait(&turn);
	for (int i = 0; i < TIMES; i++) {
		rng_dither(rng);
		free_inodes();
	}
	pthread_barrier_wait(&turn);
}

int main(int argc, char **argv)
{
	pthread_t others[OTHERS], writers[WRITERS], stranger;
	long before, dir;
	int image_fd, other_fd;
	struct rng rng = rng_of(0);

	stress_begin(argc, argv, 4, "what was removed from a disk is free at once");
	other_fd = disk_set_up("settled_too.img", elsewhere, 500);
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (chdir("/tmp") < 0)
		bail_out("/tmp: %s", strerror(errno));
	image_fd = disk_set_up("settled.img", place, 6000);
	tap_thread(&stranger, NULL, write_elsewhere, (void *)dir);
	pthread_barrier_init(&turn, NULL, OTHERS + WRITERS + 1);
	for (long i = 0; i < OTHERS; i++)
		tap_thread(&others[i], NULL, reopen, (void *)i);
	for (long i = 0; i < WRITERS; i++)
		tap_thread(&writers[i], NULL, write_back, (void *)i);
	ask_often(&rng); /* their files are made by then */
	before = free_inodes();
	while (stress_go_on()) {
		remove_all(&rng, before);
		ask_often(&rng);
		stress_round();
	}
	over = true;
	pthread_barrier_wait(&turn);
	for (long i = 0; i < OTHERS; i++)
		pthread_join(others[i], NULL);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	pthread_join(stranger, NULL);
	close((int)dir);
	disk_take_down(place, image_fd);
	disk_take_down(elsewhere, other_fd);
	return stress_end();
}
