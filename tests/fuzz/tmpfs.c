/* sources: fs/tmp/size.c lib/parse.c */
/*
 * The options of a mounted tmpfs: what is understood is within its bounds, and
 * is understood the same the second time.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "fs/tmp/tmpfs_internal.h"
#include "lib/bug.h"
#include "lib/errno.h"

uint64_t nr_pages_total = 1 << 17;

uint64_t pages_free(void)
{
	return nr_pages_total / 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tmpfs first = { 0 }, second = { 0 };
	struct inode_spec root = { 0 }, again = { 0 };
	char *options = fuzz_string(data, size);
	int err = tmpfs_set_up(&first, options, &root);

	fuzz_check(err == 0 || err == -EINVAL);
	fuzz_check(tmpfs_set_up(&second, options, &again) == err);
	if (err == 0) {
		fuzz_check((root.mode & ~07777U) == S_IFDIR);
		fuzz_check(first.pages.limit != 0 && first.files.limit != 0);
		fuzz_check(memcmp(&first, &second, sizeof(first)) == 0);
		fuzz_check(memcmp(&root, &again, sizeof(root)) == 0);
		fuzz_check(tmpfs_configure(&second.fs, options) == 0);
	}
	free(options);
	return 0;
}
