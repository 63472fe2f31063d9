/*
 * user/hotplug.c - has harts leave and come back, until it is told to end.
 *
 *	hotplug [-s SEED]
 *
 * Beside anything else, it makes that run where harts come and go: run-tests
 * does so with the stress tests. SIGTERM or SIGINT: all harts come back, and
 * it says how often they did. The exit status is 1 if one did not leave or come
 * as it should have; that the last one stays is no mistake.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_PAUSE_US = 5000 };

static volatile sig_atomic_t is_over;
static long left, failures;
static uint64_t state;

static void end(int sig __attribute__((unused)))
{
	is_over = 1;
}

/* splitmix64 */
static uint64_t random_below(uint64_t n)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) % n;
}

static int open_hart(int hart)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", hart);
	return open(path, O_RDWR | O_CLOEXEC);
}

static bool is_online(int fd)
{
	char text = '1';

	return pread(fd, &text, 1, 0) == 1 && text == '1';
}

static void set_online(int hart, int fd, bool online)
{
	if (pwrite(fd, online ? "1" : "0", 1, 0) == 1) {
		left += !online;
		return;
	}
	if (!online && errno == EBUSY)
		return;
	printf("# hart %d does not %s: %s\n", hart, online ? "come" : "leave",
	       strerror(errno));
	failures++;
}

static void turn(int hart, bool always)
{
	int fd = open_hart(hart);

	if (fd < 0)
		return;
	if (!is_online(fd))
		set_online(hart, fd, true);
	else if (!always)
		set_online(hart, fd, false);
	close(fd);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	int harts = (int)sysconf(_SC_NPROCESSORS_CONF), c;

	while ((c = getopt(argc, argv, "s:")) != -1) {
		if (c != 's') {
			fprintf(stderr, "usage: hotplug [-s SEED]\n");
			return 2;
		}
		state = strtoul(optarg, NULL, 0);
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	while (!is_over) {
		turn((int)random_below((uint64_t)harts), false);
		usleep((useconds_t)random_below(LONGEST_PAUSE_US));
	}
	for (int hart = 0; hart < harts; hart++)
		turn(hart, true);
	printf("# harts left %ld times, and came back\n", left);
	return failures != 0;
}
