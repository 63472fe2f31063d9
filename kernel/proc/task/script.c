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

/* Where the line ends that has no newline in what is looked at: at the last
 * byte of that, if the interpreter's name has ended before; else NULL, for
 * more of it may follow. */
static char *end_of_open_line(char *line)
{
	char *last = line + SCRIPT_LINE - 1, *p = line + 2;

	while (p < last && is_blank(*p))
		p++;
	while (p < last && *p != '\0' && !is_blank(*p))
		p++;
	return *p == '\0' || is_blank(*p) ? last : NULL;
}

/* Cut "#! interp arg" apart in place; @arg is NULL when there is none.  Behind
 * the end of the file, and of what is looked at, there are zeroes. */
static bool parse_line(char *line, char **interp, char **arg)
{
	char *end = strchr(line, '\n');

	if (end == NULL)
		end = end_of_open_line(line);
	if (end == NULL)
		return false;
	while (is_blank(end[-1]))
		end--;
	*end = '\0';
	for (line += 2; is_blank(*line); line++)
		;
	*interp = line;
	if (line >= end)
		return false;
	while (*line != '\0' && !is_blank(*line))
		line++;
	*arg = NULL;
	if (*line != '\0') {
		*line++ = '\0';
		while (is_blank(*line))
			line++;
		*arg = line;
	}
	return true;
}

/* Make @strings the front of the prefix, in place of its first word, which
 * named the script by the name it was called, and may be one of them. */
static int push_prefix(struct program *p, const char *const *strings,
		       unsigned n)
{
	unsigned keep = p->nr_prefix == 0 ? 0 : p->nr_prefix - 1;
	char *replaced = p->nr_prefix == 0 ? NULL : p->prefix[0];
	int err = 0;

	if (keep + n > ARRAY_SIZE(p->prefix))
		return -ELOOP;
	memmove(&p->prefix[n], &p->prefix[p->nr_prefix - keep],
		keep * sizeof(p->prefix[0]));
	p->nr_prefix = keep + n;
	for (unsigned i = 0; i < n; i++) {
		p->prefix[i] = kstrdup(strings[i]);
		if (p->prefix[i] == NULL)
			err = -ENOMEM;
	}
	kfree(replaced);
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
	if (*interp == '\0')
		return -EACCES; /* the current directory is no program */
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

/* From interpreter to interpreter, until one is a program.  @line has
 * SCRIPT_LINE + 1 bytes. */
static int follow_scripts(struct program *p, char *line, const char *path)
{
	int err = 0;

	for (unsigned depth = 0; err == 0; depth++) {
		memset(line, 0, SCRIPT_LINE + 1);

		ssize_t n = file_read_kernel(p->file, 0, line, SCRIPT_LINE);

		if (n < 2 || line[0] != '#' || line[1] != '!')
			return n < 0 ? (int)n : 0;
		if (depth == SCRIPT_DEPTH)
			return -ELOOP;
		err = enter_script(p, line,
				   depth == 0 ? path : p->prefix[0]);
	}
	return err;
}

int program_open(struct program *p, int dirfd, const char *path, int flags)
{
	char *line = kmalloc(SCRIPT_LINE + 1);
	int err = -ENOMEM;

	*p = (struct program){ .path = path };
	if (line != NULL)
		err = vfs_open_exec(dirfd, path, flags, &p->file);
	if (err == 0)
		err = follow_scripts(p, line, path);
	kfree(line);
	return err;
}

void program_close(struct program *p)
{
	if (p->file != NULL)
		file_put(p->file);
	for (unsigned i = 0; i < p->nr_prefix; i++)
		kfree(p->prefix[i]);
}
