/*
 * tests/abi/fork_tree.c
 *
 * Claim    fork() can be nested and repeated; every process knows its pid and
 *          its parent, no two live processes share a pid, and each has its
 *          own memory and descriptors' offsets shared with its parent.
 * Method   A binary tree of depth 6, whose nodes report pid and ppid in a
 *          shared page; a burst of 100 children alive at once.
 * Oracle   Linux.
 */
#include "../tap.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { DEPTH = 6, NODES = 1 << DEPTH, BURST = 100 };

static struct { pid_t pid, ppid; } *node;	/* shared; by heap index */
static int private_word = 1;

/* Node @index of the tree; its children are 2*index and 2*index + 1. */
static int grow(long index)
{
	node[index].pid = getpid();
	node[index].ppid = getppid();
	if (index >= NODES / 2)
		return 0;

	int bad = 0, status;

	for (long child = 2 * index; child <= 2 * index + 1; child++) {
		pid_t pid = tap_fork();

		if (pid == 0)
			_exit(grow(child));
	}
	while (wait(&status) > 0)
		bad |= status;
	return bad != 0;
}

static bool tree_is_right(void)
{
	for (int i = 1; i < NODES; i++) {
		if (i > 1 && node[i].ppid != node[i / 2].pid)
			return false;
		for (int j = 1; j < i; j++)
			if (node[i].pid == node[j].pid && j != i / 2)
				return false;
	}
	return true;
}

static void test_tree(void)
{
	node = mmap(NULL, NODES * sizeof(*node), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	is_int(grow(1), 0, "a tree of %d processes grows and ends", NODES - 1);
	ok(tree_is_right(), "every node knows its parent");
}

static void test_burst(void)
{
	static pid_t pids[BURST];
	int gate[2], bad = 0, status;
	char c;

	if (pipe(gate) < 0)
		bail_out("pipe");
	for (int i = 0; i < BURST; i++) {
		pids[i] = tap_fork();
		if (pids[i] == 0) {
			close(gate[1]);
			_exit(read(gate[0], &c, 1) != 0);
		}
		for (int j = 0; j < i; j++)
			bad |= pids[j] == pids[i];
	}
	is_int(bad, 0, "%d children at once have pids of their own", BURST);
	close(gate[1]);		/* end of file lets them all go */
	for (int i = 0; i < BURST; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status != 0)
			bad++;
	is_int(bad, 0, "each is reaped by its pid");
	close(gate[0]);
}

static int change_private_word(void *unused TAP_UNUSED)
{
	private_word = 2;
	return private_word;
}

static int seek_in_child(void *fd)
{
	return lseek(*(int *)fd, 5, SEEK_SET) != 5;
}

static void test_what_is_shared(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	is_exit(in_child(change_private_word, NULL), 2, "the child's own copy");
	is_int(private_word, 1, "the parent's is untouched");
	is_exit(in_child(seek_in_child, &fd), 0, "the child seeks");
	is_int(lseek(fd, 0, SEEK_CUR), 5, "the file offset is shared");
	close(fd);
}

int main(void)
{
	plan(8);
	test_tree();
	test_burst();
	test_what_is_shared();
	return done_testing();
}
