/*
 * tests/stress/shm_storm.c
 *
 * Claim    A System V segment is there as long as somebody has it attached or it
 *          is not removed, and is gone then: whoever attaches, forks, detaches
 *          and ends while it is removed.
 * Method   Processes of two threads attach a segment by its id, look at its
 *          pages, fork, cut holes, detach, or leave it to their end; one more
 *          removes it in the middle.
 * Oracle   What is attached shows what was written at first, and is known by its id;
 *          when all are gone the segment is, too, and no memory is missing (the
 *          kernel counts).
 * Catches  A count of who has it that is off by one: a segment that stays for
 *          ever, or goes too early (the kernel's checks on pages).
 * -X       It is removed by nobody.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/ipc.h>
#include <sys/shm.h>

enum { PROCESSES = 3, PAGES = 4 };

static int id;
static struct meeting *meeting;	/* shared */

static void look_at(const char *p)
{
	for (int i = 0; i < PAGES; i++)
		stress_check(p[i * PAGE] == 'a' + i, "page %d shows %d", i, p[i * PAGE]);
}

/* Removed or not, what is attached is there, by its id. */
static void ask(void)
{
	struct shmid_ds ds;

	if (stress_check(shmctl(id, IPC_STAT, &ds) == 0,
			 "what is attached is nowhere: errno %d", errno))
		stress_check(ds.shm_nattch > 0, "what is attached is attached by nobody");
}

static void *attach_often(void *arg)
{
	struct rng rng = rng_of((long)arg + 64 * stress_rounds());
	char *p;

	for (int i = 0; i < 6; i++) {
		p = shmat(id, NULL, rng_below(&rng, 2) ? SHM_RDONLY : 0);
		if (p == (void *)-1) {
			stress_check(errno == EINVAL || errno == EIDRM,
				     "shmat: errno %d", errno);
			return NULL;
		}
		look_at(p);
		ask();
		if (rng_below(&rng, 3) == 0)
			munmap(p + PAGE, PAGE);
		if (rng_below(&rng, 3) != 0)
			stress_check(shmdt(p) == 0, "shmdt: errno %d", errno);
	}
	return NULL;
}

static void play(long me)
{
	pthread_t t;
	pid_t pid;

	meet(meeting, PROCESSES);
	tap_thread(&t, NULL, attach_often, (void *)(me + 8));
	pid = tap_fork();
	if (pid == 0)
		_exit(0);
	attach_often((void *)me);
	waitpid(pid, NULL, 0);
	if (me % 2)
		pthread_join(t, NULL);
}

static void remove_it(void)
{
	if (!stress.wrong)
		stress_check(shmctl(id, IPC_RMID, NULL) == 0,
			     "IPC_RMID: errno %d", errno);
}

static void one_round(struct rng *rng)
{
	struct shmid_ds ds;
	char *p;

	id = shmget(IPC_PRIVATE, PAGES * PAGE, 0600);
	if (id < 0)
		bail_out("shmget: %s", strerror(errno));
	p = shmat(id, NULL, 0);
	for (int i = 0; i < PAGES; i++)
		p[i * PAGE] = 'a' + i;
	for (long i = 0; i < PROCESSES; i++) {
		if (tap_fork() == 0) {
			play(i);
			_exit(0);
		}
	}
	for (uint64_t n = rng_below(rng, 30); n > 0; n--)
		sched_yield();
	if (rng_below(rng, 2)) {
		shmdt(p);
		remove_it();
	} else {
		remove_it();
		look_at(p);
		shmdt(p);
	}
	stress_reap();
	stress_check(shmctl(id, IPC_STAT, &ds) == -1 && errno == EINVAL,
		     "it is still there, with %lu attached",
		     (unsigned long)ds.shm_nattch);
	shmctl(id, IPC_RMID, NULL);
	stress_round();
}

int main(int argc, char **argv)
{
	struct rng rng;

	stress_begin(argc, argv, PROCESSES, "a segment goes with its last user");
	rng = rng_of(0);
	meeting = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on())
		one_round(&rng);
	return stress_end();
}
