/*
 * tests/abi/vdso.c
 *
 * Claim    The object that the kernel maps into each process has the functions
 *          that Linux's has, at LINUX_4.15, and each answers as the system call
 *          of its name does: clocks, processors, the instruction cache, and
 *          riscv_hwprobe() with what it does not know, too.
 * Method   Its symbol table is read as the C library does, and its functions
 *          are called beside the system calls.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <elf.h>
#include <sched.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>

#ifndef SYS_riscv_hwprobe
#define SYS_riscv_hwprobe 258
#endif

struct pair {
	int64_t key;
	uint64_t value;
};

static struct {
	const char *base;
	const Elf64_Sym *symbols;
	const char *strings;
	const uint32_t *hash; /* nr of buckets, nr of symbols, ... */
} image;

static const Elf64_Phdr *header_of_type(const Elf64_Ehdr *elf, unsigned type)
{
	const Elf64_Phdr *ph = (const void *)(image.base + elf->e_phoff);

	for (int i = 0; i < elf->e_phnum; i++)
		if (ph[i].p_type == type)
			return &ph[i];
	return NULL;
}

static bool find_tables(void)
{
	const Elf64_Phdr *load, *dynamic;
	const Elf64_Dyn *d;

	image.base = (const char *)getauxval(AT_SYSINFO_EHDR);
	if (!image.base)
		return false;
	load = header_of_type((const Elf64_Ehdr *)image.base, PT_LOAD);
	dynamic = header_of_type((const Elf64_Ehdr *)image.base, PT_DYNAMIC);
	if (!load || !dynamic)
		return false;
	for (d = (const void *)(image.base + dynamic->p_offset); d->d_tag; d++) {
		const char *at = image.base + d->d_un.d_ptr - load->p_vaddr;

		/* A loader that has been here made addresses of them. */
		if (d->d_un.d_ptr >= (uintptr_t)image.base)
			at = (const char *)d->d_un.d_ptr;
		if (d->d_tag == DT_SYMTAB)
			image.symbols = (const void *)at;
		if (d->d_tag == DT_STRTAB)
			image.strings = at;
		if (d->d_tag == DT_HASH)
			image.hash = (const void *)at;
	}
	return image.symbols && image.strings && image.hash;
}

static void *function(const char *name)
{
	for (uint32_t i = 0; i < image.hash[1]; i++)
		if (strcmp(image.strings + image.symbols[i].st_name, name) == 0)
			return (void *)(image.base + image.symbols[i].st_value);
	return NULL;
}

static void test_names(void)
{
	static const char *const names[] = {
		"__vdso_rt_sigreturn", "__vdso_clock_gettime",
		"__vdso_gettimeofday", "__vdso_clock_getres", "__vdso_getcpu",
		"__vdso_flush_icache", "__vdso_riscv_hwprobe",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ok_without_errno(function(names[i]) != NULL, "there is %s()", names[i]);
}

static void test_clocks(void)
{
	int (*gettime)(clockid_t, struct timespec *) = function("__vdso_clock_gettime");
	int (*getres)(clockid_t, struct timespec *) = function("__vdso_clock_getres");
	struct timespec a, b, c;

	is_int(gettime(CLOCK_MONOTONIC, &a), 0, "the time, by the object");
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b);
	gettime(CLOCK_MONOTONIC, &c);
	ok_without_errno((a.tv_sec < b.tv_sec ||
			  (a.tv_sec == b.tv_sec && a.tv_nsec <= b.tv_nsec)) &&
			 (b.tv_sec < c.tv_sec ||
			  (b.tv_sec == c.tv_sec && b.tv_nsec <= c.tv_nsec)),
			 "the call's is between two of those");
	is_int(gettime(77, &a), -EINVAL, "of a clock that is none");
	memset(&a, 1, sizeof(a));
	is_int(getres(CLOCK_MONOTONIC, &a), 0, "its resolution");
	syscall(SYS_clock_getres, CLOCK_MONOTONIC, &b);
	ok_without_errno(a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec,
			 "is what the call says");
	is_int(getres(77, &a), -EINVAL, "of a clock that is none");
}

static void test_processors(void)
{
	long (*getcpu)(unsigned *, unsigned *, void *) = function("__vdso_getcpu");
	long (*flush)(void *, void *, unsigned long) = function("__vdso_flush_icache");
	unsigned cpu = 77, node = 77;
	cpu_set_t all, one;

	sched_getaffinity(0, sizeof(all), &all);
	for (int i = 0, tried = 0; i < CPU_SETSIZE && tried < 4; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		tried++;
		if (sched_setaffinity(0, sizeof(one), &one) != 0 ||
		    getcpu(&cpu, &node, NULL) != 0 || cpu != (unsigned)i) {
			ok_without_errno(false, "getcpu: hart %d, not %u", i, cpu);
			return;
		}
	}
	sched_setaffinity(0, sizeof(all), &all);
	ok_without_errno(node == 0, "getcpu says where it runs");
	is_int(flush(&cpu, &cpu + 1, 0), 0, "flush_icache");
	is_int(flush(&cpu, &cpu + 1, ~1UL), -EINVAL, "with no such flag");
}

static void test_hwprobe(void)
{
	int (*probe)(struct pair *, size_t, size_t, void *, unsigned) =
		function("__vdso_riscv_hwprobe");
	struct pair mine[14], its[14];
	unsigned long set = 0;

	for (int i = 0; i < 14; i++)
		mine[i] = its[i] = (struct pair){ i - 2, 0x5a5a5a5a };
	mine[13].key = its[13].key = INT64_MAX;
	is_int(probe(mine, 14, 0, NULL, 0), 0, "asked about all harts");
	is_int(syscall(SYS_riscv_hwprobe, its, 14, 0, NULL, 0), 0, "the call, too");
	for (int i = 0; i < 14; i++)
		if (mine[i].key != its[i].key || mine[i].value != its[i].value)
			diag("key %d: %ld %lx, the call: %ld %lx", i - 2,
			     (long)mine[i].key, (long)mine[i].value,
			     (long)its[i].key, (long)its[i].value);
	ok_without_errno(memcmp(mine, its, sizeof(mine)) == 0, "say the same");
	ok_without_errno(mine[0].key == -1 && mine[0].value == 0 &&
			 mine[13].key == -1 && mine[13].value == 0,
			 "a key that is none becomes -1");
	ok_without_errno(mine[1].key == -1 && mine[2].key == 0 && mine[3].key == 1 &&
			 mine[4].key == 2, "who made the hart, and which it is, are 0 to 2");
	is_int(probe(mine, 0, 0, NULL, 0), 0, "no question");
	is_int(probe(mine, 1, sizeof(set), &set, 0), -EINVAL, "about no hart");
	is_int(probe(mine, 1, 0, NULL, 0x80), -EINVAL, "no such flag");
	mine[0] = (struct pair){ 3, 1 };
	set = 0;
	is_int(probe(mine, 1, sizeof(set), &set, 1), 0, "who has IMA?");
	ok_without_errno(set & 1, "the first hart");
}

int main(void)
{
	if (under_qemu_user() || getauxval(AT_SYSINFO_EHDR) == 0) {
		skip_all("qemu-user: an object of its own, or none");
		return 0;
	}
	ok_without_errno(find_tables(), "the object has its tables");
	test_names();
	test_clocks();
	test_processors();
	test_hwprobe();
	return done_testing();
}
