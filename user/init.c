/*
 * user/init.c - process 1.
 *
 *	init			a shell on the console, again and again: bash,
 *				sh or dsh
 *	init PROGRAM ARG...	that program; its status ends the machine
 *
 * The kernel hands over what follows " -- " on its command line as arguments.
 * Either program is the leader of a session with the console as controlling
 * terminal and is its foreground process group, so that Ctrl-C reaches it and
 * not us. Orphans become our children; waiting for any child reaps them.
 *
 * When process 1 ends, drover powers the machine off with its exit status,
 * 128 + N for a program killed by signal N. On Linux, where process 1 must
 * not end, the status is printed and the machine is powered off by reboot(2).
 *
 * SIGUSR1, SIGUSR2 and SIGTERM (BusyBox's halt, poweroff and reboot) end all
 * processes and power off.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libboot.h"

enum { EXIT_NOT_FOUND = 127, EXIT_SIGNAL = 128 };

static void set_environment(void)
{
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/", 0);
	setenv("USER", "root", 0);
	setenv("TERM", "vt102", 0);
	setenv("PS1", "drover:\\w# ", 0);
}

/* In the child: a session of its own, which owns the console. */
static void run_on_console(char **argv)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	tcsetpgrp(STDIN_FILENO, getpgrp());
	execvp(argv[0], argv);
	fprintf(stderr, "init: %s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_NOT_FOUND);
}

/* Runs @argv to its end, reaping orphans meanwhile; its status as a number. */
static int run(char **argv)
{
	pid_t child = fork(), pid;
	int status;

	if (child == 0)
		run_on_console(argv);
	if (child < 0) {
		perror("init: fork");
		return EXIT_NOT_FOUND;
	}
	do {
		pid = wait(&status);
	} while (pid != child && (pid > 0 || errno == EINTR));
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : EXIT_SIGNAL + WTERMSIG(status);
}

static void power_off(int sig __attribute__((unused)))
{
	kill(-1, SIGTERM);
	usleep(200000);
	kill(-1, SIGKILL);
	sync();
	reboot(RB_POWER_OFF);
}

static void end_machine(int status)
{
	sync();
	if (access("/proc/drover/counters", F_OK) == 0)
		exit(status);
	printf("init: exit status %d\n", status);
	fflush(stdout);
	reboot(RB_POWER_OFF);
}

/* A whole system has bash, and a folder for root to be at home. */
static void choose_shell(char **shell)
{
	if (access("/bin/bash", X_OK) == 0) {
		shell[0] = "/bin/bash";
		shell[1] = "-l";
		setenv("HOME", "/root", 1);
		unsetenv("PS1");
		if (chdir("/root") < 0)
			perror("init: /root");
	} else if (access(shell[0], X_OK) < 0) {
		shell[0] = "/bin/dsh";
	}
}

int main(int argc, char **argv)
{
	char *shell[] = { "/bin/sh", NULL, NULL };

	if (getpid() != 1) {	/* who could end and power off a whole system */
		fprintf(stderr, "init: only the first process may be init\n");
		return 2;
	}
	mount_what_is_missing();
	open_console();
	set_environment();
	signal(SIGUSR1, power_off);
	signal(SIGUSR2, power_off);
	signal(SIGTERM, power_off);
	if (argc > 1)
		end_machine(run(argv + 1));

	choose_shell(shell);
	for (;;)
		if (run(shell) != 0)
			sleep(1);	/* a shell that cannot start */
}
