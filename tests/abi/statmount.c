/*
 * tests/abi/statmount.c
 *
 * Claim    statmount() tells of one mount, by its unique number, what mountinfo has of
 *          it, as far as it was asked for; listmount() lists those that are mounted in
 *          what a mount shows, or below the root of who asks, by age, either way, in
 *          pieces as well. What is out of sight is for root alone.
 * Method   A tmpfs, what is mounted in it, a folder of it elsewhere; a child that has
 *          gone into it by chroot(), and is nobody.
 * Oracle   Linux, from 6.11 on. Root's, and on Linux in a namespace of its own.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

enum { NR_STATMOUNT = 457, NR_LISTMOUNT = 458 };
enum { SB_BASIC = 1, MNT_BASIC = 2, PROPAGATE = 4, MNT_ROOT = 8, MNT_POINT = 16,
       FS_TYPE = 32, NS_ID = 64, MNT_OPTS = 128 };
enum { ATTR_NOSUID = 2, ATTR_NOATIME = 0x10, ATTR_STRICTATIME = 0x20 };
enum { MNT_ID_UNIQUE = 0x4000, REVERSE = 1 };

#define ROOT_OF_ALL UINT64_MAX

struct request {
	uint32_t size, spare;
	uint64_t id, param, ns;
};

struct answer {
	uint32_t size, options;
	uint64_t mask;
	uint32_t dev_major, dev_minor;
	uint64_t magic;
	uint32_t fs_flags, type;
	uint64_t id, parent_id;
	uint32_t old_id, old_parent_id;
	uint64_t attr, propagation, peer_group, master, from;
	uint32_t root, point;
	uint64_t ns, spare[49];
	char text[1000];
};

static struct answer a;

static long ask_with(uint64_t id, uint64_t mask, void *to, size_t room)
{
	struct request req = { .size = 24, .id = id, .param = mask };

	return syscall(NR_STATMOUNT, &req, to, room, 0);
}

static long ask(uint64_t id, uint64_t mask)
{
	memset(&a, 0xff, sizeof(a));
	return ask_with(id, mask, &a, sizeof(a));
}

static long list(uint64_t id, uint64_t last, uint64_t *ids, size_t n, unsigned flags)
{
	struct request req = { .size = 24, .id = id, .param = last };

	return syscall(NR_LISTMOUNT, &req, ids, n, flags);
}

static uint64_t id_of(const char *path, unsigned mask)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, mask, &st) < 0)
		bail_out("statx %s: %s", path, strerror(errno));
	return st.stx_mnt_id;
}

static bool text_is(uint32_t where, const char *text)
{
	return where < sizeof(a.text) && strcmp(a.text + where, text) == 0;
}

/* m is a tmpfs, m/in another one, m/bound the folder m/in/folder. */
static uint64_t m, in, bound;

static void prepare(void)
{
	mkdir("m", 0755);
	if (mount("some thing", "m", "tmpfs", MS_NOSUID | MS_NOATIME, "size=64k") < 0)
		bail_out("mount: %s", strerror(errno));
	mkdir("m/in", 0755);
	mkdir("m/bound", 0755);
	if (mount("other", "m/in", "tmpfs", MS_STRICTATIME, "size=32k") < 0)
		bail_out("mount: %s", strerror(errno));
	mkdir("m/in/folder", 0755);
	if (mount("m/in/folder", "m/bound", NULL, MS_BIND, NULL) < 0)
		bail_out("bind: %s", strerror(errno));
	m = id_of("m", MNT_ID_UNIQUE);
	in = id_of("m/in", MNT_ID_UNIQUE);
	bound = id_of("m/bound", MNT_ID_UNIQUE);
}

static void test_numbers(void)
{
	struct statfs fs;
	struct stat st;

	is_int(ask(m, 0), 0, "nothing is asked for");
	ok(a.mask == 0 && a.size == 512 && a.magic == 0 && a.id == 0, "nor told");
	is_int(ask(m, SB_BASIC | MNT_BASIC | PROPAGATE | NS_ID), 0, "all numbers");
	statfs("m", &fs);
	stat("m", &st);
	is_int((long)a.mask, SB_BASIC | MNT_BASIC | PROPAGATE | NS_ID, "they are told");
	ok(a.dev_major == major(st.st_dev) && a.dev_minor == minor(st.st_dev),
	   "the device");
	is_int((long)a.magic, (long)fs.f_type, "the type");
	is_int(a.fs_flags, 0, "it can be written to");
	ok(a.id == m && a.old_id == id_of("m", STATX_MNT_ID), "its own numbers");
	ok(a.parent_id == id_of(".", MNT_ID_UNIQUE) &&
	   a.old_parent_id == id_of(".", STATX_MNT_ID), "those of what it is on");
	is_int((long)a.attr, ATTR_NOSUID | ATTR_NOATIME, "its flags");
	is_int((long)a.propagation, MS_PRIVATE, "it is private");
	ok(a.peer_group == 0 && a.master == 0 && a.from == 0 && a.ns != 0,
	   "it has no peers, and a namespace");
	is_int(ask(in, MNT_BASIC), 0, "another one");
	is_int((long)a.attr, ATTR_STRICTATIME, "with other flags");
	ok(a.parent_id == m, "on the first");
	is_int(mount(NULL, "m/in", NULL, MS_REMOUNT | MS_RDONLY, "size=32k"), 0,
	       "no more writing there");
	is_int(ask(in, SB_BASIC), 0, "again");
	is_int(a.fs_flags, MS_RDONLY, "it cannot be written to");
}

static void test_texts(void)
{
	const uint64_t all = MNT_ROOT | MNT_POINT | FS_TYPE | MNT_OPTS;
	char path[300], cwd[200];
	long size;

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		bail_out("getcwd: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/m/bound", cwd);
	is_int(ask(bound, all), 0, "texts");
	is_int((long)a.mask, (long)all, "they are told");
	ok(text_is(a.type, "tmpfs"), "the type");
	ok(text_is(a.root, "/folder"), "the folder that it shows");
	ok(text_is(a.point, path), "where: %s", a.text + a.point);
	ok(strncmp(a.text + a.options, "ro", 2) != 0 &&
	   strstr(a.text + a.options, "size=32k") != NULL,
	   "its options: %s", a.text + a.options);
	size = a.size;
	is_int(ask_with(bound, all, &a, (size_t)size), 0, "there is just enough room");
	fails(ask_with(bound, all, &a, (size_t)size - 1), EOVERFLOW, "or not");
	fails(ask_with(bound, FS_TYPE, &a, 512), EOVERFLOW, "no room for a text");
	memset(&a, 0xff, sizeof(a));
	is_int(ask_with(bound, MNT_BASIC, &a, 24), 0, "a part of the numbers");
	ok(a.size == 24 && a.mask == MNT_BASIC && a.magic == UINT64_MAX,
	   "and no more is written");
}

static void test_refused(void)
{
	struct request req = { .size = 24, .id = m };

	fails(syscall(NR_STATMOUNT, &req, &a, sizeof(a), 1), EINVAL, "a flag");
	fails(syscall(NR_STATMOUNT, NULL, &a, sizeof(a), 0), EFAULT, "no request");
	fails(ask_with(m, 0, NULL, sizeof(a)), EFAULT, "nowhere to answer");
	fails(ask(1, 0), EINVAL, "a number that is none");
	fails(ask(UINT64_MAX, 0), ENOENT, "a mount that there is not");
	req.size = 23;
	fails(syscall(NR_STATMOUNT, &req, &a, sizeof(a), 0), EINVAL, "a short request");
	req.size = 5000;
	fails(syscall(NR_STATMOUNT, &req, &a, sizeof(a), 0), E2BIG, "a long one");
	req = (struct request){ .size = 24, .spare = 1, .id = m };
	fails(syscall(NR_STATMOUNT, &req, &a, sizeof(a), 0), EINVAL, "what is not used");
	req = (struct request){ .size = 32, .id = m, .ns = 1UL << 60 };
	fails(syscall(NR_STATMOUNT, &req, &a, sizeof(a), 0), ENOENT,
	      "a namespace that there is not");
	is_int(ask(m, NS_ID), 0, "the own one");
	req.ns = a.ns;
	is_int(syscall(NR_STATMOUNT, &req, &a, sizeof(a), 0), 0, "can be named");
}

static void test_list(void)
{
	uint64_t ids[64], one[64];
	long n, below;

	below = list(m, 0, ids, 64, 0);
	is_int(below, 2, "what is mounted in m");
	ok(ids[0] == in && ids[1] == bound, "the older one first");
	is_int(list(m, 0, ids, 64, REVERSE), 2, "the other way round");
	ok(ids[0] == bound && ids[1] == in, "the younger one first");
	is_int(list(m, in, ids, 64, 0), 1, "what is younger than the first");
	ok(ids[0] == bound, "is the second");
	is_int(list(m, bound, ids, 64, REVERSE), 1, "what is older than the second");
	ok(ids[0] == in, "is the first");
	is_int(list(m, 0, ids, 1, 0), 1, "one of them");
	is_int(list(m, 0, ids, 0, 0), 0, "none of them");
	is_int(list(bound, 0, ids, 64, 0), 0, "there is nothing in the last");
	n = list(ROOT_OF_ALL, 0, ids, 64, 0);
	ok(n > 3, "all: %ld", n);
	for (long i = 0; i < n; i++)
		if (list(ROOT_OF_ALL, i > 0 ? one[i - 1] : 0, one + i, 1, 0) != 1)
			break;
	ok(memcmp(one, ids, (size_t)n * sizeof(*ids)) == 0, "the same, one by one");
	is_int(list(ROOT_OF_ALL, ids[n - 1], ids, 64, 0), 0, "and then there are no more");
	fails(list(m, 0, ids, 64, 2), EINVAL, "an unknown flag");
	fails(list(m, 1, ids, 64, 0), EINVAL, "behind what is no number of one");
	fails(list(1, 0, ids, 64, 0), EINVAL, "in what is none");
	fails(list(UINT64_MAX - 1, 0, ids, 64, 0), ENOENT, "in what there is not");
	fails(list(m, 0, NULL, 64, 0), EFAULT, "to nowhere");
	fails(list(m, 0, ids, 1000001, 0), EOVERFLOW, "too many");
}

/* A mount that is moved is as old as it was. */
static void test_moved(void)
{
	uint64_t ids[64];

	mkdir("m/elsewhere", 0755);
	is_int(mount("m/in", "m/elsewhere", NULL, MS_MOVE, NULL), 0, "to be moved");
	is_int(list(m, 0, ids, 64, 0), 2, "there are as many");
	ok(ids[0] == in && ids[1] == bound, "in the same order");
	is_int(ask(in, MNT_POINT), 0, "it");
	ok(strstr(a.text + a.point, "/m/elsewhere") != NULL, "is elsewhere");
}

/* Below a folder of m that is the root: what covers that is in sight, m is not. */
static int in_folder(void)
{
	uint64_t ids[64];

	if (chdir("m/elsewhere") < 0 || chroot(".") < 0)
		return 1;
	if (list(ROOT_OF_ALL, 0, ids, 64, 0) != 1 || ids[0] != in)
		return 2;
	if (ask(in, MNT_POINT) != 0 || !text_is(a.point, "/"))
		return 3;
	/* Root is told of all, but not where it is. */
	if (ask(m, MNT_POINT | MNT_BASIC) != 0 || !text_is(a.point, "") || a.id != m)
		return 4;
	if (list(m, 0, ids, 64, 0) != 2)
		return 5;
	if (setuid(65534) < 0)
		return 6;
	if (ask(in, MNT_BASIC) != 0 || a.id != in)
		return 7;
	if (ask(m, MNT_BASIC) != -1 || errno != EPERM)
		return 8;
	if (list(m, 0, ids, 64, 0) != -1 || errno != EPERM)
		return 9;
	return ask(UINT64_MAX, 0) == -1 && errno == ENOENT ? 0 : 10;
}

/* A root that is a folder, and no mount's: its mount is not listed. */
static int in_plain_folder(void)
{
	uint64_t ids[64];

	if (chroot("m") < 0 || chdir("/") < 0 || mkdir("plain", 0755) < 0 ||
	    mkdir("plain/x", 0755) < 0 ||
	    mount("x", "/plain/x", "tmpfs", 0, "size=4k") < 0 || chroot("plain") < 0)
		return 1;
	return list(ROOT_OF_ALL, 0, ids, 64, 0) == 1 && ids[0] != m ? 0 : 2;
}

static void check_child(int (*body)(void), const char *what)
{
	pid_t pid = tap_fork();
	int status;

	if (pid == 0)
		_exit(body());
	waitpid(pid, &status, 0);
	ok_without_errno(status == 0, "%s (%#x)", what, status);
}

int main(void)
{
	if (geteuid() != 0 || under_qemu_user())
		skip_all("root's, and qemu-user knows no statmount()");
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		bail_out("private mounts: %s", strerror(errno));
	if (syscall(NR_STATMOUNT, NULL, NULL, 0, 0) < 0 && errno == ENOSYS)
		skip_all("there is no statmount()");
	mkdir("/tmp/statmount-test", 0755);
	if (chdir("/tmp/statmount-test") < 0)
		bail_out("a folder: %s", strerror(errno));
	prepare();
	test_numbers();
	test_texts();
	test_refused();
	test_list();
	test_moved();
	check_child(in_folder, "below another root, and as nobody");
	check_child(in_plain_folder, "below a root that is a folder");
	umount2("m", MNT_DETACH);
	rmdir("m");
	return done_testing();
}
