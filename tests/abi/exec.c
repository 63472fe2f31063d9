/*
 * tests/abi/exec.c
 *
 * Claim    execve() replaces the program and keeps the process: arguments,
 *          environment and auxiliary vector arrive as Linux lays them out;
 *          pid, directory, mask, ignored signals and open files stay; memory,
 *          handlers, other threads and close-on-exec files go.
 * Method   The program starts itself again with an argument that says which
 *          part to check; it exits with 0 when all is right.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const char *self = "/proc/self/exe";
extern char **environ;

/* Runs ourselves as "exec PART ARG"; the wait status. */
static int run_part(const char *part, const char *arg, char **env)
{
	char *argv[] = { "exec", (char *)part, (char *)arg, NULL };
	int status;
	pid_t pid = tap_fork();

	if (pid == 0) {
		execve(self, argv, env);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* --- the parts, in the new program --------------------------------------- */

static int check_arguments(int argc, char **argv)
{
	return !(argc == 3 && strcmp(argv[0], "exec") == 0 &&
		 strcmp(argv[2], "a b") == 0 && argv[3] == NULL &&
		 environ[0] && strcmp(environ[0], "ONE=1") == 0 &&
		 strcmp(environ[1], "TWO=") == 0 && environ[2] == NULL);
}

/* argc, argv, envp and auxv stand in that order, 16-byte aligned. */
static int check_layout(int argc, char **argv)
{
	long *argc_word = (long *)argv - 1;
	char **env = argv + argc + 1;

	if (*argc_word != argc || (unsigned long)argc_word % 16 != 0)
		return 1;
	return env != environ;
}

static int check_auxv(void)
{
	const ElfW(Phdr) *ph = (void *)getauxval(AT_PHDR);
	const unsigned char *random = (void *)getauxval(AT_RANDOM);
	int nr_load = 0, sum = 0;

	if (getauxval(AT_PAGESZ) != 4096 || getauxval(AT_SECURE) != 0)
		return 1;
	if (getauxval(AT_UID) != getuid() || getauxval(AT_EGID) != getegid())
		return 2;
	if (getauxval(AT_PHENT) != sizeof(*ph) || !ph)
		return 3;
	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
		nr_load += ph[i].p_type == PT_LOAD;
	if (nr_load < 1)
		return 4;
	for (int i = 0; random && i < 16; i++)
		sum |= random[i];
	if (sum == 0)
		return 5;
	if (!getauxval(AT_EXECFN) || getauxval(AT_CLKTCK) != 100)
		return 6;
	if ((getauxval(AT_HWCAP) & 0x112d) != 0x112d)	/* imafdc */
		return 7;
	return getauxval(AT_ENTRY) == 0;
}

static int check_kept(const char *arg)
{
	struct sigaction act;
	stack_t stack;
	sigset_t set;
	char dir[200];
	int kept, closed;
	pid_t pid;

	if (sscanf(arg, "%d %d %d", &pid, &kept, &closed) != 3)
		return 1;
	if (getpid() != pid)
		return 2;
	if (fcntl(kept, F_GETFD) != 0 || fcntl(closed, F_GETFD) != -1)
		return 3;
	sigprocmask(SIG_SETMASK, NULL, &set);
	if (!sigismember(&set, SIGUSR1) || sigismember(&set, SIGUSR2))
		return 4;
	sigpending(&set);
	if (!sigismember(&set, SIGUSR1))
		return 5;
	if (sigaltstack(NULL, &stack) != 0 || stack.ss_flags != SS_DISABLE)
		return 8;
	sigaction(SIGHUP, NULL, &act);
	if (act.sa_handler != SIG_IGN)
		return 6;
	sigaction(SIGUSR2, NULL, &act);
	if (act.sa_handler != SIG_DFL)
		return 7;
	return !getcwd(dir, sizeof(dir)) || strcmp(dir, "/") != 0;
}

/* Counts down by exec'ing itself; every step is the same process. */
static int check_chain(const char *arg)
{
	char next[40];
	int left;
	pid_t pid;

	if (sscanf(arg, "%d %d", &left, &pid) != 2 || pid != getpid())
		return 1;
	if (left == 0)
		return 0;
	snprintf(next, sizeof(next), "%d %d", left - 1, pid);
	execle(self, "exec", "chain", next, NULL, environ);
	return 2;
}

/* /proc/self/exe leads to the program by its name, whatever it was started by. */
static int check_name(const char *name)
{
	char link[400] = "";

	if (readlink("/proc/self/exe", link, sizeof(link) - 1) < 0)
		return 1;
	return strcmp(link, name) != 0;
}

static int exec_by_descriptor(void *flags)
{
	char name[400] = "", *argv[] = { "exec", "name", name, NULL };
	int fd = open(self, (int)(long)flags);

	if (fd < 0 || readlink("/proc/self/exe", name, sizeof(name) - 1) < 0)
		return 98;
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	return 99;
}

/* Until nobody can write there any more. */
static int check_end_of(const char *fd)
{
	char c;

	return read(atoi(fd), &c, 1) != 0;
}

static int dispatch(int argc, char **argv)
{
	const char *part = argv[1];

	if (strcmp(part, "arguments") == 0)
		return check_arguments(argc, argv);
	if (strcmp(part, "layout") == 0)
		return check_layout(argc, argv);
	if (strcmp(part, "auxv") == 0)
		return check_auxv();
	if (strcmp(part, "kept") == 0)
		return check_kept(argv[2]);
	if (strcmp(part, "name") == 0)
		return check_name(argv[2]);
	if (strcmp(part, "chain") == 0)
		return check_chain(argv[2]);
	if (strcmp(part, "end of") == 0)
		return check_end_of(argv[2]);
	return strcmp(part, "pid") != 0 || getpid() != atoi(argv[2]);
}

/* --- the old program ----------------------------------------------------- */

static void on_signal(int sig TAP_UNUSED)
{
}

static char alternate[16384];

static int exec_and_keep(void *unused TAP_UNUSED)
{
	char arg[60];
	sigset_t set;
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	int kept = open("/dev/null", O_RDONLY);
	int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	sigaltstack(&stack, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR2, on_signal);
	if (chdir("/") < 0)
		return 98;
	snprintf(arg, sizeof(arg), "%d %d %d", getpid(), kept, closed);
	execl(self, "exec", "kept", arg, NULL);
	return 99;
}

static int start_chain(void *length)
{
	char arg[40];

	snprintf(arg, sizeof(arg), "%d %d", (int)(long)length, getpid());
	execl(self, "exec", "chain", arg, NULL);
	return 99;
}

static void *spin(void *unused)
{
	for (;;)
		asm volatile("" ::: "memory");
	return unused;
}

static void *exec_pid(void *unused)
{
	char arg[20];

	snprintf(arg, sizeof(arg), "%d", getpid());
	execl(self, "exec", "pid", arg, NULL);
	_exit(99);
	return unused;
}

/* A thread that is not the first calls execve(); all others must go. */
static int exec_from_thread(void *unused TAP_UNUSED)
{
	pthread_t t;

	for (int i = 0; i < 3; i++)
		tap_thread(&t, NULL, spin, NULL);
	tap_thread(&t, NULL, exec_pid, NULL);
	for (;;)
		pause();
	return 1;
}

/* The parent goes on while the new program runs, which waits for it. */
static int exec_in_vfork(void *unused TAP_UNUSED)
{
	volatile int shared = 0;
	int p[2], status;
	char fd[12];
	pid_t pid;

	if (pipe(p) < 0)
		return 98;
	fcntl(p[1], F_SETFD, FD_CLOEXEC);
	snprintf(fd, sizeof(fd), "%d", p[0]);
	pid = tap_started(vfork());
	if (pid == 0) {
		char *argv[] = { "exec", "end of", fd, NULL };

		shared = 7;
		execve(self, argv, environ);
		_exit(99);
	}
	close(p[1]);
	waitpid(pid, &status, 0);
	return !(shared == 7 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* What exec closes is closed for the new program, and for nobody else. */
static int exec_with_shared_files(void *unused TAP_UNUSED)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), status;
	pid_t pid = tap_started((pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD,
					       0, 0, 0, 0));

	if (pid == 0) {
		char *argv[] = { "exec", "pid", "0", NULL };

		execve(self, argv, environ);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return !(WIFEXITED(status) && WEXITSTATUS(status) == 1 &&
		 fcntl(fd, F_GETFD) == FD_CLOEXEC);
}

int main(int argc, char **argv)
{
	char *env[] = { "ONE=1", "TWO=", NULL }, *none[] = { NULL };

	if (argc > 1)
		return dispatch(argc, argv);
	if (under_qemu_user())
		skip_all("qemu-user: the host cannot exec riscv64 programs");
	plan(11);
	is_exit(run_part("arguments", "a b", env), 0, "argv and envp");
	is_exit(run_part("layout", "", env), 0, "the stack's layout");
	is_exit(run_part("layout", "", none), 0, "without environment");
	is_exit(run_part("auxv", "", env), 0, "the auxiliary vector");
	is_exit(in_child(exec_and_keep, NULL), 0, "what stays and what goes");
	is_exit(in_child(start_chain, (void *)20), 0, "20 programs in a row");
	is_exit(in_child(exec_by_descriptor, (void *)O_RDONLY), 0,
		"a program by its descriptor");
	is_exit(in_child(exec_by_descriptor, (void *)O_PATH), 0,
		"which need not be one to be read");
	is_exit(in_child(exec_from_thread, NULL), 0,
		"exec by a thread keeps the process's pid");
	is_exit(in_child(exec_in_vfork, NULL), 0, "exec after vfork");
	is_exit(in_child(exec_with_shared_files, NULL), 0, "exec ends the sharing of descriptors");
	return done_testing();
}
