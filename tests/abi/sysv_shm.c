/*
 * tests/abi/sysv_shm.c
 *
 * Claim    System V shared memory is shared by all who attach it, comes along
 *          at fork and goes at exec and exit, counts who has it, and stays,
 *          when it is removed, until the last one lets go; keys, rights and
 *          addresses say what Linux's say.
 * Method   Segments of some pages in this process and its children, each edge
 *          once.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>

enum { PAGE = 4096, PAGES = 4, USER = 4242 };

static int id;

static int new_segment(size_t bytes, int mode)
{
	id = shmget(IPC_PRIVATE, bytes, mode);
	if (id < 0)
		bail_out("shmget: %s", strerror(errno));
	return id;
}

static char *attach(void)
{
	char *p = shmat(id, NULL, 0);

	if (p == (void *)-1)
		bail_out("shmat: %s", strerror(errno));
	return p;
}

static struct shmid_ds stat_of(void)
{
	struct shmid_ds ds = { 0 };

	if (shmctl(id, IPC_STAT, &ds) < 0)
		ds.shm_nattch = 9999;
	return ds;
}

static long users(void)
{
	return stat_of().shm_nattch;
}

static long as_long(void *p)
{
	return p == (void *)-1 ? -1 : 0;
}

/* ---- keys ---- */

static void test_keys(void)
{
	key_t key = 0x51b00000 + getpid();

	id = shmget(key, 2 * PAGE, IPC_CREAT | IPC_EXCL | 0640);
	ok(id >= 0, "a new segment by a key");
	is_int(shmget(key, PAGE, 0), id, "is found by it");
	fails(shmget(key, 3 * PAGE, 0), EINVAL, "not by who needs more");
	fails(shmget(key, PAGE, IPC_CREAT | IPC_EXCL), EEXIST, "not as a new one");
	is_int(shmctl(id, IPC_RMID, NULL), 0, "removed");
	fails(shmget(key, PAGE, 0), ENOENT, "its key finds nothing");
	fails(as_long(shmat(id, NULL, 0)), EINVAL, "nor does its id");
	fails(shmget(IPC_PRIVATE, 0, 0600), EINVAL, "no bytes");
	fails(shmget(IPC_PRIVATE, PAGE, SHM_HUGETLB | 0600),
	      getuid() == 0 ? ENOMEM : EPERM, "no huge pages");
}

/* ---- limits ---- */

static bool write_limit(const char *text)
{
	FILE *f = getuid() == 0 ? fopen("/proc/sys/kernel/shmmax", "w") : NULL;
	bool written = f && fputs(text, f) >= 0;

	return f && fclose(f) == 0 && written;
}

static void test_limit(void)
{
	FILE *f = fopen("/proc/sys/kernel/shmmax", "r");
	char before[32] = "", text[32];

	if (!f || !fgets(before, sizeof(before), f) || !write_limit(before)) {
		skip(2, "no limit to be set here");
	} else {
		snprintf(text, sizeof(text), "%d\n", 2 * PAGE);
		write_limit(text);
		new_segment(2 * PAGE, 0600);
		is_int(shmctl(id, IPC_RMID, NULL), 0, "as many bytes as may be");
		fails(shmget(IPC_PRIVATE, 2 * PAGE + 1, 0600), EINVAL, "not one more");
		write_limit(before);
	}
	if (f)
		fclose(f);
}

/* ---- memory ---- */

static int write_in_child(void *p)
{
	strcpy(p, "from the child");
	return users() == 2 ? 0 : 1;
}

static int detach_in_child(void *p)
{
	return shmdt(p) == 0 && users() == 1 ? 0 : 1;
}

static int exec_in_child(void *unused TAP_UNUSED)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", id);
	execl("/proc/self/exe", "sysv_shm", "count", text, NULL);
	return 98;
}

static void test_memory(void)
{
	char *p, *q;
	struct shmid_ds ds;

	new_segment(PAGES * PAGE - 5, 0600);
	ds = stat_of();
	ok(ds.shm_segsz == PAGES * PAGE - 5 && ds.shm_nattch == 0 &&
	   ds.shm_cpid == getpid() && ds.shm_lpid == 0 && ds.shm_atime == 0 &&
	   ds.shm_ctime > 0, "as it was made");
	p = attach();
	ok(p[0] == 0 && p[PAGES * PAGE - 1] == 0, "it is zero, to the end of the page");
	q = attach();
	strcpy(p, "hello");
	ok(p != q && strcmp(q, "hello") == 0, "attached twice it is one");
	is_int(users(), 2, "and counts as two");
	is_int(shmdt(q), 0, "shmdt");
	ds = stat_of();
	ok(ds.shm_nattch == 1 && ds.shm_lpid == getpid() && ds.shm_atime > 0 &&
	   ds.shm_dtime > 0, "one is left, and who and when is known");
	fails(shmdt(q), EINVAL, "not twice");
	fails(shmdt(p + PAGE), EINVAL, "not from the middle");
	fails(shmdt(p + 1), EINVAL, "not an address");
	is_exit(in_child(write_in_child, p), 0, "a child has it, and counts");
	ok(strcmp(p, "from the child") == 0, "and what it writes is seen");
	is_int(users(), 1, "at its end it does not");
	is_exit(in_child(detach_in_child, p), 0, "a child may detach it");
	is_int(users(), 1, "which is nobody else's business");
	if (!skip_under_qemu(1, "its exec is another program's"))
		is_exit(in_child(exec_in_child, NULL), 1, "exec detaches it");
	munmap(p + PAGE, PAGE);
	is_int(users(), 2, "a hole makes two of one");
	is_int(shmdt(p), 0, "which go together");
	is_int(users(), 0, "nobody has it");
	p = attach();
	ok(strcmp(p, "from the child") == 0, "what is in it stays");
	shmdt(p);
	shmctl(id, IPC_RMID, NULL);
}

/* ---- addresses and rights of a mapping ---- */

static int write_to(void *p)
{
	*(volatile char *)p = 1;
	return 0;
}

static void test_where(void)
{
	char *hole = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *p;

	new_segment(2 * PAGE, 0600);
	fails(as_long(shmat(id, hole, 0)), EINVAL, "something is there");
	if (!skip_under_qemu(1, "it chooses a place"))
		fails(as_long(shmat(id, NULL, SHM_REMAP)), EINVAL,
		      "SHM_REMAP of nothing");
	ok(shmat(id, hole, SHM_REMAP) == hole, "SHM_REMAP takes its place");
	hole[0] = 'x';
	shmdt(hole);
	munmap(hole, 8 * PAGE);
	fails(as_long(shmat(id, hole + 1, 0)), EINVAL, "an odd address");
	ok(shmat(id, hole + 1, SHM_RND) == hole, "SHM_RND rounds it");
	ok(hole[0] == 'x', "it is the segment");
	shmdt(hole);
	p = shmat(id, NULL, SHM_RDONLY);
	ok(p != (void *)-1 && p[0] == 'x', "SHM_RDONLY reads");
	is_killed(in_child(write_to, p), SIGSEGV, "and does not write");
	fails(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES, "nor can it be made to");
	shmdt(p);
	shmctl(id, IPC_RMID, NULL);
	fails(as_long(shmat(-1, NULL, 0)), EINVAL, "no id");
}

/* ---- removed while it is attached ---- */

static void test_removed(void)
{
	key_t key = 0x51c00000 + getpid();
	struct shmid_ds ds;
	char *p, *q;

	id = shmget(key, PAGE, IPC_CREAT | 0600);
	p = attach();
	is_int(shmctl(id, IPC_RMID, NULL), 0, "removed while somebody has it");
	fails(shmget(key, PAGE, 0), ENOENT, "the key is gone");
	ds = stat_of();
	ok(ds.shm_nattch == 1 && (ds.shm_perm.mode & SHM_DEST) &&
	   ds.shm_perm.__key == IPC_PRIVATE, "it says that it is to go");
	q = attach();
	strcpy(q, "still");
	ok(strcmp(p, "still") == 0, "its id goes on attaching it");
	shmdt(q);
	is_int(users(), 1, "the first one has it still");
	shmdt(p);
	fails(shmctl(id, IPC_STAT, &ds), EINVAL, "the last one gone, it is, too");
}

/* ---- shmctl ---- */

static void test_control(void)
{
	struct shminfo limits;
	struct shm_info usage;
	struct shmid_ds ds;

	new_segment(PAGE, 0600);
	ok(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits) >= 0 &&
	   limits.shmmin == 1 && limits.shmmni >= 1, "IPC_INFO");
	ok(shmctl(0, SHM_INFO, (struct shmid_ds *)&usage) >= 0 &&
	   usage.used_ids >= 1 && usage.shm_tot >= 1, "SHM_INFO");
	is_int(shmctl(id & 0x7fff, SHM_STAT, &ds), id, "SHM_STAT by the place gives the id");
	is_int(shmctl(id, IPC_STAT, &ds), 0, "IPC_STAT");
	ds.shm_perm.mode = 0640;
	is_int(shmctl(id, IPC_SET, &ds), 0, "IPC_SET");
	is_int(stat_of().shm_perm.mode, 0640, "a new mode");
	is_int(shmctl(id, SHM_LOCK, NULL), 0, "SHM_LOCK");
	ok(stat_of().shm_perm.mode & SHM_LOCKED, "it is locked");
	is_int(shmctl(id, SHM_UNLOCK, NULL), 0, "SHM_UNLOCK");
	fails(shmctl(id, IPC_STAT, (void *)8), EFAULT, "nowhere");
	fails(shmctl(id, 4711, NULL), EINVAL, "no such command");
	fails(shmctl(-1, IPC_STAT, &ds), EINVAL, "no id");
	shmctl(id, IPC_RMID, NULL);
}

static int as_another(void *unused TAP_UNUSED)
{
	struct shmid_ds ds = { 0 };
	int bad = 0;

	if (setgid(USER) < 0 || setuid(USER) < 0)
		return 99;
	bad |= !(shmat(id, NULL, 0) == (void *)-1 && errno == EACCES) << 0;
	bad |= !(shmat(id, NULL, SHM_RDONLY) != (void *)-1) << 1;
	bad |= !(shmctl(id, IPC_RMID, NULL) == -1 && errno == EPERM) << 2;
	bad |= !(shmctl(id, IPC_SET, &ds) == -1 && errno == EPERM) << 3;
	bad |= !(shmctl(id, SHM_LOCK, NULL) == -1 && errno == EPERM) << 4;
	bad |= !!(stat_of().shm_perm.mode & SHM_LOCKED) << 5;
	return bad;
}

static int lock_with(unsigned long limit)
{
	struct rlimit l = { limit, 2 * PAGE };

	if (setrlimit(RLIMIT_MEMLOCK, &l) < 0)
		return -1;
	return shmctl(id, SHM_LOCK, NULL) == 0 ? 0 : errno;
}

/* Two pages, with just the limit, and with a byte less. */
static int lock_own(void *unused TAP_UNUSED)
{
	int bad = 0;

	if (setgid(USER) < 0 || setuid(USER) < 0)
		return 99;
	new_segment(2 * PAGE, 0600);
	bad |= (lock_with(2 * PAGE) != 0) << 0;
	bad |= (shmctl(id, SHM_UNLOCK, NULL) != 0) << 1;
	bad |= (lock_with(2 * PAGE - 1) != ENOMEM) << 2;
	bad |= (lock_with(0) != EPERM) << 3;
	shmctl(id, IPC_RMID, NULL);
	return bad;
}

static void test_rights(void)
{
	if (getuid() != 0) {
		skip(2, "needs root");
		return;
	}
	if (!skip_under_qemu(1, "the host's limits"))
		is_exit(in_child(lock_own, NULL), 0, "a user locks what his limit has room for");
	new_segment(PAGE, 0604);
	is_exit(in_child(as_another, NULL), 0, "others may read, and no more");
	shmctl(id, IPC_RMID, NULL);
}

static void test_proc(void)
{
	char line[256], want[64];
	bool found = false;
	FILE *f;

	new_segment(5 * PAGE, 0600);
	f = fopen("/proc/sysvipc/shm", "r");
	snprintf(want, sizeof(want), "%10d %10d   600 %21d ", 0, id, 5 * PAGE);
	while (f && fgets(line, sizeof(line), f))
		found |= strncmp(line, want, strlen(want)) == 0;
	if (f)
		fclose(f);
	ok(found, "/proc/sysvipc/shm has a line for it");
	ok(read_number("/proc/sys/kernel/shmmni") >= 1, "/proc/sys/kernel/shmmni");
	shmctl(id, IPC_RMID, NULL);
}

int main(int argc, char **argv)
{
	if (argc == 3) {
		id = atoi(argv[2]);
		return users();
	}
	test_keys();
	test_limit();
	test_memory();
	test_where();
	test_removed();
	test_control();
	test_rights();
	test_proc();
	return done_testing();
}
