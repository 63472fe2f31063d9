/*
 * tests/abi/file_map.c
 *
 * Claim    A file's mappings and its read() and write() see the same bytes;
 *          private mappings copy on write; past the end of the file there is
 *          SIGBUS, also when the end moves while it is mapped.
 * Method   One file, seen through two shared mappings, a private one, pread()
 *          and another process.
 * Oracle   Linux. (What a private mapping that was not yet written to sees of
 *          later writes is unspecified by POSIX; Linux shows them.)
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static int fd;

static char *map(int pages, int flags)
{
	char *p = mmap(NULL, pages * PAGE, RW, flags, fd, 0);

	if (p == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return p;
}

static char file_byte(off_t offset)
{
	char c = 0;

	return pread(fd, &c, 1, offset) == 1 ? c : -1;
}

static void write_file(const char *text, off_t offset)
{
	if (pwrite(fd, text, strlen(text), offset) != (ssize_t)strlen(text))
		bail_out("pwrite: %s", strerror(errno));
}

static int child_writes(void *p)
{
	((char *)p)[5] = 'C';
	return 0;
}

static void test_shared(void)
{
	char *a = map(2, MAP_SHARED), *b = map(2, MAP_SHARED);

	write_file("written", 0);
	is_int(a[0], 'w', "a mapping sees write()");
	a[1] = 'M';
	is_int(file_byte(1), 'M', "read() sees the mapping");
	is_int(b[1], 'M', "so does another mapping");
	in_child(child_writes, a);
	is_int(b[5], 'C', "and a child's write");
	is_int(msync(a, 2 * PAGE, MS_SYNC), 0, "msync()");
	fails(msync(a + 1, PAGE, MS_SYNC), EINVAL, "misaligned msync()");
	fails(msync(a, PAGE, MS_SYNC | MS_ASYNC), EINVAL, "both kinds");
	munmap(a, 2 * PAGE);
	is_int(file_byte(1), 'M', "it stays after munmap");
	munmap(b, 2 * PAGE);
}

static int child_writes_private(void *p)
{
	((char *)p)[0] = 'X';
	return ((char *)p)[0];
}

static void test_private(void)
{
	char *p = map(2, MAP_PRIVATE), *s = map(2, MAP_SHARED);

	write_file("first", 0);
	is_int(p[0], 'f', "a private mapping shows the file");
	p[0] = 'P';
	is_int(p[0], 'P', "it can be written");
	is_int(file_byte(0), 'f', "the file does not change");
	is_int(s[0], 'f', "nor does a shared mapping");
	write_file("second", 0);
	is_int(p[0], 'P', "a copied page does not follow the file");
	is_exit(in_child(child_writes_private, p), 'X', "a child copies too");
	is_int(p[0], 'P', "not into its parent's page");
	is_int(pread(fd, p + PAGE, 6, 0), 6, "read() into a private page");
	is_int(memcmp(p + PAGE, "second", 6), 0, "fills the copy");
	is_int(s[PAGE], 0, "and not the file");
	madvise(p, PAGE, MADV_DONTNEED);
	is_int(p[0], 's', "DONTNEED brings the file back");
	munmap(p, 2 * PAGE);
	munmap(s, 2 * PAGE);
}

static sigjmp_buf out;
static volatile int bus_code;
static void *volatile bus_addr;

static void on_bus(int sig TAP_UNUSED, siginfo_t *info, void *uc TAP_UNUSED)
{
	bus_code = info->si_code;
	bus_addr = info->si_addr;
	siglongjmp(out, 1);
}

static bool is_bus(volatile char *p, bool write)
{
	bus_code = 0;
	if (sigsetjmp(out, 1))
		return true;
	if (write)
		*p = 1;
	else
		(void)*p;
	return false;
}

static void set_size(off_t size)
{
	if (ftruncate(fd, size) < 0)
		bail_out("ftruncate: %s", strerror(errno));
}

static void test_end_of_file(void)
{
	char *s, *p;

	set_size(PAGE + 100);
	s = map(4, MAP_SHARED);
	p = map(4, MAP_PRIVATE);
	is_int(s[PAGE + 100], 0, "the rest of the last page is zero");
	s[PAGE + 200] = 'z';
	ok(is_bus(s + 2 * PAGE, false), "beyond the last page: SIGBUS");
	is_int(bus_code, BUS_ADRERR, "si_code");
	ok(bus_addr == s + 2 * PAGE, "si_addr");
	ok(is_bus(p + 2 * PAGE, true), "in a private mapping too");
	fails(write(STDOUT_FILENO, s + 2 * PAGE, 1), EFAULT,
	      "for the kernel: EFAULT");
	set_size(3 * PAGE);
	ok(!is_bus(s + 2 * PAGE, true), "when the file grows it is there");
	is_int(file_byte(2 * PAGE), 1, "and can be written");
	p[0] = 'p';
	p[2 * PAGE] = 'p';
	set_size(100);
	ok(is_bus(s + 2 * PAGE, false), "when it shrinks it is gone");
	ok(is_bus(s + PAGE, false), "page by page");
	ok(!is_bus(s, false), "but for what is left");
	ok(is_bus(p + 2 * PAGE, false), "private copies go too");
	is_int(p[0], 'p', "but those within the file");
	set_size(PAGE);
	is_int(s[100], 0, "what was cut off is zero when it grows again");
	munmap(s, 4 * PAGE);
	munmap(p, 4 * PAGE);
}

static void test_after_close(void)
{
	char *s;

	set_size(PAGE);
	s = map(1, MAP_SHARED);
	close(fd);
	unlink("file_map.tmp");
	s[0] = 'u';
	is_int(s[0], 'u', "a mapping outlives its file's name");
	munmap(s, PAGE);
}

/* Which times have been touched since the last call: "a", "m", "am" or "". */
static const char *touched(void)
{
	struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
	static char which[3];
	struct stat st;
	int n = 0;

	fstat(fd, &st);
	if (st.st_atim.tv_sec != 1000)
		which[n++] = 'a';
	if (st.st_mtim.tv_sec != 1000)
		which[n++] = 'm';
	which[n] = '\0';
	futimens(fd, past);
	return which;
}

static void touches(const char *want, const char *what)
{
	is_text(touched(), want, "%s", what);
}

static void test_times(void)
{
	int zero = open("/dev/zero", O_RDONLY);
	volatile char *p;

	set_size(2 * PAGE);
	touched();
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	touches("a", "mmap() reads a file");
	p[0] = 1;
	touches("m", "the first store changes it");
	p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
	touches("a", "mmap(), private");
	p[0] = 1;
	touches("", "a store into one's own copy");
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	touched();
	is_int(read(zero, (void *)p, 1), 1, "read() into the file's page");
	touches("m", "is a store, too");
	fails(syscall(SYS_pwrite64, fd, 16, 1, 0), EFAULT,
	      "write() of nothing there");
	touches("m", "says that it tried");
	close(zero);
}

/* Letters tell pages apart: "AB" is the first and the second. */
static bool shows(const char *p, const char *pages)
{
	for (; *pages; pages++, p += PAGE)
		if (*p != *pages)
			return false;
	return true;
}

static void test_other_pages(void)
{
	char *p, *own;

	set_size(4 * PAGE);
	for (int i = 0; i < 4; i++)
		write_file(&"A\0B\0C\0D"[2 * i], i * PAGE);
	p = map(5, MAP_SHARED);
	munmap(p + 4 * PAGE, PAGE);
	own = map(1, MAP_PRIVATE);
	is_int(remap_file_pages(p, 2 * PAGE, 0, 2, 0), 0, "other pages of the file");
	ok(shows(p, "CDCD"), "are seen there");
	is_int(remap_file_pages(p + PAGE, PAGE, 0, 0, 0), 0, "one of them again");
	ok(shows(p, "CACD"), "is another one");
	p[PAGE] = 'a';
	is_int(file_byte(0), 'a', "what is written there is in the file");
	is_int(remap_file_pages(p, 2 * PAGE, 0, 1, 0), 0, "two mappings of the file");
	ok(shows(p, "BCCD"), "are one again");
	fails(remap_file_pages(p, PAGE, PROT_READ, 0, 0), EINVAL, "no other rights");
	fails(remap_file_pages(own, PAGE, 0, 0, 0), EINVAL, "not of a private mapping");
	fails(remap_file_pages(p + 3 * PAGE, 2 * PAGE, 0, 0, 0), EINVAL,
	      "nor behind its end");
	munmap(p, 4 * PAGE);
	munmap(own, PAGE);
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_bus,
				 .sa_flags = SA_SIGINFO };

	plan(8 + 11 + 14 + 8 + 10 + 1);
	sigaction(SIGBUS, &act, NULL);
	fd = open("file_map.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	set_size(2 * PAGE);
	test_shared();
	test_private();
	if (!skip_under_qemu(14, "maps whole files"))
		test_end_of_file();
	if (!skip_under_qemu(8, "its file system has its own times"))
		test_times();
	if (!skip_under_qemu(10, "refuses the call"))
		test_other_pages();
	test_after_close();
	return done_testing();
}
