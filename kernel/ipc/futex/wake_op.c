/*
 * ipc/futex/wake_op.c - FUTEX_WAKE_OP: a word is changed and compared, and who
 * waits for it or for another one is woken, in one step.
 */
#include "ipc/futex/futex_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "sync/spin_pair.h"

/* A store to the word that others are faster than, under the locks: so often in
 * a row, then they are dropped for a moment. */
#define CHANGES_MAX 64

/* The operand word: op:4, compare:4, operand:12, compare operand:12. */
static int32_t field12(uint32_t op, unsigned shift)
{
	return (int32_t)(op >> shift << 20) >> 20;
}

static bool apply(uint32_t op, uint32_t old, uint32_t *new)
{
	uint32_t arg = (uint32_t)field12(op, 12);

	if (op & BIT(31))
		arg = 1U << (arg & 31);
	switch (op >> 28 & 7) {
	case 0: *new = arg; return true;
	case 1: *new = old + arg; return true;
	case 2: *new = old | arg; return true;
	case 3: *new = old & ~arg; return true;
	case 4: *new = old ^ arg; return true;
	default: return false;
	}
}

#define MAX_COMPARISON 5

static bool compare(uint32_t op, uint32_t old)
{
	int32_t value = (int32_t)old, arg = field12(op, 0);

	switch (op >> 24 & 15) {
	case 0: return value == arg;
	case 1: return value != arg;
	case 2: return value < arg;
	case 3: return value <= arg;
	case 4: return value > arg;
	case 5: return value >= arg;
	default: return false;
	}
}

/* 0, -ENOSYS, -EFAULT: not there now, or -EAGAIN: others change it, too. */
static int change_word(vaddr_t addr, uint32_t op, uint32_t *old)
{
	uint32_t seen, new;
	int err = get_user_u32_nofault(old, addr);

	if ((op >> 24 & 15) > MAX_COMPARISON)
		return -ENOSYS;
	for (unsigned i = 0; err == 0 && i < CHANGES_MAX; i++) {
		if (!apply(op, *old, &new))
			return -ENOSYS;
		err = cmpxchg_user_u32_nofault(addr, *old, new, &seen);
		if (err != 0 || seen == *old)
			return err;
		*old = seen;
	}
	return err != 0 ? err : -EAGAIN;
}

static int wake_both_locked(struct bucket *a, struct bucket *b,
			    const struct word_name *key,
			    const struct word_name *key2, int max_wake,
			    int max_wake2) REQUIRES(C_futex)
{
	int woken = futex_wake_matching_locked(a, key, max_wake, FUTEX_ANY);

	return woken + futex_wake_matching_locked(b, key2, max_wake2, FUTEX_ANY);
}

long futex_wake_op(struct futex_address from, struct futex_address to,
		   int max_wake, int max_wake2, uint32_t op)
{
	struct word_name key, key2;
	struct retry r = { 0 };
	uint32_t old;
	long woken = 0;
	int err;

	do {
		err = futex_keys(from, to, &key, &key2);
		if (err != 0)
			return err;

		struct bucket *a = futex_bucket(&key), *b = futex_bucket(&key2);

		spin_lock_pair(&a->lock, &b->lock);
		err = change_word(to.addr, op, &old);
		if (err == 0)
			woken = wake_both_locked(a, b, &key, &key2,
				futex_at_least_one(max_wake), compare(op, old) ?
				futex_at_least_one(max_wake2) : 0);
		spin_unlock_pair(&a->lock, &b->lock);
	} while (futex_try_again(&r, &err, to.addr));
	return err != 0 ? err : woken;
}
