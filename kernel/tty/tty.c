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
#include "vfs/device.h"

#define TTY_MAJOR 5
#define TTY_MINOR 0
#define CONSOLE_MINOR 1

#define CTRL(c) ((c) & 0x1f)

struct tty console_tty = {
	.termios = {
		.iflag = ICRNL | IMAXBEL | IUTF8,
		.oflag = OPOST | ONLCR,
		.cflag = B38400 | CS8 | CREAD,
		.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL |
			 ECHOKE | IEXTEN,
		.cc = {
			[VINTR] = CTRL('C'), [VQUIT] = CTRL('\\'),
			[VERASE] = 0x7f,     [VKILL] = CTRL('U'),
			[VEOF] = CTRL('D'),  [VMIN] = 1,
			[VSUSP] = CTRL('Z'), [VREPRINT] = CTRL('R'),
			[VSTART] = CTRL('Q'), [VSTOP] = CTRL('S'),
			[VWERASE] = CTRL('W'), [VLNEXT] = CTRL('V'),
		},
	},
	.winsize = { .rows = 24, .columns = 80 },
	.readable = WAITQ_INIT(console_tty.readable),
	.drained = WAITQ_INIT(console_tty.drained),
};

/* ---- files ---- */

/* /dev/tty is the caller's own terminal. */
static int tty_open_own(struct file *f UNUSED)
{
	return tty_is_mine(&console_tty) ? 0 : -ENXIO;
}

static unsigned tty_poll(struct file *f UNUSED, struct poll_table *pt)
{
	struct tty *tty = &console_tty;

	if (pt != NULL)
		pt->watch(pt, &tty->readable);
	return POLLOUT | (tty_is_readable(tty) ? POLLIN : 0);
}

static const struct file_ops console_file_ops = {
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
};

static const struct file_ops own_tty_file_ops = {
	.open = tty_open_own,
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
};

/* ---- the line ---- */

static void receive_all(struct tty *tty, const uint8_t *buf, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		waitq_wait(&tty->drained, tty_can_receive(tty));
		mutex_lock(&tty->lock);
		tty_receive(tty, buf[i]);
		mutex_unlock(&tty->lock);
	}
}

static void line_thread(void *arg)
{
	struct tty *tty = arg;
	const struct tty_device *device = tty->device;
	uint8_t buf[64];
	size_t n;

	for (;;) {
		waitq_wait(device->readable,
			   (n = device->read(buf, sizeof(buf))) > 0);
		receive_all(tty, buf, n);
	}
}

void tty_init(const struct tty_device *device)
{
	struct tty *tty = &console_tty;

	mutex_init(&tty->lock, RANK_TTY);
	tty->device = device;
	if (device_register(TTY_MAJOR, TTY_MINOR, &own_tty_file_ops) != 0 ||
	    device_register(TTY_MAJOR, CONSOLE_MINOR, &console_file_ops) != 0)
		panic("the console's device numbers are taken");
	if (kthread_start("tty", line_thread, tty) == NULL)
		panic("no memory for the console's thread");
	device_name("tty", 0666, TTY_MAJOR, TTY_MINOR);
	device_name("console", 0600, TTY_MAJOR, CONSOLE_MINOR);
}
