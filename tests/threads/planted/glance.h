/* tests/threads/planted/glance.h - a glance that ends by a plain store. */
#include "arch/barrier.h"
#undef store_release
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
