#pragma once

/*
 * syscall/caps.h - what prctl() has to do with capabilities, for sys_prctl.c:
 * the options of that name, of the running thread.  All are 0 or the answer, or
 * -errno; none holds a lock.
 */

long caps_bounding_read(unsigned long cap);
long caps_bounding_drop(unsigned long cap);
/* PR_CAP_AMBIENT: @what, and the two arguments that stay 0 together. */
long caps_ambient(unsigned long what, unsigned long cap, unsigned long rest);
long caps_set_securebits(unsigned long bits);
long caps_set_keep(unsigned long on);
