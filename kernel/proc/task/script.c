/*
 * proc/task/script.c - see script.h.
 */
#include "proc/task/script.h"

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/path.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut "#! interp arg" apart in place; @arg is NULL when there is none. */
static bool parse_line(char *line, char **interp, char **arg)
{
	char *end = strchr(line, '\n');

	/* An interpreter's name cut off by the end of the buffer is none. */
	if (end == NULL)
		return false;
	while (end > line && is_blank(end[-1]))
		end--;
	*end = '\0';
	for (line += 2; is_blank(*line); line++)
		;
	*interp = line;
	while (*line != '\0' && !is_blank(*line))
		line++;
	*arg = NULL;
	if (*line != '\0') {
		*line++ = '\0';
		while (is_blank(*line))
			line++;
		*arg = line;
	}
	return **interp != '\0';
}

/* Make @strings the front of the prefix, in place of its first word, which
 * named the script by the name it was called. */
static int push_prefix(struct program *p, const char *const *strings,
		       unsigned n)
{
	unsigned keep = p->nr_prefix == 0 ? 0 : p->nr_prefix - 1;
	int err = 0;

	if (keep + n > ARRAY_SIZE(p->prefix))
		return -ELOOP;
	if (p->nr_prefix != 0)
		kfree(p->prefix[0]);
	memmove(&p->prefix[n], &p->prefix[p->nr_prefix - keep],
		keep * sizeof(p->prefix[0]));
	p->nr_prefix = keep + n;
	for (unsigned i = 0; i < n; i++) {
		p->prefix[i] = kstrdup(strings[i]);
		if (p->prefix[i] == NULL)
			err = -ENOMEM;
	}
	return err;
}

/* p->file is a script called @name: put its interpreter in its place. */
static int enter_script(struct program *p, char *line, const char *name)
{
	char *interp, *arg;
	const char *words[3];
	unsigned n = 0;

	if (!parse_line(line, &interp, &arg))
		return -ENOEXEC;
	words[n++] = interp;
	if (arg != NULL)
		words[n++] = arg;
	words[n++] = name;

	int err = push_prefix(p, words, n);

	if (err != 0)
		return err;
	file_put(p->file);
	p->file = NULL;
	return vfs_open_exec(AT_FDCWD, p->prefix[0], 0, &p->file);
}

int program_open(struct program *p, int dirfd, const char *path, int flags)
{
	char line[SCRIPT_LINE];

	*p = (struct program){ .path = path };

	int err = vfs_open_exec(dirfd, path, flags, &p->file);

	for (unsigned depth = 0; err == 0; depth++) {
		ssize_t n = file_read_kernel(p->file, 0, line,
					     sizeof(line) - 1);

		if (n < 2 || line[0] != '#' || line[1] != '!')
			return n < 0 ? (int)n : 0;
		line[n] = '\0';
		if (depth == SCRIPT_DEPTH)
			return -ELOOP;
		err = enter_script(p, line,
				   depth == 0 ? path : p->prefix[0]);
	}
	return err;
}

void program_close(struct program *p)
{
	if (p->file != NULL)
		file_put(p->file);
	for (unsigned i = 0; i < p->nr_prefix; i++)
		kfree(p->prefix[i]);
}
