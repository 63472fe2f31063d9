/*
 * tests/abi/sysv_sem.c
 *
 * Claim    System V semaphores: a call's operations happen all or not at all,
 *          wait, time out, are undone at the end of their process, and end
 *          with EIDRM when the set goes; keys, ids, rights and limits say what
 *          Linux's say.
 * Method   Sets of a few semaphores in this process and its children, each
 *          edge once; children that wait are seen by GETNCNT and GETZCNT.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "libasleep.h"

#include <sched.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

enum { USER = 4242 };

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

static int set;

static int new_set(int n)
{
	int id = semget(IPC_PRIVATE, n, 0600);

	if (id < 0)
		bail_out("semget: %s", strerror(errno));
	return id;
}

static int op(int num, int by, int flags)
{
	struct sembuf b = { num, by, flags };

	return semop(set, &b, 1);
}

static int value(int num)
{
	return semctl(set, num, GETVAL);
}

static int set_value(int num, int v)
{
	return semctl(set, num, SETVAL, (union semun){ .val = v });
}

static void remove_set(void)
{
	semctl(set, 0, IPC_RMID);
}

/* ---- keys and ids ---- */

static void test_keys(void)
{
	key_t key = 0x51a00000 + getpid();
	struct sembuf b = { 0, 1, 0 };
	struct semid_ds ds;
	int id = semget(key, 3, IPC_CREAT | IPC_EXCL | 0640), again;
	const int places = 0x8000;

	ok(id >= 0, "a new set by a key");
	is_int(semget(key, 0, 0), id, "is found by it");
	is_int(semget(key, 2, IPC_CREAT), id, "by who needs fewer, too");
	fails(semget(key, 4, 0), EINVAL, "not by who needs more");
	fails(semget(key, 3, IPC_CREAT | IPC_EXCL), EEXIST, "not by who wants a new one");
	fails(semctl(id + places, 0, GETVAL), EINVAL,
	      "a later set in its place is another");
	is_int(semctl(id, 0, IPC_RMID), 0, "removed");
	fails(semget(key, 3, 0), ENOENT, "its key finds nothing");
	fails(semctl(id, 0, GETVAL), EINVAL, "and its id neither");
	fails(semctl(id, 0, IPC_RMID), EINVAL, "nor can it be removed again");
	again = semget(key, 3, IPC_CREAT | 0600);
	ok(again >= 0 && again != id, "the next one has another id");
	semctl(again, 0, IPC_RMID);
	fails(semget(IPC_PRIVATE, 0, 0600), EINVAL, "no semaphores");
	fails(semget(IPC_PRIVATE, -1, 0600), EINVAL, "fewer than none");
	fails(semget(IPC_PRIVATE, 1 << 20, 0600), EINVAL, "too many");
	fails(semop(-1, &b, 1), EINVAL, "semop: no id");
	fails(semctl(-1, 0, IPC_STAT, (union semun){ .buf = &ds }), EINVAL,
	      "semctl: no id");
}

/* ---- operations ---- */

static void test_all_or_nothing(void)
{
	struct sembuf b[] = { { 0, 5, 0 }, { 1, -1, IPC_NOWAIT } };
	struct sembuf zero[] = { { 0, 0, IPC_NOWAIT }, { 0, 2, 0 } };
	struct sembuf many[600] = { { 0, 0, 0 } };

	set = new_set(2);
	is_int(value(0), 0, "a new one is 0");
	fails(semop(set, b, 2), EAGAIN, "two operations, of which one would wait");
	is_int(value(0), 0, "the other one was not done either");
	is_int(set_value(1, 1), 0, "SETVAL");
	is_int(semop(set, b, 2), 0, "now both are");
	ok(value(0) == 5 && value(1) == 0, "5 and 0");
	is_int(semctl(set, 0, GETPID), getpid(), "GETPID is who did it");
	fails(semop(set, zero, 2), EAGAIN, "it is not zero");
	set_value(0, 0);
	is_int(semop(set, zero, 2), 0, "zero, and then 2");
	is_int(value(0), 2, "2");
	fails(op(2, 1, 0), EFBIG, "no such semaphore");
	fails(op(0, 32767, 0), ERANGE, "more than 32767");
	fails(set_value(0, 32768), ERANGE, "SETVAL to more");
	fails(set_value(0, -1), ERANGE, "SETVAL to less than nothing");
	fails(set_value(2, 1), EINVAL, "SETVAL of none");
	fails(semop(set, b, 0), EINVAL, "no operations");
	fails(semop(set, many, 600), E2BIG, "too many");
	fails(semop(set, (struct sembuf *)16, 1), EFAULT, "a bad address");
	fails(semctl(set, 0, 4711), EINVAL, "no such command");
	remove_set();
}

static void test_all_values(void)
{
	unsigned short in[3] = { 7, 8, 32767 }, out[3] = { 0 };
	unsigned short large[3] = { 1, 2, 40000 };

	set = new_set(3);
	is_int(semctl(set, 0, SETALL, (union semun){ .array = in }), 0, "SETALL");
	is_int(semctl(set, 0, GETALL, (union semun){ .array = out }), 0, "GETALL");
	ok(memcmp(in, out, sizeof(in)) == 0, "the same values");
	fails(semctl(set, 0, SETALL, (union semun){ .array = large }), ERANGE,
	      "one too large");
	is_int(value(0), 7, "none was set");
	fails(semctl(set, 0, GETALL, (union semun){ .array = NULL }), EFAULT,
	      "nowhere");
	remove_set();
}

static void test_stat(void)
{
	struct semid_ds ds;
	struct seminfo info;
	int top;

	set = new_set(3);
	is_int(semctl(set, 0, IPC_STAT, (union semun){ .buf = &ds }), 0, "IPC_STAT");
	ok(ds.sem_nsems == 3 && ds.sem_otime == 0 && ds.sem_ctime > 0 &&
	   ds.sem_perm.cuid == getuid() && (ds.sem_perm.mode & 0777) == 0600,
	   "as it was made, never used");
	op(0, 1, 0);
	semctl(set, 0, IPC_STAT, (union semun){ .buf = &ds });
	ok(ds.sem_otime > 0, "used");
	ds.sem_perm.mode = 0400;
	is_int(semctl(set, 0, IPC_SET, (union semun){ .buf = &ds }), 0, "IPC_SET");
	semctl(set, 0, IPC_STAT, (union semun){ .buf = &ds });
	is_int(ds.sem_perm.mode & 0777, 0400, "a new mode");
	fails(semctl(set, 0, IPC_SET, (union semun){ .buf = NULL }), EFAULT,
	      "IPC_SET from nowhere");
	top = semctl(0, 0, IPC_INFO, (union semun){ .info = &info });
	ok(top >= 0 && info.semmsl >= 250 && info.semvmx == 32767, "IPC_INFO");
	top = semctl(0, 0, SEM_INFO, (union semun){ .info = &info });
	ok(top >= 0 && info.semusz >= 1 && info.semaem >= 3, "SEM_INFO");
	is_int(semctl(set & 0x7fff, 0, SEM_STAT, (union semun){ .buf = &ds }), set,
	       "SEM_STAT by the place gives the id");
	remove_set();
}

/* ---- waiting ---- */

static void wait_for_count(int num, int which, int n)
{
	while (semctl(set, num, which) != n)
		sched_yield();
}

static void on_alarm(int sig TAP_UNUSED)
{
}

static int wait_for_one(void *flags)
{
	return op(0, -1, (int)(long)flags) == 0 ? 0 : errno;
}

static int wait_for_zero(void *unused TAP_UNUSED)
{
	return op(0, 0, 0) == 0 ? 0 : errno;
}

static void test_waiting(void)
{
	pid_t a, b;

	set = new_set(1);
	a = start_sleeper(wait_for_one, NULL);
	wait_for_count(0, GETNCNT, 1);
	b = start_sleeper(wait_for_one, NULL);
	wait_for_count(0, GETNCNT, 2);
	op(0, 1, 0);
	is_exit(end_of(a), 0, "the first to wait is the first to go on");
	is_int(semctl(set, 0, GETPID), a, "and it was that one");
	is_int(semctl(set, 0, GETNCNT), 1, "the other one waits");
	op(0, 3, 0);
	is_exit(end_of(b), 0, "for the next");
	is_int(value(0), 2, "2 are left");
	a = start_sleeper(wait_for_zero, NULL);
	wait_for_count(0, GETZCNT, 1);
	is_int(semctl(set, 0, GETNCNT), 0, "who waits for zero is counted there alone");
	op(0, -2, 0);
	is_exit(end_of(a), 0, "zero");

	a = start_sleeper(wait_for_one, NULL);
	wait_for_count(0, GETNCNT, 1);
	set_value(0, 1);
	is_exit(end_of(a), 0, "SETVAL lets one go on");
	a = start_sleeper(wait_for_one, NULL);
	wait_for_count(0, GETNCNT, 1);
	remove_set();
	is_exit(end_of(a), EIDRM, "the set is removed: EIDRM");
}

static int be_interrupted(void *unused TAP_UNUSED)
{
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	sigaction(SIGUSR1, &act, NULL);
	return op(0, -1, 0) == 0 ? 0 : errno;
}

static int wait_for_second(void *unused TAP_UNUSED)
{
	return op(1, -1, 0) == 0 ? 0 : errno;
}

static int pass_on(void *unused TAP_UNUSED)
{
	struct sembuf ops[] = { { 0, -1, 0 }, { 1, 1, 0 } };

	return semop(set, ops, 2) == 0 ? 0 : errno;
}

/* He who was first waits for what the second does, when that can be done. */
static void test_passed_on(void)
{
	pid_t a, b;

	set = new_set(2);
	a = start_sleeper(wait_for_second, NULL);
	wait_for_count(1, GETNCNT, 1);
	b = start_sleeper(pass_on, NULL);
	wait_for_count(0, GETNCNT, 1);
	op(0, 1, 0);
	is_exit(end_of(b), 0, "the second to wait goes on");
	is_exit(end_of(a), 0, "and by it the first");
	remove_set();
}

static void test_ends_of_waits(void)
{
	struct timespec soon = { 0, 1000000 }, bad = { 0, 1000000000 };
	struct sembuf b = { 0, -1, 0 };
	pid_t pid;

	set = new_set(1);
	fails(semtimedop(set, &b, 1, &soon), EAGAIN, "the time is up");
	is_int(semctl(set, 0, GETNCNT), 0, "nobody waits any more");
	if (!skip_under_qemu(1, "it does not look at the nanoseconds"))
		fails(semtimedop(set, &b, 1, &bad), EINVAL, "no time");
	pid = start_sleeper(be_interrupted, NULL);
	wait_for_count(0, GETNCNT, 1);
	tap_kill(pid, SIGUSR1);
	is_exit(end_of(pid), EINTR, "a signal ends it, SA_RESTART or not");
	pid = start_sleeper(wait_for_one, NULL);
	wait_for_count(0, GETNCNT, 1);
	tap_kill(pid, SIGKILL);
	is_killed(end_of(pid), SIGKILL, "so does SIGKILL");
	is_int(semctl(set, 0, GETNCNT), 0, "and nobody is left");
	op(0, 1, 0);
	is_int(value(0), 1, "nothing was taken for the dead");
	remove_set();
}

/* ---- undo ---- */

static int undo_three(void *unused TAP_UNUSED)
{
	return op(0, 5, SEM_UNDO) != 0 || op(0, -2, SEM_UNDO) != 0 ||
	       op(1, -1, SEM_UNDO) != 0;
}

static void *add_with_undo(void *unused TAP_UNUSED)
{
	op(0, 1, SEM_UNDO);
	return NULL;
}

static int thread_ends_first(void *unused TAP_UNUSED)
{
	pthread_t t;

	tap_thread(&t, NULL, add_with_undo, NULL);
	pthread_join(t, NULL);
	return value(0) == 1 ? 0 : 1;
}

static int child_does_not_undo(void *unused TAP_UNUSED)
{
	op(0, 1, SEM_UNDO);
	if (tap_fork() == 0)
		_exit(0);
	wait(NULL);
	return value(0) == 1 ? 0 : 1;
}

static int undone_in_part(void *unused TAP_UNUSED)
{
	op(0, 5, SEM_UNDO);
	return op(0, -4, 0);
}

static int forgotten(void *unused TAP_UNUSED)
{
	op(0, 5, SEM_UNDO);
	return set_value(0, 3);
}

static int all_forgotten(void *unused TAP_UNUSED)
{
	unsigned short values[] = { 4, 2 };

	op(0, 5, SEM_UNDO);
	op(1, 1, SEM_UNDO);
	return semctl(set, 0, SETALL, (union semun){ .array = values });
}

/* The second of two cannot be done: so the first is not, nor undone later. */
static int taken_back(void *unused TAP_UNUSED)
{
	struct sembuf ops[] = { { 0, 3, SEM_UNDO }, { 1, -9, SEM_UNDO | IPC_NOWAIT } };

	return semop(set, ops, 2) == 0 ? 0 : errno;
}

static int too_much(void *unused TAP_UNUSED)
{
	if (op(0, 32767, SEM_UNDO) != 0 || op(0, -32767, 0) != 0)
		return 0;
	return op(0, 32767, SEM_UNDO) == 0 ? 0 : errno;
}

static void test_undo(void)
{
	pid_t waits;

	set = new_set(2);
	set_value(1, 1);
	is_exit(in_child(undo_three, NULL), 0, "a process adds 3 and takes 1");
	ok(value(0) == 0 && value(1) == 1, "all of it is undone at its end");
	is_exit(in_child(thread_ends_first, NULL), 0, "the end of a thread undoes nothing");
	is_int(value(0), 0, "that of the process does");
	is_exit(in_child(child_does_not_undo, NULL), 0, "nor does that of a child");
	is_exit(in_child(undone_in_part, NULL), 0, "taken by others meanwhile");
	is_int(value(0), 0, "no value goes below 0");
	is_exit(in_child(forgotten, NULL), 0, "SETVAL");
	is_int(value(0), 3, "makes undo forget");
	is_exit(in_child(all_forgotten, NULL), 0, "SETALL");
	ok(value(0) == 4 && value(1) == 2, "does so for all");
	is_exit(in_child(taken_back, NULL), EAGAIN, "two at once that cannot be");
	ok(value(0) == 4 && value(1) == 2, "leave nothing to be undone");
	set_value(0, 0);
	is_exit(in_child(too_much, NULL), ERANGE, "an undo of more than 32767");
	set_value(0, 0);
	set_value(1, 0);
	set_value(0, 1);
	waits = start_sleeper(wait_for_zero, NULL);
	wait_for_count(0, GETZCNT, 1);
	op(0, -1, 0);
	is_exit(end_of(waits), 0, "zero is seen");
	remove_set();
}

/* ---- rights ---- */

static int as_another(void *unused TAP_UNUSED)
{
	struct semid_ds ds = { 0 };
	int bad = 0;

	if (setgid(USER) < 0 || setuid(USER) < 0)
		return 99;
	bad |= !(op(0, 1, IPC_NOWAIT) == -1 && errno == EACCES) << 0;
	bad |= !(op(0, 0, IPC_NOWAIT) == 0) << 1;
	bad |= !(value(0) == 0) << 2;
	bad |= !(set_value(0, 1) == -1 && errno == EACCES) << 3;
	bad |= !(semctl(set, 0, IPC_RMID) == -1 && errno == EPERM) << 4;
	bad |= !(semctl(set, 0, IPC_SET, (union semun){ .buf = &ds }) == -1 &&
		 errno == EPERM) << 5;
	/* Before the values are looked for; qemu-user looks first. */
	bad |= !(semctl(set, 0, SETALL, (union semun){ .array = NULL }) == -1 &&
		 (errno == EACCES || under_qemu_user())) << 6;
	return bad;
}

static int without_any(void *unused TAP_UNUSED)
{
	struct semid_ds ds;

	if (setgid(USER) < 0 || setuid(USER) < 0)
		return 99;
	if (semctl(set, 0, IPC_STAT, (union semun){ .buf = &ds }) != -1 ||
	    errno != EACCES)
		return 1;
	return value(0) == -1 && errno == EACCES ? 0 : 2;
}

static void test_rights(void)
{
	if (getuid() != 0) {
		skip(3, "needs root");
		return;
	}
	set = semget(IPC_PRIVATE, 1, 0604);
	is_exit(in_child(as_another, NULL), 0, "others may read, and no more");
	is_int(value(0), 0, "what is refused sets nothing");
	remove_set();
	set = new_set(1);
	is_exit(in_child(without_any, NULL), 0, "or not even that");
	remove_set();
}

/* ---- /proc ---- */

static void test_proc(void)
{
	char line[256], want[64];
	bool found = false;
	FILE *f = fopen("/proc/sysvipc/sem", "r");

	set = new_set(5);
	if (f)
		fclose(f);
	f = fopen("/proc/sysvipc/sem", "r");
	snprintf(want, sizeof(want), "%10d %10d   600          5 ", 0, set);
	while (f && fgets(line, sizeof(line), f))
		found |= strncmp(line, want, strlen(want)) == 0;
	ok(found, "/proc/sysvipc/sem has a line for it");
	if (f)
		fclose(f);
	ok(read_number("/proc/sys/kernel/sem") >= 250, "/proc/sys/kernel/sem");
	remove_set();
}

int main(void)
{
	test_keys();
	test_all_or_nothing();
	test_all_values();
	test_stat();
	test_waiting();
	test_passed_on();
	test_ends_of_waits();
	test_undo();
	test_rights();
	test_proc();
	return done_testing();
}
