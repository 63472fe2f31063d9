/*
 * arch/riscv/sbi.c - firmware calls: `ecall` with the extension in a7, the
 * function in a6, the arguments in a0 up; error and value come back in a0
 * and a1.  Everything else is preserved.
 */

#include "arch/riscv/sbi.h"

#include "arch/console.h"
#include "lib/bits.h"

struct sbi_result {
	long error;
	long value;
};

static struct sbi_result sbi_call(uint64_t ext, uint64_t fn,
				  const uint64_t args[5])
{
	register uint64_t a0 __asm__("a0") = args[0];
	register uint64_t a1 __asm__("a1") = args[1];
	register uint64_t a2 __asm__("a2") = args[2];
	register uint64_t a3 __asm__("a3") = args[3];
	register uint64_t a4 __asm__("a4") = args[4];
	register uint64_t a6 __asm__("a6") = fn;
	register uint64_t a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbi_result){ (long)a0, (long)a1 };
}

#define SBI_CALL(ext, fn, ...) sbi_call(ext, fn, (uint64_t[5]){ __VA_ARGS__ })

bool sbi_has(enum sbi_extension ext)
{
	struct sbi_result r = SBI_CALL(SBI_BASE, 3, ext);

	return r.error == 0 && r.value != 0;
}

uint64_t sbi_identity(unsigned which)
{
	return (uint64_t)SBI_CALL(SBI_BASE, 4 + which, 0).value;
}

void sbi_putchar(char c)
{
	SBI_CALL(SBI_LEGACY_PUTCHAR, 0, (uint8_t)c);
}

void console_firmware_putc(char c)
{
	sbi_putchar(c);
}

void sbi_set_timer(uint64_t deadline)
{
	SBI_CALL(SBI_TIME, 0, deadline);
}

/* Harts are named by a mask of 64 and the hartid that bit 0 stands for. */
long sbi_send_ipi(uint64_t hartid)
{
	return SBI_CALL(SBI_IPI, 0, BIT(0), hartid).error;
}

long sbi_remote_fence(uint64_t hartid, vaddr_t start, uint64_t size,
		      uint64_t asid)
{
	return SBI_CALL(SBI_RFENCE, 2, BIT(0), hartid, start, size, asid).error;
}

long sbi_remote_fence_i(uint64_t mask, uint64_t base)
{
	/*
	 * ORDER icache-sync, fetching side; the other is in icache_sync_all().
	 * Plain: each hart's FENCE.I comes after the firmware's interrupt.
	 */
	return SBI_CALL(SBI_RFENCE, 0, mask, base).error;
}

long sbi_hart_start(uint64_t hartid, paddr_t entry, uint64_t opaque)
{
	return SBI_CALL(SBI_HSM, 0, hartid, entry, opaque).error;
}

long sbi_hart_stop(void)
{
	return SBI_CALL(SBI_HSM, 1, 0).error;
}

long sbi_hart_state(uint64_t hartid)
{
	struct sbi_result r = SBI_CALL(SBI_HSM, 2, hartid);

	return r.error != 0 ? r.error : r.value;
}

long sbi_hart_suspend(uint32_t type)
{
	return SBI_CALL(SBI_HSM, 3, type, 0, 0).error;
}

long sbi_shutdown(bool failure)
{
	return SBI_CALL(SBI_SRST, 0, 0, failure).error;
}

const char *sbi_error_text(long error)
{
	static const char *const text[] = {
		"success",	   "failed",	     "not supported",
		"invalid parameter", "denied",	     "invalid address",
		"already available", "already started", "already stopped",
	};
	unsigned long n = -(unsigned long)error;

	return n < sizeof(text) / sizeof(text[0]) ? text[n] : "unknown error";
}
