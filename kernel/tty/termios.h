#pragma once

/*
 * tty/termios.h - terminal settings and requests, as Linux programs on
 * riscv64 know them (the generic ABI).
 *
 * Source: Linux include/uapi/asm-generic/{termbits.h,ioctls.h,termios.h}.
 */

#include "lib/types.h"

#define NCCS 19

struct termios {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t cc[NCCS];
};

struct winsize {
	uint16_t rows, columns, x_pixels, y_pixels;
};

/* Indices of cc[].  A character of 0 is switched off. */
enum {
	VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP,
	VSUSP, VEOL, VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2,
};

/* What is typed for it. */
#define CTRL(c) ((c) & 0x1f)

/* iflag */
#define ISTRIP 0000040U
#define INLCR 0000100U
#define IGNCR 0000200U
#define ICRNL 0000400U
#define IUCLC 0001000U
#define IXON 0002000U
#define IXANY 0004000U
#define IMAXBEL 0020000U
#define IUTF8 0040000U

/* oflag */
#define OPOST 0000001U
#define OLCUC 0000002U
#define ONLCR 0000004U
#define OCRNL 0000010U
#define ONOCR 0000020U
#define ONLRET 0000040U
#define TABDLY 0014000U
#define XTABS 0014000U /* of TABDLY: tabs are spaces */

/* cflag */
#define B38400 0000017U
#define CS8 0000060U
#define CREAD 0000200U

/* lflag */
#define ISIG 0000001U
#define ICANON 0000002U
#define ECHO 0000010U
#define ECHOE 0000020U
#define ECHOK 0000040U
#define ECHONL 0000100U
#define NOFLSH 0000200U
#define TOSTOP 0000400U
#define ECHOCTL 0001000U
#define ECHOKE 0004000U
#define IEXTEN 0100000U
#define EXTPROC 0200000U

#define TCGETS 0x5401
#define TCSETS 0x5402
#define TCSETSW 0x5403
#define TCSETSF 0x5404
#define TCGETA 0x5405
#define TCSETA 0x5406
#define TCSETAW 0x5407
#define TCSETAF 0x5408
#define TCSBRK 0x5409
#define TCXONC 0x540a
#define TCFLSH 0x540b
#define TIOCEXCL 0x540c
#define TIOCNXCL 0x540d
#define TIOCSCTTY 0x540e
#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410
#define TIOCOUTQ 0x5411
#define TIOCSTI 0x5412
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD 0x541b
#define TIOCNOTTY 0x5422
#define TIOCSETD 0x5423
#define TIOCGETD 0x5424
#define TCSBRKP 0x5425
#define TIOCGSID 0x5429
#define TIOCPKT 0x5420
#define TIOCGPTPEER 0x5441
#define TIOCGLCKTRMIOS 0x5456
#define TIOCSLCKTRMIOS 0x5457
#define TIOCGPTN 0x80045430
#define TIOCSPTLCK 0x40045431
#define TIOCSIG 0x40045436
#define TIOCGPKT 0x80045438
#define TIOCGPTLCK 0x80045439
#define TIOCGEXCL 0x80045440

/* What the first byte of a packet says (TIOCPKT): data is 0. */
#define TIOCPKT_FLUSHREAD 1U
#define TIOCPKT_FLUSHWRITE 2U
#define TIOCPKT_STOP 4U
#define TIOCPKT_START 8U
#define TIOCPKT_NOSTOP 16U
#define TIOCPKT_DOSTOP 32U
#define TIOCPKT_IOCTL 64U

/* What TCXONC stops and starts. */
#define TCOOFF 0
#define TCOON 1
#define TCIOFF 2
#define TCION 3

/* The line discipline that there is. */
#define N_TTY 0U

/* What TCFLSH throws away. */
#define TCIFLUSH 0
#define TCOFLUSH 1
#define TCIOFLUSH 2
