/*
 * init/files.c - see files.h.
 */
#include "init/files.h"

#include "debug/printk.h"
#include "dev/uart.h"
#include "disk/disk.h"
#include "fs/dev/devfs.h"
#include "fs/ext2/ext2.h"
#include "fs/proc/procfs.h"
#include "fs/tmp/tmpfs.h"
#include "init/cmdline.h"
#include "init/initramfs.h"
#include "lib/bug.h"
#include "mm/page.h"
#include "net/socket.h"
#include "proc/signal/async.h"
#include "proc/signal/signal.h"
#include "syscall/texts.h"
#include "tty/tty.h"
#include "vfs/epoll/epoll.h"
#include "vfs/file.h"
#include "vfs/filelock.h"
#include "vfs/lease.h"
#include "vfs/mount.h"
#include "vfs/notify/fanotify.h"
#include "vfs/notify/inotify.h"

void files_init(void)
{
	static const struct tty_device console = {
		.write = uart_write,
		.read = uart_read,
		.readable = &uart_readable,
	};
	struct filesystem *root = tmpfs_create_first("tmpfs");
	paddr_t start, end;

	file_init();
	epoll_init();
	inotify_init();
	fanotify_init();
	signal_init();
	async_init();
	file_lock_init();
	lease_init();
	net_init();
	vfs_mount_root(root);
	page_initrd(&start, &end);
	if (start == end)
		panic("no initramfs: pass one with -initrd");
	initramfs_unpack(phys_to_virt(start), end - start);
	if (!tmpfs_limit(root, cmdline_value("rootflags")))
		printk("rootflags: size=N[k|m|g|%%],nr_inodes=N, and not %s\n",
		       cmdline_value("rootflags"));
	devfs_init(tmpfs_create_first("devtmpfs"));
	disk_init();
	tmpfs_init();
	ext2_init();
	tty_init(&console);
	procfs_init(cmdline_text(), &(struct procfs_more){
		.kernel = ipc_kernel_nodes,
		.fs = ipc_fs_nodes,
		.net = net_nodes,
		.sysvipc = sysvipc_nodes,
	});
}
