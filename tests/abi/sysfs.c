/*
 * tests/abi/sysfs.c
 *
 * Claim    /sys/devices/system/cpu tells the processors as the C library and
 *          lscpu read them; /dev/shm is a tmpfs for everybody, so shm_open()
 *          and sem_open() work.
 * Method   The lists of processors beside sysconf(); shared memory and a
 *          semaphore by name, between two processes.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <dirent.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define CPUS "/sys/devices/system/cpu"

static const char *text_of(const char *path)
{
	static char text[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* "0-3,5" */
static int count(const char *list)
{
	int n = 0, first, last, used;

	while (sscanf(list, "%d%n", &first, &used) == 1) {
		list += used;
		last = first;
		if (sscanf(list, "-%d%n", &last, &used) == 1)
			list += used;
		n += last - first + 1;
		list += *list == ',';
	}
	return n;
}

static void test_lists(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	struct dirent *e;
	int folders = 0, number;
	DIR *dir = opendir(CPUS);

	is_int(count(text_of(CPUS "/online")), online, "online");
	is_int(count(text_of(CPUS "/present")), sysconf(_SC_NPROCESSORS_CONF),
	       "present");
	ok(count(text_of(CPUS "/possible")) >= online, "possible");
	ok(atoi(text_of(CPUS "/kernel_max")) >= online - 1, "kernel_max");
	while (dir != NULL && (e = readdir(dir)) != NULL)
		folders += sscanf(e->d_name, "cpu%d", &number) == 1;
	ok(folders >= online, "a folder for each");
	if (dir != NULL)
		closedir(dir);
}

static void test_topology(void)
{
	struct stat st;
	char name[64];

	ok(count(text_of(CPUS "/cpu0/topology/core_siblings_list")) >= 1,
	   "the package of cpu0");
	ok(count(text_of(CPUS "/cpu0/topology/thread_siblings_list")) >= 1,
	   "its core");
	ok(strtoul(text_of(CPUS "/cpu0/topology/thread_siblings"), NULL, 16) & 1,
	   "as a set");
	snprintf(name, sizeof(name), CPUS "/cpu%ld", 100000L);
	fails(stat(name, &st), ENOENT, "there is no such processor");
}

static int add(void *name)
{
	int fd = shm_open(name, O_RDWR, 0);
	int *n = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	sem_t *sem = sem_open(name, 0);

	if (n == MAP_FAILED || sem == SEM_FAILED)
		return 1;
	*n += 1;
	return sem_post(sem) != 0;
}

static void test_shared_memory(void)
{
	struct statfs fs;
	struct stat st;
	char name[32];
	sem_t *sem;
	int *n, fd;

	snprintf(name, sizeof(name), "/sysfs-test-%d", getpid());
	ok(statfs("/dev/shm", &fs) == 0 && fs.f_type == 0x01021994, "a tmpfs");
	ok(stat("/dev/shm", &st) == 0 && (st.st_mode & 07777) == 01777,
	   "for everybody");
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	is_int(ftruncate(fd, 4096), 0, "shared memory by name");
	n = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	ok(n != MAP_FAILED && sem != SEM_FAILED, "and a semaphore");
	is_int(in_child(add, name), 0, "another process finds both");
	ok(sem_wait(sem) == 0 && *n == 1, "and they are the same");
	is_int(shm_unlink(name), 0, "its name goes");
	is_int(sem_unlink(name), 0, "the semaphore's, too");
}

/* A root of its own on somebody else's kernel, where nobody has mounted it. */
static bool sysfs_is_elsewhere(void)
{
	if (!under_qemu_user() || access(CPUS, F_OK) == 0)
		return false;
	skip(9, "the host shows no /sys here");
	return true;
}

int main(void)
{
	if (!sysfs_is_elsewhere()) {
		test_lists();
		test_topology();
	}
	test_shared_memory();
	return done_testing();
}
