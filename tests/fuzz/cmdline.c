/* sources: lib/parse.c */
/*
 * The kernel's command line, which whoever boots it may write: words are within
 * it, and those behind "--" reach the first process, as many as there are.
 */
#include "init/cmdline.c"

#include "fuzz.h"

#include <stdlib.h>

void printk(const char *fmt, ...)
{
	(void)fmt;
}

static bool is_in_words(const char *s)
{
	return s >= words && s + strlen(s) < words + CMDLINE_MAX;
}

static void check_words(void)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < nr_words; i++) {
		fuzz_check(is_in_words(word[i]));
		bytes += strlen(word[i]) + 1;
	}
	fuzz_check(nr_options <= nr_words && bytes <= strlen(text) + 1);
}

static void check_argv(void)
{
	char *const *argv = cmdline_init_argv("init");
	unsigned n = 1;

	while (argv[n] != NULL)
		fuzz_check(is_in_words(argv[n++]));
	fuzz_check(n - 1 == (nr_options < nr_words ? nr_words - nr_options - 1 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *given = fuzz_string(data, size);

	nr_words = nr_options = 0; /* it is read once, at boot */
	if (strlen(given) < CMDLINE_MAX) {
		cmdline_init(given);
		fuzz_check(strcmp(cmdline_text(), given) == 0);
		check_words();
		if (nr_words - nr_options <= INIT_ARGS_MAX)
			check_argv();
		(void)cmdline_value("seed");
		(void)cmdline_has("quiet");
		cmdline_check();
	}
	free(given);
	return 0;
}
