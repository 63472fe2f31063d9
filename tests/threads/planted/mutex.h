/* tests/threads/planted/mutex.h - a lock that is taken without an acquire. */
#include "arch/barrier.h"
#undef atomic_replace
#define atomic_replace(p, old, new)                                          \
	({                                                                   \
		__typeof__(*(p)) expected_ = (old);                          \
		__atomic_compare_exchange_n((p), &expected_, (new), false,   \
					    __ATOMIC_RELAXED,                \
					    __ATOMIC_RELAXED);               \
	})
