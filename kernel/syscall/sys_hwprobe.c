/*
 * syscall/sys_hwprobe.c - riscv_hwprobe(): what the harts can do.
 *
 * The C library asks at each start, to pick the routines that suit.  Pairs of
 * a key and a value are in user memory; a key that is not known becomes -1, so
 * that a program may ask for more than its kernel has heard of.
 *
 * What is told holds for every hart, so a set of harts that is asked about
 * needs to be one, and makes no difference.  What is asked about all of them
 * the vDSO answers by itself, from a copy that is made here.
 *
 * Source: Linux Documentation/arch/riscv/hwprobe.rst.
 */
#include "syscall/hwprobe.h"
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "arch/isa.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/sched/sched.h"
#include "proc/time/vdso/data.h"

#define WHICH_CPUS 1UL /* ask which harts have what is in the values */

enum {
	KEY_BASE_BEHAVIOR = 3,
	KEY_IMA_EXT_0 = 4,
	KEY_CPUPERF_0 = 5,
	KEY_ZICBOZ_BLOCK_SIZE = 6,
	KEY_HIGHEST_VIRT_ADDRESS = 7,
	KEY_TIME_CSR_FREQ = 8,
	KEY_MISALIGNED_SCALAR_PERF = 9,
};

#define BASE_IMA 1UL
#define UNKNOWN_KEY (~0UL)

struct pair {
	int64_t key;
	uint64_t value;
};

/* The bits of KEY_IMA_EXT_0. */
static const struct {
	enum isa_extension has;
	uint64_t bit;
} extensions[] = {
	{ ISA_ZBA, BIT(3) },	{ ISA_ZBB, BIT(4) },   { ISA_ZBS, BIT(5) },
	{ ISA_ZBC, BIT(7) },	{ ISA_ZFH, BIT(27) },  { ISA_ZFHMIN, BIT(28) },
	{ ISA_ZFA, BIT(32) },	{ ISA_ZICOND, BIT(35) },
};

#define EXT_FD BIT(0)
#define EXT_C BIT(1)

static uint64_t extension_bits(void)
{
	uint64_t bits = EXT_FD | EXT_C;

	for (unsigned i = 0; i < ARRAY_SIZE(extensions); i++)
		if (isa_has(extensions[i].has))
			bits |= extensions[i].bit;
	return bits;
}

/* How fast an access is that is not aligned nobody has measured: 0. */
static void answer(struct pair *p)
{
	int64_t key = p->key;

	p->value = 0;
	if (key == KEY_BASE_BEHAVIOR)
		p->value = BASE_IMA;
	else if (key == KEY_IMA_EXT_0)
		p->value = extension_bits();
	else if (key == KEY_HIGHEST_VIRT_ADDRESS)
		p->value = user_end - 1;
	else if (key == KEY_TIME_CSR_FREQ)
		p->value = ticks_per_second;
	else if (key != KEY_CPUPERF_0 && key != KEY_ZICBOZ_BLOCK_SIZE &&
		 key != KEY_MISALIGNED_SCALAR_PERF && !isa_identity(key, &p->value))
		p->key = (int64_t)UNKNOWN_KEY;
}

const uint64_t *hwprobe_values(void)
{
	static uint64_t values[NR_HWPROBE_KEYS];

	for (int64_t key = 0; key < NR_HWPROBE_KEYS; key++) {
		struct pair p = { .key = key };

		answer(&p);
		assert(p.key == key); /* the vDSO takes them for known */
		values[key] = p.value;
	}
	return values;
}

/* The set that a program names, less what there is not; 0 and NULL: all. */
static long read_harts(struct hartmask *harts, unsigned long size, vaddr_t from)
{
	*harts = sched_online_harts();
	if (size == 0 && from == 0)
		return 0;

	struct hartmask named = HARTMASK_NONE;

	if (copy_from_user(&named.bits, from, min(size, sizeof(named.bits))))
		return -EFAULT;
	*harts = hartmask_and(*harts, named);
	return 0;
}

static long answer_all(vaddr_t pairs, unsigned long n)
{
	struct pair p;

	for (; n > 0; n--, pairs += sizeof(p)) {
		if (get_user_u64((uint64_t *)&p.key, pairs) != 0)
			return -EFAULT;
		answer(&p);
		if (copy_to_user(pairs, &p, sizeof(p)) != 0)
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* Values that are bits are had by who has all of them. */
static bool is_bits(int64_t key)
{
	return key == KEY_BASE_BEHAVIOR || key == KEY_IMA_EXT_0;
}

static bool satisfies(const struct pair *wanted, const struct pair *have)
{
	return is_bits(have->key) ?
		       (wanted->value & ~have->value) == 0 :
		       wanted->value == have->value;
}

/* Do the harts have what each pair says?  1, 0 or -EFAULT; a key that is not
 * known becomes -1, and nobody has it. */
static long have_all(vaddr_t pairs, unsigned long n)
{
	struct pair wanted, have;
	long all = 1;

	for (; n > 0; n--, pairs += sizeof(wanted)) {
		if (copy_from_user(&wanted, pairs, sizeof(wanted)) != 0)
			return -EFAULT;
		have = wanted;
		answer(&have);
		if (have.key != wanted.key) {
			have.value = 0;
			if (copy_to_user(pairs, &have, sizeof(have)) != 0)
				return -EFAULT;
			all = 0;
		} else if (!satisfies(&wanted, &have)) {
			all = 0;
		}
		cond_resched();
	}
	return all;
}

static long tell_harts(vaddr_t pairs, unsigned long n, unsigned long size,
		       vaddr_t set)
{
	struct hartmask harts;
	long err, all;

	if (size == 0 || set == 0)
		return -EINVAL;
	err = read_harts(&harts, size, set);
	if (err != 0)
		return err;
	if (hartmask_is_empty(harts))
		harts = sched_online_harts();
	all = have_all(pairs, n);
	if (all < 0)
		return all;
	if (!all)
		harts = HARTMASK_NONE;
	return copy_to_user(set, &harts.bits, min(size, sizeof(harts.bits)));
}

SYSCALL_5(riscv_hwprobe, pairs, n, size, set, flags)
{
	struct hartmask harts;
	long err;

	if (flags == WHICH_CPUS)
		return tell_harts(pairs, n, size, set);
	if (flags != 0)
		return -EINVAL;
	err = read_harts(&harts, size, set);
	if (err != 0)
		return err;
	return hartmask_is_empty(harts) ? -EINVAL : answer_all(pairs, n);
}
