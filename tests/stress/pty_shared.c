/*
 * tests/stress/pty_shared.c
 *
 * Claim    What several threads type at one terminal comes in, all of it, when
 *          it is full as well.
 * Method   Two write to the master of a pseudoterminal in raw mode, each its own
 *          letter, more than there is room for; a third reads at the slave, a few
 *          bytes at a time, so that there is room for one more again and again.
 *          When both are done a last letter ends it.
 * Oracle   As many of each letter come as were written.
 * Catches  Whether there is room is asked before the lock with which it is
 *          filled (room_asked_early).
 * -X       One letter less is written.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <termios.h>

enum { WRITERS = 2, LETTERS = 3000, PIECE = 100, LAST = 'z', FEW = 3 };

static int master, slave;

static void open_both(void)
{
	struct termios t;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || unlockpt(master) < 0)
		bail_out("/dev/ptmx: %s", strerror(errno));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0 || tcgetattr(slave, &t) < 0)
		bail_out("a slave: %s", strerror(errno));
	cfmakeraw(&t);
	t.c_iflag &= ~IMAXBEL;
	if (tcsetattr(slave, TCSANOW, &t) < 0)
		bail_out("tcsetattr: %s", strerror(errno));
}

static void type(const char *piece, long n)
{
	while (n > 0) {
		long got = write(master, piece, n);

		if (!stress_check(got > 0, "write: %s", strerror(errno)))
			return;
		n -= got;
	}
}

static void *type_letters(void *letter)
{
	long left = LETTERS - (stress.wrong && letter == NULL);
	char piece[PIECE];

	memset(piece, 'a' + (int)(long)letter, sizeof(piece));
	for (; left > 0; left -= PIECE)
		type(piece, left < PIECE ? left : PIECE);
	return NULL;
}

static void *count_letters(void *arg)
{
	long *counts = arg, n;
	char few[FEW];

	while ((n = read(slave, few, sizeof(few))) > 0) {
		for (long i = 0; i < n; i++)
			if (few[i] >= 'a' && few[i] < 'a' + WRITERS)
				counts[few[i] - 'a']++;
		if (few[n - 1] == LAST)
			break;
	}
	return NULL;
}

static void run_round(void)
{
	static const char last = LAST;
	pthread_t writers[WRITERS], reader;
	long counts[WRITERS] = { 0 };

	open_both();
	tap_thread(&reader, NULL, count_letters, counts);
	for (long i = 0; i < WRITERS; i++)
		tap_thread(&writers[i], NULL, type_letters, (void *)i);
	for (long i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	type(&last, 1);
	pthread_join(reader, NULL);
	for (int i = 0; i < WRITERS; i++)
		stress_check(counts[i] == LETTERS, "%ld letters of %d came",
			     counts[i], LETTERS);
	close(slave);
	close(master);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, WRITERS + 1, "a terminal loses nothing that is typed");
	while (stress_go_on()) {
		run_round();
		stress_round();
	}
	return stress_end();
}
