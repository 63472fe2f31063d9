/*
 * tests/abi/exec_errors.c
 *
 * Claim    execve() of a file that is no program we can run says why and
 *          leaves the caller as it was; past the point of no return it kills
 *          only the caller. #! scripts run their interpreter.
 * Method   Copies of our own executable with one field of a header changed,
 *          truncated copies, scripts, directories, missing rights, and
 *          argument lists that are too long.
 * Oracle   Linux, which does not check for overlapping segments: there the
 *          caller may also die. It must never get the program's success.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static unsigned char *image;		/* our own file */
static size_t image_size;
static const char *file = "exec_errors.tmp";

static void load_image(void)
{
	struct stat st;
	int fd = open("/proc/self/exe", O_RDONLY);

	if (fd < 0 || fstat(fd, &st) < 0)
		bail_out("/proc/self/exe: %s", strerror(errno));
	image_size = st.st_size;
	image = mmap(NULL, image_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
		     0);
	close(fd);
	if (image == MAP_FAILED)
		bail_out("map /proc/self/exe: %s", strerror(errno));
}

static void write_file(const void *bytes, size_t size, int mode)
{
	int fd;

	unlink(file);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		bail_out("%s: %s", file, strerror(errno));
	fchmod(fd, mode);
	close(fd);
}

/* In the child: 0 when the call failed with the errno that is asked for. */
static int exec_fails(void *err)
{
	char *argv[] = { "x", "child", NULL }, *env[] = { NULL };

	execve(file, argv, env);
	if (errno == (int)(long)err)
		return 0;
	diag("errno %d (%s)", errno, strerror(errno));
	return 100;
}

static void expect(long err, const char *what)
{
	is_exit(in_child(exec_fails, (void *)err), 0, "%s", what);
}

/* The image with @size bytes at @offset changed, for one test. */
static void expect_changed(size_t offset, const void *bytes, size_t size,
			   long err, const char *what)
{
	unsigned char saved[64];

	memcpy(saved, image + offset, size);
	memcpy(image + offset, bytes, size);
	write_file(image, image_size, 0700);
	memcpy(image + offset, saved, size);
	expect(err, what);
}

static void test_header(void)
{
	uint16_t half;

	expect_changed(0, "\177ELG", 4, ENOEXEC, "bad magic");
	half = EM_X86_64;
	if (!skip_under_qemu(1, "that is the host's own machine"))
		expect_changed(offsetof(Elf64_Ehdr, e_machine), &half, 2,
			       ENOEXEC, "another machine's program");
	half = ET_REL;
	expect_changed(offsetof(Elf64_Ehdr, e_type), &half, 2, ENOEXEC,
		       "an object file");
	half = 0;
	expect_changed(offsetof(Elf64_Ehdr, e_phnum), &half, 2, ENOEXEC,
		       "no program headers");
	half = 55;
	expect_changed(offsetof(Elf64_Ehdr, e_phentsize), &half, 2, ENOEXEC,
		       "program headers of an odd size");
	write_file(image, 40, 0700);
	expect(ENOEXEC, "half an ELF header");
	write_file(image, 0, 0700);
	expect(ENOEXEC, "an empty file");
	write_file("hello, world\n", 13, 0700);
	expect(ENOEXEC, "a text");
}

/* In the child: whatever happens, it must not be the program's success. */
static int exec_dies(void *unused TAP_UNUSED)
{
	char *argv[] = { "x", "child", NULL }, *env[] = { NULL };

	execve(file, argv, env);
	return 100;
}

static void expect_no_success(size_t offset, const void *bytes, size_t size,
			      const char *what)
{
	unsigned char saved[64];
	int status;

	memcpy(saved, image + offset, size);
	memcpy(image + offset, bytes, size);
	write_file(image, image_size, 0700);
	memcpy(image + offset, saved, size);
	status = in_child(exec_dies, NULL);
	ok(status != 0, "%s does not run (status %#x)", what, status);
}

static void test_segments(void)
{
	const Elf64_Ehdr *eh = (void *)image;
	size_t ph = eh->e_phoff, load = ph;
	uint64_t word;

	while (((Elf64_Phdr *)(image + load))->p_type != PT_LOAD)
		load += sizeof(Elf64_Phdr);
	word = 0xffffffffffff0000;
	expect_no_success(load + offsetof(Elf64_Phdr, p_vaddr), &word, 8,
			  "a segment in the kernel");
	word = 1UL << 46;
	expect_no_success(load + offsetof(Elf64_Phdr, p_memsz), &word, 8,
			  "a huge segment");
	word = 1;
	expect_no_success(load + offsetof(Elf64_Phdr, p_memsz), &word, 8,
			  "a segment smaller in memory than in the file");
	word = 1UL << 40;
	expect_no_success(offsetof(Elf64_Ehdr, e_phoff), &word, 8,
			  "headers behind the end of the file");
	word = 0xffffffffffffffc0;
	expect_no_success(offsetof(Elf64_Ehdr, e_phoff), &word, 8,
			  "headers at an offset that wraps");
	word = 0x10;
	expect_no_success(offsetof(Elf64_Ehdr, e_entry), &word, 8,
			  "an entry outside of every segment");
	write_file(image, 4096, 0700);
	ok(in_child(exec_dies, NULL) != 0, "a truncated file does not run");
}

static void test_paths(void)
{
	static char long_name[5000];
	char *volatile bad = (char *)16;
	char *no_args[] = { "x", NULL };
	char *bad_args[] = { bad, NULL };

	write_file(image, image_size, 0600);
	expect(EACCES, "no x permission");
	unlink(file);
	expect(ENOENT, "no such file");
	mkdir(file, 0700);
	expect(EACCES, "a directory");
	rmdir(file);
	fails(execve("/dev/null/x", no_args, NULL), ENOTDIR,
	      "a path through a file");
	fails(execve("", no_args, NULL), ENOENT, "no path");
	memset(long_name, 'n', sizeof(long_name) - 1);
	fails(execve(long_name, no_args, NULL), ENAMETOOLONG,
	      "a path that is too long");
	fails(execve(bad, no_args, NULL), EFAULT, "a bad path pointer");
	fails(syscall(SYS_execve, "/proc/self/exe", bad, NULL), EFAULT,
	      "a bad argv");
	fails(execve("/proc/self/exe", bad_args, NULL), EFAULT,
	      "a bad argument");
}

static void test_too_big(void)
{
	enum { ARGS = 500 };
	static char *argv[ARGS + 1], *empty[] = { NULL };
	char *big = malloc(1 << 20);

	memset(big, 'b', (1 << 20) - 1);
	big[(1 << 20) - 1] = '\0';
	argv[0] = big;
	argv[1] = NULL;
	fails(execve("/proc/self/exe", argv, empty), E2BIG,
	      "an argument of a megabyte");
	argv[0] = "of no whole pages";
	argv[1] = big;
	argv[2] = NULL;
	big[131072] = '\0';
	fails(execve("/proc/self/exe", argv, empty), E2BIG,
	      "one of 32 pages, and its end is beyond them");
	big[100000] = '\0';
	for (int i = 0; i < ARGS; i++)
		argv[i] = big;
	fails(execve("/proc/self/exe", argv, empty), E2BIG,
	      "50 megabytes of arguments");
	free(big);
}

/* In the child: runs @file, a script, whose interpreter we are. */
static int run_script(void *unused TAP_UNUSED)
{
	char *argv[] = { "lost", "arg", NULL }, *env[] = { NULL };

	execve(file, argv, env);
	return 100;
}

/* Lines without an end, within what the kernel looks at: 256 bytes. */
static void test_lines(const char *exe)
{
	char text[600];
	size_t n = (size_t)snprintf(text, sizeof(text), "#! %s script words", exe);

	write_file(text, n, 0700);
	is_exit(in_child(run_script, NULL), 33, "a line without a newline");
	memset(text + n, ' ', sizeof(text) - n);
	write_file(text, sizeof(text), 0700);
	is_exit(in_child(run_script, NULL), 33, "blanks without end behind it");
	memset(text + 2, 'n', sizeof(text) - 2);
	write_file(text, 256, 0700);
	expect(ENOEXEC, "a name that may go on");
	text[255] = '\n';
	write_file(text, 256, 0700);
	expect(ENOENT, "one that just fits");
	write_file("#!", 2, 0700);
	expect(EACCES, "no name at all is the current directory");
}

static const char *link_of_chain(int i)
{
	static char name[40];

	snprintf(name, sizeof(name), "/tmp/exec_errors.%d", i);
	return name;
}

/* As the interpreter of five scripts: ours, theirs in turn, @file, "arg". */
static bool is_chain(char **argv)
{
	for (int i = 1; i < 5; i++)
		if (strcmp(argv[i], link_of_chain(i)) != 0)
			return false;
	return strcmp(argv[5], file) == 0 && strcmp(argv[6], "arg") == 0;
}

/* Scripts that are interpreters of scripts: five, and not six. */
static void test_chain(const char *exe)
{
	char text[400];

	for (int i = 1; i <= 6; i++) {
		snprintf(text, sizeof(text), "#!%s\n",
			 i == 1 ? exe : link_of_chain(i - 1));
		write_file(text, strlen(text), 0700);
		if (i == 5)
			is_exit(in_child(run_script, NULL), 35, "five scripts");
		if (rename(file, link_of_chain(i)) != 0)
			bail_out("rename: %s", strerror(errno));
	}
	if (rename(link_of_chain(6), file) != 0)
		bail_out("rename: %s", strerror(errno));
	expect(ELOOP, "six scripts");
	for (int i = 1; i < 6; i++)
		unlink(link_of_chain(i));
}

static void test_scripts(void)
{
	char text[400], exe[300];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		bail_out("readlink: %s", strerror(errno));
	exe[n] = '\0';
	snprintf(text, sizeof(text), "#! %s script words\nrest\n", exe);
	write_file(text, strlen(text), 0700);
	is_exit(in_child(run_script, NULL), 33, "#! runs the interpreter");
	write_file("#!/nonexistent\n", 15, 0700);
	expect(ENOENT, "an interpreter that is not there");
	snprintf(text, sizeof(text), "#!%s/%s\n", get_current_dir_name(), file);
	write_file(text, strlen(text), 0700);
	expect(ELOOP, "a script that is its own interpreter");
	test_lines(exe);
	test_chain(exe);
	unlink(file);
}

int main(int argc, char **argv)
{
	/* As a script's interpreter: [exe, "script words", file, arg]. */
	if (argc == 4 && strcmp(argv[1], "script words") == 0)
		return strcmp(argv[2], file) == 0 &&
		       strcmp(argv[3], "arg") == 0 ? 33 : 34;
	if (argc == 7)
		return is_chain(argv) ? 35 : 36;
	if (argc > 1)
		return 0;	/* a broken copy ran after all */
	plan(8 + 7 + 9 + 3 + 10);
	load_image();
	test_header();
	if (!skip_under_qemu(7, "the host's loader is asked"))
		test_segments();
	test_paths();
	test_too_big();
	if (!skip_under_qemu(10, "the host cannot exec riscv64 programs"))
		test_scripts();
	return done_testing();
}
