/*
 * tests/abi-diff/libwalk.c - see libwalk.h.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

/* Seconds until a call that has not come back is said to wait, and until a
 * chapter of plain calls is given up. */
#define PATIENCE 3
#define CHAPTER_PATIENCE 900

/* ---- lines ---- */

const char *error_name(long err)
{
	const char *name = strerrorname_np((int)err);

	return name != NULL ? name : "unknown";
}

static void say_line(const char *fmt, va_list ap, const char *result)
{
	char line[400];
	int n = vsnprintf(line, sizeof(line) - 60, fmt, ap);

	if (n > (int)sizeof(line) - 61)
		n = (int)sizeof(line) - 61;
	n += snprintf(line + n, 60, "%s%s\n", *result ? " = " : "", result);
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(2);
}

void say(long result, const char *fmt, ...)
{
	char number[24];
	int err = errno;
	va_list ap;

	snprintf(number, sizeof(number), "%ld", result);
	va_start(ap, fmt);
	say_line(fmt, ap, result == -1 ? error_name(err) : number);
	va_end(ap);
}

void say_ok(long result, const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	say_line(fmt, ap, result == -1 ? error_name(err) : "ok");
	va_end(ap);
}

void say_words(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(fmt, ap, "");
	va_end(ap);
}

/* ---- what there is to begin with ---- */

static void must(long result, const char *what)
{
	if (result != -1)
		return;
	say_words("cannot set up: %s: %s", what, error_name(errno));
	exit(2);
}

#define MUST(call) must((long)(call), #call)

static void at_number(int number, int fd, const char *what)
{
	must(fd, what);
	if (fd == number)
		return;
	must(dup2(fd, number), what);
	close(fd);
}

void set_up_folder(void)
{
	mkdir("/tmp", 01777);
	MUST(mkdir(FOLDER, 0755));
	MUST(mkdir(FOLDER "/folder", 0755));
	MUST(symlink("file", FOLDER "/link"));
}

static void set_up_file(void)
{
	static const char page[2 * WALK_PAGE] = "first bytes";
	int fd;

	unlink(FOLDER "/file");
	unlink(FOLDER "/other");
	fd = open(FOLDER "/file", O_RDWR | O_CREAT | O_EXCL, 0644);
	at_number(FILE_FD, fd, "file");
	must(write(FILE_FD, page, sizeof(page)), "write");
	MUST(lseek(FILE_FD, 0, SEEK_SET));
}

static void set_up_descriptors(void)
{
	int p[2];

	set_up_file();
	MUST(pipe(p));
	at_number(PIPE_READ, p[0], "pipe");
	at_number(PIPE_WRITE, p[1], "pipe");
	must(write(PIPE_WRITE, "four", 4), "pipe");
	at_number(DIR_FD, open(FOLDER, O_RDONLY), "folder");
	at_number(PATH_FD, open(FOLDER "/file", O_PATH), "O_PATH");
	at_number(READ_FD, open(FOLDER "/file", O_RDONLY), "reader");
	at_number(WRITE_FD, open(FOLDER "/file", O_WRONLY), "writer");
	at_number(EVENT_FD, eventfd(0, 0), "eventfd");
	at_number(TIMER_FD, timerfd_create(CLOCK_MONOTONIC, 0), "timerfd");
	at_number(NULL_FD, open("/dev/null", O_RDWR), "/dev/null");
	at_number(ZERO_FD, open("/dev/zero", O_RDWR), "/dev/zero");
	close(CLOSED_FD);
}

static void map_pages(int at, int nr, int prot, int flags, int fd, long offset)
{
	void *p = mmap((void *)PAGE_AT(at), (size_t)nr * WALK_PAGE, prot,
		       flags | MAP_FIXED, fd, offset);

	must(p == MAP_FAILED ? -1 : 0, "mmap");
}

static void set_up_memory(void)
{
	int both = PROT_READ | PROT_WRITE, anon = MAP_ANONYMOUS;

	MUST(munmap((void *)MEMORY, MEMORY_PAGES * WALK_PAGE));
	map_pages(PLAIN, 4, both, MAP_PRIVATE | anon, -1, 0);
	map_pages(READ_ONLY, 1, PROT_READ, MAP_PRIVATE | anon, -1, 0);
	map_pages(NO_ACCESS, 1, PROT_NONE, MAP_PRIVATE | anon, -1, 0);
	map_pages(SHARED, 2, both, MAP_SHARED, FILE_FD, 0);
	map_pages(PRIVATE, 1, both, MAP_PRIVATE, FILE_FD, 0);
	map_pages(PAST_END, 1, both, MAP_SHARED, FILE_FD, 2 * WALK_PAGE);
	map_pages(LONE, 1, both, MAP_SHARED | anon, -1, 0);
}

static void set_up_values(void)
{
	struct iovec *iov = (void *)IOVEC_AT;
	struct rlimit *limit = (void *)LIMIT_AT;

	strcpy((char *)PATH_AT, FOLDER "/file");
	strcpy((char *)OTHER_PATH_AT, FOLDER "/other");
	*limit = (struct rlimit){ 1000, 1000 };
	iov[0] = (struct iovec){ (void *)BUFFER_AT, 8 };
	iov[1] = (struct iovec){ (void *)(BUFFER_AT + 0x100), 8 };
}

void set_up(void)
{
	umask(022);
	MUST(chmod(FOLDER, 0755));
	MUST(setpriority(PRIO_PROCESS, 0, 0));
	set_up_descriptors();
	set_up_memory();
	set_up_values();
}

/* ---- alone ---- */

/* How @pid, a leader, ended: NULL when as it should.  What it has left goes,
 * too, while nobody else can have its number. */
static const char *end_of(pid_t pid)
{
	static char text[40];
	siginfo_t info;
	int status;

	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) != 0)
		return "lost";
	tap_kill_group(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return "lost";
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	if (WIFEXITED(status))
		snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(status));
	else if (WTERMSIG(status) == SIGALRM)
		return "waits";
	else
		snprintf(text, sizeof(text), "died of signal %d",
			 WTERMSIG(status));
	return text;
}

void in_process(void (*fn)(const void *), const void *arg)
{
	const char *end;
	pid_t pid = tap_fork();

	if (pid == 0) {
		setsid();
		set_up();
		alarm(CHAPTER_PATIENCE);
		fn(arg);
		exit(0);
	}
	end = end_of(pid);
	if (end != NULL)
		say_words("the chapter %s", end);
}

long alone(long (*call)(const void *), const void *arg, const char **died)
{
	static long *result;
	pid_t pid;

	if (result == NULL)
		result = mmap(NULL, WALK_PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = tap_fork();
	if (pid == 0) {
		setsid();
		set_up();
		alarm(PATIENCE);
		*result = call(arg);
		if (*result == -1)
			*result = -errno;
		_exit(0);
	}
	*died = end_of(pid);
	return *result;
}
