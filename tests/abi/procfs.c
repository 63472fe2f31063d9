/*
 * tests/abi/procfs.c
 *
 * Claim    /proc tells the truth in the formats that ps, top and free read.
 * Method   Each file is parsed and compared with what the process knows about
 *          itself by other means.
 * Oracle   Linux; proc(5).
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "libmaps.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static char text[65536];

/* The whole file in @text; its length, 0 when it cannot be read. */
static size_t slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t used = 0;
	ssize_t n;

	text[0] = '\0';
	if (fd < 0)
		return 0;
	while ((n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	close(fd);
	text[used] = '\0';
	return used;
}

/* The number after "KEY" at the beginning of a line, -1 without. */
static long value_of(const char *key)
{
	char *line = text;

	while (line) {
		if (strncmp(line, key, strlen(key)) == 0)
			return strtol(line + strlen(key), NULL, 10);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return -1;
}

static void test_stat(void)
{
	int pid, ppid, pgrp, session, threads;
	char comm[40], state, *rest;
	unsigned long start, vsize;
	long rss;

	prctl(PR_SET_NAME, "a (name) b");
	slurp("/proc/self/stat");
	is_int(sscanf(text, "%d (%39[^\n]", &pid, comm), 2, "stat begins");
	is_int(pid, getpid(), "with the pid");
	rest = strrchr(comm, ')');
	ok(rest && strncmp(comm, "a (name) b", rest - comm) == 0,
	   "and the name in parentheses");
	rest = strrchr(text, ')') + 2;
	is_int(sscanf(rest, "%c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
		      "%*d %*d %*d %*d %d %*d %lu %lu %ld", &state, &ppid,
		      &pgrp, &session, &threads, &start, &vsize, &rss), 8,
	       "then numbers");
	is_int(state, 'R', "running");
	is_int(ppid, getppid(), "ppid");
	is_int(pgrp, getpgrp(), "pgrp");
	is_int(session, getsid(0), "session");
	is_int(threads, 1, "threads");
	ok(vsize > 100000 && rss > 0, "memory");
	slurp("/proc/self/comm");
	ok(strcmp(text, "a (name) b\n") == 0, "comm");
}

static void test_status(void)
{
	ok(slurp("/proc/self/status") > 0, "status");
	is_int(value_of("Pid:"), getpid(), "Pid");
	is_int(value_of("PPid:"), getppid(), "PPid");
	is_int(value_of("Uid:"), getuid(), "Uid");
	is_int(value_of("Threads:"), 1, "Threads");
	ok(value_of("VmRSS:") > 0 && value_of("VmSize:") > 0, "VmRSS, VmSize");
}

static void test_maps(const void *code)
{
	struct mapping maps[MAPS_MAX];
	char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int here;

	ok(maps_between(code, (char *)code + 1, maps) == 1 &&
	   maps[0].rights[2] == 'x' && strstr(maps[0].name, "procfs"),
	   "our code is mapped, with our name");
	ok(maps_between(&here, &here + 1, maps) == 1 &&
	   strcmp(maps[0].name, "[stack]") == 0, "the stack is [stack]");
	mprotect(p, 4096, PROT_NONE);
	ok(maps_between(p, p + 4096, maps) == 1 &&
	   strcmp(maps[0].rights, "---p") == 0, "rights are shown");
	munmap(p, 3 * 4096);
	is_int(maps_between(p, p + 4096, maps), 0, "what is gone is not");
}

static void test_links(const char *argv0)
{
	char path[64], target[200];
	struct stat a, b;
	ssize_t n;
	int fd = open("/dev/null", O_RDONLY), nr = 0;
	struct dirent *entry;
	DIR *dir;

	n = slurp("/proc/self/cmdline");
	ok(n == (ssize_t)strlen(argv0) + 1 && strcmp(text, argv0) == 0,
	   "cmdline");
	n = readlink("/proc/self", target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	is_int(atoi(target), getpid(), "/proc/self is our pid");
	n = readlink("/proc/self/exe", target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	ok(strstr(target, "/procfs") != NULL, "exe is %s", target);
	ok(stat("/proc/self/exe", &a) == 0 && stat(target, &b) == 0 &&
	   a.st_ino == b.st_ino, "and leads to the file");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	ok(strcmp(target, "/dev/null") == 0, "fd/N is %s", target);
	dir = opendir("/proc/self/fd");
	while (dir && (entry = readdir(dir)))
		nr += atoi(entry->d_name) == fd && entry->d_name[0] != '.';
	is_int(nr, 1, "and is listed");
	if (dir)
		closedir(dir);
	close(fd);
}

static void test_system(void)
{
	long harts = sysconf(_SC_NPROCESSORS_ONLN), nr = 0;
	double up, idle;

	slurp("/proc/meminfo");
	ok(value_of("MemTotal:") > 0 && value_of("MemFree:") > 0 &&
	   value_of("MemFree:") <= value_of("MemTotal:"), "meminfo");
	slurp("/proc/uptime");
	ok(sscanf(text, "%lf %lf", &up, &idle) == 2 && up > 0, "uptime");
	slurp("/proc/stat");
	ok(strncmp(text, "cpu  ", 5) == 0, "stat");
	for (char *p = text; (p = strstr(p, "\ncpu")); p++)
		nr++;
	is_int(nr, harts, "a line for each of %ld harts", harts);
	ok(value_of("ctxt ") > 0 && value_of("btime ") > 0 &&
	   value_of("processes ") > 0, "and totals");
	slurp("/proc/cpuinfo");
	ok(strstr(text, "processor\t: 0") && strstr(text, "rv64"), "cpuinfo");
	ok(slurp("/proc/interrupts") > 0, "interrupts");
	ok(slurp("/proc/loadavg") > 0, "loadavg");
	ok(slurp("/proc/version") > 0, "version");
	ok(slurp("/proc/cmdline") > 0, "cmdline");
	ok(slurp("/proc/mounts") > 0 && strstr(text, " /proc proc "), "mounts");
}

/* ---- when memory runs out ---- */

static long number_in(const char *path)
{
	return slurp(path) > 0 ? atol(text) : -2000;
}

static bool offer(const char *adj)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	bool done = write(fd, adj, strlen(adj)) == (ssize_t)strlen(adj);
	int err = errno;

	close(fd);
	errno = err;
	return done;
}

/* Who is not root takes back no more than he offered. */
static int offer_as_user(void *unused TAP_UNUSED)
{
	if (getuid() == 0 && (setgid(4242) < 0 || setuid(4242) < 0))
		return 1;
	prctl(PR_SET_DUMPABLE, 1);
	if (!offer("900") || !offer("700"))
		return 2;
	return offer("-1") || errno != EACCES ? 3 : 0;
}

static void test_oom_score(void)
{
	long before = number_in("/proc/self/oom_score");

	ok(before >= 0 && offer("700\n"), "oom_score_adj is written");
	is_int(number_in("/proc/self/oom_score_adj"), 700, "and read");
	ok(number_in("/proc/self/oom_score") > before, "the score is worse");
	ok(!offer("1001") && errno == EINVAL, "no more than 1000");
	is_exit(in_child(offer_as_user, NULL), 0, "a user may not protect");
}

static void test_listing(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	bool me = false, parent = false;

	while (dir && (entry = readdir(dir))) {
		me |= atoi(entry->d_name) == getpid();
		parent |= atoi(entry->d_name) == getppid();
	}
	if (dir)
		closedir(dir);
	ok(me && parent, "/proc lists us and our parent");
	fails(open("/proc/4194303/stat", O_RDONLY), ENOENT, "no such process");
	fails(open("/proc/self/none", O_RDONLY), ENOENT, "no such file");
}

static volatile pid_t tid;

static void *stay(void *unused)
{
	tid = gettid();
	for (;;)
		pause();
	return unused;
}

/* A thread's number is good where a process's is. */
static void test_thread(void)
{
	static const char *const names[] = {
		"/proc/%d/stat", "/proc/%d/maps", "/proc/self/task/%d/maps",
		"/proc/self/task/%d/mem", "/proc/self/task/%d/fd",
	};
	pthread_t thread;
	char path[60];

	tap_thread(&thread, NULL, stay, NULL);
	while (tid == 0)
		sched_yield();
	for (int i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), names[i], tid);
		ok(open(path, O_RDONLY) >= 0, "%s", names[i]);
	}
	is_int(tap_kill(tid, 0), 0, "kill()");
	is_int(getpgid(tid), getpgid(0), "getpgid()");
	is_int(getsid(tid), getsid(0), "getsid()");
	is_int(prlimit(tid, RLIMIT_NOFILE, NULL, NULL), 0, "prlimit()");
}

int main(int argc, char **argv)
{
	if (argc != 1)
		return 2;
	if (under_qemu_user())
		skip_all("qemu-user: /proc is the host's");
	plan(11 + 6 + 4 + 6 + 11 + 5 + 3 + 9);
	test_stat();
	test_status();
	test_maps((void *)test_maps);
	test_links(argv[0]);
	test_system();
	test_oom_score();
	test_listing();
	test_thread();
	return done_testing();
}
