/*
 * syscall/splice_pages.c - pages that go into a pipe as they are.
 *
 * The pipe gets a reference to each, and nobody gets the right to write to one:
 * a page of a file is written to by who writes to the file, whatever pipe has it
 * (ipc/pipe/ring.c).  What happens to the file meanwhile is seen in the pipe:
 *
 *	it is written to	the pipe has the new bytes
 *	it becomes shorter	its pages are the file's no longer, and stay until
 *				they are read
 *	memory is short		a clean page that a pipe has is not given up
 *
 * What pipes keep so is charged as what they keep otherwise: a buffer is a page
 * (ipc/pipe/size.c).
 */
#include "syscall/splice.h"

#include "ipc/pipe/pipe.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "vfs/file.h"
#include "vfs/notify/notify.h"

/* The bytes of @m from @pos on, in its page: 0, or why there are none. */
static int get_page(struct pagecache *m, uint64_t pos, struct page **page)
{
	int err = 0;

	*page = pagecache_page_read(m, pos >> PAGE_SHIFT, &err);
	if (*page != NULL || err != 0)
		return err;
	*page = page_alloc_zeroed(PAGE_KERNEL); /* for the hole */
	return *page != NULL ? 0 : -ENOMEM;
}

/* Up to @n bytes of @m from @pos on, in s->pages: in how many of them.  Less
 * where the file ends; -errno where there are none for another reason. */
static ssize_t collect_pages(struct splice *s, struct pagecache *m,
			     uint64_t pos, size_t n)
{
	uint64_t end = min(pagecache_size(m), pos + n);
	unsigned nr = 0;

	while (pos < end && nr < s->max_pages) {
		unsigned offset = pos % PAGE_SIZE;
		unsigned length = (unsigned)min(end - pos, PAGE_SIZE - offset);
		struct page *page;
		int err = get_page(m, pos, &page);

		if (err != 0)
			return nr > 0 || err == -ENXIO ? (ssize_t)nr : err;
		s->pages[nr++] = (struct pipe_buffer){
			.page = page,
			.offset = (uint16_t)offset,
			.length = (uint16_t)length,
		};
		pos += length;
	}
	return nr;
}

ssize_t splice_pages_to_pipe(struct splice *s, size_t n)
{
	uint64_t *at = s->in_at != NULL ? s->in_at : file_pos_without_turn(s->in);
	uint64_t pos = READ_ONCE(*at);
	ssize_t room = pipe_wait_room(s->out, s->nonblock), nr, put;

	if (room < 0)
		return room;
	nr = collect_pages(s, file_pagecache(s->in), pos, min(n, (size_t)room));
	if (nr <= 0)
		return nr;
	put = pipe_put_pages(s->out, s->pages, (unsigned)nr);
	file_was_read(s->in);
	if (put > 0) {
		WRITE_ONCE(*at, pos + (uint64_t)put);
		notify_file(s->in, IN_ACCESS);
	}
	return put;
}

/* Nobody waits for room with another pipe's bytes in hand: two who did might
 * wait for each other. */
static ssize_t try_between_pipes(struct splice *s, size_t n, bool keep)
{
	ssize_t room = pipe_wait_room(s->out, s->nonblock), got, put;
	unsigned nr = s->max_pages;

	if (room < 0)
		return room;
	nr = min(nr, (unsigned)((size_t)room / PAGE_SIZE));
	got = pipe_peek_pages(s->in, s->pages, &nr, n, s->nonblock);
	if (got <= 0)
		return got;
	put = pipe_put_pages(s->out, s->pages, nr);
	pipe_unpeek(s->in, keep ? 0 : (size_t)max(put, 0L));
	return put;
}

/* Room may be gone again by the time that bytes have come. */
static ssize_t between_pipes(struct splice *s, size_t n, bool keep)
{
	ssize_t put;

	do {
		put = try_between_pipes(s, n, keep);
	} while (put == -EAGAIN && !s->nonblock);
	return put;
}

ssize_t splice_between_pipes(struct splice *s, size_t n)
{
	return between_pipes(s, n, false);
}

ssize_t splice_tee(struct splice *s, size_t n)
{
	return between_pipes(s, n, true);
}
