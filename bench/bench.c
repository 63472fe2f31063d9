/*
 * bench.c - what operations of the kernel cost.
 *
 *	bench [-r PATTERN]... [-n SCALE] [--tsv] [--locks] [--list]
 *
 * An ordinary static Linux program: it runs unchanged on drover and on Linux.
 * For each row it prints, per operation,
 *
 *	insn	instructions, in user and kernel mode, where the clock is driven
 *		by them: one hart under QEMU's `-icount shift=0`
 *	ns	nanoseconds, where the clock is a clock
 *	fences, satp, ipis, faults, copies
 *		what drover's counters say; "-" on a kernel without them
 *
 * and what stands in the way of a row, if something does. PATTERN is matched
 * anywhere in a row's name; SCALE multiplies the repeats. --tsv is for
 * programs, see print_row(). --locks adds how often each lock was taken, and
 * was not free, per operation (lab kernels count that).
 *
 * As process 1 it first makes itself a console and /proc, and powers the
 * machine off in the end: a kernel to compare with needs no init.
 *
 * Every row runs in a process of its own (libmeasure.h), in a process group
 * of its own, which is killed when the row has ended, well or badly.
 */
#define _GNU_SOURCE
#include "libmeasure.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_PATTERNS = 16, NR_COLUMNS = 7 };

static const char *const columns[NR_COLUMNS] = {
	"insn", "fences", "satp", "ipis", "faults", "copies", "ns",
};

static const struct row *const groups[] = {
	call_rows, process_rows, memory_rows, switch_rows, sharing_rows,
};

static struct {
	const char *patterns[MAX_PATTERNS];
	int nr_patterns;
	int scale;
	bool tsv, locks, list;
	const char *only;	/* internal: run this row, here, and ... */
	int result_fd;		/* ... send the result there */
} options = { .scale = 1 };

static bool by_instructions;
static char program[256], tiny[256];
const char *bench_tiny = tiny;

static bool row_is_wanted(const struct row *row)
{
	bool wanted = options.nr_patterns == 0;

	for (int i = 0; i < options.nr_patterns; i++)
		wanted |= strstr(row->name, options.patterns[i]) != NULL;
	return wanted;
}

/* A number in few characters; none at all is "-". */
static void format_number(char *text, size_t size, double value, bool there)
{
	if (!there)
		snprintf(text, size, "-");
	else if (value >= 100 || value == (long)value)
		snprintf(text, size, "%.0f", value);
	else
		snprintf(text, size, "%.2f", value);
}

static double per_op(const struct result *r, const char *prefix)
{
	return (double)events_sum(&r->events, prefix) / r->counted_ops;
}

/*
 * One row, one line. With --tsv: the name and the columns, tabs between them;
 * other lines begin with "#" or "=". Without: aligned for people.
 */
static void print_columns(const char *name, char text[NR_COLUMNS][24])
{
	printf(options.tsv ? "%s" : "%-30s", name);
	for (int i = 0; i < NR_COLUMNS; i++)
		printf(options.tsv ? "\t%s" : " %9s", text[i]);
	putchar('\n');
}

static void print_header(void)
{
	char text[NR_COLUMNS][24];

	if (options.tsv)
		printf("==== bench begin\n");
	for (int i = 0; i < NR_COLUMNS; i++)
		snprintf(text[i], sizeof(text[i]), "%s", columns[i]);
	print_columns(options.tsv ? "# row" : "per operation", text);
}

static void print_row(const struct row *row, const struct result *r)
{
	bool counted = r->counted_ops > 0;
	bool insn = by_instructions && row->harts <= 1;
	double values[NR_COLUMNS] = { r->ticks * INSN_PER_TICK };
	char text[NR_COLUMNS][24];

	if (counted) {
		values[1] = per_op(r, "fence_");
		values[2] = per_op(r, "satp_writes");
		values[3] = per_op(r, "ipi_tlb_sent") +
			    per_op(r, "ipi_resched_sent");
		values[4] = per_op(r, "faults_");
		values[5] = per_op(r, "pages_copied");
	}
	values[6] = r->ticks * NS_PER_TICK;
	for (int i = 0; i < NR_COLUMNS; i++) {
		bool there = i == 0 ? insn :
			     i == 6 ? !by_instructions : counted;

		format_number(text[i], sizeof(text[i]), values[i], there);
	}
	print_columns(row->name, text);
}

static void print_locks(const struct row *row, const struct result *r)
{
	static const char taken[] = "lock_acquired_";
	const char *name;

	for (int i = 0; r->counted_ops && (name = events_name(i)); i++) {
		char busy[EVENT_NAME + 16];
		const char *rank = name + strlen(taken);

		if (strncmp(name, taken, strlen(taken)) || !r->events.total[i])
			continue;
		snprintf(busy, sizeof(busy), "lock_contended_%s", rank);
		printf("# lock\t%s\t%s\t%.4f\t%.4f\n", row->name, rank,
		       per_op(r, name), per_op(r, busy));
	}
}

static bool report(const struct row *row, const struct result *r, int status)
{
	if (r->outcome == ROW_MEASURED)
		print_row(row, r);
	else if (r->outcome == ROW_SKIPPED)
		printf("# skipped\t%s\t%s\n", row->name, r->why);
	else if (WIFSIGNALED(status))
		printf("# failed\t%s\tsignal %d\n", row->name,
		       WTERMSIG(status));
	else
		printf("# failed\t%s\tstatus %d\n", row->name,
		       WEXITSTATUS(status));
	if (options.locks)
		print_locks(row, r);
	fflush(stdout);
	return r->outcome != ROW_DIED;
}

/* This program again, for one row. */
_Noreturn static void exec_row(const struct row *row, int result_fd)
{
	char fd[16], scale[16];

	snprintf(fd, sizeof(fd), "%d", result_fd);
	snprintf(scale, sizeof(scale), "%d", options.scale);
	execl(program, program, "-n", scale, "--result", fd, "--only",
	      row->name, NULL);
	perror(program);
	_exit(1);
}

static bool run_row(const struct row *row)
{
	struct result r = { .outcome = ROW_DIED };
	int ends[2], status = 0;
	siginfo_t ended;
	pid_t pid;

	bench_check(pipe(ends), "pipe");
	pid = bench_check(fork(), "fork");
	if (pid == 0)
		exec_row(row, ends[1]);
	close(ends[1]);
	if (read(ends[0], &r, sizeof(r)) != sizeof(r))
		r.outcome = ROW_DIED;
	close(ends[0]);
	waitid(P_PID, pid, &ended, WEXITED | WNOWAIT);
	kill(-pid, SIGKILL);	/* until it is reaped, its number is its own */
	waitpid(pid, &status, 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return report(row, &r, status);
}

/* Calls @visit for each wanted row; how many of them it was false for. */
static int for_each_row(bool (*visit)(const struct row *row))
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (const struct row *row = groups[i]; row->name; row++)
			if (row_is_wanted(row) && !visit(row))
				failed++;
	return failed;
}

static bool list_row(const struct row *row)
{
	puts(row->name);
	return true;
}

static bool measure_if_only(const struct row *row)
{
	if (strcmp(row->name, options.only) == 0)
		measure_row(row, options.scale, options.result_fd);
	return true;
}

static void usage(void)
{
	fprintf(stderr, "usage: bench [-r PATTERN]... [-n SCALE] [--tsv] "
			"[--locks] [--list]\n");
	exit(2);
}

static void parse_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "tsv", no_argument, NULL, 't' },
		{ "locks", no_argument, NULL, 'k' },
		{ "list", no_argument, NULL, 'l' },
		{ "only", required_argument, NULL, 'o' },
		{ "result", required_argument, NULL, 'f' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "r:n:", longs, NULL)) != -1) {
		if (c == 'r' && options.nr_patterns < MAX_PATTERNS)
			options.patterns[options.nr_patterns++] = optarg;
		else if (c == 'n' && atoi(optarg) > 0)
			options.scale = atoi(optarg);
		else if (c == 't')
			options.tsv = true;
		else if (c == 'k')
			options.locks = true;
		else if (c == 'l')
			options.list = true;
		else if (c == 'o')
			options.only = optarg;
		else if (c == 'f')
			options.result_fd = atoi(optarg);
		else
			usage();
	}
}

/* Where this program is, and tiny beside it. */
static void find_programs(const char *self)
{
	const char *slash = strrchr(self, '/');
	int length = slash ? (int)(slash - self) : 0;

	snprintf(program, sizeof(program), "%s", slash ? self : "/bench/bench");
	snprintf(tiny, sizeof(tiny), "%.*s/tiny", length, slash ? self : "");
	if (!slash)
		snprintf(tiny, sizeof(tiny), "/bench/tiny");
}

/* The kernel started us on nothing but its unpacked archive. */
static void become_init(void)
{
	mkdir("/dev", 0755);
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
	for (int fd = 0; fd <= 2; fd++) {
		close(fd);
		if (open("/dev/console", O_RDWR) != fd)
			reboot(RB_POWER_OFF);
	}
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
}

int main(int argc, char **argv)
{
	int failed;

	find_programs(argv[0]);
	parse_options(argc, argv);
	if (options.only)
		return for_each_row(measure_if_only);
	if (options.list)
		return for_each_row(list_row);
	if (getpid() == 1)
		become_init();

	events_available();
	by_instructions = clock_counts_instructions();
	print_header();
	failed = for_each_row(run_row);
	if (options.tsv)
		printf("==== bench end, %d failed\n", failed);
	fflush(stdout);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return failed != 0;
}
