/*
 * syscall/mqueue_texts.c - /proc/sys/fs/mqueue.
 */
#include "fs/proc/mqueue.h"

#include "ipc/mqueue/mqueue.h"
#include "lib/errno.h"
#include "lib/string.h"

static int show(struct text *t, uint32_t value)
{
	text_printf(t, "%u\n", value);
	return 0;
}

static int store(const char *word, uint32_t low, uint32_t high, uint32_t *to)
{
	const char *end;
	uint64_t n;

	if (!parse_u64(word, &end, 10, &n) || *end != '\0' || n < low ||
	    n > high)
		return -EINVAL;
	WRITE_ONCE(*to, (uint32_t)n);
	return 0;
}

int procfs_show_msg_default(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show(t, READ_ONCE(mq_default_msgs));
}

int procfs_store_msg_default(const char *word, const struct procfs_entry *e UNUSED)
{
	return store(word, 1, MQ_MOST_MSGS, &mq_default_msgs);
}

int procfs_show_msg_max(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show(t, READ_ONCE(mq_max_msgs));
}

int procfs_store_msg_max(const char *word, const struct procfs_entry *e UNUSED)
{
	return store(word, 1, MQ_MOST_MSGS, &mq_max_msgs);
}

int procfs_show_msgsize_default(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show(t, READ_ONCE(mq_default_size));
}

int procfs_store_msgsize_default(const char *word, const struct procfs_entry *e UNUSED)
{
	return store(word, MQ_SMALLEST_SIZE, MQ_LARGEST_SIZE, &mq_default_size);
}

int procfs_show_msgsize_max(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show(t, READ_ONCE(mq_max_size));
}

int procfs_store_msgsize_max(const char *word, const struct procfs_entry *e UNUSED)
{
	return store(word, MQ_SMALLEST_SIZE, MQ_LARGEST_SIZE, &mq_max_size);
}

int procfs_show_queues_max(struct text *t, const struct procfs_entry *e UNUSED)
{
	return show(t, READ_ONCE(mq_max_queues));
}

int procfs_store_queues_max(const char *word, const struct procfs_entry *e UNUSED)
{
	return store(word, 0, INT32_MAX, &mq_max_queues);
}
