/*
 * tests/abi/epoll.c
 *
 * Claim    epoll reports what is ready: as long as it is (level), when it
 *          happens (edge), or once; takes files in, changes and drops them with
 *          Linux's errors; lets a file go when its last descriptor is closed,
 *          and not before; watches epolls, but in no circle, not too deep, and
 *          not by too many ways;
 *          waits, to a time, to a signal, with a mask.
 * Method   Pipes, eventfds and a timerfd that are made ready and not; threads
 *          and a child that make a waiting call come true.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>

#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE (1U << 28)
#endif

static int fds[2];

static int new_epoll(void)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0)
		bail_out("epoll_create1: %s", strerror(errno));
	return ep;
}

static int control(int ep, int op, int fd, unsigned events)
{
	struct epoll_event event = { .events = events, .data.u32 = (unsigned)fd };

	return epoll_ctl(ep, op, fd, &event);
}

static int add(int ep, int fd, unsigned events)
{
	return control(ep, EPOLL_CTL_ADD, fd, events);
}

static int change(int ep, int fd, unsigned events)
{
	return control(ep, EPOLL_CTL_MOD, fd, events);
}

/* What the compiler would warn of. */
static long raw_wait(int ep, void *to, int max)
{
	return syscall(SYS_epoll_pwait, ep, to, max, 0, NULL, 8);
}

/* The events of the one file that is ready; 0: none is. */
static int events_now(int ep)
{
	struct epoll_event got = { 0 };
	int n = epoll_wait(ep, &got, 1, 0);

	return n < 0 ? -errno : n == 0 ? 0 : (int)got.events;
}

static void put(int fd)
{
	if (write(fd, "12345678", 8) != 8)
		bail_out("write: %s", strerror(errno));
}

static void take(int fd)
{
	char buf[8];

	if (read(fd, buf, 8) != 8)
		bail_out("read: %s", strerror(errno));
}

/* ---- errors ---- */

static void test_errors(void)
{
	struct epoll_event event = { .events = EPOLLIN }, got[2];
	int ep = new_epoll(), file = open("/proc/self/exe", O_RDONLY);
	int maps = open("/proc/self/maps", O_RDONLY);
	int mounts = open("/proc/self/mounts", O_RDONLY);
	int memory = open("/proc/meminfo", O_RDONLY);

	fails(epoll_create1(1), EINVAL, "an unknown flag");
	fails(epoll_create(0), EINVAL, "a set of no size");
	fails(add(99, fds[0], EPOLLIN), EBADF, "no such set");
	fails(add(ep, 99, EPOLLIN), EBADF, "no such file");
	fails(add(ep, file, EPOLLIN), EPERM, "a regular file cannot be waited for");
	fails(add(ep, maps, EPOLLIN), EPERM, "nor can what a process tells");
	is_int(add(ep, mounts, EPOLLIN), 0, "but for what says when it changes");
	is_int(add(ep, memory, EPOLLIN), 0, "or is told of the system");
	fails(add(ep, ep, EPOLLIN), EINVAL, "an epoll in itself");
	fails(add(fds[0], fds[1], EPOLLIN), EINVAL, "a pipe is no set");
	fails(change(ep, fds[0], EPOLLIN), ENOENT, "to change what is not there");
	fails(control(ep, EPOLL_CTL_DEL, fds[0], 0), ENOENT, "or drop it");
	is_int(add(ep, fds[0], EPOLLIN), 0, "added");
	fails(add(ep, fds[0], EPOLLIN), EEXIST, "once");
	fails(epoll_ctl(ep, 4, fds[0], &event), EINVAL, "an unknown operation");
	fails(epoll_wait(ep, got, 0, 0), EINVAL, "no room for events");
	fails(raw_wait(ep, got, -1), EINVAL, "or less");
	fails(epoll_wait(fds[0], got, 1, 0), EINVAL, "to wait for a pipe");
	fails(epoll_wait(99, got, 1, 0), EBADF, "for nothing");
	fails(read(ep, got, 1), EINVAL, "a set has no bytes");
	close(file);
	close(maps);
	close(mounts);
	close(memory);
	close(ep);
}

static void test_bad_addresses(void)
{
	struct epoll_event got;
	int ep = new_epoll();

	is_int(add(ep, fds[0], EPOLLIN), 0, "a pipe");
	fails(syscall(SYS_epoll_ctl, ep, EPOLL_CTL_MOD, fds[0], 8L), EFAULT,
	      "an event at no address");
	put(fds[1]);
	fails(raw_wait(ep, (void *)8, 1), EFAULT, "no place for one");
	is_int(epoll_wait(ep, &got, 1, 0), 1, "which is not lost");
	take(fds[0]);
	close(ep);
}

/* ---- how it is reported ---- */

static void test_level(void)
{
	int ep = new_epoll();

	is_int(add(ep, fds[0], EPOLLIN), 0, "level");
	is_int(events_now(ep), 0, "not yet");
	put(fds[1]);
	is_int(events_now(ep), EPOLLIN, "ready");
	is_int(events_now(ep), EPOLLIN, "still");
	take(fds[0]);
	is_int(events_now(ep), 0, "no more");
	put(fds[1]);
	is_int(change(ep, fds[0], EPOLLOUT), 0, "other events");
	is_int(events_now(ep), 0, "it is not ready for");
	is_int(change(ep, fds[0], EPOLLIN | EPOLLRDNORM), 0, "and others");
	is_int(events_now(ep), EPOLLIN | EPOLLRDNORM, "it is, already");
	take(fds[0]);
	close(ep);
}

static void test_edge(void)
{
	int ep = new_epoll();

	put(fds[1]);
	is_int(add(ep, fds[0], EPOLLIN | EPOLLET), 0, "edge");
	is_int(events_now(ep), EPOLLIN, "ready when it came");
	is_int(events_now(ep), 0, "is told once");
	put(fds[1]);
	is_int(events_now(ep), EPOLLIN, "more bytes");
	is_int(events_now(ep), 0, "are told once");
	is_int(change(ep, fds[0], EPOLLIN | EPOLLET), 0, "changed");
	is_int(events_now(ep), EPOLLIN, "is told anew");
	take(fds[0]);
	take(fds[0]);
	close(ep);
}

static void test_oneshot(void)
{
	int ep = new_epoll();

	is_int(add(ep, fds[0], EPOLLIN | EPOLLONESHOT), 0, "once");
	put(fds[1]);
	is_int(events_now(ep), EPOLLIN, "told");
	is_int(events_now(ep), 0, "and no more");
	put(fds[1]);
	is_int(events_now(ep), 0, "whatever comes");
	is_int(change(ep, fds[0], EPOLLIN | EPOLLONESHOT), 0, "until changed");
	is_int(events_now(ep), EPOLLIN, "told again");
	fails(add(ep, fds[0], EPOLLIN), EEXIST, "it was there all the time");
	take(fds[0]);
	take(fds[0]);
	close(ep);
}

static void test_exclusive(void)
{
	int ep = new_epoll(), other = new_epoll();

	fails(add(ep, fds[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL,
	      "exclusive, not with once");
	fails(add(ep, other, EPOLLIN | EPOLLEXCLUSIVE), EINVAL,
	      "not for an epoll");
	is_int(add(ep, fds[0], EPOLLIN | EPOLLEXCLUSIVE), 0, "for a pipe");
	is_int(add(other, fds[0], EPOLLIN | EPOLLEXCLUSIVE), 0, "in two");
	fails(change(ep, fds[0], EPOLLIN), EINVAL, "it cannot be changed");
	put(fds[1]);
	is_int(events_now(ep), EPOLLIN, "who looks sees it");
	is_int(events_now(other), EPOLLIN, "whoever it is");
	take(fds[0]);
	close(other);
	close(ep);
}

static void test_many(void)
{
	enum { MANY = 300 };
	struct epoll_event got[MANY];
	int ep = new_epoll(), event[MANY], n = 0, seen[3] = { 0 };

	for (int i = 0; i < MANY; i++) {
		event[i] = eventfd(i < 3, EFD_NONBLOCK);
		n += add(ep, event[i], EPOLLIN) == 0;
	}
	is_int(n, MANY, "many files");
	is_int(epoll_wait(ep, got, MANY, 0), 3, "three are ready");
	for (int i = 0; i < 6; i++)
		if (epoll_wait(ep, got, 1, 0) == 1)
			for (int k = 0; k < 3; k++)
				seen[k] += got[0].data.u32 == (unsigned)event[k];
	ok(seen[0] == 2 && seen[1] == 2 && seen[2] == 2,
	   "with room for one they take turns");
	for (int i = 0; i < MANY; i++)
		close(event[i]);
	is_int(epoll_wait(ep, got, MANY, 0), 0, "closed, they are gone");
	close(ep);
}

/* ---- other files ---- */

static void test_hang_up(void)
{
	int ep = new_epoll(), p[2];

	if (pipe(p) < 0)
		bail_out("pipe");
	is_int(add(ep, p[0], 0), 0, "nothing is asked for");
	close(p[1]);
	is_int(events_now(ep), EPOLLHUP, "a hang-up is told");
	close(p[0]);
	if (pipe(p) < 0)
		bail_out("pipe");
	is_int(add(ep, p[1], EPOLLOUT | EPOLLET), 0, "a writer");
	is_int(events_now(ep), EPOLLOUT, "has room");
	close(p[0]);
	is_int(events_now(ep), EPOLLOUT | EPOLLERR, "its reader went");
	close(p[1]);
	close(ep);
}

static void test_timer(void)
{
	struct itimerspec soon = { .it_value = { 0, 1000000 } };
	int ep = new_epoll(), timer = timerfd_create(CLOCK_MONOTONIC, 0);
	struct epoll_event got;

	is_int(add(ep, timer, EPOLLIN), 0, "a timer");
	timerfd_settime(timer, 0, &soon, NULL);
	is_int(epoll_wait(ep, &got, 1, -1), 1, "rings");
	close(timer);
	close(ep);
}

/* ---- descriptors ---- */

static void test_duplicates(void)
{
	int ep = new_epoll(), event = eventfd(1, 0), copy = dup(event);

	is_int(add(ep, event, EPOLLIN), 0, "one descriptor");
	is_int(add(ep, copy, EPOLLIN), 0, "and another of the same file");
	is_int(control(ep, EPOLL_CTL_DEL, copy, 0), 0, "one is dropped");
	close(event);
	is_int(events_now(ep), EPOLLIN,
	       "the other is closed, and watched while the file is open");
	fails(control(ep, EPOLL_CTL_DEL, event, 0), EBADF,
	      "but not to be dropped");
	close(copy);
	is_int(events_now(ep), 0, "until the last descriptor");
	close(ep);
}

static int watch_in_child(void *arg)
{
	int *ep = arg;

	return events_now(*ep) != EPOLLIN;
}

static void test_child(void)
{
	int ep = new_epoll(), event = eventfd(1, 0);

	is_int(add(ep, event, EPOLLIN), 0, "before a fork");
	is_exit(in_child(watch_in_child, &ep), 0, "a child sees the same");
	close(event);
	close(ep);
}

/* ---- epolls in epolls ---- */

static void test_nested(void)
{
	int inner = new_epoll(), outer = new_epoll(), event = eventfd(0, 0);
	struct pollfd p = { .fd = outer, .events = POLLIN };

	is_int(add(inner, event, EPOLLIN), 0, "a file in an epoll");
	is_int(add(outer, inner, EPOLLIN | EPOLLET), 0, "in an epoll");
	fails(add(inner, outer, EPOLLIN), ELOOP, "in no circle");
	is_int(poll(&p, 1, 0), 0, "not ready");
	put(event);
	is_int(poll(&p, 1, 0), 1, "ready through both");
	is_int(events_now(outer), EPOLLIN, "told");
	is_int(events_now(outer), 0, "once");
	put(event);
	is_int(events_now(outer), EPOLLIN, "and for each event");
	is_int(change(outer, inner, EPOLLIN), 0, "level");
	is_int(events_now(outer), EPOLLIN, "told");
	take(event);
	is_int(events_now(outer), 0, "as long as it is so");
	put(event);
	is_int(events_now(outer), EPOLLIN, "or again");
	close(inner);
	is_int(events_now(outer), 0, "the inner one is closed");
	close(event);
	close(outer);
}

/* A pipe, and epolls around it until one is refused: how many. */
static void test_depth(void)
{
	int ep[12], n = 0, fd = fds[0];

	for (; n < 12; n++) {
		ep[n] = new_epoll();
		if (add(ep[n], fd, EPOLLIN) < 0)
			break;
		fd = ep[n];
	}
	is_int(n, 5, "five in each other");
	ok(errno == ELOOP || errno == EINVAL, "and no more");
	put(fds[1]);
	is_int(events_now(ep[4]), EPOLLIN, "told through five");
	take(fds[0]);
	is_int(events_now(ep[4]), 0, "and taken back");
	for (int i = 0; i <= n && i < 12; i++)
		close(ep[i]);
}

/* A pipe in each of many epolls, each of those in each of many others, and those in
 * one: 0, or why one is not watched. */
static int watch_many_ways(int last[2])
{
	enum { EACH = 40 };
	int inner[EACH], outer[EACH], top = new_epoll(), err = 0;

	for (int i = 0; i < EACH && err == 0; i++) {
		inner[i] = new_epoll();
		err = add(inner[i], fds[0], EPOLLIN) < 0 ? errno : 0;
	}
	for (int i = 0; i < EACH && err == 0; i++) {
		outer[i] = new_epoll();
		for (int j = 0; j < EACH && err == 0; j++)
			err = add(outer[i], inner[j], EPOLLIN) < 0 ? errno : 0;
		last[1] = outer[i];
		if (err == 0)
			err = add(top, outer[i], EPOLLIN) < 0 ? errno : 0;
		if (err == 0)
			last[0] = outer[i];
	}
	return err;
}

/* In a child, whose end closes all of them. */
static int many_ways(void *unused TAP_UNUSED)
{
	int last[2] = { -1, -1 };

	if (watch_many_ways(last) != EINVAL)
		return 1;
	put(fds[1]);
	if (last[0] >= 0 && events_now(last[0]) != EPOLLIN)
		return 2;
	return events_now(last[1]) != EPOLLIN ? 3 : 0;
}

/* The other way round: each new one into the last. */
static void test_depth_from_outside(void)
{
	int ep[12], n = 1, err = 0;

	ep[0] = new_epoll();
	for (; n < 12; n++) {
		ep[n] = new_epoll();
		if (add(ep[n - 1], ep[n], EPOLLIN) < 0) {
			err = errno;
			break;
		}
	}
	is_int(n, 5, "five in each other, the outermost first");
	is_int(err, ELOOP, "and no more");
	for (int i = 0; i <= n && i < 12; i++)
		close(ep[i]);
}

static void test_many_ways(void)
{
	is_exit(in_child(many_ways, NULL), 0,
		"too many ways lead through epolls to a file");
	take(fds[0]);
}

/* ---- waiting ---- */

static void put_soon(int fd)
{
	if (tap_fork() == 0) {
		usleep(15000);
		put(fd);
		_exit(0);
	}
}

static void test_waiting(void)
{
	int ep = new_epoll(), outer = new_epoll();
	struct timespec none = { 0, 0 }, bad = { 0, 1000000000 };
	struct pollfd p = { .fd = ep, .events = POLLIN };
	struct epoll_event got;

	is_int(add(ep, fds[0], EPOLLIN), 0, "a pipe");
	is_int(add(outer, ep, EPOLLIN), 0, "twice");
	put_soon(fds[1]);
	is_int(epoll_wait(ep, &got, 1, -1), 1, "epoll_wait waits");
	wait(NULL);
	take(fds[0]);
	put_soon(fds[1]);
	is_int(epoll_wait(outer, &got, 1, -1), 1, "on two levels");
	wait(NULL);
	take(fds[0]);
	put_soon(fds[1]);
	is_int(poll(&p, 1, -1), 1, "so does poll of the epoll");
	wait(NULL);
	take(fds[0]);
	is_int(epoll_wait(ep, &got, 1, 5), 0, "to a time");
	is_int(epoll_wait(outer, &got, 1, 5), 0, "on two levels");
	if (!skip_under_qemu(2, "no epoll_pwait2")) {
		is_int(syscall(441, ep, &got, 1, &none, NULL, 8), 0,
		       "no time at all");
		fails(syscall(441, ep, &got, 1, &bad, NULL, 8), EINVAL,
		      "no time that there is");
	}
	close(ep);
	close(outer);
}

/* Files that come while somebody waits. */
static int late_ep, late_event;

static void *add_late(void *outer)
{
	usleep(15000);
	if (add(outer ? *(int *)outer : late_ep,
		outer ? late_ep : late_event, EPOLLIN) < 0)
		bail_out("epoll_ctl: %s", strerror(errno));
	return NULL;
}

static void test_added_late(void)
{
	struct epoll_event got;
	int outer = new_epoll(), empty = new_epoll();
	pthread_t t;

	late_ep = new_epoll();
	late_event = eventfd(1, 0);
	tap_thread(&t, NULL, add_late, NULL);
	is_int(epoll_wait(late_ep, &got, 1, -1), 1, "a ready file is added");
	pthread_join(t, NULL);
	tap_thread(&t, NULL, add_late, &outer);
	is_int(epoll_wait(outer, &got, 1, -1), 1, "a ready epoll is added");
	pthread_join(t, NULL);
	is_int(control(outer, EPOLL_CTL_DEL, late_ep, 0), 0, "dropped");
	is_int(add(outer, empty, EPOLLIN), 0, "the outer one has others");
	tap_thread(&t, NULL, add_late, &empty);
	is_int(epoll_wait(outer, &got, 1, -1), 1,
	       "a ready epoll is added to the inner one");
	pthread_join(t, NULL);
	close(late_event);
	close(late_ep);
	close(empty);
	close(outer);
}

/* An epoll comes into one that somebody polls, and is ready later. */
static volatile pid_t poller;

static void *poll_outer(void *outer)
{
	struct pollfd p = { .fd = *(int *)outer, .events = POLLIN };

	poller = gettid();
	is_int(poll(&p, 1, -1), 1, "who polled before it came is told of it");
	return NULL;
}

static void test_added_to_polled(void)
{
	int outer = new_epoll(), inner = new_epoll(), event = eventfd(0, 0);
	pthread_t t;

	add(inner, event, EPOLLIN);
	tap_thread(&t, NULL, poll_outer, &outer);
	wait_until_thread_asleep(&poller);
	is_int(add(outer, inner, EPOLLIN), 0, "an epoll comes that is not ready");
	wait_until_thread_asleep(&poller);
	put(event);
	pthread_join(t, NULL);
	close(event);
	close(inner);
	close(outer);
}

/* One who wants to be the only one keeps nobody else from being told. */
static volatile pid_t sleepers[2];

struct sleeper {
	int ep, nr;
};

static void *sleep_in(void *arg)
{
	const struct sleeper *s = arg;
	struct epoll_event got;

	sleepers[s->nr] = gettid();
	is_int(epoll_wait(s->ep, &got, 1, -1), 1, "%s is told",
	       s->nr == 0 ? "who shares" : "and who does not");
	return NULL;
}

static void test_beside_exclusive(void)
{
	struct sleeper s[2] = { { new_epoll(), 0 }, { new_epoll(), 1 } };
	pthread_t t[2];

	add(s[0].ep, fds[0], EPOLLIN);
	add(s[1].ep, fds[0], EPOLLIN | EPOLLEXCLUSIVE);
	for (int i = 0; i < 2; i++) {
		tap_thread(&t[i], NULL, sleep_in, &s[i]);
		wait_until_thread_asleep(&sleepers[i]);
	}
	put(fds[1]);
	for (int i = 0; i < 2; i++) {
		pthread_join(t[i], NULL);
		close(s[i].ep);
	}
	take(fds[0]);
}

static void nothing(int sig TAP_UNUSED)
{
}

static void test_signals(void)
{
	struct sigaction act = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	int ep = new_epoll();
	sigset_t blocked, open;
	struct epoll_event got;

	sigaction(SIGUSR1, &act, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &open);
	raise(SIGUSR1);
	is_int(epoll_wait(ep, &got, 1, 1), 0, "a blocked signal waits");
	fails(epoll_pwait(ep, &got, 1, -1, &open), EINTR,
	      "epoll_pwait lets it in, and is not begun anew");
	fails(syscall(SYS_epoll_pwait, ep, &got, 1, 0, &open, 4), EINVAL,
	      "a mask of another size");
	sigprocmask(SIG_SETMASK, NULL, &open);
	ok(sigismember(&open, SIGUSR1), "the mask is back");
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	close(ep);
}

int main(void)
{
	if (pipe2(fds, O_NONBLOCK) < 0)
		bail_out("pipe");
	test_errors();
	test_bad_addresses();
	test_level();
	test_edge();
	test_oneshot();
	test_exclusive();
	test_many();
	test_hang_up();
	test_timer();
	test_duplicates();
	test_child();
	test_nested();
	test_depth();
	test_depth_from_outside();
	test_many_ways();
	test_waiting();
	test_added_late();
	test_added_to_polled();
	test_beside_exclusive();
	test_signals();
	return done_testing();
}
