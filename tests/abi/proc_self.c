/*
 * tests/abi/proc_self.c
 *
 * Claim    /proc tells a process's limits, environment, auxiliary vector and
 *          what is known about its descriptors, with one number for a pipe or
 *          a socket wherever it has one, and of a file that was removed that it
 *          was; /proc/sys and vmstat have what procps and the C library look for.
 * Method   Each file beside what the calls say.
 * Oracle   Linux; under qemu-user /proc is the host's.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

static char text[65536];

static ssize_t get(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, used = 0;

	while (fd >= 0 &&
	       (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	close(fd);
	text[used] = '\0';
	return fd >= 0 ? used : -1;
}

static void test_limits(void)
{
	struct rlimit limit = { 77, 99 };
	char soft[24], hard[24];
	const char *line;

	setrlimit(RLIMIT_NOFILE, &limit);
	ok(get("/proc/self/limits") > 0, "limits");
	line = strstr(text, "Max open files");
	ok(line != NULL && sscanf(line, "Max open files %23s %23s", soft,
				  hard) == 2 &&
		   atoi(soft) == 77 && atoi(hard) == 99,
	   "those of descriptors");
	ok(strstr(text, "Max file size             unlimited") != NULL,
	   "no limit");
}

static void test_stack(const char *first)
{
	Elf64_auxv_t *aux = (void *)text;
	ssize_t n = get("/proc/self/environ");

	ok(n > 0 && strcmp(text, first) == 0, "environ begins with %s", text);
	n = get("/proc/self/auxv");
	ok(n > 0 && n % sizeof(*aux) == 0, "auxv");
	while (aux->a_type != AT_NULL && aux->a_type != AT_PAGESZ)
		aux++;
	is_int(aux->a_un.a_val, getauxval(AT_PAGESZ), "with the size of pages");
}

static void test_fdinfo(void)
{
	int fd = open("/proc/self/exe", O_RDONLY), pos = -1, info;
	unsigned flags = 0, mount = 0;
	char path[64];

	lseek(fd, 5, SEEK_SET);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ok(get(path) > 0, "fdinfo");
	ok(sscanf(text, "pos: %d flags: %o mnt_id: %u", &pos, &flags, &mount) == 3,
	   "its lines");
	is_int(pos, 5, "the position");
	is_int(flags & O_ACCMODE, O_RDONLY, "how it is open");
	info = open(path, O_RDONLY);
	lseek(fd, 7, SEEK_SET);
	lseek(info, 0, SEEK_SET);
	ok(read(info, text, sizeof(text)) > 0 && sscanf(text, "pos: %d", &pos) == 1,
	   "read from its beginning");
	is_int(pos, 7, "it is written anew");
	close(info);
	close(fd);
	fails(open(path, O_RDONLY), ENOENT, "closed, it has none");
}

/* The number in the link of @fd, which has no path. */
static unsigned long number_of_link(int fd)
{
	char path[64], link[64];
	const char *at;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = '\0';
	at = strchr(link, '[');
	return at != NULL ? strtoul(at + 1, NULL, 10) : 0;
}

static void test_links(void)
{
	int fds[2], others[2];
	struct stat st;

	if (pipe(fds) != 0 || pipe(others) != 0)
		bail_out("pipe: %s", strerror(errno));
	fstat(fds[0], &st);
	is_int(number_of_link(fds[0]), st.st_ino, "a pipe's link has its inode's number");
	is_int(number_of_link(fds[1]), st.st_ino, "that of the other end, too");
	ok(number_of_link(others[0]) != st.st_ino, "another pipe has another");
	for (int i = 0; i < 2; i++) {
		close(fds[i]);
		close(others[i]);
	}
}

/* One without a path leads to its kind and its number. */
static bool leads_to(int fd, const char *kind)
{
	char link[40], want[40], found[60] = "";
	struct stat st;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	fstat(fd, &st);
	snprintf(want, sizeof(want), "%s:[%lu]", kind, (unsigned long)st.st_ino);
	return readlink(link, found, sizeof(found) - 1) > 0 && strcmp(found, want) == 0;
}

static void test_kinds(void)
{
	int ends[2], fd = socket(AF_INET, SOCK_DGRAM, 0);

	ok(leads_to(fd, "socket"), "a socket's descriptor leads to its number");
	close(fd);
	if (pipe(ends) < 0)
		bail_out("pipe: %s", strerror(errno));
	ok(leads_to(ends[0], "pipe") && leads_to(ends[1], "pipe"), "so do both of a pipe");
	close(ends[0]);
	close(ends[1]);
}

static void test_system(void)
{
	char first[64];

	ok(get("/proc/vmstat") > 0 && strstr(text, "\npgfault ") != NULL,
	   "vmstat");
	ok(get("/proc/sys/kernel/random/boot_id") == 37, "boot_id");
	strcpy(first, text);
	get("/proc/sys/kernel/random/boot_id");
	ok(strcmp(first, text) == 0, "stays the same");
	ok(get("/proc/sys/kernel/random/uuid") == 37, "uuid");
	strcpy(first, text);
	get("/proc/sys/kernel/random/uuid");
	ok(strcmp(first, text) != 0, "is another each time");
	ok(get("/proc/sys/kernel/ostype") > 0 && strcmp(text, "Linux\n") == 0,
	   "ostype");
	ok(get("/proc/self/status") > 0 && strstr(text, "\nCapEff:\t") != NULL &&
		   strstr(text, "\nNoNewPrivs:\t0") != NULL,
	   "status has capabilities");
	ok(get("/proc/self/cgroup") > 0 && strchr(text, ':') != NULL, "cgroup");
}

/* ---- a file that was removed ---- */

static bool link_is(const char *link, const char *want)
{
	char found[200];
	ssize_t n = readlink(link, found, sizeof(found) - 1);

	found[n < 0 ? 0 : n] = '\0';
	if (strcmp(found, want) != 0)
		diag("%s -> %s", link, found);
	return strcmp(found, want) == 0;
}

static void test_removed(void)
{
	char path[80], gone[100], link[40], line[120];
	int fd;
	char *p;

	snprintf(path, sizeof(path), "/tmp/proc_self-%d", getpid());
	snprintf(gone, sizeof(gone), "%s (deleted)", path);
	snprintf(line, sizeof(line), "%s\n", gone);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	if (fd < 0 || ftruncate(fd, 4096) < 0)
		bail_out("%s: %s", path, strerror(errno));
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ok(link_is(link, path), "a file's link is its path");
	get("/proc/self/maps");
	ok(strstr(text, path) != NULL && strstr(text, line) == NULL, "so is its mapping's name");
	unlink(path);
	ok(link_is(link, gone), "once it is removed, the link says so");
	get("/proc/self/maps");
	ok(strstr(text, line) != NULL, "and the mapping's");
	munmap(p, 4096);
	close(fd);
	fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	if (fd >= 0) {
		char found[200] = "", *mark;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (readlink(link, found, sizeof(found) - 1) < 0)
			found[0] = '\0';
		mark = strstr(found, " (deleted)");
		ok(mark != NULL && strcmp(mark, " (deleted)") == 0,
		   "one without a name says it once");
		close(fd);
	}
}

int main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	if (under_qemu_user())
		skip_all("qemu-user: /proc is the host's");
	if (envp[0] == NULL)
		bail_out("no environment");
	test_limits();
	test_stack(envp[0]);
	test_fdinfo();
	test_links();
	test_kinds();
	test_system();
	test_removed();
	return done_testing();
}
