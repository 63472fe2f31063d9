/*
 * tests/abi-diff/walk.c - what calls answer at their edges, in lines.
 *
 *	walk [CHAPTER [NAME]]
 *
 * An ordinary static Linux program, started as root in a machine that nothing
 * else is done with: it goes where it hurts.  `make abi-diff` runs it
 * on Linux and on drover and compares the lines (tools/abi-diff.py).  With
 * CHAPTER "sweep" and NAME only that call is swept.
 */
#include "libwalk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	void (*walk)(const void *arg);
} chapters[] = {
	{ "sweep", walk_sweep },
	{ "memory", walk_memory },
	{ "files", walk_files },
	{ "locks", walk_locks },
	{ "threads", walk_threads },
	{ "rights", walk_rights },
	{ "scripts", walk_scripts },
	{ "pointers", walk_pointers },
};

enum { NR_CHAPTERS = sizeof(chapters) / sizeof(chapters[0]) };

int main(int argc, char **argv)
{
	if (getenv("WALK_GIVEN") != NULL) {
		say_given(argc, argv);
		return 0;
	}
	if (geteuid() != 0 || access("/tests/abi-diff/walk", X_OK) != 0) {
		fprintf(stderr, "walk: needs to be root, in a machine of its own\n");
		return 2;
	}
	say_words("==== walk begin");
	set_up_folder();
	for (int i = 0; i < NR_CHAPTERS; i++) {
		if (argc > 1 && strcmp(argv[1], chapters[i].name) != 0)
			continue;
		say_words("== %s", chapters[i].name);
		in_process(chapters[i].walk, argc > 2 ? argv[2] : NULL);
	}
	say_words("==== walk end");
	return 0;
}
