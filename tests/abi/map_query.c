/*
 * tests/abi/map_query.c
 *
 * Claim    PROCMAP_QUERY tells of one mapping what PID/maps says of it: the one
 *          that is at an address, or the first above that allows what is asked for.
 * Oracle   Linux's Documentation/filesystems/proc.rst, and /proc/self/maps.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { PAGE = 4096, READABLE = 1, WRITABLE = 2, SHARED = 8, OR_NEXT = 16, OF_FILE = 32 };

/* linux/fs.h; older headers lack it. */
struct query {
	uint64_t size, flags, addr;
	uint64_t start, end, vma_flags, page_size, offset, inode;
	uint32_t major, minor, name_size, id_size;
	uint64_t name, id;
};
#define QUERY _IOWR('f', 17, struct query)

static int maps;
static char *area;	/* rw-, r--, a hole, a page of a file, shared */

static int ask(struct query *q, const void *at, unsigned flags)
{
	q->size = sizeof(*q);
	q->flags = flags;
	q->addr = (unsigned long)at;
	return ioctl(maps, QUERY, q);
}

static bool is_at(const struct query *q, int page)
{
	return q->start == (unsigned long)area + (unsigned long)page * PAGE &&
	       q->end == q->start + PAGE;
}

static void test_finding(void)
{
	struct query q = { 0 };

	is_int(ask(&q, area + 10, 0), 0, "what is at an address");
	ok(is_at(&q, 0), "begins and ends there");
	is_int((long)q.vma_flags, READABLE | WRITABLE, "has these rights");
	is_int((long)q.page_size, PAGE, "and pages");
	ok(q.inode == 0 && q.offset == 0 && q.name_size == 0, "is of no file");
	fails(ask(&q, area + PAGE, WRITABLE), ENOENT, "that cannot be written");
	fails(ask(&q, area + 2 * PAGE, 0), ENOENT, "a hole");
	is_int(ask(&q, area + 2 * PAGE, OR_NEXT), 0, "or the next");
	ok(is_at(&q, 3), "is behind it");
	is_int(ask(&q, area, OR_NEXT | OF_FILE), 0, "the next of a file");
	ok(is_at(&q, 3), "is the same");
	is_int((long)q.vma_flags, READABLE | SHARED, "which is shared");
	fails(ask(&q, area, OF_FILE), ENOENT, "none is here");
	fails(ask(&q, (void *)-PAGE, OR_NEXT), ENOENT, "nothing is above");
}

static void test_file(void)
{
	char name[64] = "", path[64];
	struct query q = { .name = (unsigned long)name, .name_size = sizeof(name) };
	struct stat st;

	stat("/proc/self/exe", &st);
	is_int(ask(&q, area + 3 * PAGE, 0), 0, "a page of a file");
	is_int((long)q.offset, PAGE, "from its second on");
	is_int((long)q.inode, (long)st.st_ino, "which inode");
	ok(q.major == major(st.st_dev) && q.minor == minor(st.st_dev), "on which device");
	path[readlink("/proc/self/exe", path, sizeof(path) - 1)] = '\0';
	ok(strcmp(name, path) == 0, "its name is %s", name);
	is_int(q.name_size, (long)strlen(path) + 1, "with its end");
	q.name_size = 3;
	fails(ask(&q, area + 3 * PAGE, 0), ENAMETOOLONG, "too long for some");
	q.name_size = sizeof(name);
	is_int(ask(&q, area, 0), 0, "what has no name");
	is_int(q.name_size, 0, "has none");
	q.name_size = sizeof(name);
	ask(&q, &q, 0);
	ok(strcmp(name, "[stack]") == 0, "others are not files: %s", name);
}

static void test_refused(void)
{
	struct { struct query q; uint64_t more; } large = { 0 };
	struct query q = { .size = 16, .addr = (unsigned long)area };

	fails(ioctl(maps, QUERY, &q), EINVAL, "too small");
	q.size = 24;
	is_int(ioctl(maps, QUERY, &q), 0, "the smallest that there can be");
	ok(q.start == 0, "nothing is written behind it");
	q.size = PAGE + 1;
	fails(ioctl(maps, QUERY, &q), E2BIG, "a large one");
	large.q.size = sizeof(large);
	large.q.addr = (unsigned long)area;
	is_int(ioctl(maps, QUERY, &large), 0, "from the future, with nothing new");
	large.more = 1;
	fails(ioctl(maps, QUERY, &large), E2BIG, "with something new");
	fails(ask(&q, area, 64), EINVAL, "no such flag");
	q.name_size = 10;
	fails(ask(&q, area, 0), EINVAL, "room for a name, but where?");
	fails(ioctl(maps, QUERY, NULL), EFAULT, "no query");
	fails(ioctl(maps, _IO('f', 17), NULL), ENOTTY, "another ioctl");
}

int main(void)
{
	int exe = open("/proc/self/exe", O_RDONLY);
	struct query q = { 0 };

	if (under_qemu_user())
		skip_all("qemu-user: /proc is the host's");
	maps = open("/proc/self/maps", O_RDONLY);
	area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (maps < 0 || area == MAP_FAILED)
		bail_out("%s", strerror(errno));
	mprotect(area + PAGE, PAGE, PROT_READ);
	munmap(area + 2 * PAGE, PAGE);
	if (mmap(area + 3 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, exe, PAGE) ==
	    MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	if (ask(&q, area, 0) < 0 && errno == ENOTTY)
		skip_all("before Linux 6.11");
	test_finding();
	test_file();
	test_refused();
	return done_testing();
}
