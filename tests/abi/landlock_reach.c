/*
 * tests/abi/landlock_reach.c
 *
 * Claim    Who is in a domain uses the ports of TCP that its rules allow; reaches
 *          abstract sockets, and sends signals to processes, within a scope
 *          alone; and looks into processes that are in it, too.
 * Method   Children with a domain, to a parent and its sockets without one, and
 *          to a child of their own.
 * Oracle   Linux 6.12; Documentation/userspace-api/landlock.rst.
 */
#define _GNU_SOURCE
#include "liblandlock.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>

/* ---- ports ---- */

enum { PORT = 41234, OTHER = 41235 };

static int use(int (*how)(int, const struct sockaddr *, socklen_t), int type, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1, result, error;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	result = how(s, (void *)&a, sizeof(a));
	error = errno;
	close(s);
	errno = error;
	return result;
}

static int ports(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(0, LL_BIND_TCP | LL_CONNECT_TCP, 0);
	struct ll_port rule = { LL_BIND_TCP, PORT };
	struct sockaddr_in a = { .sin_family = AF_UNSPEC, .sin_port = htons(PORT) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(OTHER),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int s, s6 = socket(AF_INET6, SOCK_STREAM, 0), u = socket(AF_UNIX, SOCK_STREAM, 0);

	ll_add(rules, LL_NET_PORT, &rule, 0);
	rule = (struct ll_port){ LL_CONNECT_TCP, OTHER };
	ll_add(rules, LL_NET_PORT, &rule, 0);
	ll_enter(rules);
	want(use(bind, SOCK_STREAM, PORT), 0);
	want(use(bind, SOCK_STREAM, OTHER), EACCES);
	want(use(bind, SOCK_STREAM, 0), EACCES);
	want(use(connect, SOCK_STREAM, PORT), EACCES);
	want(use(connect, SOCK_STREAM, OTHER), ECONNREFUSED);
	want(use(bind, SOCK_DGRAM, OTHER), 0);		/* 5: UDP is not its business */
	want(use(connect, SOCK_DGRAM, PORT), 0);
	want(bind(s6, (void *)&a6, sizeof(a6)), EACCES);
	want(connect(s6, (void *)&a6, sizeof(a6)), ECONNREFUSED);
	s = socket(AF_INET, SOCK_STREAM, 0);
	want(bind(s, (void *)&a6, sizeof(a6)), EINVAL);
	want(connect(s, (void *)&a, sizeof(a)), 0);	/* 10: apart */
	want(bind(s, (void *)&a, 4), EINVAL);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	want(bind(s, (void *)&a, sizeof(a)), EAFNOSUPPORT);
	a.sin_addr.s_addr = 0;
	want(bind(s, (void *)&a, sizeof(a)), 0);
	want(listen(s, 1), 0);
	want(connect(u, (void *)&(struct sockaddr_un){ AF_UNIX, "/none" },
		     sizeof(struct sockaddr_un)), ENOENT);
	return wrong;
}

static int two_layers(void *unused TAP_UNUSED)
{
	struct ll_port rule = { LL_BIND_TCP, PORT };
	int rules = ll_ruleset(0, LL_BIND_TCP, 0);

	ll_add(rules, LL_NET_PORT, &rule, 0);
	rule.port = OTHER;
	ll_add(rules, LL_NET_PORT, &rule, 0);
	ll_enter(rules);
	rules = ll_ruleset(LL_READ_FILE, LL_BIND_TCP, 0);
	ll_add(rules, LL_NET_PORT, &rule, 0);
	ll_enter(rules);
	want(use(bind, SOCK_STREAM, OTHER), 0);
	want(use(bind, SOCK_STREAM, PORT), EACCES);
	want(use(connect, SOCK_STREAM, PORT), ECONNREFUSED);
	return wrong;
}

/* ---- abstract sockets ---- */

static socklen_t abstract(struct sockaddr_un *a, const char *name)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(a->sun_path + 1, name);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

static int bound(int type, const char *name)
{
	struct sockaddr_un a;
	socklen_t len = abstract(&a, name);
	int s = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (bind(s, (void *)&a, len) != 0 || (type == SOCK_STREAM && listen(s, 5) != 0))
		bail_out("bind: %s", strerror(errno));
	return s;
}

static int reach(int s, const char *name)
{
	struct sockaddr_un a;
	socklen_t len = abstract(&a, name);

	return connect(s, (void *)&a, len);
}

static int send_abstract(int s, const char *name)
{
	struct sockaddr_un a;
	socklen_t len = abstract(&a, name);

	return sendto(s, "x", 1, 0, (void *)&a, len);
}

static int stream(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int datagram(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int sockets(void *unused TAP_UNUSED)
{
	int before = datagram();

	want(reach(before, "ll-datagram"), 0);
	ll_enter(ll_ruleset(0, 0, LL_SCOPE_UNIX));
	want(reach(stream(), "ll-stream"), EPERM);
	want(reach(datagram(), "ll-datagram"), EPERM);
	want(send_abstract(datagram(), "ll-datagram"), EPERM);
	want(send(before, "x", 1, 0), 0);		/* 4: it was connected */
	want(send_abstract(before, "ll-datagram"), 0);
	want(reach(stream(), "ll-nobody"), ECONNREFUSED);
	bound(SOCK_STREAM, "ll-own");
	want(reach(stream(), "ll-own"), 0);
	ll_enter(ll_ruleset(LL_READ_FILE, 0, 0));
	want(reach(stream(), "ll-own"), 0);
	want(reach(stream(), "ll-stream"), EPERM);
	ll_enter(ll_ruleset(0, 0, LL_SCOPE_UNIX));
	want(reach(stream(), "ll-own"), EPERM);		/* 10 */
	return wrong;
}

static void test_sockets(void)
{
	int s = bound(SOCK_STREAM, "ll-stream"), d = bound(SOCK_DGRAM, "ll-datagram");

	child(sockets, "abstract sockets out of the scope are not reached");
	close(s);
	close(d);
}

/* ---- signals ---- */

/* It ends when nobody waits for it any more: who is in a domain cannot tell it to. */
static pid_t sleeper(void)
{
	pid_t parent = getpid(), pid = tap_fork();

	if (pid == 0) {
		while (getppid() == parent)
			usleep(10000);
		_exit(0);
	}
	return pid;
}

static int is_signalled(int (*send)(pid_t pid))
{
	pid_t pid = sleeper();
	int result = send(pid), error = errno;

	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = error;
	return result;
}

static int ask(pid_t pid)
{
	return tap_kill(pid, 0);
}

static int signals(void *arg)
{
	pid_t other = *(pid_t *)arg, own = sleeper();

	ll_enter(ll_ruleset(0, 0, LL_SCOPE_SIGNAL));
	want(tap_kill(other, 0), EPERM);
	want(tap_kill(other, SIGCONT), EPERM);
	want(tap_kill_parent(getppid(), 0), EPERM);
	want(tap_kill(own, 0), EPERM);		/* it was made before */
	want(kill(getpid(), 0), 0);
	want(is_signalled(ask), 0);
	ll_enter(ll_ruleset(LL_READ_FILE, 0, 0));
	want(is_signalled(ask), 0);
	return wrong;
}

static void test_signals(void)
{
	pid_t pid = sleeper();

	is_int(WEXITSTATUS(in_child(signals, &pid)), 0, "signals stay in the scope");
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- to look into others ---- */

static int attach(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0)
		return -1;
	return 0;
}

static int look(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd;
}

static int asks_to_be_traced(void *unused TAP_UNUSED)
{
	return ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : errno;
}

static int enters_and_asks(void *unused)
{
	ll_enter(ll_ruleset(LL_MAKE_SYM, 0, 0));
	return asks_to_be_traced(unused);
}

static int traces(void *arg)
{
	pid_t other = *(pid_t *)arg, own = sleeper();

	ll_enter(ll_ruleset(LL_MAKE_SYM, 0, 0));
	want(attach(other), EPERM);
	want(look(other), EACCES);
	want(attach(own), EPERM);
	want(is_signalled(attach), 0);
	want(is_signalled(look), 0);
	want(look(getpid()), 0);
	want(WEXITSTATUS(in_child(enters_and_asks, NULL)) ? -1 : 0, 0);
	return wrong;
}

/* Its parent enters a domain that it is not in. */
static int parent_is_in(void *unused TAP_UNUSED)
{
	int go[2], status;
	char c;
	pid_t pid;

	if (pipe(go) != 0)
		return 1;
	pid = tap_fork();
	if (pid == 0)
		_exit(read(go[0], &c, 1) == 1 ? asks_to_be_traced(NULL) : 0);
	ll_enter(ll_ruleset(LL_MAKE_SYM, 0, 0));
	if (write(go[1], "x", 1) != 1 || waitpid(pid, &status, 0) != pid)
		return 1;
	want(WEXITSTATUS(status) == EPERM ? 0 : -1, 0);
	return wrong;
}

static void test_traces(void)
{
	pid_t pid = sleeper();

	is_int(WEXITSTATUS(in_child(traces, &pid)), 0, "who is looked into is in the domain, too");
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	child(parent_is_in, "and who asks to be");
}

int main(void)
{
	plan(6);
	ll_begin();
	child(ports, "ports of TCP");
	child(two_layers, "ports, by all layers");
	test_sockets();
	test_signals();
	test_traces();
	return done_testing();
}
