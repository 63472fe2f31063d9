#pragma once

/*
 * net/netlink/letter.h - one message to a socket of netlink, to be sent by another
 * part of the kernel when it comes to it.
 *
 * It takes its room of SO_RCVBUF when it is made, and so is never lost when it is
 * sent, nor does it wait.  The socket may be closed before: then there is nobody who
 * could read it.
 */

#include "lib/types.h"

struct message;
struct socket;

/* Of @n bytes to @s, once there is room: 0, -EINVAL (it is of another family),
 * -ENOMEM, -ERESTARTSYS, or -ECONNREFUSED: it is closed.  May sleep. */
int netlink_letter_make(struct socket *s, const void *bytes, size_t n,
			struct message **out);
/* Its last byte is @last; it is gone then.  May sleep for the lock of the socket. */
void netlink_letter_send(struct message *m, uint8_t last);
/* It is not to be sent. */
void netlink_letter_drop(struct message *m);
