/*
 * tests/abi/keys.c
 *
 * Claim    Keys are kept in keyrings by type and description, found from the rings
 *          of the thread, the process and the session, and may be read, changed
 *          and found by whom their rights say: who possesses them, their user,
 *          their group, others. They are revoked, expire, go when the last ring
 *          lets go of them, and are counted against their user. A child shares
 *          the session alone, a program as well.
 * Method   The bare calls, in children where they stay; as user 1000 for rights and
 *          limits; four threads that add, read, revoke and unlink one key.
 * Oracle   Linux, keyrings(7), keyctl(2).
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/keyctl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>

enum { USER = 1000, MAX_KEYS = 200, ROUNDS = 300 };

/* keyctl(2), as keyutils.h has them. */
enum {
	KEY_POS_VIEW = 0x01000000,
	KEY_POS_SETATTR = 0x20000000,
	KEY_POS_ALL = 0x3f000000,
	KEY_OTH_VIEW = 0x01,
	KEY_OTH_READ = 0x02,
	KEY_OTH_ALL = 0x3f,
};

static long add_key(const char *type, const char *desc, const void *data, size_t n,
		    int ring)
{
	return syscall(SYS_add_key, type, desc, data, n, ring);
}

static long request_key(const char *type, const char *desc, const char *info, int to)
{
	return syscall(SYS_request_key, type, desc, info, to);
}

static long keyctl(int op, long a, long b, long c, long d)
{
	return syscall(SYS_keyctl, op, a, b, c, d);
}

static long add(const char *desc, const char *data, int ring)
{
	return add_key("user", desc, data, strlen(data), ring);
}

static long ring_id(int ring, bool create)
{
	return keyctl(KEYCTL_GET_KEYRING_ID, ring, create, 0, 0);
}

static long read_key(long key, char *buf, size_t n)
{
	return keyctl(KEYCTL_READ, key, (long)buf, (long)n, 0);
}

static void new_session(void)
{
	if (keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) < 0)
		bail_out("a session: %s", strerror(errno));
}

/* --- adding ---------------------------------------------------------------- */

static void test_adding(void)
{
	int session = KEY_SPEC_SESSION_KEYRING;
	char buf[16] = "";
	int32_t in_ring[4];
	long key, other;

	new_session();
	key = add("a", "one", session);
	ok(key > 0, "a key is added");
	is_int(read_key(key, buf, sizeof(buf)), 3, "its length");
	ok(memcmp(buf, "one", 3) == 0, "its value");
	memset(buf, '?', 3);
	is_int(read_key(key, buf, 2), 3, "the length alone, where there is no room");
	ok(buf[0] == '?', "and no part of it");
	is_int(add("a", "two", session), key, "the same name is the same key");
	read_key(key, buf, sizeof(buf));
	ok(memcmp(buf, "two", 3) == 0, "with another value");
	is_int(keyctl(KEYCTL_UPDATE, key, (long)"three", 5, 0), 0, "changed by number");
	is_int(read_key(key, buf, sizeof(buf)), 5, "its new length");
	other = add_key("keyring", "r", NULL, 0, session);
	ok(other > 0, "a ring in a ring");
	is_int(read_key(session, (char *)in_ring, sizeof(in_ring)), 8, "two numbers");
	ok((in_ring[0] == key && in_ring[1] == other) ||
	   (in_ring[1] == key && in_ring[0] == other), "theirs");
	fails(keyctl(KEYCTL_UPDATE, other, 0, 0, 0), EOPNOTSUPP, "a ring has no value");
	is_int(keyctl(KEYCTL_CLEAR, session, 0, 0, 0), 0, "cleared");
	is_int(read_key(session, (char *)in_ring, sizeof(in_ring)), 0, "it is empty");
}

static void test_errors(void)
{
	static char long_name[40], big[32768];
	int session = KEY_SPEC_SESSION_KEYRING;

	memset(long_name, 'x', sizeof(long_name) - 1);
	fails(add_key("nothing", "a", "x", 1, session), ENODEV, "no such type");
	fails(add_key(".user", "a", "x", 1, session), EPERM, "a type with a dot");
	fails(add_key(long_name, "a", "x", 1, session), EINVAL, "a long one");
	fails(add_key("keyring", ".a", NULL, 0, session), EPERM, "a ring with a dot");
	fails(add_key("keyring", "a", "x", 1, session), EINVAL, "a ring with a value");
	fails(add_key("user", "a", "", 0, session), EINVAL, "a key without one");
	fails(add_key("user", "a", big, sizeof(big), session), EINVAL, "too long a one");
	fails(add_key("user", "", "x", 1, session), EINVAL, "no name");
	fails(add_key("user", "a", (void *)8, 4, session), EFAULT, "no memory there");
	fails(add_key("logon", "a", "x", 1, session), EINVAL, "logon without a prefix");
	fails(read_key(0x7ffffff0, NULL, 0), ENOKEY, "no such key");
	fails(keyctl(KEYCTL_REVOKE, 0, 0, 0, 0), EINVAL, "no key at all");
	fails(keyctl(KEYCTL_UNLINK, session, session, 0, 0), ENOENT, "not in itself");
	fails(keyctl(KEYCTL_SETPERM, session, 1U << 31, 0, 0), EINVAL, "no such right");
	fails(keyctl(999, 0, 0, 0, 0), EOPNOTSUPP, "no such operation");
}

static void test_logon(void)
{
	long key = add_key("logon", "p:a", "x", 1, KEY_SPEC_SESSION_KEYRING);

	ok(key > 0, "a key for the kernel");
	fails(read_key(key, NULL, 0), EOPNOTSUPP, "is not read");
}

/* --- finding --------------------------------------------------------------- */

static void test_finding(void)
{
	long outer, inner, key, thread;

	new_session();
	outer = add_key("keyring", "outer", NULL, 0, KEY_SPEC_SESSION_KEYRING);
	inner = add_key("keyring", "inner", NULL, 0, outer);
	key = add("deep", "d", inner);
	is_int(request_key("user", "deep", NULL, 0), key, "found from the session");
	is_int(keyctl(KEYCTL_SEARCH, outer, (long)"user", (long)"deep", 0), key,
	       "and from a ring");
	fails(request_key("user", "nobody's", NULL, 0), ENOKEY, "or not");
	fails(keyctl(KEYCTL_SEARCH, 0x7ffffff0, (long)"user", (long)"deep",
		     KEY_SPEC_THREAD_KEYRING), ENOKEY, "from a ring that is not there");
	fails(keyctl(KEYCTL_LINK, outer, inner, 0, 0), EDEADLK, "no ring in itself");
	thread = add("deep", "t", KEY_SPEC_THREAD_KEYRING);
	is_int(request_key("user", "deep", NULL, 0), thread, "the thread's comes first");
	is_int(keyctl(KEYCTL_LINK, key, KEY_SPEC_PROCESS_KEYRING, 0, 0), 0,
	       "a second ring");
	is_int(keyctl(KEYCTL_UNLINK, key, inner, 0, 0), 0, "out of the first");
	fails(keyctl(KEYCTL_UNLINK, key, inner, 0, 0), ENOENT, "once");
	is_int(read_key(key, NULL, 0), 1, "it lives");
	is_int(keyctl(KEYCTL_UNLINK, key, KEY_SPEC_PROCESS_KEYRING, 0, 0), 0,
	       "out of the second");
	ok(read_key(key, NULL, 0) < 0 && (errno == ENOKEY || errno == EACCES),
	   "it is gone, or about to");
	keyctl(KEYCTL_CLEAR, KEY_SPEC_THREAD_KEYRING, 0, 0, 0);
}

/* Asked for, and nobody makes it: there is a key, which has no value. */
static void test_negative(void)
{
	int32_t key = 0;
	long err;

	new_session();
	err = request_key("user", "wanted", "info", KEY_SPEC_SESSION_KEYRING);
	ok(err == -1 && (errno == ENOENT || errno == ENOKEY), "nobody makes it");
	is_int(read_key(KEY_SPEC_SESSION_KEYRING, (char *)&key, 4), 4, "but it is there");
	fails(read_key(key, NULL, 0), ENOKEY, "without a value");
	fails(request_key("user", "wanted", NULL, 0), ENOKEY, "not found");
	is_int(add("wanted", "now", KEY_SPEC_SESSION_KEYRING), key, "until it has one");
	is_int(request_key("user", "wanted", NULL, 0), key, "then it is");
}

/* Where what was found is to go is no ring: that one is given back once, and not
 * twice. */
static void test_no_destination(void)
{
	long key;

	new_session();
	key = add("plain", "p", KEY_SPEC_SESSION_KEYRING);
	for (int i = 0; i < 3; i++) {
		fails(request_key("user", "plain", NULL, key), ENOTDIR, "no ring to put it in");
		fails(keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, (long)"user",
			     (long)"plain", key), ENOTDIR, "nor what is searched for");
	}
	is_int(read_key(key, NULL, 0), 1, "it is there still");
}

static void test_no_ring(void)
{
	long key;

	new_session();
	key = add("plain", "p", KEY_SPEC_SESSION_KEYRING);
	fails(keyctl(KEYCTL_LINK, key, 0x7ffffff0, 0, 0), ENOKEY, "no ring to link to");
	fails(keyctl(KEYCTL_UNLINK, key, 0x7ffffff0, 0, 0), ENOKEY, "none to unlink from");
	fails(keyctl(KEYCTL_LINK, key, key, 0, 0), ENOTDIR, "a key is none");
}

/* --- the end of one -------------------------------------------------------- */

/* A child has no ring but the session: that another one has no such key would hide
 * what is wrong with that one's. */
static int request_in_child(void *desc)
{
	return request_key("user", desc, NULL, 0) < 0 ? errno : 0;
}

static void test_ends(void)
{
	long key;
	int status;

	new_session();
	key = add("revoked", "x", KEY_SPEC_SESSION_KEYRING);
	is_int(keyctl(KEYCTL_REVOKE, key, 0, 0, 0), 0, "revoked");
	fails(read_key(key, NULL, 0), EKEYREVOKED, "it is not read");
	is_exit(in_child(request_in_child, "revoked"), EKEYREVOKED, "nor found");
	ok(add("revoked", "y", KEY_SPEC_SESSION_KEYRING) != key, "another takes its place");
	key = add("expired", "x", KEY_SPEC_SESSION_KEYRING);
	is_int(keyctl(KEYCTL_SET_TIMEOUT, key, 1, 0, 0), 0, "a second to live");
	while ((status = in_child(request_in_child, "expired")) == 0)
		usleep(50000);
	is_exit(status, ENOKEY, "then it is not found");
	fails(keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, (long)"user",
		     (long)"expired", 0), EKEYEXPIRED, "for it has expired");
	key = add("invalid", "x", KEY_SPEC_SESSION_KEYRING);
	is_int(keyctl(KEYCTL_INVALIDATE, key, 0, 0, 0), 0, "invalidated");
	fails(request_key("user", "invalid", NULL, 0), ENOKEY, "it was never there");
}

/* --- whose ----------------------------------------------------------------- */

static int child_of_session(void *key)
{
	long mine = ring_id(KEY_SPEC_SESSION_KEYRING, false);

	if (request_key("user", "shared", NULL, 0) != (long)key)
		return 1;
	if (ring_id(KEY_SPEC_PROCESS_KEYRING, false) != -1 || errno != ENOKEY)
		return 2;
	if (ring_id(KEY_SPEC_THREAD_KEYRING, false) != -1 || errno != ENOKEY)
		return 3;
	new_session();
	if (ring_id(KEY_SPEC_SESSION_KEYRING, false) == mine)
		return 4;
	return request_key("user", "shared", NULL, 0) != -1 || errno != ENOKEY;
}

static long of_process, of_first_thread;

static void *keys_of_thread(void *unused TAP_UNUSED)
{
	if (ring_id(KEY_SPEC_PROCESS_KEYRING, false) != of_process)
		return (void *)1;
	return (void *)(long)(ring_id(KEY_SPEC_THREAD_KEYRING, true) ==
			      of_first_thread);
}

static void test_sharing(void)
{
	pthread_t t;
	void *wrong;
	long key;

	new_session();
	key = add("shared", "x", KEY_SPEC_SESSION_KEYRING);
	of_process = ring_id(KEY_SPEC_PROCESS_KEYRING, true);
	of_first_thread = ring_id(KEY_SPEC_THREAD_KEYRING, true);
	is_exit(in_child(child_of_session, (void *)key), 0,
		"a child has the session, until it has one of its own");
	tap_thread(&t, NULL, keys_of_thread, NULL);
	pthread_join(t, &wrong);
	is_int((long)wrong, 0, "a thread has what is the process's, and its own");
}

/* --- rights ---------------------------------------------------------------- */

static int look_as_other(void *key)
{
	if (setgid(USER) || setuid(USER))
		return 1;
	new_session();
	if (read_key((long)key, NULL, 0) != -1 || errno != EACCES)
		return 2;
	if (keyctl(KEYCTL_SETPERM, (long)key, KEY_OTH_ALL, 0, 0) != -1 ||
	    errno != EACCES)
		return 3;
	return keyctl(KEYCTL_UPDATE, (long)key, (long)"z", 1, 0) != -1 ||
	       errno != EACCES;
}

static int read_as_other(void *key)
{
	if (setgid(USER) || setuid(USER))
		return 1;
	new_session();
	return read_key((long)key, NULL, 0) != 1;
}

static int reach_limit(void *unused TAP_UNUSED)
{
	char name[16];
	int i;

	if (setgid(USER) || setuid(USER))
		return 1;
	if (keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) < 0)
		return 2;
	for (i = 0; i <= MAX_KEYS; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		if (add(name, "x", KEY_SPEC_SESSION_KEYRING) < 0)
			break;
	}
	return i > MAX_KEYS || errno != EDQUOT;
}

/* Keys of less and less, until there is no room for one. */
static bool fill_quota(int ring)
{
	static char data[4000];
	char name[12];
	int n = 0;

	for (size_t size = sizeof(data); size > 0; size /= 2)
		do
			snprintf(name, sizeof(name), "%d", n++);
		while (add_key("user", name, data, size, ring) > 0);
	return errno == EDQUOT;
}

/* A link costs something as well; one that there is no room for leaves nothing. */
static int link_too_many(void *unused TAP_UNUSED)
{
	enum { KEYS = 4, TIMES = 20 };
	static const char *const names[KEYS] = { "w", "x", "y", "z" };
	long key[KEYS], ring;
	int refused = 0;

	if (setgid(USER + 1) || setuid(USER + 1))
		return 1;
	new_session();
	ring = add_key("keyring", "r", NULL, 0, KEY_SPEC_SESSION_KEYRING);
	for (int i = 0; i < KEYS; i++)
		key[i] = add(names[i], "x", KEY_SPEC_SESSION_KEYRING);
	if (!fill_quota(KEY_SPEC_SESSION_KEYRING))
		return 2;
	for (int i = 0; i < TIMES * KEYS; i++)
		if (keyctl(KEYCTL_LINK, key[i % KEYS], ring, 0, 0) != 0 && errno == EDQUOT)
			refused++;
	return refused >= TIMES ? 0 : 3;
}

static int have_session(void *unused TAP_UNUSED)
{
	if (setgid(USER) || setuid(USER))
		return 1;
	return keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) < 0 ? errno : 0;
}

static void test_rights(void)
{
	char text[80] = "";
	long key;

	new_session();
	key = add("mine", "x", KEY_SPEC_SESSION_KEYRING);
	is_int(keyctl(KEYCTL_DESCRIBE, key, (long)text, sizeof(text), 0),
	       (long)strlen("user;0;0;3f010000;mine") + 1, "described");
	ok(strcmp(text, "user;0;0;3f010000;mine") == 0, "as %s", text);
	is_exit(in_child(look_as_other, (void *)key), 0, "another user may do nothing");
	is_int(keyctl(KEYCTL_SETPERM, key, KEY_POS_ALL | KEY_OTH_READ | KEY_OTH_VIEW,
		      0, 0), 0, "others may read it");
	is_exit(in_child(read_as_other, (void *)key), 0, "and do");
	is_int(keyctl(KEYCTL_SETPERM, key, KEY_POS_VIEW | KEY_POS_SETATTR, 0, 0), 0,
	       "nobody may find it");
	is_exit(in_child(request_in_child, "mine"), EACCES, "nobody does");
	is_exit(in_child(reach_limit, NULL), 0, "a user has so many, and no more");
	is_exit(in_child(link_too_many, NULL), 0, "and so many bytes, of links as well");
	for (int i = 0; i < 100 && in_child(have_session, NULL) != 0; i++)
		usleep(100000);		/* they go a little later */
	is_exit(in_child(have_session, NULL), 0, "and again, when they are gone");
}

/* --- many at once ---------------------------------------------------------- */

static void *add_and_drop(void *number)
{
	unsigned long wrong = 0;
	char buf[8];

	for (int i = 0; i < ROUNDS; i++) {
		long key = add("contended", "value", KEY_SPEC_SESSION_KEYRING);
		long n = key < 0 ? 0 : read_key(key, buf, sizeof(buf));

		/* Whole, or not there any more. */
		if (key > 0 && n >= 0 && (n != 5 || memcmp(buf, "value", 5) != 0))
			wrong++;
		keyctl((long)number % 2 ? KEYCTL_REVOKE : KEYCTL_UNLINK, key,
		       KEY_SPEC_SESSION_KEYRING, 0, 0);
	}
	return (void *)wrong;
}

static void test_threads(void)
{
	pthread_t t[4];
	long wrong = 0;
	void *its;

	new_session();
	for (long i = 0; i < 4; i++)
		tap_thread(&t[i], NULL, add_and_drop, (void *)i);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &its);
		wrong += (long)its;
	}
	is_int(wrong, 0, "a value is whole, whoever drops it");
}

/* --- where what is asked for goes ------------------------------------------ */

static long set_default(int which)
{
	return keyctl(KEYCTL_SET_REQKEY_KEYRING, which, 0, 0, 0);
}

static void test_default(void)
{
	is_int(set_default(KEY_REQKEY_DEFL_NO_CHANGE), KEY_REQKEY_DEFL_DEFAULT,
	       "no ring is chosen");
	is_int(set_default(KEY_REQKEY_DEFL_THREAD_KEYRING), KEY_REQKEY_DEFL_DEFAULT,
	       "the thread's is");
	is_int(set_default(KEY_REQKEY_DEFL_USER_SESSION_KEYRING),
	       KEY_REQKEY_DEFL_THREAD_KEYRING, "then that of the user's session");
	fails(set_default(KEY_REQKEY_DEFL_GROUP_KEYRING), EINVAL, "groups have none");
	fails(set_default(-2), EINVAL, "nor has a number below");
	is_int(set_default(KEY_REQKEY_DEFL_DEFAULT),
	       KEY_REQKEY_DEFL_USER_SESSION_KEYRING, "and none again");
}

/* --- many ways -------------------------------------------------------------- */

/* Rings in rings, each of a layer in each of the one above: 26^6 ways, and a key at
 * the end of all.  As root, who may have so many keys. */
static int go_many_ways(void *unused TAP_UNUSED)
{
	enum { LAYERS = 6, EACH = 26 };
	static long rings[LAYERS][EACH];
	char name[20];
	long key, top;

	new_session();
	for (int layer = LAYERS - 1; layer >= 0; layer--)
		for (int i = 0; i < EACH; i++) {
			snprintf(name, sizeof(name), "%d-%d", layer, i);
			rings[layer][i] = add_key("keyring", name, NULL, 0,
						  KEY_SPEC_SESSION_KEYRING);
			if (rings[layer][i] < 0)
				return 2;
			for (int below = 0; layer + 1 < LAYERS && below < EACH; below++)
				if (keyctl(KEYCTL_LINK, rings[layer + 1][below],
					   rings[layer][i], 0, 0) != 0)
					return 3;
		}
	key = add("deep", "x", (int)rings[LAYERS - 1][EACH - 1]);
	if (keyctl(KEYCTL_SEARCH, rings[0][0], (long)"user", (long)"deep", 0) != key)
		return 4;
	if (keyctl(KEYCTL_SEARCH, rings[0][0], (long)"user", (long)"none", 0) != -1 ||
	    errno != ENOKEY)
		return 5;
	if (keyctl(KEYCTL_LINK, rings[0][0], rings[LAYERS - 1][0], 0, 0) != -1 ||
	    errno != EDEADLK)
		return 6;
	top = add_key("keyring", "top", NULL, 0, KEY_SPEC_SESSION_KEYRING);
	key = add_key("keyring", "above", NULL, 0, KEY_SPEC_SESSION_KEYRING);
	if (keyctl(KEYCTL_LINK, rings[0][0], top, 0, 0) != 0 ||
	    keyctl(KEYCTL_LINK, top, key, 0, 0) != -1 || errno != ELOOP)
		return 7;
	return 0;
}

static void test_many_ways(void)
{
	if (!on_drover() || geteuid() != 0)
		skip(1, "Linux goes each of them; needs root");
	else
		is_exit(in_child(go_many_ways, NULL), 0,
			"however many ways lead to a ring, it is searched");
}

int main(void)
{
	if (keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) < 0 && errno == ENOSYS)
		skip_all("no keyrings");
	test_adding();
	test_errors();
	test_logon();
	test_finding();
	test_negative();
	test_no_destination();
	test_no_ring();
	test_ends();
	test_sharing();
	if (geteuid() == 0)
		test_rights();
	else
		skip(10, "not root");
	test_default();
	test_threads();
	test_many_ways();
	return done_testing();
}
