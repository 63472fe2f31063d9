#pragma once

/*
 * libtrace.h - a tracer's half of a test of ptrace().
 */

#include "../tap.h"

#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/* What wait4() says of a stop: the signal, and the event above it. */
#define STOP_CODE(event, sig) ((sig) | (event) << 8)
#define CALL_STOP (SIGTRAP | 0x80)

/* PTRACE_PEEKSIGINFO. */
struct peek_args {
	uint64_t off;
	uint32_t flags;
	int32_t nr;
};

TAP_UNUSED static long request(int what, pid_t pid, long addr, long data)
{
	return ptrace(what, pid, addr, data);
}

/* The next thing that @pid has to tell: the code of a stop; or, below 0, what
 * else wait4() says. */
TAP_UNUSED static int next_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid)
		bail_out("waitpid %d: %s", pid, strerror(errno));
	return WIFSTOPPED(status) ? status >> 8 : -status;
}

/* A child that runs @fn, traced by us from its first instruction on: it has
 * stopped itself. */
TAP_UNUSED static pid_t start_traced(int (*fn)(void))
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		if (request(PTRACE_TRACEME, 0, 0, 0) != 0)
			_exit(99);
		raise(SIGSTOP);
		_exit(fn());
	}
	if (next_stop(pid) != SIGSTOP)
		bail_out("a child does not stop");
	return pid;
}

/* The same, not traced, and stopped by nobody. */
TAP_UNUSED static pid_t start_free(int (*fn)(void))
{
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(fn());
	return pid;
}

TAP_UNUSED static int sleep_on(void)
{
	for (;;)
		pause();
	return 1;
}

/* It is killed, whatever it does; nothing is left of it. */
TAP_UNUSED static void finish(pid_t pid)
{
	tap_kill(pid, SIGKILL);
	while (next_stop(pid) > 0)
		;
}

/* "Word:\t@value" of /proc/@pid/status: the first character, and the number. */
TAP_UNUSED static char status_of(pid_t pid, const char *word, int *number)
{
	char path[64], line[256];
	char *value = NULL;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);

	FILE *f = fopen(path, "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, word, strlen(word)) == 0 &&
		    line[strlen(word)] == ':') {
			value = line + strlen(word) + 2;
			break;
		}
	if (f != NULL)
		fclose(f);
	if (value == NULL)
		return 0;
	if (number != NULL)
		*number = atoi(value);
	return value[0];
}

TAP_UNUSED static void no_ptrace_here(void)
{
	if (getenv("TAP_QEMU_USER"))
		skip_all("qemu-user: knows no ptrace()");
}
