/*
 * user/libtestrun.c - runs one test program and judges it; see libtestrun.h.
 *
 * The program runs in a process group and a directory of its own; one that is
 * silent for TIMEOUT seconds, or, where TAP_TIMEOUT of its environment tells it to
 * give up by itself, a while after that, is killed with its group. What it says is read as TAP; what explains a failure stands under its line.
 * Of one that is given up the kernel says who waits for what
 * (/proc/drover/threads). Free frames, processes and threads are read from
 * /proc/drover/counters before and after: what is still missing when things have
 * settled was leaked, and the program failed. So it did when the kernel found data
 * races in itself meanwhile.
 *
 * In the lab build objects of the kernel are looked at as well, by where they
 * were taken, and what root is charged with (/proc/drover/objects). The first
 * program that uses a thing leaves some, which the next one uses; so a program
 * after which there are more runs once more, and what has grown both times was
 * leaked.
 *
 * A program made wrong has to fail, and on a busy host it may take its time:
 * it gets longer and longer turns.
 */
#define _GNU_SOURCE
#include "libtestrun.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libleaks.h"
#include "libraces.h"

enum {
	TIMEOUT = 300,		/* seconds of silence */
	LONGER = 30,		/* than a program's own watch */
	LONGER_TURNS = 5,	/* of a control that has not failed */
	REPORT_BYTES = 8192,
};

/* One run of one program, as it comes in. */
struct run {
	struct test *test;
	const struct test_order *order;
	int passed, failed, skipped, planned;
	bool skip_all, bailed, hung;
	int status;			/* as wait() gave it */
	char leak[100];			/* empty: nothing leaked */
	struct objects grown;		/* what the kernel has more of than before */
	long data_races;		/* that the kernel has found in itself */
	long rounds;
	bool in_failure;		/* the lines that follow explain it */
	char report[REPORT_BYTES];	/* "# ..." lines for the reader */
	size_t report_length;
};

long testrun_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- one program's output ------------------------------------------------ */

static void add_report(struct run *run, const char *line)
{
	int room = sizeof(run->report) - run->report_length;
	int n = snprintf(run->report + run->report_length, room, "#   %s\n",
			 line);

	if (n < room)
		run->report_length += n;
	else
		run->report[run->report_length] = '\0';
}

static void take_line(struct run *run, const char *line)
{
	bool explains = run->in_failure && line[0] == '#';

	run->in_failure = false;
	if (strncmp(line, "ok ", 3) == 0) {
		run->passed++;
		run->skipped += strstr(line, "# SKIP") != NULL;
	} else if (strncmp(line, "not ok ", 7) == 0) {
		run->failed++;
		run->in_failure = true;
		add_report(run, line);
	} else if (strncmp(line, "1..0 # SKIP", 11) == 0) {
		run->skip_all = true;
		add_report(run, line + 5);
	} else if (strncmp(line, "1..", 3) == 0) {
		run->planned = atoi(line + 3);
	} else if (strncmp(line, "# rounds=", 9) == 0) {
		run->rounds += atol(line + 9);
	} else if (strncmp(line, "Bail out!", 9) == 0) {
		run->bailed = true;
		add_report(run, line);
	} else if (explains || line[0] != '#') {
		run->in_failure = explains;
		add_report(run, line);
	}
}

/* Before it is killed: the kernel knows who waits for what. */
static void report_threads(struct run *run)
{
	FILE *file = fopen("/proc/drover/threads", "r");
	char line[300];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		add_report(run, line);
	}
	if (file)
		fclose(file);
}

/* What a program has been told to put up with is put up with here, too. */
static int longest_silence(void)
{
	const char *own = getenv("TAP_TIMEOUT");

	return own ? atoi(own) + LONGER : TIMEOUT;
}

/* Reads lines until end of file; gives up after a long silence. */
static void read_output(struct run *run, int fd)
{
	char line[600];
	size_t used = 0;
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	for (;;) {
		char c;
		int ready = poll(&poll_fd, 1, longest_silence() * 1000);

		if (ready == 0) {
			run->hung = true;
			report_threads(run);
			return;
		}
		if (ready < 0 && errno == EINTR)
			continue;
		if (read(fd, &c, 1) != 1)
			return;
		if (c != '\n' && used < sizeof(line) - 1) {
			line[used++] = c;
			continue;
		}
		line[used] = '\0';
		used = 0;
		take_line(run, line);
	}
}

/* --- running one program ------------------------------------------------- */

static char scratch[] = "/tmp/run-tests.XXXXXX";

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void exec_test(const struct run *run, int out)
{
	const struct test_order *order = run->order;
	char path[300], seed[16], length[24];
	char *stress[] = { path, order->rounds ? "-n" : "-d", length, "-s",
			   seed, order->control ? "-X" : NULL, NULL };
	char *abi[] = { path, NULL };
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	close(null);
	close(out);
	if (chdir(scratch) < 0)
		_exit(126);
	snprintf(path, sizeof(path), "%s/%s", order->folder, run->test->name);
	snprintf(seed, sizeof(seed), "%u", order->seed);
	snprintf(length, sizeof(length), "%ld",
		 order->rounds ? order->rounds : order->seconds);
	execv(path, order->seconds ? stress : abi);
	printf("%s: %s\n", path, strerror(errno));
	fflush(stdout);
	_exit(127);
}

/* Whoever is left of its group goes first: a reaped number may be another's. */
static int end_group(pid_t pid)
{
	siginfo_t ended;
	int status;

	while (waitid(P_PID, pid, &ended, WEXITED | WNOWAIT) < 0 &&
	       errno == EINTR)
		;
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

static void start_and_wait(struct run *run)
{
	int fds[2];
	pid_t pid;

	strcpy(scratch + sizeof(scratch) - 7, "XXXXXX");
	if (!mkdtemp(scratch) || pipe2(fds, O_CLOEXEC) < 0) {
		perror("run-tests: set-up");
		exit(2);
	}
	pid = fork();
	if (pid == 0)
		exec_test(run, fds[1]);
	close(fds[1]);
	if (pid > 0) {
		setpgid(pid, pid);
		read_output(run, fds[0]);
		if (run->hung)
			kill(-pid, SIGKILL);
		run->status = end_group(pid);
	} else {
		run->status = 127 << 8;
	}
	close(fds[0]);
	nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void add_work(struct run *run, const struct counters *before)
{
	struct work *work = &run->test->work;
	struct counters after;

	work->rounds += run->rounds;
	if (!counters_read(&after))
		return;
	run->data_races = counter_diff(before, &after, "data_races");
	work->faults += counter_diff_prefix(before, &after, "faults_");
	work->cow_copies += counter_diff(before, &after, "faults_cow_copy");
	work->shootdowns += counter_diff(before, &after, "shootdowns");
	work->ipis += counter_diff(before, &after, "ipi_tlb_sent") +
		      counter_diff(before, &after, "ipi_resched_sent") +
		      counter_diff(before, &after, "ipi_call_sent");
}

/* With SIGKILL, too: that is how a test's own watch ends what hangs. */
static bool has_ended_itself(const struct run *run)
{
	return run->failed && (!WIFSIGNALED(run->status) ||
			       WTERMSIG(run->status) == SIGKILL);
}

/* True when nothing was wrong; else @why says what was. */
static bool judge(const struct run *run, char *why, size_t size)
{
	int code = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;

	if (run->hung)
		snprintf(why, size, "silent for %d s", longest_silence());
	else if (has_ended_itself(run))
		snprintf(why, size, "%d of %d results failed", run->failed,
			 run->passed + run->failed);
	else if (WIFSIGNALED(run->status))
		snprintf(why, size, "killed by signal %d",
			 WTERMSIG(run->status));
	else if (run->bailed || code != 0)
		snprintf(why, size, "exit status %d", code);
	else if (!run->skip_all && (!run->planned ||
				    run->planned != run->passed))
		snprintf(why, size, "planned %d results, gave %d",
			 run->planned, run->passed);
	else
		return true;
	return false;
}

/* The same with what goes for every program; a control is right to fail. */
static bool judge_all(const struct run *run, char *why, size_t size)
{
	bool good = judge(run, why, size);

	if (run->order->control && !run->skip_all) {
		good = !good && !run->hung;
		snprintf(why, size, "a test made wrong does not fail");
	}
	if (good && run->leak[0])
		snprintf(why, size, "%s", run->leak);
	else if (good && run->data_races)
		snprintf(why, size, "%ld data races in the kernel",
			 run->data_races);
	return good && !run->leak[0] && !run->data_races;
}

static void print_verdict(const struct run *run, bool good, const char *why)
{
	const struct test_order *order = run->order;

	printf("%s %d - %s", good ? "ok" : "not ok", order->number,
	       run->test->name);
	if (order->seed)
		printf(" seed %u", order->seed);
	if (order->mode)
		printf(", points %s", order->mode);
	if (run->rounds)
		printf(", %ld rounds", run->rounds);
	if (!good)
		printf(": %s", why);
	else if (run->skip_all)
		printf(" # SKIP");
	else if (run->skipped)
		printf(" (%d results, %d skipped)", run->passed, run->skipped);
	printf("\n%s", good && (order->control || !run->skip_all)
	       ? "" : run->report);
	fflush(stdout);
}

/* The @last time that it runs, what it leaves is what it has leaked. */
static void run_once(struct run *run, struct test *test,
		     const struct test_order *order, bool last)
{
	static struct objects objects_before;
	struct counters before;

	memset(run, 0, sizeof(*run));
	run->test = test;
	run->order = order;
	objects_read(&objects_before);
	counters_read(&before);
	start_and_wait(run);
	add_work(run, &before);
	leaks_wait(&before, run->leak, sizeof(run->leak));
	leaks_wait_objects(&objects_before, &run->grown, last);
}

static void report_objects(struct run *run)
{
	char line[160];

	for (int i = 0; i < run->grown.nr; i++) {
		const struct object_site *site = &run->grown.site[i];

		snprintf(line, sizeof(line), "leaked: %ld of %s from %s", site->count,
			 site->cache, site->place);
		add_report(run, line);
	}
	if (run->grown.nr)
		snprintf(run->leak, sizeof(run->leak), "leaked objects from %d place%s",
			 run->grown.nr, run->grown.nr == 1 ? "" : "s");
}

/* What is as it was after a second run has filled something that stays. */
static void run_again_if_grown(struct run *run, struct test *test,
			       const struct test_order *order)
{
	static struct objects first;

	if (run->grown.nr == 0 || order->control)
		return;
	first = run->grown;
	run_once(run, test, order, true);
	leaks_keep(&run->grown, &first);
	report_objects(run);
}

static bool is_control_that_passed(const struct run *run)
{
	char why[160];

	return run->order->control && !run->skip_all &&
	       judge(run, why, sizeof(why));
}

bool testrun(struct test *test, const struct test_order *order)
{
	static struct run run;
	struct test_order longer = *order;
	char why[160];
	bool good;

	if (order->mode)
		races_set_mode(order->mode);
	run_once(&run, test, order, false);
	for (int i = 0; i < LONGER_TURNS && is_control_that_passed(&run); i++) {
		longer.seconds *= 2;
		run_once(&run, test, &longer, false);
	}
	if (judge_all(&run, why, sizeof(why)))
		run_again_if_grown(&run, test, order);
	good = judge_all(&run, why, sizeof(why));
	print_verdict(&run, good, why);
	if (!good && !order->control)
		trace_print(why);
	trace_restart();
	test->runs++;
	test->skips = run.skip_all;
	test->failures += !good;
	return good;
}
