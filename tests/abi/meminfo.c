/*
 * tests/abi/meminfo.c
 *
 * Claim    /proc/meminfo says what memory is used for: by memory that was touched
 *          AnonPages grows, and PageTables by what maps it; by files in memory
 *          Shmem, with it Cached, and Mapped when they are mapped; by a disk that is
 *          read Buffers; by threads KernelStack, by mappings Slab; and what is
 *          given back is not counted any more. sysinfo() says the same of Shmem
 *          and Buffers.
 * Method   Much of one thing is made and undone. Others on the machine use and
 *          free memory meanwhile, so it is done again until the numbers show at
 *          least three quarters of it, and fails after many times.
 * Oracle   Linux. There no disk is read: it would be one of the host's.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/loop.h>
#include <semaphore.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum { KIB = 1024, MIB = 1024 * KIB, SIZE = 16 * MIB, TIMES = 100 };

static long shared_kib(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return info.sharedram * info.mem_unit / KIB;
}

static long buffers_kib(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return info.bufferram * info.mem_unit / KIB;
}

static long anon(void) { return read_value("/proc/meminfo", "AnonPages:"); }
static long tables(void) { return read_value("/proc/meminfo", "PageTables:"); }
static long shmem(void) { return read_value("/proc/meminfo", "Shmem:"); }
static long cached(void) { return read_value("/proc/meminfo", "Cached:"); }
static long mapped(void) { return read_value("/proc/meminfo", "Mapped:"); }
static long buffers(void) { return read_value("/proc/meminfo", "Buffers:"); }
static long stacks(void) { return read_value("/proc/meminfo", "KernelStack:"); }
static long slab(void) { return read_value("/proc/meminfo", "Slab:"); }

/* @of_it grows by about @kib when @make has made what @undo takes away, and is
 * what it was after that, unless something of it is kept for the next time. */
static void grows(const char *what, long (*of_it)(void), long kib, bool is_kept,
		  void (*make)(void), void (*undo)(void))
{
	long up = 0, down = 0;
	bool good = false;

	for (int i = 0; !good && i < TIMES; i++) {
		long before = of_it(), between;

		make();
		between = of_it();
		undo();
		up = between - before;
		down = between - of_it();
		good = up >= kib * 3 / 4 && (is_kept || down >= kib * 3 / 4);
	}
	if (!ok(good, "%s", what))
		diag("of %ld KiB: %ld more, and then %ld less", kib, up, down);
}

/* ---- memory of one's own ---- */

static char *memory;

static char *reserve(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void touch(void)
{
	memory = reserve(SIZE);
	memset(memory, 1, SIZE);
}

static void unmap(void)
{
	munmap(memory, SIZE);
}

/* One page, and so one table, of each 2 MiB. */
enum { TABLES = 1024 };
#define SPARSE ((size_t)TABLES * 2 * MIB)

static void touch_sparsely(void)
{
	memory = reserve(SPARSE);
	for (size_t at = 0; at < SPARSE; at += 2 * MIB)
		memory[at] = 1;
}

static void unmap_sparse(void)
{
	munmap(memory, SPARSE);
}

/* ---- files in memory ---- */

static int file;

static void write_file(void)
{
	static char block[64 * KIB];

	file = memfd_create("meminfo", MFD_CLOEXEC);
	if (file < 0)
		bail_out("memfd_create: %s", strerror(errno));
	for (int done = 0; done < SIZE; done += sizeof(block))
		if (write(file, block, sizeof(block)) != sizeof(block))
			bail_out("write: %s", strerror(errno));
}

static void close_file(void)
{
	close(file);
}

static void map_file(void)
{
	write_file();
	memory = mmap(NULL, SIZE, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
	if (memory == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
}

static void unmap_file(void)
{
	unmap();
	close_file();
}

/* ---- a disk ---- */

static int loop;

static void bind_loop(void)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	char name[32];

	snprintf(name, sizeof(name), "/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
	close(control);
	write_file();
	loop = open(name, O_RDWR | O_CLOEXEC);
	if (loop < 0 || ioctl(loop, LOOP_SET_FD, file) != 0)
		bail_out("%s: %s", name, strerror(errno));
}

static void read_disk(void)
{
	static char block[64 * KIB];

	bind_loop();
	for (int done = 0; done < SIZE; done += sizeof(block))
		if (pread(loop, block, sizeof(block), done) != sizeof(block))
			bail_out("read: %s", strerror(errno));
}

static void unbind_loop(void)
{
	ioctl(loop, LOOP_CLR_FD, 0);
	close(loop);
	close_file();
}

static void test_disk(void)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (control < 0 || access("/proc/drover", F_OK) != 0) {
		skip(2, "no loop device that is ours");
		return;
	}
	close(control);
	grows("a disk that is read is Buffers", buffers, SIZE / KIB, false,
	      read_disk, unbind_loop);
	grows("so says sysinfo()", buffers_kib, SIZE / KIB, false, read_disk,
	      unbind_loop);
}

/* ---- threads, mappings ---- */

enum { THREADS = 64 };

static pthread_t threads[THREADS];
static sem_t may_end;

static void *wait_for_end(void *unused TAP_UNUSED)
{
	sem_wait(&may_end);
	return NULL;
}

static void start_threads(void)
{
	for (int i = 0; i < THREADS; i++)
		tap_thread(&threads[i], NULL, wait_for_end, NULL);
}

static void end_threads(void)
{
	for (int i = 0; i < THREADS; i++)
		sem_post(&may_end);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* Every other page with other rights is a mapping of its own. */
enum { MAPPINGS = 20000 };

static void map_much(void)
{
	memory = reserve(MAPPINGS * 4096UL);
	for (int i = 0; i < MAPPINGS; i += 2)
		if (mprotect(memory + i * 4096L, 4096, PROT_READ) != 0)
			bail_out("mprotect: %s", strerror(errno));
}

static void unmap_much(void)
{
	munmap(memory, MAPPINGS * 4096UL);
}

/* ---- together ---- */

/* Of one reading, as what comes from elsewhere could change between two. */
static void test_sums(void)
{
	long reclaimable = -1, unreclaimable = -1, slab = -1, total = -1, free = -1;
	FILE *f = fopen("/proc/meminfo", "re");
	char line[100];

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "SReclaimable: %ld", &reclaimable);
		sscanf(line, "SUnreclaim: %ld", &unreclaimable);
		sscanf(line, "Slab: %ld", &slab);
		sscanf(line, "MemTotal: %ld", &total);
		sscanf(line, "MemFree: %ld", &free);
	}
	if (f)
		fclose(f);
	ok(slab > 0 && reclaimable >= 0 && unreclaimable > 0 &&
	   slab == reclaimable + unreclaimable,
	   "Slab is what can be had again and what cannot");
	ok(free > 0 && free + slab <= total, "and no free memory");
}

static void test_memory(void)
{
	grows("memory that was touched is AnonPages", anon, SIZE / KIB, false, touch,
	      unmap);
	grows("what maps it is PageTables", tables, TABLES * 4, false,
	      touch_sparsely, unmap_sparse);
}

static void test_files(void)
{
	grows("a file in memory is Shmem", shmem, SIZE / KIB, false, write_file,
	      close_file);
	grows("and Cached", cached, SIZE / KIB, false, write_file, close_file);
	grows("so says sysinfo()", shared_kib, SIZE / KIB, false, write_file,
	      close_file);
	grows("one that is mapped is Mapped", mapped, SIZE / KIB, false, map_file,
	      unmap_file);
}

static void test_kernel(void)
{
	grows("threads have a KernelStack each", stacks, THREADS * 16, true,
	      start_threads, end_threads);
	grows("mappings are objects of slabs", slab, MAPPINGS * 64 / KIB, true,
	      map_much, unmap_much);
}

int main(void)
{
	sem_init(&may_end, 0, 0);
	test_sums();
	if (!skip_under_qemu(10, "the numbers are those of another machine, with its own work")) {
		test_memory();
		test_files();
		test_disk();
		test_kernel();
	}
	return done_testing();
}
