#pragma once

/*
 * lib/list.h - an intrusive doubly-linked list.
 *
 *	struct list ready;			the head
 *	struct thread { struct list run_link; };	a member, in each item
 *
 *	list_push_back(&ready, &t->run_link);
 *	list_for_each_entry(t, &ready, run_link)
 *		...
 *
 * Head and links are one type and form a ring.  A link that is on no list
 * points at itself, which list_init() and list_remove() see to, so
 * list_is_linked() may be asked and list_remove() repeated at any time.
 * Nothing here locks: the owner of the head says which lock that takes.  Who
 * only wants to know whether there is anything may look at `next` without,
 * by READ_ONCE(), and be wrong a moment later; so that word is written whole.
 */

#include "lib/bug.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct list {
	struct list *prev, *next;
};

/* A head that is ready without list_init(): struct list l = LIST_INIT(l). */
#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *head)
{
	head->prev = head;
	WRITE_ONCE(head->next, head);
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

/* Is the item on a list?  The same test as above, asked of a link. */
static inline bool list_is_linked(const struct list *link)
{
	return link->next != link;
}

/* Put @link, which is on no list, before @where. */
static inline void list_insert_before(struct list *where, struct list *link)
{
	link->prev = where->prev;
	WRITE_ONCE(link->next, where);
	WRITE_ONCE(where->prev->next, link);
	where->prev = link;
}

static inline void list_push_back(struct list *head, struct list *link)
{
	list_insert_before(head, link);
}

static inline void list_push_front(struct list *head, struct list *link)
{
	list_insert_before(head->next, link);
}

/* Take @link off its list, if it is on one. */
static inline void list_remove(struct list *link)
{
	lab_assert(link->prev->next == link && link->next->prev == link);
	WRITE_ONCE(link->prev->next, link->next);
	link->next->prev = link->prev;
	list_init(link);
}

static inline void list_move_back(struct list *head, struct list *link)
{
	list_remove(link);
	list_push_back(head, link);
}

/* The first and last link; NULL when there is none. */
static inline struct list *list_first(const struct list *head)
{
	return list_is_empty(head) ? NULL : head->next;
}

static inline struct list *list_last(const struct list *head)
{
	return list_is_empty(head) ? NULL : head->prev;
}

static inline struct list *list_pop_front(struct list *head)
{
	struct list *link = list_first(head);

	if (link != NULL)
		list_remove(link);
	return link;
}

/* Append everything on @from to @head, in order; @from is empty after. */
static inline void list_splice_back(struct list *head, struct list *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = head->prev;
	WRITE_ONCE(head->prev->next, from->next);
	WRITE_ONCE(from->prev->next, head);
	head->prev = from->prev;
	list_init(from);
}

/* The struct of @type whose @member is the link @ptr (not NULL). */
#define list_entry(ptr, type, member) container_of(ptr, type, member)

/* The same, for an item of the type that @pos points to. */
#define list_entry_as(pos, ptr, member)					\
	list_entry(ptr, __typeof__(*(pos)), member)

/* Every link.  The list may not change, but for the loop being left. */
#define list_for_each(pos, head)					\
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)

/* Every item; @pos points to the struct that holds the link @member. */
#define list_for_each_entry(pos, head, member)				\
	for ((pos) = list_entry_as(pos, (head)->next, member);		\
	     &(pos)->member != (head);					\
	     (pos) = list_entry_as(pos, (pos)->member.next, member))

/* The same, and @pos (only @pos) may be removed or freed meanwhile. */
#define list_for_each_entry_safe(pos, tmp, head, member)		\
	for ((pos) = list_entry_as(pos, (head)->next, member),		\
	     (tmp) = list_entry_as(pos, (pos)->member.next, member);	\
	     &(pos)->member != (head);					\
	     (pos) = (tmp),						\
	     (tmp) = list_entry_as(tmp, (tmp)->member.next, member))
