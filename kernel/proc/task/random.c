/*
 * proc/task/random.c - a ChaCha20 keystream, seeded by the firmware.
 *
 * The device tree's rng-seed and the clock make the key.  After each request
 * the key is replaced by fresh output, so that what was handed out cannot be
 * computed from a later state ("fast key erasure").
 *
 * Source: RFC 8439; D. J. Bernstein, "Fast-key-erasure random-number
 * generators", 2017.
 */
#include "proc/task/random.h"

#include "arch/hart.h"
#include "debug/seeded.h"
#include "lib/bits.h"
#include "lib/fdt.h"
#include "lib/rng.h"
#include "lib/string.h"
#include "sync/spinlock.h"

#define KEY_WORDS 8
#define BLOCK_WORDS 16

static struct spinlock lock = SPINLOCK_INIT(RANK_DEVICE);
static uint32_t key[KEY_WORDS]; /* (lock) */
static uint64_t block_counter;  /* (lock) */

static inline uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* Each exec takes two blocks, of eighty quarter rounds. */
static ALWAYS_INLINE void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c,
					uint32_t *d)
{
	uint32_t w = *a, x = *b, y = *c, z = *d;

	w += x, z = rotate(z ^ w, 16);
	y += z, x = rotate(x ^ y, 12);
	w += x, z = rotate(z ^ w, 8);
	y += z, x = rotate(x ^ y, 7);
	*a = w, *b = x, *c = y, *d = z;
}

static void next_block(uint32_t out[BLOCK_WORDS])
{
	uint32_t in[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32,
				     0x6b206574 };

	memcpy(in + 4, key, sizeof(key));
	memcpy(in + 12, &block_counter, sizeof(block_counter));
	block_counter++;
	memcpy(out, in, sizeof(in));
	for (unsigned round = 0; round < 20; round += 2) {
		for (unsigned i = 0; i < 4; i++)
			quarter_round(&out[i], &out[4 + i], &out[8 + i],
				      &out[12 + i]);
		for (unsigned i = 0; i < 4; i++)
			quarter_round(&out[i], &out[4 + (i + 1) % 4],
				      &out[8 + (i + 2) % 4],
				      &out[12 + (i + 3) % 4]);
	}
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		out[i] += in[i];
}

/* One block: half of it becomes the next key, half is for the caller. */
static size_t take(uint8_t *to, size_t n)
{
	uint32_t block[BLOCK_WORDS];
	size_t room = sizeof(block) - sizeof(key);
	unsigned long irq = spin_lock_irqsave(&lock);

	next_block(block);
	memcpy(key, block, sizeof(key));
	spin_unlock_irqrestore(&lock, irq);
	n = min(n, room);
	memcpy(to, block + KEY_WORDS, n);
	return n;
}

void random_bytes(void *buf, size_t n)
{
	uint8_t *to = buf;

	while (n > 0) {
		size_t done = take(to, n);

		to += done;
		n -= done;
	}
}

#if LAB
/* No secret: two runs of the same seed have the same random bytes. */
static void seed_from_number(void)
{
	struct rng rng;

	seeded_rng(&rng, SEEDED_RANDOM);
	for (unsigned i = 0; i < KEY_WORDS; i++)
		key[i] = (uint32_t)rng_next(&rng);
}
#else
static void seed_from_number(void)
{
}
#endif

/* What the firmware knows, and when we were booted. */
void random_init(const struct fdt *fdt)
{
	if (is_seeded()) {
		seed_from_number();
		return;
	}

	int chosen = fdt_find_path(fdt, "/chosen");
	uint64_t now = clock_ticks();
	uint32_t len = 0;
	const uint8_t *seed = chosen == FDT_NONE ? NULL :
			      fdt_prop(fdt, chosen, "rng-seed", &len);
	uint8_t *bytes = (uint8_t *)key;

	for (uint32_t i = 0; i < len; i++)
		bytes[i % sizeof(key)] ^= seed[i];
	block_counter = now;
}
