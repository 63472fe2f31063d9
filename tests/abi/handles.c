/*
 * tests/abi/handles.c
 *
 * Claim    A handle of a file opens it by whoever may, whatever has become of its
 *          name, and says ESTALE when the file is gone. What cannot be told or
 *          opened is refused as on Linux. With the name of a device that has an
 *          ext2 (tests/boot/ext2.t): there, and a handle is good after another
 *          mount, of a directory, too, which knows where it is.
 * Method   A tmpfs of its own, or that ext2.
 * Oracle   name_to_handle_at(2) and open_by_handle_at(2).
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID AT_REMOVEDIR
#endif

enum { ROOM = 128, AT_UNIQUE = 1, MNT_ID_UNIQUE = 0x4000 };

struct handle {
	struct file_handle head;
	char body[ROOM];
};

static int mount_id, top;

static int tell_at(const char *name, struct handle *h, int flags)
{
	memset(h, 0, sizeof(*h));
	h->head.handle_bytes = ROOM;
	return name_to_handle_at(top, name, &h->head, &mount_id, flags);
}

static int open_at(struct handle *h, int flags)
{
	return open_by_handle_at(top, &h->head, flags);
}

static bool is_same(const struct handle *a, const struct handle *b)
{
	return a->head.handle_bytes == b->head.handle_bytes &&
	       a->head.handle_type == b->head.handle_type &&
	       memcmp(a->head.f_handle, b->head.f_handle, a->head.handle_bytes) == 0;
}

static void make_file(const char *name, const char *text)
{
	int fd = openat(top, name, O_CREAT | O_WRONLY | O_EXCL, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail_out("%s: %s", name, strerror(errno));
	close(fd);
}

static bool says(int fd, const char *text)
{
	char buf[32] = "";
	bool good = read(fd, buf, sizeof(buf) - 1) >= 0 && strcmp(buf, text) == 0;

	if (!good)
		diag("fd %d has \"%s\", not \"%s\"", fd, buf, text);
	close(fd);
	return good;
}

static void test_sizes(void)
{
	struct handle h;
	unsigned needs;

	tell_at("file", &h, 0);
	h.head.handle_bytes = 0;
	fails(name_to_handle_at(top, "file", &h.head, &mount_id, 0), EOVERFLOW,
	      "no room");
	needs = h.head.handle_bytes;
	ok(needs > 0 && needs <= ROOM, "it is told how much it takes");
	h.head.handle_bytes = needs - 1;
	fails(name_to_handle_at(top, "file", &h.head, &mount_id, 0), EOVERFLOW,
	      "a byte too little");
	h.head.handle_bytes = needs;
	is_int(name_to_handle_at(top, "file", &h.head, &mount_id, 0), 0,
	       "just enough");
	h.head.handle_bytes = ROOM + 1;
	fails(name_to_handle_at(top, "file", &h.head, &mount_id, 0), EINVAL,
	      "no handle is as large");
}

static void test_which(void)
{
	struct handle file, other, link;
	int fd = openat(top, "file", O_RDONLY | O_PATH);

	is_int(tell_at("file", &file, 0), 0, "of a file");
	is_int(name_to_handle_at(fd, "", (tell_at("other", &other, 0),
			&other.head), &mount_id, AT_EMPTY_PATH), 0,
	       "of what a descriptor stands for");
	ok(is_same(&file, &other), "is the same");
	close(fd);
	is_int(tell_at("link", &link, 0), 0, "of a link");
	ok(!is_same(&file, &link), "is not that of the file");
	is_int(tell_at("link", &other, AT_SYMLINK_FOLLOW), 0, "a link followed");
	ok(is_same(&file, &other), "leads to that of the file");
	fails(tell_at("", &other, 0), ENOENT, "no path");
	fails(tell_at("none", &other, 0), ENOENT, "no such file");
	fails(tell_at("file", &other, 0x4000), EINVAL, "no such flag");
}

static void test_mount_ids(void)
{
	struct handle h;
	struct statx st;
	uint64_t unique = 0;

	if (skip_under_qemu(2, "its statx() tells no mount"))
		return;
	tell_at("file", &h, 0);
	statx(top, "file", 0, STATX_MNT_ID, &st);
	is_int(mount_id, (long)st.stx_mnt_id, "the mount is that of statx()");
	h.head.handle_bytes = ROOM;
	if (name_to_handle_at(top, "file", &h.head, (int *)&unique, AT_UNIQUE) < 0) {
		ok(errno == EINVAL, "no unique id # SKIP before Linux 6.12");
		return;
	}
	statx(top, "file", 0, MNT_ID_UNIQUE, &st);
	ok(unique == st.stx_mnt_id, "and the one that is unique");
}

static void mount_it(const char *device, const char *folder)
{
	if (mount(device ? device : "none", folder, device ? "ext2" : "tmpfs", 0, "") < 0 ||
	    chdir(folder) < 0)
		bail_out("%s: %s", folder, strerror(errno));
	top = open(".", O_DIRECTORY);
}

static void unmount(const char *folder)
{
	close(top);
	if (chdir("/") < 0 || umount(folder) < 0)
		bail_out("%s: %s", folder, strerror(errno));
}

/* Whoever comes by the handle comes first: nothing of it is in memory. */
static void test_lasts(const char *device, const char *folder)
{
	struct handle file, deep;
	char place[PATH_MAX], want[PATH_MAX];
	int fd;

	mkdir("a", 0700);
	mkdir("a/b", 0700);
	mkdir("a/b/c", 0700);
	make_file("a/b/c/file", "lasts");
	tell_at("a/b/c/file", &file, 0);
	tell_at("a/b/c", &deep, 0);
	unmount(folder);
	mount_it(device, folder);
	ok(says(open_at(&file, O_RDONLY), "lasts"), "after another mount a file is there");
	fd = open_at(&deep, O_RDONLY | O_DIRECTORY);
	is_int(fchdir(fd), 0, "and a directory");
	snprintf(want, sizeof(want), "%s/a/b/c", folder);
	ok(getcwd(place, sizeof(place)) && strcmp(place, want) == 0, "which is %s", place);
	is_int(access("../../b/c/file", R_OK), 0, "and has others above");
	close(fd);
	chdir(folder);
	is_int(rename("a/b", "b"), 0, "what is above it moves");
	fd = open_at(&deep, O_RDONLY | O_DIRECTORY);
	is_int(faccessat(fd, "../../a", F_OK, 0), 0, "and it with that");
	close(fd);
	unlink("b/c/file");
	rmdir("b/c");
	fails(open_at(&deep, O_RDONLY), ESTALE, "until it is removed");
}

static void test_others(void)
{
	struct handle h;

	top = open("/proc", O_DIRECTORY);
	fails(tell_at("self/stat", &h, 0), EOPNOTSUPP, "nothing lasts in /proc");
	if (tell_at("self/stat", &h, AT_HANDLE_FID) != 0)
		ok(errno == EINVAL, "no FID # SKIP before Linux 6.5");
	else
		ok(h.head.handle_bytes > 0, "but may be compared");
	close(top);
}

static void test_opening(void)
{
	struct handle file, folder, link;
	int fd;

	tell_at("file", &file, 0);
	tell_at("folder", &folder, 0);
	tell_at("link", &link, 0);
	ok(says(open_at(&file, O_RDONLY), "text"), "opened, it has its text");
	renameat(top, "file", top, "folder/moved");
	ok(says(open_at(&file, O_RDONLY), "text"), "and where it was moved");
	ok(says(open_by_handle_at(AT_FDCWD, &file.head, O_RDONLY), "text"),
	   "its mount may be that of the current directory");
	fd = open_at(&file, O_RDWR | O_TRUNC | O_CLOEXEC);
	is_int(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR, "flags are those of open()");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "that of the descriptor, too");
	is_int(lseek(fd, 0, SEEK_END), 0, "and it was truncated");
	close(fd);
	fd = open_at(&folder, O_RDONLY | O_DIRECTORY);
	is_int(faccessat(fd, "moved", R_OK, 0), 0, "a folder has its names");
	is_int(faccessat(fd, "../link", F_OK, AT_SYMLINK_NOFOLLOW), 0,
	       "and what is above");
	close(fd);
	fails(open_at(&folder, O_WRONLY), EISDIR, "none is written");
	fails(open_at(&file, O_RDONLY | O_DIRECTORY), ENOTDIR, "a file is none");
	fails(open_at(&link, O_RDONLY), ELOOP, "a link is not opened");
	fd = open_at(&link, O_PATH);
	ok(fd >= 0, "but may be meant");
	close(fd);
}

static void test_gone(void)
{
	struct handle h;
	int fd;

	make_file("brief", "x");
	tell_at("brief", &h, 0);
	fd = open_at(&h, O_RDONLY);
	unlinkat(top, "brief", 0);
	close(fd);
	fails(open_at(&h, O_RDONLY), ESTALE, "a file that is gone");
	make_file("brief", "y");
	fails(open_at(&h, O_RDONLY), ESTALE, "another of its name");
	unlinkat(top, "brief", 0);
}

static void test_refused(void)
{
	struct handle h, bad;
	int fd, status;
	pid_t child;

	tell_at("folder", &h, 0);
	bad = h;
	bad.head.handle_bytes = 0;
	fails(open_at(&bad, O_RDONLY), EINVAL, "no bytes");
	bad.head.handle_bytes = ROOM + 1;
	fails(open_at(&bad, O_RDONLY), EINVAL, "too many");
	bad = h;
	bad.head.handle_bytes = 4;
	fails(open_at(&bad, O_RDONLY), ESTALE, "too few");
	bad = h;
	memset(bad.head.f_handle, 0x5a, bad.head.handle_bytes);
	fails(open_at(&bad, O_RDONLY), ESTALE, "nobody's handle");
	fails(open_by_handle_at(-1, &h.head, O_RDONLY), EBADF, "no mount");
	fd = openat(top, "folder", O_PATH);
	fails(open_by_handle_at(fd, &h.head, O_RDONLY), EBADF, "nor by O_PATH");
	close(fd);
	fails(open_by_handle_at(top, (struct file_handle *)8, O_RDONLY), EFAULT,
	      "nothing is there");
	child = tap_fork();
	if (child == 0) {
		if (setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		_exit(open_at(&h, O_RDONLY) < 0 && errno == EPERM ? 0 : 1);
	}
	waitpid(child, &status, 0);
	is_int(status, 0, "who may not search everywhere is refused");
}

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : NULL;
	char folder[] = "/tmp/handles.XXXXXX";

	if (geteuid() != 0)
		skip_all("needs root");
	if (under_qemu_user())
		skip_all("qemu-user: the files are the host's");
	plan(5 + 10 + 2 + 2 + 12 + 2 + 8 + (device ? 7 : 0));
	if (mkdtemp(folder) == NULL)
		bail_out("%s: %s", folder, strerror(errno));
	mount_it(device, folder);
	make_file("file", "text");
	make_file("other", "");
	mkdirat(top, "folder", 0700);
	symlinkat("file", top, "link");
	test_sizes();
	test_which();
	test_mount_ids();
	test_opening();
	test_gone();
	test_refused();
	if (device)
		test_lasts(device, folder);
	unmount(folder);
	rmdir(folder);
	test_others();
	return done_testing();
}
