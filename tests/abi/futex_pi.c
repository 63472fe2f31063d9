/*
 * tests/abi/futex_pi.c
 *
 * Claim    A mutex of the kind that lends priority is taken and given up in
 *          user memory; the kernel makes who comes wait, and hands it to the
 *          highest, oldest first. The owner runs by the highest priority of
 *          who waits for him, through owners who wait themselves, and by his
 *          own again afterwards. Who would wait for himself is told, so is
 *          whose time is up, and who waits for somebody that is gone; an owner
 *          that dies leaves the mutex to the next, with a word of it.
 * Method   The C library's mutexes with PTHREAD_PRIO_INHERIT, and calls at
 *          their edges; for priorities, real-time threads on one hart, of which
 *          one in the middle would keep the owner from running for ever.
 * Oracle   Linux, futex(2).
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "../librealtime.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

enum { EDGES = 17, ORDER = 5, DEATHS = 5, LOST = 2, PROGRAM = 2, BOOSTS = 9, LINKS = 4 };

static uint32_t word;

static long futex_pi(int op, const struct timespec *timeout)
{
	return syscall(SYS_futex, &word, op | FUTEX_PRIVATE_FLAG, 0, timeout,
		       NULL, 0);
}

static uint32_t now_is(void)
{
	return __atomic_load_n(&word, __ATOMIC_SEQ_CST);
}

/* --- edges ------------------------------------------------------------------ */

static void test_alone(void)
{
	uint32_t me = gettid();

	word = 0;
	is_int(futex_pi(FUTEX_LOCK_PI, NULL), 0, "nobody has it");
	is_int(now_is(), me, "the word says who has it now");
	fails(futex_pi(FUTEX_LOCK_PI, NULL), EDEADLK, "not twice");
	fails(futex_pi(FUTEX_TRYLOCK_PI, NULL), EDEADLK, "nor when it is tried");
	is_int(futex_pi(FUTEX_UNLOCK_PI, NULL), 0, "it is given up");
	is_int(now_is(), 0, "the word is 0");
	fails(futex_pi(FUTEX_UNLOCK_PI, NULL), EPERM, "nobody gives up another's");
	is_int(futex_pi(FUTEX_TRYLOCK_PI, NULL), 0, "tried, and had");
	is_int(futex_pi(FUTEX_UNLOCK_PI, NULL), 0, "and given up");
	word = FUTEX_OWNER_DIED;
	is_int(futex_pi(FUTEX_LOCK_PI, NULL), 0, "a dead owner's");
	is_int(now_is(), me | FUTEX_OWNER_DIED, "still says so");
	word = 0x3ffffff0;
	fails(futex_pi(FUTEX_LOCK_PI, NULL), ESRCH, "of who never was");
	word = 0;
	fails(syscall(SYS_futex, (char *)&word + 1, FUTEX_LOCK_PI, 0, NULL,
		      NULL, 0), EINVAL, "at an odd address");
}

static pthread_mutex_t mutex;
static int step;		/* told by tap_tell() */
static volatile pid_t tid;

static void *hold(void *unused TAP_UNUSED)
{
	tid = gettid();
	word = tid;
	tap_tell(&step, 1);
	while (tap_told(&step) != 2)
		usleep(1000);
	return futex_pi(FUTEX_UNLOCK_PI, NULL) == 0 ? NULL : (void *)1;
}

static void test_time(void)
{
	struct timespec now;
	pthread_t t;
	void *result;

	step = 0;
	tap_thread(&t, NULL, hold, NULL);
	while (tap_told(&step) != 1)
		usleep(1000);
	fails(futex_pi(FUTEX_TRYLOCK_PI, NULL), EAGAIN, "somebody has it");
	clock_gettime(CLOCK_REALTIME, &now);
	fails(futex_pi(FUTEX_LOCK_PI, &now), ETIMEDOUT, "until a time of day");
	clock_gettime(CLOCK_MONOTONIC, &now);
	fails(futex_pi(FUTEX_LOCK_PI2, &now), ETIMEDOUT, "or a monotonic one");
	tap_tell(&step, 2);
	pthread_join(t, &result);
	ok(result == NULL && now_is() == 0,
	   "who gave up waiting left nothing behind");
}

/* --- who is next ---------------------------------------------------------------- */

static void make_mutex(bool robust)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	if (robust)
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &attr);
}

static volatile int order[4], nr_order;

struct waiter {
	int id, priority;
	volatile pid_t tid;
};

static void *wait_and_note(void *arg)
{
	struct waiter *w = arg;
	struct sched_param param = { .sched_priority = w->priority };

	if (w->priority && sched_setscheduler(0, SCHED_FIFO, &param) < 0)
		bail_out("sched_setscheduler: %s", strerror(errno));
	w->tid = gettid();
	pthread_mutex_lock(&mutex);
	order[nr_order++] = w->id;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void wait_in_order(struct waiter *waiters)
{
	pthread_t t[3];

	nr_order = 0;
	make_mutex(false);
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 3; i++) {
		waiters[i].tid = 0;
		tap_thread(&t[i], NULL, wait_and_note, &waiters[i]);
		wait_until_thread_asleep(&waiters[i].tid);
	}
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
}

static bool may_be_rt;

static void test_order(void)
{
	static struct waiter equal[3] = { { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 } };
	static struct waiter ranked[3] = { { 0, 5, 0 }, { 1, 20, 0 }, { 2, 10, 0 } };

	wait_in_order(equal);
	is_int(nr_order, 3, "all have had it");
	ok(order[0] == 0 && order[1] == 1 && order[2] == 2,
	   "the oldest first: %d %d %d", order[0], order[1], order[2]);
	is_int(pthread_mutex_trylock(&mutex), 0, "and nobody has it now");
	pthread_mutex_unlock(&mutex);
	if (!may_be_rt) {
		skip(2, "no real-time priorities");
		return;
	}
	wait_in_order(ranked);
	is_int(nr_order, 3, "all have had it");
	ok(order[0] == 1 && order[1] == 2 && order[2] == 0,
	   "the highest first: %d %d %d", order[0], order[1], order[2]);
}

/* --- deaths ---------------------------------------------------------------------- */

static void *lock_and_die(void *unused TAP_UNUSED)
{
	pthread_mutex_lock(&mutex);
	tap_tell(&step, 1);
	while (tap_told(&step) != 2)
		usleep(1000);
	return NULL;
}

static volatile int result;

static void *lock_it(void *unused TAP_UNUSED)
{
	tid = gettid();
	result = pthread_mutex_lock(&mutex);
	return NULL;
}

static void test_death(void)
{
	pthread_t owner, next;

	make_mutex(true);
	step = 0;
	tid = 0;
	tap_thread(&owner, NULL, lock_and_die, NULL);
	while (tap_told(&step) != 1)
		usleep(1000);
	is_int(pthread_mutex_trylock(&mutex), EBUSY, "it is taken");
	tap_thread(&next, NULL, lock_it, NULL);
	wait_until_thread_asleep(&tid);
	tap_tell(&step, 2);
	pthread_join(owner, NULL);
	pthread_join(next, NULL);
	is_int(result, EOWNERDEAD, "who waited gets it, and is told");
	/* He died as well, and did not make it good. */
	is_int(pthread_mutex_lock(&mutex), EOWNERDEAD, "so is the next");
	is_int(pthread_mutex_consistent(&mutex), 0, "who makes it good");
	is_int(pthread_mutex_unlock(&mutex), 0, "and gives it up");
}

static uint32_t *word_of_heir, *word_of_all;

static long lock_shared(uint32_t *at, const struct timespec *until)
{
	return syscall(SYS_futex, at, FUTEX_LOCK_PI, 0, until, NULL, 0);
}

static void *own_and_die(void *unused TAP_UNUSED)
{
	*word_of_all = gettid();
	tap_tell(&step, 1);
	while (tap_told(&step) != 2)
		usleep(1000);
	return NULL;
}

static void *inherit(void *unused TAP_UNUSED)
{
	tid = gettid();
	result = lock_shared(word_of_heir, NULL) ? errno : 0;
	tap_tell(&step, 3);
	while (tap_told(&step) != 4)
		usleep(1000);
	return NULL;
}

/* Who inherits it cannot say so, for where he asked for it is nothing now. */
static void test_lost_word(void)
{
	int fd = memfd_create("word", 0);
	pthread_t owner, heir;
	struct timespec until;

	if (ftruncate(fd, 4096))
		bail_out("ftruncate: %s", strerror(errno));
	word_of_heir = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	word_of_all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	step = tid = 0;
	tap_thread(&owner, NULL, own_and_die, NULL);
	while (tap_told(&step) != 1)
		usleep(1000);
	tap_thread(&heir, NULL, inherit, NULL);
	wait_until_thread_asleep(&tid);
	munmap(word_of_heir, 4096);
	tap_tell(&step, 2);
	pthread_join(owner, NULL);
	while (tap_told(&step) != 3)
		usleep(1000);
	is_int(result, EFAULT, "an heir whose word is gone is told");
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	fails(lock_shared(word_of_all, &until), ESRCH,
	      "and does not own it: nobody waits for him");
	tap_tell(&step, 4);
	pthread_join(heir, NULL);
	munmap(word_of_all, 4096);
}

/* A circle of two: the second is told. */
/* --- a new program ------------------------------------------------------------ */

static uint32_t *map_word(int fd)
{
	uint32_t *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return at;
}

/* In the new program: takes the mutex in user memory, and gives it up when asked. */
static int own_after_exec(char **argv)
{
	uint32_t *at = map_word(atoi(argv[1]));
	char c;

	__atomic_store_n(at, (uint32_t)gettid(), __ATOMIC_SEQ_CST);
	if (write(atoi(argv[2]), "", 1) != 1 || read(atoi(argv[3]), &c, 1) != 1)
		return 1;
	return syscall(SYS_futex, at, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) != 0;
}

static pid_t start_program(int fd, int tells, int asked)
{
	char text[3][12];
	pid_t pid = tap_fork();

	if (pid != 0)
		return pid;
	snprintf(text[0], sizeof(text[0]), "%d", fd);
	snprintf(text[1], sizeof(text[1]), "%d", tells);
	snprintf(text[2], sizeof(text[2]), "%d", asked);
	execl("/proc/self/exe", "futex_pi", text[0], text[1], text[2], NULL);
	_exit(99);
}

/* The mutexes of the program before went with it; those of this one are its own. */
static void test_new_program(void)
{
	int fd = memfd_create("word", 0), told[2], asked[2];
	pid_t owner, parent = getpid();
	char c;

	if (fd < 0 || ftruncate(fd, 4096) != 0 || pipe(told) != 0 || pipe(asked) != 0)
		bail_out("a memfd and pipes: %s", strerror(errno));
	owner = start_program(fd, told[1], asked[0]);
	if (read(told[0], &c, 1) != 1)
		bail_out("the program: %s", strerror(errno));
	if (tap_fork() == 0) {
		wait_until_asleep(parent, parent);
		_exit(write(asked[1], "", 1) != 1);
	}
	is_int(lock_shared(map_word(fd), NULL), 0,
	       "what a new program owns is waited for");
	is_exit(end_of(owner), 0, "and given on by it");
	wait(NULL);
	close(fd);
}

static pthread_mutex_t second;

static void *lock_both(void *unused TAP_UNUSED)
{
	pthread_mutex_lock(&second);
	tid = gettid();
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	pthread_mutex_unlock(&second);
	return NULL;
}

static void test_circle(void)
{
	pthread_t t;

	make_mutex(false);
	second = mutex;
	pthread_mutex_lock(&mutex);
	tid = 0;
	tap_thread(&t, NULL, lock_both, NULL);
	wait_until_thread_asleep(&tid);
	fails(syscall(SYS_futex, &second, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL,
		      0), EDEADLK, "who would wait for himself is told");
	pthread_mutex_unlock(&mutex);
	pthread_join(t, NULL);
	ok(true, "and the other goes on");
}

/* --- priorities -------------------------------------------------------------------- */

static pthread_mutex_t chain[1 + LINKS]; /* who has one waits for the next */
static volatile int high_has_it, middle_runs;
static int low_has_it;		/* told by tap_tell(), with tid */

static long priority_now(pid_t of)
{
	char path[60], text[400] = "", *at;
	long priority = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", of);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
	at = strrchr(text, ')');
	sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d"
	       " %*d %ld", &priority);
	return priority;
}

static void *low(void *its)
{
	be_urgent(10);
	pthread_mutex_lock(its);
	tid = gettid();
	tap_tell(&low_has_it, 1);
	while (tap_told(&step) != 2)
		sched_yield();
	pthread_mutex_unlock(its);
	while (tap_told(&step) != 3)
		usleep(1000);
	return NULL;
}

static volatile pid_t link_tid, high_tid;

/* Has one that the link before it waits for, or high, and waits for the next one. */
static void *link_both(void *its)
{
	pthread_mutex_t *own = its;

	be_urgent(12);
	pthread_mutex_lock(own);
	link_tid = gettid();
	pthread_mutex_lock(own + 1);
	pthread_mutex_unlock(own + 1);
	pthread_mutex_unlock(own);
	return NULL;
}

static void *middle(void *unused TAP_UNUSED)
{
	be_urgent(20);
	middle_runs = 1;
	while (!high_has_it)
		;
	return NULL;
}

static void *high(void *unused TAP_UNUSED)
{
	be_urgent(30);
	high_tid = gettid();
	pthread_mutex_lock(&chain[0]);
	high_has_it = 1;
	pthread_mutex_unlock(&chain[0]);
	return NULL;
}

/* We are above all of them, on the same hart, and sleep to let them run. */
static void test_inversion(int links)
{
	pthread_t t[3 + LINKS];

	step = high_has_it = middle_runs = low_has_it = 0;
	high_tid = 0;
	make_mutex(false);
	for (int i = 0; i <= links; i++)
		chain[i] = mutex;
	be_urgent(50);
	tap_thread(&t[0], NULL, low, &chain[links]);
	while (!tap_told(&low_has_it))
		usleep(1000);
	for (int i = links - 1; i >= 0; i--) {
		link_tid = 0;
		tap_thread(&t[3 + i], NULL, link_both, &chain[i]);
		wait_until_thread_asleep(&link_tid);
	}
	tap_thread(&t[2], NULL, high, NULL);
	wait_until_thread_asleep(&high_tid);
	is_int(priority_now(tid), -31,
	       "the owner has the priority of who waits, through %d others", links);
	tap_thread(&t[1], NULL, middle, NULL);
	tap_tell(&step, 2);
	while (!high_has_it)
		usleep(1000);
	ok(high_has_it, "one in the middle does not keep him from running");
	for (int i = 1; i < 3 + links; i++)
		pthread_join(t[i], NULL);
	is_int(priority_now(tid), -11, "and he has his own again");
	tap_tell(&step, 3);
	pthread_join(t[0], NULL);
}

static void share_again(void)
{
	struct sched_param param = { 0 };
	cpu_set_t set;

	memset(&set, -1, sizeof(set));
	sched_setaffinity(0, sizeof(set), &set);
	sched_setscheduler(0, SCHED_OTHER, &param);
}

int main(int argc, char **argv)
{
	struct sched_param param = { .sched_priority = 1 };

	if (argc == 4)
		return own_after_exec(argv);
	may_be_rt = !under_qemu_user() && geteuid() == 0 &&
		    sched_setscheduler(0, SCHED_FIFO, &param) == 0;
	share_again();
	plan(EDGES + ORDER + DEATHS + LOST + PROGRAM + 2 + BOOSTS);
	test_alone();
	test_time();
	test_order();
	if (!skip_under_qemu(DEATHS, "robust lists are not the host's"))
		test_death();
	test_lost_word();
	if (!skip_under_qemu(PROGRAM, "the host cannot exec riscv64 programs"))
		test_new_program();
	test_circle();
	if (!may_be_rt) {
		skip(BOOSTS, "no real-time priorities");
		return done_testing();
	}
	test_inversion(0);
	test_inversion(1);
	test_inversion(LINKS);
	share_again();
	return done_testing();
}
