/*
 * tty/tty.c - the terminal's files, and the thread behind it.
 *
 * One kernel thread moves what arrives on the line through the line
 * discipline; so echo and Ctrl-C work whether or not anybody reads, and a
 * mutex is enough to protect all of it.
 */
#include "tty/tty_internal.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "vfs/cred.h"
#include "vfs/device.h"
#include "vfs/inode.h"

#define TTY_MAJOR 5
#define TTY_MINOR 0
#define CONSOLE_MINOR 1

static const struct termios first_settings = {
	.iflag = ICRNL | IXON | IMAXBEL | IUTF8,
	.oflag = OPOST | ONLCR,
	.cflag = B38400 | CS8 | CREAD,
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		 IEXTEN,
	.cc = {
		[VINTR] = CTRL('C'), [VQUIT] = CTRL('\\'),
		[VERASE] = 0x7f,     [VKILL] = CTRL('U'),
		[VEOF] = CTRL('D'),  [VMIN] = 1,
		[VSUSP] = CTRL('Z'), [VREPRINT] = CTRL('R'),
		[VSTART] = CTRL('Q'), [VSTOP] = CTRL('S'),
		[VWERASE] = CTRL('W'), [VLNEXT] = CTRL('V'),
	},
};

struct tty console_tty;

void tty_setup(struct tty *tty, unsigned dev)
{
	is_private(tty);
	mutex_init(&tty->lock, RANK_TTY);
	tty->dev = dev;
	tty->termios = first_settings;
	waitq_init(&tty->readable);
	waitq_init(&tty->drained);
	waitq_init(&tty->writable);
}

/* ---- files ---- */

int tty_open_file(struct tty *tty, struct file *f)
{
	int err;

	if (READ_ONCE(tty->exclusive) && !cred_can(current_cred(), CAP_SYS_ADMIN))
		return -EBUSY;
	err = tty->device != NULL ? 0 : pty_slave_opened(tty);
	if (err < 0)
		return err;
	pty_get(tty);
	f->data = tty;
	f->ops = &tty_file_ops;
	return 0;
}

static void tty_release(struct file *f)
{
	struct tty *tty = f->data;

	if (tty->device == NULL)
		pty_slave_closed(tty);
	pty_put(tty);
}

static int open_console(struct file *f)
{
	return tty_open_file(&console_tty, f);
}

/* /dev/tty is the caller's own terminal. */
static int open_own(struct file *f)
{
	struct tty *tty = tty_own_get();
	int err;

	if (tty == NULL)
		return -ENXIO;
	err = tty_open_file(tty, f);
	pty_put(tty);
	return err;
}

static unsigned tty_poll(struct file *f, struct poll_table *pt)
{
	struct tty *tty = f->data;

	if (pt != NULL) {
		pt->watch(pt, &tty->readable);
		pt->watch(pt, &tty->writable);
	}
	if (READ_ONCE(tty->hung_up))
		return POLLIN | POLLOUT | POLLERR | POLLHUP;
	return (tty_has_room(tty) ? POLLOUT : 0) |
	       (tty_is_readable(tty) ? POLLIN : 0);
}

const struct file_ops tty_file_ops = {
	.tells_owner = true,
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
	.release = tty_release,
};

/* What opens them is another once they are open. */
static const struct file_ops console_node_ops = { .open = open_console };
static const struct file_ops own_node_ops = { .open = open_own };

/* ---- the line ---- */

static void receive_all(struct tty *tty, const char *buf, size_t n)
{
	for (size_t done = 0; done < n;) {
		waitq_wait(&tty->drained, tty_can_receive(tty));
		done += tty_receive(tty, buf + done, n - done);
	}
}

static void line_thread(void *arg)
{
	struct tty *tty = arg;
	const struct tty_device *device = tty->device;
	char buf[64];
	size_t n;

	for (;;) {
		waitq_wait(device->readable,
			   (n = device->read((uint8_t *)buf, sizeof(buf))) > 0);
		receive_all(tty, buf, n);
	}
}

void tty_init(const struct tty_device *device)
{
	struct tty *tty = &console_tty;

	is_private(tty);
	tty_setup(tty, TTY_MAJOR << 8 | CONSOLE_MINOR);
	tty->device = device;
	tty->winsize = (struct winsize){ .rows = 24, .columns = 80 };
	if (device_register(S_IFCHR, TTY_MAJOR, TTY_MINOR, &own_node_ops) != 0 ||
	    device_register(S_IFCHR, TTY_MAJOR, CONSOLE_MINOR,
			    &console_node_ops) != 0)
		panic("the console's device numbers are taken");
	if (kthread_start("tty", line_thread, tty) == NULL)
		panic("no memory for the console's thread");
	device_name("tty", S_IFCHR | 0666, TTY_MAJOR, TTY_MINOR);
	device_name("console", S_IFCHR | 0600, TTY_MAJOR, CONSOLE_MINOR);
	pty_init();
}
