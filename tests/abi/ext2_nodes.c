/*
 * tests/abi/ext2_nodes.c
 *
 * Claim    Who asks how many inodes of a disk are free waits for files that are given
 *          up, and goes on when one of them is opened again, whether or not the
 *          thread of the kernel who would have taken it ever runs.
 * Method   An ext2 in a loop device. A file is closed, statfs() waits for it and it
 *          is opened, while every hart runs somebody whom that thread of the kernel
 *          has to wait for.
 * Oracle   statfs() returns before those somebodies end.
 */
#define _GNU_SOURCE
#include "../libloop.h"
#include "libasleep.h"

#include <pthread.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>

enum {
	IMAGE_KIB = 512, TRIES = 500, TURNS = 5, MOST_HARTS = 64,
	LOW = 1, HIGH = 2, HIGHEST = 3,		/* priorities */
};

static const char place[] = "/tmp/ext2_nodes";

static volatile bool over;
static volatile pid_t asker;
static bool answered;
static int had_to_wait;
static pthread_barrier_t end;

static void become(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, SCHED_FIFO, &param) < 0)
		bail_out("sched_setscheduler: %s", strerror(errno));
}

static void *occupy(void *hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((long)hart, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		bail_out("sched_setaffinity: %s", strerror(errno));
	become(LOW);
	while (!over)
		;
	return NULL;
}

static void *ask(void *unused TAP_UNUSED)
{
	struct statfs st;

	become(HIGH);
	asker = (pid_t)syscall(SYS_gettid);
	if (statfs(place, &st) < 0)
		bail_out("statfs: %s", strerror(errno));
	tap_tell(&answered, true);
	pthread_barrier_wait(&end);	/* until then somebody looks at us */
	return NULL;
}

static int open_file(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		bail_out("file: %s", strerror(errno));
	return fd;
}

/* Whether who asks has an answer while all harts are occupied. */
static bool is_answered(void)
{
	int harts = get_nprocs(), fd = open_file();
	pthread_t occupants[MOST_HARTS], thread;
	bool good;

	over = answered = false;
	asker = 0;
	for (long i = 0; i < harts; i++)
		tap_thread(&occupants[i], NULL, occupy, (void *)i);
	usleep(20000);
	close(fd);
	tap_thread(&thread, NULL, ask, NULL);
	while (asker == 0)
		usleep(1000);
	for (int i = 0; i < TRIES && !is_in_state(getpid(), asker, 'D') &&
			!tap_told(&answered); i++)
		usleep(1000);
	had_to_wait += !tap_told(&answered);
	fd = open_file();
	for (int i = 0; i < TRIES && !tap_told(&answered); i++)
		usleep(1000);
	good = tap_told(&answered);
	over = true;
	for (int i = 0; i < harts; i++)
		pthread_join(occupants[i], NULL);
	pthread_barrier_wait(&end);
	pthread_join(thread, NULL);
	close(fd);
	return good;
}

static void test_revived(void)
{
	int good = 0;

	pthread_barrier_init(&end, NULL, 2);
	become(HIGHEST);
	for (int i = 0; i < TURNS; i++)
		good += is_answered();
	ok(had_to_wait > 0, "files are waited for: %d of %d", had_to_wait, TURNS);
	is_int(good, TURNS, "and who waits goes on when they are opened again");
}

int main(void)
{
	int image = loop_image(IMAGE_KIB);

	plan(2);
	loop_mount(image, place);
	if (chdir(place) < 0)
		bail_out("%s: %s", place, strerror(errno));
	test_revived();
	if (chdir("/") < 0 || umount(place) < 0)
		bail_out("umount: %s", strerror(errno));
	rmdir(place);
	return done_testing();
}
