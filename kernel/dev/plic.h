#pragma once

/*
 * dev/plic.h - the platform-level interrupt controller.
 *
 * Device interrupts go to the boot hart, and when that one leaves to another
 * (proc/sched/hotplug.h).  A handler runs there with interrupts off.
 */

#include "lib/types.h"

struct fdt;

/* Find it in the device tree; without one no device interrupts come. */
void plic_init(const struct fdt *fdt);

/* Call @handler when source @irq interrupts.  Boot only. */
void plic_register(unsigned irq, void (*handler)(void));

/* The other harts have arrived: where they are in it.  Boot only. */
void plic_find_harts(const struct fdt *fdt);

/* TRAP_DEVICE: call the handlers of what is pending.  Interrupts off. */
void irq_dispatch(void);
