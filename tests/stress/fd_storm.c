/*
 * tests/stress/fd_storm.c
 *
 * Claim    A descriptor is one open file at any moment: what is read through
 *          it is kept while the call lasts, dup2() exchanges it in one, a
 *          table that grows loses nothing, and fork() copies a table as it
 *          was at one moment.
 * Method   Each file says its number. Some exchange a descriptor by dup2(),
 *          whose old file goes with it; open and close another one; move a
 *          third one up and down, each time further, so that the table
 *          grows; others read them, and fork. By turns they are threads of
 *          one process, and processes of one thread that share their table.
 * Oracle   The exchanged descriptor reads as one of its files, always; the
 *          opened one as one of others, or is not open; of the third one's
 *          two places a child finds at least one. A lab kernel sees a file
 *          that is used after its last put.
 * Catches  A file that was found without a lock and is not there any more, or
 *          is held although it is dead; slots that are freed below who looks
 *          at them; a thread that thinks it is alone with its table; dup2()
 *          that closes first; a copy of the table that is too small.
 * -X       The descriptor is closed and then opened again.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/syscall.h>

enum {
	TURNED = 20,		/* always open */
	LOW = 21,		/* or its second place */
	FIRST_HIGH = 40, LAST_HIGH = 1000,
	TURNS = 60,
	FILES = 4,		/* of TURNED; as many again are opened */
};

static struct shared {
	struct meeting start;
	int left;		/* who has turns to do */
	int passing;		/* the number of what is opened and closed */
} *shared;

static bool go_on(void)
{
	return __atomic_load_n(&shared->left, __ATOMIC_ACQUIRE) > 0 &&
	       !stress_failed();
}

static void is_over(void)
{
	__atomic_fetch_sub(&shared->left, 1, __ATOMIC_ACQ_REL);
}

static int open_number(long k)
{
	char name[40];

	snprintf(name, sizeof(name), "file.%ld", k);
	return open(name, O_RDWR | O_CREAT, 0600);
}

/* ---- who changes the table ---- */

static void turn(void)
{
	for (int i = 0; i < TURNS; i++) {
		int fd = open_number(i % FILES);

		if (stress.wrong) {
			close(TURNED);
			sched_yield();
		}
		stress_check(dup2(fd, TURNED) == TURNED, "dup2: errno %d",
			     errno);
		stress_check(close(fd) == 0, "close: errno %d", errno);
	}
}

static void open_and_close(void)
{
	for (int i = 0; i < TURNS; i++) {
		int fd = open_number(FILES + i % FILES);

		__atomic_store_n(&shared->passing, fd, __ATOMIC_RELEASE);
		if (i % 4 == 0)
			sched_yield();
		stress_check(close(fd) == 0, "close(%d): errno %d", fd, errno);
	}
}

static int next_high(int high)
{
	return high + high / 4;
}

/* One of the two is open at any moment. */
static void move(void)
{
	for (int high = FIRST_HIGH; high < LAST_HIGH; high = next_high(high)) {
		if (dup2(LOW, high) < 0 || close(LOW) < 0 ||
		    dup2(high, LOW) < 0 || close(high) < 0)
			stress_check(false, "to %d: errno %d", high, errno);
	}
}

/* ---- who looks ---- */

/* The number of what @fd is, or -1. */
static long number_of(int fd)
{
	long k;
	ssize_t n = pread(fd, &k, sizeof(k), 0);

	stress_check(n == sizeof(k) || (n < 0 && errno == EBADF),
		     "pread(%d) gives %zd, errno %d", fd, n, errno);
	return n == sizeof(k) ? k : -1;
}

static void look_at_turned(void)
{
	long k = number_of(TURNED);

	stress_check(k >= 0 && k < FILES,
		     "what dup2() exchanges reads as %ld", k);
}

static void look_at_passing(void)
{
	int fd = __atomic_load_n(&shared->passing, __ATOMIC_ACQUIRE);
	long k = number_of(fd);

	/* The number may be anybody's by now. */
	stress_check(k >= -1 && k < 2 * FILES, "%d reads as %ld", fd, k);
}

static void look(void)
{
	do {
		look_at_turned();
		look_at_passing();
	} while (go_on());
}

static bool moved_is_open(void)
{
	if (fcntl(LOW, F_GETFD) >= 0)
		return true;
	for (int high = FIRST_HIGH; high < LAST_HIGH; high = next_high(high))
		if (fcntl(high, F_GETFD) >= 0)
			return true;
	return false;
}

static void look_as_child(void)
{
	look_at_turned();
	stress_check(moved_is_open(),
		     "fork() has lost what was moved meanwhile");
	_exit(0);
}

/* vfork() copies the table as well, and little else. */
static void fork_and_look(void)
{
	unsigned i = 0;

	do {
		int status;
		pid_t pid = i++ % 4 == 0 ? tap_fork() : tap_started(vfork());

		if (pid == 0)
			look_as_child();
		waitpid(pid, &status, 0);
		stress_check(status == 0, "a child: wait status %#x", status);
	} while (go_on());
}

/* ---- a round ---- */

static void (*const roles[])(void) = {
	turn, open_and_close, move, look, look, fork_and_look,
};

enum { NR_ROLES = 6, NR_CHANGING = 3 };

static void play(long role)
{
	meet(&shared->start, NR_ROLES);
	roles[role]();
	if (role < NR_CHANGING)
		is_over();
}

static void *play_as_thread(void *role)
{
	play((long)role);
	return NULL;
}

/* A child of one thread, with its parent's table. */
static pid_t fork_sharing_files(void)
{
	return tap_started(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0,
				   0));
}

static void play_as_processes(void)
{
	for (long role = 0; role < NR_ROLES; role++)
		if (fork_sharing_files() == 0) {
			play(role);
			_exit(0);
		}
	stress_reap();
}

static void open_all(void)
{
	int fd = open_number(0);

	if (dup2(fd, TURNED) < 0 || dup2(fd, LOW) < 0)
		bail_out("dup2: %s", strerror(errno));
	close(fd);
}

/* In a process of its own, for a table never becomes smaller. */
static void one_round(bool threads)
{
	shared->left = NR_CHANGING;
	shared->passing = -1;
	if (tap_fork() == 0) {
		open_all();
		if (threads)
			stress_threads(NR_ROLES, play_as_thread);
		else
			play_as_processes();
		_exit(0);
	}
	stress_reap();
	stress_round();
}

static void make_files(void)
{
	for (long k = 0; k < 2 * FILES; k++) {
		int fd = open_number(k);

		if (fd < 0 || write(fd, &k, sizeof(k)) != sizeof(k))
			bail_out("file.%ld: %s", k, strerror(errno));
		close(fd);
	}
}

static void remove_files(void)
{
	char name[40];

	for (int k = 0; k < 2 * FILES; k++) {
		snprintf(name, sizeof(name), "file.%d", k);
		unlink(name);
	}
}

int main(int argc, char **argv)
{
	char dir[] = "fd_storm.XXXXXX";

	stress_begin(argc, argv, NR_ROLES,
		     "a descriptor is one open file at any moment");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("%s: %s", dir, strerror(errno));
	make_files();
	for (int i = 0; stress_go_on(); i++)
		one_round(i % 2);
	remove_files();
	if (chdir("..") < 0 || rmdir(dir) < 0)
		diag("%s: %s", dir, strerror(errno));
	return stress_end();
}
