/*
 * tests/abi/proc_mem.c
 *
 * Claim    /proc/PID/mem reads what is mapped, whatever its rights; it writes
 *          to private mappings that are read-only, into a copy that only this
 *          process sees; it refuses shared ones, holes, and other users, to whom
 *          maps, environ and their like are not opened either.
 * Method   A file mapped private, shared, without rights; a hole; a child
 *          written to while it sleeps; children that give up their user.
 * Oracle   Linux. Without root the last part is skipped, as is what a
 *          hardened kernel refuses.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

enum { PAGE = 4096, FILE_SIZE = 2 * PAGE };

static int mem, file;

static void open_file(void)
{
	char page[FILE_SIZE];

	memset(page, 'f', sizeof(page));
	unlink("mapped");
	file = open("mapped", O_RDWR | O_CREAT, 0644);
	if (file < 0 || write(file, page, FILE_SIZE) != FILE_SIZE)
		bail_out("make a file: %s", strerror(errno));
	mem = open("/proc/self/mem", O_RDWR);
	if (mem < 0)
		bail_out("/proc/self/mem: %s", strerror(errno));
}

static char *map_file(int prot, int flags)
{
	char *p = mmap(NULL, FILE_SIZE, prot, flags, file, 0);

	if (p == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return p;
}

static long mem_write(int fd, const void *at, char c)
{
	return pwrite(fd, &c, 1, (long)at);
}

static char mem_read(const void *at)
{
	char c = '?';

	return pread(mem, &c, 1, (long)at) == 1 ? c : '!';
}

static char in_file(long at)
{
	char c = '?';

	return pread(file, &c, 1, at) == 1 ? c : '!';
}

/* ---- one's own memory ---- */

/* What some kernels are configured to refuse; then the rest makes no sense. */
static bool force_is_allowed(void)
{
	char *p = map_file(PROT_READ, MAP_PRIVATE);
	bool allowed = mem_write(mem, p, 'x') == 1;

	munmap(p, FILE_SIZE);
	return allowed;
}

static void test_private(void)
{
	char *p = map_file(PROT_READ, MAP_PRIVATE);
	char *other = map_file(PROT_READ, MAP_SHARED);

	is_int(mem_write(mem, p + 1, 'x'), 1, "write to a private read-only page");
	is_int(p[1], 'x', "the mapping has it");
	is_int(p[0], 'f', "and the file's bytes around it");
	is_int(in_file(1), 'f', "the file has not");
	is_int(other[1], 'f', "nor has another mapping of it");
	is_int(mem_write(mem, p + 2, 'y'), 1, "write again");
	is_int(p[1] == 'x' && p[2] == 'y', 1, "it is the same copy");
	is_int(madvise(p, PAGE, MADV_DONTNEED), 0, "discard it");
	is_int(p[1], 'f', "and see the file again");
	munmap(p, FILE_SIZE);
	munmap(other, FILE_SIZE);
}

static int store_to(void *at)
{
	*(volatile char *)at = 'z';
	return 0;
}

static void test_rights_stay(void)
{
	char *p = map_file(PROT_READ, MAP_PRIVATE);

	mem_write(mem, p, 'x');
	is_killed(in_child(store_to, p), SIGSEGV,
		  "the copy is as read-only as the mapping");
	is_int(p[0], 'x', "a child's store did not come through");
	is_int(mprotect(p, FILE_SIZE, PROT_NONE), 0, "no rights at all");
	is_int(mem_read(p), 'x', "it can be read");
	is_int(mem_write(mem, p, 'y'), 1, "and written");
	is_int(mprotect(p, FILE_SIZE, PROT_READ | PROT_WRITE), 0, "all rights");
	is_int(p[0], 'y', "that was the write");
	is_int(in_file(0), 'f', "not in the file");
	munmap(p, FILE_SIZE);
}

/* After a fork the page has two owners. */
static int write_in_child(void *at)
{
	int fd = open("/proc/self/mem", O_RDWR);

	return !(mem_write(fd, at, 'c') == 1 && *(volatile char *)at == 'c');
}

static void test_fork(void)
{
	char *p = map_file(PROT_READ, MAP_PRIVATE);

	mem_write(mem, p, 'x');
	is_exit(in_child(write_in_child, p), 0, "a child writes by force");
	is_int(p[0], 'x', "the parent's copy is its own");
	munmap(p, FILE_SIZE);
}

static void test_shared(void)
{
	char *p = map_file(PROT_READ, MAP_SHARED);
	char *w = map_file(PROT_READ | PROT_WRITE, MAP_SHARED);

	fails(mem_write(mem, p, 'x'), EIO, "a shared read-only page is refused");
	is_int(in_file(0), 'f', "the file is as it was");
	is_int(mem_write(mem, w, 'x'), 1, "a shared writable one is not");
	is_int(in_file(0), 'x', "the file has it");
	mem_write(mem, w, 'f');
	munmap(p, FILE_SIZE);
	munmap(w, FILE_SIZE);
}

static void test_holes(void)
{
	char *p = map_file(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	char buf[2 * PAGE];

	munmap(p + PAGE, PAGE);
	fails(pread(mem, buf, 1, (long)p + PAGE), EIO, "a hole is not read");
	fails(mem_write(mem, p + PAGE, 'x'), EIO, "nor written");
	fails(pread(mem, buf, 1, 0), EIO, "nor is page 0");
	is_int(pread(mem, buf, 2 * PAGE, (long)p + PAGE - 10), 10,
	       "a read stops before a hole");
	memset(buf, 'w', sizeof(buf));
	is_int(pwrite(mem, buf, 2 * PAGE, (long)p + PAGE - 10), 10,
	       "so does a write");
	is_int(p[PAGE - 1] == 'w' && p[PAGE - 11] == 'f', 1, "where it should");
	is_int(pread(mem, buf, 0, (long)p + PAGE), 0, "no bytes are no error");
	munmap(p, PAGE);
}

static void test_beyond_end(void)
{
	char *p = map_file(PROT_READ, MAP_PRIVATE);

	is_int(ftruncate(file, PAGE), 0, "truncate the file");
	fails(mem_write(mem, p + PAGE, 'x'), EIO,
	      "beyond its end nothing is written");
	is_int(mem_write(mem, p, 'x'), 1, "before it is");
	ftruncate(file, FILE_SIZE);
	munmap(p, FILE_SIZE);
}

static void test_position(void)
{
	static char word[] = "word", *volatile nowhere = (char *)1;
	char c;

	is_int(lseek(mem, (long)word, SEEK_SET), (long)word, "seek");
	is_int(read(mem, &c, 1) == 1 && c == 'w', 1, "read moves on");
	is_int(write(mem, "a", 1), 1, "write there");
	ok(strcmp(word, "ward") == 0, "it is the next byte: %s", word);
	is_int(lseek(mem, 1, SEEK_CUR), (long)word + 3, "seek from there");
	fails(lseek(mem, 0, SEEK_END), EINVAL, "there is no end");
	fails(pread(mem, nowhere, 1, (long)word), EFAULT, "a bad buffer");
}

/* ---- another process's ---- */

static int open_mem(pid_t pid)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return open(path, O_RDWR);
}

static pid_t start_sleeper(void (*prepare)(void), int *told)
{
	int said[2];
	char c;
	pid_t pid;

	if (pipe(said) < 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		close(said[0]);
		if (prepare != NULL)
			prepare();
		if (write(said[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(said[1]);
	if (read(said[0], &c, 1) != 1)
		bail_out("a child does not start");
	*told = said[0];
	return pid;
}

static void end_sleeper(pid_t pid, int told)
{
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(told);
}

static void test_child(void)
{
	static volatile char cell = 'p';
	int told, fd;
	pid_t pid = start_sleeper(NULL, &told);
	char c = '?';

	fd = open_mem(pid);
	ok(fd >= 0, "a child's memory");
	is_int(mem_write(fd, (char *)&cell, 'c'), 1, "is written");
	is_int(pread(fd, &c, 1, (long)&cell), 1, "and read");
	is_int(c, 'c', "as it was written");
	is_int(cell, 'p', "ours is not the child's");
	end_sleeper(pid, told);
	is_int(pread(fd, &c, 1, (long)&cell), 0, "a dead process has no memory");
	close(fd);
	fails(open_mem(pid), ENOENT, "nor a directory");
}

/* ---- users ---- */

enum { USER = 1000, OTHER = 1001 };

static void become(int user)
{
	if (setgid(user) < 0 || setuid(user) < 0)
		_exit(99);
}

static void become_user(void)
{
	become(USER);
}

static void become_open_user(void)
{
	become(USER);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

struct look {
	pid_t pid;
	int user;
};

/* The errno that @user gets. */
static int look_as(void *arg)
{
	const struct look *look = arg;

	become(look->user);
	return open_mem(look->pid) < 0 ? errno : 0;
}

/* The same of what else there is about the memory, and the descriptors: 0, or which
 * one does not say EACCES; 99: all could be opened. */
static int look_at_texts_as(void *arg)
{
	static const char *const names[] = { "auxv", "environ", "maps", "smaps",
					     "smaps_rollup", "fdinfo/0" };
	const struct look *look = arg;
	int wrong = 0, opened = 0, nr = sizeof(names) / sizeof(names[0]);

	become(look->user);
	for (int i = 0; i < nr; i++) {
		char path[60];

		snprintf(path, sizeof(path), "/proc/%d/%s", look->pid, names[i]);
		if (open(path, O_RDONLY) >= 0)
			opened++;
		else if (errno == EACCES)
			continue;
		wrong = i + 1;
	}
	return opened == nr ? 99 : wrong;
}

static int look_at_self(void *arg)
{
	int fd;

	become(USER);
	prctl(PR_SET_DUMPABLE, (long)arg, 0, 0, 0);
	fd = open("/proc/self/mem", O_RDONLY);
	return fd < 0 ? errno : 0;
}

static int dumpable_after(void *arg)
{
	if (arg != NULL)
		become(USER);
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static void test_users(void)
{
	int told;
	pid_t pid;

	if (geteuid() != 0) {
		skip(11, "not root");
		return;
	}
	pid = start_sleeper(become_open_user, &told);
	is_exit(in_child(look_as, &(struct look){ pid, USER }), 0,
		"the same user may look");
	is_exit(in_child(look_as, &(struct look){ pid, OTHER }), EACCES,
		"another one may not");
	is_exit(in_child(look_at_texts_as, &(struct look){ pid, USER }), 99,
		"the same user opens what tells of it");
	is_exit(in_child(look_at_texts_as, &(struct look){ pid, OTHER }), 0,
		"another one does not");
	end_sleeper(pid, told);
	pid = start_sleeper(become_user, &told);
	is_exit(in_child(look_as, &(struct look){ pid, USER }), EACCES,
		"nor the same, at one that has changed its user");
	ok(open_mem(pid) >= 0, "root may");
	end_sleeper(pid, told);
	is_exit(in_child(look_as, &(struct look){ getpid(), USER }), EACCES,
		"nobody looks at root");
	is_exit(in_child(look_at_self, (void *)1L), 0, "one may look at oneself");
	is_exit(in_child(look_at_self, (void *)0L), EACCES, "unless not dumpable");
	is_exit(in_child(dumpable_after, NULL), 1, "one is dumpable");
	is_exit(in_child(dumpable_after, ""), 0, "until one changes one's user");
}

int main(void)
{
	open_file();
	if (!force_is_allowed())
		skip_all("this kernel allows no forced writes");
	plan(58);
	test_private();
	test_rights_stay();
	test_fork();
	test_shared();
	test_holes();
	test_beyond_end();
	test_position();
	test_child();
	test_users();
	return done_testing();
}
