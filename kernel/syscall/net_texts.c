/*
 * syscall/net_texts.c - /proc/sys/net: what of sockets root may change.
 */
#include "syscall/texts.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/ping.h"
#include "vfs/inode.h"

static int show_ping_groups(struct text *t, const struct procfs_entry *e UNUSED)
{
	const struct ping_groups groups = ping_groups_get();

	text_printf(t, "%u\t%u\n", groups.first, groups.last);
	return 0;
}

/* Two numbers, with blanks between; the first alone leaves the second. */
static int parse_groups(const char *word, struct ping_groups *groups)
{
	unsigned *number[] = { &groups->first, &groups->last };

	for (unsigned i = 0; i < ARRAY_SIZE(number); i++) {
		uint64_t n;

		while (*word == ' ' || *word == '\t')
			word++;
		if (*word == '\0' && i > 0)
			return 0;
		if (!parse_u64(word, &word, 10, &n) || n > INT32_MAX)
			return -EINVAL;
		*number[i] = (unsigned)n;
	}
	return *word == '\0' ? 0 : -EINVAL;
}

/* Less than none is nobody, written as Linux does. */
static int store_ping_groups(const char *word, const struct procfs_entry *e UNUSED)
{
	struct ping_groups groups = ping_groups_get();
	int err = parse_groups(word, &groups);

	if (err != 0)
		return err;
	if (groups.last < groups.first)
		groups = (struct ping_groups){ 1, 0 };
	ping_groups_set(groups);
	return 0;
}

static const struct procfs_node ipv4_nodes[] = {
	PROCFS_SETTING("ping_group_range", show_ping_groups, store_ping_groups),
	{ .name = NULL },
};

const struct procfs_node net_nodes[] = {
	PROCFS_DIR("ipv4", ipv4_nodes),
	{ .name = NULL },
};
