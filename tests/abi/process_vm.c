/*
 * tests/abi/process_vm.c
 *
 * Claim    process_vm_readv() and process_vm_writev() copy between two
 *          processes, piece by piece; the rights of the other's mappings
 *          count, and whose process it is.
 * Method   A child that sleeps: lists of pieces of several sizes, pages
 *          without rights, holes, wrong arguments, and another user's child.
 * Oracle   Linux. Skipped where the calls do not exist; without root, so is
 *          the last part.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>
#include <sys/uio.h>

enum { PAGE = 4096 };

static char *theirs;	/* at the same place here, with other bytes */
static pid_t child;
static int told[2];

static struct iovec piece(void *base, size_t n)
{
	return (struct iovec){ base, n };
}

/* One piece on each side; bytes, or -errno. */
static long get(void *to, void *from, size_t n)
{
	struct iovec local = piece(to, n), remote = piece(from, n);
	long got = process_vm_readv(child, &local, 1, &remote, 1, 0);

	return got < 0 ? -errno : got;
}

static long put(void *from, void *to, size_t n)
{
	struct iovec local = piece(from, n), remote = piece(to, n);
	long got = process_vm_writev(child, &local, 1, &remote, 1, 0);

	return got < 0 ? -errno : got;
}

/*
 * The child's four pages: 'a' writable, 'b' read-only, 'c' without rights,
 * and a hole.
 */
static void prepare_pages(void)
{
	for (int i = 0; i < 3; i++)
		memset(theirs + i * PAGE, 'a' + i, PAGE);
	mprotect(theirs + PAGE, PAGE, PROT_READ);
	mprotect(theirs + 2 * PAGE, PAGE, PROT_NONE);
	munmap(theirs + 3 * PAGE, PAGE);
}

static pid_t start_child(int user)
{
	char c;
	pid_t pid = tap_fork();

	if (pid == 0) {
		prepare_pages();
		if (user != 0 && (setgid(user) < 0 || setuid(user) < 0))
			_exit(1);
		if (write(told[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	if (read(told[0], &c, 1) != 1)
		bail_out("a child does not start");
	return pid;
}

static void end_child(pid_t pid)
{
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_whole(void)
{
	char buf[PAGE] = "";

	is_int(get(buf, theirs, PAGE), PAGE, "read a page");
	ok(buf[0] == 'a' && buf[PAGE - 1] == 'a', "it is the child's");
	is_int(theirs[0], 0, "ours is as it was");
	memset(buf, 'w', sizeof(buf));
	is_int(put(buf, theirs + 5, 10), 10, "write ten bytes");
	is_int(get(buf, theirs, 20), 20, "read them");
	ok(memcmp(buf, "aaaaawwwwwwwwwwaaaaa", 20) == 0, "there they are: %.20s",
	   buf);
	is_int(get(buf, theirs, 0), 0, "nothing is nothing");
}

static void test_rights(void)
{
	char buf[2 * PAGE];

	memset(buf, 'x', sizeof(buf));
	is_int(get(buf, theirs + PAGE, 1), 1, "a read-only page is read");
	is_int(put(buf, theirs + PAGE, 1), -EFAULT, "not written");
	is_int(get(buf, theirs + 2 * PAGE, 1), -EFAULT, "one without rights not");
	is_int(put(buf, theirs + 2 * PAGE, 1), -EFAULT, "nor written");
	is_int(get(buf, theirs + 3 * PAGE, 1), -EFAULT, "a hole is not");
	is_int(get(buf, theirs + 2 * PAGE - 10, 20), 10, "read up to what is not");
	is_int(put(buf, theirs + PAGE - 10, 20), 10, "write up to it");
	is_int(get((char *)PAGE - PAGE + 8, theirs, 1), -EFAULT,
	       "our side has to be there too");
}

static void test_pieces(void)
{
	char a[3], b[10], c[1], whole[14];
	struct iovec local[] = { piece(a, 3), piece(b, 0), piece(b, 10),
				 piece(c, 1) };
	struct iovec remote[] = { piece(theirs + PAGE - 2, 4),
				  piece(theirs + PAGE, 10) };

	is_int(process_vm_readv(child, local, 4, remote, 2, 0), 14,
	       "pieces of different sizes");
	memcpy(whole, a, 3);
	memcpy(whole + 3, b, 10);
	memcpy(whole + 13, c, 1);
	ok(whole[2] == 'b' && whole[13] == 'b', "in order");
	remote[1].iov_base = theirs + 2 * PAGE;
	is_int(process_vm_readv(child, local, 4, remote, 2, 0), 4,
	       "it ends where a piece cannot be read");
	is_int(process_vm_readv(child, local, 0, remote, 2, 0), 0,
	       "no pieces here");
	is_int(process_vm_readv(child, local, 4, remote, 0, 0), 0,
	       "no pieces there");
}

static void test_arguments(void)
{
	static struct iovec many[1025];
	struct iovec one = piece(theirs, 1), *nowhere = (struct iovec *)8;
	pid_t gone = tap_fork();

	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	fails(process_vm_readv(child, &one, 1, &one, 1, 1), EINVAL, "no flags");
	fails(process_vm_readv(child, many, 1025, &one, 1, 0), EINVAL,
	      "too many pieces");
	fails(process_vm_readv(child, nowhere, 1, &one, 1, 0), EFAULT,
	      "a list that is not there");
	fails(process_vm_readv(child, &one, 1, nowhere, 1, 0), EFAULT,
	      "nor there");
	fails(process_vm_readv(gone, &one, 1, &one, 1, 0), ESRCH,
	      "a process that is gone");
	one.iov_len = -1;
	fails(process_vm_readv(child, &one, 1, &one, 1, 0), EINVAL,
	      "a negative length");
}

/* As user 1000, who got the child's number. */
static int read_as_user(void *arg TAP_UNUSED)
{
	char c;

	if (setgid(1000) < 0 || setuid(1000) < 0)
		return 99;
	return get(&c, theirs, 1) == -EPERM ? 0 : 1;
}

static void test_users(void)
{
	if (geteuid() != 0) {
		skip(2, "not root");
		return;
	}
	is_exit(in_child(read_as_user, NULL), 0, "a user does not read root's");
	end_child(child);
	child = start_child(1000);
	is_exit(in_child(read_as_user, NULL), 0,
		"nor what has changed its user: it may have secrets");
}

int main(void)
{
	struct iovec one;

	theirs = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (theirs == MAP_FAILED || pipe(told) < 0)
		bail_out("mmap or pipe: %s", strerror(errno));
	one = piece(theirs, 1);
	if (process_vm_readv(getpid(), &one, 1, &one, 1, 0) < 0 &&
	    (errno == ENOSYS || errno == EPERM))
		skip_all("process_vm_readv: %s", strerror(errno));
	child = start_child(0);
	plan(28);
	test_whole();
	test_rights();
	test_pieces();
	test_arguments();
	test_users();
	end_child(child);
	return done_testing();
}
