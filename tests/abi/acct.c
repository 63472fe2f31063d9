/*
 * tests/abi/acct.c
 *
 * Claim    While acct() has been told a file, each process that ends leaves one
 *          record there, whole, before its parent learns of the end: who it was,
 *          how it ended, what it used. No limit of its own keeps it from that,
 *          and no two mix; where the disk is full, or all but two hundredths of
 *          it are, nothing is written; when
 *          acct(NULL) returns, no more comes.
 * Method   Children that end in each way, one by one, many at once, and while it
 *          is turned on and off; a tmpfs without room.
 * Oracle   Linux. There it is done with TEST_ACCT set only, for it is all of the
 *          machine that is recorded, or of the namespace of process numbers.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/acct.h>
#include <sys/mount.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { USER = 4242, KIB = 1024, MIB = 1024 * KIB };

static char path[64], other[64];

static void make_file(char *name, const char *dir)
{
	int fd;

	snprintf(name, sizeof(path), "%s/acctXXXXXX", dir);
	fd = mkstemp(name);
	if (fd < 0)
		bail_out("%s: %s", name, strerror(errno));
	close(fd);
}

static long size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_size : -1;
}

static long records(void)
{
	return size_of(path) / (long)sizeof(struct acct_v3);
}

/* The record of @pid; false: there is none, or more than one. */
static bool find(pid_t pid, struct acct_v3 *found)
{
	int fd = open(path, O_RDONLY), n = 0;
	struct acct_v3 r;

	while (read(fd, &r, sizeof(r)) == sizeof(r))
		if (r.ac_pid == (unsigned)pid) {
			*found = r;
			n++;
		}
	close(fd);
	return n == 1;
}

static unsigned long decoded(comp_t c)
{
	return (unsigned long)(c & 0x1fff) << 3 * (c >> 13);
}

/* What is recorded of a child that calls @fn. */
static struct acct_v3 record_of(void (*fn)(void))
{
	struct acct_v3 r = { .ac_version = 0 };
	pid_t pid = tap_fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	ok(find(pid, &r), "there is one record, when the parent has waited");
	return r;
}

/* ---- errors ---- */

static int as_user(void *unused TAP_UNUSED)
{
	if (setuid(USER) != 0)
		return 2;
	return acct("/nothing") == -1 && errno == EPERM ? 0 : 1;
}

static void test_errors(void)
{
	is_exit(in_child(as_user, NULL), 0, "who is not root may not");
	fails(acct("/nothing"), ENOENT, "there has to be a file");
	fails(acct((char *)1), EFAULT, "its name has to be readable");
	fails(acct("/dev/null"), EACCES, "a regular one");
	fails(acct("/"), EISDIR, "no directory");
	is_int(acct(NULL), 0, "to turn off what is off is no mistake");
}

/* ---- one record ---- */

static void exit_with_3(void)
{
	_exit(3);
}

static void be_killed(void)
{
	tap_kill(getpid(), SIGKILL);
}

static void test_end(void)
{
	time_t before = time(NULL), after;
	struct acct_v3 r = record_of(exit_with_3);

	after = time(NULL);
	is_int(r.ac_version, 3, "its version, in our order of bytes");
	is_int(r.ac_exitcode, 3 << 8, "how it ended");
	is_int(r.ac_flag & (AFORK | AXSIG | ACORE), AFORK, "it was no program of its own");
	is_int(r.ac_ppid, getpid(), "whose child it was");
	ok(r.ac_btime >= before - 1 && r.ac_btime <= after + 1, "when it began");
	is_int(r.ac_uid, getuid(), "whose it was");
	ok(strncmp(r.ac_comm, "acct", 16) == 0, "its name: %.16s", r.ac_comm);
	ok(decoded(r.ac_mem) > 0 && decoded(r.ac_minflt) > 0, "it had memory");
	is_int(r.ac_swaps, 0, "there is nothing that counts swaps");
	r = record_of(be_killed);
	is_int(r.ac_exitcode, SIGKILL, "by a signal");
	is_int(r.ac_flag & (AXSIG | ACORE), AXSIG, "says the flag, too");
}

static void exec_true(void)
{
	execl("/proc/self/exe", "another", "end", NULL);
}

static void be_user(void)
{
	struct rlimit none = { 0, 0 };

	signal(SIGXFSZ, SIG_DFL);
	setrlimit(RLIMIT_FSIZE, &none);
	prctl(PR_SET_NAME, "a name");
	if (setgid(USER + 1) != 0 || setuid(USER) != 0)
		_exit(1);
}

static void test_program(void)
{
	struct acct_v3 r = record_of(exec_true);

	is_int(r.ac_flag & AFORK, 0, "a program of its own");
	is_int(r.ac_exitcode, 7 << 8, "ended, as it did");
	r = record_of(be_user);
	is_int(r.ac_uid, USER, "a user's, who may not write any file");
	is_int(r.ac_gid, USER + 1, "and a group's");
	is_int(r.ac_exitcode, 0, "does not notice");
	ok(strncmp(r.ac_comm, "a name", 16) == 0, "and has the name it wants");
}

static void use_much(void)
{
	struct rusage used;
	void *p = mmap(NULL, 64 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	do
		getrusage(RUSAGE_SELF, &used);
	while (p != MAP_FAILED && used.ru_utime.tv_sec + used.ru_stime.tv_sec < 1);
}

static void test_usage(void)
{
	struct acct_v3 r = record_of(use_much);
	unsigned long run = decoded(r.ac_utime) + decoded(r.ac_stime);

	ok(run >= 100, "a second of processor time, in hundredths: %lu", run);
	ok(r.ac_etime >= 100, "took one at least: %d", (int)r.ac_etime);
	ok(decoded(r.ac_mem) >= 64 * KIB && decoded(r.ac_mem) < 1024 * KIB,
	   "so many KiB were mapped: %lu", decoded(r.ac_mem));
}

static void *wait_for_ever(void *unused TAP_UNUSED)
{
	pause();
	return NULL;
}

static void have_threads(void)
{
	pthread_t t;

	for (int i = 0; i < 4; i++)
		tap_thread(&t, NULL, wait_for_ever, NULL);
	_exit(5);
}

static void test_threads(void)
{
	is_int(record_of(have_threads).ac_exitcode, 5 << 8, "however many threads");
}

/* ---- many ---- */

enum { MANY = 200 };

static void test_many(void)
{
	static pid_t pids[MANY];
	struct acct_v3 r;
	long before = records();
	int found = 0;

	for (int i = 0; i < MANY; i++) {
		pids[i] = tap_fork();
		if (pids[i] == 0)
			_exit(0);
	}
	for (int i = 0; i < MANY; i++)
		waitpid(pids[i], NULL, 0);
	for (int i = 0; i < MANY; i++)
		found += find(pids[i], &r);
	is_int(found, MANY, "each of many at once has one");
	ok(records() >= before + MANY, "none is in another's place");
	is_int(size_of(path) % (long)sizeof(r), 0, "and none is cut");
}

/* ---- on, off, elsewhere ---- */

static int end(void *unused TAP_UNUSED)
{
	return 0;
}

static void end_child(void)
{
	is_exit(in_child(end, NULL), 0, "a child ends");
}

static void test_switch(void)
{
	long before = records();
	struct acct_v3 r;

	is_int(acct(other), 0, "another file");
	ok(find(getpid(), &r) && records() > before,
	   "who says so is the last in the old one");
	before = records();
	end_child();
	is_int(records(), before, "the old one has no more");
	ok(size_of(other) >= (long)sizeof(r), "the new one has");
	is_int(acct(NULL), 0, "off");
	before = size_of(other);
	end_child();
	is_int(size_of(other), before, "and nobody writes it down");
}

enum { ENDERS = 3, ENDS = 40 };

static void end_often(void)
{
	for (int i = 0; i < ENDS; i++) {
		pid_t pid = tap_fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	_exit(0);
}

/* Whoever ends meanwhile finds the file, or finds none. */
static void test_switch_often(void)
{
	long switches = 0;

	for (int i = 0; i < ENDERS; i++)
		if (tap_fork() == 0)
			end_often();
	for (; waitpid(-1, NULL, WNOHANG) >= 0; switches++) {
		acct(path);
		acct(NULL);
	}
	ok(switches > 0 && records() > 0, "on and off %ld times, while others end", switches);
	is_int(size_of(path) % (long)sizeof(struct acct_v3), 0, "no record is cut");
}

/* ---- no room ---- */

static char room[64], filler[80];

static void fill(void)
{
	static char block[4096];
	int fd = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0600);

	while (write(fd, block, sizeof(block)) > 0)
		;
	is_int(errno, ENOSPC, "the disk is full");
	close(fd);
}

static void test_full(void)
{
	make_file(path, room);
	fill();
	is_int(acct(path), 0, "on");
	end_child();
	is_int(size_of(path), 0, "nothing is written");
	is_int(acct(NULL), 0, "off");
	unlink(filler);
	is_int(acct(path), 0, "on, with room");
	end_child();
	ok(records() >= 1, "it is written");
	is_int(acct(NULL), 0, "off");
	unlink(path);
}

enum { RECORD = sizeof(struct acct_v3), BEFORE = 4096 - RECORD - RECORD / 2 };

/* How many are behind what was there before; -1: the last is cut. */
static long records_behind(void)
{
	long bytes = size_of(path) - BEFORE;

	return bytes % RECORD == 0 ? bytes / RECORD : -1;
}

/* A page that is there has room for half of one.  Linux may leave that half. */
static void test_half(void)
{
	long some;

	if (access("/proc/drover", F_OK) != 0) {
		skip(11, "a half may stay");
		return;
	}
	make_file(path, room);
	is_int(truncate(path, BEFORE), 0, "a page with room for one and a half");
	is_int(acct(path), 0, "on");
	end_child();
	some = records_behind();
	ok(some >= 1, "one is written");
	fill();
	end_child();
	is_int(records_behind(), some, "no half is");
	unlink(filler);
	is_int(acct(NULL), 0, "off");
	is_int(acct(path), 0, "on, with room");
	end_child();
	ok(records_behind() > some, "a whole one is, across the end of the page");
	is_int(acct(NULL), 0, "off");
	unlink(path);
}

/* @path's disk has @blocks left.  An empty file takes none. */
static void leave(unsigned long blocks)
{
	static char block[4096];
	int fd = open(filler, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct statvfs s = { .f_bavail = 0 };

	while (statvfs(room, &s) == 0 && s.f_bavail > blocks)
		if (write(fd, block, sizeof(block)) != sizeof(block))
			bail_out("%s: %s", filler, strerror(errno));
	close(fd);
	is_int((long)s.f_bavail, (long)blocks, "%lu of %lu blocks are left", blocks,
	       (unsigned long)s.f_blocks);
}

/* Looked at when the first record is written. */
static void test_nearly_full(void)
{
	enum { BLOCKS = 64, LEAST = BLOCKS * 2 / 100 };

	make_file(path, room);
	leave(LEAST);
	is_int(acct(path), 0, "on");
	end_child();
	is_int(size_of(path), 0, "two hundredths are too little");
	is_int(acct(NULL), 0, "off");
	leave(LEAST + 1);
	is_int(acct(path), 0, "on, with one more");
	end_child();
	ok(records() >= 1, "that is enough");
	is_int(acct(NULL), 0, "off");
	unlink(filler);
	unlink(path);
}

static void test_room(void)
{
	snprintf(room, sizeof(room), "/tmp/acct-%d", getpid());
	snprintf(filler, sizeof(filler), "%s/filler", room);
	if (mkdir(room, 0700) != 0 ||
	    mount("acct", room, "tmpfs", 0, "size=256k") != 0)
		bail_out("a tmpfs: %s", strerror(errno));
	test_full();
	test_nearly_full();
	test_half();
	is_int(umount(room), 0, "nobody uses it any more");
	rmdir(room);
}

int main(int argc, char **argv TAP_UNUSED)
{
	if (argc > 1)
		return 7;
	if (geteuid() != 0)
		skip_all("needs root");
	if (access("/proc/drover", F_OK) != 0 && !getenv("TEST_ACCT"))
		skip_all("it would be the host's processes; TEST_ACCT is not set");
	make_file(path, "/tmp");
	make_file(other, "/tmp");
	test_errors();
	is_int(acct(path), 0, "on");
	test_end();
	test_program();
	test_usage();
	test_threads();
	test_many();
	test_switch();
	test_switch_often();
	unlink(path);
	unlink(other);
	test_room();
	return done_testing();
}
