/*
 * user/locks.c - how long the kernel's locks are waited for, and held.
 *
 *	locks [-a] [COMMAND [ARG...]]
 *
 * After the command, if there is one, what there was since boot: a line for
 * each class of locks with how often one was taken and had to be waited for,
 * the mean and the longest wait and hold; with -a one for each hart, too. Below,
 * of each class that was waited for, how the waits and holds are spread: a
 * column for each power of two.
 *
 * Reads /proc/drover/locks of the lab kernel; its exit status is the command's.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_CLASSES = 64, BINS = 24 };

struct times {
	long count, ns, longest;
	long bins[BINS];
};

struct class {
	char name[20];
	long acquired;
	struct times waits, holds;
};

static struct class classes[MAX_CLASSES];
static int nr_classes;
static long tick_ns = 1;
static bool each_hart;

/* --- reading ------------------------------------------------------------- */

static struct class *class_named(const char *name)
{
	for (int i = 0; i < nr_classes; i++)
		if (strcmp(classes[i].name, name) == 0)
			return &classes[i];
	if (nr_classes == MAX_CLASSES)
		exit(2);
	snprintf(classes[nr_classes].name, sizeof(classes[0].name), "%s", name);
	return &classes[nr_classes++];
}

static void add(struct times *to, const struct times *times)
{
	to->count += times->count;
	to->ns += times->ns;
	if (times->longest > to->longest)
		to->longest = times->longest;
}

static double mean_us(const struct times *t)
{
	return t->count ? t->ns / 1e3 / t->count : 0;
}

static void show(const char *name, const char *hart, const struct class *c)
{
	printf("%-12s %5s %12ld %10ld %10.1f %10.1f %10.1f %10.1f\n", name, hart,
	       c->acquired, c->waits.count, mean_us(&c->waits),
	       c->waits.longest / 1e3, mean_us(&c->holds),
	       c->holds.longest / 1e3);
}

/* "lock CLASS HART ACQUIRED", then three numbers of the waits, of the holds. */
static void read_lock(const char *line)
{
	struct class c = { 0 }, *sum;
	char hart[8];

	if (sscanf(line, "lock %19s %7s %ld %ld %ld %ld %ld %ld %ld", c.name, hart,
		   &c.acquired, &c.waits.count, &c.waits.ns, &c.waits.longest,
		   &c.holds.count, &c.holds.ns, &c.holds.longest) != 9)
		return;
	sum = class_named(c.name);
	sum->acquired += c.acquired;
	add(&sum->waits, &c.waits);
	add(&sum->holds, &c.holds);
	if (each_hart)
		show(c.name, hart, &c);
}

/* "waits CLASS HART", or holds, then the bins. */
static void read_bins(char *line)
{
	char *what = strtok(line, " "), *name = strtok(NULL, " "), *number;
	struct class *c;

	if (!name || !strtok(NULL, " "))
		return;
	c = class_named(name);
	for (int i = 0; i < BINS && (number = strtok(NULL, " \n")); i++)
		(*what == 'w' ? &c->waits : &c->holds)->bins[i] += atol(number);
}

static bool read_locks(void)
{
	FILE *f = fopen("/proc/drover/locks", "r");
	char line[600];

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "lock ", 5) == 0)
			read_lock(line);
		else if (sscanf(line, "tick %ld", &tick_ns) != 1)
			read_bins(line);
	}
	fclose(f);
	return true;
}

/* --- showing ------------------------------------------------------------- */

static void draw(const char *name, const char *what, const struct times *t)
{
	long most = 1;

	for (int i = 0; i < BINS; i++)
		if (t->bins[i] > most)
			most = t->bins[i];
	printf("%-12s %s\n", name, what);
	for (int i = 0; i < BINS; i++) {
		double below_us = tick_ns * (double)(1L << i) / 1e3;
		int bar = t->bins[i] * 50 / most;

		if (t->bins[i])
			printf("  %s%10.1f us %10ld %.*s\n",
			       i == BINS - 1 ? ">=" : "< ",
			       i == BINS - 1 ? below_us / 2 : below_us,
			       t->bins[i], bar ? bar : 1,
			       "##################################################");
	}
}

static void show_all(void)
{
	for (int i = 0; i < nr_classes; i++)
		show(classes[i].name, "all", &classes[i]);
	putchar('\n');
	for (int i = 0; i < nr_classes; i++) {
		if (!classes[i].waits.count)
			continue;
		draw(classes[i].name, "waited for", &classes[i].waits);
		draw(classes[i].name, "held", &classes[i].holds);
	}
}

static int run(char **argv)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc > 1 && strcmp(argv[1], "-a") == 0) {
		each_hart = true;
		argv++;
		argc--;
	}
	if (argc > 1)
		status = run(argv + 1);
	printf("%-12s %5s %12s %10s %10s %10s %10s %10s\n", "lock", "hart",
	       "taken", "waits", "mean us", "longest", "held us", "longest");
	if (!read_locks()) {
		fputs("locks: this kernel does not count them\n", stderr);
		return 2;
	}
	show_all();
	return status;
}
