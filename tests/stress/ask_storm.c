/*
 * tests/stress/ask_storm.c
 *
 * Claim    Who waits for a fanotify group's permission is answered, or killed, or
 *          the group goes: in whatever order these come, he who is left over has
 *          the question, and frees it.
 * Method   Children open a file that a group wants to be asked for; some are
 *          killed at any time.  A thread reads what is asked and says yes.  By
 *          turns everybody is answered, or the group is closed before.
 * Oracle   Who is not killed has opened the file; everybody ends.
 * Catches  A question that is freed in the hands of who reads it, or not at all; a
 *          group that goes and leaves somebody waiting.
 * -X       The answer is no.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/fanotify.h>

enum { CHILDREN = 3 };

struct listener {
	int group;
	int over;	/* tap_told(): nothing more is read */
};

static void answer_one(int group)
{
	struct fanotify_event_metadata e;

	if (read(group, &e, sizeof(e)) != sizeof(e) || e.fd < 0)
		return;

	const struct fanotify_response r = {
		.fd = e.fd,
		.response = stress.wrong ? FAN_DENY : FAN_ALLOW,
	};

	if (write(group, &r, sizeof(r)) != sizeof(r))
		stress_check(false, "an answer: %s", strerror(errno));
	close(e.fd);
}

static void *listen_to_it(void *arg)
{
	struct listener *l = arg;
	struct pollfd p = { .fd = l->group, .events = POLLIN };

	while (!tap_told(&l->over))
		if (poll(&p, 1, 1) > 0)
			answer_one(l->group);
	return NULL;
}

static int new_group(const char *path)
{
	int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_NONBLOCK | FAN_CLOEXEC,
			       O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD,
				    path) != 0)
		bail_out("fanotify: %s", strerror(errno));
	return fd;
}

static pid_t start_child(int group, const char *path)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		close(group);
		_exit(open(path, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0);
	}
	return pid;
}

static void await_child(pid_t pid, bool killed)
{
	int status;

	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		stress_check(status == 0, "who is allowed to open ends with: %s",
			     strerror(WEXITSTATUS(status)));
	else
		stress_check(killed, "who was not killed ends with signal %d",
			     WTERMSIG(status));
}

static void end_listener(struct listener *l, pthread_t thread)
{
	tap_tell(&l->over, 1);
	pthread_join(thread, NULL);
	close(l->group);
}

static void one_round(struct rng *rng, const char *path)
{
	struct listener l = { .group = new_group(path) };
	bool killed[CHILDREN], early = rng_below(rng, 2);
	pid_t pids[CHILDREN];
	pthread_t thread;

	tap_thread(&thread, NULL, listen_to_it, &l);
	for (int i = 0; i < CHILDREN; i++)
		pids[i] = start_child(l.group, path);
	for (int i = 0; i < CHILDREN; i++) {
		rng_dither(rng);
		killed[i] = rng_below(rng, 2);
		if (killed[i])
			tap_kill(pids[i], SIGKILL);
	}
	if (early)
		end_listener(&l, thread);
	for (int i = 0; i < CHILDREN; i++)
		await_child(pids[i], killed[i]);
	if (!early)
		end_listener(&l, thread);
}

static void run_worker(long me)
{
	struct rng rng = rng_of(me);
	char name[32];

	snprintf(name, sizeof(name), "/tmp/asked.%d", getpid());
	close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	while (stress_go_on()) {
		one_round(&rng, name);
		stress_round();
	}
	unlink(name);
}

int main(int argc, char **argv)
{
	if (geteuid() != 0)
		skip_all("only root has such groups");
	stress_begin(argc, argv, 2, "who asks is answered, or killed");
	stress_children(stress.threads, run_worker);
	return stress_end();
}
