#pragma once

/*
 * proc/signal/core_internal.h - between who has a core written (core.c), what
 * is in it (core_elf.c) and what stands in its notes (core_note.c).
 */

#include "arch/context.h"
#include "lib/elf.h"
#include "lib/list.h"
#include "proc/signal/core.h"
#include "proc/task/proc.h"

struct file;

/* What a thread leaves. */
struct core_thread {
	struct list link; /* (signals.lock of its process) */
	int tid;
	sigset_t pending, blocked;
	uint64_t user_ticks, system_ticks;
	uint64_t regs[32]; /* pc, x1 .. x31 */
	struct fpu_state fpu;
};

/* A core that is being written.  The writer's alone, but for what it says. */
struct core {
	struct list threads; /* (signals.lock) the writer's first */
	struct file *file;
	const struct siginfo *info;
	struct mm *mm;
	uint64_t limit; /* bytes */
	uint64_t end;   /* of what was written */
	int err;        /* the first; nothing is written after it */
	struct core_thread self;
	uint8_t page[PAGE_SIZE] __aligned(16); /* what is to be written next */
};

/* A mapping, and how much of it goes into the core. */
struct core_segment {
	vaddr_t start, end;
	unsigned flags;    /* enum vma_flags */
	uint64_t offset;   /* in its file */
	uint64_t filesz;
	bool anonymous;    /* what is not there is zero */
	struct file *file; /* a reference, or NULL */
};

/* The mapping at or behind @at; false: there is none.  Sleeps. */
bool core_next_segment(const struct core *c, vaddr_t at,
		       struct core_segment *s);
void core_put_segment(struct core_segment *s);

/* @n bytes at @at of the file, unless there was an error. */
void core_put(struct core *c, uint64_t at, const void *from, size_t n);

/* The notes, from @at on; where they end. */
uint64_t core_put_notes(struct core *c, uint64_t at);

/* All of the file. */
void core_write(struct core *c);
