/*
 * tests/abi/core.c
 *
 * Claim    A process that a signal of the kind ends leaves a core, if its
 *          limit allows and it may be looked at, and its status says so: an
 *          ELF file with its memory as it was, the registers of all threads,
 *          who it was, why it ended, what was mapped; what was never touched
 *          takes no room, nor does what is not to be shown. The file's name
 *          follows the pattern. A core that does not fit is as long as it may be;
 *          one that is interrupted by SIGKILL counts as none. Who writes to the
 *          file meanwhile spoils it, and nothing else.
 * Method   Children that crash, with known values in memory and registers; the
 *          file is read here as a debugger reads it. One that is written takes
 *          long, and another process gives all its segments lengths that no
 *          memory has.
 * Oracle   Linux, elf(5), core(5).
 */
#define _GNU_SOURCE
#include "../libcore.h"

#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PATTERN "/proc/sys/kernel/core_pattern"

enum { MARK = 0x7e57c0de, THREADS = 3, SPARSE = 1 << 30 };

static volatile uint64_t mark;
static char *sparse, *hidden;

static void set_limit(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	if (setrlimit(RLIMIT_CORE, &limit) < 0)
		_exit(100);
}

/* s11 and fs11 are what nobody else uses before it ends. */
__attribute__((noinline)) static void crash_at(void *where)
{
	__asm__ volatile("li s11, 0x7e57c0de\n"
			 "fcvt.d.l fs11, s11\n"
			 "sd zero, 0(%0)" : : "r"(where) : "s11", "fs11", "memory");
}

static int ready;

static void *wait_with_registers(void *unused TAP_UNUSED)
{
	__asm__ volatile("li s11, 0x7e57c0de\n"
			 "amoadd.w zero, %1, (%0)\n"
			 "1: j 1b" : : "r"(&ready), "r"(1) : "s11", "memory");
	return NULL;
}

static int crash_with_threads(void *unused TAP_UNUSED)
{
	pthread_t t;

	set_limit(RLIM_INFINITY);
	mark = MARK;
	sparse = mmap(NULL, SPARSE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	sparse[SPARSE / 2] = 'x';
	hidden = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(hidden, 'h', 4 * 4096);
	if (madvise(hidden, 3 * 4096, MADV_DONTDUMP) ||
	    madvise(hidden + 4096, 4096, MADV_DODUMP))
		_exit(102);
	for (int i = 0; i < THREADS; i++)
		tap_thread(&t, NULL, wait_with_registers, NULL);
	while (__atomic_load_n(&ready, __ATOMIC_RELAXED) < THREADS)
		sched_yield();
	crash_at((void *)0x123458);
	return 1;
}

/* --- reading it -------------------------------------------------------------- */

static uint64_t reg(const struct elf_prstatus *s, int n)
{
	return ((const uint64_t *)&s->pr_reg)[n];
}

static void test_threads(pid_t pid)
{
	struct elf_prstatus *s;
	int n = 0, marked = 0, first = 0;

	for (; (s = note(NT_PRSTATUS, n, NULL)) != NULL; n++) {
		struct elf_prstatus copy;

		memcpy(&copy, s, sizeof(copy));
		marked += reg(&copy, 27) == MARK;
		if (n == 0)
			first = copy.pr_pid;
	}
	is_int(n, THREADS + 1, "each thread is there");
	is_int(marked, THREADS + 1, "with its registers");
	is_int(first, pid, "the one that was hit first");
	for (n = 0; note(NT_FPREGSET, n, NULL) != NULL; n++)
		;
	is_int(n, THREADS + 1, "and with those of the FPU");
}

static bool maps_file(const char *end)
{
	uint32_t size;
	char *at = note(NT_FILE, 0, &size);
	uint64_t first[2];
	char *name;

	if (at == NULL)
		return false;
	memcpy(first, at, sizeof(first));
	name = at + 16 + 24 * first[0];
	for (uint64_t i = 0; i < first[0]; i++) {
		size_t n = strlen(name);

		if (n >= strlen(end) && !strcmp(name + n - strlen(end), end))
			return true;
		name += n + 1;
	}
	return false;
}

static uint64_t auxv(uint64_t type)
{
	uint32_t size;
	char *at = note(NT_AUXV, 0, &size);
	Elf64_auxv_t pair;

	for (uint32_t i = 0; at && i < size; i += sizeof(pair)) {
		memcpy(&pair, at + i, sizeof(pair));
		if (pair.a_type == type)
			return pair.a_un.a_val;
	}
	return -1UL;
}

static void test_notes(pid_t pid)
{
	struct elf_prstatus s;
	struct elf_prpsinfo i;
	siginfo_t info;
	double f;

	memcpy(&s, note(NT_PRSTATUS, 0, NULL), sizeof(s));
	memcpy(&i, note(NT_PRPSINFO, 0, NULL), sizeof(i));
	memcpy(&info, note(NT_SIGINFO, 0, NULL), sizeof(info));
	is_int(s.pr_cursig, SIGSEGV, "the signal");
	is_int(s.pr_ppid, getpid(), "whose child");
	is_int(i.pr_pid, pid, "which process");
	ok(!strcmp(i.pr_fname, "core"), "its name: %.16s", i.pr_fname);
	ok(strstr(i.pr_psargs, "core") != NULL, "its arguments");
	is_int((long)info.si_addr, 0x123458, "where it happened");
	is_int(info.si_code, SEGV_MAPERR, "and how");
	ok(reg(&s, 0) > (uint64_t)crash_at && reg(&s, 0) < (uint64_t)crash_at + 64,
	   "at which instruction");
	memcpy(&f, (char *)note(NT_FPREGSET, 0, NULL) + 27 * 8, sizeof(f));
	ok(f == (double)MARK, "a floating-point register");
	is_int(auxv(AT_ENTRY), getauxval(AT_ENTRY), "the auxiliary vector");
	ok(maps_file("/core"), "the program is mapped");
}

static void test_memory(void)
{
	uint64_t *value = memory_at((uint64_t)&mark);
	char **place = memory_at((uint64_t)&sparse);
	struct elf_prstatus s;
	struct stat st;
	char *x;

	ok(value && *value == MARK, "memory is as it was");
	x = place ? memory_at((uint64_t)*place + SPARSE / 2) : NULL;
	ok(x && *x == 'x' && x[1] == 0, "also in the middle of a gigabyte");
	memcpy(&s, note(NT_PRSTATUS, 0, NULL), sizeof(s));
	ok(memory_at(reg(&s, 2)) != NULL, "the stack is there");
	ok(memory_at(auxv(AT_SYSINFO_EHDR)) != NULL, "and the vDSO");
	place = memory_at((uint64_t)&hidden);
	x = place ? *place : NULL;
	ok(x && !memory_at((uint64_t)x) && !memory_at((uint64_t)x + 2 * 4096),
	   "what is not to be shown is not");
	ok(x && memory_at((uint64_t)x + 4096) && memory_at((uint64_t)x + 3 * 4096),
	   "but what was not meant, and what is shown again");
	ok(core.size > SPARSE, "the file is as long as what was mapped");
	stat("core", &st);
	ok(st.st_blocks < 1 << 15, "and takes %ld KiB", (long)st.st_blocks / 2);
	is_int(st.st_mode & 07777, 0600, "which nobody else reads");
}

static void test_core(void)
{
	pid_t pid = tap_fork();
	siginfo_t info;
	int status;

	if (pid == 0)
		_exit(crash_with_threads(NULL));
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	is_int(info.si_code, CLD_DUMPED, "the parent is told of a core");
	is_int(info.si_status, SIGSEGV, "and of the signal");
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WCOREDUMP(status), "the status says so, too");
	if (!ok(open_core("core"), "there is a file"))
		bail_out("nothing to look at");
	ok(!memcmp(core.head->e_ident, ELFMAG, SELFMAG) &&
	   core.head->e_type == ET_CORE && core.head->e_machine == EM_RISCV,
	   "which is a core");
	is_int(core.segment[0].p_type, PT_NOTE, "with notes");
	test_threads(pid);
	test_notes(pid);
	test_memory();
	close_core("core");
}

/* --- which end leaves one ------------------------------------------------------ */

struct how {
	int sig;
	rlim_t limit;
	bool secret;
	int filter;
};

static int end_by(void *arg)
{
	struct how *how = arg;

	set_limit(how->limit);
	if (how->secret)
		prctl(PR_SET_DUMPABLE, 0);
	if (how->filter >= 0) {
		FILE *f = fopen("/proc/self/coredump_filter", "w");

		if (!f || fprintf(f, "%#x", how->filter) < 0 || fclose(f))
			return 101;
	}
	mark = MARK;
	raise(how->sig);
	return 1;
}

static bool leaves_core(struct how how)
{
	int status = in_child(end_by, &how);
	struct stat st;

	if (!WIFSIGNALED(status) || WTERMSIG(status) != how.sig)
		bail_out("status %#x, want signal %d", status, how.sig);
	return WCOREDUMP(status) && stat("core", &st) == 0;
}

static void test_when(void)
{
	static const int dumps[] = { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS,
				     SIGFPE, SIGXCPU, SIGXFSZ, SIGSYS };
	struct stat st;
	long wrong = 0;

	for (unsigned i = 0; i < sizeof(dumps) / sizeof(*dumps); i++) {
		wrong += !leaves_core((struct how){ dumps[i], RLIM_INFINITY,
						    false, -1 });
		unlink("core");
	}
	is_int(wrong, 0, "all signals that do");
	ok(!leaves_core((struct how){ SIGTERM, RLIM_INFINITY, false, -1 }) &&
	   !leaves_core((struct how){ SIGKILL, RLIM_INFINITY, false, -1 }) &&
	   !leaves_core((struct how){ SIGUSR1, RLIM_INFINITY, false, -1 }),
	   "and others not");
	ok(!leaves_core((struct how){ SIGABRT, 0, false, -1 }), "no limit");
	ok(stat("core", &st) < 0, "and no file");
	ok(!leaves_core((struct how){ SIGABRT, RLIM_INFINITY, true, -1 }) &&
	   stat("core", &st) < 0, "nothing of what keeps a secret");
	ok(leaves_core((struct how){ SIGABRT, 16384, false, -1 }),
	   "one that does not fit is one, too");
	ok(stat("core", &st) == 0 && st.st_size <= 16384, "as long as it may be");
	unlink("core");
	ok(leaves_core((struct how){ SIGABRT, RLIM_INFINITY, false, 0x10 }) &&
	   open_core("core"), "a filter");
	ok(memory_at((uint64_t)&mark) == NULL, "keeps memory out");
	close_core("core");
}

static void test_limit(void)
{
	struct stat whole = { .st_size = 0 }, fits = { .st_size = 0 };

	ok(leaves_core((struct how){ SIGABRT, RLIM_INFINITY, false, -1 }) &&
	   stat("core", &whole) == 0, "a core of %ld bytes", (long)whole.st_size);
	unlink("core");
	ok(leaves_core((struct how){ SIGABRT, (rlim_t)whole.st_size, false, -1 }) &&
	   stat("core", &fits) == 0, "fits into as many");
	is_int(fits.st_size, whole.st_size, "and all of it is there");
	unlink("core");
}

/* A blocked fault, and a link at the name. */
static int crash_blocked(void *unused TAP_UNUSED)
{
	sigset_t all;

	set_limit(RLIM_INFINITY);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	crash_at((void *)8);
	return 1;
}

static void test_name(void)
{
	struct stat st;
	int status;

	close(open("victim", O_CREAT | O_WRONLY, 0644));
	if (symlink("victim", "core") < 0)
		bail_out("symlink: %s", strerror(errno));
	status = in_child(crash_blocked, NULL);
	ok(WCOREDUMP(status) && lstat("core", &st) == 0 && S_ISREG(st.st_mode),
	   "a link at its place goes");
	ok(stat("victim", &st) == 0 && st.st_size == 0,
	   "and what it leads to stays");
	unlink("victim");
	unlink("core");
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fprintf(f, "%s", text) < 0 || fclose(f))
		bail_out("%s: %s", path, strerror(errno));
}

static void test_pattern(void)
{
	struct how how = { SIGQUIT, RLIM_INFINITY, false, -1 };
	char name[60];
	pid_t pid;
	FILE *f;

	if (!on_drover()) {
		skip(3, "the pattern is somebody's");
		return;
	}
	write_text(PATTERN, "a.%e.%s.%p.%u.%g.%%");
	pid = tap_fork();
	if (pid == 0)
		_exit(end_by(&how));
	waitpid(pid, NULL, 0);
	snprintf(name, sizeof(name), "a.core.3.%d.%u.%u.%%", pid, getuid(),
		 getgid());
	is_int(unlink(name), 0, "a name by the pattern: %s", name);
	write_text(PATTERN, "core");
	write_text("/proc/sys/kernel/core_uses_pid", "1");
	pid = tap_fork();
	if (pid == 0)
		_exit(end_by(&how));
	waitpid(pid, NULL, 0);
	write_text("/proc/sys/kernel/core_uses_pid", "0");
	snprintf(name, sizeof(name), "core.%d", pid);
	is_int(unlink(name), 0, "with the pid");
	f = fopen(PATTERN, "w");
	fputs("|/bin/true", f);
	fails(fclose(f), EINVAL, "no program is started for it");
}

/* --- who writes to it meanwhile ------------------------------------------------ */

static int crash_with_much(void *unused TAP_UNUSED)
{
	enum { MUCH = 16 << 20 };
	char *much = mmap(NULL, MUCH, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	set_limit(RLIM_INFINITY);
	memset(much, 'm', MUCH);
	crash_at((void *)8);
	return 1;
}

static void lie_about_segment(int fd, int i)
{
	off_t at = sizeof(Elf64_Ehdr) + i * sizeof(Elf64_Phdr);
	Elf64_Phdr h;

	if (pread(fd, &h, sizeof(h), at) == sizeof(h) && h.p_filesz != 0) {
		h.p_filesz = 1UL << 62;
		pwrite(fd, &h, sizeof(h), at);
	}
}

static void lie_for_ever(void)
{
	Elf64_Ehdr head;
	int fd;

	while ((fd = open("core", O_RDWR)) < 0)
		;
	for (;;)
		if (pread(fd, &head, sizeof(head), 0) == sizeof(head))
			for (int i = 1; i < head.e_phnum; i++)
				lie_about_segment(fd, i);
}

static void test_written_to(void)
{
	pid_t liar = tap_fork();
	int status;

	if (liar == 0)
		lie_for_ever();
	status = in_child(crash_with_much, NULL);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
	   "lengths that are not true lead nowhere");
	tap_kill(liar, SIGKILL);
	waitpid(liar, NULL, 0);
	unlink("core");
}

int main(void)
{
	char pattern[100] = "", directory[] = "/tmp/coreXXXXXX";
	FILE *f = fopen(PATTERN, "r");

	if (under_qemu_user())
		skip_all("qemu writes cores of its own");
	if (!f || !fgets(pattern, sizeof(pattern), f) || strcmp(pattern, "core\n"))
		skip_all("cores go elsewhere: %s", pattern);
	fclose(f);
	if (!mkdtemp(directory) || chdir(directory) < 0)
		bail_out("%s: %s", directory, strerror(errno));
	plan(48);
	test_core();
	test_when();
	test_limit();
	test_name();
	test_pattern();
	test_written_to();
	rmdir(directory);
	return done_testing();
}
