#pragma once

/*
 * libshell.h - what dsh's reader hands to its runner.
 *
 *	list = shell_parse(line);		a tree, words still raw
 *	shell_expand(word, argv, &argc);	the words a raw word stands for
 *	shell_free();				everything made for this line
 *
 * Raw words keep their quotes and $ until their command is about to run, so
 * that "X=1; echo $X" sees the new value.
 */

#include <stdbool.h>
#include <stddef.h>

enum { MAX_WORDS = 512 };

struct redirect {
	int fd;
	char kind;			/* '<' '>' 'a'ppend 'd'uplicate */
	char *word;
	struct redirect *next;
};

struct command {
	char *words[MAX_WORDS];		/* raw: quotes and $ still in them */
	int nr_words;
	struct redirect *redirects;
	struct command *piped_to;
};

/* A pipeline, how it is tied to the one before, and where its text is. */
struct pipeline {
	struct command *first;
	enum { ALWAYS, AND, OR } when;
	bool background;
	const char *text;
	int text_length;
	struct pipeline *next;
};

/* What $ stands for, besides the environment. */
struct shell_parameters {
	int last_status;		/* $? */
	int last_background;		/* $! */
	char **args;			/* $0, $1, ... */
	int nr_args;
};

extern struct shell_parameters shell;

/* Memory that shell_free() takes back; zeroed; never NULL. */
void *shell_alloc(size_t size);
char *shell_strndup(const char *s, size_t n);
void shell_free(void);

/* NULL for an empty line; for one that cannot be read, *@wrong and a message. */
struct pipeline *shell_parse(const char *line, bool *wrong);

/* Appends to @argv, which has MAX_WORDS entries. */
void shell_expand(const char *word, char **argv, int *argc);
