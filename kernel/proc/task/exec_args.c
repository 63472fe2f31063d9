/*
 * proc/task/exec_args.c - see exec_args.h.
 */
#include "proc/task/exec_args.h"

#include "lib/bits.h"
#include "lib/elf.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/random.h"

void exec_args_init(struct exec_args *a)
{
	memset(a, 0, sizeof(*a));
}

/* Where the page of byte @at is noted. */
static struct page **page_of(struct exec_args *a, size_t at)
{
	size_t index = at / PAGE_SIZE;

	return index < ARGS_FIRST_PAGES ? &a->first[index] :
					  &a->more[index - ARGS_FIRST_PAGES];
}

static char *byte_at(struct exec_args *a, size_t at)
{
	return (char *)page_address(*page_of(a, at)) + at % PAGE_SIZE;
}

void exec_args_destroy(struct exec_args *a)
{
	for (size_t at = 0; at < a->used; at += PAGE_SIZE)
		page_put(*page_of(a, at));
	kfree(a->more);
}

/* A page for the next byte, the first in it. */
static bool add_page(struct exec_args *a)
{
	struct page *page;

	if (a->used == ARGS_FIRST_PAGES * PAGE_SIZE && a->more == NULL) {
		a->more = kmalloc(ARGS_MORE_PAGES * sizeof(a->more[0]));
		if (a->more == NULL)
			return false;
	}
	page = page_alloc(PAGE_KERNEL);
	*page_of(a, a->used) = page;
	return page != NULL;
}

/* The place for the next byte, and how much room follows it in its page. */
static char *room_at_end(struct exec_args *a, size_t *room)
{
	size_t offset = a->used % PAGE_SIZE;

	if (offset == 0 && !add_page(a))
		return NULL;
	*room = PAGE_SIZE - offset;
	return byte_at(a, a->used);
}

/* Strings and the two vectors' pointers together stay within the limit. */
static bool is_full(const struct exec_args *a)
{
	size_t pointers = (a->argc + a->envc + 4) * sizeof(uint64_t);

	return a->used + pointers >= ARGS_MAX;
}

int exec_args_add_kernel(struct exec_args *a, const char *s)
{
	size_t left = strlen(s) + 1;

	while (left > 0) {
		size_t room;
		char *to = is_full(a) ? NULL : room_at_end(a, &room);

		if (to == NULL)
			return is_full(a) ? -E2BIG : -ENOMEM;

		size_t n = min(left, room);

		memcpy(to, s, n);
		a->used += n;
		s += n;
		left -= n;
	}
	return 0;
}

int exec_args_add_user(struct exec_args *a, vaddr_t s)
{
	size_t left = ARG_STRING_MAX;

	for (;;) {
		size_t room;
		char *to;

		if (is_full(a) || left == 0)
			return -E2BIG;
		cond_resched();
		to = room_at_end(a, &room);
		if (to == NULL)
			return -ENOMEM;

		room = min(room, left);

		long n = strncpy_from_user(to, s, room);

		if (n >= 0) {
			a->used += (size_t)n + 1;
			return 0;
		}
		if (n != -ENAMETOOLONG) {
			/* A page taken for this string alone is not in use. */
			if (a->used % PAGE_SIZE == 0)
				page_put(*page_of(a, a->used));
			return (int)n;
		}
		a->used += room;
		s += room;
		left -= room;
	}
}

int exec_args_add_vector(struct exec_args *a, vaddr_t vector, unsigned skip,
			 unsigned *count)
{
	if (vector == 0)
		return 0;
	for (unsigned i = 0;; i++) {
		uint64_t string;
		int err = get_user_u64(&string,
				       vector + i * sizeof(uint64_t));

		if (err != 0)
			return err;
		if (string == 0)
			return 0;
		if (i < skip)
			continue;
		err = exec_args_add_user(a, string);
		if (err != 0)
			return err;
		(*count)++;
	}
}

/* ---- the new stack ---- */

static int write_mm(struct mm *mm, vaddr_t to, const void *from, size_t n)
{
	while (n > 0) {
		ssize_t done = mm_access(mm, to, (void *)from, n, true, false);

		if (done <= 0)
			return -ENOMEM;
		to += (size_t)done;
		from = (const char *)from + done;
		n -= (size_t)done;
	}
	return 0;
}

static int write_strings(struct exec_args *a, struct mm *mm, vaddr_t to)
{
	int err = 0;

	for (size_t at = 0; at < a->used && err == 0; at += PAGE_SIZE)
		err = write_mm(mm, to + at, byte_at(a, at),
			       min(a->used - at, PAGE_SIZE));
	return err;
}

/* Words on their way to the stack, written a buffer at a time. */
struct word_writer {
	struct mm *mm;
	vaddr_t to;
	unsigned n;
	int err;
	uint64_t words[64];
};

static void flush_words(struct word_writer *w)
{
	size_t bytes = w->n * sizeof(uint64_t);

	if (w->err == 0)
		w->err = write_mm(w->mm, w->to, w->words, bytes);
	w->to += bytes;
	w->n = 0;
}

static void put_word(struct word_writer *w, uint64_t word)
{
	if (w->n == ARRAY_SIZE(w->words))
		flush_words(w);
	w->words[w->n++] = word;
}

/* Pointers to the next @count strings from *@at on, and a NULL. */
static void put_pointers(struct word_writer *w, struct exec_args *a,
			 vaddr_t strings, size_t *at, unsigned count)
{
	for (; count > 0; count--) {
		cond_resched();
		put_word(w, strings + *at);
		while (*byte_at(a, *at) != '\0')
			++*at;
		++*at;
	}
	put_word(w, 0);
}

long exec_args_build(struct exec_args *a, struct mm *mm, vaddr_t stack_top)
{
	static const struct auxv_entry no_aux[NR_AUXV];
	uint8_t random[16];
	vaddr_t strings = stack_top - sizeof(uint64_t) - a->used;
	size_t words = 1 + a->argc + 1 + a->envc + 1 + 2 * NR_AUXV;
	size_t at = 0;

	a->random_at = align_down(strings - sizeof(random), 16);

	vaddr_t sp = align_down(a->random_at - words * sizeof(uint64_t), 16);
	struct word_writer w = { .mm = mm, .to = sp };

	random_bytes(random, sizeof(random));
	w.err = write_strings(a, mm, strings);
	if (w.err == 0)
		w.err = write_mm(mm, a->random_at, random, sizeof(random));

	mm->arg_start = strings;
	put_word(&w, a->argc);
	put_pointers(&w, a, strings, &at, a->argc);
	mm->arg_end = strings + at;
	put_pointers(&w, a, strings, &at, a->envc);
	flush_words(&w);
	mm->env_end = strings + at;
	a->path_at = strings + at;
	a->aux_at = mm->auxv_at = w.to;
	/* The pages it will be written to are there from now on. */
	if (w.err == 0)
		w.err = write_mm(mm, a->aux_at, no_aux, sizeof(no_aux));
	return w.err != 0 ? w.err : (long)sp;
}

void exec_args_write_aux(struct exec_args *a, struct mm *mm,
			 struct auxv_entry *aux)
{
	for (unsigned i = 0; i < NR_AUXV; i++) {
		if (aux[i].type == AT_RANDOM)
			aux[i].value = a->random_at;
		else if (aux[i].type == AT_EXECFN)
			aux[i].value = a->path_at;
	}

	int err = write_mm(mm, a->aux_at, aux, NR_AUXV * sizeof(*aux));

	assert(err == 0);
}
