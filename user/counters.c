/*
 * user/counters.c - shows what the kernel counts.
 *
 *	counters [-a] [PATTERN...]	since boot
 *	counters -d SECONDS [...]	in the next SECONDS
 *	counters [-a] -- COMMAND [ARG...]	what the command cost
 *
 * Reads /proc/drover/counters. Counters that are 0 are left out unless -a is given; a
 * PATTERN ("shootdown*") chooses some. One column a hart; gauges (free frames,
 * processes) have only their value, or their change.
 *
 * What a command cost is told in words first, then counter by counter.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libcost.h"
#include "libcounters.h"
#include "libmatch.h"

static struct counters before, after;

static int harts_of(const struct counters *all)
{
	int most = 0;

	for (int i = 0; i < all->nr; i++)
		if (all->counter[i].nr_harts > most)
			most = all->counter[i].nr_harts;
	return most;
}

static void show_head(void)
{
	printf("%-32s %12s", "counter", "total");
	for (int h = 0; h < harts_of(&after); h++)
		printf("%*s%d", h < 10 ? 10 : 9, "hart", h);
	putchar('\n');
}

/* @was is the same counter earlier, NULL for "since boot". */
static void show(const struct counter *now, const struct counter *was, bool all)
{
	long total = now->total - (was ? was->total : 0);

	if (total == 0 && !all)
		return;
	printf("%-32s %12ld", now->name, total);
	for (int h = 0; h < now->nr_harts; h++)
		printf(" %10ld", now->hart[h] - (was ? was->hart[h] : 0));
	putchar('\n');
}

static void show_all(bool difference, bool all, char **patterns)
{
	show_head();
	for (int i = 0; i < after.nr; i++) {
		const struct counter *now = &after.counter[i];

		if (matches_any(now->name, patterns))
			show(now, difference ? counter_find(&before, now->name)
					     : NULL, all);
	}
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The command's exit status, as a shell would give it; its use of the machine. */
static int run(char **argv, struct rusage *use)
{
	int status = 127 << 8;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		fprintf(stderr, "counters: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	while (pid > 0 && wait4(pid, &status, 0, use) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}

/* What @argv cost; its exit status. */
static int bill(char **argv)
{
	struct cost cost = { .before = &before, .after = &after };
	int status;

	counters_read(&before);
	cost.ms = now_ms();
	status = run(argv, &cost.use);
	cost.ms = now_ms() - cost.ms;
	counters_read(&after);
	printf("what %s cost\n", argv[0]);
	cost_print(&cost);
	putchar('\n');
	return status;
}

int main(int argc, char **argv)
{
	static char *everything[] = { NULL };
	int c, seconds = 0, status = 0;
	bool all = false, difference = false;

	while ((c = getopt(argc, argv, "+ad:")) != -1) {
		if (c == 'a')
			all = true;
		else if (c == 'd')
			seconds = atoi(optarg);
		else
			return 2;
	}
	if (!counters_read(&before)) {
		fprintf(stderr, "counters: no /proc/drover/counters: is this drover?\n");
		return 1;
	}
	char **rest = argv + optind;

	if (optind > 1 && strcmp(argv[optind - 1], "--") == 0 && *rest) {
		status = bill(rest);
		difference = true;
		rest = everything;
	} else {
		sleep(seconds);
		difference = seconds > 0;
		counters_read(&after);
	}
	show_all(difference, all, rest);
	return status;
}
