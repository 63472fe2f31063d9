/*
 * tests/abi/devices.c
 *
 * Claim    The devices in /dev do what their names say; getrandom() gives
 *          different bytes each time; the terminal keeps its modes.
 * Method   Each device is read, written and mapped; the terminal part runs
 *          only where there is a controlling one.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <termios.h>

static void test_null_zero_full(void)
{
	char buf[64];
	int fd = open("/dev/null", O_RDWR), sum = 0;
	char *map;

	is_int(write(fd, buf, 64), 64, "/dev/null takes all");
	is_int(read(fd, buf, 64), 0, "and gives nothing");
	close(fd);

	fd = open("/dev/zero", O_RDWR);
	memset(buf, 'x', 64);
	is_int(read(fd, buf, 64), 64, "/dev/zero gives all you want");
	for (int i = 0; i < 64; i++)
		sum |= buf[i];
	is_int(sum, 0, "of zeros");
	is_int(write(fd, buf, 64), 64, "and takes all");
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ok(map != MAP_FAILED && map[5000] == 0, "it can be mapped");
	map[5000] = 1;
	ok(map[5000] == 1, "and is memory then");
	munmap(map, 8192);
	close(fd);

	fd = open("/dev/full", O_RDWR);
	fails(write(fd, buf, 1), ENOSPC, "/dev/full is full");
	is_int(read(fd, buf, 8), 8, "and reads zeros");
	close(fd);
}

/* What is counted is bits that nobody knows; only root adds some. */
static void test_entropy(int fd)
{
	struct {
		int bits, size;
		char bytes[16];
	} more = { .bits = 8, .size = sizeof(more.bytes) };
	int bits = -1, none = -1, zero = 0;

	is_int(ioctl(fd, RNDGETENTCNT, &bits), 0, "how many bits it has");
	ok(bits > 0, "some: %d", bits);
	fails(ioctl(fd, RNDGETENTCNT, NULL), EFAULT, "told to nobody");
	fails(ioctl(fd, TCGETS, &more), EINVAL, "it is no terminal");
	if (geteuid() != 0 || under_qemu_user()) {
		skip(8, "root's");
		return;
	}
	is_int(ioctl(fd, RNDADDENTROPY, &more), 0, "more bytes");
	more.size = -1;
	fails(ioctl(fd, RNDADDENTROPY, &more), EFAULT, "fewer than none");
	is_int(ioctl(fd, RNDADDTOENTCNT, &more.bits), 0, "more bits");
	is_int(ioctl(fd, RNDADDTOENTCNT, &zero), 0, "or none");
	fails(ioctl(fd, RNDADDTOENTCNT, &none), EINVAL, "fewer");
	is_int(ioctl(fd, RNDCLEARPOOL), 0, "none any more");
	is_int(ioctl(fd, RNDRESEEDCRNG), 0, "another key");
	if (seteuid(65534) < 0)
		bail_out("seteuid: %s", strerror(errno));
	fails(ioctl(fd, RNDADDENTROPY, &more), EPERM, "by nobody");
	if (seteuid(0) < 0)
		bail_out("seteuid: %s", strerror(errno));
}

static void test_random(void)
{
	unsigned char a[32], b[32];
	int fd = open("/dev/urandom", O_RDONLY);

	is_int(read(fd, a, 32), 32, "/dev/urandom");
	is_int(read(fd, b, 32), 32, "again");
	ok(memcmp(a, b, 32) != 0, "gives other bytes");
	close(fd);
	fd = open("/dev/urandom", O_RDWR);
	is_int(write(fd, a, 32), 32, "it takes bytes, too");
	fails(syscall(SYS_write, fd, NULL, 32), EFAULT, "if there are some");
	test_entropy(fd);
	close(fd);
	fd = open("/dev/random", O_RDONLY);
	ok(read(fd, a, 32) > 0, "/dev/random");
	close(fd);
	is_int(getrandom(a, 32, 0), 32, "getrandom()");
	is_int(getrandom(b, 32, 0), 32, "again");
	ok(memcmp(a, b, 32) != 0, "gives other bytes");
	fails(getrandom(a, 32, 0x100), EINVAL, "bad flags");
}

static void test_not_a_terminal(void)
{
	struct termios t;
	int fd = open("/dev/null", O_RDONLY);

	fails(tcgetattr(fd, &t), ENOTTY, "/dev/null is no terminal");
	ok(!isatty(fd), "isatty() agrees");
	close(fd);
	fails(open("/dev/none", O_RDONLY), ENOENT, "no such device");
}

static void test_terminal(void)
{
	struct termios t, raw;
	struct winsize size;
	int tty = open("/dev/tty", O_RDWR);

	if (tty < 0) {
		skip(7, "no controlling terminal");
		return;
	}
	signal(SIGTTOU, SIG_IGN);	/* we may be in the background */
	is_int(tcgetattr(tty, &t), 0, "tcgetattr");
	ok((t.c_lflag & (ICANON | ECHO | ISIG)) != 0, "line editing is on");
	raw = t;
	cfmakeraw(&raw);
	is_int(tcsetattr(tty, TCSANOW, &raw), 0, "raw mode");
	tcgetattr(tty, &raw);
	is_int(raw.c_lflag & (ICANON | ECHO), 0, "is kept");
	is_int(tcsetattr(tty, TCSANOW, &t), 0, "and back");
	is_int(ioctl(tty, TIOCGWINSZ, &size), 0, "window size");
	ok(tcgetpgrp(tty) > 0, "there is a foreground group");
	close(tty);
}

int main(void)
{
	plan(9 + 8 + 2 + 4 + 8 + 3 + 7);
	test_null_zero_full();
	test_random();
	test_not_a_terminal();
	test_terminal();
	return done_testing();
}
