/*
 * mm/window.c - opening and closing windows; see window.h.
 */
#include "mm/window.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "mm/map.h"
#include "mm/mm_internal.h"
#include "mm/slab.h"
#include "sync/block.h"

/* So many mappings beside others after one was closed: to open and close it goes
 * through all that is mapped there. */
#define CALM 16

/* ---- where they are ---- */

/* Room for @nr of them, below most of what is placed from the top down; 0: there
 * is none. */
static vaddr_t find_base(const struct mm *mm, unsigned nr) REQUIRES(C_map)
{
	uint64_t bytes = nr * WINDOW_BYTES;
	vaddr_t at = vma_find_gap(mm_vmas(mm), bytes + WINDOW_BYTES, MM_LOWEST,
				  user_end - user_end / 4);

	return at == 0 ? 0 : align_up(at, WINDOW_BYTES);
}

static struct windows *make_windows(struct mm *mm) REQUIRES(C_map)
{
	unsigned nr = min(nr_harts, MAX_WINDOWS);
	vaddr_t base = find_base(mm, nr);
	struct windows *all;

	if (base == 0)
		return NULL;
	/* Pages of its own: each window begins with a cache line. */
	all = kzalloc(max(sizeof(*all) + nr * sizeof(all->window[0]),
			  KMALLOC_SLAB_MAX + 1));
	if (all == NULL)
		return NULL;
	all->base = base;
	all->nr = nr;
	for (unsigned i = 0; i < nr; i++) {
		rwsem_init(&all->window[i].sem, RANK_MAP_WINDOW);
		vma_tree_init(&all->window[i].vmas);
	}
	/* ORDER mm-windows, making side; the other is in mm_window_at(). */
	store_release(&mm->windows, all);
	return all;
}

vaddr_t windows_over(const struct mm *mm, vaddr_t start, vaddr_t end)
{
	for (uint64_t open = map_windows_open(mm); open != 0; open &= open - 1) {
		vaddr_t at = window_start(mm->windows, ctz64(open));

		if (at < end && start < at + WINDOW_BYTES)
			return at;
	}
	return 0;
}

void windows_bound(const struct windows *all, vaddr_t at, vaddr_t *floor,
		   vaddr_t *ceiling)
{
	for (uint64_t open = windows_open(all); open != 0; open &= open - 1) {
		vaddr_t start = window_start(all, ctz64(open));
		vaddr_t end = start + WINDOW_BYTES;

		if (at >= start)
			*floor = max(*floor, at < end ? start : end);
		if (at < end)
			*ceiling = min(*ceiling, at < start ? start : end);
	}
}

/* ---- moving what is mapped ---- */

/* What @from has below @end, from @vma on, goes to @to; how many pages. */
static uint64_t move_vmas(struct vma_tree *from, struct vma_tree *to,
			  struct vma *vma, vaddr_t end) REQUIRES(C_map)
{
	uint64_t bytes = 0;

	while (vma != NULL && vma->start < end) {
		struct vma *next = vma_next(vma);

		vma_remove(from, vma);
		vma_insert(to, vma);
		bytes += vma->end - vma->start;
		vma = next;
		cond_resched();
	}
	return bytes >> PAGE_SHIFT;
}

/* Nothing reaches out of [start, end), is going there, or grows: who is touched
 * below a stack looks for it in one tree. */
static bool can_be_lent(const struct mm *mm, vaddr_t start, vaddr_t end)
	REQUIRES(C_map)
{
	const struct vma *vma = vma_find(mm_vmas(mm), start);

	if (map_claim_over(mm, start, end) != NULL)
		return false;
	for (; vma != NULL && vma->start < end; vma = vma_next(vma)) {
		if (vma->start < start || vma->end > end ||
		    (vma->flags & VMA_GROWSDOWN))
			return false;
		cond_resched();
	}
	return true;
}

/*
 * Nobody comes to the window before it is open, but for who found it open long
 * ago, waits for its lock, and looks again then.
 */
static void open_window(struct mm *mm, unsigned i) REQUIRES(C_map)
{
	struct windows *all = mm->windows;
	struct window *window = &all->window[i];
	vaddr_t start = window_start(all, i);
	uint64_t pages = move_vmas(mm_vmas_exclusive(mm), &window->vmas,
				   vma_find(mm_vmas(mm), start),
				   start + WINDOW_BYTES);

	window->pages = pages;
	WRITE_ONCE(mm->total_pages, mm->total_pages - pages);
	count(windows_opened);
	/*
	 * ORDER map-window, opening side; the other is in windows_open().
	 * Release: who sees that it is open sees what is mapped there.
	 */
	store_release(&all->open, all->open | BIT(i));
	race_point(window_opened, mm);
}

void window_open_here(struct mm *mm)
{
	struct windows *all = mm->windows;
	unsigned i;

	assert_map_is_alone(mm);
	if (all == NULL)
		all = make_windows(mm);
	if (all == NULL)
		return;
	i = hart_id() % all->nr;
	if (!(all->open & BIT(i)) &&
	    can_be_lent(mm, window_start(all, i),
			window_start(all, i) + WINDOW_BYTES))
		open_window(mm, i);
}

/*
 * Alone in the window, too: who maps there has ended, and who visits has left.
 * Whoever comes now finds it closed, and wants map_sem.
 */
static NO_THREAD_SAFETY void close_window(struct mm *mm, unsigned i)
{
	struct windows *all = mm->windows;
	struct window *window = &all->window[i];
	vaddr_t start = window_start(all, i);

	race_point(window_closes, mm);
	rwsem_lock(&window->sem);
	map_clear(mm, window);
	(void)move_vmas(&window->vmas, &mm->vmas, vma_first(&window->vmas),
			start + WINDOW_BYTES);
	WRITE_ONCE(mm->total_pages, mm->total_pages + window->pages);
	WRITE_ONCE(window->pages, 0);
	/* Plain: whoever sees that it is closed wants map_sem next, which we
	 * have alone. */
	WRITE_ONCE(all->open, all->open & ~BIT(i));
	rwsem_unlock(&window->sem);
	mm->calm = CALM;
	count(windows_closed);
	/* Tables above it that nothing needs were left: room_beside_windows(). */
	if (vma_range_is_free(&mm->vmas, start, start + WINDOW_BYTES))
		free_unused_tables(mm, start, start + WINDOW_BYTES);
}

void windows_close(struct mm *mm, vaddr_t start, vaddr_t end)
{
	vaddr_t at;

	assert_map_is_alone(mm);
	while ((at = windows_over(mm, start, end)) != 0)
		close_window(mm, (unsigned)((at - mm->windows->base) >> WINDOW_SHIFT));
}

/* ---- what there is, with all of theirs ---- */

unsigned NO_THREAD_SAFETY mm_nr_vmas(const struct mm *mm)
{
	unsigned nr = READ_ONCE(mm->vmas.count);

	for (uint64_t open = map_windows_open(mm); open != 0; open &= open - 1)
		nr += READ_ONCE(mm->windows->window[ctz64(open)].vmas.count);
	return nr;
}

uint64_t NO_THREAD_SAFETY mm_total_pages(const struct mm *mm)
{
	uint64_t pages = READ_ONCE(mm->total_pages);

	for (uint64_t open = map_windows_open(mm); open != 0; open &= open - 1)
		pages += READ_ONCE(mm->windows->window[ctz64(open)].pages);
	return pages;
}
