/*
 * tests/stress/fuzz.c
 *
 * Claim    Whatever processes of several threads ask of the kernel, with
 *          arguments of the right kind, as a user or as root, it goes on:
 *          everybody can be killed, programs start, and frames, threads and
 *          processes are back where they were.
 * Method   Four processes of three threads each make calls of a table that says
 *          what each argument is for (libfuzz_calls.h), so that most calls get
 *          beyond their first checks, and threads of one process meet in its
 *          memory and its descriptors.  Children are forked, some execute a
 *          program.  Every fourth round is root's, on a tmpfs of its own.  Who
 *          dies of it is replaced, who stands still is killed.
 * Catches  What random_calls, whose calls mostly fail at once, does not reach:
 *          a call that is under way when its memory, its file or its process
 *          goes; a path of an error that leaks.
 * -X       A child of root's keeps some memory.
 *
 * The same seed makes the same calls with the same arguments, though not with
 * the same results.  Only on drover: elsewhere it is not its machine.
 */
#define _GNU_SOURCE
#include "libfuzz_calls.h"
#include "libmemory.h"

#include <dirent.h>
#include <mqueue.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { CALLS = 1200, CHILD_CALLS = 30, FORK_ONE_IN = 60, SLACK_KIB = 4096,
       BALLAST = 8 << 20, KILL_LOOKS = 10 };

/* What each process has done so far; so one sees who stands still. */
struct progress {
	unsigned long calls;
	const char *last[FUZZ_THREADS]; /* for who looks at a crash */
};

static struct progress *progress;
static struct progress *mine;
static char folder[64];

/* ---- a process ---- */

static void limit(int resource, unsigned long value)
{
	struct rlimit l = { value, value };

	setrlimit(resource, &l);
}

static void set_limits(void)
{
	limit(RLIMIT_AS, 192UL << 20);
	limit(RLIMIT_FSIZE, 1UL << 20);
	limit(RLIMIT_NOFILE, 48);
	limit(RLIMIT_NPROC, 60);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_MSGQUEUE, 1UL << 16);
}

/* Groups that are told, by descriptors if we are root, and by handles: what is done
 * in the folder. */
static void watch_folder(void)
{
	int group = fanotify_init(FAN_NONBLOCK | FAN_REPORT_FID |
				  FAN_REPORT_DFID_NAME, O_RDONLY);

	fanotify_init(FAN_NONBLOCK, O_RDONLY);
	fanotify_mark(group, FAN_MARK_ADD,
		      FAN_CREATE | FAN_DELETE | FAN_MOVE | FAN_ATTRIB | FAN_OPEN |
		      FAN_MODIFY | FAN_CLOSE | FAN_EVENT_ON_CHILD | FAN_ONDIR,
		      AT_FDCWD, ".");
}

/* Of each kind one, and nothing of who started us. */
static void open_some(void)
{
	int ends[2];

	if (close_range(0, ~0U, 0) < 0 || memfd_create("a", 2) != 0 ||
	    dup(0) != 1 || dup(0) != 2)
		_exit(1);
	mkdir("d", 0700);
	for (int i = 0; i < 4; i++)
		if (open(fuzz_paths[i], O_RDWR | O_CREAT, 0600) < 0)
			break;
	if (pipe2(ends, O_NONBLOCK) < 0 || pipe2(ends, 0) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) < 0)
		_exit(1);
	open("/proc/self/maps", O_RDONLY);
	open("/dev/zero", O_RDWR);
	open(".", O_RDONLY);
	epoll_create1(0);
	inotify_init1(IN_NONBLOCK);
	watch_folder();
	timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
}

/* A sleep ends now and then, as long as the calls leave that so. */
static void wake_often(void)
{
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } };
	struct sigaction act = { .sa_handler = nothing };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void make_call(struct fuzz *f, int thread)
{
	const struct call *call;
	long a[6];

	do
		call = &fuzz_calls[below(f, FUZZ_CALLS)];
	while (is_left_out(call, f->root));
	for (int i = 0; i < 6; i++)
		a[i] = fuzz_argument(f, &call->arg[i]);
	mine->last[thread] = call->name;
	syscall(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	__atomic_fetch_add(&mine->calls, 1, __ATOMIC_RELAXED);
}

/* Alone in its copy of the memory, of which it may share the rest. */
static void child_of_process(struct fuzz *f, int thread)
{
	char *const argv[] = { "true", NULL };

	for (int i = 0; i < CHILD_CALLS; i++)
		make_call(f, thread);
	if (one_in(f, 2))
		execv("/bin/true", argv);
	_exit(0);
}

SET(fork_flags, 0, CLONE_FS, CLONE_FILES, CLONE_SYSVSEM, CLONE_PIDFD,
    CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, CLONE_PARENT_SETTID, CLONE_IO);

static void fork_one(struct fuzz *f, int thread)
{
	long flags = fork_flags[below(f, sizeof(fork_flags) / sizeof(fork_flags[0]))];
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, memory(f), 0,
			   memory(f));

	if (pid == 0)
		child_of_process(f, thread);
	if (pid > 0)
		fuzz_tids[FUZZ_THREADS + below(f, FUZZ_TIDS - FUZZ_THREADS)] = (pid_t)pid;
}

static struct fuzz threads[FUZZ_THREADS];

static void *fuzz_thread(void *arg)
{
	long thread = (long)arg;
	struct fuzz *f = &threads[thread];

	fuzz_tids[thread] = gettid();
	for (int i = 0; i < CALLS; i++) {
		if (one_in(f, FORK_ONE_IN))
			fork_one(f, (int)thread);
		else
			make_call(f, (int)thread);
	}
	return NULL;
}

static void fuzz_process(int which, uint64_t turn, bool root)
{
	pthread_t other;

	mine = &progress[which];
	if (chdir(folder) < 0 || setpgid(0, 0) < 0)
		_exit(1);
	set_limits();
	if (!root && (setgid(FUZZ_USER) < 0 || setuid(FUZZ_USER) < 0))
		_exit(1);
	fuzz_map();
	munmap(stress.shared, sizeof(*stress.shared));
	open_some();
	wake_often();
	for (int i = 0; i < FUZZ_TIDS; i++)
		fuzz_tids[i] = getpid();
	for (long i = 0; i < FUZZ_THREADS; i++) {
		uint64_t who = (turn * MAX_THREADS + (uint64_t)which) * FUZZ_THREADS +
			       (uint64_t)i;

		threads[i] = (struct fuzz){ rng_of(who), root };
		if (i > 0)
			tap_thread(&other, NULL, fuzz_thread, (void *)i);
	}
	fuzz_thread(NULL);
	_exit(0);
}

/* ---- around them ---- */

/* All that the user has left: nobody but these processes acts for him. */
static void end_all_of_user(void)
{
	pid_t pid = tap_fork();
	int status;

	if (pid == 0) {
		if (setuid(FUZZ_USER) == 0)
			tap_kill_user(FUZZ_USER);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) != pid)
		;
}

static bool has_ended(pid_t pid)
{
	int status;

	return waitpid(pid, &status, WNOHANG) == pid &&
	       (WIFEXITED(status) || WIFSIGNALED(status));
}

/* One child that is left: its stat, as /proc has it. */
static void find_child(char *text, size_t n)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int parent = 0;

	text[0] = '\0';
	while (dir && parent != getpid() && (entry = readdir(dir))) {
		char path[300];
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		memset(text, 0, n);
		if (read(fd, text, n - 1) <= 0 ||
		    sscanf(text, "%*d (%*[^)]) %*c %d", &parent) != 1)
			parent = 0;
		close(fd);
	}
	if (dir)
		closedir(dir);
}

static void tell_stuck(pid_t pid, const struct progress *p)
{
	char text[80];

	find_child(text, sizeof(text));
	stress_check(false, "%d cannot be killed (%s); its threads made %s, %s, %s",
		     pid, text, p->last[0], p->last[1], p->last[2]);
}

/* True: it has ended. */
static bool look_at(pid_t pid, struct stress_seen *seen, const struct progress *p)
{
	unsigned long calls = __atomic_load_n(&p->calls, __ATOMIC_RELAXED);

	if (has_ended(pid))
		return true;
	seen->looks = calls != seen->count ? 0 : seen->looks + 1;
	seen->count = calls;
	if (seen->looks == KILL_LOOKS)
		tap_kill(pid, SIGKILL);
	/* It may be a child of its own who traces it, and has yet to wait. */
	if (seen->looks == 2 * KILL_LOOKS)
		tap_kill_group(pid, SIGKILL);
	if (seen->looks == STUCK_LOOKS)
		tell_stuck(pid, p);
	return false;
}

static void watch(pid_t *pids, int n)
{
	struct stress_seen seen[MAX_THREADS] = { 0 };

	for (int left = n; left > 0 && !stress_failed();) {
		stress_pause_ms(WATCH_MS);
		for (int i = 0; i < n; i++) {
			if (pids[i] == 0 || !look_at(pids[i], &seen[i], &progress[i]))
				continue;
			/* Its children are in its group, but for who left it. */
			tap_kill_group(pids[i], SIGKILL);
			pids[i] = 0;
			left--;
		}
	}
}

/* What has a key or a name of ours stays when its makers are gone. */
static void remove_objects(void)
{
	for (int key = FUZZ_KEY; key < FUZZ_KEY + FUZZ_KEYS; key++) {
		msgctl(msgget(key, 0), IPC_RMID, NULL);
		semctl(semget(key, 0, 0), 0, IPC_RMID);
		shmctl(shmget(key, 0, 0), IPC_RMID, NULL);
	}
	for (int i = 0; i < NR_QUEUES; i++)
		mq_unlink(fuzz_queues[i]);
}

/* Orphans are ours: all who were killed are gone when there is none. */
static void reap_all(void)
{
	char text[80];

	for (int i = 0; i < STUCK_LOOKS; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (errno == ECHILD)
			return;
		stress_pause_ms(WATCH_MS);
	}
	find_child(text, sizeof(text));
	stress_check(false, "who was killed is there still: %s", text);
}

static void try_a_shell(void)
{
	char *argv[] = { "/bin/dsh", "-c", "true | true", NULL };
	int status = -1;
	pid_t pid = tap_fork();

	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	stress_check(waitpid(pid, &status, 0) == pid && status == 0,
		     "a shell ends with %#x", status);
}

static void mount_folder(void)
{
	if (mount("none", folder, "tmpfs", 0, "size=8m") < 0 ||
	    chmod(folder, 0777) < 0)
		bail_out("a tmpfs on %s: %s", folder, strerror(errno));
}

/* Root's have mounted on it, or have unmounted it themselves. */
static void unmount_folder(void)
{
	while (umount2(folder, MNT_DETACH) == 0)
		;
	stress_check(errno == EINVAL, "umount: %s", strerror(errno));
}

static void one_round(uint64_t turn)
{
	bool root = turn % 4 == 3;
	pid_t pids[MAX_THREADS];

	mount_folder();
	for (int i = 0; i < stress.threads; i++) {
		pids[i] = tap_fork();
		if (pids[i] == 0)
			fuzz_process(i, turn, root);
	}
	watch(pids, stress.threads);
	end_all_of_user();
	reap_all();
	remove_objects();
	unmount_folder();
	try_a_shell();
	stress_round();
}

static pid_t keep_memory(void)
{
	unsigned long *has_it = &progress[0].calls;
	pid_t pid;

	*has_it = 0;
	pid = tap_fork();
	if (pid == 0) {
		memset(stress_map(BALLAST, MAP_PRIVATE), 1, BALLAST);
		tap_tell(has_it, 1);
		for (;;)
			pause();
	}
	while (!tap_told(has_it))
		stress_pause_ms(WATCH_MS);
	return pid;
}

int main(int argc, char **argv)
{
	long before = free_kib();
	pid_t keeper = 0;

	if (under_qemu_user() || !on_drover() || getuid() != 0)
		skip_all("only root on drover stands this");
	stress_begin(argc, argv, 4, "the kernel stands calls with arguments of the right kind");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	progress = stress_map(MAX_THREADS * sizeof(*progress), MAP_SHARED);
	/* Whoever climbs out of it comes to where he may leave nothing. */
	snprintf(folder, sizeof(folder), "/fuzz.%d", getpid());
	if (mkdir(folder, 0777) < 0)
		bail_out("%s: %s", folder, strerror(errno));
	for (uint64_t turn = 0; stress_go_on(); turn++)
		one_round(turn);
	rmdir(folder);
	if (stress.wrong)
		keeper = keep_memory();
	wait_for_memory(before - SLACK_KIB, "the calls");
	if (stress.wrong)
		tap_kill(keeper, SIGKILL);
	return stress_end();
}
