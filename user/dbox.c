/*
 * user/dbox.c - the handful of small tools one cannot live without.
 *
 *	dbox TOOL [ARG...], or TOOL by a link to dbox, or by name from dsh
 *
 * They serve where no BusyBox could be fetched, and are kept as small as that
 * allows: few options, one function a tool.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

/* --- files --------------------------------------------------------------- */

static int copy_out(const char *path)
{
	char buf[65536];
	ssize_t n;
	int fd = strcmp(path, "-") == 0 ? 0 : open(path, O_RDONLY);

	if (fd < 0)
		return complain(path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, n) != n)
			return complain("write");
	if (fd > 0)
		close(fd);
	return n < 0 ? complain(path) : 0;
}

static int do_cat(int argc, char **argv)
{
	int bad = 0;

	if (argc == 1)
		return copy_out("-");
	for (int i = 1; i < argc; i++)
		bad |= copy_out(argv[i]);
	return bad;
}

static void mode_string(mode_t mode, char *s)
{
	static const char letters[] = "rwxrwxrwx";

	s[0] = S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISCHR(mode) ? 'c'
		: S_ISFIFO(mode) ? 'p' : '-';
	for (int i = 0; i < 9; i++)
		s[i + 1] = mode & (0400 >> i) ? letters[i] : '-';
	s[10] = '\0';
}

static int list_file(int dir, const char *name, bool is_long)
{
	char mode[11], when[20], target[200] = "";
	struct stat st;
	ssize_t n;

	if (!is_long)
		return puts(name) < 0;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return complain(name);
	mode_string(st.st_mode, mode);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M",
		 gmtime(&st.st_mtim.tv_sec));
	n = readlinkat(dir, name, target, sizeof(target) - 1);
	if (n >= 0)
		target[n] = '\0';
	printf("%s %3lu %4u %4u %9ld %s %s%s%s\n", mode,
	       (unsigned long)st.st_nlink, st.st_uid, st.st_gid,
	       (long)st.st_size, when, name, n >= 0 ? " -> " : "", target);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_directory(const char *path, bool is_long, bool all)
{
	struct dirent *entry;
	char **names = NULL;
	int nr = 0, bad = 0;
	DIR *dir = opendir(path);

	if (!dir)
		return complain(path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' && !all)
			continue;
		names = realloc(names, (nr + 1) * sizeof(*names));
		names[nr++] = strdup(entry->d_name);
	}
	qsort(names, nr, sizeof(*names), compare_names);
	for (int i = 0; i < nr; i++)
		bad |= list_file(dirfd(dir), names[i], is_long);
	closedir(dir);
	return bad;
}

static int do_ls(int argc, char **argv)
{
	bool is_long = false, all = false;
	struct stat st;
	int c, bad = 0;

	while ((c = getopt(argc, argv, "la")) != -1) {
		is_long |= c == 'l';
		all |= c == 'a';
	}
	if (optind == argc)
		return list_directory(".", is_long, all);
	for (; optind < argc; optind++) {
		if (lstat(argv[optind], &st) < 0)
			bad |= complain(argv[optind]);
		else if (S_ISDIR(st.st_mode))
			bad |= list_directory(argv[optind], is_long, all);
		else
			bad |= list_file(AT_FDCWD, argv[optind], is_long);
	}
	return bad;
}

static int do_mkdir(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++)
		if (mkdir(argv[i], 0777) < 0)
			bad = complain(argv[i]);
	return bad;
}

static int do_rmdir(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++)
		if (rmdir(argv[i]) < 0)
			bad = complain(argv[i]);
	return bad;
}

static int do_hexdump(int argc, char **argv)
{
	FILE *f = argc > 1 ? fopen(argv[1], "r") : stdin;
	unsigned char line[16];
	size_t n;

	if (!f)
		return complain(argv[1]);
	for (long at = 0; (n = fread(line, 1, 16, f)) > 0; at += n) {
		printf("%08lx ", at);
		for (size_t i = 0; i < 16; i++)
			printf(i < n ? " %02x" : "   ", line[i]);
		printf("  |");
		for (size_t i = 0; i < n; i++)
			putchar(isprint(line[i]) ? line[i] : '.');
		printf("|\n");
	}
	return ferror(f) != 0;
}

/* --- processes ----------------------------------------------------------- */

static void show_process(const char *pid)
{
	char path[32], text[400], state;
	int parent, n;
	char *open_paren, *close_paren;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.10s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	open_paren = strchr(text, '(');
	close_paren = strrchr(text, ')');
	if (open_paren && close_paren &&
	    sscanf(close_paren + 2, "%c %d", &state, &parent) == 2)
		printf("%5s %5d %c %.*s\n", pid, parent, state,
		       (int)(close_paren - open_paren - 1), open_paren + 1);
}

static int do_ps(int argc, char **argv)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");

	if (argc > 1 || !dir)
		return complain(argv[0]);
	printf("  PID  PPID S NAME\n");
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			show_process(entry->d_name);
	closedir(dir);
	return 0;
}

static int do_kill(int argc, char **argv)
{
	int sig = SIGTERM, first = 1, bad = 0;

	if (argc > 1 && argv[1][0] == '-') {
		sig = atoi(argv[1] + 1);
		first = 2;
	}
	for (int i = first; i < argc; i++)
		if (kill(atoi(argv[i]), sig) < 0)
			bad = complain(argv[i]);
	return bad;
}

static int do_sleep(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 0;
	struct timespec ts = { seconds, (seconds - (long)seconds) * 1e9 };

	return nanosleep(&ts, NULL) != 0;
}

/* --- the rest ------------------------------------------------------------ */

static int do_echo(int argc, char **argv)
{
	bool newline = argc < 2 || strcmp(argv[1], "-n") != 0;

	for (int i = newline ? 1 : 2; i < argc; i++)
		printf("%s%s", argv[i], i < argc - 1 ? " " : "");
	return printf(newline ? "\n" : "") < 0;
}

static int do_uname(int argc, char **argv)
{
	struct utsname u;

	if (uname(&u) < 0)
		return complain(argv[0]);
	if (argc > 1 && strcmp(argv[1], "-a") == 0)
		printf("%s %s %s %s %s\n", u.sysname, u.nodename, u.release,
		       u.version, u.machine);
	else
		puts(u.sysname);
	return 0;
}

static int do_true(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 0;
}

static int do_false(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 1;
}

static int do_poweroff(int argc, char **argv)
{
	(void)argc;
	return reboot(RB_POWER_OFF) < 0 ? complain(argv[0]) : 0;
}

static const struct tool {
	const char *name;
	int (*run)(int argc, char **argv);
} tools[] = {
	{ "cat", do_cat },	 { "echo", do_echo },	{ "false", do_false },
	{ "hexdump", do_hexdump }, { "kill", do_kill }, { "ls", do_ls },
	{ "mkdir", do_mkdir },	 { "poweroff", do_poweroff }, { "ps", do_ps },
	{ "rmdir", do_rmdir },	{ "sleep", do_sleep },
	{ "true", do_true },	 { "uname", do_uname },
};

enum { NR_TOOLS = sizeof(tools) / sizeof(tools[0]) };

static const struct tool *find_tool(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (int i = 0; i < NR_TOOLS; i++)
		if (strcmp(tools[i].name, name) == 0)
			return &tools[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const struct tool *tool;

	if (strcmp(slash ? slash + 1 : argv[0], "dbox") == 0) {
		argc--;
		argv++;
	}
	if (argc == 0) {
		for (int i = 0; i < NR_TOOLS; i++)
			puts(tools[i].name);
		return 0;
	}
	tool = find_tool(argv[0]);
	if (tool)
		return tool->run(argc, argv);
	fprintf(stderr, "%s: not found\n", argv[0]);
	return 127;
}
