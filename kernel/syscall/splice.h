#pragma once

/*
 * syscall/splice.h - what the steps of a splice share: sys_splice.c has those
 * through a buffer, splice_pages.c those by reference.
 */

#include "lib/types.h"

struct file;
struct pipe_buffer;

struct splice {
	struct file *in, *out;
	uint64_t in_pos, out_pos;
	uint64_t *in_at, *out_at; /* their offsets; NULL: each file's own */
	vaddr_t buf;
	size_t buf_size;
	struct pipe_buffer *pages; /* or this, by reference */
	unsigned max_pages;
	bool nonblock;
};

/* One piece: bytes moved, 0: no more, or -errno. */
typedef ssize_t (*splice_step)(struct splice *s, size_t n);

/*
 * By reference, into the pipe s->out, through s->pages: from the page cache of
 * the file s->in; from the pipe s->in; the same, and it stays there.  They
 * sleep, unless s->nonblock; no locks are held.
 */
ssize_t splice_pages_to_pipe(struct splice *s, size_t n);
ssize_t splice_between_pipes(struct splice *s, size_t n);
ssize_t splice_tee(struct splice *s, size_t n);
