/*
 * user/top-harts.c - what each hart is doing, again and again.
 *
 *	top-harts [-b] [-d SECONDS] [-n TIMES]
 *
 * Above, one line a hart: how its time was spent (/proc/stat) and its share of
 * switches, steals, shootdowns and faults per second (/proc/drover/counters). Below,
 * the threads' processes that used most time, with the hart each was seen on
 * (/proc/PID/stat). -b prints one screen after the other instead of clearing;
 * q, Ctrl-C or the end of input leaves.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "libcounters.h"

enum { MAX_PROCS = 1024, SHOWN_PROCS = 15 };

struct times {
	long user, nice, system, idle;	/* in ticks, as /proc/stat has them */
};

struct proc {
	int pid, hart;
	char name[32], state;
	long ticks;			/* user and system, since it began */
	long used;			/* since the last screen */
	long rss_pages;
};

struct sample {
	struct times hart[MAX_HARTS];
	int nr_harts;
	struct proc proc[MAX_PROCS];
	int nr_procs;
	struct counters counters;
	double at;			/* seconds */
};

static struct sample samples[2];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* --- taking a sample ----------------------------------------------------- */

static void read_harts(struct sample *s)
{
	FILE *f = fopen("/proc/stat", "r");
	char line[400];
	struct times t;
	int n;

	s->nr_harts = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "cpu%d %ld %ld %ld %ld", &n, &t.user, &t.nice,
			   &t.system, &t.idle) != 5 || n < 0 || n >= MAX_HARTS)
			continue;
		s->hart[n] = t;
		if (n >= s->nr_harts)
			s->nr_harts = n + 1;
	}
	if (f)
		fclose(f);
}

/* Fields 14, 15, 24 and 39 of proc(5)'s stat; the name may hold anything. */
static bool read_proc(const char *pid, struct proc *p)
{
	char path[32], text[512], *open_paren, *close_paren;
	long user, system;
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%.10s/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	open_paren = strchr(text, '(');
	close_paren = strrchr(text, ')');
	if (!open_paren || !close_paren)
		return false;
	p->pid = atoi(text);
	p->hart = -1;
	*close_paren = '\0';
	snprintf(p->name, sizeof(p->name), "%s", open_paren + 1);
	n = sscanf(close_paren + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
		   "%*u %ld %ld %*d %*d %*d %*d %*d %*d %*u %*u %ld %*u %*u %*u "
		   "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %d",
		   &p->state, &user, &system, &p->rss_pages, &p->hart);
	p->ticks = user + system;
	return n >= 4;
}

static void read_procs(struct sample *s)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	s->nr_procs = 0;
	while (dir && (entry = readdir(dir)) && s->nr_procs < MAX_PROCS)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    read_proc(entry->d_name, &s->proc[s->nr_procs]))
			s->nr_procs++;
	if (dir)
		closedir(dir);
}

static void take_sample(struct sample *s)
{
	read_harts(s);
	read_procs(s);
	counters_read(&s->counters);
	s->at = now();
}

/* --- showing the difference of two --------------------------------------- */

static long hart_diff(const struct sample *was, const struct sample *is,
		      const char *prefix, int hart)
{
	long sum = 0;

	for (int i = 0; i < is->counters.nr; i++) {
		const struct counter *b = &is->counters.counter[i], *a;

		if (strncmp(b->name, prefix, strlen(prefix)) != 0 ||
		    hart >= b->nr_harts)
			continue;
		a = counter_find(&was->counters, b->name);
		sum += b->hart[hart] - (a ? a->hart[hart] : 0);
	}
	return sum;
}

static void show_harts(const struct sample *was, const struct sample *is)
{
	double seconds = is->at - was->at;

	printf("hart  user%%  sys%%  idle%%  switches/s  steals/s"
	       "  faults/s  TLB IPIs/s  ticks/s\n");
	for (int h = 0; h < is->nr_harts; h++) {
		const struct times *a = &was->hart[h], *b = &is->hart[h];
		long user = b->user + b->nice - a->user - a->nice;
		long system = b->system - a->system, idle = b->idle - a->idle;
		double all = user + system + idle > 0 ? user + system + idle
						      : 1;

		printf("%4d  %5.1f %5.1f  %5.1f  %10.0f  %8.0f  %8.0f  %10.0f"
		       "  %7.0f\n", h, 100 * user / all, 100 * system / all,
		       100 * idle / all,
		       hart_diff(was, is, "switches", h) / seconds,
		       hart_diff(was, is, "steals", h) / seconds,
		       hart_diff(was, is, "faults_", h) / seconds,
		       hart_diff(was, is, "ipi_tlb_received", h) / seconds,
		       hart_diff(was, is, "timer_ticks", h) / seconds);
	}
}

static int by_use(const void *a, const void *b)
{
	const struct proc *p = a, *q = b;

	if (p->used != q->used)
		return p->used < q->used ? 1 : -1;
	return p->pid - q->pid;
}

static void show_procs(const struct sample *was, struct sample *is)
{
	double seconds = is->at - was->at, hz = sysconf(_SC_CLK_TCK);

	for (int i = 0; i < is->nr_procs; i++) {
		struct proc *p = &is->proc[i];

		p->used = 0;
		for (int j = 0; j < was->nr_procs; j++)
			if (was->proc[j].pid == p->pid)
				p->used = p->ticks - was->proc[j].ticks;
	}
	qsort(is->proc, is->nr_procs, sizeof(is->proc[0]), by_use);
	printf("\n  PID  hart  state  CPU%%     RSS  name\n");
	for (int i = 0; i < is->nr_procs && i < SHOWN_PROCS; i++) {
		struct proc *p = &is->proc[i];

		printf("%5d  %4d  %c    %6.1f  %5ldK  %s\n", p->pid, p->hart,
		       p->state, 100 * p->used / hz / seconds,
		       p->rss_pages * 4, p->name);
	}
}

/* --- the terminal -------------------------------------------------------- */

static struct termios saved;
static bool raw;

static void restore_terminal(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

/* Keys arrive at once and unechoed; signals still work. */
static void read_single_keys(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return;
	t = saved;
	t.c_lflag &= ~(ICANON | ECHO);
	raw = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
	atexit(restore_terminal);
}

/* Waits; true when the user wants to leave. */
static bool wait_or_quit(double seconds, bool batch)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;

	if (batch) {
		usleep(seconds * 1e6);
		return false;
	}
	if (poll(&p, 1, seconds * 1000) <= 0)
		return false;
	return read(STDIN_FILENO, &c, 1) != 1 || c == 'q';
}

int main(int argc, char **argv)
{
	double seconds = 2;
	long times = -1;
	bool batch = false;
	int c;

	while ((c = getopt(argc, argv, "bd:n:")) != -1) {
		if (c == 'b')
			batch = true;
		else if (c == 'd')
			seconds = atof(optarg);
		else if (c == 'n')
			times = atol(optarg);
		else
			return 2;
	}
	if (!batch)
		read_single_keys();
	take_sample(&samples[0]);
	for (int i = 1; times < 0 || i <= times; i++) {
		if (wait_or_quit(seconds, batch))
			break;
		take_sample(&samples[i % 2]);
		printf("%s", batch ? "" : "\033[H\033[J");
		show_harts(&samples[(i - 1) % 2], &samples[i % 2]);
		show_procs(&samples[(i - 1) % 2], &samples[i % 2]);
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}
