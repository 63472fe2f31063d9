/*
 * tests/abi/robust.c
 *
 * Claim    What a thread holds when it ends or calls exec is given up: each
 *          word of its robust list, and the one it was just locking, that it
 *          owns gets FUTEX_OWNER_DIED, keeps FUTEX_WAITERS, and one waiter is
 *          woken; also for the one that it was just unlocking, and did not own
 *          any more.  Other words stay, and a list that has no end, or leads
 *          nowhere, does no harm.
 * Method   A child makes a list of its own, as the C library would, in memory
 *          that it shares with the test, and ends in several ways.
 * Oracle   Linux, Documentation/locking/robust-futex-ABI.rst.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/mman.h>

enum { PAGE = 4096, WORDS = 4, OTHER = 12345, NOWHERE = 64, NOBODY = 1 << 20 };

/* An entry of the list and its word, a fixed way apart. */
struct lock {
	struct robust_list link;
	int word;
};

static struct shared {
	struct robust_list_head head;
	struct lock locks[WORDS];
	volatile pid_t waiter;
	volatile long result;
} *shared;

static long futex(int *word, int op, int value)
{
	return syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

/* ---- the child's side ---- */

/* The first @n locks, in a ring, and those that it holds are its own. */
static void take(int n, bool has_waiters)
{
	struct robust_list *last = &shared->head.list;

	shared->head.futex_offset = offsetof(struct lock, word);
	shared->head.list_op_pending = NULL;
	for (int i = 0; i < n; i++) {
		shared->locks[i].word = gettid() | (has_waiters ? (int)FUTEX_WAITERS : 0);
		last->next = &shared->locks[i].link;
		last = last->next;
	}
	last->next = &shared->head.list;
	if (syscall(SYS_set_robust_list, &shared->head, sizeof(shared->head)))
		_exit(99);
}

static int hold_all(void *unused TAP_UNUSED)
{
	take(WORDS, false);
	shared->locks[2].word = OTHER;
	return 0;
}

static int hold_pending(void *unused TAP_UNUSED)
{
	take(0, false);
	shared->locks[0].word = gettid();
	shared->head.list_op_pending = &shared->locks[0].link;
	return 0;
}

/* It is being unlocked: on the list still, and pending. */
static int hold_pending_twice(void *unused TAP_UNUSED)
{
	take(2, false);
	shared->head.list_op_pending = &shared->locks[0].link;
	return 0;
}

static int hold_endless(void *unused TAP_UNUSED)
{
	take(WORDS, false);
	shared->locks[WORDS - 1].link.next = &shared->locks[0].link;
	return 0;
}

static int hold_what_leads_nowhere(void *unused TAP_UNUSED)
{
	take(WORDS, false);
	shared->locks[1].link.next = (void *)NOWHERE;
	return 0;
}

static int hold_with_waiters(void *unused TAP_UNUSED)
{
	take(1, true);
	wait_until_asleep(getppid(), shared->waiter);
	return 0;
}

/* Given up, or not taken yet, and it ends before it wakes somebody. */
static int hold_pending_nobodys(void *unused TAP_UNUSED)
{
	take(0, false);
	shared->head.list_op_pending = &shared->locks[0].link;
	wait_until_asleep(getppid(), shared->waiter);
	return 0;
}

static int hold_over_exec(int to_read, int to_write)
{
	char in[12], out[12];

	snprintf(in, sizeof(in), "%d", to_read);
	snprintf(out, sizeof(out), "%d", to_write);
	take(1, false);
	execl("/proc/self/exe", "robust", in, out, NULL);
	return 1;
}

/* ---- the test's side ---- */

static void clear(void)
{
	memset(shared, 0, sizeof(*shared));
}

static void test_words(void)
{
	clear();
	in_child(hold_all, NULL);
	is_int(shared->locks[0].word, FUTEX_OWNER_DIED, "the first one's owner died");
	is_int(shared->locks[3].word, FUTEX_OWNER_DIED, "the last one's too");
	is_int(shared->locks[2].word, OTHER, "another's stays");
	clear();
	in_child(hold_pending, NULL);
	is_int(shared->locks[0].word, FUTEX_OWNER_DIED, "one that was just being locked");
	clear();
	in_child(hold_pending_twice, NULL);
	is_int(shared->locks[0].word, FUTEX_OWNER_DIED, "one that was being unlocked");
	is_int(shared->locks[1].word, FUTEX_OWNER_DIED, "and the one behind it");
}

static void test_bad_lists(void)
{
	clear();
	is_exit(in_child(hold_endless, NULL), 0, "a list without an end");
	is_int(shared->locks[WORDS - 1].word, FUTEX_OWNER_DIED, "was gone through");
	clear();
	is_exit(in_child(hold_what_leads_nowhere, NULL), 0, "a list that leads nowhere");
	is_int(shared->locks[1].word, FUTEX_OWNER_DIED, "was followed as far as that");
	is_int(shared->locks[2].word != 0, 1, "and no farther");
}

static void *wait_on_first(void *unused)
{
	int seen;

	shared->waiter = gettid();
	while ((seen = shared->locks[0].word) == 0)
		usleep(1000);
	shared->result = futex(&shared->locks[0].word, FUTEX_WAIT, seen);
	return unused;
}

static void test_wake(void)
{
	pthread_t t;

	clear();
	tap_thread(&t, NULL, wait_on_first, NULL);
	while (shared->waiter == 0)
		usleep(1000);
	in_child(hold_with_waiters, NULL);
	pthread_join(t, NULL);
	is_int(shared->result, 0, "who waits is woken");
	is_int(shared->locks[0].word, (int)(FUTEX_OWNER_DIED | FUTEX_WAITERS),
	       "the word still says that there are some");
}

static void *wait_on_nobodys(void *unused)
{
	shared->waiter = gettid();
	shared->result = futex(&shared->locks[0].word, FUTEX_WAIT, FUTEX_WAITERS);
	return unused;
}

static void test_wake_pending(void)
{
	pthread_t t;

	clear();
	shared->locks[0].word = FUTEX_WAITERS;
	tap_thread(&t, NULL, wait_on_nobodys, NULL);
	while (shared->waiter == 0)
		usleep(1000);
	in_child(hold_pending_nobodys, NULL);
	pthread_join(t, NULL);
	is_int(shared->result, 0, "who waits for one that was being unlocked is woken");
	is_int(shared->locks[0].word, (int)FUTEX_WAITERS, "which is nobody's");
}

static void test_exec(void)
{
	int to_new[2], from_new[2], status;
	pid_t pid;
	char c;

	if (pipe(to_new) || pipe(from_new))
		bail_out("pipe: %s", strerror(errno));
	clear();
	pid = tap_fork();
	if (pid == 0) {
		close(to_new[1]);
		_exit(hold_over_exec(to_new[0], from_new[1]));
	}
	is_int(read(from_new[0], &c, 1), 1, "a new program runs");
	is_int(shared->locks[0].word, FUTEX_OWNER_DIED, "the old one has given up");
	close(to_new[1]);
	waitpid(pid, &status, 0);
	is_exit(status, 0, "and it lives");
}

/* The new program: says that it is there, and waits until it may go. */
static int be_new(int to_read, int to_write)
{
	char c;

	return write(to_write, "x", 1) != 1 || read(to_read, &c, 1) != 0;
}

static int see_parents(void *head)
{
	void *seen = NULL;
	size_t size = 0;

	return syscall(SYS_get_robust_list, getppid(), &seen, &size) != 0 ||
	       seen != head || size != sizeof(struct robust_list_head);
}

static void test_registration(void)
{
	struct robust_list_head head = { { &head.list }, 0, NULL }, *seen = NULL;
	size_t size = 0;
	struct robust_list_head *own = NULL;

	syscall(SYS_get_robust_list, 0, &own, &size);
	fails(syscall(SYS_set_robust_list, &head, sizeof(head) - 1), EINVAL, "a size that is none");
	is_int(syscall(SYS_set_robust_list, &head, sizeof(head)), 0, "a list of one's own");
	is_int(syscall(SYS_get_robust_list, 0, &seen, &size), 0, "can be asked for");
	ok(seen == &head && size == sizeof(head), "and is that");
	is_exit(in_child(see_parents, &head), 0, "by a child, too");
	fails(syscall(SYS_get_robust_list, NOBODY, &seen, &size), ESRCH, "of a thread that is not");
	syscall(SYS_set_robust_list, own, sizeof(head));
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return be_new(atoi(argv[1]), atoi(argv[2]));
	if (under_qemu_user())
		skip_all("qemu-user: no robust lists");
	plan(24);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	test_words();
	test_bad_lists();
	test_wake();
	test_wake_pending();
	test_exec();
	test_registration();
	return done_testing();
}
