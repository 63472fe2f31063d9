/*
 * user/run-tests.c - runs the tests in the guest and sums them up.
 *
 *	run-tests abi [NAME...]
 *		each program of /tests/abi once
 *	run-tests stress [-1] [-d SECONDS] [-s SEED] [-t NAME] [NAME...]
 *		the programs of /tests/stress in turn, each with its own seed,
 *		until SECONDS have passed; then a table of what they did. -1:
 *		the first failure is the end
 *	run-tests stress -n ROUNDS [-s SEED] [NAME...]
 *		each of them once, for so many rounds instead of a time, with
 *		the race points as they are
 *	run-tests controls [-s SEED] [NAME...]
 *		each of them once with -X, which makes it wrong: it must fail
 *
 * It may be the first process (init=/bin/run-tests), which saves a short run a
 * good part of its time.
 *
 * A NAME is a program's name or a pattern for it ("cow*"). Output is TAP, one
 * line a program; what a failing program said stands under its line. The
 * exit status is 0 when all passed.
 *
 * Each program runs in a process group and a directory of its own; one that
 * is silent for TIMEOUT seconds is killed with its group. Free frames,
 * processes and threads are read from /proc/drover/counters before and after:
 * what is still missing when things have settled was leaked, and the program
 * failed.
 * A stress run is also looked at as a whole, for leaks too small to be seen in
 * one program.
 *
 * Where the kernel has race points and no bug is switched on, a stress run
 * sets them before each program: noise, and by turns the choreographies that
 * are for it. A choreography whose window was never reached, even in some
 * more turns, has shown nothing, which counts as a failure.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libboot.h"
#include "libcounters.h"
#include "libmatch.h"
#include "libraces.h"

enum {
	MAX_TESTS = 200,
	MAX_TURNS = 400,
	MORE_TURNS = 6,
	TIMEOUT = 300,		/* seconds of silence */
	SETTLE_MS = 5000,	/* exits are asynchronous */
	LEAK_SLACK = 64,	/* frames that caches may keep, in all */
	REPORT_BYTES = 8192,
};

/* What the counters said of one program's runs, summed. */
struct work {
	long rounds, faults, cow_copies, shootdowns, ipis;
};

struct test {
	char name[256];		/* as long as a file name */
	int runs, failures;
	bool skips;		/* not for this machine */
	struct work work;
};

/* One run of one program, as it comes in. */
struct run {
	struct test *test;
	unsigned seed;
	const char *mode;		/* of the race points; NULL: as it is */
	bool control;			/* with -X: it has to fail */
	int passed, failed, skipped, planned;
	bool skip_all, bailed, hung;
	int status;			/* as wait() gave it */
	char leak[100];			/* empty: nothing leaked */
	long rounds;
	bool in_failure;		/* the lines that follow explain it */
	char report[REPORT_BYTES];	/* "# ..." lines for the reader */
	size_t report_length;
};

static const char *folder;		/* /tests/abi or /tests/stress */
static struct test tests[MAX_TESTS];
static int nr_tests;
static int tap_number, nr_failed;
static bool until_first_failure;
static long rounds;			/* of each program; 0: go by the time */

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- choosing what to run ------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct test *)a)->name,
		      ((const struct test *)b)->name);
}

static void find_tests(char **patterns)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) && nr_tests < MAX_TESTS) {
		if (entry->d_name[0] == '.' ||
		    !matches_any(entry->d_name, patterns))
			continue;
		snprintf(tests[nr_tests++].name, sizeof(tests[0].name), "%s",
			 entry->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(tests, nr_tests, sizeof(tests[0]), by_name);
	if (nr_tests == 0) {
		printf("Bail out! no such test in %s\n", folder);
		exit(2);
	}
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

/* Reads lines until end of file; gives up after TIMEOUT seconds of silence. */
static void read_output(struct run *run, int fd)
{
	char line[600];
	size_t used = 0;
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	for (;;) {
		char c;
		int ready = poll(&poll_fd, 1, TIMEOUT * 1000);

		if (ready == 0) {
			run->hung = true;
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

static void exec_test(struct run *run, int out, int seconds)
{
	char path[300], seed[16], length[24];
	char *stress[] = { path, rounds ? "-n" : "-d", length, "-s", seed,
			   run->control ? "-X" : NULL, NULL };
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
	snprintf(path, sizeof(path), "%s/%s", folder, run->test->name);
	snprintf(seed, sizeof(seed), "%u", run->seed);
	snprintf(length, sizeof(length), "%ld", rounds ? rounds : seconds);
	execv(path, seconds ? stress : abi);
	printf("%s: %s\n", path, strerror(errno));
	fflush(stdout);
	_exit(127);
}

static void start_and_wait(struct run *run, int seconds)
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
		exec_test(run, fds[1], seconds);
	close(fds[1]);
	if (pid > 0) {
		setpgid(pid, pid);
		read_output(run, fds[0]);
		if (run->hung)
			kill(-pid, SIGKILL);
		waitpid(pid, &run->status, 0);
		kill(-pid, SIGKILL);	/* whoever was left behind */
	} else {
		run->status = 127 << 8;
	}
	close(fds[0]);
	nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Waits until all that was used is back, or says in @leak what is missing. */
static void check_leaks(const struct counters *before, char *leak, size_t size)
{
	struct counters after;
	long frames, procs, threads, deadline = now_ms() + SETTLE_MS;

	for (;;) {
		if (!counters_read(&after))
			return;
		frames = counter_diff(before, &after, "frames_free");
		procs = counter_diff(before, &after, "procs");
		threads = counter_diff(before, &after, "threads");
		if (frames >= -LEAK_SLACK && procs <= 0 && threads <= 0)
			return;
		if (now_ms() > deadline)
			break;
		usleep(20000);
	}
	snprintf(leak, size,
		 "leaked %ld frames, %ld processes, %ld threads",
		 frames < 0 ? -frames : 0, procs, threads);
}

static void add_work(struct run *run, const struct counters *before)
{
	struct work *work = &run->test->work;
	struct counters after;

	work->rounds += run->rounds;
	if (!counters_read(&after))
		return;
	work->faults += counter_diff_prefix(before, &after, "faults_");
	work->cow_copies += counter_diff(before, &after, "faults_cow_copy");
	work->shootdowns += counter_diff(before, &after, "shootdowns");
	work->ipis += counter_diff(before, &after, "ipi_tlb_sent") +
		      counter_diff(before, &after, "ipi_resched_sent") +
		      counter_diff(before, &after, "ipi_call_sent");
}

/* True when nothing was wrong; else @why says what was. */
static bool judge(const struct run *run, char *why, size_t size)
{
	int code = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;

	if (run->hung)
		snprintf(why, size, "silent for %d s", TIMEOUT);
	else if (WIFSIGNALED(run->status))
		snprintf(why, size, "killed by signal %d",
			 WTERMSIG(run->status));
	else if (run->failed)
		snprintf(why, size, "%d of %d results failed", run->failed,
			 run->passed + run->failed);
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

	if (run->control && !run->skip_all) {
		good = !good && !run->hung;
		snprintf(why, size, "a test made wrong does not fail");
	}
	if (good && run->leak[0])
		snprintf(why, size, "%s", run->leak);
	return good && !run->leak[0];
}

static void print_verdict(const struct run *run, bool good, const char *why)
{
	printf("%s %d - %s", good ? "ok" : "not ok", ++tap_number,
	       run->test->name);
	if (run->seed)
		printf(" seed %u", run->seed);
	if (run->mode)
		printf(", points %s", run->mode);
	if (run->rounds)
		printf(", %ld rounds", run->rounds);
	if (!good)
		printf(": %s", why);
	else if (run->skip_all)
		printf(" # SKIP");
	else if (run->skipped)
		printf(" (%d results, %d skipped)", run->passed, run->skipped);
	printf("\n%s", good && (run->control || !run->skip_all)
	       ? "" : run->report);
	fflush(stdout);
}

/* @seconds 0: an abi test, which takes no arguments. */
static void run_test(struct test *test, int seconds, unsigned seed,
		     const char *mode, bool control)
{
	static struct run run;
	struct counters before;
	char why[160];
	bool good;

	memset(&run, 0, sizeof(run));
	run.test = test;
	run.seed = seed;
	run.control = control;
	run.mode = mode;
	if (mode)
		races_set_mode(mode);
	counters_read(&before);
	start_and_wait(&run, seconds);
	add_work(&run, &before);
	check_leaks(&before, run.leak, sizeof(run.leak));
	good = judge_all(&run, why, sizeof(why));
	print_verdict(&run, good, why);
	if (!good && !control)
		trace_print(why);
	trace_restart();
	test->runs++;
	test->skips = run.skip_all;
	test->failures += !good;
	nr_failed += !good;
}

/* --- the two modes ------------------------------------------------------- */

static int run_abi(char **patterns)
{
	folder = "/tests/abi";
	find_tests(patterns);
	printf("1..%d\n", nr_tests);
	for (int i = 0; i < nr_tests; i++)
		run_test(&tests[i], 0, 0, NULL, false);
	return nr_failed != 0;
}

static int run_controls(unsigned seed, char **patterns)
{
	folder = "/tests/stress";
	find_tests(patterns);
	printf("1..%d\n", nr_tests);
	for (int i = 0; i < nr_tests; i++)
		run_test(&tests[i], 2, seed, NULL, true);
	return nr_failed != 0;
}

/* One more result: what is missing after all programs together. */
static void check_whole_run(const struct counters *before)
{
	char leak[100] = "";

	check_leaks(before, leak, sizeof(leak));
	nr_failed += leak[0] != '\0';
	printf("%s %d - nothing leaked in the whole run%s%s\n",
	       leak[0] ? "not ok" : "ok", ++tap_number, leak[0] ? ": " : "",
	       leak);
}

static void print_table(void)
{
	printf("#\n# %-20s %9s %11s %11s %11s %11s  %s\n", "test", "rounds",
	       "faults", "COW copies", "shootdowns", "IPIs", "verdict");
	for (int i = 0; i < nr_tests; i++) {
		struct test *t = &tests[i];

		printf("# %-20s %9ld %11ld %11ld %11ld %11ld  %s\n", t->name,
		       t->work.rounds, t->work.faults, t->work.cow_copies,
		       t->work.shootdowns, t->work.ipis,
		       !t->runs ? "not run" : t->failures ? "FAILED" : "clean");
	}
}

/* --- a stress run: programs, each with each mode of the race points -------- */

struct turn {
	struct test *test;
	char mode[MODE_NAME];	/* empty: leave it as it is */
};

static struct turn turns[MAX_TURNS];
static int nr_turns;

/* A choreography wants two dancers: with one hart noise has to do. */
static void plan_turns(void)
{
	char modes[MAX_MODES][MODE_NAME] = { "" };
	bool are_free = races_are_free();
	bool are_many = sysconf(_SC_NPROCESSORS_ONLN) > 1;

	for (int i = 0; i < nr_tests; i++) {
		int n = are_free ? races_modes(tests[i].name, modes) : 1;

		if (!are_many)
			n = 1;	/* noise is the first */
		for (int m = 0; m < n && nr_turns < MAX_TURNS; m++) {
			turns[nr_turns].test = &tests[i];
			strcpy(turns[nr_turns++].mode, modes[m]);
		}
	}
}

static void run_turn(const struct turn *turn, int seconds, unsigned seed)
{
	run_test(turn->test, seconds, seed,
		 turn->mode[0] ? turn->mode : NULL, false);
}

/* On a busy host a short turn may have had no time for its window. */
static void repeat_missed(int seconds, unsigned seed)
{
	for (int i = 0; i < nr_turns; i++) {
		char missed[1000] = "";

		for (int more = 0; more < MORE_TURNS; more++) {
			if (turns[i].test->skips ||
			    !races_missed(turns[i].mode, missed,
					  sizeof(missed)))
				break;
			run_turn(&turns[i], 2 * seconds, seed + more);
			missed[0] = '\0';
		}
	}
}

/* One more result: no choreography missed its window. */
static void check_windows(void)
{
	char missed[1000] = "";

	for (int i = 0; i < nr_turns; i++)
		if (!turns[i].test->skips)
			races_missed(turns[i].mode, missed, sizeof(missed));
	nr_failed += missed[0] != '\0';
	printf("%s %d - every choreography reached its window%s%s\n",
	       missed[0] ? "not ok" : "ok", ++tap_number,
	       missed[0] ? "; not exercised:" : "", missed);
}

/* Long runs give each test several turns, short ones a second each. */
static int run_stress(long duration, unsigned seed, char **patterns)
{
	long end = now_ms() + duration * 1000;
	struct counters before;
	int seconds;

	folder = "/tests/stress";
	find_tests(patterns);
	plan_turns();
	seconds = duration / (3 * nr_turns);
	if (seconds < 1)
		seconds = 1;
	if (seconds > 10)
		seconds = 10;
	for (int i = 0; now_ms() < end || i < nr_turns; i++) {
		run_turn(&turns[i % nr_turns], seconds, seed + i);
		if (i < nr_turns)	/* first runs fill caches that stay */
			counters_read(&before);
		if (until_first_failure && nr_failed)
			break;
	}
	if (races_are_free() && !nr_failed)
		repeat_missed(seconds, seed);
	if (!until_first_failure || !nr_failed)
		check_whole_run(&before);
	if (races_are_free())
		check_windows();
	else
		races_print_windows();
	printf("1..%d\n", tap_number);
	print_table();
	return nr_failed != 0;
}

static int run_rounds(unsigned seed, char **patterns)
{
	folder = "/tests/stress";
	find_tests(patterns);
	printf("1..%d\n", nr_tests);
	for (int i = 0; i < nr_tests; i++)
		run_test(&tests[i], 1, seed, NULL, false);
	return nr_failed != 0;
}

/* A child goes on; we reap the orphans, and end with its status. */
static void be_first_process(void)
{
	int status;
	pid_t child, pid;

	mount_what_is_missing();
	open_console();
	child = fork();
	if (child == 0)
		return;
	do {
		pid = wait(&status);
	} while (pid != child && (pid > 0 || errno == EINTR));
	exit(child < 0 ? 127 : WIFEXITED(status) ? WEXITSTATUS(status)
						  : 128 + WTERMSIG(status));
}

static int usage(void)
{
	fprintf(stderr, "usage: run-tests abi [NAME...]\n"
		"       run-tests stress [-1] [-d SECONDS] [-s SEED] [NAME...]\n"
		"       run-tests stress -n ROUNDS [-s SEED] [NAME...]\n"
		"       run-tests controls [-s SEED] [NAME...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "duration", required_argument, NULL, 'd' },
		{ "seed", required_argument, NULL, 's' },
		{ "test", required_argument, NULL, 't' },
		{ 0 },
	};
	char *only[] = { NULL, NULL };
	long duration = 60;
	unsigned seed = 1;
	int c;

	if (getpid() == 1)
		be_first_process();
	if (argc < 2)
		return usage();
	while ((c = getopt_long(argc, argv, "1d:n:s:t:", options, NULL)) != -1) {
		if (c == '1')
			until_first_failure = true;
		else if (c == 'd')
			duration = atol(optarg);
		else if (c == 'n')
			rounds = atol(optarg);
		else if (c == 's')
			seed = strtoul(optarg, NULL, 0);
		else if (c == 't')
			only[0] = optarg;
		else
			return usage();
	}
	if (optind >= argc)
		return usage();

	char **patterns = only[0] ? only : argv + optind + 1;

	if (strcmp(argv[optind], "abi") == 0)
		return run_abi(patterns);
	if (strcmp(argv[optind], "stress") == 0)
		return rounds ? run_rounds(seed, patterns) :
				run_stress(duration, seed, patterns);
	if (strcmp(argv[optind], "controls") == 0)
		return run_controls(seed, patterns);
	return usage();
}
