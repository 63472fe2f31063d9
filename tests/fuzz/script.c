/* sources: proc/task/script.c */
/*
 * "#! interpreter": a program is looked for through lines that any user may
 * write.  The input is what the files are, one behind the other, each with a
 * byte in front that says how long it is; the last one is found again and again.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/task/script.h"
#include "vfs/file.h"
#include "vfs/path.h"

static const uint8_t *files, *files_end;
static long nr_open;

static size_t length_of(const uint8_t *file)
{
	size_t rest = (size_t)(files_end - file) - 1;

	return *file < rest ? *file : rest;
}

/* ---- vfs ---- */

int vfs_open_exec(int dirfd, const char *path, int flags, struct file **f)
{
	(void)dirfd, (void)flags;
	fuzz_check(*path != '\0' && strlen(path) <= SCRIPT_LINE);
	if (files == files_end)
		return -ENOENT;
	*f = malloc(sizeof(**f));
	(*f)->data = (void *)files;
	nr_open++;
	if (files + 1 + length_of(files) < files_end)
		files += 1 + length_of(files);
	return 0;
}

ssize_t file_read_kernel(struct file *f, uint64_t pos, void *to, size_t n)
{
	const uint8_t *file = f->data;

	fuzz_check(pos == 0);
	if (n > length_of(file))
		n = length_of(file);
	memcpy(to, file + 1, n);
	return (ssize_t)n;
}

void file_put(struct file *f)
{
	free(f);
	nr_open--;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct program p;
	int err;

	files = data;
	files_end = data + size;
	err = program_open(&p, AT_FDCWD, "script", 0);
	fuzz_check(err <= 0 && (err != 0 || p.file != NULL));
	for (unsigned i = 0; err == 0 && i < p.nr_prefix; i++)
		fuzz_check(p.prefix[i] != NULL && strchr(p.prefix[i], '\n') == NULL);
	program_close(&p);
	fuzz_check(nr_open == 0 && fuzz_allocated == 0);
	return 0;
}
