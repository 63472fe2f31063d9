#pragma once

/*
 * tests/abi-diff/libwalk.h - saying what a call answers, the same way on
 * every kernel that gives the same answers.
 *
 *	SAY(lseek(file, -1, SEEK_SET));
 *		lseek(file, -1, SEEK_SET) = EINVAL
 *
 * A line has no address, time, process number or anything else in it that two
 * kernels may choose as they like.  Each chapter runs in a process of its own
 * and has the same files, descriptors and memory to begin with.
 */

#include <stddef.h>

/* The result of a call: a number, or the name of an error (or "died of ..."). */
#define SAY(call) say((long)(call), "%s", #call)
/* Any number that is not an error is "ok": what it is, differs. */
#define SAY_OK(call) say_ok((long)(call), "%s", #call)
void say(long result, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void say_ok(long result, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void say_words(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- what each chapter and each turn of a sweep begins with ---- */

#define FOLDER "/tmp/abi-diff"

/* Descriptors, opened at these numbers. */
enum {
	FILE_FD = 10,	/* 8192 bytes, read and write */
	DIR_FD,		/* FOLDER */
	PIPE_READ,	/* "four" is in it */
	PIPE_WRITE,
	PATH_FD,	/* of the file, O_PATH */
	READ_FD,	/* of the file, O_RDONLY */
	WRITE_FD,	/* of the file, O_WRONLY */
	EVENT_FD,	/* counts 0 */
	TIMER_FD,	/* not set */
	NULL_FD,
	ZERO_FD,
	CLOSED_FD,
};

/* Memory, by the page: what is not named is not mapped. */
#define WALK_PAGE 4096UL
#define MEMORY 0x20000000UL
#define PAGE_AT(n) (MEMORY + (n) * WALK_PAGE)
enum {
	PLAIN = 0,	/* 4 pages, private, can be written */
	HOLE = 4,
	READ_ONLY = 6,
	NO_ACCESS = 8,
	SHARED = 10,	/* 2 pages, the file's */
	PRIVATE = 13,	/* the file's first */
	PAST_END = 15,	/* shared, behind the end of the file */
	LONE = 17,	/* shared memory of nobody else */
	MEMORY_PAGES = 20,
};

/* In the plain pages. */
#define PATH_AT (MEMORY + 0x100)	/* FOLDER "/file" */
#define OTHER_PATH_AT (MEMORY + 0x180)	/* FOLDER "/other", which is not there */
#define IOVEC_AT (MEMORY + 0x200)	/* 2 pieces of 8 bytes */
#define LIMIT_AT (MEMORY + 0x280)	/* 1000, soft and hard */
#define BUFFER_AT (MEMORY + 0x800)	/* room for anything; zeroes */
#define ZEROES_AT PAGE_AT(1)
#define CROSSING_AT (PAGE_AT(HOLE) - 4)	/* the last 4 bytes before the hole */

void set_up_folder(void);
void set_up(void);

/*
 * Run @fn(@arg) in a process of its own, whose standard output is this one's.
 * A call that does not come back ends it, and what it leaves is killed.
 */
void in_process(void (*fn)(const void *), const void *arg);

/* @call(@arg), alone, after a set_up() of its own: its result, or why there
 * is none in *@died (a text; NULL: there is one). */
long alone(long (*call)(const void *), const void *arg, const char **died);
const char *error_name(long err);

/* ---- the chapters ---- */

void walk_sweep(const void *pattern);
void walk_memory(const void *unused);
void walk_files(const void *unused);
void walk_locks(const void *unused);
void walk_threads(const void *unused);
void walk_rights(const void *unused);
void walk_scripts(const void *unused);
void walk_pointers(const void *unused);

/* Run as the interpreter of a script: what it was given. */
void say_given(int argc, char **argv);
