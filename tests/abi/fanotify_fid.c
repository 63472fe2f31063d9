/*
 * tests/abi/fanotify_fid.c
 *
 * Claim    A fanotify group that wants it is told by handles, not descriptors: of
 *          the file, of the directory it is in, with its name, and of what a name
 *          was of that came, went or moved; of attributes and of the end of a file,
 *          too. The handles are those of name_to_handle_at(), and open the file. A
 *          pidfd of who did it comes with the event if it is asked for. Who is not
 *          root may have such a group, of inodes alone, and learns no numbers.
 * Method   The same things are done in two directories under groups of each kind,
 *          and what is read is compared as text: a letter for each file.
 * Oracle   Linux 6.12.
 */
#define _GNU_SOURCE
#include "libfanotify.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#ifndef FAN_REPORT_TARGET_FID
#define FAN_REPORT_TARGET_FID 0x1000
#endif
#ifndef FAN_RENAME
#define FAN_RENAME 0x10000000
#endif
#ifndef FAN_REPORT_PIDFD
#define FAN_REPORT_PIDFD 0x80
#define FAN_EVENT_INFO_TYPE_PIDFD 4
#endif
#define INFO_OLD_NAME 10
#define INFO_NEW_NAME 12

enum { USER = 4247, HANDLE_MAX = 64, MOST_FILES = 16 };

#define NAME (FAN_REPORT_DIR_FID | FAN_REPORT_NAME)
#define TARGET (NAME | FAN_REPORT_FID | FAN_REPORT_TARGET_FID)
#define NAMES (FAN_CREATE | FAN_DELETE | FAN_MOVE)
#define SELVES (FAN_ATTRIB | FAN_DELETE_SELF | FAN_MOVE_SELF)
#define USES (FAN_OPEN | FAN_ACCESS | FAN_MODIFY | FAN_CLOSE)
#define EVERYTHING (NAMES | SELVES | USES | FAN_ONDIR | FAN_EVENT_ON_CHILD)

static char root[] = "/tmp/fanfidXXXXXX";

/* ---- files by letters ---- */

struct handle {
	struct file_handle head;
	unsigned char body[HANDLE_MAX];
};

static struct {
	char letter;
	struct handle handle;
} files[MOST_FILES];

static int nr_files;

static int get_handle(const char *path, struct handle *h)
{
	int mount_id;

	memset(h, 0, sizeof(*h));
	h->head.handle_bytes = HANDLE_MAX;
	return name_to_handle_at(AT_FDCWD, path, &h->head, &mount_id, 0);
}

static void letter(char c, const char *path)
{
	if (nr_files == MOST_FILES)
		bail_out("too many files");
	if (get_handle(path, &files[nr_files].handle) != 0)
		bail_out("%s: %s", path, strerror(errno));
	files[nr_files++].letter = c;
}

static char letter_of(const struct file_handle *h)
{
	for (int i = nr_files - 1; i >= 0; i--) {
		const struct file_handle *f = &files[i].handle.head;

		if (f->handle_bytes == h->handle_bytes &&
		    f->handle_type == h->handle_type &&
		    memcmp(f->f_handle, h->f_handle, h->handle_bytes) == 0)
			return files[i].letter;
	}
	return '?';
}

/* ---- events as text ---- */

static const struct {
	uint64_t bit;
	const char *name;
} bits[] = {
	{ FAN_CREATE, "create" }, { FAN_DELETE, "delete" },
	{ FAN_MOVED_FROM, "from" }, { FAN_MOVED_TO, "to" },
	{ FAN_RENAME, "rename" }, { FAN_OPEN, "open" }, { FAN_ACCESS, "access" },
	{ FAN_MODIFY, "modify" }, { FAN_CLOSE_WRITE, "written" },
	{ FAN_CLOSE_NOWRITE, "close" }, { FAN_ATTRIB, "attrib" },
	{ FAN_DELETE_SELF, "gone" }, { FAN_MOVE_SELF, "moved" },
	{ FAN_Q_OVERFLOW, "overflow" }, { FAN_ONDIR, "dir" },
};

static char text[4000];
static int last_pid, last_pidfd, last_fd;
static struct statfs fs;

TAP_FORMAT(1) static void put(const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
}

/* A file alone; a directory, with a name in it; where that was, and is now. */
static void put_fid(const struct fanotify_event_info_fid *info)
{
	const struct file_handle *h = (const void *)info->handle;
	const char *name = (const char *)h->f_handle + h->handle_bytes;
	const char *before = "", *after = "/";

	switch (info->hdr.info_type) {
	case FAN_EVENT_INFO_TYPE_FID:
		before = "=";
		name = after = "";
		break;
	case FAN_EVENT_INFO_TYPE_DFID:
		name = after = "";
		break;
	case INFO_OLD_NAME:
		before = "<";
		break;
	case INFO_NEW_NAME:
		before = ">";
		break;
	}
	if (memcmp(&info->fsid, &fs.f_fsid, sizeof(fs.f_fsid)) != 0)
		put("!fsid");
	put(" %s%c%s%s", before, letter_of(h), after, name);
}

static void put_info(const struct fanotify_event_info_header *info)
{
	if (info->info_type == FAN_EVENT_INFO_TYPE_PIDFD) {
		last_pidfd = *(const int *)(info + 1);
		put(" pidfd");
	} else {
		put_fid((const void *)info);
	}
}

static void put_event(const struct fanotify_event_metadata *e)
{
	const char *at = (const char *)e + e->metadata_len;
	const char *end = (const char *)e + e->event_len;
	const char *between = *text != '\0' ? "; " : "";

	for (unsigned i = 0; i < sizeof(bits) / sizeof(*bits); i++)
		if (e->mask & bits[i].bit) {
			put("%s%s", between, bits[i].name);
			between = "+";
		}
	for (; at < end; at += ((const struct fanotify_event_info_header *)at)->len)
		put_info((const void *)at);
	last_pid = e->pid;
	last_fd = e->fd;
}

/* All that can be read now. */
static const char *events(int group)
{
	_Alignas(8) char buf[4096];
	ssize_t n;

	*text = '\0';
	while ((n = read(group, buf, sizeof(buf))) > 0) {
		const struct fanotify_event_metadata *e = (void *)buf;

		for (; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n))
			put_event(e);
	}
	return text;
}

static int new_group(unsigned flags)
{
	int group = fanotify_init(flags | FAN_NONBLOCK | FAN_CLOEXEC, O_RDONLY);

	if (group < 0)
		bail_out("fanotify_init: %s", strerror(errno));
	return group;
}

/* ---- what is done ---- */

static void make(const char *path)
{
	int fd = mknod(path, S_IFREG | 0644, 0);

	if (fd != 0)
		bail_out("%s: %s", path, strerror(errno));
}

static void use(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	if (flags & O_RDWR && write(fd, "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	close(fd);
}

static void do_create(void)
{
	make("D/f");
	letter('F', "D/f");
}

static void do_write(void)
{
	use("D/f", O_RDWR);
}

static void do_attrib(void)
{
	chmod("D/f", 0600);
}

static void do_truncate(void)
{
	if (truncate("D/f", 5) != 0)
		bail_out("truncate: %s", strerror(errno));
}

static void do_link(void)
{
	if (link("D/f", "D/l") != 0)
		bail_out("link: %s", strerror(errno));
}

static void do_unlink(void)
{
	unlink("D/l");
}

static void do_rename(void)
{
	rename("D/f", "D/g");
}

static void do_move(void)
{
	rename("D/g", "E/h");
}

static void do_move_back(void)
{
	rename("E/h", "D/h");
}

static void do_replace(void)
{
	rename("D/h", "D/old");
}

static void do_remove(void)
{
	unlink("D/old");
}

static void do_mkdir(void)
{
	mkdir("D/s", 0755);
	letter('S', "D/s");
}

static void do_open_dirs(void)
{
	use("D/s", O_RDONLY | O_DIRECTORY);
	use("D", O_RDONLY | O_DIRECTORY);
}

static void do_move_dir(void)
{
	rename("D/s", "E/s");
}

enum { NR_DEEDS = 14 };

static const struct {
	void (*deed)(void);
	const char *name;
} deeds[NR_DEEDS] = {
	{ do_create, "a file" }, { do_write, "is written" },
	{ do_attrib, "gets other rights" }, { do_truncate, "is cut" },
	{ do_link, "gets a name more" }, { do_unlink, "loses it" },
	{ do_rename, "is called otherwise" }, { do_move, "is moved" },
	{ do_move_back, "and back" }, { do_replace, "in place of another" },
	{ do_remove, "is removed" }, { do_mkdir, "a directory" },
	{ do_open_dirs, "is read" }, { do_move_dir, "is moved" },
};

static const struct {
	const char *name;
	unsigned flags, type;
	uint64_t mask;
	const char *told[NR_DEEDS];
} groups[] = {
	{ "FID of a directory", FAN_REPORT_FID, 0, EVERYTHING,
	  { "create =D", "open+modify+written =F", "attrib =F", "modify =F",
	    "create =D", "delete =D", "from+to =D", "from =D", "to =D",
	    "from+to =D", "delete =D", "create+dir =D",
	    "open+close+dir =S; open+close+dir =D", "from+dir =D" } },
	{ "DIR_FID of a directory", FAN_REPORT_DIR_FID, 0, EVERYTHING,
	  { "create D", "open+modify+written =D", "attrib =D", "modify =D",
	    "create D", "delete D", "from+to D", "from D", "to D", "from+to D",
	    "delete D", "create+dir D", "open+close+dir S; open+close+dir D",
	    "from+dir D" } },
	{ "NAME and FID of a directory", NAME | FAN_REPORT_FID, 0,
	  EVERYTHING | FAN_RENAME,
	  { "create D/f", "open+modify+written D/f =F", "attrib D/f =F",
	    "modify D/f =F", "create D/l", "delete D/l",
	    "rename <D/f >D/g; from D/f; to D/g", "rename <D/g; from D/g",
	    "rename >D/h; to D/h", "rename <D/h >D/old; from D/h; to D/old",
	    "delete D/old", "create+dir D/s",
	    "open+close+dir S/.; open+close+dir D/.",
	    "rename+dir <D/s; from+dir D/s" } },
	{ "TARGET_FID of a directory", TARGET, 0, EVERYTHING | FAN_RENAME,
	  { "create D/f =F", "open+modify+written D/f =F", "attrib D/f =F",
	    "modify D/f =F", "create D/l =F", "delete D/l =F",
	    "rename <D/f >D/g =F; from D/f =F; to D/g =F",
	    "rename <D/g =F; from D/g =F", "rename >D/h =F; to D/h =F",
	    "rename <D/h >D/old =F; from D/h =F; to D/old =F", "delete D/old =F",
	    "create+dir D/s =S", "open+close+dir S/.; open+close+dir D/.",
	    "rename+dir <D/s =S; from+dir D/s =S" } },
	{ "FID of a file system", FAN_REPORT_FID, FAN_MARK_FILESYSTEM, EVERYTHING,
	  { "create =D", "open+modify+written =F", "attrib =F", "modify =F",
	    "attrib =F; create =D", "attrib =F; delete =D",
	    "from+to =D; moved =F", "from =D; to =E; moved =F",
	    "from =E; to =D; moved =F",
	    "from+to =D; attrib+gone =O; moved =F", "attrib+gone =F; delete =D",
	    "create+dir =D", "open+close+dir =S; open+close+dir =D",
	    "from+dir =D; to+dir =E; moved+dir =S" } },
	{ "NAME and FID of a file system", NAME | FAN_REPORT_FID,
	  FAN_MARK_FILESYSTEM, EVERYTHING | FAN_RENAME,
	  { "create D/f", "open+modify+written D/f =F", "attrib D/f =F",
	    "modify D/f =F", "attrib =F; create D/l", "attrib =F; delete D/l",
	    "rename <D/f >D/g; from D/f; to D/g; moved =F",
	    "rename <D/g >E/h; from D/g; to E/h; moved =F",
	    "rename <E/h >D/h; from E/h; to D/h; moved =F",
	    "rename <D/h >D/old; from D/h; to D/old; attrib+gone =O; moved =F",
	    "attrib+gone =F; delete D/old", "create+dir D/s",
	    "open+close+dir S/.; open+close+dir D/.",
	    "rename+dir <D/s >E/s; from+dir D/s; to+dir E/s; moved+dir S/." } },
	{ "NAME of a mount", NAME, FAN_MARK_MOUNT, USES,
	  { "", "open+modify+written D/f", "", "", "", "", "", "", "", "", "",
	    "", "", "" } },
};

/* ---- each in a file system of its own ---- */

static void begin(void)
{
	nr_files = 0;
	if (mount("fid", root, "tmpfs", 0, NULL) != 0 || chdir(root) != 0 ||
	    statfs(".", &fs) != 0)
		bail_out("a file system: %s", strerror(errno));
	mkdir("D", 0755);
	mkdir("E", 0755);
	make("D/old");
	letter('R', ".");
	letter('D', "D");
	letter('E', "E");
	letter('O', "D/old");
}

static void end(int group)
{
	close(group);
	if (chdir("/") != 0 || umount(root) != 0)
		bail_out("umount: %s", strerror(errno));
}

static void test_kind(unsigned i)
{
	int group;

	begin();
	group = new_group(groups[i].flags);
	is_int(mark(group, FAN_MARK_ADD | groups[i].type, groups[i].mask, "D"), 0,
	       "%s", groups[i].name);
	for (int k = 0; k < NR_DEEDS; k++) {
		deeds[k].deed();
		is_text(events(group), groups[i].told[k], "%s", deeds[k].name);
	}
	end(group);
}

/* ---- which of two directories ---- */

static void test_one_side(void)
{
	int group;

	begin();
	group = new_group(NAME);
	mark(group, FAN_MARK_ADD, FAN_RENAME, "E");
	rename("D/old", "E/new");
	is_text(events(group), "rename >E/new", "where it comes to");
	mark(group, FAN_MARK_ADD, FAN_OPEN, "D");
	rename("E/new", "D/old");
	is_text(events(group), "rename <E/new >D/old",
		"and the other, marked for whatever");
	mark(group, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK |
	     FAN_MARK_IGNORED_SURV_MODIFY, FAN_RENAME, "D");
	rename("D/old", "E/new");
	is_text(events(group), "", "ignored by one, by both");
	end(group);
}

static void test_exchange(void)
{
	int group;

	begin();
	make("E/f");
	letter('F', "E/f");
	group = new_group(TARGET);
	mark(group, FAN_MARK_ADD, FAN_MOVE, "D");
	renameat2(AT_FDCWD, "D/old", AT_FDCWD, "E/f", RENAME_EXCHANGE);
	is_text(events(group), "from D/old =O; to D/old =F", "two change places");
	end(group);
}

/* ---- what is one event ---- */

static void test_merging(void)
{
	int group;

	begin();
	group = new_group(FAN_REPORT_FID);
	mark(group, FAN_MARK_ADD, FAN_CREATE | FAN_DELETE | FAN_ONDIR, "D");
	make("D/a");
	mkdir("D/b", 0755);
	unlink("D/a");
	rmdir("D/b");
	is_text(events(group), "create+delete =D; create+delete+dir =D",
		"directories apart");
	end(group);
	begin();
	group = new_group(NAME);
	mark(group, FAN_MARK_ADD, FAN_CREATE | FAN_DELETE, "D");
	make("D/a");
	make("D/b");
	unlink("D/a");
	is_text(events(group), "create+delete D/a; create D/b", "names apart");
	end(group);
}

/* ---- how it is read ---- */

static void test_reading(void)
{
	char small[24 + 35], long_name[256], path[270];
	int group, n;

	begin();
	group = new_group(NAME);
	mark(group, FAN_MARK_ADD, FAN_CREATE, "D");
	make("D/a");
	fails(read(group, small, 24), EINVAL, "its head alone");
	fails(read(group, small, sizeof(small)), EINVAL, "nearly all of it");
	is_int(ioctl(group, 0x541b, &n), 0, "FIONREAD");
	is_int(n, 24 + 36, "as it will be read");
	is_text(events(group), "create D/a", "it is not lost");
	is_int(last_fd, -1, "no descriptor");
	is_int(last_pid, getpid(), "who did it");
	make("D/a2");
	fails(syscall(SYS_read, group, 8, 4096), EFAULT, "to nowhere");
	is_text(events(group), "", "it is lost");
	memset(long_name, 'n', 255);
	long_name[255] = '\0';
	snprintf(path, sizeof(path), "D/%s", long_name);
	make(path);
	is_int(strlen(events(group)), strlen("create D/") + 255, "a long name");
	end(group);
}

/* What it tells opens the file, though nobody has asked for its handle. */
static void test_opening(void)
{
	_Alignas(8) char buf[512];
	const struct fanotify_event_metadata *e = (void *)buf;
	const struct fanotify_event_info_fid *info = (void *)(e + 1);
	int group, at, fd = -1;
	struct stat st, got;

	begin();
	at = open(".", O_RDONLY);
	group = new_group(FAN_REPORT_FID);
	mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_CLOSE_WRITE, ".");
	close(open("D/new", O_CREAT | O_WRONLY, 0644));
	stat("D/new", &st);
	if (read(group, buf, sizeof(buf)) > 0)
		fd = open_by_handle_at(at, (void *)info->handle, O_RDONLY);
	ok(fd >= 0 && fstat(fd, &got) == 0 && got.st_ino == st.st_ino,
	   "a handle opens the file");
	close(fd);
	close(at);
	end(group);
}

/* Events that may wait in the queue of a new group; what it was. */
static int set_most_events(int n)
{
	FILE *f = fopen("/proc/sys/fs/fanotify/max_queued_events", "r+");
	int was = 0;

	if (f == NULL || fscanf(f, "%d", &was) != 1)
		bail_out("max_queued_events: %s", strerror(errno));
	rewind(f);
	fprintf(f, "%d\n", n);
	fclose(f);
	return was;
}

static void test_overflow(void)
{
	int group, was;

	begin();
	was = set_most_events(2);
	group = new_group(NAME);
	set_most_events(was);
	mark(group, FAN_MARK_ADD, FAN_CREATE, "D");
	make("D/a");
	make("D/b");
	make("D/c");
	is_text(events(group), "create D/a; create D/b; overflow", "too many");
	end(group);
}

/* ---- who did it ---- */

static int is_of(int pidfd, pid_t pid)
{
	char path[40], line[100];
	int got = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "Pid: %d", &got);
	if (f != NULL)
		fclose(f);
	return got == pid;
}

static void test_pidfd(void)
{
	int group;
	pid_t child;

	begin();
	group = new_group(NAME | FAN_REPORT_PIDFD);
	mark(group, FAN_MARK_ADD, FAN_CREATE, "D");
	make("D/a");
	is_text(events(group), "create D/a pidfd", "a pidfd");
	ok(is_of(last_pidfd, getpid()), "of who did it");
	is_int(fcntl(last_pidfd, F_GETFD), FD_CLOEXEC, "which no program gets");
	close(last_pidfd);
	child = tap_fork();
	if (child == 0) {
		make("D/b");
		_exit(0);
	}
	waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT);
	is_text(events(group), "create D/b pidfd", "of one that has ended");
	ok(is_of(last_pidfd, child), "and was not waited for");
	close(last_pidfd);
	child = tap_fork();
	if (child == 0) {
		make("D/c");
		_exit(0);
	}
	waitpid(child, NULL, 0);
	is_text(events(group), "create D/c pidfd", "of one that is gone");
	is_int(last_pidfd, -1, "there is none");
	end(group);
	begin();
	group = fanotify_init(FAN_REPORT_PIDFD | FAN_NONBLOCK, O_RDONLY);
	mark(group, FAN_MARK_ADD, FAN_OPEN, "D/old");
	use("D/old", O_RDONLY);
	is_text(events(group), "open pidfd", "beside a descriptor");
	ok(last_fd >= 0 && is_of(last_pidfd, getpid()), "both");
	close(last_fd);
	close(last_pidfd);
	end(group);
}

/* ---- who is not root ---- */

/* How much is not as it should be. */
static int as_user(void)
{
	int group, failed = 0;

	if (setresgid(USER, USER, USER) != 0 || setresuid(USER, USER, USER) != 0)
		return 1;
	failed += !(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY) == -1 && errno == EPERM);
	failed += !(fanotify_init(NAME | FAN_UNLIMITED_QUEUE, 0) == -1 && errno == EPERM);
	failed += !(fanotify_init(NAME | FAN_REPORT_PIDFD, 0) == -1 && errno == EPERM);
	failed += !(fanotify_init(NAME | FAN_REPORT_TID, 0) == -1 && errno == EPERM);
	group = fanotify_init(NAME | FAN_NONBLOCK, O_RDONLY);
	failed += group < 0;
	failed += !(mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, "U") ==
		    -1 && errno == EPERM);
	failed += !(mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, "U") == -1 &&
		    errno == EPERM);
	failed += !(mark(group, FAN_MARK_ADD, FAN_OPEN, "hidden") == -1 &&
		    errno == EACCES);
	failed += mark(group, FAN_MARK_ADD, FAN_CREATE, "U") != 0;
	close(open("U/mine", O_CREAT | O_WRONLY, 0644));
	failed += strcmp(events(group), "create ?/mine") != 0 || last_pid != getpid();
	close(group);
	return failed;
}

static void test_user(void)
{
	int group;
	pid_t child;

	begin();
	mkdir("U", 0777);
	chmod("U", 0777);
	mkdir("hidden", 0700);
	child = tap_fork();
	if (child == 0)
		_exit(as_user());
	int status;

	waitpid(child, &status, 0);
	is_exit(status, 0, "who is not root has a group, but not of everything");
	group = -1;
	if (setresuid(-1, USER, 0) == 0)
		group = fanotify_init(NAME | FAN_NONBLOCK, O_RDONLY);
	ok(setresuid(0, 0, 0) == 0 && group >= 0, "of a user");
	mark(group, FAN_MARK_ADD, FAN_CREATE, "U");
	fails(mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, "U"), EPERM,
	      "it stays his, whoever has it");
	child = tap_fork();
	if (child == 0) {
		make("U/other");
		_exit(0);
	}
	waitpid(child, NULL, 0);
	letter('U', "U");
	is_text(events(group), "create U/other", "what others do");
	is_int(last_pid, 0, "is nobody's");
	make("U/own");
	is_text(events(group), "create U/own", "what the reader does");
	is_int(last_pid, getpid(), "is his");
	end(group);
}

/* ---- what is refused ---- */

static const struct {
	unsigned flags;
	const char *name;
} bad_groups[] = {
	{ FAN_REPORT_FID | FAN_CLASS_CONTENT, "to be asked by a handle" },
	{ FAN_REPORT_NAME, "a name without its directory" },
	{ FAN_REPORT_NAME | FAN_REPORT_FID, "the same beside the file" },
	{ FAN_REPORT_TARGET_FID | FAN_REPORT_FID, "a target without a name" },
	{ FAN_REPORT_TARGET_FID | NAME, "a target without the file" },
	{ FAN_REPORT_PIDFD | FAN_REPORT_TID, "a pidfd of a thread" },
};

static void test_refused(void)
{
	int group;

	begin();
	for (unsigned i = 0; i < sizeof(bad_groups) / sizeof(*bad_groups); i++)
		fails(fanotify_init(bad_groups[i].flags, O_RDONLY), EINVAL, "%s",
		      bad_groups[i].name);
	group = new_group(FAN_CLASS_NOTIF);
	fails(mark(group, FAN_MARK_ADD, FAN_CREATE, "D"), EINVAL,
	      "names with descriptors");
	fails(mark(group, FAN_MARK_ADD, FAN_DELETE_SELF, "D"), EINVAL,
	      "an end with a descriptor");
	close(group);
	group = new_group(FAN_REPORT_FID | FAN_REPORT_DIR_FID);
	fails(mark(group, FAN_MARK_ADD, FAN_RENAME, "D"), EINVAL,
	      "FAN_RENAME without names");
	fails(mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_CREATE, "D"), EINVAL,
	      "names of a mount");
	is_int(mark(group, FAN_MARK_ADD, FAN_CREATE | FAN_ONDIR, "D/old"), 0,
	       "names in a file were always taken");
	fails(mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, "/proc"),
	      EOPNOTSUPP, "a file system that finds nothing by its handle");
	is_int(mark(group, FAN_MARK_ADD, FAN_OPEN, "/proc/self/status"), 0,
	       "one file of it");
	close(group);
	group = new_group(TARGET);
	fails(mark(group, FAN_MARK_ADD, FAN_CREATE, "D/old"), ENOTDIR,
	      "but not with FAN_REPORT_TARGET_FID");
	close(group);
	group = new_group(NAME);
	fails(mark(group, FAN_MARK_ADD, FAN_RENAME, "D/old"), ENOTDIR,
	      "nor FAN_RENAME");
	end(group);
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user does not know the records");
	if (geteuid() != 0)
		skip_all("root mounts");
	if (mkdtemp(root) == NULL)
		bail_out("mkdtemp: %s", strerror(errno));
	for (unsigned i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		test_kind(i);
	test_one_side();
	test_exchange();
	test_merging();
	test_reading();
	test_opening();
	test_overflow();
	test_pidfd();
	test_user();
	test_refused();
	rmdir(root);
	return done_testing();
}
