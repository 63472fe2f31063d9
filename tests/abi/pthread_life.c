/*
 * tests/abi/pthread_life.c
 *
 * Claim    Threads are made, ended, cancelled, detached and joined; each has
 *          its own thread-local storage, stack and errno.
 * Method   Every way for a thread to end; 200 threads one after another and
 *          64 at once; destructors and cancellation handlers are counted.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <pthread.h>
#include <sys/syscall.h>

static void *return_argument(void *arg)
{
	return arg;
}

static void *exit_with_argument(void *arg)
{
	pthread_exit(arg);
}

static void test_create_and_join(void)
{
	pthread_t t;
	void *result;
	int bad = 0;

	for (long i = 0; i < 200; i++) {
		tap_thread(&t, NULL, i % 2 ? return_argument
					   : exit_with_argument, (void *)i);
		if (pthread_join(t, &result) || result != (void *)i)
			bad++;
	}
	is_int(bad, 0, "200 threads one after another");
}

/* --- thread-local storage ------------------------------------------------ */

static __thread long tls_data = 42;
static __thread long tls_bss[100];
static pthread_barrier_t barrier;

static void *use_tls(void *me)
{
	long bad = tls_data != 42;

	for (int i = 0; i < 100; i++)
		bad += tls_bss[i] != 0;
	tls_data = (long)me;
	for (int i = 0; i < 100; i++)
		tls_bss[i] = (long)me;
	errno = (int)(long)me;
	pthread_barrier_wait(&barrier);
	sched_yield();
	bad += errno != (int)(long)me || tls_data != (long)me;
	for (int i = 0; i < 100; i++)
		bad += tls_bss[i] != (long)me;
	return (void *)bad;
}

static void test_tls(void)
{
	pthread_t t[64];
	void *result;
	long bad = 0;

	pthread_barrier_init(&barrier, NULL, 64);
	for (long i = 0; i < 64; i++)
		tap_thread(&t[i], NULL, use_tls, (void *)(1000 + i));
	for (int i = 0; i < 64; i++) {
		pthread_join(t[i], &result);
		bad += (long)result;
	}
	is_int(bad, 0, "64 threads at once, each with its own storage");
	is_int(tls_data, 42, "the first thread's is untouched");
}

/* --- keys, once ---------------------------------------------------------- */

static pthread_key_t key;
static int nr_destroyed, nr_once;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void destroy_value(void *value)
{
	__atomic_fetch_add(&nr_destroyed, (int)(long)value, __ATOMIC_RELAXED);
}

static void run_once(void)
{
	nr_once++;
}

static void *set_key(void *value)
{
	pthread_once(&once, run_once);
	pthread_setspecific(key, value);
	return pthread_getspecific(key);
}

static void test_keys(void)
{
	pthread_t t[8];

	pthread_key_create(&key, destroy_value);
	for (int i = 0; i < 8; i++)
		tap_thread(&t[i], NULL, set_key, (void *)10);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	is_int(nr_destroyed, 80, "each thread's key is destroyed");
	is_int(nr_once, 1, "pthread_once() runs once");
	ok(pthread_getspecific(key) == NULL, "the first thread's is unset");
}

/* --- cancellation -------------------------------------------------------- */

static int cleaned_up;
static volatile int started, requested;

static void clean_up(void *unused TAP_UNUSED)
{
	cleaned_up++;
}

static void *wait_in_read(void *fd)
{
	char c;

	pthread_cleanup_push(clean_up, NULL);
	started = 1;
	if (read(*(int *)fd, &c, 1) < 0)
		perror("read");
	pthread_cleanup_pop(0);
	return NULL;
}

static void *spin_until_async(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	started = 1;
	for (;;)
		asm volatile("" ::: "memory");
	return unused;
}

static void *hold_off(void *unused TAP_UNUSED)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	started = 1;
	while (!requested)
		usleep(1000);
	cleaned_up += 10;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	return NULL;
}

static void expect_canceled(void *(*fn)(void *), void *arg, const char *what)
{
	pthread_t t;
	void *result;

	started = requested = 0;
	tap_thread(&t, NULL, fn, arg);
	while (!started)
		sched_yield();
	pthread_cancel(t);
	requested = 1;
	pthread_join(t, &result);
	ok(result == PTHREAD_CANCELED, "cancelled %s", what);
}

static void test_cancel(void)
{
	int fds[2];

	if (pipe(fds) < 0)
		bail_out("pipe");
	expect_canceled(wait_in_read, &fds[0], "in a read() that blocks");
	is_int(cleaned_up, 1, "its clean-up handler ran");
	expect_canceled(spin_until_async, NULL, "while it spins");
	expect_canceled(hold_off, NULL, "when it allows it");
	is_int(cleaned_up, 11, "and not before");
}

/* --- detach, stacks ------------------------------------------------------ */

static volatile int detached_done;

static void *detached(void *unused)
{
	__atomic_fetch_add(&detached_done, 1, __ATOMIC_RELEASE);
	return unused;
}

static void test_detach(void)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 50; i++)
		tap_thread(&t, &attr, detached, NULL);
	while (__atomic_load_n(&detached_done, __ATOMIC_ACQUIRE) < 50)
		sched_yield();
	ok(true, "50 detached threads ran");
}

static void *use_stack(void *bytes)
{
	long size = (long)bytes, sum = 0;
	volatile char *room = __builtin_alloca(size);

	for (long i = 0; i < size; i += 512)
		room[i] = 1;
	for (long i = 0; i < size; i += 512)
		sum += room[i];
	return (void *)sum;
}

static void test_stack_size(void)
{
	pthread_attr_t attr;
	pthread_t t;
	void *result;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 4 << 20);
	is_int(pthread_create(&t, &attr, use_stack, (void *)(3L << 20)), 0,
	       "a thread with 4 MiB of stack");
	pthread_join(t, &result);
	is_int((long)result, (3 << 20) / 512, "uses 3 MiB of them");
	pthread_attr_setstacksize(&attr, 64 << 10);
	tap_thread(&t, &attr, use_stack, (void *)(16L << 10));
	pthread_join(t, &result);
	is_int((long)result, (16 << 10) / 512, "64 KiB are enough for 16");
}

/* --- raw thread exit ----------------------------------------------------- */

static void *exit_thread_by_call(void *unused)
{
	syscall(SYS_exit, 5);
	return unused;
}

static int thread_exit_is_not_ours(void *unused TAP_UNUSED)
{
	pthread_t t;

	tap_thread(&t, NULL, exit_thread_by_call, NULL);
	pthread_join(t, NULL);	/* by CLONE_CHILD_CLEARTID alone */
	return 21;
}

int main(void)
{
	plan(17);
	test_create_and_join();
	test_tls();
	test_keys();
	test_cancel();
	test_detach();
	test_stack_size();
	is_exit(in_child(thread_exit_is_not_ours, NULL), 21,
		"exit() of a thread leaves the process");
	is_int(pthread_kill(pthread_self(), 0), 0, "pthread_kill() of oneself");
	return done_testing();
}
