/*
 * models/glance.pml - who looks a page up without a lock, and who takes it out.
 *
 * Code: kernel/sync/glance.h:glance_begin, glance_end; kernel/sync/glance.c:glances_wait;
 *	 kernel/mm/pagecache.c:pagecache_page_find, drop_pages, pagecache_nobody_looks;
 *	 kernel/mm/store_list.c:take_clean, drop_clean;
 *	 kernel/mm/page.h:page_get_found, page_close, page_open.
 *	 ORDER glance, radix-publish.
 *
 * Hart 2 puts a page into an index of one node, and takes it out again: as
 * truncation does, whoever has it; or as reclaim does, if nobody has it, closed.
 * Harts 0 and 1 look it up, one of them twice, use it and give it back. The lock of
 * the cache is left out, for only hart 2 takes it; who finds the page closed looks
 * no further.  The model reads in program order, so that an end of a glance orders
 * the reads before it is not shown (glance-over).
 *
 * Checked: a node that is free is not read; a count that is 0 is not raised; what a
 * page holds is there when it is found; it is free when nobody has it, and not
 * before; what reclaim has taken nobody has; nobody waits for ever.
 *
 * BUGS: page_given_early index_freed_early page_not_closed look_mb wait_mb late_number publish_plain
 *	page_given_early	the index's reference is given up, then it is waited
 *	index_freed_early	the node is freed, then it is waited
 *	page_not_closed	reclaim looks at the count, and leaves it as it is
 *	look_mb		glance_begin() without its fence
 *	wait_mb		glances_wait() without its first fence
 *	late_number	the number is odd when the slot was read
 *	publish_plain	the page is put into the index by a plain store
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 4
mtype = { NUMBER_0, NUMBER_1, ROOT, SLOT, PAGE, COUNT };
#define NR_WORDS 6
#include "store_buffer.pml"

#define NUMBER(h) ((h) == 0 -> NUMBER_0 : NUMBER_1)
#define CLOSED 64

bool node_is_free, page_is_free;

inline page_put()
{
	atomic_fetch_add_relaxed(COUNT, -1, old);
	assert(old != 0);
	if
	:: old == 1 -> page_is_free = true
	:: old != 1
	fi
}

inline glance_begin()
{
	number++;
	WRITE_ONCE(NUMBER(hart), number);
	unless_bug(look_mb, smp_mb())
}

inline look()
{
	READ_ONCE(ROOT, found);
	if
	:: found ->
		assert(!node_is_free);
		READ_ONCE(SLOT, found)
	:: !found
	fi
}

/* Has it a reference now? */
inline get_found()
{
	if
	:: found ->
		atomic_fetch_add_relaxed(COUNT, 1, old);
		if
		:: old >= CLOSED -> atomic_fetch_add_relaxed(COUNT, -1, old); found = 0
		:: old < CLOSED -> assert(old != 0)
		fi
	:: !found
	fi
}

proctype looker(byte hart; byte rounds)
{
	byte number, found, old, bytes;

	do
	:: rounds == 0 -> break
	:: rounds > 0 ->
		rounds--;
		if
		:: bug(late_number) -> look(); glance_begin()
		:: !bug(late_number) -> glance_begin(); look()
		fi;
		get_found();
		number++;
		store_release(NUMBER(hart), number);
		if
		:: found ->
			assert(!page_is_free);
			READ_ONCE(PAGE, bytes);
			assert(bytes == 1);
			page_put()
		:: !found
		fi;
		found = 0
	od
}

inline wait_for(h)
{
	READ_ONCE(NUMBER(h), seen);
	if
	:: seen % 2 == 1 -> mem[NUMBER(h)] != seen	/* spin */
	:: seen % 2 == 0
	fi
}

inline glances_wait()
{
	unless_bug(wait_mb, smp_mb());
	wait_for(0);
	wait_for(1);
	smp_mb()
}

/* The page has left the index. */
inline nobody_looks()
{
	if
	:: bug(index_freed_early) -> node_is_free = true; glances_wait()
	:: !bug(index_freed_early) -> glances_wait(); node_is_free = true
	fi
}

inline take_out()
{
	WRITE_ONCE(SLOT, 0);
	WRITE_ONCE(ROOT, 0)
}

inline truncate()
{
	take_out();
	if
	:: bug(page_given_early) -> page_put(); nobody_looks()
	:: !bug(page_given_early) -> nobody_looks(); page_put()
	fi
}

inline reclaim()
{
	if
	:: bug(page_not_closed) -> READ_ONCE(COUNT, old); took = old == 1
	:: !bug(page_not_closed) -> atomic_replace(COUNT, 1, CLOSED + 1, took)
	fi;
	if
	:: took ->
		take_out();
		nobody_looks();
		if
		:: bug(page_not_closed)
		:: !bug(page_not_closed) -> atomic_fetch_add_relaxed(COUNT, -CLOSED, old)
		fi;
		assert(mem[COUNT] == 1);
		page_put()
	:: !took
	fi
}

proctype owner(byte hart)
{
	byte seen, old;
	bool took;

	WRITE_ONCE(PAGE, 1);
	WRITE_ONCE(COUNT, 1);
	if
	:: bug(publish_plain) -> WRITE_ONCE(SLOT, 1); WRITE_ONCE(ROOT, 1)
	:: !bug(publish_plain) -> WRITE_ONCE(SLOT, 1); store_release(ROOT, 1)
	fi;
	if
	:: truncate()
	:: reclaim()
	fi
}

init {
	atomic {
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run looker(0, 2);
		run looker(1, 1);
		run owner(2)
	}
}
