/*
 * smp.c - what operations cost when other harts do the same.
 *
 *	smp [PATTERN]
 *
 * Each row is one operation that each of 1, 2, 4 and 8 harts does in a place
 * of its own: nothing in what it means makes the harts wait for each other, so
 * what they wait for is the kernel's doing.  For each row and number of harts
 * one line of fields, with tabs between them:
 *
 *	row  harts  operations  ns  switches  reschedules  shootdowns  LOCK=taken,busy...
 *
 * ns is what one operation takes a hart; the others are sums of what the
 * kernel counted: switches, IPIs to reschedule, IPIs for shootdowns, and of
 * each class of locks (lab kernels count those) how often one was taken, and
 * was not free.
 *
 * One worker is pinned to each hart: threads of one process, or processes of
 * one thread. They begin together, and all end when the first of them has done
 * its share, so that nobody is measured alone; each then spins in user mode
 * until all have ended, and the counters were read.
 */
#define _GNU_SOURCE
#include "libbench.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORKERS = 8, WARM_UP = 5, ROW_SECONDS = 600 };

/* Shared by all workers; each writes to a cache line of its own. */
static struct {
	volatile int nr_waiting, open, over, nr_done, closed;
	struct {
		volatile long done;
	} __attribute__((aligned(64))) worker[MAX_WORKERS];
} *gate;

struct smp_row {
	const char *name;
	bool threads;		/* of one process; else processes */
	void (*prepare)(long worker);
	void (*operate)(long worker);
	long ops;		/* the first worker's share */
};

static const struct smp_row *row;
static int nr_workers;

/* ---- the operations ---- */

static __thread char *page;
static char directory[64], file[80];

static void map_touch_unmap(long worker)
{
	volatile char *mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)worker;
	if (mem == MAP_FAILED)
		bench_check(-1, "mmap");
	mem[0] = 1;
	munmap((void *)mem, PAGE);
}

/* Far from all others: no table of the lowest level in common. */
static void own_page(long worker)
{
	enum { APART = 2 * MIB };

	(void)worker;
	page = (char *)map_pages(2 * APART / PAGE, 0) + APART / 2;
	touch_pages(page, 1);
}

static void protect_pair(long worker)
{
	(void)worker;
	raw3(SYS_mprotect, (long)page, PAGE, PROT_READ);
	raw3(SYS_mprotect, (long)page, PAGE, PROT_READ | PROT_WRITE);
}

static void own_directory(long worker)
{
	snprintf(directory, sizeof(directory), "/tmp/smp.%ld", worker);
	snprintf(file, sizeof(file), "%s/file", directory);
	mkdir(directory, 0700);
}

static void create_write_unlink(long worker)
{
	int fd = bench_check(open(file, O_CREAT | O_WRONLY, 0600), file);

	(void)worker;
	bench_check(write(fd, "x", 1), "write");
	close(fd);
	unlink(file);
}

static void own_file(long worker)
{
	own_directory(worker);
	close(bench_check(open(file, O_CREAT | O_WRONLY, 0600), file));
}

static __thread int own_fd;

static void own_open_file(long worker)
{
	char name[64];

	snprintf(name, sizeof(name), "/tmp/smp.byte.%ld", worker);
	own_fd = bench_check(open(name, O_CREAT | O_RDWR, 0600), name);
	bench_check(write(own_fd, "x", 1), "write");
}

static void read_byte(long worker)
{
	char c;

	(void)worker;
	bench_check(pread(own_fd, &c, 1, 0), "pread");
}

static void stat_path(long worker)
{
	struct stat st;

	(void)worker;
	bench_check(stat(file, &st), file);
}

static void open_close(long worker)
{
	(void)worker;
	close(bench_check(open(file, O_RDONLY), file));
}

static void reap(pid_t pid)
{
	int status = 0;

	bench_check(waitpid(pid, &status, 0), "waitpid");
	bench_check(-status, "child");
}

static void fork_exit_wait(long worker)
{
	pid_t pid = bench_check(fork(), "fork");

	(void)worker;
	if (pid == 0)
		_exit(0);
	reap(pid);
}

static void vfork_exec_wait(long worker)
{
	static char *argv[] = { "tiny", NULL }, *env[] = { NULL };
	pid_t pid = bench_check(vfork(), "vfork");

	(void)worker;
	if (pid == 0) {
		execve("/bench/tiny", argv, env);
		_exit(1);
	}
	reap(pid);
}

static void nothing(long worker)
{
	(void)worker;
}

static const struct smp_row rows[] = {
	{ "mmap+touch+munmap, threads", true, nothing, map_touch_unmap, 200 },
	{ "mmap+touch+munmap, processes", false, nothing, map_touch_unmap, 200 },
	{ "mprotect pair, threads", true, own_page, protect_pair, 200 },
	{ "mprotect pair, processes", false, own_page, protect_pair, 200 },
	{ "pread of a byte, threads", true, own_open_file, read_byte, 2000 },
	{ "create+write+unlink", false, own_directory, create_write_unlink, 100 },
	{ "stat", false, own_file, stat_path, 500 },
	{ "open+close", false, own_file, open_close, 500 },
	{ "fork+exit+wait", false, nothing, fork_exit_wait, 40 },
	{ "vfork+exec+wait", false, nothing, vfork_exec_wait, 40 },
	{ 0 },
};

/* ---- the workers ---- */

static void make_ready(long worker)
{
	pin_to_hart(worker);
	row->prepare(worker);
	for (int i = 0; i < WARM_UP; i++)
		row->operate(worker);
	__atomic_add_fetch(&gate->nr_waiting, 1, __ATOMIC_SEQ_CST);
}

/* The first that is through with its share ends it for all. */
static void work(long worker)
{
	volatile long *done = &gate->worker[worker].done;

	while (!gate->over && *done < row->ops) {
		row->operate(worker);
		++*done;
	}
	gate->over = 1;
	__atomic_add_fetch(&gate->nr_done, 1, __ATOMIC_SEQ_CST);
}

static void *working_thread(void *worker)
{
	make_ready((long)worker);
	while (!gate->open)
		;
	work((long)worker);
	while (!gate->closed)
		;
	return NULL;
}

static void start_worker(long worker)
{
	pthread_t thread;

	if (row->threads) {
		bench_check(-pthread_create(&thread, NULL, working_thread,
					    (void *)worker), "pthread_create");
	} else if (bench_check(fork(), "fork") == 0) {
		working_thread((void *)worker);
		_exit(0);
	}
}

static long total_done(void)
{
	long sum = 0;

	for (int i = 0; i < nr_workers; i++)
		sum += gate->worker[i].done;
	return sum;
}

/* ---- telling ---- */

static void print_locks(const struct events *events)
{
	static const char taken[] = "lock_acquired_";
	const char *name;

	for (int i = 0; (name = events_name(i)) != NULL; i++) {
		char busy[EVENT_NAME + 16];
		const char *class = name + strlen(taken);

		if (strncmp(name, taken, strlen(taken)) || !events->total[i])
			continue;
		snprintf(busy, sizeof(busy), "lock_contended_%s", class);
		printf("\t%s=%ld,%ld", class, events->total[i],
		       events_sum(events, busy));
	}
}

static void print_line(uint64_t ticks, const struct events *events)
{
	enum { NS_PER_TICK = 100 };
	long ops = total_done();

	printf("%s\t%d\t%ld\t%.0f\t%ld\t%ld\t%ld", row->name, nr_workers, ops,
	       (double)ticks * NS_PER_TICK * nr_workers / ops,
	       events_sum(events, "switches"),
	       events_sum(events, "ipi_resched_sent"),
	       events_sum(events, "ipi_tlb_sent"));
	print_locks(events);
	putchar('\n');
	fflush(stdout);
}

/* The first worker, and whoever measures: a process for each measurement. */
_Noreturn static void measure(void)
{
	static struct events before, after, events;
	uint64_t start;

	alarm(ROW_SECONDS);
	for (long i = 1; i < nr_workers; i++)
		start_worker(i);
	make_ready(0);
	while (gate->nr_waiting < nr_workers)
		;
	events_read(&before);
	events_read(&before);	/* the first brings in what reading needs */
	start = clock_ticks();
	gate->open = 1;
	work(0);
	while (gate->nr_done < nr_workers)
		;
	start = clock_ticks() - start;
	events_read(&after);
	gate->closed = 1;
	events_add(&events, &before, &after);
	print_line(start, &events);
	exit(0);
}

static void measure_row(int workers)
{
	int status;
	pid_t pid;

	nr_workers = workers;
	memset(gate, 0, sizeof(*gate));
	pid = bench_check(fork(), "fork");
	if (pid == 0)
		measure();
	bench_check(waitpid(pid, &status, 0), "waitpid");
	if (status != 0)
		printf("# failed\t%s\t%d harts\tstatus %d\n", row->name,
		       workers, status);
}

int main(int argc, char **argv)
{
	const char *pattern = argc > 1 ? argv[1] : "";

	gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (gate == MAP_FAILED)
		bench_check(-1, "mmap");
	events_available();	/* the names, before there are threads */
	printf("==== bench begin\n");
	for (row = rows; row->name != NULL; row++)
		for (int n = 1; n <= MAX_WORKERS && n <= nr_harts(); n *= 2)
			if (strstr(row->name, pattern))
				measure_row(n);
	printf("==== bench end\n");
	return 0;
}
