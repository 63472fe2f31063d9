/*
 * debug/datarace/compiler.c - what -fsanitize=thread puts into the code.
 *
 * A call goes before each plain and each volatile access; an atomic operation
 * becomes a call that has to do it.  The names are the compiler's.  The
 * orders that it passes are executed as the strongest; that one is missing
 * shows with weak=on, by what they would have ordered (late.c).
 *
 * memcpy() and its kin are instrumented as a whole, by the linker (--wrap).
 */

#include "debug/datarace/datarace_internal.h"

#include "arch/barrier.h"

#if WATCHED

#define HERE ((uint64_t)__builtin_frame_address(0))

void __tsan_init(void)
{
}

/* ---- plain and volatile accesses ---- */

#define ACCESS(name, bytes, kind)					\
	void __tsan_##name##bytes(void *p)				\
	{								\
		datarace_access(p, bytes, kind, HERE);			\
	}
#define ACCESSES(bytes)							\
	ACCESS(read, bytes, PLAIN_READ)					\
	ACCESS(write, bytes, IS_WRITE)					\
	ACCESS(unaligned_read, bytes, PLAIN_READ)			\
	ACCESS(unaligned_write, bytes, IS_WRITE)			\
	ACCESS(volatile_read, bytes, IS_MARKED)				\
	ACCESS(volatile_write, bytes, IS_MARKED | IS_WRITE)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

void __tsan_read_range(void *p, uint64_t size)
{
	datarace_access(p, size, PLAIN_READ, HERE);
}

void __tsan_write_range(void *p, uint64_t size)
{
	datarace_access(p, size, IS_WRITE, HERE);
}

/* ---- atomics ---- */

/* No ORDER: what the source asked for is passed on to late.c. */
static void begin_atomic(const volatile void *p, uint64_t size, unsigned kind, int order,
			 uint64_t fp)
{
	if (order >= __ATOMIC_RELEASE)
		datarace_order();
	datarace_access(p, size, kind, fp);
}

/* No ORDER: that is said where the fence is. */
void __tsan_atomic_thread_fence(int order UNUSED)
{
	smp_mb();
}

/* No ORDER: whatever the source asked for; this is as strong as all of it. */
#define ATOMIC_LOAD_STORE(bits, type)					\
	type __tsan_atomic##bits##_load(const volatile void *p, int order UNUSED) \
	{								\
		datarace_access(p, sizeof(type), IS_MARKED, HERE);	\
		return __atomic_load_n((const volatile type *)p, __ATOMIC_SEQ_CST); \
	}								\
	void __tsan_atomic##bits##_store(volatile void *p, type v, int order) \
	{								\
		begin_atomic(p, sizeof(type), IS_MARKED | IS_WRITE, order, HERE); \
		__atomic_store_n((volatile type *)p, v, __ATOMIC_SEQ_CST); \
	}

/* No ORDER: as above. */
#define ATOMIC_CHANGE(bits, type, op, builtin)				\
	type __tsan_atomic##bits##_##op(volatile void *p, type v, int order) \
	{								\
		begin_atomic(p, sizeof(type), IS_MARKED | IS_WRITE, order, HERE); \
		return builtin((volatile type *)p, v, __ATOMIC_SEQ_CST); \
	}

/* No ORDER: as above. */
#define ATOMIC_REPLACE(bits, type, strength)				\
	bool __tsan_atomic##bits##_compare_exchange_##strength(		\
		volatile void *p, void *expected, type v, int order,	\
		int order_else UNUSED)					\
	{								\
		begin_atomic(p, sizeof(type), IS_MARKED | IS_WRITE, order, HERE); \
		return __atomic_compare_exchange_n((volatile type *)p,	\
						   (type *)expected, v, false, \
						   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	}

#define ATOMICS(bits, type)						\
	ATOMIC_LOAD_STORE(bits, type)					\
	ATOMIC_CHANGE(bits, type, exchange, __atomic_exchange_n)	\
	ATOMIC_CHANGE(bits, type, fetch_add, __atomic_fetch_add)	\
	ATOMIC_CHANGE(bits, type, fetch_sub, __atomic_fetch_sub)	\
	ATOMIC_CHANGE(bits, type, fetch_and, __atomic_fetch_and)	\
	ATOMIC_CHANGE(bits, type, fetch_or, __atomic_fetch_or)		\
	ATOMIC_CHANGE(bits, type, fetch_xor, __atomic_fetch_xor)	\
	ATOMIC_REPLACE(bits, type, strong)				\
	ATOMIC_REPLACE(bits, type, weak)

ATOMIC_LOAD_STORE(8, uint8_t)
ATOMIC_LOAD_STORE(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)

/* ---- ranges ---- */

void *__real_memcpy(void *dst, const void *src, size_t n);
void *__real_memmove(void *dst, const void *src, size_t n);
void *__real_memset(void *dst, int byte, size_t n);

void *__wrap_memcpy(void *dst, const void *src, size_t n)
{
	datarace_access(src, n, PLAIN_READ, HERE);
	datarace_access(dst, n, IS_WRITE, HERE);
	return __real_memcpy(dst, src, n);
}

void *__wrap_memmove(void *dst, const void *src, size_t n)
{
	datarace_access(src, n, PLAIN_READ, HERE);
	datarace_access(dst, n, IS_WRITE, HERE);
	return __real_memmove(dst, src, n);
}

void *__wrap_memset(void *dst, int byte, size_t n)
{
	datarace_access(dst, n, IS_WRITE, HERE);
	return __real_memset(dst, byte, n);
}

#endif
