/* What the kernel's headers define, as far as spatch has to know to parse a .c file. */
#define REQUIRES(...)
#define REQUIRES_SHARED(x)
#define EXCLUDES(x)
#define ACQUIRES(x)
#define RELEASES(x)
#define ACQUIRES_SHARED(x)
#define RELEASES_SHARED(x)
#define TRY_ACQUIRE(x, y)
#define TRY_ACQUIRE_SHARED(x, y)
#define ASSERTS_HELD(x)
#define GUARDED_BY(x)
#define NO_THREAD_SAFETY
#define ALWAYS_INLINE inline
#define NOINLINE
#define UNUSED
#define USED
#define MUST_CHECK
#define KEEP_LOOPS
#define __packed
#define __aligned(n)
#define __noreturn
#define __section(s)
#define __printf(f, v)
