/*
 * user/dsh.c - a small shell that can be read in one sitting.
 *
 *	dsh			commands from the terminal
 *	dsh FILE [ARG...]	commands from a file
 *	dsh -c TEXT [ARG...]	commands from an argument
 *
 * It knows words, 'single' and "double" quotes, \ and # comments; $NAME,
 * ${NAME}, $?, $$, $!, $0 to $9 and $#; patterns (*, ?, []); pipelines; the
 * redirections < > >> 2> 2>> and 2>&1 (or any other digits); && || ; & and
 * NAME=value. Builtins: cd exit export jobs fg bg wait kill exec.
 *
 * A line goes through three steps: shell_parse() makes a tree of pipelines
 * and commands; shell_expand() turns a raw word into the words it stands for
 * when its command is about to run; run_list() runs the tree.
 *
 * Job control, when the input is a terminal: each pipeline is a process
 * group, the foreground one owns the terminal, and the shell ignores the
 * signals that Ctrl-C and Ctrl-Z send. A program that is not found in PATH is
 * looked for in dbox, our box of small tools.
 */
#include "libshell.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_JOBS = 32, MAX_STAGES = 32, LINE = 65536 };

struct job {
	pid_t pgrp;			/* 0: this slot is free */
	pid_t pids[MAX_STAGES];		/* 0: has ended */
	int nr_pids;
	bool stopped;
	int status;			/* of the last stage */
	char text[80];
};

static struct job jobs[MAX_JOBS];
static bool job_control;

/* --- jobs ---------------------------------------------------------------- */

static bool has_ended(const struct job *job)
{
	for (int i = 0; i < job->nr_pids; i++)
		if (job->pids[i])
			return false;
	return true;
}

/* Notes what wait() said of @pid. */
static void note_status(pid_t pid, int status)
{
	for (struct job *job = jobs; job < jobs + MAX_JOBS; job++) {
		for (int i = 0; job->pgrp && i < job->nr_pids; i++) {
			if (job->pids[i] != pid)
				continue;
			job->stopped = WIFSTOPPED(status);
			if (WIFSTOPPED(status) || WIFCONTINUED(status))
				return;
			job->pids[i] = 0;
			if (i == job->nr_pids - 1)
				job->status = WIFEXITED(status)
					? WEXITSTATUS(status)
					: 128 + WTERMSIG(status);
			return;
		}
	}
}

/* Tells of background jobs that ended or stopped since we last looked. */
static void report_jobs(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0)
		note_status(pid, status);
	for (struct job *job = jobs; job < jobs + MAX_JOBS; job++) {
		if (!job->pgrp || !has_ended(job))
			continue;
		if (job_control)
			fprintf(stderr, "[%d] done (%d)  %s\n",
				(int)(job - jobs) + 1, job->status, job->text);
		job->pgrp = 0;
	}
}

static struct job *new_job(const struct pipeline *p)
{
	for (struct job *job = jobs; job < jobs + MAX_JOBS; job++) {
		if (job->pgrp)
			continue;
		memset(job, 0, sizeof(*job));
		snprintf(job->text, sizeof(job->text), "%.*s", p->text_length,
			 p->text);
		return job;
	}
	return NULL;
}

/* Until the job ends or stops; its status. The shell gets its terminal back. */
static int wait_for_job(struct job *job)
{
	int status;

	while (!has_ended(job) && !job->stopped) {
		pid_t pid = waitpid(-1, &status, WUNTRACED);

		if (pid > 0)
			note_status(pid, status);
		else if (errno != EINTR)
			break;
	}
	if (job_control)
		tcsetpgrp(STDIN_FILENO, getpgrp());
	if (job->stopped && !has_ended(job)) {
		fprintf(stderr, "\n[%d] stopped  %s\n", (int)(job - jobs) + 1,
			job->text);
		return 128 + SIGTSTP;
	}
	if (job_control && job->status > 128)
		fprintf(stderr, "%s\n", job->status == 128 + SIGINT
			? "" : strsignal(job->status - 128));
	job->pgrp = 0;
	return job->status;
}

/* %N, or the newest job. */
static struct job *find_job(const char *name)
{
	int n = MAX_JOBS;

	if (name && name[0] == '%')
		n = atoi(name + 1);
	else
		while (n > 0 && !jobs[n - 1].pgrp)
			n--;
	if (n >= 1 && n <= MAX_JOBS && jobs[n - 1].pgrp)
		return &jobs[n - 1];
	fprintf(stderr, "dsh: no such job\n");
	return NULL;
}

/* --- builtins ------------------------------------------------------------ */

static int do_cd(char **argv)
{
	const char *dir = argv[1] ? argv[1] : getenv("HOME");

	if (chdir(dir ? dir : "/") == 0)
		return 0;
	fprintf(stderr, "cd: %s: %s\n", dir, strerror(errno));
	return 1;
}

static int do_exit(char **argv)
{
	exit(argv[1] ? atoi(argv[1]) : shell.last_status);
}

static int do_export(char **argv)
{
	extern char **environ;

	for (char **e = environ; !argv[1] && *e; e++)
		puts(*e);
	for (argv++; *argv; argv++)
		if (strchr(*argv, '='))
			putenv(strdup(*argv));
	fflush(stdout);
	return 0;
}

static int do_jobs(char **argv __attribute__((unused)))
{
	report_jobs();
	for (int i = 0; i < MAX_JOBS; i++)
		if (jobs[i].pgrp)
			printf("[%d] %s  %s\n", i + 1, jobs[i].stopped
			       ? "stopped" : "running", jobs[i].text);
	fflush(stdout);
	return 0;
}

static int resume(char **argv, bool foreground)
{
	struct job *job = find_job(argv[1]);

	if (!job)
		return 1;
	fprintf(stderr, "%s\n", job->text);
	job->stopped = false;
	if (foreground && job_control)
		tcsetpgrp(STDIN_FILENO, job->pgrp);
	kill(-job->pgrp, SIGCONT);
	return foreground ? wait_for_job(job) : 0;
}

static int do_fg(char **argv)
{
	return resume(argv, true);
}

static int do_bg(char **argv)
{
	return resume(argv, false);
}

static int do_wait(char **argv)
{
	int status = 0;

	for (struct job *job = jobs; job < jobs + MAX_JOBS; job++)
		if (job->pgrp && !job->stopped &&
		    (!argv[1] || job->pgrp == atoi(argv[1])))
			status = wait_for_job(job);
	return status;
}

static int do_kill(char **argv)
{
	int sig = SIGTERM, bad = 0;

	if (argv[1] && argv[1][0] == '-')
		sig = atoi(*++argv + 1);
	for (argv++; *argv; argv++) {
		struct job *job = **argv == '%' ? find_job(*argv) : NULL;

		if (**argv == '%' && !job)
			bad = 1;
		else if (kill(job ? -job->pgrp : atoi(*argv), sig) < 0)
			bad = (perror("kill"), 1);
	}
	return bad;
}

static const struct builtin {
	const char *name;
	int (*run)(char **argv);
} builtins[] = {
	{ "cd", do_cd },	 { "exit", do_exit }, { "export", do_export },
	{ "jobs", do_jobs },	 { "fg", do_fg },     { "bg", do_bg },
	{ "wait", do_wait },	 { "kill", do_kill },
};

static const struct builtin *find_builtin(const char *name)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (name && strcmp(builtins[i].name, name) == 0)
			return &builtins[i];
	return NULL;
}

/* --- running ------------------------------------------------------------- */

static char **expand_all(struct command *cmd)
{
	char **argv = shell_alloc(MAX_WORDS * sizeof(char *));
	int argc = 0;

	for (int i = 0; i < cmd->nr_words; i++)
		shell_expand(cmd->words[i], argv, &argc);
	argv[argc] = NULL;
	return argv;
}

static bool redirect(const struct redirect *r)
{
	static const int flags[] = {
		['<'] = O_RDONLY,
		['>'] = O_WRONLY | O_CREAT | O_TRUNC,
		['a'] = O_WRONLY | O_CREAT | O_APPEND,
	};

	for (; r; r = r->next) {
		char *words[MAX_WORDS];
		int n = 0, fd;

		shell_expand(r->word, words, &n);
		if (n != 1) {
			fprintf(stderr, "dsh: ambiguous redirection\n");
			return false;
		}
		fd = r->kind == 'd' ? atoi(words[0])
				    : open(words[0], flags[(int)r->kind], 0666);
		if (fd < 0 || (fd != r->fd && dup2(fd, r->fd) < 0)) {
			perror(words[0]);
			return false;
		}
		if (fd != r->fd && r->kind != 'd')
			close(fd);
	}
	return true;
}

static void set_signals(void (*action)(int))
{
	signal(SIGINT, action);
	signal(SIGQUIT, action);
	signal(SIGTSTP, action);
	signal(SIGTTIN, action);
	signal(SIGTTOU, action);
}

/* Does not come back. */
static void exec_words(char **argv)
{
	int err;

	execvp(argv[0], argv);
	err = errno;
	if (err == ENOENT && !strchr(argv[0], '/'))
		execv("/bin/dbox", argv);
	fprintf(stderr, "dsh: %s: %s\n", argv[0], strerror(err));
	_exit(err == ENOENT ? 127 : 126);
}

/* In the child: one stage of a pipeline. */
static void run_stage(struct command *cmd)
{
	const struct builtin *builtin;
	char **argv = expand_all(cmd);

	if (!redirect(cmd->redirects))
		_exit(1);
	if (!argv[0])
		_exit(0);
	builtin = find_builtin(argv[0]);
	if (builtin)
		_exit(builtin->run(argv));
	exec_words(argv);
}

static bool is_assignment(const char *word)
{
	const char *p = word;

	while (isalnum(*p) || *p == '_')
		p++;
	return p > word && *p == '=';
}

/* What must happen in the shell itself: builtins, exec, assignments. */
static bool run_in_shell(struct pipeline *p)
{
	struct command *cmd = p->first;
	const struct builtin *builtin;
	char **argv;
	int saved[3];

	if (cmd->piped_to || p->background || cmd->nr_words == 0)
		return false;
	if (cmd->nr_words == 1 && is_assignment(cmd->words[0])) {
		argv = expand_all(cmd);
		shell.last_status = putenv(strdup(argv[0])) != 0;
		return true;
	}
	if (strcmp(cmd->words[0], "exec") == 0) {
		argv = expand_all(cmd);
		shell.last_status = !redirect(cmd->redirects);
		if (!shell.last_status && argv[1])
			exec_words(argv + 1);
		return true;
	}
	builtin = find_builtin(cmd->words[0]);
	if (!builtin)
		return false;
	for (int i = 0; i < 3; i++)
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
	shell.last_status = redirect(cmd->redirects)
		? builtin->run(expand_all(cmd)) : 1;
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	return true;
}

/* In the child: the group, the terminal, the pipe's ends, then the command. */
static void become_stage(struct pipeline *p, struct job *job,
			 struct command *cmd, int in, int out[2])
{
	if (job_control) {
		setpgid(0, job->pgrp);
		if (!p->background)
			tcsetpgrp(STDIN_FILENO, getpgrp());
		set_signals(SIG_DFL);
	}
	job_control = false;
	dup2(in, STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	for (int fd = in; fd > STDERR_FILENO; fd = 0)
		close(fd);
	if (cmd->piped_to) {
		close(out[0]);
		close(out[1]);
	}
	run_stage(cmd);
}

static void run_pipeline(struct pipeline *p)
{
	struct job *job = new_job(p);
	int in = STDIN_FILENO;

	if (!job) {
		fprintf(stderr, "dsh: too many jobs\n");
		return;
	}
	for (struct command *cmd = p->first; cmd; cmd = cmd->piped_to) {
		int out[2] = { -1, STDOUT_FILENO };
		pid_t pid;

		if (cmd->piped_to && pipe(out) < 0)
			break;
		pid = fork();
		if (pid == 0)
			become_stage(p, job, cmd, in, out);
		if (pid > 0 && !job->pgrp)
			job->pgrp = pid;
		if (pid > 0 && job_control)
			setpgid(pid, job->pgrp);
		if (pid > 0 && job->nr_pids < MAX_STAGES)
			job->pids[job->nr_pids++] = pid;
		if (in != STDIN_FILENO)
			close(in);
		if (cmd->piped_to)
			close(out[1]);
		in = out[0];
		if (pid < 0) {
			perror("dsh: fork");
			break;
		}
	}
	if (p->background) {
		shell.last_background = job->pgrp;
		if (job_control)
			fprintf(stderr, "[%d] %d\n", (int)(job - jobs) + 1,
				job->pgrp);
		shell.last_status = 0;
	} else {
		if (job_control && job->pgrp)
			tcsetpgrp(STDIN_FILENO, job->pgrp);
		shell.last_status = wait_for_job(job);
	}
}

static void run_list(struct pipeline *p)
{
	for (; p; p = p->next) {
		if ((p->when == AND && shell.last_status != 0) ||
		    (p->when == OR && shell.last_status == 0))
			continue;
		if (!run_in_shell(p))
			run_pipeline(p);
	}
}

/* --- where lines come from ----------------------------------------------- */

/* Byte by byte, because children read from the same descriptor. */
static bool read_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(fd, line + n, 1) == 1)
		if (line[n++] == '\n')
			break;
	line[n] = '\0';
	return n > 0;
}

static void run_text(const char *text)
{
	bool wrong;
	struct pipeline *list = shell_parse(text, &wrong);

	if (wrong)
		shell.last_status = 2;
	else
		run_list(list);
	shell_free();
}

static int run_input(int fd)
{
	static char line[LINE];

	for (;;) {
		report_jobs();
		if (job_control)
			fprintf(stderr, "dsh%% ");
		if (!read_line(fd, line, sizeof(line)))
			return shell.last_status;
		run_text(line);
	}
}

static void own_terminal(void)
{
	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	job_control = true;
	set_signals(SIG_IGN);
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpgrp());
}

int main(int argc, char **argv)
{
	int fd;

	if (argc > 2 && strcmp(argv[1], "-c") == 0) {
		shell.args = argc > 3 ? argv + 3 : argv;
		shell.nr_args = argc > 3 ? argc - 3 : 1;
		run_text(argv[2]);
		return shell.last_status;
	}
	if (argc > 1) {
		shell.args = argv + 1;
		shell.nr_args = argc - 1;
		fd = open(argv[1], O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			perror(argv[1]);
			return 127;
		}
		return run_input(fcntl(fd, F_DUPFD_CLOEXEC, 20));
	}
	shell.args = argv;
	shell.nr_args = 1;
	own_terminal();
	return run_input(STDIN_FILENO);
}
