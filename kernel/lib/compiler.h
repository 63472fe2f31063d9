#pragma once

/*
 * lib/compiler.h - what we ask of the compiler beyond the C language.
 *
 * The second half are lock contracts.  clang -Wthread-safety checks them;
 * gcc sees nothing.  In C, clang cannot tell two locks of one kind apart, so
 * a contract names the CLASS of a lock by a token that exists only for the
 * checker, and the lock-rank check of the lab build tells instances apart:
 *
 *	extern struct lock_class_token C_runq;		in a header; no body
 *
 *	void runq_lock(struct runq *rq) ACQUIRES(C_runq);
 *	void runq_unlock(struct runq *rq) RELEASES(C_runq);
 *	void runq_push_locked(struct runq *rq, struct thread *t)
 *							REQUIRES(C_runq);
 *	void runq_push(struct runq *rq, struct thread *t) EXCLUDES(C_runq);
 *
 * A contract stands on the declaration, last.  The body of runq_lock() calls
 * a lock primitive that has no class, so it alone is marked
 * NO_THREAD_SAFETY; what is written on top of it is checked.  So are marked,
 * and no others:
 *
 *	where a lock is made	of words (sync/): there is none below it
 *	one for several		tree_lock(), map_lock() and its kin: one lock
 *				stands for classes, or is taken in three forms
 *	it depends		on a value whether or which one is taken:
 *				spin_lock_pair(), users_lock(), a claim or
 *				map_sem, the locks of an epoll in another
 *	either of two		keeps a field: inode_move()
 *	mistakes		made on purpose (debug/)
 */

/* What is only compiled for PROFILE=checked. */
#ifndef CHECKED
#define CHECKED 0
#endif

#define __packed     __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __noreturn   __attribute__((noreturn))
#define __section(s) __attribute__((section(s)))

/* Argument @f is a printf format, its values start at argument @v. */
#define __printf(f, v) __attribute__((format(printf, f, v)))

#define UNUSED        __attribute__((unused))
#define USED          __attribute__((used))
#define MUST_CHECK    __attribute__((warn_unused_result))
#define NOINLINE      __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))

/*
 * What the function returns, if not NULL, is the caller's, who gives it to
 * @free as argument @nth, once.  Told to gcc's analyser alone: where code is
 * made, memory that was just freed is no secret (make analyse).
 */
#if defined ANALYSIS && !defined __clang__
#define FREED_BY(free, nth) __attribute__((malloc(free, nth)))
#else
#define FREED_BY(free, nth)
#endif

/*
 * At the head of a file that defines memcpy() and its kin, lest gcc make of
 * their loops calls to themselves.
 */
#ifdef __clang__
#define KEEP_LOOPS
#else
#define KEEP_LOOPS							\
	_Pragma("GCC optimize (\"no-tree-loop-distribute-patterns\")")
#endif

/* True, and the compiler cannot know. */
#define assume(cond) ((cond) ? (void)0 : __builtin_unreachable())

#define likely(cond)   __builtin_expect(!!(cond), 1)
#define unlikely(cond) __builtin_expect(!!(cond), 0)
/* More often than not: nothing is prepared for the other case before it is
 * known, but neither goes out of its way. */
#define mostly(cond)   __builtin_expect_with_probability(!!(cond), 1, 0.65)

/* The compiler moves no memory access across; the hart still may. */
#define barrier() __asm__ volatile("" ::: "memory")

/*
 * One access, of the whole word, where it is written.  No ordering against
 * other words: that is what arch/barrier.h is for.
 */
#define READ_ONCE(x)       (*(const volatile __typeof__(x) *)&(x))
#ifdef LOCK_ANALYSIS /* the checker sees through no pointer */
#define WRITE_ONCE(x, val) ((x) = (val))
#else
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))
#endif

/* The struct of @type whose @member is at @ptr. */
#define container_of(ptr, type, member)					\
	((type *)(void *)((char *)(ptr) - offsetof(type, member) +	\
			  0 * sizeof((ptr) == &((type *)0)->member)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#ifdef __clang__
#define LOCK_CONTRACT(x) __attribute__((x))
#else
#define LOCK_CONTRACT(x)
#endif

/* A lock type of its own; contracts then name the lock: ACQUIRES(lock). */
#define CAPABILITY(name) LOCK_CONTRACT(capability(name))

struct CAPABILITY("lock class") lock_class_token {
	char never_stored;
};

/* The function takes, drops, needs, or must not be called with, the lock. */
#define ACQUIRES(tok) LOCK_CONTRACT(acquire_capability(tok))
#define RELEASES(tok) LOCK_CONTRACT(release_capability(tok))
#define REQUIRES(...) LOCK_CONTRACT(requires_capability(__VA_ARGS__))
#define EXCLUDES(tok) LOCK_CONTRACT(locks_excluded(tok))

/* The function took the lock if it returned @ret (true or false). */
#define TRY_ACQUIRE(ret, tok) LOCK_CONTRACT(try_acquire_capability(ret, tok))

/* The reader's side of a reader-writer lock. */
#define ACQUIRES_SHARED(tok) LOCK_CONTRACT(acquire_shared_capability(tok))
#define RELEASES_SHARED(tok) LOCK_CONTRACT(release_shared_capability(tok))
#define REQUIRES_SHARED(tok) LOCK_CONTRACT(requires_shared_capability(tok))
#define TRY_ACQUIRE_SHARED(ret, tok)					\
	LOCK_CONTRACT(try_acquire_shared_capability(ret, tok))

/*
 * A variable or a field that is touched only under @tok, a global lock or
 * token that is declared above.  READ_ONCE() and a taken address are let pass:
 * who looks without the lock says so by the one, and knows why.
 */
#define GUARDED_BY(tok) LOCK_CONTRACT(guarded_by(tok))

/* The checker takes the caller's word that the lock is held from here on. */
#define ASSERTS_HELD(tok) LOCK_CONTRACT(assert_capability(tok))

/* The body is not checked; callers still are, by the contract above it. */
#define NO_THREAD_SAFETY LOCK_CONTRACT(no_thread_safety_analysis)
