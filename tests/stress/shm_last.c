/*
 * tests/stress/shm_last.c
 *
 * Claim    A System V segment goes with the last who has it or is about to, when it
 *          is removed; and while somebody has it, it is known by its id, also when
 *          he came in the moment in which another one was the last to leave.
 * Method   Of a segment that is removed already and has one user, that one detaches it
 *          while others attach it by its id, detach it and attach it again.  By
 *          turns, one that nobody has is removed while they do.
 * Oracle   Who has attached it is told of it by IPC_STAT, and finds its bytes; at
 *          last it is gone.
 * Catches  Who takes a segment away because it was unused a moment ago; one that is
 *          removed, since nobody has it, while a shmat() is half done.
 * -X       It is removed by nobody.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/ipc.h>
#include <sys/shm.h>

enum { OTHERS = 2, TIMES = 3, BYTE = 'a' };

static int id;
static char *first;		/* where the first user has it; NULL: there is none */
static struct meeting *begin;

static bool attach(char **at)
{
	*at = shmat(id, NULL, 0);
	if (*at != (void *)-1)
		return true;
	stress_check(errno == EINVAL || errno == EIDRM, "shmat: %s", strerror(errno));
	return false;
}

static void look(const char *at)
{
	struct shmid_ds ds;

	if (stress_check(shmctl(id, IPC_STAT, &ds) == 0,
			 "what is attached is nowhere: %s", strerror(errno)))
		stress_check(ds.shm_nattch > 0, "what is attached is attached by nobody");
	stress_check(*at == BYTE, "it holds %d", *at);
}

static void come_and_go(struct rng *rng)
{
	char *at;

	for (int i = 0; i < TIMES && attach(&at); i++) {
		look(at);
		rng_dither(rng);
		stress_check(shmdt(at) == 0, "shmdt: %s", strerror(errno));
	}
}

static void leave(void)
{
	if (first != NULL)
		stress_check(shmdt(first) == 0, "shmdt: %s", strerror(errno));
	else if (!stress.wrong)
		stress_check(shmctl(id, IPC_RMID, NULL) == 0, "IPC_RMID: %s",
			     strerror(errno));
}

static void *play(void *me)
{
	struct rng rng = rng_of(stress_rounds() * MAX_THREADS + (long)me);

	meet(begin, 1 + OTHERS);
	for (uint64_t n = rng_below(&rng, 8); n > 0; n--)
		rng_dither(&rng);
	if (me == 0)
		leave();
	else
		come_and_go(&rng);
	return NULL;
}

static void make_segment(bool is_removed)
{
	id = shmget(IPC_PRIVATE, PAGE, 0600);
	first = id < 0 ? (void *)-1 : shmat(id, NULL, 0);
	if (first == (void *)-1)
		bail_out("a segment: %s", strerror(errno));
	*first = BYTE;
	if (is_removed) {
		if (!stress.wrong)
			shmctl(id, IPC_RMID, NULL);
	} else {
		shmdt(first);
		first = NULL;
	}
}

int main(int argc, char **argv)
{
	struct shmid_ds ds;

	stress_begin(argc, argv, 1 + OTHERS, "a segment goes with the last who has it");
	begin = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on()) {
		make_segment(stress_rounds() % 2);
		stress_threads(1 + OTHERS, play);
		stress_check(shmctl(id, IPC_STAT, &ds) == -1 && errno == EINVAL,
			     "it is still there");
		shmctl(id, IPC_RMID, NULL);
		stress_round();
	}
	return stress_end();
}
