/*
 * user/run-tests.c - runs the tests in the guest and sums them up.
 *
 *	run-tests abi [-1] [NAME...]
 *		each program of /tests/abi once; -1: the first failure is the end
 *	run-tests stress [-1] [-H] [-c] [-d SECONDS] [-s SEED] [-t NAME] [NAME...]
 *		the programs of /tests/stress in turn, each with its own seed,
 *		until SECONDS have passed; then a table of what they did. -1:
 *		the first failure is the end. -H: harts leave and come back all
 *		the time (/bin/hotplug). -c: by turns with the choreographies, as
 *		on the right kernel, though this is another one
 *	run-tests stress -n ROUNDS [-s SEED] [NAME...]
 *		each of them once, for so many rounds instead of a time, with
 *		the race points as they are
 *	run-tests controls [-s SEED] [NAME...]
 *		each of them with -X, which makes it wrong: it must fail, now
 *		or in a longer turn
 *
 * It may be the first process (init=/bin/run-tests), which saves a short run a
 * good part of its time.
 *
 * A NAME is a program's name or a pattern for it ("cow*"). Output is TAP, one
 * line a program; what a failing program said stands under its line. The
 * exit status is 0 when all passed.
 *
 * How one program is run and judged is in libtestrun.c. A stress run is also
 * looked at as a whole, for leaks too small to be seen in one program.
 *
 * At the end stands in which orders the kernel has taken its locks, as it says
 * in /proc/drover/lockgraph: tools/lockgraph.py compares them with the table.
 *
 * Where the kernel has race points and is the right one, a stress run
 * sets them before each program: noise, and by turns the choreographies that
 * are for it. A choreography whose window was never reached, even in some
 * longer turns, has shown nothing, which counts as a failure. A run that -1 has
 * cut short is not judged as a whole. With -H there is noise alone: a
 * choreography wants two harts that stay. So do a few programs, which
 * HARTS_LEAVE in the environment tells: they skip, or claim less.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libboot.h"
#include "libcounters.h"
#include "libleaks.h"
#include "libmatch.h"
#include "libraces.h"
#include "libtestrun.h"

enum {
	MAX_TESTS = 200,
	MAX_TURNS = 400,
	MORE_TURNS = 6,
	LONGEST_TURN = 60,	/* seconds */
};

static const char *folder;		/* /tests/abi or /tests/stress */
static struct test tests[MAX_TESTS];
static int nr_tests;
static int tap_number, nr_failed;
static bool until_first_failure;
static bool harts_leave;		/* -H */
static bool choreographed;		/* -c */
static long rounds;			/* of each program; 0: go by the time */

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

/* --- the modes ----------------------------------------------------------- */

/* @seconds 0: an abi test, which takes no arguments. */
static void run_test(struct test *test, int seconds, unsigned seed,
		     const char *mode, bool control)
{
	struct test_order order = {
		.folder = folder,
		.seconds = seconds,
		.rounds = rounds,
		.seed = seed,
		.mode = mode,
		.control = control,
		.number = ++tap_number,
	};

	nr_failed += !testrun(test, &order);
}

static bool is_cut_short(void)
{
	return until_first_failure && nr_failed;
}

/* "# lock order FROM TO", each that this boot has seen. */
static void print_lock_orders(void)
{
	FILE *f = fopen("/proc/drover/lockgraph", "r");
	char line[1000], from[20], to[20];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "order %19s %19s", from, to) == 2)
			printf("# lock order %s %s\n", from, to);
	if (f)
		fclose(f);
}

/* Each program once; @seconds 0: an abi test, which takes no arguments. */
static int run_each(const char *where, int seconds, unsigned seed, bool control,
		    char **patterns)
{
	folder = where;
	find_tests(patterns);
	printf("1..%d\n", nr_tests);
	for (int i = 0; i < nr_tests && !is_cut_short(); i++)
		run_test(&tests[i], seconds, seed, NULL, control);
	print_lock_orders();
	return nr_failed != 0;
}

/* One more result: what is missing after all programs together. */
static void check_whole_run(const struct counters *before)
{
	char leak[100] = "";

	leaks_wait(before, leak, sizeof(leak));
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

/* --- a stress run: programs, each with each mode of the race points ------ */

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
	bool are_free = choreographed || races_are_free();
	bool are_many = sysconf(_SC_NPROCESSORS_ONLN) > 1;

	for (int i = 0; i < nr_tests; i++) {
		int n = are_free ? races_modes(tests[i].name, modes) : 1;

		if (!are_many || harts_leave)
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

static bool has_missed(const struct turn *turn)
{
	char missed[1000] = "";

	return !turn->test->skips &&
	       races_missed(turn->mode, missed, sizeof(missed));
}

/* Longer and longer turns: on a busy host a window may take its time. */
static void repeat_missed(int seconds, unsigned seed)
{
	for (int i = 0; i < nr_turns; i++) {
		int length = seconds;

		for (int more = 0; more < MORE_TURNS; more++) {
			if (is_cut_short() || !has_missed(&turns[i]))
				break;
			length = 2 * length < LONGEST_TURN ? 2 * length
							   : LONGEST_TURN;
			run_turn(&turns[i], length, seed + more);
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

/* --- harts that leave and come back meanwhile ---------------------------- */

static pid_t start_hotplug(unsigned seed)
{
	char text[16];
	pid_t pid;

	snprintf(text, sizeof(text), "%u", seed);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl("/bin/hotplug", "hotplug", "-s", text, (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* One more result: it was there to the end, and each hart did as it was told. */
static void end_hotplug(pid_t pid)
{
	int status = -1;
	bool good;

	kill(pid, SIGTERM);
	good = waitpid(pid, &status, 0) == pid && status == 0;
	nr_failed += !good;
	printf("%s %d - harts left and came back meanwhile\n",
	       good ? "ok" : "not ok", ++tap_number);
}

/* Long runs give each test several turns, short ones a second each. */
static int run_stress(long duration, unsigned seed, char **patterns)
{
	long end = testrun_now_ms() + duration * 1000;
	struct counters before;
	pid_t hotplug = -1;
	int seconds;

	folder = "/tests/stress";
	find_tests(patterns);
	plan_turns();
	seconds = duration / (3 * nr_turns);
	if (seconds < 1)
		seconds = 1;
	if (seconds > 10)
		seconds = 10;
	if (harts_leave) {
		setenv("HARTS_LEAVE", "1", 1);
		hotplug = start_hotplug(seed);
	}
	for (int i = 0; testrun_now_ms() < end || i < nr_turns; i++) {
		run_turn(&turns[i % nr_turns], seconds, seed + i);
		if (i < nr_turns)	/* first runs fill caches that stay */
			counters_read(&before);
		if (is_cut_short())
			break;
	}
	if (harts_leave)
		end_hotplug(hotplug);
	else if (races_are_free())
		repeat_missed(seconds, seed);
	else
		races_print_windows();
	if (!is_cut_short())
		check_whole_run(&before);
	if (!is_cut_short() && races_are_free() && !harts_leave)
		check_windows();
	printf("1..%d\n", tap_number);
	print_table();
	print_lock_orders();
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
	fprintf(stderr, "usage: run-tests abi [-1] [NAME...]\n"
		"       run-tests stress [-1] [-H] [-d SECONDS] [-s SEED] [NAME...]\n"
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
	while ((c = getopt_long(argc, argv, "1Hcd:n:s:t:", options,
				NULL)) != -1) {
		if (c == '1')
			until_first_failure = true;
		else if (c == 'H')
			harts_leave = true;
		else if (c == 'c')
			choreographed = true;
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
		return run_each("/tests/abi", 0, 0, false, patterns);
	if (strcmp(argv[optind], "stress") == 0)
		return rounds ? run_each("/tests/stress", 1, seed, false,
					 patterns) :
				run_stress(duration, seed, patterns);
	if (strcmp(argv[optind], "controls") == 0)
		return run_each("/tests/stress", 2, seed, true, patterns);
	return usage();
}
