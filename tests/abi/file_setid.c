/*
 * tests/abi/file_setid.c
 *
 * Claim    Set-ID bits go when what they vouch for goes: the owner, the group
 *          or the contents; before the first new byte, and not when nothing
 *          changes.  Who does not own a file changes none of it, not even by
 *          asking for no new owner.
 * Method   Files of several modes, changed by root and by user 1000, whose
 *          groups are 1000 and 2000.
 * Oracle   Linux on tmpfs.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const char *name = "file_setid.tmp";

/* Owned by user 1000 of group 1000, one byte long. */
static void make(int mode)
{
	int fd;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fchown(fd, 1000, 1000) < 0 ||
	    fchmod(fd, mode) < 0)
		bail_out("%s: %s", name, strerror(errno));
	close(fd);
}

static int mode_now(void)
{
	struct stat st;

	return stat(name, &st) == 0 ? (int)(st.st_mode & 07777) : -1;
}

/* ---- by user 1000; each gives an errno ---- */

static void become_user(unsigned uid)
{
	const gid_t more[] = { 2000 };

	if (setgroups(1, more) || setresgid(1000, 1000, 1000) ||
	    setresuid(uid, uid, uid))
		_exit(99);
}

static int do_write(void)
{
	int fd = open(name, O_WRONLY);

	return write(fd, "y", 1) == 1 ? 0 : errno;
}

static int do_write_nothing(void)
{
	int fd = open(name, O_WRONLY);

	return write(fd, "y", 0) == 0 ? 0 : errno;
}

static int do_write_fault(void)
{
	int fd = open(name, O_WRONLY);

	return syscall(SYS_write, fd, 8, 1) == -1 && errno == EFAULT ? 0 : 1;
}

static int do_truncate(void)
{
	return truncate(name, 0) ? errno : 0;
}

static int do_allocate(void)
{
	int fd = open(name, O_WRONLY);

	return fallocate(fd, 0, 0, 8192) ? errno : 0;
}

static int do_punch(void)
{
	int fd = open(name, O_WRONLY);

	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) ?
		       errno : 0;
}

static int do_open_truncate(void)
{
	return open(name, O_WRONLY | O_TRUNC) >= 0 ? 0 : errno;
}

static int do_chgrp(void)
{
	return chown(name, -1, 2000) ? errno : 0;
}

static int do_chgrp_foreign(void)
{
	return chown(name, -1, 3000) ? errno : 0;
}

static int do_chown_nothing(void)
{
	return chown(name, -1, -1) ? errno : 0;
}

static int do_chmod(void)
{
	return chmod(name, 06755) ? errno : 0;
}

struct task {
	unsigned uid;
	int (*change)(void);
};

static int run(void *arg)
{
	const struct task *task = arg;

	if (task->uid != 0)
		become_user(task->uid);
	return task->change();
}

/* @change by @uid on a file of @mode ends with @err and leaves @after. */
static void check(unsigned uid, int (*change)(void), int mode, int err,
		  int after, const char *what)
{
	struct task task = { uid, change };

	make(mode);
	is_exit(in_child(run, &task), err, "%s", what);
	is_int(mode_now(), after, "%s, mode %04o", what, mode);
}

static void test_contents(void)
{
	check(1000, do_write, 06777, 0, 0777, "a write");
	check(1000, do_write, 02767, 0, 02767, "a write by a member");
	check(1000, do_write_nothing, 06777, 0, 06777, "a write of nothing");
	check(0, do_write, 06777, 0, 06777, "a write by root");
	check(1000, do_truncate, 06777, 0, 0777, "truncate");
	check(1000, do_open_truncate, 06777, 0, 0777, "O_TRUNC");
	check(1000, do_allocate, 06777, 0, 0777, "room for more");
	check(1000, do_punch, 06777, 0, 0777, "a hole");
	if (!skip_under_qemu(2, "sees the bad pointer itself"))
		check(1000, do_write_fault, 06777, 0, 0777,
		      "a write that faults");
}

static void test_owner(void)
{
	check(1000, do_chgrp, 06777, 0, 0777, "another group");
	check(1000, do_chgrp_foreign, 06777, EPERM, 06777, "a foreign group");
	check(1000, do_chown_nothing, 06777, 0, 0777, "the same owner");
	check(0, do_chgrp, 06777, 0, 0777, "another group by root");
	check(1001, do_chown_nothing, 0777, 0, 0777, "a stranger's no change");
	check(1001, do_chown_nothing, 04777, EPERM, 04777,
	      "which takes nothing away");
	check(1001, do_chgrp, 0777, EPERM, 0777, "a stranger's group");
}

static void test_mode(void)
{
	check(1000, do_chmod, 0600, 0, 06755, "chmod by the owner");
	check(1001, do_chmod, 0600, EPERM, 0600, "chmod by a stranger");
}

struct maker {
	bool is_member;   /* root; else a user of group 1000 */
	mode_t mask;
	bool is_nameless;
};

/* Whether a file that he makes in a directory whose files are of its group, 3000,
 * vouches for that. */
static int make_inside(void *arg)
{
	const struct maker *m = arg;
	struct stat st;
	int fd;

	umask(m->mask);
	if (!m->is_member && (setgroups(0, NULL) < 0 ||
			      setresgid(1000, 1000, 1000) < 0 ||
			      setresuid(1000, 1000, 1000) < 0))
		return 99;
	fd = m->is_nameless ?
		     open("of_group", O_TMPFILE | O_RDWR, 02775) :
		     open("of_group/file", O_CREAT | O_EXCL | O_RDWR, 02775);
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    (!m->is_nameless && unlink("of_group/file") < 0))
		return 98;
	if ((st.st_mode & 0777) != (0775 & ~m->mask))
		return 96;
	return st.st_gid != 3000 ? 97 : (st.st_mode & S_ISGID) != 0;
}

static void test_create(void)
{
	if (mkdir("of_group", 0777) < 0 || chown("of_group", 0, 3000) < 0 ||
	    chmod("of_group", 02777) < 0)
		bail_out("of_group: %s", strerror(errno));
	is_exit(in_child(make_inside, &(struct maker){ .is_member = true }), 1,
		"root gives a group's rights away");
	is_exit(in_child(make_inside, &(struct maker){ 0 }), 0,
		"who is no member does not");
	/* It could get the right back by chmod(). */
	is_exit(in_child(make_inside, &(struct maker){ .mask = S_IXGRP }), 0,
		"nor if the umask keeps the group from executing it");
	is_exit(in_child(make_inside, &(struct maker){ .mask = S_IXGRP,
						       .is_nameless = true }), 0,
		"nor with a file without a name");
	rmdir("of_group");
}

int main(void)
{
	char dir[] = "file_setid.XXXXXX";
	int results = 2 * (9 + 7 + 2) + 4;

	plan(results);
	if (geteuid() != 0) {
		skip(results, "not root");
		return done_testing();
	}
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0 || chdir(dir) < 0)
		bail_out("mkdtemp: %s", strerror(errno));
	test_contents();
	test_owner();
	test_mode();
	test_create();
	unlink(name);
	if (chdir("..") == 0)
		rmdir(dir);
	return done_testing();
}
