#pragma once

/*
 * liblandlock.h - Linux's landlock, as its ABI 6 has it.
 *
 *	int rules = ll_ruleset(LL_FS_ALL, 0, 0);
 *	ll_allow(rules, "/tmp/x", LL_READ_FILE);
 *	ll_enter(rules);		closes it; fails the test if it cannot
 */

#include "../tap.h"

#include <stdint.h>
#include <ftw.h>
#include <sys/prctl.h>

enum {
	LL_EXECUTE = 1, LL_WRITE_FILE = 2, LL_READ_FILE = 4, LL_READ_DIR = 8,
	LL_REMOVE_DIR = 16, LL_REMOVE_FILE = 32, LL_MAKE_CHAR = 64, LL_MAKE_DIR = 128,
	LL_MAKE_REG = 256, LL_MAKE_SOCK = 512, LL_MAKE_FIFO = 1024, LL_MAKE_BLOCK = 2048,
	LL_MAKE_SYM = 4096, LL_REFER = 8192, LL_TRUNCATE = 16384, LL_IOCTL_DEV = 32768,
	LL_FS_ALL = 65535,
	LL_BIND_TCP = 1, LL_CONNECT_TCP = 2,
	LL_SCOPE_UNIX = 1, LL_SCOPE_SIGNAL = 2,
	LL_PATH_BENEATH = 1, LL_NET_PORT = 2,
};

struct ll_attr {
	uint64_t fs, net, scoped;
};

struct ll_beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

struct ll_port {
	uint64_t allowed, port;
};

static long ll_create(const void *attr, size_t size, unsigned flags)
{
	return syscall(444, attr, size, flags);
}

static long ll_add(int rules, int type, const void *rule, unsigned flags)
{
	return syscall(445, rules, type, rule, flags);
}

static long ll_restrict(int rules, unsigned flags)
{
	return syscall(446, rules, flags);
}

static int ll_ruleset(uint64_t fs, uint64_t net, uint64_t scoped)
{
	const struct ll_attr attr = { fs, net, scoped };
	int rules = ll_create(&attr, sizeof(attr), 0);

	if (rules < 0)
		bail_out("landlock_create_ruleset: %s", strerror(errno));
	return rules;
}

TAP_UNUSED static void ll_allow(int rules, const char *path, uint64_t rights)
{
	struct ll_beneath rule = { rights, open(path, O_PATH | O_CLOEXEC) };

	if (rule.fd < 0 || ll_add(rules, LL_PATH_BENEATH, &rule, 0) != 0)
		bail_out("a rule for %s: %s", path, strerror(errno));
	close(rule.fd);
}

TAP_UNUSED static void ll_enter(int rules)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ll_restrict(rules, 0) != 0)
		bail_out("landlock_restrict_self: %s", strerror(errno));
	close(rules);
}

/* @call, which is to answer @want (0: it comes through). */
TAP_UNUSED static void ll_expect(long call, int want, const char *what)
{
	if (want == 0)
		ok(call >= 0, "%s", what);
	else
		fails(call, want, "%s", what);
}

/* ---- children, who are in a domain: they print no results ---- */

static int wrong, bit; /* steps that were not as they should be; the next one's number */

static void want(long call, int error)
{
	bool good = error == 0 ? call >= 0 : call < 0 && errno == error;

	if (!good) {
		diag("step %d: %ld, %s; expected %d", bit, call, strerror(errno), error);
		wrong++;
	}
	bit++;
}

/* One result: @fn says in a child that nothing was wrong. */
TAP_UNUSED static void child(int (*fn)(void *), const char *what)
{
	is_int(WEXITSTATUS(in_child(fn, NULL)), 0, "%s", what);
}

/* ---- the test as a whole ---- */

/* Linux may be without it. */
TAP_UNUSED static void ll_begin(void)
{
	if (ll_create(NULL, 0, 1) < 6)
		skip_all("needs landlock, ABI 6");
}

static int ll_remove(const char *path, const struct stat *st TAP_UNUSED,
		     int type TAP_UNUSED, struct FTW *at TAP_UNUSED)
{
	return remove(path);
}

/* What the test has made in @dir goes. */
TAP_UNUSED static void ll_end(const char *dir)
{
	if (chdir("/") != 0 || nftw(dir, ll_remove, 8, FTW_DEPTH | FTW_PHYS) != 0)
		diag("%s: %s", dir, strerror(errno));
}
