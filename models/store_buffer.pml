/*
 * models/store_buffer.pml - memory that is seen late, and in what order.
 *
 * Each hart has a buffer that its stores wait in before they reach memory; a
 * load takes the youngest value that its own hart has waiting for the word,
 * or memory's.  A process store_buffer(h) lets the stores of hart h out, one
 * at a time, at any moment:
 *
 *	default	   stores to different words leave in any order, unless a
 *		   fence stands between them (RVWMO's store-store reordering)
 *	-DTSO	   first in, first out: what a PC shows, and so what QEMU on a
 *		   PC can show at most
 *
 * Loads are done in program order and at once, so a missing load-load order
 * (smp_rmb(), load_acquire()) does not show; a model in which it matters
 * does the two loads in either order by itself.  An atomic_*_relaxed()
 * passes the stores that wait, but for those to its own word; on a PC it does
 * not.
 *
 * The names are those of arch/barrier.h.  They are used in a process that
 * has a parameter `hart`; the value comes back in the last argument.  Before
 * the #include stand NR_HARTS, SB_DEPTH and the words: an mtype of them, and
 * NR_WORDS.
 */
mtype = { FENCE };

typedef buffer {
	byte nr;
	mtype word[SB_DEPTH];
	byte value[SB_DEPTH];
};

buffer sb[NR_HARTS];
byte mem[NR_WORDS + 2]; /* by mtype, which count from 1; FENCE is one too */

/* Scratch of the d_steps below: 0 outside, so no part of the state. */
byte sb_i;
byte sb_j;

/* A place for @n stores. */
#define sb_room(n) (sb[hart].nr + (n) <= SB_DEPTH)

#define sb_push(w, v) \
	sb[hart].word[sb[hart].nr] = w; \
	sb[hart].value[sb[hart].nr] = v; \
	sb[hart].nr++

#define sb_fence() \
	if \
	:: sb[hart].nr > 0 -> sb_push(FENCE, 0) \
	:: else \
	fi

/* sb_i: the youngest store to @w that waits, + 1; 0: none. */
#define sb_find(w) \
	sb_i = sb[hart].nr; \
	do \
	:: sb_i > 0 && sb[hart].word[sb_i - 1] != w -> sb_i-- \
	:: else -> break \
	od

/* How many stores to @w wait in the buffer of this hart (a guard). */
#define SB_AT(i, w) (sb[hart].nr > i && sb[hart].word[i] == w)
#if SB_DEPTH == 2
#define sb_waits(w) (SB_AT(0, w) || SB_AT(1, w))
#elif SB_DEPTH == 3
#define sb_waits(w) (SB_AT(0, w) || SB_AT(1, w) || SB_AT(2, w))
#else
#define sb_waits(w) (SB_AT(0, w) || SB_AT(1, w) || SB_AT(2, w) || SB_AT(3, w))
#endif

#define WRITE_ONCE(w, v) d_step { sb_room(1) -> sb_push(w, v) }

#define READ_ONCE(w, dst) \
	d_step { \
		sb_find(w); \
		if \
		:: sb_i > 0 -> dst = sb[hart].value[sb_i - 1] \
		:: else -> dst = mem[w] \
		fi; \
		sb_i = 0 \
	}

#define smp_mb() (sb[hart].nr == 0)
#define smp_wmb() d_step { sb_room(1) -> sb_fence() }
#define store_release(w, v) \
	d_step { sb_room(2) -> sb_fence(); sb_push(w, v) }
#define load_acquire(w, dst) READ_ONCE(w, dst)

/* Memory itself is changed; the full forms are fences both ways. */
#define atomic_fetch_add_full(w, n, dst) \
	d_step { sb[hart].nr == 0 -> dst = mem[w]; mem[w] = mem[w] + (n) }
#ifdef TSO
#define atomic_fetch_add_relaxed atomic_fetch_add_full
#else
#define atomic_fetch_add_relaxed(w, n, dst) \
	d_step { !sb_waits(w) -> dst = mem[w]; mem[w] = mem[w] + (n) }
#endif
#define atomic_replace(w, old, new, ok) \
	d_step { \
		sb[hart].nr == 0 -> \
		ok = (mem[w] == (old)); \
		if \
		:: ok -> mem[w] = new \
		:: else \
		fi \
	}

/* Store @i reaches memory; the younger ones move up. */
#define sb_drain(h, i) \
	d_step { \
		printf("hart %d: %e = %d reaches memory\n", h, \
		       sb[h].word[i], sb[h].value[i]); \
		mem[sb[h].word[i]] = sb[h].value[i]; \
		sb_j = i; \
		do \
		:: sb_j + 1 < sb[h].nr -> \
			sb[h].word[sb_j] = sb[h].word[sb_j + 1]; \
			sb[h].value[sb_j] = sb[h].value[sb_j + 1]; \
			sb_j++ \
		:: else -> break \
		od; \
		sb[h].nr--; \
		sb[h].word[sb[h].nr] = 0; \
		sb[h].value[sb[h].nr] = 0; \
		sb_j = 0 \
	}

#ifdef TSO
#define SB_MAY_PASS 0
#else
#define SB_MAY_PASS 1
#endif

/* May store @i pass store @j, which is older? */
#define sb_passes(h, i, j) \
	(SB_MAY_PASS && sb[h].word[i] != sb[h].word[j] && \
	 sb[h].word[i] != FENCE && sb[h].word[j] != FENCE)

proctype store_buffer(byte h)
{
end:
	do
	:: atomic { sb[h].nr > 0 -> sb_drain(h, 0) }
	:: atomic { sb[h].nr > 1 && sb_passes(h, 1, 0) -> sb_drain(h, 1) }
#if SB_DEPTH > 2
	:: atomic {
		sb[h].nr > 2 && sb_passes(h, 2, 0) && sb_passes(h, 2, 1) ->
		sb_drain(h, 2)
	   }
#endif
#if SB_DEPTH > 3
	:: atomic {
		sb[h].nr > 3 && sb_passes(h, 3, 0) && sb_passes(h, 3, 1) &&
		sb_passes(h, 3, 2) -> sb_drain(h, 3)
	   }
#endif
	od
}
