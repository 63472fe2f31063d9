/*
 * tests/abi/elf_segments.c
 *
 * Claim    exec maps what an ELF file says: segments that share a page, stand
 *          in any order, go on where the file has ended, are many; and it
 *          refuses a dynamic linker that is none before anything is lost.
 * Method   Programs of a few instructions are written, byte by byte, and run.
 *          They exit with a number that they have read from their memory.
 * Oracle   Linux, fs/binfmt_elf.c.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>

#define FILE_NAME "/tmp/elf_segments"
#define BASE 0x10000UL
#define PAGE 4096UL
#define MAX_SEGMENTS 73		/* their headers fill a page */

static struct {
	Elf64_Ehdr head;
	Elf64_Phdr segment[MAX_SEGMENTS + 1];
	unsigned char rest[6 * PAGE];
} image;

static void add(unsigned type, unsigned flags, unsigned long offset,
		unsigned long addr, unsigned long in_file,
		unsigned long in_memory)
{
	image.segment[image.head.e_phnum++] = (Elf64_Phdr){
		.p_type = type, .p_flags = flags, .p_offset = offset,
		.p_vaddr = addr, .p_filesz = in_file, .p_memsz = in_memory,
		.p_align = PAGE,
	};
}

static void load(unsigned flags, unsigned long offset, unsigned long addr,
		 unsigned long in_file, unsigned long in_memory)
{
	add(PT_LOAD, flags, offset, addr, in_file, in_memory);
}

/* Code at the file's @offset: exit with the byte at @addr, below 2^31. */
static void put_exit_code(unsigned long offset, unsigned long addr)
{
	unsigned high = (unsigned)((addr + 0x800) >> 12);
	unsigned low = (unsigned)(addr & 0xfff);
	unsigned code[] = {
		high << 12 | 10 << 7 | 0x37,			/* lui a0 */
		low << 20 | 10 << 15 | 4 << 12 | 10 << 7 | 3,	/* lbu a0 */
		93 << 20 | 17 << 7 | 0x13,			/* li a7 */
		0x73,						/* ecall */
	};

	memcpy((char *)&image + offset, code, sizeof(code));
}

static void begin(unsigned long entry)
{
	memset(&image, 0, sizeof(image));
	memcpy(image.head.e_ident, ELFMAG "\2\1\1", 7);
	image.head.e_type = ET_EXEC;
	image.head.e_machine = EM_RISCV;
	image.head.e_version = 1;
	image.head.e_entry = entry;
	image.head.e_phoff = offsetof(typeof(image), segment);
	image.head.e_ehsize = sizeof(image.head);
	image.head.e_phentsize = sizeof(image.segment[0]);
}

/* The file's first @size bytes are there; the exit code, or 128 and a signal;
 * when exec fails 100 and errno. */
static int run(unsigned long size)
{
	int fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0755), status;
	pid_t pid;

	if (fd < 0 || write(fd, &image, size) != (ssize_t)size || close(fd))
		bail_out("%s: %s", FILE_NAME, strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		execl(FILE_NAME, FILE_NAME, (char *)NULL);
		_exit(100 + errno);
	}
	if (waitpid(pid, &status, 0) != pid)
		bail_out("waitpid: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

#define CODE 0x2000UL	/* in the file, behind all headers */
#define DATA 0x2800UL

static unsigned char *at(unsigned long offset)
{
	return (unsigned char *)&image + offset;
}

static void test_shared_page(void)
{
	begin(BASE + CODE);
	load(PF_R | PF_X, CODE, BASE + CODE, 0x800, 0x800);
	load(PF_R | PF_W | PF_X, DATA, BASE + DATA, 0x10, 0x20);
	put_exit_code(CODE, BASE + DATA);
	*at(DATA) = 7;
	is_int(run(sizeof(image)), 7, "two segments in one page");
	put_exit_code(CODE, BASE + DATA + 0x10);
	*at(DATA + 0x10) = 9;
	is_int(run(sizeof(image)), 0, "zeros behind the second one's bytes");
}

static void test_any_order(void)
{
	begin(BASE + CODE);
	load(PF_R, 0x4000, BASE + 0x40000, 0x10, 0x10);
	load(PF_R | PF_X, CODE, BASE + CODE, 0x800, 0x800);
	put_exit_code(CODE, BASE + 0x40000);
	*at(0x4000) = 8;
	is_int(run(sizeof(image)), 8, "the higher one first");
}

static void test_bss(void)
{
	begin(BASE + CODE);
	load(PF_R | PF_X, CODE, BASE + CODE, 0x800, 0x800);
	load(PF_R | PF_W, 0x3ff0, BASE + 0x3ff0, 0x10, 2 * PAGE);
	put_exit_code(CODE, BASE + 0x4010);
	*at(0x4010) = 9;
	is_int(run(sizeof(image)), 0, "bss in the next page");
}

static void test_beyond_file(void)
{
	begin(BASE + CODE);
	load(PF_R | PF_X, CODE, BASE + CODE, 0x800, 0x800);
	load(PF_R, 0x3000, BASE + 0x3000, 0x3000, 0x3000);
	put_exit_code(CODE, BASE + 0x3000);
	*at(0x3000) = 6;
	is_int(run(0x3010), 6, "a segment may end behind the file");
	put_exit_code(CODE, BASE + 0x5000);
	is_int(run(0x3010), 128 + SIGBUS, "who reads there gets SIGBUS");
}

static void test_many(void)
{
	begin(BASE + CODE);
	load(PF_R | PF_X, CODE, BASE + CODE, 0x800, 0x800);
	while (image.head.e_phnum < MAX_SEGMENTS)
		load(PF_R, 0x3000, BASE + 0x10000UL * image.head.e_phnum +
		     0x3000, 0x10, 0x10);
	put_exit_code(CODE, BASE + 0x10000UL * (MAX_SEGMENTS - 1) + 0x3000);
	*at(0x3000) = 5;
	is_int(run(sizeof(image)), 5, "%d segments", MAX_SEGMENTS);
	load(PF_R, 0x3000, BASE + 0x10000UL * MAX_SEGMENTS + 0x3000, 0x10, 0x10);
	is_int(run(sizeof(image)), 100 + ENOEXEC, "and no more");
}

/* A path of @n bytes with the zero behind it. */
static int run_with_path(const char *path, unsigned long n)
{
	begin(BASE + CODE);
	add(PT_INTERP, PF_R, DATA, BASE + DATA, n, n);
	load(PF_R | PF_X, CODE, BASE + CODE, 0x1000, 0x1000);
	memcpy(at(DATA), path, n);
	return run(sizeof(image));
}

static int run_with_interp(const char *path)
{
	return run_with_path(path, strlen(path) + 1);
}

static void test_interp_length(void)
{
	enum { MOST = 4096 };
	static char path[MOST + 2];

	is_int(run_with_path("", 1), 100 + ENOEXEC, "no path at all");
	is_int(run_with_path("?", 2), 100 + ENOENT, "one of a letter");
	memset(path, '/', MOST);
	path[MOST - 2] = '?';
	path[MOST - 1] = '\0';
	is_int(run_with_path(path, MOST), 100 + ENOENT, "the longest");
	memset(path, '/', MOST);
	path[MOST - 1] = '?';
	is_int(run_with_path(path, MOST + 1), 100 + ENOEXEC, "one that is longer");
}

static void test_interp(void)
{
	int fd = open(FILE_NAME "_text", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	char text[512] = "this is no program";

	if (fd < 0 || write(fd, text, sizeof(text)) != sizeof(text))
		bail_out("write: %s", strerror(errno));
	close(fd);
	is_int(run_with_interp("/no/such/linker"), 100 + ENOENT,
	       "no dynamic linker");
	is_int(run_with_interp(FILE_NAME "_text"), 100 + ELIBBAD,
	       "one that is no program");
	unlink(FILE_NAME "_text");
}

static void test_refused(void)
{
	begin(BASE + CODE);
	load(PF_R | PF_X, CODE, BASE + CODE, 0x800, 0x7ff);
	is_int(run(sizeof(image)) > 100, 1, "less memory than file");
	begin(BASE + CODE);
	load(PF_R | PF_X, CODE, BASE + CODE, 0x800, ~0xfffUL);
	is_int(run(sizeof(image)) > 100, 1, "more than there is: an error, or the end");
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: the host cannot exec riscv64 programs");
	plan(16);
	test_shared_page();
	test_any_order();
	test_bss();
	test_beyond_file();
	test_many();
	test_interp();
	test_interp_length();
	test_refused();
	unlink(FILE_NAME);
	return done_testing();
}
