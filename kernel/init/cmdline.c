/*
 * init/cmdline.c - see cmdline.h.
 */
#include "init/cmdline.h"

#include "debug/printk.h"
#include "lib/bug.h"
#include "lib/string.h"

static char text[CMDLINE_MAX];  /* (c) after cmdline_init() */
static char words[CMDLINE_MAX]; /* (c) the same, cut at blanks */
static char *word[CMDLINE_MAX / 2 + 1];
static unsigned nr_words, nr_options; /* options stand before "--" */

/* Blanks end a word, but not inside double quotes, which are dropped. */
static char *cut_word(char *s)
{
	char *to = s;
	bool quoted = false;

	word[nr_words++] = s;
	for (; *s != '\0' && (quoted || *s != ' '); s++) {
		if (*s == '"')
			quoted = !quoted;
		else
			*to++ = *s;
	}
	if (*s != '\0')
		s++;
	*to = '\0';
	return s;
}

static void cut(char *s)
{
	for (;;) {
		while (*s == ' ')
			s++;
		if (*s == '\0')
			return;
		s = cut_word(s);
	}
}

void cmdline_init(const char *given)
{
	if (strlcpy(text, given, sizeof(text)) >= sizeof(text))
		panic("command line longer than %d bytes", CMDLINE_MAX - 1);
	strlcpy(words, text, sizeof(words));
	cut(words);
	while (nr_options < nr_words && strcmp(word[nr_options], "--") != 0)
		nr_options++;
}

const char *cmdline_text(void)
{
	return text;
}

const char *cmdline_value(const char *name)
{
	size_t n = strlen(name);
	const char *value = NULL;

	for (unsigned i = 0; i < nr_options; i++)
		if (strncmp(word[i], name, n) == 0 && word[i][n] == '=')
			value = word[i] + n + 1;
	return value;
}

bool cmdline_has(const char *name)
{
	for (unsigned i = 0; i < nr_options; i++)
		if (strcmp(word[i], name) == 0)
			return true;
	return false;
}

char *const *cmdline_init_argv(const char *path)
{
	static char *argv[INIT_ARGS_MAX + 2];
	unsigned n = 0;

	argv[n++] = (char *)path;
	for (unsigned i = nr_options + 1; i < nr_words; i++) {
		if (n > INIT_ARGS_MAX)
			panic("more than %d arguments for init", INIT_ARGS_MAX);
		argv[n++] = word[i];
	}
	argv[n] = NULL;
	return argv;
}

static bool is_known(const char *w)
{
	static const char *const known[] = { "quiet", "init=", "tlb=ipi",
					     "tlb=rfence", "asids=off",
					     "seed=", "points=", "trace=",
					     "shadow=off", "schedule=", "within=",
					     "rootflags=", "overflow=",
					     "weak=on", "mmu=",
					     "idle=suspend" };

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i]);

		if (known[i][n - 1] == '=' ? strncmp(w, known[i], n) == 0 :
					     strcmp(w, known[i]) == 0)
			return true;
	}
	return false;
}

void cmdline_check(void)
{
	for (unsigned i = 0; i < nr_options; i++)
		if (!is_known(word[i]))
			printk("unknown word '%s' on the command line, ignored\n",
			       word[i]);
}
