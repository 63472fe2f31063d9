/*
 * tests/abi/alloc_fails_ipc.c
 *
 * Claim    A call about sockets, pipes, queues, keys, timers, and who is told
 *          of a file, that is refused memory, at whichever of its allocations, says so, has done nothing,
 *          and keeps nothing.
 * Method   As in alloc_fails.c.
 * Oracle   The errors that the manual has for want of memory.
 *
 * Only drover's lab build refuses on purpose.
 */
#define _GNU_SOURCE
#include "libnetlink.h"
#include "librefuse.h"

#include <linux/keyctl.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>

enum { PAGE = 4096 };

static char text[8 * PAGE];
static int fd, other, fds[2];	/* what prepare() has made */
static pid_t self;

/* ---- the calls: one each, and what is before and after it ---- */

static void close_it(long result)
{
	close((int)result);
}

static long call_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long call_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long call_pair(void)
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

static long call_pipe(void)
{
	return pipe2(fds, 0);
}

static void close_both(long result TAP_UNUSED)
{
	close(fds[0]);
	close(fds[1]);
}

static const struct sockaddr_un name = { AF_UNIX, "\0alloc_fails" };

static void make_socket(void)
{
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
}

static void close_fd(long result TAP_UNUSED)
{
	close(fd);
}

static long call_bind(void)
{
	return bind(fd, (const struct sockaddr *)&name, sizeof(name));
}

static void make_listener(void)
{
	make_socket();
	other = socket(AF_UNIX, SOCK_STREAM, 0);
	if (call_bind() < 0 || listen(fd, 4) < 0)
		bail_out("listen: %s", strerror(errno));
}

static void make_connection(void)
{
	make_listener();
	if (connect(other, (const struct sockaddr *)&name, sizeof(name)) < 0)
		bail_out("connect: %s", strerror(errno));
}

static void close_listener(long result TAP_UNUSED)
{
	close(fd);
	close(other);
}

static long call_connect(void)
{
	return connect(other, (const struct sockaddr *)&name, sizeof(name));
}

static long call_accept(void)
{
	return accept(fd, NULL, NULL);
}

static void close_accepted(long result)
{
	if (result >= 0)
		close((int)result);
	close_listener(0);
}

static void make_pair(void)
{
	if (call_pair() < 0)
		bail_out("socketpair: %s", strerror(errno));
}

static long call_sendmsg(void)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { text, 5000 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
			       .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(c), &failalloc, sizeof(int));
	return sendmsg(fds[0], &m, MSG_DONTWAIT);
}

static void make_pipe(void)
{
	if (call_pipe() < 0)
		bail_out("pipe: %s", strerror(errno));
}

static long call_write_pipe(void)
{
	return write(fds[1], text, 3 * PAGE);
}

static long call_epoll(void)
{
	return epoll_create1(0);
}

static void make_epoll(void)
{
	fd = epoll_create1(0);
	make_pipe();
}

static void close_epoll(long result TAP_UNUSED)
{
	close(fd);
	close_both(0);
}

static long call_watch(void)
{
	static struct epoll_event ev = { .events = EPOLLIN };

	return epoll_ctl(fd, EPOLL_CTL_ADD, fds[0], &ev);
}

static long call_eventfd(void)
{
	return eventfd(0, 0);
}

static long call_timerfd(void)
{
	return timerfd_create(CLOCK_MONOTONIC, 0);
}

static long call_inotify(void)
{
	return inotify_init1(0);
}

static void make_inotify(void)
{
	fd = inotify_init1(0);
}

static long call_add_watch(void)
{
	return inotify_add_watch(fd, ".", IN_CREATE);
}

static long call_fanotify(void)
{
	return fanotify_init(0, O_RDONLY);
}

static void make_fanotify(void)
{
	fd = fanotify_init(0, O_RDONLY);
}

static long call_mark(void)
{
	return fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, ".");
}

static long call_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC);
}

enum { MISSING_BYTES = 3 * 4096, MISSING_PAGE = 4096 };

static char *missing;

/* The page in the middle, so that the mapping is split. */
static long call_register(void)
{
	struct uffdio_register r = {
		.range = { (uintptr_t)missing + MISSING_PAGE, MISSING_PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return ioctl(fd, UFFDIO_REGISTER, &r);
}

static void make_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };

	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	ioctl(fd, UFFDIO_API, &api);
	missing = mmap(NULL, MISSING_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_missing(void)
{
	make_userfaultfd();
	call_register();
}

static long call_copy(void)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)missing + MISSING_PAGE,
		.src = (uintptr_t)&fd & -(uintptr_t)MISSING_PAGE,
		.len = MISSING_PAGE,
	};

	return ioctl(fd, UFFDIO_COPY, &copy);
}

static void close_missing(long result TAP_UNUSED)
{
	close(fd);
	munmap(missing, MISSING_BYTES);
}

static long call_msgget(void)
{
	return msgget(IPC_PRIVATE, IPC_CREAT | 0600);
}

static void remove_queue(long id)
{
	msgctl((int)id, IPC_RMID, NULL);
}

static void make_queue(void)
{
	fd = (int)call_msgget();
}

static long call_msgsnd(void)
{
	*(long *)text = 1;
	return msgsnd(fd, text, 3000, IPC_NOWAIT);
}

static void remove_made_queue(long result TAP_UNUSED)
{
	remove_queue(fd);
}

static long call_semget(void)
{
	return semget(IPC_PRIVATE, 100, IPC_CREAT | 0600);
}

static void remove_set(long id)
{
	semctl((int)id, 0, IPC_RMID);
}

static void make_set(void)
{
	fd = (int)call_semget();
}

static long call_semop(void)
{
	struct sembuf up = { 0, 1, SEM_UNDO };

	return semop(fd, &up, 1);
}

static void remove_made_set(long result TAP_UNUSED)
{
	remove_set(fd);
}

static long call_shmget(void)
{
	return shmget(IPC_PRIVATE, 4 * PAGE, IPC_CREAT | 0600);
}

static void remove_segment(long id)
{
	shmctl((int)id, IPC_RMID, NULL);
}

static void make_segment(void)
{
	fd = (int)call_shmget();
}

static long call_shmat(void)
{
	return (long)shmat(fd, NULL, 0);
}

static void detach(long at)
{
	if (at > 0)
		shmdt((void *)at);
	remove_segment(fd);
}

static long call_mq_open(void)
{
	return mq_open("/alloc_fails", O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
}

static void remove_mq(long id)
{
	mq_close((mqd_t)id);
	mq_unlink("/alloc_fails");
}

static long call_timer(void)
{
	int id;

	return syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) < 0 ? -1 : id;
}

static void delete_timer(long id)
{
	syscall(SYS_timer_delete, id);
}

static long call_own(void)
{
	return fcntl(fds[0], F_SETOWN, self);
}

static long call_choose_signal(void)
{
	return fcntl(fds[0], F_SETSIG, SIGUSR1);
}

static void make_file(void)
{
	close(open("alloc_fails.tmp", O_RDWR | O_CREAT, 0600));
	fd = open("alloc_fails.tmp", O_RDONLY);
	unlink("alloc_fails.tmp");
}

static long call_lease(void)
{
	return fcntl(fd, F_SETLEASE, F_RDLCK);
}

static long call_session(void)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

static void keep(long result TAP_UNUSED)
{
}

/* The answer is what is refused, and says so itself. */
static void make_netlink(void)
{
	fd = new_netlink(NETLINK_ROUTE);
}

static long call_dump(void)
{
	struct rtgenmsg any = { .rtgen_family = AF_UNSPEC };
	struct asked a = request_of(RTM_GETADDR, NLM_F_DUMP, &any, sizeof(any));
	int got;

	if (!ask_netlink(fd, &a))
		return -1;
	got = hear(fd, MSG_DONTWAIT);
	if (got > 0 && said.head.nlmsg_type == NLMSG_ERROR)
		got = *(int *)NLMSG_DATA(&said.head);
	errno = -got;
	return got > 0 ? 0 : -1;
}

static void make_diag(void)
{
	fd = new_netlink(NETLINK_SOCK_DIAG);
}

/* To its end, which it says itself; or what was not done. */
static long call_diag(void)
{
	struct unix_diag_req any = { .sdiag_family = AF_UNIX, .udiag_states = -1,
				     .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_ICONS };
	struct asked a = request_of(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &any, sizeof(any));
	int got;

	if (!ask_netlink(fd, &a))
		return -1;
	while ((got = hear(fd, MSG_DONTWAIT)) > 0) {
		if (said.head.nlmsg_type == NLMSG_ERROR) {
			errno = -*(int *)NLMSG_DATA(&said.head);
			return -1;
		}
		if (said.head.nlmsg_type == NLMSG_DONE)
			return 0;
	}
	errno = -got;
	return got == -EAGAIN ? 0 : -1;
}

/* By SIGEV_THREAD: what the kernel will write is made now. */
static void make_letter(void)
{
	fds[0] = mq_open("/alloc_fails", O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
	fds[1] = new_netlink(NETLINK_USERSOCK);
}

static long call_notify(void)
{
	static char cookie[32];
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD, .sigev_signo = fds[1],
			       .sigev_value.sival_ptr = cookie };

	return syscall(SYS_mq_notify, fds[0], &ev);
}

static void lose_letter(long result TAP_UNUSED)
{
	mq_unlink("/alloc_fails");
	close_both(0);
}

static const struct attempt attempts[] = {
	{ "socket", call_socket, prepare_nothing, close_it, 0 },
	{ "socket of TCP", call_inet, prepare_nothing, close_it, ENOBUFS },
	{ "socketpair", call_pair, prepare_nothing, close_both, 0 },
	{ "bind", call_bind, make_socket, close_fd, 0 },
	{ "connect", call_connect, make_listener, close_listener, EAGAIN },
	{ "accept", call_accept, make_connection, close_accepted, 0 },
	{ "sendmsg with a descriptor", call_sendmsg, make_pair, close_both, ENOBUFS },
	{ "a dump by netlink", call_dump, make_netlink, close_fd, ENOBUFS },
	{ "a dump of sockets", call_diag, make_diag, close_fd, ENOBUFS },
	{ "pipe", call_pipe, prepare_nothing, close_both, 0 },
	{ "write to a pipe", call_write_pipe, make_pipe, close_both, 0 },
	{ "epoll_create", call_epoll, prepare_nothing, close_it, 0 },
	{ "epoll_ctl", call_watch, make_epoll, close_epoll, 0 },
	{ "eventfd", call_eventfd, prepare_nothing, close_it, 0 },
	{ "timerfd", call_timerfd, prepare_nothing, close_it, 0 },
	{ "inotify_init", call_inotify, prepare_nothing, close_it, 0 },
	{ "inotify_add_watch", call_add_watch, make_inotify, close_fd, ENOSPC },
	{ "fanotify_init", call_fanotify, prepare_nothing, close_it, 0 },
	{ "fanotify_mark", call_mark, make_fanotify, close_fd, ENOSPC },
	{ "userfaultfd", call_userfaultfd, prepare_nothing, close_it, 0 },
	{ "UFFDIO_REGISTER", call_register, make_userfaultfd, close_missing, 0 },
	{ "UFFDIO_COPY", call_copy, make_missing, close_missing, 0 },
	{ "msgget", call_msgget, prepare_nothing, remove_queue, 0 },
	{ "msgsnd", call_msgsnd, make_queue, remove_made_queue, 0 },
	{ "semget", call_semget, prepare_nothing, remove_set, 0 },
	{ "semop, to be undone", call_semop, make_set, remove_made_set, 0 },
	{ "shmget", call_shmget, prepare_nothing, remove_segment, 0 },
	{ "shmat", call_shmat, make_segment, detach, 0 },
	{ "mq_open", call_mq_open, prepare_nothing, remove_mq, ENOSPC },
	{ "mq_notify by a socket", call_notify, make_letter, lose_letter, 0 },
	{ "timer_create", call_timer, prepare_nothing, delete_timer, EAGAIN },
	{ "fcntl, who is told", call_own, make_pipe, close_both, 0 },
	{ "fcntl, by which signal", call_choose_signal, make_pipe, close_both, 0 },
	{ "fcntl, of a lease", call_lease, make_file, close_fd, 0 },
	{ "keyctl, a new session", call_session, prepare_nothing, keep, 0 },
};

/* ---- what all have room for together ---- */

struct room {
	long semaphores, pages;
};

static struct room room_taken(void)
{
	struct seminfo sem = { 0 };
	struct shm_info shm = { 0 };

	semctl(0, 0, SEM_INFO, &sem);
	shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&shm);
	return (struct room){ sem.semaem, (long)shm.shm_tot };
}

int main(void)
{
	unsigned n = sizeof(attempts) / sizeof(attempts[0]);
	struct room taken, begin;

	refuse_begin();
	self = getpid();
	begin = room_taken();
	plan((int)n * 2 + 2);
	refuse_all(attempts, n);
	taken = room_taken();
	is_int(taken.semaphores, begin.semaphores, "no semaphore counts that is not there");
	is_int(taken.pages, begin.pages, "no page of a segment");
	return done_testing();
}
