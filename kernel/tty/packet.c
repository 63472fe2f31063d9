/*
 * tty/packet.c - packet mode (TIOCPKT): what the master is told of the slave,
 * besides what it shows.
 *
 * News are bits that wait for the next read, which gets them alone and before
 * any data; what has become untrue meanwhile is taken back, so a reader learns
 * how it is and not what it was like.  All of it is under the terminal's lock:
 *
 *	two who have news	each adds its bits to what there is
 *	news and a reader	it takes all and leaves none: what comes later is
 *				for the next read, nothing is told twice
 *	news and TIOCPKT	is either before, and cleared with what was old,
 *				or seen by who turned packets on
 *	news and a reader	who has found nothing is woken, and looks at news
 *	about to sleep		again once it is queued (sync/waitq.h)
 *
 * Without packet mode there is never any news, so who looks without the lock,
 * for poll() or before it sleeps, need not ask for the mode.
 */
#include "tty/pty_internal.h"

#include "lib/errno.h"
#include "mm/uaccess.h"

void pty_tell(struct tty *tty, unsigned news, unsigned untrue)
{
	struct pty *p = pty_of(tty);

	if (tty->device != NULL || !p->packets)
		return;
	WRITE_ONCE(p->news, (uint8_t)((p->news & ~untrue) | news));
	waitq_wake_all(&p->readable);
}

/* As everybody knows it: a terminal program may do it itself then. */
static bool ctrl_s_stops(const struct termios *t)
{
	return (t->iflag & IXON) && t->cc[VSTOP] == CTRL('S') &&
	       t->cc[VSTART] == CTRL('Q');
}

void pty_tell_settings(struct tty *tty, const struct termios *new)
{
	const struct termios *old = &tty->termios;

	if (ctrl_s_stops(old) != ctrl_s_stops(new))
		pty_tell(tty,
			 ctrl_s_stops(new) ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP,
			 TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
	if ((old->lflag | new->lflag) & EXTPROC)
		pty_tell(tty, TIOCPKT_IOCTL, 0);
}

uint8_t pty_take_news(struct pty *p)
{
	uint8_t news = p->news;

	WRITE_ONCE(p->news, 0);
	return news;
}

static void set(struct pty *p, bool on) REQUIRES(C_tty)
{
	if (p->packets != on)
		WRITE_ONCE(p->news, 0);
	p->packets = on;
}

long pty_set_packets(struct pty *p, vaddr_t arg)
{
	uint32_t on;

	if (get_user_u32(&on, arg) != 0)
		return -EFAULT;
	mutex_lock(&p->tty.lock);
	set(p, on != 0);
	mutex_unlock(&p->tty.lock);
	return 0;
}

long pty_get_packets(struct pty *p, vaddr_t arg)
{
	bool on;

	mutex_lock(&p->tty.lock);
	on = p->packets;
	mutex_unlock(&p->tty.lock);
	return put_user_u32(arg, on);
}
