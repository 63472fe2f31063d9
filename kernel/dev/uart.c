/*
 * dev/uart.c - the driver of a 16550 UART.
 *
 * Receiving: the interrupt handler moves what is in the device's FIFO to the
 * ring and wakes the readers.  What does not fit stays in the device, whose
 * interrupt is masked until a reader has made room: so who sends, if it can
 * be held up (an emulator, a line with RTS), waits, and nothing is lost.
 *
 * Sending: when the transmitter says it is empty its FIFO takes 16 characters
 * at once.  console_write() calls uart_put() under the console's lock, so
 * lines of the kernel and output of programs do not mix within a chunk.
 *
 * Source: National Semiconductor PC16550D data sheet.
 */

#include "dev/uart.h"

#include "arch/memory.h"
#include "debug/printk.h"
#include "dev/plic.h"
#include "lib/bits.h"
#include "lib/fdt.h"
#include "sync/spinlock.h"

enum {
	UART_DATA = 0,        /* read: received; write: to send */
	UART_INT_ENABLE = 1,
	UART_FIFO_CONTROL = 2,
	UART_LINE_CONTROL = 3,
	UART_LINE_STATUS = 5,
};

#define INT_RECEIVED BIT(0)
#define FIFO_ENABLE BIT(0)
#define FIFO_CLEAR (BIT(1) | BIT(2))
#define LINE_8_BITS 3
#define STATUS_RECEIVED BIT(0)
#define STATUS_SEND_EMPTY BIT(5)

#define FIFO_SIZE 16
#define RING_SIZE 1024U /* a power of two */

/* All constant after boot. */
static volatile uint8_t *uart; /* NULL: none */
static uint64_t reg_stride = 1;

static struct spinlock ring_lock = SPINLOCK_INIT(RANK_DEVICE);
static uint8_t ring[RING_SIZE] GUARDED_BY(ring_lock);
/* Run freely; in - out is used. */
static uint32_t ring_in GUARDED_BY(ring_lock), ring_out GUARDED_BY(ring_lock);
static bool is_masked GUARDED_BY(ring_lock); /* characters wait in the device */

struct waitq uart_readable = WAITQ_INIT(uart_readable);

static volatile uint8_t *reg8(unsigned index)
{
	return uart + index * reg_stride;
}

static void uart_put(const char *s, size_t n)
{
	while (n > 0) {
		while (!(*reg8(UART_LINE_STATUS) & STATUS_SEND_EMPTY))
			;
		for (unsigned room = FIFO_SIZE; n > 0 && room > 0; n--, room--)
			*reg8(UART_DATA) = *s++;
	}
}

void uart_write(const char *buf, size_t n)
{
	console_write(buf, n);
}

static bool ring_is_full(void) REQUIRES(ring_lock)
{
	return ring_in - ring_out == RING_SIZE;
}

static void mask_receive(bool mask) REQUIRES(ring_lock)
{
	is_masked = mask;
	*reg8(UART_INT_ENABLE) = mask ? 0 : INT_RECEIVED;
}

/* True when something new is in the ring. */
static bool ring_fill(void)
{
	unsigned long irq = spin_lock_irqsave(&ring_lock);
	uint32_t before = ring_in;

	while (!ring_is_full() && (*reg8(UART_LINE_STATUS) & STATUS_RECEIVED))
		ring[ring_in++ % RING_SIZE] = *reg8(UART_DATA);
	if (ring_is_full())
		mask_receive(true);
	bool filled = ring_in != before;

	spin_unlock_irqrestore(&ring_lock, irq);
	return filled;
}

static void uart_interrupt(void)
{
	if (ring_fill())
		waitq_wake_all(&uart_readable);
}

size_t uart_read(uint8_t *buf, size_t n)
{
	unsigned long irq = spin_lock_irqsave(&ring_lock);
	size_t done = 0;

	while (done < n && ring_out != ring_in)
		buf[done++] = ring[ring_out++ % RING_SIZE];
	if (is_masked && !ring_is_full())
		mask_receive(false);
	spin_unlock_irqrestore(&ring_lock, irq);
	return done;
}

static int uart_node(const struct fdt *fdt)
{
	int node;

	fdt_for_each_compatible(node, fdt, "ns16550a")
		if (fdt_is_enabled(fdt, node))
			return node;
	return FDT_NONE;
}

void uart_init(const struct fdt *fdt)
{
	int node = uart_node(fdt);
	struct fdt_range reg;
	uint32_t shift, irq;

	if (node == FDT_NONE || !fdt_reg(fdt, node, 0, &reg))
		return;
	if (fdt_prop_u32(fdt, node, "reg-shift", &shift) && shift <= 2)
		reg_stride = 1UL << shift;
	uart = device_map(reg.base, reg.size);
	*reg8(UART_INT_ENABLE) = 0;
	*reg8(UART_LINE_CONTROL) = LINE_8_BITS;
	*reg8(UART_FIFO_CONTROL) = FIFO_ENABLE | FIFO_CLEAR;
	console_set_output(uart_put);
	if (fdt_prop_cell(fdt, node, "interrupts", 0, &irq)) {
		plic_register(irq, uart_interrupt);
		*reg8(UART_INT_ENABLE) = INT_RECEIVED;
	}
}
