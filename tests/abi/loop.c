/*
 * tests/abi/loop.c
 *
 * Claim    A loop device has the bytes of the file that is bound to it, or of a
 *          part; what is written to it is in the file when it was synced; it
 *          is bound once, goes when it is told to or when its last user is
 *          gone, and is only read where the file is; that one can be exchanged
 *          for another of its size. What was written is written back without a sync.
 * Method   Devices and their files, by descriptor and mapped.
 * Oracle   Linux. Skipped without root, or where there is no loop device; and on
 *          Linux, where it would be one of the host's, unless TEST_LOOP is set.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/fs.h>
#include <linux/loop.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#define SIZE 20480

static char device[32];

static int new_file(void)
{
	char path[] = "/tmp/loopXXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || ftruncate(fd, SIZE) != 0)
		bail_out("a file: %s", strerror(errno));
	unlink(path);
	return fd;
}

static int open_device(int flags)
{
	return open(device, flags | O_CLOEXEC);
}

static uint64_t size_of(int fd)
{
	uint64_t size = 0;

	ioctl(fd, BLKGETSIZE64, &size);
	return size;
}

static void find_device(void)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), n;

	if (control < 0)
		skip_all("no loop devices: %s", strerror(errno));
	n = ioctl(control, LOOP_CTL_GET_FREE);
	if (n < 0)
		skip_all("no free loop device: %s", strerror(errno));
	snprintf(device, sizeof(device), "/dev/loop%d", n);
	close(control);
}

static void test_bytes(void)
{
	int file = new_file(), loop = open_device(O_RDWR);
	char buf[16] = "", *map;

	pwrite(file, "in the file", 11, 5000);
	is_int(ioctl(loop, LOOP_SET_FD, file), 0, "a file is bound");
	fails(ioctl(loop, LOOP_SET_FD, file), EBUSY, "not twice");
	is_int((long)size_of(loop), SIZE, "its size");
	pread(loop, buf, 11, 5000);
	ok(strcmp(buf, "in the file") == 0, "its bytes: %s", buf);
	is_int(pwrite(loop, "by the device", 13, 8190), 13, "others are written");
	is_int(fsync(loop), 0, "and synced");
	pread(file, buf, 13, 8190);
	ok(memcmp(buf, "by the device", 13) == 0, "the file has them: %.13s", buf);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, loop, 0);
	ok(map != MAP_FAILED && memcmp(map + 8190, "by the device", 13) == 0,
	   "it is mapped");
	memcpy(map + 12288, "stored", 6);
	is_int(msync(map, SIZE, MS_SYNC), 0, "what is stored there is synced");
	pread(file, buf, 6, 12288);
	ok(memcmp(buf, "stored", 6) == 0, "and in the file: %.6s", buf);
	memcpy(map + 12288, "again", 5);
	munmap(map, SIZE);
	is_int(fsync(loop), 0, "stored again, unmapped, synced");
	pread(file, buf, 6, 12288);
	ok(memcmp(buf, "againd", 6) == 0, "it is not lost: %.6s", buf);
	fails(pwrite(loop, "x", 1, SIZE), ENOSPC, "nothing behind the end");
	is_int(ioctl(loop, LOOP_CLR_FD), 0, "it is given up");
	fails(ioctl(loop, LOOP_CLR_FD), ENXIO, "once");
	close(loop);
	close(file);
}

static void test_part(void)
{
	int file = new_file(), loop = open_device(O_RDWR);
	struct loop_config config = { .fd = (unsigned)file };
	struct loop_info64 info = { 0 };
	struct loop_info old = { 0 };
	char buf[8] = "";

	config.info.lo_offset = 512;
	config.info.lo_sizelimit = 4096;
	strcpy((char *)config.info.lo_file_name, "some name");
	pwrite(file, "part", 4, 1024);
	is_int(ioctl(loop, LOOP_CONFIGURE, &config), 0, "a part of a file");
	is_int((long)size_of(loop), 4096, "its size");
	pread(loop, buf, 4, 512);
	ok(strcmp(buf, "part") == 0, "where it begins: %s", buf);
	is_int(ioctl(loop, LOOP_GET_STATUS64, &info), 0, "what is told of it");
	ok(info.lo_offset == 512 && info.lo_sizelimit == 4096 &&
	   strcmp((char *)info.lo_file_name, "some name") == 0, "is what was said");
	is_int(ioctl(loop, LOOP_GET_STATUS, &old), 0, "told as it was long ago");
	ok(old.lo_offset == 512 && strcmp(old.lo_name, "some name") == 0 &&
	   old.lo_inode == info.lo_inode, "is the same");
	old.lo_offset = 1536;
	is_int(ioctl(loop, LOOP_SET_STATUS, &old), 0, "said as it was long ago");
	is_int((long)size_of(loop), SIZE - 1536, "which knows no limit: its size");
	info.lo_offset = 1024;
	info.lo_sizelimit = 0;
	is_int(ioctl(loop, LOOP_SET_STATUS64, &info), 0, "another part");
	is_int((long)size_of(loop), SIZE - 1024, "its size");
	pread(loop, buf, 4, 0);
	ok(strcmp(buf, "part") == 0, "and where it begins: %s", buf);
	ftruncate(file, 2 * SIZE);
	is_int(ioctl(loop, LOOP_SET_CAPACITY), 0, "the file has grown");
	is_int((long)size_of(loop), 2 * SIZE - 1024, "and so does it");
	is_int(ioctl(loop, LOOP_CLR_FD), 0, "it is given up");
	close(loop);
	close(file);
}

static void test_users(void)
{
	int file = new_file(), loop = open_device(O_RDWR), other;
	struct loop_info64 info;

	is_int(ioctl(loop, LOOP_SET_FD, file), 0, "two have it open");
	other = open_device(O_RDONLY);
	is_int(ioctl(loop, LOOP_CLR_FD), 0, "one gives it up");
	is_int(ioctl(other, LOOP_GET_STATUS64, &info), 0, "the other has it yet");
	ok(info.lo_flags & LO_FLAGS_AUTOCLEAR, "and is the last");
	close(loop);
	close(other);
	loop = open_device(O_RDWR);
	fails(ioctl(loop, LOOP_GET_STATUS64, &info), ENXIO, "it goes with the last");
	close(loop);
	close(file);
}

static void test_readonly(void)
{
	char path[] = "/tmp/loopXXXXXX";
	int file = mkstemp(path), reads, loop, ro = 0;

	ftruncate(file, SIZE);
	reads = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	loop = open_device(O_RDWR);
	is_int(ioctl(loop, LOOP_SET_FD, reads), 0, "a file to be read");
	is_int(ioctl(loop, BLKROGET, &ro), 0, "is it only read?");
	is_int(ro, 1, "it is");
	fails(pwrite(loop, "x", 1, 0), EPERM, "not written");
	is_int(ioctl(loop, LOOP_CLR_FD), 0, "given up");
	fails(ioctl(loop, LOOP_SET_FD, -1), EBADF, "no file");
	close(loop);
	close(reads);
	close(file);
}

/* Who has it open to write does not any more; nobody does who may only want to. */
static void test_protected(void)
{
	int file = new_file(), loop = open_device(O_RDWR), on = 1, off = 0, ro = 0;
	int other;
	long ahead = 0;
	void *map;

	is_int(ioctl(loop, LOOP_SET_FD, file), 0, "a file to be written");
	is_int(ioctl(loop, BLKROSET, &on), 0, "to be written no more");
	is_int(ioctl(loop, BLKROGET, &ro), 0, "is it only read?");
	is_int(ro, 1, "it is");
	fails(pwrite(loop, "x", 1, 0), EPERM, "which an open file notices");
	ok(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, loop, 0) == MAP_FAILED &&
	   errno == EINVAL, "it is not mapped, or somebody could write there");
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, loop, 0);
	ok(map != MAP_FAILED, "but privately");
	munmap(map, SIZE);
	other = open_device(O_RDONLY);
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, other, 0);
	ok(map != MAP_FAILED, "and by who only reads");
	munmap(map, SIZE);
	close(other);
	other = open_device(O_RDWR);
	ok(other >= 0, "who could write opens it");
	close(other);
	fails(ioctl(loop, BLKROSET, NULL), EFAULT, "said by nobody");
	is_int(ioctl(loop, BLKROSET, &off), 0, "to be written again");
	is_int(pwrite(loop, "x", 1, 0), 1, "it is");
	is_int(ioctl(loop, BLKRASET, 64), 0, "how much is read ahead");
	is_int(ioctl(loop, BLKRAGET, &ahead), 0, "is told");
	is_int(ahead, 64, "as it was said");
	fails(ioctl(loop, BLKRAGET, NULL), EINVAL, "to nobody");
	if (seteuid(65534) < 0)
		bail_out("seteuid: %s", strerror(errno));
	fails(ioctl(loop, BLKROSET, &on), EACCES, "nobody may say so");
	fails(ioctl(loop, BLKRASET, 64), EACCES, "nor that");
	if (seteuid(0) < 0)
		bail_out("seteuid: %s", strerror(errno));
	is_int(ioctl(loop, LOOP_CLR_FD), 0, "given up");
	close(loop);
	close(file);
}

static char first_byte(int fd)
{
	char c = 0;

	(void)!pread(fd, &c, 1, 0);
	return c;
}

/* What was read of the first file stays in memory, so what is looked at has not
 * been. */
static void test_exchange(void)
{
	char path[] = "/tmp/loopXXXXXX";
	int file = mkstemp(path), other = new_file(), small = new_file();
	int loop = open_device(O_RDWR), reads;

	ftruncate(file, SIZE);
	ftruncate(small, SIZE / 2);
	pwrite(other, "o", 1, 0);
	reads = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	fails(ioctl(loop, LOOP_CHANGE_FD, other), ENXIO, "nothing to exchange");
	is_int(ioctl(loop, LOOP_SET_FD, file), 0, "a file that can be written");
	fails(ioctl(loop, LOOP_CHANGE_FD, other), EINVAL, "stays");
	is_int(ioctl(loop, LOOP_CLR_FD), 0, "given up");
	close(loop);		/* until then Linux keeps the first */
	loop = open_device(O_RDWR);
	is_int(ioctl(loop, LOOP_SET_FD, reads), 0, "one that cannot");
	fails(ioctl(loop, LOOP_CHANGE_FD, small), EINVAL,
	      "stays if the other is smaller");
	is_int(ioctl(loop, LOOP_CHANGE_FD, other), 0, "or is exchanged");
	is_int(first_byte(loop), 'o', "and the other is what is read");
	is_int(ioctl(loop, LOOP_CLR_FD), 0, "given up");
	close(loop);
	close(reads);
	close(small);
	close(other);
	close(file);
}

static void test_synced_before(void)
{
	int file = new_file(), loop = open_device(O_RDWR);

	sync();
	is_int(ioctl(loop, LOOP_SET_FD, file), 0, "bound after a sync()");
	is_int(fsync(loop), 0, "which has left no error to tell");
	is_int(ioctl(loop, LOOP_CLR_FD), 0, "given up again");
	close(loop);
	close(file);
}

/* ---- without a sync ---- */

static long dirty_kib(void)
{
	return read_value("/proc/meminfo", "Dirty:");
}

/* When much is dirty, a sixteenth of memory, nobody waits until it is old. */
static void test_much(void)
{
	enum { LOOKS = 2000, LOOK_US = 5000, MIB = 1 << 20 };
	static char block[MIB];
	int file = new_file(), loop = open_device(O_RDWR), looks = 0;
	struct sysinfo info;
	long much, size;

	sysinfo(&info);
	much = (long)(info.totalram / 16);
	size = much / MIB * MIB + 2 * MIB;
	ftruncate(file, size);
	ioctl(loop, LOOP_SET_FD, file);
	for (long at = 0; at < size; at += MIB)
		if (pwrite(loop, block, MIB, at) != MIB)
			bail_out("pwrite: %s", strerror(errno));
	while (dirty_kib() > much / 1024 && looks++ < LOOKS)
		usleep(LOOK_US);
	ok(looks < LOOKS, "what is much is written back: %ld KiB are dirty", dirty_kib());
	ioctl(loop, LOOP_CLR_FD);
	close(loop);
	close(file);
}

int main(void)
{
	if (geteuid() != 0)
		skip_all("only root has loop devices");
	if (!on_drover() && getenv("TEST_LOOP") == NULL)
		skip_all("it would take a loop device of the host");
	find_device();
	test_synced_before();
	test_bytes();
	test_part();
	test_exchange();
	test_users();
	test_readonly();
	test_protected();
	test_protected();
	if (on_drover())
		test_much();
	else
		skip(1, "it would be the host's memory");
	return done_testing();
}
