/*
 * tests/abi/charges.c
 *
 * Claim    What a user is charged for is his only as long as it is there: he
 *          can make anything again and again, and lose it in any of its ways,
 *          more often than he may have it at once.
 * Method   A child that is a user of his own has small limits and goes in
 *          circles; one that is kept of each hundred would be too many.
 * Oracle   Linux, where it has the limit; where it has none there is none to
 *          be met.
 */
#define _GNU_SOURCE
#include "../libfds.h"
#include "../tap.h"

#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>

enum { USER = 4246, FEW = 8, ROUNDS = 40, KIB = 1024, LOOKS = 5000 };

#define WATCHES "/proc/sys/fs/epoll/max_user_watches"

static void limit(int resource, unsigned long value)
{
	struct rlimit l = { value, value };

	if (setrlimit(resource, &l) < 0)
		bail_out("setrlimit: %s", strerror(errno));
}

static void become_user(void)
{
	if (setgid(USER) < 0 || setuid(USER) < 0)
		_exit(99);
}

/* Of more memory than that only so much is gone through. */
#define MOST (1UL << 30)

static unsigned long memory(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return info.totalram * info.mem_unit < MOST ?
		       info.totalram * info.mem_unit : MOST;
}

/* ---- pipes ---- */

/* Each has what a pipe has, though more than an eighth of memory is made. */
static int pipes(void *unused TAP_UNUSED)
{
	unsigned long rounds = memory() / 8 / (256 * KIB) + 1;
	int p[2];

	become_user();
	for (unsigned long i = 0; i < rounds; i++) {
		if (pipe(p) < 0)
			return 1;
		if (fcntl(p[0], F_GETPIPE_SZ) != 64 * KIB)
			return 2;
		if (fcntl(p[0], F_SETPIPE_SZ, 256 * KIB) != 256 * KIB)
			return 3;
		if (i % 2 == 0 && fcntl(p[0], F_SETPIPE_SZ, 4 * KIB) != 4 * KIB)
			return 4;
		close(p[0]);
		close(p[1]);
	}
	return 0;
}

/* ---- sockets ---- */

static char block[60000];

/* Every second time nobody reads. */
static int messages(void *unused TAP_UNUSED)
{
	unsigned long rounds = memory() / 8 / sizeof(block) * 3;
	int s[2];

	become_user();
	for (unsigned long i = 0; i < rounds; i++) {
		if (i % 8 == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, s) < 0)
			return 1;
		if (send(s[0], block, sizeof(block), MSG_DONTWAIT) < 0)
			return 2;
		if (i % 2 == 0 && recv(s[1], block, sizeof(block), 0) < 0)
			return 3;
		if (i % 2 == 1 && recv(s[1], block, 1, 0) < 0)
			return 4;
		if (i % 8 == 7) {
			if (send(s[0], block, sizeof(block), MSG_DONTWAIT) < 0)
				return 5;
			close(s[0]);
			close(s[1]);
		}
	}
	return 0;
}

/* What is dropped unread may be closed a moment later, by somebody else. */
static int pass_soon(int to, int fd)
{
	for (int looks = 0; looks < LOOKS; looks++) {
		if (send_fds(to, &fd, 1) == 1)
			return 0;
		if (errno != ETOOMANYREFS)
			return -1;
		usleep(1000);
	}
	return -1;
}

/* Read with room for it, without, and not at all. */
static int passed_files(void *unused TAP_UNUSED)
{
	int s[2], fd;

	become_user();
	limit(RLIMIT_NOFILE, FEW + 3);
	for (int i = 0; i < ROUNDS; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0 ||
		    pass_soon(s[0], 0) < 0)
			return 1;
		if (i % 3 == 0) {
			if (receive_fds(s[1], &fd, 1, 0, NULL) != 1)
				return 2;
			close(fd);
		} else if (i % 3 == 1 && read(s[1], block, 1) != 1) {
			return 3;
		}
		close(s[0]);
		close(s[1]);
	}
	return 0;
}

/* ---- signals ---- */

static void block_signal(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(how, &set, NULL);
}

static int queue_few(void)
{
	for (int i = 0; i < FEW; i++)
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) < 0)
			return -1;
	return 0;
}

static int take_few(void)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	for (int i = 0; i < FEW; i++)
		if (sigwaitinfo(&set, &info) != SIGRTMIN)
			return -1;
	return 0;
}

/* A child ends with all that were queued for it; somebody still knows it. */
static int end_with_signals(void)
{
	pid_t child = tap_try_fork();
	int status;

	if (child == 0)
		_exit(queue_few() != 0);
	if (syscall(SYS_pidfd_open, child, 0) < 0)
		return -1;
	return waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

static int signals(void *unused TAP_UNUSED)
{
	become_user();
	limit(RLIMIT_SIGPENDING, FEW + 1);
	block_signal(SIG_BLOCK);
	for (int i = 0; i < 4; i++) {
		if (queue_few() != 0 || take_few() != 0)
			return 1;
		if (queue_few() != 0)
			return 2;
		signal(SIGRTMIN, SIG_IGN);	/* they are dropped */
		signal(SIGRTMIN, SIG_DFL);
		if (end_with_signals() != 0)
			return 3;
	}
	return 0;
}

/* ---- file locks ---- */

enum { MAX_LOCKS = 4096 };

static int file_locks(void *unused TAP_UNUSED)
{
	struct flock l = { .l_whence = SEEK_SET, .l_len = 1 };
	char path[] = "/tmp/charges-XXXXXX";
	int fd;

	become_user();
	fd = mkstemp(path);
	unlink(path);
	for (int i = 0; i < MAX_LOCKS + 10; i++) {
		l.l_type = F_WRLCK;
		if (fcntl(fd, F_SETLK, &l) < 0)
			return 1;
		l.l_type = F_UNLCK;
		if (i % 2 && fcntl(fd, F_SETLK, &l) < 0)
			return 2;
		close(dup(fd));		/* unlocks, too */
		if (flock(fd, LOCK_EX) < 0 || flock(fd, LOCK_UN) < 0)
			return 3;
	}
	return 0;
}

/* ---- epolls ---- */

static int watch(int ep, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

/* Taken off, by closing the file, by closing the epoll. */
static int watches(void *unused TAP_UNUSED)
{
	become_user();
	for (int i = 0; i < ROUNDS; i++) {
		int ep = epoll_create1(0), fd = eventfd(0, 0);

		if (watch(ep, fd) < 0)
			return 1;
		if (watch(ep, fd) != -1 || errno != EEXIST)
			return 2;
		if (i % 3 == 0 && epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL) < 0)
			return 3;
		close(i % 3 == 1 ? fd : ep);
		close(i % 3 == 1 ? ep : fd);
	}
	return 0;
}

static int set_watches(long n)
{
	FILE *f = fopen(WATCHES, "w");

	return f && fprintf(f, "%ld\n", n) > 0 && fclose(f) == 0 ? 0 : -1;
}

static void test_watches(void)
{
	long before = read_number(WATCHES);

	is_int(set_watches(FEW), 0, "few watches");
	is_exit(in_child(watches, NULL), 0, "epolls");
	is_int(set_watches(before), 0, "as many as before");
}

/* ---- System V ---- */

struct text {
	long type;
	char bytes[8000];
};

/* Read, and lost with the queue. */
static int queued_messages(void *unused TAP_UNUSED)
{
	static struct text text = { .type = 1 };
	unsigned long rounds = memory() / 16 / sizeof(text.bytes) * 2;
	int id = -1;

	become_user();
	for (unsigned long i = 0; i < rounds; i++) {
		if (id < 0)
			id = msgget(IPC_PRIVATE, 0600);
		if (msgsnd(id, &text, sizeof(text.bytes), IPC_NOWAIT) < 0)
			return 1;
		if (i % 2 == 0) {
			if (msgrcv(id, &text, sizeof(text.bytes), 0, 0) < 0)
				return 2;
		} else {
			if (msgctl(id, IPC_RMID, NULL) < 0)
				return 3;
			id = -1;
		}
	}
	return id < 0 ? 0 : msgctl(id, IPC_RMID, NULL);
}

enum { SEMS = 16000 };	/* a set of 128 KB, and 32 KB to undo */

static int undone_semaphores(void *unused TAP_UNUSED)
{
	unsigned long rounds = memory() / 16 / (SEMS * 2) + 1;
	struct sembuf up = { .sem_op = 1, .sem_flg = SEM_UNDO };

	become_user();
	for (unsigned long i = 0; i < rounds; i++) {
		int id = semget(IPC_PRIVATE, SEMS, 0600);

		if (id < 0)
			return 1;
		if (semop(id, &up, 1) < 0)
			return 2;
		if (semctl(id, 0, IPC_RMID) < 0)
			return 3;
	}
	return 0;
}

static int segments(void *unused TAP_UNUSED)
{
	become_user();
	for (int i = 0; i < 4; i++) {
		int id = shmget(IPC_PRIVATE, memory() / 3, 0600);
		void *p;

		if (id < 0)
			return 1;
		p = i % 2 ? shmat(id, NULL, 0) : NULL;
		if (shmctl(id, IPC_RMID, NULL) < 0)
			return 2;
		if (p != NULL && shmdt(p) < 0)
			return 3;
	}
	return 0;
}

static long promised_pages(void)
{
	struct shm_info info = { 0 };

	shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);
	return (long)info.shm_tot;
}

/* Half of memory is what one user may have; what he is refused is promised to nobody. */
static int too_long_segment(void *unused TAP_UNUSED)
{
	long before = promised_pages();
	struct sysinfo info;

	sysinfo(&info);
	become_user();
	if (shmget(IPC_PRIVATE, info.totalram / 4 * 3, 0600 | SHM_NORESERVE) >= 0 ||
	    errno != ENOSPC)
		return 1;
	return promised_pages() != before;
}

/* ---- message queues ---- */

static int message_queues(void *unused TAP_UNUSED)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 512 };

	become_user();
	limit(RLIMIT_MSGQUEUE, 2 * (4 * (512 + 64)));
	for (int i = 0; i < ROUNDS; i++) {
		mqd_t q = mq_open("/charges", O_RDWR | O_CREAT | O_EXCL, 0600,
				  &attr);

		if (q < 0)
			return 1;
		if (mq_send(q, block, 512, 0) < 0)
			return 2;
		if (i % 2)
			mq_close(q);
		mq_unlink("/charges");
		if (i % 2 == 0)
			mq_close(q);
	}
	return 0;
}

/* ---- threads ---- */

static void *nothing(void *unused TAP_UNUSED)
{
	return NULL;
}

static bool thread_soon(void)
{
	pthread_t thread;

	for (int looks = 0; looks < LOOKS; looks++) {
		if (pthread_create(&thread, NULL, nothing, NULL) == 0)
			return pthread_join(thread, NULL) == 0;
		usleep(1000);
	}
	return false;
}

static bool child_soon(void)
{
	pid_t child;

	for (int looks = 0; looks < LOOKS; looks++) {
		child = tap_try_fork();
		if (child == 0)
			_exit(0);
		if (child > 0)
			return waitpid(child, NULL, 0) == child;
		usleep(1000);
	}
	return false;
}

/* One that is joined, or waited for, may still be about to go. */
static int threads(void *unused TAP_UNUSED)
{
	limit(RLIMIT_NPROC, 3);
	become_user();
	for (int i = 0; i < ROUNDS; i++)
		if (!thread_soon() || !child_soon())
			return 1;
	return 0;
}

int main(void)
{
	if (getuid() != 0 || under_qemu_user()) {
		skip(1, "only root can become a user of his own");
		return done_testing();
	}
	is_exit(in_child(pipes, NULL), 0, "pipes");
	is_exit(in_child(messages, NULL), 0, "messages");
	is_exit(in_child(passed_files, NULL), 0, "files in messages");
	is_exit(in_child(signals, NULL), 0, "signals");
	is_exit(in_child(file_locks, NULL), 0, "file locks");
	is_exit(in_child(queued_messages, NULL), 0, "messages of System V");
	is_exit(in_child(undone_semaphores, NULL), 0, "semaphores");
	is_exit(in_child(segments, NULL), 0, "segments");
	is_exit(in_child(message_queues, NULL), 0, "message queues");
	is_exit(in_child(threads, NULL), 0, "threads");
	if (on_drover()) {
		is_exit(in_child(too_long_segment, NULL), 0, "a segment that is refused");
		test_watches();
	} else {
		skip(4, "somebody else's machine");
	}
	return done_testing();
}
