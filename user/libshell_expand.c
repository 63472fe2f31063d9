/*
 * user/libshell_expand.c - a raw word becomes the words it stands for.
 *
 * Quotes and $ are resolved in one pass into a pattern in which every byte
 * that was quoted, or came from a parameter, is escaped; glob() then sees only
 * the *, ? and [ that stood free.
 */
#include "libshell.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shell_parameters shell;

struct text {
	char *bytes;
	size_t length, room;
	bool quoted;		/* an empty word, but a word */
	bool pattern;		/* holds an unquoted *, ? or [ */
};

static void put(struct text *t, char c)
{
	if (t->length + 1 >= t->room) {
		char *bigger = shell_alloc(t->room = 2 * t->room + 64);

		if (t->length)
			memcpy(bigger, t->bytes, t->length);
		t->bytes = bigger;
	}
	t->bytes[t->length++] = c;
	t->bytes[t->length] = '\0';
}

/* The value of the parameter at *@p, which is moved behind it. */
static const char *parameter(const char **p)
{
	static char number[16];
	const char *start = *p, *value;
	bool braces = *start == '{';
	size_t n;

	start += braces;
	if (isdigit(*start)) {
		n = 1;
		value = *start - '0' < shell.nr_args
			? shell.args[*start - '0'] : "";
	} else if (strchr("?$!#", *start) && *start) {
		n = 1;
		snprintf(number, sizeof(number), "%d",
			 *start == '?' ? shell.last_status :
			 *start == '$' ? getpid() :
			 *start == '!' ? shell.last_background :
			 shell.nr_args - 1);
		value = number;
	} else {
		for (n = 0; isalnum(start[n]) || start[n] == '_'; n++)
			;
		if (n == 0)
			return NULL;	/* a $ that is only a $ */
		value = getenv(shell_strndup(start, n));
	}
	*p = start + n + (braces && start[n] == '}');
	return value ? value : "";
}

/* Bytes that came from quotes are escaped, so that glob() lets them be. */
static void put_literal(struct text *t, char c)
{
	if (strchr("*?[\\", c))
		put(t, '\\');
	put(t, c);
}

static void put_parameter(struct text *t, const char **p)
{
	const char *value = parameter(p);

	if (!value)
		put(t, '$');
	else
		while (*value)
			put_literal(t, *value++);
}

static void put_quoted(struct text *t, const char **p)
{
	char quote = *(*p)++;

	t->quoted = true;
	while (**p != quote) {
		if (quote == '"' && **p == '$') {
			(*p)++;
			put_parameter(t, p);
			continue;
		}
		if (quote == '"' && **p == '\\' && strchr("\"\\$", (*p)[1]))
			(*p)++;
		put_literal(t, *(*p)++);
	}
	(*p)++;
}

static char *without_escapes(char *s)
{
	char *to = s, *from = s;

	for (; *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return s;
}

void shell_expand(const char *word, char **argv, int *argc)
{
	struct text t = { 0 };
	glob_t found;

	while (*word) {
		if (*word == '\'' || *word == '"') {
			put_quoted(&t, &word);
		} else if (*word == '$') {
			word++;
			put_parameter(&t, &word);
		} else if (*word == '\\' && word[1]) {
			put_literal(&t, word[1]);
			word += 2;
		} else {
			t.pattern |= strchr("*?[", *word) != NULL;
			put(&t, *word++);
		}
	}
	if (t.length == 0 && !t.quoted)
		return;
	if (!t.bytes)
		t.bytes = shell_alloc(1);
	if (t.pattern && glob(t.bytes, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (*argc < MAX_WORDS - 1)
				argv[(*argc)++] =
					shell_strndup(found.gl_pathv[i],
						     strlen(found.gl_pathv[i]));
		globfree(&found);
	} else if (*argc < MAX_WORDS - 1) {
		argv[(*argc)++] = without_escapes(t.bytes);
	}
}
