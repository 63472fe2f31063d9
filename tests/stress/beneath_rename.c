/*
 * tests/stress/beneath_rename.c
 *
 * Claim    A walk that must not leave a directory (RESOLVE_BENEATH, IN_ROOT)
 *          does not, while directories on its way are moved out of that one and
 *          in again, and links are exchanged for directories.
 * Method   "top/a/b" goes to "out" and comes back, and "top/x" is by turns a
 *          directory and a link to "out"; others open "secret", which stands
 *          beside "top" and in "out", by paths that go down and up again.
 * Oracle   Nobody has "secret" open. Each open ends as one that had all of the
 *          way before or after the move might.
 * Catches  A walk that gives up the lock of names between two steps; a look for
 *          the root by what was there before.
 * -X       The walk may go anywhere.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/openat2.h>
#include <sys/stat.h>

enum { MOVER, LINKER, FIRST_WALKER, STEPS = 200 };

static char dir[] = "/dev/shm/beneath.XXXXXX";
static int top;
static ino_t secrets[2];

static int open_below(const char *path, unsigned long resolve)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC,
		.resolve = stress.wrong ? 0 : resolve,
	};

	return syscall(SYS_openat2, top, path, &how, sizeof(how));
}

static void make_file(const char *path, ino_t *ino)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		bail_out("%s: %s", path, strerror(errno));
	if (ino != NULL)
		*ino = st.st_ino;
	close(fd);
}

static void make_tree(void)
{
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	mkdir("top", 0700);
	mkdir("top/a", 0700);
	mkdir("top/a/b", 0700);
	mkdir("top/x", 0700);
	mkdir("out", 0700);
	make_file("secret", &secrets[0]);
	make_file("out/secret", &secrets[1]);
	if (symlink("../out", "link") != 0)
		bail_out("link: %s", strerror(errno));
	top = open("top", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Out, and back. */
static void move(void)
{
	for (int i = 0; i < STEPS && stress_go_on(); i++) {
		stress_check(rename("top/a/b", "out/b") == 0, "out: errno %d", errno);
		stress_check(rename("out/b", "top/a/b") == 0, "in: errno %d", errno);
	}
	stress_round();
}

static void exchange(void)
{
	for (int i = 0; i < 2 * STEPS; i++)
		stress_check(renameat2(AT_FDCWD, "link", AT_FDCWD, "top/x",
				       RENAME_EXCHANGE) == 0,
			     "exchange: errno %d", errno);
}

static void look(struct rng *rng)
{
	static const char *const paths[] = {
		"a/b/../secret", "a/b/../../secret", "a/b/../../../secret",
		"x/secret", "x/../secret", "a/../x/secret", "a/b/../../x/secret",
	};
	const char *path = paths[rng_below(rng, sizeof(paths) / sizeof(paths[0]))];
	int fd = open_below(path, rng_below(rng, 2) ? RESOLVE_BENEATH :
						       RESOLVE_IN_ROOT);
	struct stat st;

	if (fd < 0) {
		stress_check(errno == ENOENT || errno == EXDEV ||
			     (errno == EAGAIN && !on_drover()),
			     "%s: errno %d", path, errno);
		return;
	}
	fstat(fd, &st);
	stress_check(st.st_ino != secrets[0] && st.st_ino != secrets[1],
		     "out of the directory, by %s", path);
	close(fd);
}

static void live(long me)
{
	struct rng rng = rng_of(me);

	while (stress_go_on()) {
		if (me == MOVER)
			move();
		else if (me == LINKER)
			exchange();
		else
			look(&rng);
	}
}

static void remove_tree(void)
{
	static const char *const names[] = {
		"secret", "out/secret", "link", "top/x",
	};
	static const char *const dirs[] = {
		"link", "top/x", "top/a/b", "out/b", "top/a", "top", "out",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	for (unsigned i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		rmdir(dirs[i]);
	if (chdir("/") == 0)
		rmdir(dir);
}

int main(int argc, char **argv)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC };

	if (syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how)) < 0)
		skip_all("no openat2()");
	stress_begin(argc, argv, FIRST_WALKER + 2,
		     "a walk stays in its directory, whatever moves");
	make_tree();
	stress_children(stress.threads, live);
	remove_tree();
	return stress_end();
}
