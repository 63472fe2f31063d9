/*
 * tests/stress/random_calls.c
 *
 * Claim    Whatever a program calls, with whatever arguments, as a user or as
 *          root, the kernel goes on: nobody is left who cannot be killed, root
 *          can start programs, and the memory comes back.
 * Method   Children that make calls by chance.  Numbers are those of all calls
 *          that there are, and others; arguments are what calls take (its own
 *          descriptors, addresses of a buffer with numbers and addresses of
 *          itself, names, flags) and what they must not take.  Who dies of it
 *          is replaced; who sleeps for long is killed.  Root's leave out what
 *          would end the machine or others, or make processes without a
 *          bound.
 * Catches  A bound that is not asked for; a path of an error that leaks; two
 *          calls that nobody has thought of together.
 * -X       A child of root's keeps some memory.
 *
 * The same seed makes the same calls, though not with the same results.  Only
 * on drover: elsewhere it is not its machine.
 */
#define _GNU_SOURCE
#include "libmemory.h"

#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/time.h>

enum { USER = 4243, CALLS = 1500, LAST_CALL = 460, BUFFER = 16 * PAGE,
       FILES = 16, SLACK_KIB = 4096, BALLAST = 8 << 20, GUARD = 16 * PAGE };

/* What each child has done so far; so one sees who sleeps. */
struct progress {
	volatile unsigned long calls;
	long call[7];		/* the last one: for who looks at a crash */
};

static struct progress *progress;
static char dir[64];
static size_t nr_names;		/* that this process uses */
static uint64_t *buffer;
static char *hole;		/* a page; beside it none */

/* ---- what not to call ---- */

static const short never[] = {
	SYS_exit, SYS_exit_group, SYS_reboot,
};

/* By their numbers where they send signals: nobody here is to name those. */
static const short never_as_root[] = {
	129, 130, 131, 138, 240, SYS_process_vm_writev, SYS_prlimit64,
	SYS_setpriority, SYS_sched_setaffinity, SYS_clock_settime,
	SYS_settimeofday, SYS_sethostname, SYS_setdomainname, SYS_clone,
	SYS_clone3, SYS_setsid, SYS_setpgid, SYS_chroot, SYS_vhangup,
};

static bool is_one_of(long call, const short *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == call)
			return true;
	return false;
}

static long pick_call(struct rng *rng, bool root)
{
	long call;

	do
		call = (long)rng_below(rng, LAST_CALL);
	while (is_one_of(call, never, sizeof(never) / sizeof(never[0])) ||
	       (root && is_one_of(call, never_as_root, sizeof(never_as_root) /
				  sizeof(never_as_root[0]))));
	return call;
}

/* ---- arguments ---- */

/* Root has the first ones only, which are all below his directory: he could
 * take /tmp or /dev from others. */
enum { OWN_NAMES = 7 };

static const char *const names[] = {
	"a", "b", "a/b", ".", "", "d", "d/e", "..", "../x", "/proc/self/maps",
	"/proc/self/status", "/proc/self/fd/3", "/proc/self/task", "/dev/null",
	"/dev/zero", "/proc/1/stat", "/proc/sys/fs", "/proc/self/fd",
};

static uint64_t address(struct rng *rng)
{
	uint64_t at = (uint64_t)buffer + rng_below(rng, BUFFER);

	switch (rng_below(rng, 8)) {
	case 0:
		return at; /* not aligned */
	case 1:
		return (uint64_t)hole + PAGE - rng_below(rng, 16);
	case 2:
		return at & ~(uint64_t)(PAGE - 1);
	case 3:
		return (uint64_t)names[rng_below(rng, nr_names)];
	default:
		return at & ~7UL;
	}
}

static uint64_t strange(struct rng *rng)
{
	static const uint64_t list[] = {
		-1UL, 0x7fffffffUL, 0x80000000UL, 0xffffffffUL, 1UL << 63,
		(1UL << 63) - 1, 0xffffffc080200000UL, 0x3ffffff000UL,
		1UL << 38, PAGE - 1, -4096UL, 1UL << 32, -100UL,
	};

	return list[rng_below(rng, sizeof(list) / sizeof(list[0]))];
}

static uint64_t argument(struct rng *rng)
{
	switch (rng_below(rng, 10)) {
	case 0:
	case 1:
	case 2:
		return address(rng);
	case 3:
	case 4:
		return rng_below(rng, FILES); /* a descriptor, a small number */
	case 5:
		return rng_below(rng, 4);
	case 6:
		return 1UL << rng_below(rng, 34); /* a flag, a size */
	case 7:
		return rng_below(rng, 16) * PAGE;
	case 8:
		return rng_next(rng) >> rng_below(rng, 64);
	default:
		return strange(rng);
	}
}

/* ---- a child ---- */

static void fill_buffer(struct rng *rng)
{
	for (unsigned i = 0; i < BUFFER / sizeof(buffer[0]); i++)
		buffer[i] = argument(rng);
}

static void open_some(void)
{
	int ends[2];

	/* Nothing of who started us is in their reach. */
	if (close_range(0, ~0U, 0) < 0 || memfd_create("b", 0) != 0 ||
	    dup(0) != 1 || dup(0) != 2)
		_exit(1);
	mkdir("d", 0700);
	for (const char *const *name = names; name < names + 3; name++)
		if (open(*name, O_RDWR | O_CREAT, 0600) < 0)
			break;
	if (pipe2(ends, O_NONBLOCK) == 0)
		dup(ends[0]);
	open("/proc/self/maps", O_RDONLY);
	open(".", O_RDONLY);
}

static void limit(int resource, unsigned long value)
{
	struct rlimit l = { value, value };

	setrlimit(resource, &l);
}

static void set_limits(void)
{
	limit(RLIMIT_AS, 256UL << 20);
	limit(RLIMIT_FSIZE, 1UL << 20);
	limit(RLIMIT_NOFILE, 64);
	limit(RLIMIT_NPROC, 40);
	limit(RLIMIT_CORE, 0);
}

/* A sleep ends now and then, as long as the calls leave that so. */
static void nothing(int sig TAP_UNUSED)
{
}

static void wake_often(void)
{
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void call_by_chance(struct progress *p, struct rng *rng, bool root)
{
	for (int i = 0; i < CALLS; i++) {
		p->call[0] = pick_call(rng, root);
		for (int k = 1; k < 7; k++)
			p->call[k] = (long)argument(rng);
		syscall(p->call[0], p->call[1], p->call[2], p->call[3],
			p->call[4], p->call[5], p->call[6]);
		p->calls++;
		if (i % 64 == 0)
			fill_buffer(rng);
	}
}

/* Memory with nothing beside it: too long a read ends there. */
static void *guarded(size_t bytes)
{
	char *p = stress_map(bytes + 2 * GUARD, MAP_PRIVATE);

	munmap(p, GUARD);
	munmap(p + GUARD + bytes, GUARD);
	return p + GUARD;
}

static void child(int which, uint64_t turn, bool root)
{
	struct rng rng = rng_of(turn * MAX_THREADS + (uint64_t)which);

	if (chdir(dir) < 0 || setpgid(0, 0) < 0)
		_exit(1);
	set_limits();
	nr_names = root ? OWN_NAMES : sizeof(names) / sizeof(names[0]);
	if (!root && (setgid(USER) < 0 || setuid(USER) < 0))
		_exit(1);
	buffer = guarded(BUFFER);
	hole = guarded(PAGE);
	munmap(stress.shared, sizeof(*stress.shared));
	open_some();
	fill_buffer(&rng);
	wake_often();
	call_by_chance(&progress[which], &rng, root);
	_exit(0);
}

/* ---- around them ---- */

/* All that the user has left: nobody but these children acts for him. */
static void end_all_of_user(void)
{
	pid_t pid = tap_fork();
	int status;

	if (pid == 0) {
		if (setuid(USER) == 0)
			tap_kill_user(USER);
		_exit(0);
	}
	waitpid(pid, &status, 0);
}

/* True: it has ended. */
static bool look_at(pid_t pid, struct stress_seen *seen,
		    const struct progress *p)
{
	unsigned long calls = p->calls;
	int status;

	if (waitpid(pid, &status, WNOHANG) == pid)
		return true;
	seen->looks = calls != seen->count ? 0 : seen->looks + 1;
	seen->count = calls;
	if (seen->looks == 10)
		tap_kill(pid, SIGKILL);
	stress_check(seen->looks < STUCK_LOOKS,
		     "a child cannot be killed, after call %ld",
		     p->call[0]);
	return false;
}

static void watch(pid_t *pids, int n)
{
	struct stress_seen seen[MAX_THREADS] = { 0 };
	int left = n;

	while (left > 0 && !stress_failed()) {
		stress_pause_ms(WATCH_MS);
		for (int i = 0; i < n; i++) {
			if (pids[i] == 0 ||
			    !look_at(pids[i], &seen[i], &progress[i]))
				continue;
			pids[i] = 0;
			left--;
		}
	}
}

static pid_t keep_memory(void)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		memset(stress_map(BALLAST, MAP_PRIVATE), 1, BALLAST);
		for (;;)
			pause();
	}
	return pid;
}

static int remove_shm(int id)
{
	return shmctl(id, IPC_RMID, NULL);
}

static int remove_msg(int id)
{
	return msgctl(id, IPC_RMID, NULL);
}

static int remove_sem(int id)
{
	return semctl(id, 0, IPC_RMID);
}

/* Of one kind, those that are seen in a list which changes by that. */
static int remove_some(const char *path, int (*remove_one)(int id))
{
	FILE *list = fopen(path, "re");
	char line[300];
	int id, n = 0;

	if (list == NULL)
		bail_out("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), list) != NULL)
		if (sscanf(line, "%*d %d", &id) == 1)
			n += remove_one(id) == 0;
	fclose(list);
	return n;
}

/* What System V has is there until somebody removes it. */
static void remove_objects(void)
{
	while (remove_some("/proc/sysvipc/shm", remove_shm) > 0)
		;
	while (remove_some("/proc/sysvipc/msg", remove_msg) > 0)
		;
	while (remove_some("/proc/sysvipc/sem", remove_sem) > 0)
		;
}

static void one_round(uint64_t turn)
{
	bool root = turn % 4 == 3;
	pid_t pids[MAX_THREADS];

	for (int i = 0; i < stress.threads; i++) {
		pids[i] = tap_fork();
		if (pids[i] == 0)
			child(i, turn, root);
	}
	watch(pids, stress.threads);
	end_all_of_user();
	remove_objects();
	stress_round();
}

static void run(char *const argv[])
{
	int status;
	pid_t pid = tap_fork();

	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	stress_check(waitpid(pid, &status, 0) == pid && status == 0,
		     "%s ends with %#x", argv[0], status);
}

static void clean_up(void)
{
	char *argv[] = { "/bin/rm", "-rf", dir, NULL };

	run(argv);
}

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/calls.%d", getpid());
	if (mkdir(dir, 0777) < 0 || chmod(dir, 0777) < 0)
		bail_out("%s: %s", dir, strerror(errno));
}

int main(int argc, char **argv)
{
	long before = free_kib();
	pid_t keeper = 0;

	if (under_qemu_user() || !on_drover() || getuid() != 0)
		skip_all("only root on drover stands this");
	stress_begin(argc, argv, 4, "the kernel stands calls by chance");
	progress = stress_map(MAX_THREADS * sizeof(*progress), MAP_SHARED);
	make_dir();
	if (stress.wrong)
		keeper = keep_memory();
	for (uint64_t turn = 0; stress_go_on(); turn++)
		one_round(turn);
	clean_up();
	wait_for_memory(before - SLACK_KIB, "the calls");
	if (stress.wrong)
		tap_kill(keeper, SIGKILL);
	return stress_end();
}
