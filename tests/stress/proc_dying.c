/*
 * proc_dying.c - /proc/PID while that process is born, changes and dies.
 *
 * Claim:  what is read of another process is of one moment and of that
 *         process, or an error: its memory is never another's, its ids are
 *         never those of two moments, however soon it execs, exits or is
 *         reaped while somebody reads.
 * Method: keepers fork one subject after the other.  Each stores its number to
 *         a page at a place of its own choosing, changes its user ids to and
 *         fro if it may, has a thread that comes and goes, calls exec or
 *         exits.  Readers look at them all the time: mem, maps, status,
 *         cmdline, exe, fd, task and process_vm_readv().
 * Oracle: the word is the subject's number or nothing yet; effective and file
 *         system id agree, and are the real or the saved one.  The lab build
 *         finds memory that is used after it was freed, the release build dies.
 * -X:     the subject stores another number.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <sys/uio.h>

enum { SUBJECTS = 2, ID = 1000 };
#define PLACE ((volatile long *)0x2000000000)

static struct shared {
	volatile pid_t pid[SUBJECTS];
	volatile bool over;
} *shared;

/* ---- subjects ---- */

static void *come_and_go(void *unused)
{
	sched_yield();
	return unused;
}

static void change_ids(unsigned user)
{
	if (setresuid(user, user, 0) == 0 && setresuid(0, 0, 0) != 0)
		_exit(1);
	if (setresuid(user + 1, user + 1, 0) == 0)
		(void)!setresuid(-1, 0, -1);
}

static void be_subject(unsigned way)
{
	pthread_t t;

	*PLACE = getpid() + stress.wrong;
	if (way & 1)
		tap_thread(&t, NULL, come_and_go, NULL);
	change_ids(ID + way);
	if (way & 2)
		execl("/proc/self/exe", "proc_dying", "new", NULL);
	if (way & 4)
		sched_yield();
	_exit(0);
}

static void keep_subjects(long me)
{
	struct rng rng = rng_of((uint64_t)me);

	while (stress_go_on()) {
		unsigned way = (unsigned)rng_below(&rng, 8);
		pid_t pid = tap_fork();

		if (pid == 0)
			be_subject(way);
		shared->pid[me] = pid;
		if (rng_below(&rng, 2))
			rng_dither(&rng);
		waitpid(pid, NULL, 0);
		stress_round();
	}
	shared->over = true;
}

/* ---- readers ---- */

static int open_about(pid_t pid, const char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void check_word(pid_t pid, long word, const char *how)
{
	stress_check(word == 0 || word == pid, "the word of %d, by %s, is %ld",
		     pid, how, word);
}

/* Opened once, read twice: it may be gone in between. */
static void read_memory(pid_t pid)
{
	int fd = open_about(pid, "mem");
	long word;

	if (fd < 0)
		return;
	for (int i = 0; i < 2; i++) {
		if (pread(fd, &word, sizeof(word), (long)PLACE) == sizeof(word))
			check_word(pid, word, "mem");
		sched_yield();
	}
	close(fd);
}

static void read_vm(pid_t pid)
{
	long word;
	struct iovec here = { &word, sizeof(word) };
	struct iovec there = { (void *)PLACE, sizeof(word) };

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(word))
		check_word(pid, word, "process_vm_readv()");
}

/* The whole text, if it is short; false: there is none. */
static bool read_text(pid_t pid, const char *name, char *text, size_t size)
{
	int fd = open_about(pid, name);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static void read_ids(pid_t pid)
{
	unsigned real, effective, saved, fs;
	char text[2000], *line;

	if (!read_text(pid, "status", text, sizeof(text)))
		return;
	line = strstr(text, "Uid:");
	if (line == NULL || sscanf(line, "Uid: %u %u %u %u", &real, &effective,
				   &saved, &fs) != 4)
		return;
	stress_check(effective == fs && (effective == real || effective == saved),
		     "%d has the user ids %u %u %u %u", pid, real, effective,
		     saved, fs);
}

static void read_texts(pid_t pid)
{
	static const char *const names[] = { "maps", "cmdline", "stat", "statm",
					     "task", "fd" };
	char text[2000];

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		read_text(pid, names[i], text, sizeof(text));
}

static void read_links(pid_t pid)
{
	static const char *const names[] = { "exe", "cwd", "fd/0", "fd/1" };
	char path[40], text[200];

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[i]);
		(void)!readlink(path, text, sizeof(text));
	}
	nr_threads(pid);
}

static void read_all_the_time(long me)
{
	static void (*const reads[])(pid_t) = {
		read_memory, read_vm, read_ids, read_texts, read_links,
	};
	struct rng rng = rng_of(100 + (uint64_t)me);

	while (!shared->over && !stress_failed()) {
		pid_t pid = shared->pid[rng_below(&rng, SUBJECTS)];

		if (pid == 0)
			sched_yield();
		else
			reads[rng_below(&rng, sizeof(reads) / sizeof(*reads))](pid);
	}
}

static void run_worker(long me)
{
	if (me < SUBJECTS)
		keep_subjects(me);
	else
		read_all_the_time(me);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "new") == 0)
		return 0;
	stress_begin(argc, argv, SUBJECTS + 2, "/proc tells of one process at one moment");
	if (stress.threads <= SUBJECTS)
		stress.threads = SUBJECTS + 1;
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	if (mmap((void *)PLACE, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	stress_children(stress.threads, run_worker);
	return stress_end();
}
