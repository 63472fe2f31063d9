/*
 * exec_secret.c - a process gives up its secrets by exec, while others look.
 *
 * Claim:  who may look into a process because of what it is now does not see
 *         what it was before: memory and the right to it are of one moment.
 * Method: a process of root's becomes a user's, so that nobody but root may
 *         see its memory any more, in which there is a word.  It calls exec on
 *         this program, which has no secrets and lives for a moment.  The user
 *         opens its mem and calls process_vm_readv() all the time.
 * Oracle: the word is never read, and now and then the new program's is.
 * -X:     the process was the user's from the beginning.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/prctl.h>
#include <sys/uio.h>

enum { USER = 1000, SECRET = 0x5ec2e7, OPEN = 0x0fe4 };
#define PLACE ((volatile long *)0x2000000000)

static struct shared {
	volatile pid_t pid;
	volatile bool over;
	unsigned long opened; /* looks that saw a new program's memory */
} *shared;

static void map_place(long word)
{
	if (mmap((void *)PLACE, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	*PLACE = word;
}

/* ---- the process that is looked at ---- */

static int be_new(void)
{
	map_place(OPEN);
	for (int i = 0; i < 5; i++)
		sched_yield();
	return 0;
}

static void become_user(void)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		bail_out("setresuid: %s", strerror(errno));
}

static void be_old(struct rng *rng)
{
	map_place(SECRET);
	become_user();
	if (stress.wrong)
		prctl(PR_SET_DUMPABLE, 1);
	rng_dither(rng);
	execl("/proc/self/exe", "exec_secret", "new", NULL);
	_exit(1);
}

/* ---- the user ---- */

static void check_word(long word)
{
	stress_check(word != SECRET, "the secret of an older program was read");
	if (word == OPEN)
		__atomic_fetch_add(&shared->opened, 1, __ATOMIC_RELAXED);
}

static void read_mem(pid_t pid)
{
	char path[40];
	long word = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (pread(fd, &word, sizeof(word), (long)PLACE) == sizeof(word))
		check_word(word);
	close(fd);
}

static void read_vm(pid_t pid)
{
	long word = 0;
	struct iovec here = { &word, sizeof(word) };
	struct iovec there = { (void *)PLACE, sizeof(word) };

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(word))
		check_word(word);
}

static void look_in(long me)
{
	become_user();
	while (!shared->over && !stress_failed()) {
		pid_t pid = shared->pid;

		if (pid == 0)
			sched_yield();
		else if (me % 2)
			read_vm(pid);
		else
			read_mem(pid);
	}
}

static void run_worker(long me)
{
	struct rng rng = rng_of((uint64_t)me);

	if (me != 0) {
		look_in(me);
		return;
	}
	while (stress_go_on()) {
		pid_t pid = tap_fork();

		if (pid == 0)
			be_old(&rng);
		shared->pid = pid;
		waitpid(pid, NULL, 0);
		rng_next(&rng);
		if (shared->opened > 0)
			stress_round();
	}
	shared->over = true;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "new") == 0)
		return be_new();
	if (geteuid() != 0)
		skip_all("only root has secrets from a user");
	stress_begin(argc, argv, 3, "what a process was is not seen by who may see what it is");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	stress_children(stress.threads, run_worker);
	return stress_end();
}
