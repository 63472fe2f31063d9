/*
 * tests/abi/hotplug.c
 *
 * Claim    A processor leaves and comes back by its file `online` in /sys. Nobody
 *          runs on it meanwhile; who was bound to it alone runs elsewhere, and
 *          anywhere from then on; what it would have rung rings; all processors
 *          but one may leave, the first, too; who comes back knows nothing of
 *          memory that is no more.
 * Method   The lists of processors beside each other, before, meanwhile and
 *          afterwards; threads that run, sleep and wait for a timer on one that
 *          leaves; mappings that are changed while it is away.
 * Oracle   Linux, as root; qemu-user has the processors of the host.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#define CPUS "/sys/devices/system/cpu"

static int nr, victim;

/* ---- the files ---- */

static const char *text_of(const char *path)
{
	static char text[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static const char *file_of(int cpu)
{
	static char path[64];

	snprintf(path, sizeof(path), CPUS "/cpu%d/online", cpu);
	return path;
}

/* 0, or what errno says. */
static int write_to(int cpu, const char *word)
{
	int fd = open(file_of(cpu), O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, word, strlen(word)) != (ssize_t)strlen(word))
		err = errno;
	close(fd);
	return err;
}

static int leave(int cpu)
{
	return write_to(cpu, "0\n");
}

static int come(int cpu)
{
	return write_to(cpu, "1\n");
}

/* "0-2,5" as a set. */
static cpu_set_t list_of(const char *name)
{
	const char *list = text_of(name);
	int first, last, used;
	cpu_set_t set;

	CPU_ZERO(&set);
	while (sscanf(list, "%d%n", &first, &used) == 1) {
		list += used;
		last = first;
		if (sscanf(list, "-%d%n", &last, &used) == 1)
			list += used;
		for (int cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, &set);
		list += *list == ',';
	}
	return set;
}

static bool is_listed(const char *name, int cpu)
{
	cpu_set_t set = list_of(name);

	return CPU_ISSET(cpu, &set);
}

static int listed(const char *name)
{
	cpu_set_t set = list_of(name);

	return CPU_COUNT(&set);
}

static cpu_set_t only(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return set;
}

static int bind_to(int cpu)
{
	cpu_set_t set = only(cpu);

	return sched_setaffinity(0, sizeof(set), &set);
}

static cpu_set_t allowed(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	return set;
}

static void test_texts(void)
{
	is_int(listed(CPUS "/online"), nr, "all processors are online");
	is_int(leave(victim), 0, "processor %d leaves", victim);
	ok(strcmp(text_of(file_of(victim)), "0") == 0, "its file says so");
	ok(!is_listed(CPUS "/online", victim) && is_listed(CPUS "/offline", victim),
	   "so do the lists");
	ok(is_listed(CPUS "/present", victim) && is_listed(CPUS "/possible", victim),
	   "it is present still");
	is_int(sysconf(_SC_NPROCESSORS_ONLN), nr - 1, "the C library counts one less");
	is_int(leave(victim), 0, "once more is no mistake");

	cpu_set_t set = allowed();

	ok(!CPU_ISSET(victim, &set) && CPU_COUNT(&set) == nr - 1,
	   "nobody may run there");
	ok(bind_to(victim) == -1 && errno == EINVAL, "or be bound to it alone");
	is_int(come(victim), 0, "it comes back");
	ok(strcmp(text_of(file_of(victim)), "1") == 0, "its file says so");
	is_int(listed(CPUS "/online"), nr, "all are online");
	ok(!is_listed(CPUS "/offline", victim), "and none of them offline");
	set = allowed();
	is_int(CPU_COUNT(&set), nr, "who was not bound may run there again");
	is_int(write_to(victim, "maybe"), EINVAL, "a word that is no answer");
}

/* ---- threads ---- */

static volatile int stop;

struct spinner {
	pthread_t thread;
	volatile unsigned long turns;
	volatile int where;
};

static void *spin(void *arg)
{
	struct spinner *s = arg;

	bind_to(victim);
	while (!stop) {
		s->where = sched_getcpu();
		s->turns++;
	}
	return NULL;
}

/* It has gone on. */
static void wait_for_turn(struct spinner *s)
{
	unsigned long before = s->turns;

	while (s->turns < before + 2)
		usleep(100);
}

enum { SPINNERS = 3 };

static void test_bound(void)
{
	struct spinner s[SPINNERS] = { 0 };
	int elsewhere = 0, there = 0;

	stop = 0;
	for (int i = 0; i < SPINNERS; i++)
		tap_thread(&s[i].thread, NULL, spin, &s[i]);
	for (int i = 0; i < SPINNERS; i++) {
		wait_for_turn(&s[i]);
		there += s[i].where == victim;
	}
	is_int(there, SPINNERS, "%d threads are bound to one processor", SPINNERS);
	is_int(leave(victim), 0, "which leaves");
	for (int i = 0; i < SPINNERS; i++) {
		wait_for_turn(&s[i]);
		elsewhere += s[i].where != victim;
	}
	is_int(elsewhere, SPINNERS, "they go on elsewhere");
	come(victim);
	stop = 1;
	for (int i = 0; i < SPINNERS; i++)
		pthread_join(s[i].thread, NULL);
}

static volatile int sleepers;
static int wake_pipe[2];

/* On the processor that leaves; then read by whoever comes to. */
static void *sleep_there(void *arg)
{
	char byte;
	cpu_set_t set;
	long bad = 0;

	bind_to(victim);
	bad += sched_getcpu() != victim;
	__atomic_add_fetch(&sleepers, 1, __ATOMIC_SEQ_CST);
	bad += read(wake_pipe[0], &byte, 1) != 1;
	bad += sched_getcpu() == victim;
	set = allowed();
	bad += CPU_COUNT(&set) != nr - 1;
	return (void *)(bad + (arg != NULL));
}

static void test_asleep(void)
{
	pthread_t thread;
	void *bad;

	if (pipe(wake_pipe) < 0)
		bail_out("pipe: %s", strerror(errno));
	tap_thread(&thread, NULL, sleep_there, NULL);
	while (sleepers == 0)
		usleep(100);
	is_int(leave(victim), 0, "a processor leaves on which one sleeps");
	if (write(wake_pipe[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	pthread_join(thread, &bad);
	is_int((long)bad, 0, "it is woken elsewhere, and may run on all others");
	is_int(come(victim), 0, "the processor comes back");
}

/* ---- what it would have rung ---- */

static volatile int armed;

static void *arm(void *arg)
{
	const struct itimerspec soon = { .it_value = { 0, 50 * 1000 * 1000 } };

	bind_to(victim);
	timerfd_settime(*(int *)arg, 0, &soon, NULL);
	armed = 1;
	return NULL;
}

static void *doze(void *unused TAP_UNUSED)
{
	bind_to(victim);
	armed = 1;
	usleep(100 * 1000);
	return NULL;
}

static void test_timers(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	uint64_t times = 0;
	pthread_t thread;

	armed = 0;
	tap_thread(&thread, NULL, arm, &fd);
	while (!armed)
		usleep(100);
	is_int(leave(victim), 0, "a processor leaves that has a timer");
	is_int(read(fd, &times, sizeof(times)), sizeof(times), "which rings");
	pthread_join(thread, NULL);
	come(victim);
	armed = 0;
	tap_thread(&thread, NULL, doze, NULL);
	while (!armed)
		usleep(100);
	is_int(leave(victim), 0, "and one on which somebody sleeps for a while");
	is_int(pthread_join(thread, NULL), 0, "who wakes up");
	come(victim);
	close(fd);
}

/* ---- memory ---- */

static volatile int *volatile page;
static int phase, seen;		/* phase: told by tap_tell() */

/* Reads the page on the processor that leaves; then what is there when that
 * has come back. */
static void *look(void *unused TAP_UNUSED)
{
	bind_to(victim);
	seen = *page;
	tap_tell(&phase, 1);
	while (tap_told(&phase) != 2)
		usleep(100);
	bind_to(victim);
	seen = sched_getcpu() == victim ? *page : -1;
	return NULL;
}

static void test_memory(void)
{
	pthread_t thread;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*page = 1;
	phase = 0;
	tap_thread(&thread, NULL, look, NULL);
	while (tap_told(&phase) != 1)
		usleep(100);
	is_int(leave(victim), 0, "a processor leaves that knows a page");
	if (mmap((void *)page, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	*page = 2;
	is_int(come(victim), 0, "it comes back");
	tap_tell(&phase, 2);
	pthread_join(thread, NULL);
	is_int(seen, 2, "and finds the page that is there now");
	munmap((void *)page, 4096);
}

#define MEMBARRIER_GLOBAL 1

static void test_fence(void)
{
	is_int(leave(victim), 0, "without one processor");
	is_int(syscall(SYS_membarrier, MEMBARRIER_GLOBAL, 0, 0), 0,
	       "membarrier() waits for nobody who is away");
	is_int(come(victim), 0, "with all of them");
	is_int(syscall(SYS_membarrier, MEMBARRIER_GLOBAL, 0, 0), 0,
	       "it returns as well");
}

/* ---- all but one ---- */

static void test_last(void)
{
	int wrong = 0, last = victim;

	for (int cpu = 0; cpu < nr; cpu++)
		wrong += cpu != last && leave(cpu) != 0;
	is_int(wrong, 0, "all leave but one, the first, too");
	is_int(sched_getcpu(), last, "we run on that");
	is_int(leave(last), EBUSY, "which may not leave");
	is_int(listed(CPUS "/online"), 1, "one is online");
	is_int(listed(CPUS "/offline"), nr - 1, "all others are offline");
	usleep(1000);
	for (int cpu = 0; cpu < nr; cpu++)
		wrong += come(cpu) != 0;
	is_int(wrong, 0, "all come back");
	for (int cpu = 0; cpu < nr; cpu++)
		wrong += bind_to(cpu) != 0 || sched_getcpu() != cpu;
	is_int(wrong, 0, "and one can run on each");
}

static int open_as_nobody(void *unused TAP_UNUSED)
{
	if (setresuid(1000, 1000, 1000) < 0)
		return 2;
	return !(open(file_of(victim), O_WRONLY) == -1 && errno == EACCES &&
		 open(file_of(victim), O_RDONLY) >= 0);
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: the processors are the host's");
	if (geteuid() != 0 || access(file_of(0), W_OK) != 0)
		skip_all("only root has processors leave");
	nr = sysconf(_SC_NPROCESSORS_ONLN);
	if (nr < 2)
		skip_all("the last processor cannot leave");
	victim = nr - 1;
	plan(40);
	test_texts();
	test_bound();
	test_asleep();
	test_timers();
	test_memory();
	test_fence();
	test_last();
	is_int(WEXITSTATUS(in_child(open_as_nobody, NULL)), 0,
	       "others may look, and not touch");
	return done_testing();
}
