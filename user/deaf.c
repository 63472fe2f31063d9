/*
 * user/deaf.c - a sleep that its wake-up does not reach.
 *
 *	deaf KIND	go to sleep so, deaf; then make the condition true
 *
 * For the lab kernel, which is told so by /proc/drover/provoke and should say
 * who sleeps in vain (kernel/debug/watchdog.h). On another kernel, or where
 * the sleep was not deaf, it ends with 0.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 4000, CROWDS = 200, STRIDE = 4096 };

static int ends[2];	/* of a pipe */

/* The next sleep of that kind, of a thread of this process. */
static void be_deaf(const char *kind)
{
	FILE *file = fopen("/proc/drover/provoke", "w");

	if (!file || fprintf(file, "deaf %s", kind) < 0 || fclose(file) != 0) {
		perror("deaf: /proc/drover/provoke");
		exit(1);
	}
}

/* Somebody else does @act in a while: a thread, or a child. */
static void *act_later(void *act)
{
	usleep(500000);
	((void (*)(void))act)();
	return NULL;
}

static void thread_later(void (*act)(void))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, act_later, (void *)act) != 0)
		exit(1);
}

static void child_later(void (*act)(void))
{
	if (fork() == 0) {
		act_later((void *)act);
		_exit(0);
	}
}

static void fill(void)
{
	if (write(ends[1], "x", 1) != 1)
		exit(1);
}

static void empty_sleep(void)
{
	char c;

	thread_later(fill);
	be_deaf("wait queue");
	if (read(ends[0], &c, 1) != 1)
		exit(1);
}

static void poll_pipe(void)
{
	struct pollfd fd = { .fd = ends[0], .events = POLLIN };

	thread_later(fill);
	be_deaf("poll");
	poll(&fd, 1, -1);
}

static void wait_for_child(void)
{
	child_later(sync);
	be_deaf("wait4");
	wait(NULL);
}

static void lend_memory(void)
{
	be_deaf("vfork");
	if (vfork() == 0) {
		usleep(500000);
		_exit(0);
	}
}

static void go_on(void)
{
	kill(getppid(), SIGCONT);
}

static void stop(void)
{
	child_later(go_on);
	be_deaf("stop");
	raise(SIGSTOP);
}

static int word;

static void wake_word(void)
{
	syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void wait_for_word(void)
{
	thread_later(wake_word);
	be_deaf("futex");
	syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void nap(void)
{
	be_deaf("time");
	usleep(500000);
}

static void send_signal(void)
{
	kill(getppid(), SIGUSR1);
}

static void wait_for_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	child_later(send_signal);
	be_deaf("signal");
	sigwaitinfo(&set, NULL);
}

static void handle(int sig)
{
	(void)sig;
}

static void suspend(void)
{
	sigset_t set;

	signal(SIGUSR1, handle);
	sigemptyset(&set);
	child_later(send_signal);
	be_deaf("signal");
	sigsuspend(&set);
}

/* Threads that exec waits for, more than can end at once. */
static void *compute(void *unused)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return unused;
}

static void exec_alone(void)
{
	pthread_t thread;

	for (int i = 0; i < 16; i++)
		pthread_create(&thread, NULL, compute, NULL);
	usleep(100000);
	be_deaf("wait queue");
	execl("/bin/deaf", "deaf", "exec", NULL); /* once more: they were faster */
}

/* Everybody wants the same lock of the kernel, for a while; more than there
 * are harts, or they would wait for each other awake. */
static void *crowd(void *act)
{
	for (int i = 0; i < ROUNDS; i++)
		((void (*)(void))act)();
	return NULL;
}

static void be_crowd(void (*act)(void))
{
	enum { CROWD = 16 };
	pthread_t threads[CROWD];

	for (int i = 0; i < CROWD; i++)
		pthread_create(&threads[i], NULL, crowd, (void *)act);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
}

/*
 * None may have had to wait, or who was to be deaf found the lock free after
 * all and did not sleep: then once more. A crowd with a sleeper ends but for
 * him, and the lock is free.
 */
static void contend(const char *kind, void (*act)(void))
{
	for (int i = 0; i < CROWDS; i++) {
		be_deaf(kind);
		be_crowd(act);
	}
}

static void write_and_read(void)
{
	static char page[STRIDE];

	if (write(ends[1], page, 512) != 512 || read(ends[0], page, 512) != 512)
		exit(1);
}

static void map_and_unmap(void)
{
	char *page = mmap(NULL, STRIDE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	page[0] = 1;
	munmap(page, STRIDE);
}

static void want_mutex(void)
{
	contend("mutex", write_and_read);
}

static void want_rwsem(void)
{
	contend("rwsem", map_and_unmap);
}

static void do_nothing(void)
{
}

static const struct {
	const char *name;
	void (*sleep)(void);
} kinds[] = {
	{ "queue", empty_sleep }, { "poll", poll_pipe }, { "wait4", wait_for_child },
	{ "vfork", lend_memory }, { "stop", stop }, { "futex", wait_for_word },
	{ "time", nap }, { "sigwait", wait_for_signal }, { "sigsuspend", suspend },
	{ "exec", exec_alone }, { "mutex", want_mutex }, { "rwsem", want_rwsem },
	{ "nothing", do_nothing },
};

int main(int argc, char **argv)
{
	if (pipe(ends) != 0)
		return 1;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (argc == 2 && strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].sleep();
			return 0;
		}
	}
	fprintf(stderr, "usage: deaf KIND\n");
	return 2;
}
