/*
 * user/libshell_parse.c - a line of text becomes a tree of pipelines.
 *
 * Recursive descent; each function reads one thing at @at and leaves @at
 * behind it. What stands in the way of reading on is said once and sets
 * syntax_error, after which the line is dropped.
 */
#include "libshell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory that lives as long as one line. */
static struct chunk { struct chunk *next; } *chunks;

void *shell_alloc(size_t size)
{
	struct chunk *c = calloc(1, sizeof(*c) + size);

	if (!c) {
		perror("dsh");
		exit(2);
	}
	c->next = chunks;
	chunks = c;
	return c + 1;
}

char *shell_strndup(const char *s, size_t n)
{
	return memcpy(shell_alloc(n + 1), s, n);
}

void shell_free(void)
{
	while (chunks) {
		struct chunk *c = chunks;

		chunks = c->next;
		free(c);
	}
}


static const char *at;			/* where the parser is */
static bool syntax_error;

static void complain(const char *what)
{
	if (!syntax_error)
		fprintf(stderr, "dsh: syntax error: %s\n", what);
	syntax_error = true;
}

static void skip_blanks(void)
{
	while (*at == ' ' || *at == '\t')
		at++;
	if (*at == '#')
		at += strcspn(at, "\n");
}

static bool take(const char *op)
{
	skip_blanks();
	if (strncmp(at, op, strlen(op)) != 0)
		return false;
	at += strlen(op);
	return true;
}

/* A raw word, NULL when the next thing is none. */
static char *parse_word(void)
{
	const char *start;

	skip_blanks();
	for (start = at; *at && !strchr(" \t\n;&|<>", *at); at++) {
		if (*at == '\\' && at[1]) {
			at++;
		} else if (*at == '\'' || *at == '"') {
			char quote = *at++;

			for (; *at && *at != quote; at++)
				if (quote == '"' && *at == '\\' && at[1])
					at++;
			if (!*at) {
				complain("quote without end");
				return NULL;
			}
		}
	}
	return at > start ? shell_strndup(start, at - start) : NULL;
}

/* [FD]<WORD, [FD]>WORD, [FD]>>WORD, [FD]>&WORD */
static bool parse_redirect(struct command *cmd)
{
	struct redirect *r, **end;
	const char *p;

	skip_blanks();
	for (p = at; isdigit(*p); p++)
		;
	if (*p != '<' && *p != '>')
		return false;
	r = shell_alloc(sizeof(*r));
	r->fd = p > at ? atoi(at) : *p == '>';
	at = p;
	if (take(">>"))
		r->kind = 'a';
	else if (take(">&") || take("<&"))
		r->kind = 'd';
	else
		r->kind = *at++;
	r->word = parse_word();
	if (!r->word)
		complain("redirection to nothing");
	for (end = &cmd->redirects; *end; end = &(*end)->next)
		;
	*end = r;
	return true;
}

static struct command *parse_command(void)
{
	struct command *cmd = shell_alloc(sizeof(*cmd));
	char *word;

	for (;;) {
		if (parse_redirect(cmd))
			continue;
		word = parse_word();
		if (!word)
			break;
		if (cmd->nr_words < MAX_WORDS - 1)
			cmd->words[cmd->nr_words++] = word;
	}
	if (cmd->nr_words == 0 && !cmd->redirects)
		complain("command expected");
	return cmd;
}

static struct pipeline *parse_pipeline(void)
{
	struct pipeline *p = shell_alloc(sizeof(*p));
	struct command **end = &p->first;

	skip_blanks();
	p->text = at;
	do {
		*end = parse_command();
		end = &(*end)->piped_to;
	} while (!syntax_error && (strncmp(at, "||", 2) != 0) && take("|"));
	p->text_length = at - p->text;
	return p;
}

struct pipeline *shell_parse(const char *line, bool *wrong)
{
	struct pipeline *first = NULL, **end = &first, *p;
	int when = ALWAYS;

	at = line;
	syntax_error = false;
	for (;;) {
		while (take("\n") || (when == ALWAYS && take(";")))
			;
		if (!*at && when == ALWAYS)
			break;
		p = parse_pipeline();
		if (syntax_error)
			break;
		p->when = when;
		*end = p;
		end = &p->next;
		when = take("&&") ? AND : take("||") ? OR : ALWAYS;
		if (when == ALWAYS && take("&"))
			p->background = true;
	}	*wrong = syntax_error;
	return syntax_error ? NULL : first;
}
