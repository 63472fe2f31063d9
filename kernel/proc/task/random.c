/*
 * proc/task/random.c - ChaCha20 keystreams, seeded by the firmware.
 *
 * The device tree's rng-seed and the clock make the key of the first source.
 * Each hart has a source of its own, whose key came from that one when it was
 * first asked, so that harts share nothing here afterwards.
 *
 * A source is a key and what is left of the last block it made.  Each block
 * begins with the next key, and what is handed out is wiped here: from a later
 * state nobody computes what an earlier caller got ("fast key erasure").  Who
 * wants more than a block gets a key of his own from the source, and makes the
 * rest with that: outside, and with interrupts on.
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
#define BLOCK_BYTES (BLOCK_WORDS * sizeof(uint32_t))
#define KEY_BYTES (KEY_WORDS * sizeof(uint32_t))

/* (l) the lock of the first, (hi) its hart with interrupts off */
struct source {
	uint32_t key[KEY_WORDS];
	uint64_t counter;           /* blocks that were made with any key */
	uint8_t block[BLOCK_BYTES]; /* ends with what is left; the rest is 0 */
	size_t left;
	uint32_t seeded; /* when: `renewals` then; 0: not yet */
} __aligned(64);

static struct spinlock lock = SPINLOCK_INIT(RANK_DEVICE);
static struct source first GUARDED_BY(lock); /* (l) */
static struct source sources[MAX_HARTS]; /* (hi) */
/* How often all were to take a new key, and one.  (a), changed under the lock; a hart
 * that has not seen it yet gives once more what nobody could foresee, either. */
static uint32_t renewals = 1;

static inline uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

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

/* Columns, then diagonals.  All indices are constants, so that the sixteen
 * words stay in registers for as long as there are enough of them. */
static ALWAYS_INLINE void double_round(uint32_t s[BLOCK_WORDS])
{
	quarter_round(&s[0], &s[4], &s[8], &s[12]);
	quarter_round(&s[1], &s[5], &s[9], &s[13]);
	quarter_round(&s[2], &s[6], &s[10], &s[14]);
	quarter_round(&s[3], &s[7], &s[11], &s[15]);
	quarter_round(&s[0], &s[5], &s[10], &s[15]);
	quarter_round(&s[1], &s[6], &s[11], &s[12]);
	quarter_round(&s[2], &s[7], &s[8], &s[13]);
	quarter_round(&s[3], &s[4], &s[9], &s[14]);
}

/* The block number @counter of the keystream of @key. */
static void make_block(uint32_t out[BLOCK_WORDS],
		       const uint32_t key[KEY_WORDS], uint64_t counter)
{
	static const uint32_t constant[4] = { 0x61707865, 0x3320646e,
					      0x79622d32, 0x6b206574 };
	uint32_t s[BLOCK_WORDS];

	memcpy(s, constant, sizeof(constant));
	memcpy(s + 4, key, KEY_BYTES);
	memcpy(s + 12, &counter, sizeof(counter));
	memset(s + 14, 0, 2 * sizeof(s[0]));
	for (unsigned round = 0; round < 20; round += 2)
		double_round(s);
	for (unsigned i = 0; i < 4; i++)
		out[i] = s[i] + constant[i];
	for (unsigned i = 0; i < KEY_WORDS; i++)
		out[4 + i] = s[4 + i] + key[i];
	out[12] = s[12] + (uint32_t)counter;
	out[13] = s[13] + (uint32_t)(counter >> 32);
	out[14] = s[14];
	out[15] = s[15];
}

/* ---- a source ---- */

static void refill(struct source *s)
{
	make_block((uint32_t *)s->block, s->key, s->counter++);
	memcpy(s->key, s->block, KEY_BYTES);
	memset(s->block, 0, KEY_BYTES);
	s->left = BLOCK_BYTES - KEY_BYTES;
}

/* Up to @n bytes of @s, which forgets them. */
static size_t take(struct source *s, uint8_t *to, size_t n)
{
	if (s->left == 0)
		refill(s);
	n = min(n, s->left);

	uint8_t *from = s->block + BLOCK_BYTES - s->left;

	memcpy(to, from, n);
	memset(from, 0, n);
	s->left -= n;
	return n;
}

/* As memset(), also of what nobody reads any more. */
static void wipe(void *what, size_t n)
{
	memset(what, 0, n);
	__asm__ volatile("" : : "r"(what) : "memory");
}

static void take_all(struct source *s, void *buf, size_t n)
{
	uint8_t *to = buf;

	for (size_t done = 0; done < n; done += take(s, to + done, n - done))
		;
}

static struct source *first_source(void) REQUIRES(lock)
{
	return &first;
}

static NOINLINE void seed(struct source *s)
{
	spin_lock(&lock);
	take_all(first_source(), s->key, KEY_BYTES);
	s->seeded = READ_ONCE(renewals);
	spin_unlock(&lock);
	wipe(s->block, BLOCK_BYTES);
	s->left = 0;
}

/* From this hart's source. */
static void take_here(void *buf, size_t n)
{
	unsigned long irq = irq_save();
	struct source *s = &sources[hart_id()];

	if (unlikely(s->seeded != READ_ONCE(renewals)))
		seed(s);
	take_all(s, buf, n);
	irq_restore(irq);
}

static void renew(void) REQUIRES(lock)
{
	uint32_t next = READ_ONCE(renewals) + 1;

	WRITE_ONCE(renewals, next != 0 ? next : 1);
}

void random_renew(void)
{
	unsigned long irq = spin_lock_irqsave(&lock);

	renew();
	spin_unlock_irqrestore(&lock, irq);
}

/* The key with a piece of it is the key of a block that begins with the next: who
 * chose the piece knows neither. */
static void mix(struct source *s, const uint8_t *piece, size_t n)
{
	uint8_t *key = (uint8_t *)s->key;

	for (size_t i = 0; i < n; i++)
		key[i] ^= piece[i];
	refill(s);
}

void random_add(const void *bytes, size_t n)
{
	unsigned long irq = spin_lock_irqsave(&lock);

	for (size_t done = 0; done < n; done += KEY_BYTES)
		mix(first_source(), (const uint8_t *)bytes + done,
		    min(n - done, KEY_BYTES));
	renew();
	spin_unlock_irqrestore(&lock, irq);
}

/* ---- any number of bytes ---- */

/* A keystream for one caller; its key is wiped with the rest. */
static NOINLINE void stream(uint8_t *to, size_t n)
{
	struct {
		uint32_t key[KEY_WORDS], block[BLOCK_WORDS];
	} own;
	uint64_t counter = 0;

	take_here(own.key, sizeof(own.key));
	while (n > 0) {
		size_t part = min(n, BLOCK_BYTES);

		make_block(own.block, own.key, counter++);
		memcpy(to, own.block, part);
		to += part;
		n -= part;
	}
	wipe(&own, sizeof(own));
}

void random_bytes(void *buf, size_t n)
{
	if (n <= KEY_BYTES)
		take_here(buf, n);
	else
		stream(buf, n);
}

/* ---- numbers of objects ---- */

static uint32_t numbers_key[KEY_WORDS]; /* (c) after boot */

/* The address is the block's number: who knows many of both learns no other. */
uint64_t random_number_of(const void *object)
{
	uint32_t block[BLOCK_WORDS];
	uint64_t number;

	make_block(block, numbers_key, (uintptr_t)object);
	memcpy(&number, block, sizeof(number));
	return number;
}

#if LAB
/* No secret: two runs of the same seed have the same random bytes. */
static void seed_from_number(void) REQUIRES(lock)
{
	struct rng rng;

	seeded_rng(&rng, SEEDED_RANDOM);
	for (unsigned i = 0; i < KEY_WORDS; i++)
		first.key[i] = (uint32_t)rng_next(&rng);
}
#else
static void seed_from_number(void)
{
}
#endif

/* What the firmware knows, and when we were booted. */
static void seed_from_firmware(const struct fdt *fdt) REQUIRES(lock)
{
	int chosen = fdt_find_path(fdt, "/chosen");
	uint32_t len = 0;
	const uint8_t *seed = chosen == FDT_NONE ? NULL :
			      fdt_prop(fdt, chosen, "rng-seed", &len);
	uint8_t *bytes = (uint8_t *)first.key;

	for (uint32_t i = 0; i < len; i++)
		bytes[i % KEY_BYTES] ^= seed[i];
	first.counter = clock_ticks();
}

void random_init(const struct fdt *fdt)
{
	spin_lock(&lock);
	if (is_seeded())
		seed_from_number();
	else
		seed_from_firmware(fdt);
	take_all(first_source(), numbers_key, KEY_BYTES);
	spin_unlock(&lock);
}
