/*
 * tests/abi/landlock_move.c
 *
 * Claim    To move or link a file to another directory needs the right to refer in
 *          both, by all layers, and gives the file no right that it did not have;
 *          what is refused for that alone is EXDEV, what lacks the right to make or
 *          to remove is EACCES. In one directory it is a name made and a name
 *          removed.
 * Method   Children with a domain that try each case; two directories with the
 *          same rules, one that has more and one that has less.
 * Oracle   Linux 6.12; Documentation/userspace-api/landlock.rst.
 */
#define _GNU_SOURCE
#include "liblandlock.h"

#include <sys/stat.h>

enum {
	CHANGE = LL_REMOVE_DIR | LL_REMOVE_FILE | LL_MAKE_DIR | LL_MAKE_REG | LL_MAKE_SYM |
		 LL_REFER,
	MORE = CHANGE | LL_READ_FILE,
};

static char dir[] = "/tmp/landlock_moveXXXXXX";
static void touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);

	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void make_tree(void)
{
	static const char *const dirs[] = { "a", "b", "more", "none", "a/sub", "b/sub", "a/full" };

	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	for (unsigned i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		mkdir(dirs[i], 0755);
	touch("a/file");
	touch("a/other");
	touch("a/full/file");
	touch("b/there");
	touch("more/file");
	touch("none/file");
}

static int exchange(const char *from, const char *to)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 2);
}

/* a and b the same, "more" may be read, "none" has no rule. */
static void enter_usual(void)
{
	int rules = ll_ruleset(LL_FS_ALL & ~LL_EXECUTE, 0, 0);

	ll_allow(rules, "a", CHANGE);
	ll_allow(rules, "b", CHANGE);
	ll_allow(rules, "more", MORE);
	ll_enter(rules);
}

static int moves(void *unused TAP_UNUSED)
{
	enter_usual();
	want(rename("a/file", "a/renamed"), 0);
	want(rename("a/renamed", "b/file"), 0);
	want(rename("b/file", "a/file"), 0);
	want(link("a/file", "b/link"), 0);
	want(link("a/file", "a/link"), 0);
	want(unlink("b/link"), 0);
	want(unlink("a/link"), 0);
	want(rename("a/file", "more/new"), EXDEV);	/* 7: it could be read there */
	want(link("a/file", "more/new"), EXDEV);
	want(rename("more/file", "a/new"), 0);
	want(rename("a/new", "more/file"), EXDEV);
	want(rename("a/file", "none/new"), EACCES);	/* 11 */
	want(link("a/file", "none/new"), EACCES);
	want(rename("none/file", "a/new"), EACCES);
	want(link("none/file", "a/linked"), EXDEV);	/* nothing is removed there */
	want(rename("none/file", "none/new"), EACCES);
	want(rename("a/sub", "b/moved"), 0);		/* 16 */
	want(rename("b/moved", "a/sub"), 0);
	want(rename("a/sub", "more/sub"), EXDEV);
	want(rename("a/missing", "none/new"), ENOENT);
	want(rename("a/file", "b/sub"), EISDIR);
	want(rename("a/file", "missing/x"), ENOENT);
	want(rename("a", "a/sub/x"), EINVAL);
	want(rename("a/sub", "a/full"), ENOTEMPTY);	/* 23 */
	want(exchange("a/file", "b/there"), 0);
	want(exchange("a/file", "b/sub"), 0);
	want(exchange("a/file", "b/sub"), 0);
	want(exchange("a/file", "a/other"), 0);
	want(exchange("a/file", "none/file"), EACCES);	/* 28 */
	want(exchange("a/file", "a/missing"), ENOENT);
	return wrong;
}

static int without_remove(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_FS_ALL & ~LL_EXECUTE, 0, 0);

	ll_allow(rules, "a", LL_MAKE_REG | LL_REFER);
	ll_allow(rules, "b", LL_MAKE_REG | LL_REFER | LL_REMOVE_FILE);
	ll_enter(rules);
	want(rename("a/file", "a/x"), EACCES);
	want(rename("a/file", "b/x"), EACCES);
	want(link("a/file", "a/x"), 0);
	want(link("a/file", "b/x"), 0);	/* what is more there is of no file */
	want(unlink("b/x"), 0);
	want(rename("b/there", "a/y"), 0);
	want(rename("a/y", "b/there"), EACCES);
	return wrong;
}

/* Who handles any right to files has to say that they may be moved. */
static int refer_is_handled(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_READ_FILE, 0, 0);

	ll_allow(rules, ".", LL_READ_FILE);
	ll_enter(rules);
	want(rename("a/file", "b/file"), EXDEV);
	want(rename("a/file", "a/x"), 0);
	want(rename("a/x", "a/file"), 0);
	want(link("a/file", "b/file"), EXDEV);
	return wrong;
}

/* A rule of its own goes with a file. */
static int own_rules(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_FS_ALL & ~LL_EXECUTE, 0, 0);

	ll_allow(rules, "a", CHANGE);
	ll_allow(rules, "a/file", LL_READ_FILE);
	ll_allow(rules, "b", CHANGE);
	ll_allow(rules, "more", MORE);
	ll_enter(rules);
	want(rename("a/file", "more/x"), 0);
	want(open("more/x", O_RDONLY), 0);
	want(rename("more/x", "b/x"), 0);
	want(open("b/x", O_RDONLY), 0);
	want(rename("b/x", "a/file"), 0);
	return wrong;
}

static int layers(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_FS_ALL & ~LL_EXECUTE, 0, 0);

	enter_usual();
	ll_allow(rules, "a", CHANGE);
	ll_allow(rules, "b", CHANGE & ~LL_REFER);
	ll_enter(rules);
	want(rename("a/file", "b/file"), EXDEV);
	want(rename("b/there", "a/file"), EXDEV);
	want(rename("a/file", "a/x"), 0);
	want(rename("a/x", "a/file"), 0);
	return wrong;
}

/* What is allowed by what is above both. */
static int from_above(void *unused TAP_UNUSED)
{
	int rules = ll_ruleset(LL_FS_ALL & ~LL_EXECUTE, 0, 0);

	ll_allow(rules, dir, CHANGE);
	ll_allow(rules, "more", LL_READ_FILE);
	ll_enter(rules);
	want(rename("a/file", "b/file"), 0);
	want(rename("b/file", "a/file"), 0);
	want(rename("a/file", "more/new"), EXDEV);
	want(rename("a/sub", "b/moved"), 0);
	want(rename("b/moved", "a/sub"), 0);
	want(rename("a/other", "none/other"), 0);
	want(rename("none/other", "a/other"), 0);
	return wrong;
}

int main(void)
{
	plan(6);
	ll_begin();
	make_tree();
	child(refer_is_handled, "to refer has to be allowed by who handles any right");
	child(own_rules, "a file keeps the rules that are its own");
	child(layers, "by all layers");
	child(from_above, "by what is above both");
	child(without_remove, "the rights to make and remove come first");
	touch("b/there");
	child(moves, "moves, links and exchanges");
	ll_end(dir);
	return done_testing();
}
