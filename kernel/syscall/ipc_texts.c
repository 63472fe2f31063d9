/*
 * syscall/ipc_texts.c - /proc/sys/fs/aio-max-nr, aio-nr, mqueue, pipe-*.
 */
#include "syscall/texts.h"

#include "ipc/aio.h"
#include "ipc/mqueue/mqueue.h"
#include "ipc/pipe/pipe.h"
#include "vfs/inode.h"

static int show_aio_nr(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", aio_nr());
	return 0;
}

/* A size that a pipe can have. */
static int store_pipe_max_size(const char *word,
			       const struct procfs_entry *e UNUSED)
{
	uint32_t size;
	int err = procfs_store_number(word, 1, PIPE_MAX_SIZE_LIMIT, &size);

	if (err == 0)
		WRITE_ONCE(pipe_max_size, pipe_round_size(size));
	return err;
}

static int show_pipe_max_size(struct text *t,
			      const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(pipe_max_size));
	return 0;
}

static const struct procfs_node mqueue_nodes[] = {
	PROCFS_NUMBER("msg_default", &mq_default_msgs, 1, MQ_MOST_MSGS),
	PROCFS_NUMBER("msg_max", &mq_max_msgs, 1, MQ_MOST_MSGS),
	PROCFS_NUMBER("msgsize_default", &mq_default_size, MQ_SMALLEST_SIZE,
		      MQ_LARGEST_SIZE),
	PROCFS_NUMBER("msgsize_max", &mq_max_size, MQ_SMALLEST_SIZE,
		      MQ_LARGEST_SIZE),
	PROCFS_NUMBER("queues_max", &mq_max_queues, 0, INT32_MAX),
	{ .name = NULL },
};

const struct procfs_node ipc_fs_nodes[] = {
	PROCFS_NUMBER("aio-max-nr", &aio_max_nr, 0, INT32_MAX),
	PROCFS_TEXT("aio-nr", show_aio_nr),
	PROCFS_DIR("mqueue", mqueue_nodes),
	PROCFS_SETTING("pipe-max-size", show_pipe_max_size, store_pipe_max_size),
	PROCFS_NUMBER("pipe-user-pages-hard", &pipe_user_pages_hard, 0, INT32_MAX),
	PROCFS_NUMBER("pipe-user-pages-soft", &pipe_user_pages_soft, 0, INT32_MAX),
	{ .name = NULL },
};
