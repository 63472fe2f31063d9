/*
 * tests/abi/capabilities.c
 *
 * Claim    Root's rights can be had one by one. capset() lowers and raises what
 *          the rules allow, of the caller alone; what is effective is what is
 *          asked for, of files, owners, signals, ids, priorities and names; user
 *          ids give and take them, and keep them where that was said; a program
 *          gets what root's ids, the bounding and the ambient set give, and is
 *          told to be careful when it gains.
 * Method   Children give up sets one after the other, try what needs one right
 *          with it and without, and run this program again, which tells its
 *          sets. Whoever starts it may lack some rights himself.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "../libprogram.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define BIT(n) (1UL << (n))
#define FOLDER "/tmp/capabilities"
#define PROGRAM FOLDER "/program"
#define USER 1000U
#define OTHER 2000U

struct sets {
	uint64_t effective, permitted, inheritable;
};

static struct sets had; /* what the test began with */

static long raw_get(uint32_t version, int pid, struct sets *s)
{
	struct __user_cap_header_struct header = { version, pid };
	struct __user_cap_data_struct half[2] = { { 0 } };
	long err = syscall(SYS_capget, &header, half);

	s->effective = half[0].effective | (uint64_t)half[1].effective << 32;
	s->permitted = half[0].permitted | (uint64_t)half[1].permitted << 32;
	s->inheritable = half[0].inheritable | (uint64_t)half[1].inheritable << 32;
	return err;
}

static long raw_set(uint32_t version, int pid, const struct sets *s)
{
	struct __user_cap_header_struct header = { version, pid };
	struct __user_cap_data_struct half[2] = {
		{ s->effective, s->permitted, s->inheritable },
		{ s->effective >> 32, s->permitted >> 32, s->inheritable >> 32 },
	};

	return syscall(SYS_capset, &header, half);
}

static struct sets get(void)
{
	struct sets s;

	if (raw_get(_LINUX_CAPABILITY_VERSION_3, 0, &s) != 0)
		bail_out("capget: %s", strerror(errno));
	return s;
}

static long set(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct sets s = { effective, permitted, inheritable };

	return raw_set(_LINUX_CAPABILITY_VERSION_3, 0, &s);
}

static bool are(uint64_t effective, uint64_t permitted)
{
	struct sets s = get();

	if (s.effective == effective && s.permitted == permitted)
		return true;
	diag("effective %lx, permitted %lx", (long)s.effective, (long)s.permitted);
	return false;
}

/* Each of these is a child's whole life: 0, or the line that was wrong. */
#define must(x) do { if (!(x)) return __LINE__ % 250 + 1; } while (0)
#define refused(x, e) must((x) == -1 && errno == (e))

/* ---- capset() ---- */

static int lowers_and_raises(void *unused TAP_UNUSED)
{
	uint64_t one = BIT(CAP_CHOWN), two = one | BIT(CAP_KILL);

	must(set(one, two, 0) == 0 && are(one, two));
	must(set(two, two, 0) == 0 && are(two, two));
	refused(set(had.permitted, had.permitted, 0), EPERM); /* gone for ever */
	refused(set(two, one, 0), EPERM);     /* effective is permitted */
	must(set(0, one, 0) == 0 && are(0, one));
	refused(set(0, two, 0), EPERM);
	must(set(0, 0, 0) == 0 && are(0, 0));
	refused(set(one, one, 0), EPERM);
	return 0;
}

static int inherits(void *unused TAP_UNUSED)
{
	uint64_t one = BIT(CAP_CHOWN), two = one | BIT(CAP_KILL);

	/* With CAP_SETPCAP anything of the bounding set is inheritable. */
	must(set(BIT(CAP_SETPCAP), BIT(CAP_SETPCAP), one) == 0);
	must(get().inheritable == one);
	must(set(0, BIT(CAP_SETPCAP), one) == 0);
	refused(set(0, 0, two), EPERM);
	must(set(BIT(CAP_SETPCAP), BIT(CAP_SETPCAP), 0) == 0);
	must(prctl(PR_CAPBSET_READ, CAP_KILL) == 1);
	must(prctl(PR_CAPBSET_DROP, CAP_KILL) == 0);
	must(prctl(PR_CAPBSET_READ, CAP_KILL) == 0);
	refused(set(BIT(CAP_SETPCAP), BIT(CAP_SETPCAP), two), EPERM);
	refused(prctl(PR_CAPBSET_DROP, 63), EINVAL);
	must(set(0, 0, 0) == 0);
	refused(prctl(PR_CAPBSET_DROP, CAP_CHOWN), EPERM);
	refused(prctl(PR_CAPBSET_DROP, 63), EPERM);
	return 0;
}

static int is_of_one_alone(void *unused TAP_UNUSED)
{
	struct sets s, mine = get();
	int parent = getppid();

	must(raw_get(_LINUX_CAPABILITY_VERSION_3, parent, &s) == 0);
	must(s.permitted == had.permitted);
	must(raw_set(_LINUX_CAPABILITY_VERSION_3, gettid(), &mine) == 0);
	refused(raw_set(_LINUX_CAPABILITY_VERSION_3, parent, &s), EPERM);
	refused(raw_set(_LINUX_CAPABILITY_VERSION_3, -1, &s), EPERM);
	refused(raw_get(_LINUX_CAPABILITY_VERSION_3, -1, &s), EINVAL);
	refused(raw_get(_LINUX_CAPABILITY_VERSION_3, 0x3fffffff, &s), ESRCH);
	refused(raw_set(7, 0, &mine), EINVAL);
	/* The first version knows 32 of them, and drops the rest. */
	must(raw_set(_LINUX_CAPABILITY_VERSION_1, 0, &mine) == 0);
	must(are(mine.effective & 0xffffffff, mine.permitted & 0xffffffff));
	return 0;
}

/* ---- ids ---- */

static int ids_take(void *unused TAP_UNUSED)
{
	must(seteuid(USER) == 0 && are(0, had.permitted));
	must(seteuid(0) == 0 && are(had.permitted, had.permitted));
	must(setfsuid(USER) == 0 && !(get().effective & BIT(CAP_DAC_OVERRIDE)));
	must(get().effective & BIT(CAP_KILL));
	must(setfsuid(0) == (int)USER && are(had.permitted, had.permitted));
	must(setuid(USER) == 0 && are(0, 0));
	refused(setuid(0), EPERM);
	return 0;
}

static int ids_keep(void *unused TAP_UNUSED)
{
	must(prctl(PR_SET_KEEPCAPS, 1) == 0 && prctl(PR_GET_KEEPCAPS) == 1);
	must(prctl(PR_GET_SECUREBITS) == SECBIT_KEEP_CAPS);
	must(setuid(USER) == 0 && are(0, had.permitted));
	must(set(BIT(CAP_SETUID), BIT(CAP_SETUID), 0) == 0);
	must(setresuid(OTHER, OTHER, OTHER) == 0);
	must(are(BIT(CAP_SETUID), BIT(CAP_SETUID)));
	return 0;
}

static int ids_mean_nothing(void *unused TAP_UNUSED)
{
	const unsigned long bits = SECBIT_NO_SETUID_FIXUP | SECBIT_NOROOT_LOCKED;

	must(prctl(PR_SET_SECUREBITS, bits) == 0);
	must((unsigned long)prctl(PR_GET_SECUREBITS) == bits);
	refused(prctl(PR_SET_SECUREBITS, bits | SECBIT_NOROOT), EPERM);
	refused(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), EPERM);
	refused(prctl(PR_SET_SECUREBITS, bits | 1 << 20), EPERM);
	must(setuid(USER) == 0 && are(had.effective, had.permitted));
	must(set(0, 0, 0) == 0);
	refused(prctl(PR_SET_SECUREBITS, bits), EPERM);
	return 0;
}

static int keeping_is_locked(void *unused TAP_UNUSED)
{
	must(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED) == 0);
	refused(prctl(PR_SET_KEEPCAPS, 1), EPERM);
	refused(prctl(PR_SET_KEEPCAPS, 2), EINVAL);
	return 0;
}

/* ---- what is asked for ---- */

static bool only(int cap)
{
	return set(BIT(cap), had.permitted, 0) == 0;
}

static int files(void *unused TAP_UNUSED)
{
	const char *path = FOLDER "/secret";
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	struct stat st;

	must(fd >= 0 && fchown(fd, OTHER, OTHER) == 0);
	must(set(0, had.permitted, 0) == 0); /* user 0 who is no root */
	refused(open(path, O_RDONLY), EACCES);
	refused(chmod(path, 0666), EPERM);
	refused(chown(path, 0, 0), EPERM);
	must(only(CAP_DAC_READ_SEARCH));
	must(close(open(path, O_RDONLY)) == 0);
	refused(open(path, O_WRONLY), EACCES);
	must(only(CAP_DAC_OVERRIDE));
	must(close(open(path, O_RDWR)) == 0);
	refused(chmod(path, 0666), EPERM);
	must(only(CAP_FOWNER));
	must(chmod(path, 06755) == 0);
	refused(chown(path, 0, 0), EPERM);
	must(stat(path, &st) == 0 && (st.st_mode & 07777) == 04755);
	must(set(BIT(CAP_FOWNER) | BIT(CAP_FSETID), had.permitted, 0) == 0);
	must(chmod(path, 06755) == 0);
	must(stat(path, &st) == 0 && (st.st_mode & 07777) == 06755);
	must(only(CAP_CHOWN));
	refused(chown(path, 0, 0), EPERM); /* that would change the mode */
	must(only(CAP_FOWNER) && chmod(path, 0755) == 0);
	must(only(CAP_CHOWN) && chown(path, 0, 0) == 0);
	/* By real ids: root's, as far as it is permitted. */
	must(set(0, had.permitted, 0) == 0 && chmod(path, 0) == 0);
	must(access(path, W_OK) == 0);
	refused(faccessat(AT_FDCWD, path, W_OK, AT_EACCESS), EACCES);
	must(set(0, 0, 0) == 0);
	refused(access(path, W_OK), EACCES);
	return 0;
}

static int others(void *child)
{
	pid_t other = *(pid_t *)child;
	gid_t none;

	must(set(0, had.permitted, 0) == 0);
	refused(tap_kill(other, 0), EPERM);
	must(only(CAP_KILL) && tap_kill(other, 0) == 0);
	must(only(CAP_SETGID) && setgroups(0, &none) == 0 && setgid(USER) == 0);
	refused(setuid(USER), EPERM);
	must(set(0, had.permitted, 0) == 0);
	refused(setgroups(0, &none), EPERM);
	refused(sethostname("x", 1), EPERM);
	refused(chroot("/"), EPERM);
	refused(setpriority(PRIO_PROCESS, 0, -5), EACCES);
	must(only(CAP_SYS_NICE) && setpriority(PRIO_PROCESS, 0, -5) == 0);
	must(only(CAP_SYS_CHROOT) && chroot("/") == 0);
	must(only(CAP_SETUID) && setuid(USER) == 0 && are(0, 0));
	return 0;
}

/* ---- exec: this program tells its sets by its descriptor 3 ---- */

struct told {
	struct sets sets;
	uint64_t ambient_chown, bits, secure;
};

static int tell(void)
{
	struct told t = {
		.sets = get(),
		.ambient_chown = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0),
		.bits = prctl(PR_GET_SECUREBITS),
		.secure = getauxval(AT_SECURE),
	};

	return write(3, &t, sizeof(t)) != sizeof(t);
}

/* In a child that has done @prepare: what the program is told of. */
static bool after(int (*prepare)(void), struct told *t)
{
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) != 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		int line = prepare();

		if (line != 0)
			_exit(line);
		dup2(fds[1], 3);
		execl(PROGRAM, "program", "tell", NULL);
		_exit(251);
	}
	close(fds[1]);
	memset(t, 0, sizeof(*t));
	ssize_t n = read(fds[0], t, sizeof(*t));

	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		diag("status %x", status);
	return status == 0 && n == sizeof(*t);
}

static int nothing(void) { return 0; }

static int less_for_root(void)
{
	must(prctl(PR_CAPBSET_DROP, CAP_KILL) == 0);
	must(set(0, 0, 0) == 0);
	return 0;
}

static int less_for_root_without_new(void)
{
	must(set(0, 0, 0) == 0);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return 0;
}

static int root_is_nobody(void)
{
	must(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT) == 0);
	return 0;
}

static int kept(void)
{
	must(prctl(PR_SET_KEEPCAPS, 1) == 0 && setuid(USER) == 0);
	return 0;
}

static int ambient(void)
{
	must(kept() == 0);
	refused(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0), EPERM);
	must(set(0, BIT(CAP_CHOWN) | BIT(CAP_KILL), BIT(CAP_CHOWN) | BIT(CAP_KILL)) == 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) == 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) == 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0) == 1);
	/* What is inheritable no longer is not ambient either. */
	must(set(0, BIT(CAP_CHOWN) | BIT(CAP_KILL), BIT(CAP_CHOWN)) == 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0) == 0);
	refused(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 63, 0, 0), EINVAL);
	refused(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0), EINVAL);
	refused(prctl(PR_CAP_AMBIENT, 9, CAP_CHOWN, 0, 0), EINVAL);
	return 0;
}

/* Whatever is kept. */
static int ambient_given_up(void)
{
	must(set(had.effective, had.permitted, BIT(CAP_CHOWN)) == 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) == 0);
	must(kept() == 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) == 0);
	return 0;
}

static int ambient_cleared(void)
{
	must(ambient() == 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0);
	return 0;
}

static void test_exec(void)
{
	const uint64_t chown_ = BIT(CAP_CHOWN);
	struct told t;

	ok_without_errno(after(nothing, &t) && t.sets.effective == had.permitted &&
			 t.sets.permitted == had.permitted && t.secure == 0,
			 "exec: root's program has all");
	ok_without_errno(after(less_for_root, &t) &&
			 t.sets.permitted == (had.permitted & ~BIT(CAP_KILL)) &&
			 t.sets.effective == t.sets.permitted,
			 "root who gave up all has it again, within the bounding set");
	ok_without_errno(after(less_for_root_without_new, &t) &&
			 t.sets.permitted == 0 && t.sets.effective == 0,
			 "and not where nothing new may be had");
	ok_without_errno(after(root_is_nobody, &t) && t.sets.permitted == 0 &&
			 t.bits == SECBIT_NOROOT, "root as anybody has nothing");
	ok_without_errno(after(kept, &t) && t.sets.permitted == 0 && t.bits == 0,
			 "what setuid() left is gone, and keeping as well");
	ok_without_errno(after(ambient, &t) && t.sets.permitted == chown_ &&
			 t.sets.effective == chown_ && t.ambient_chown == 1 &&
			 t.secure == 0, "what is ambient stays");
	ok_without_errno(after(ambient_cleared, &t) && t.sets.permitted == 0 &&
			 t.sets.inheritable == chown_,
			 "what is inheritable alone gives nothing");
	ok_without_errno(after(ambient_given_up, &t) && t.sets.permitted == 0 &&
			 t.ambient_chown == 0,
			 "what was ambient goes with root's ids");
	if (chmod(PROGRAM, 04755) != 0)
		bail_out("chmod: %s", strerror(errno));
	ok_without_errno(after(ambient, &t) && t.ambient_chown == 0 &&
			 t.sets.effective == had.permitted && t.secure == 1,
			 "a set-user-ID program has its owner's, and nothing ambient");
}

/* ---- threads ---- */

static void *give_up(void *unused TAP_UNUSED)
{
	return (void *)(set(0, 0, 0) == 0 && are(0, 0) ? 0L : 1L);
}

static void test_threads(void)
{
	pthread_t thread;
	void *wrong;

	tap_thread(&thread, NULL, give_up, NULL);
	pthread_join(thread, &wrong);
	ok_without_errno(wrong == NULL && are(had.effective, had.permitted),
			 "a thread gives up its own alone");
}

static void test_status(void)
{
	char line[200];
	unsigned long effective = 0, bounding = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "CapEff: %lx", &effective);
		sscanf(line, "CapBnd: %lx", &bounding);
	}
	if (f)
		fclose(f);
	ok_without_errno(effective == had.effective, "/proc/PID/status: effective");
	ok_without_errno((bounding & BIT(CAP_CHOWN)) &&
			 !(bounding & BIT(63)), "and bounding");
}

int main(int argc, char **argv TAP_UNUSED)
{
	static const struct { int (*fn)(void *); const char *claim; } tests[] = {
		{ lowers_and_raises, "capset: lower, and raise what is permitted" },
		{ inherits, "inheritable within bounding, which only shrinks" },
		{ is_of_one_alone, "of the caller alone; three versions" },
		{ ids_take, "user ids take them, and give them back" },
		{ ids_keep, "PR_SET_KEEPCAPS" },
		{ ids_mean_nothing, "SECBIT_NO_SETUID_FIXUP, and locks" },
		{ keeping_is_locked, "SECBIT_KEEP_CAPS_LOCKED" },
		{ files, "files ask for one each" },
	};
	pid_t other;
	int go[2];

	if (argc > 1)
		return tell();
	had = get();
	if (geteuid() != 0 || !(had.effective & BIT(CAP_SETPCAP)))
		skip_all("only root has capabilities to give up");
	mkdir(FOLDER, 0755);
	copy_own_program(PROGRAM, 0755);
	for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		is_exit(in_child(tests[i].fn, NULL), 0, "%s", tests[i].claim);
	if (pipe(go) != 0)
		bail_out("pipe: %s", strerror(errno));
	other = tap_fork();
	if (other == 0) {
		if (setuid(OTHER) != 0 || write(go[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	char c;

	if (read(go[0], &c, 1) != 1)
		bail_out("the other did not come");
	is_exit(in_child(others, &other), 0, "others, ids, names and priorities, too");
	tap_kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	if (!skip_under_qemu(8, "it runs no program of its own"))
		test_exec();
	test_threads();
	if (!skip_under_qemu(2, "the status is qemu's"))
		test_status();
	unlink(PROGRAM);
	unlink(FOLDER "/secret");
	rmdir(FOLDER);
	return done_testing();
}
