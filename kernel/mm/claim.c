/*
 * mm/claim.c - see claim.h.
 */

#include "mm/claim.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "mm/maplock.h"
#include "mm/slab.h"

static struct slab_cache *claims_cache;

void claims_init(void)
{
	claims_cache = slab_create("claims", sizeof(struct claims));
}

void claims_free(struct claims *claims)
{
	assert(claims->made == 0 && claims->awaited == 0);
	slab_free(claims_cache, claims);
}

struct range_claim *claim_over(struct claims *claims, vaddr_t start, vaddr_t end)
{
	/*
	 * ORDER map-claim, looking side; the other is in map_claim_end().
	 * Acquire: what was done in a range that is claimed no more.
	 */
	uint32_t made = load_acquire(&claims->made);

	for (; made != 0; made &= made - 1) {
		struct range_claim *claim = &claims->claim[ctz64(made)];

		if (claim->start < end && start < claim->end)
			return claim;
	}
	return NULL;
}

/* ---- making one ---- */

static struct claims *claims_of(struct mm *mm)
{
	struct claims *claims = mm->claims;

	if (claims != NULL)
		return claims;
	claims = slab_alloc_zeroed(claims_cache);
	if (claims == NULL)
		return NULL;
	for (unsigned i = 0; i < NR_CLAIMS; i++)
		mutex_init(&claims->claim[i].turn, RANK_MAP_CLAIM);
	WRITE_ONCE(mm->claims, claims);
	return claims;
}

/* Nobody has claimed it, nor do those who waited for it still pass through. */
static NO_THREAD_SAFETY struct range_claim *take_one(struct claims *claims)
{
	for (unsigned i = 0; i < NR_CLAIMS; i++)
		if (mutex_trylock(&claims->claim[i].turn))
			return &claims->claim[i];
	return NULL;
}

NO_THREAD_SAFETY struct range_claim *map_claim(struct mm *mm, vaddr_t start,
					       vaddr_t end)
{
	struct claims *claims = claims_of(mm);
	struct range_claim *claim;

	assert_map_is_alone(mm);
	if (claims == NULL || READ_ONCE(claims->awaited) != 0)
		return NULL;
	claim = take_one(claims);
	if (claim == NULL)
		return NULL;
	claim->start = start;
	claim->end = end;
	/* No ORDER: who looks at it has got map_sem after us, in some form. */
	atomic_fetch_or_relaxed(&claims->made,
				1U << (claim - claims->claim));
	count(ranges_claimed);
	rwsem_unlock(&mm->map_sem);
	race_point(range_claimed, mm);
	return claim;
}

void NO_THREAD_SAFETY map_claim_end(struct mm *mm, struct range_claim *claim)
{
	struct claims *claims = mm->claims;

	/*
	 * ORDER map-claim, ending side; the other is in claim_over().
	 * Release: who sees that it is over sees what was done.
	 */
	atomic_fetch_and_full(&claims->made, ~(1U << (claim - claims->claim)));
	mutex_unlock(&claim->turn);
}

/* ---- waiting for one ---- */

static void wait_for(struct range_claim *claim)
{
	mutex_lock(&claim->turn);
	mutex_unlock(&claim->turn);
}

/* map_sem, as it is held. */
static NO_THREAD_SAFETY void let_go(struct mm *mm, bool shared)
{
	if (shared)
		rwsem_unlock_shared(&mm->map_sem);
	else
		rwsem_unlock(&mm->map_sem);
}

static NO_THREAD_SAFETY void take_again(struct mm *mm, bool shared)
{
	if (shared)
		rwsem_lock_shared(&mm->map_sem);
	else
		rwsem_lock(&mm->map_sem);
}

void map_wait_for_claims(struct mm *mm, vaddr_t start, vaddr_t end, bool shared)
{
	struct claims *claims = mm->claims;
	struct range_claim *claim = claim_over(claims, start, end);

	if (claim == NULL)
		return;
	atomic_fetch_add_relaxed(&claims->awaited, 1);
	do {
		let_go(mm, shared);
		wait_for(claim);
		take_again(mm, shared);
	} while ((claim = claim_over(claims, start, end)) != NULL);
	atomic_fetch_add_relaxed(&claims->awaited, -1U);
}
