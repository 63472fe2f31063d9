/*
 * syscall/ipc_texts.c - /proc/sys/fs/aio-max-nr, aio-nr, mqueue.
 */
#include "syscall/texts.h"

#include "ipc/aio.h"
#include "ipc/mqueue/mqueue.h"
#include "vfs/inode.h"

static int show_aio_nr(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", aio_nr());
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
	{ .name = NULL },
};
