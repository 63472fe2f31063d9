/*
 * proc/signal/core_note.c - the notes of a core: the process, its threads with
 * their registers, what it was told by the kernel, which files it maps.
 *
 * Source: elf(5); Linux include/uapi/linux/{elf,elfcore}.h.
 */
#include "proc/signal/core_internal.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/exec_args.h"
#include "proc/task/pgroup.h"
#include "proc/task/session.h"
#include "vfs/file.h"

#define NT_PRSTATUS 1
#define NT_FPREGSET 2
#define NT_PRPSINFO 3
#define NT_AUXV 6
#define NT_FILE 0x46494c45
#define NT_SIGINFO 0x53494749

struct prstatus {
	int32_t signo, code, err;
	int16_t cursig;
	uint64_t pending, blocked;
	int32_t pid, ppid, pgrp, sid;
	struct timeval utime, stime, cutime, cstime;
	uint64_t regs[32];
	int32_t fpvalid;
};

struct prpsinfo {
	char state, sname, zombie, nice;
	uint64_t flag;
	uint32_t uid, gid;
	int32_t pid, ppid, pgrp, sid;
	char fname[16];
	char args[80];
};

_Static_assert(sizeof(struct prstatus) == 376, "Linux's elf_prstatus");
_Static_assert(sizeof(struct prpsinfo) == 136, "Linux's elf_prpsinfo");
_Static_assert(sizeof(struct fpu_state) == 264, "Linux's NT_FPREGSET");

struct note_head {
	uint32_t namesz, descsz, type;
	char name[8];
};

#define NOTE_HEAD 20UL

/* ---- where it stands ---- */

static uint64_t put_note(struct core *c, uint64_t at, uint32_t type,
			 const void *desc, size_t n)
{
	struct note_head head = { 5, (uint32_t)n, type, "CORE" };

	core_put(c, at, &head, NOTE_HEAD);
	core_put(c, at + NOTE_HEAD, desc, n);
	return at + NOTE_HEAD + align_up(n, 4UL);
}

/* ---- who it was ---- */

struct family {
	int ppid, pgrp, sid;
};

static struct family family_of(const struct proc *p)
{
	struct family f;

	tree_lock_shared();
	f.ppid = p->parent_pid;
	f.pgrp = p->group->pgid;
	f.sid = p->group->session->sid;
	tree_unlock_shared();
	return f;
}

static struct timeval timeval_of_ticks(uint64_t ticks)
{
	return timeval_of_ns(ticks_to_ns(ticks));
}

static uint64_t put_status(struct core *c, uint64_t at,
			   const struct core_thread *t)
{
	struct proc *p = current_proc();
	struct family f = family_of(p);
	struct prstatus *s = (struct prstatus *)c->page;

	*s = (struct prstatus){
		.signo = c->info->si_signo,
		.code = c->info->si_code,
		.cursig = (int16_t)c->info->si_signo,
		.pending = t->pending,
		.blocked = t->blocked,
		.pid = t->tid,
		.ppid = f.ppid,
		.pgrp = f.pgrp,
		.sid = f.sid,
		.utime = timeval_of_ticks(t->user_ticks),
		.stime = timeval_of_ticks(t->system_ticks),
		.fpvalid = 1,
	};

	memcpy(s->regs, t->regs, sizeof(s->regs));
	return put_note(c, at, NT_PRSTATUS, s, sizeof(*s));
}

/* The arguments with spaces between them. */
static void read_args(const struct core *c, char *to, size_t n)
{
	vaddr_t from = READ_ONCE(c->mm->arg_start);
	size_t length = min(n - 1, (size_t)(READ_ONCE(c->mm->arg_end) - from));
	ssize_t got = mm_access(c->mm, from, to, length, false, true);

	for (ssize_t i = 0; i + 1 < got; i++)
		if (to[i] == '\0')
			to[i] = ' ';
}

static uint64_t put_process(struct core *c, uint64_t at)
{
	const struct thread *self = current_thread();
	struct family f = family_of(self->proc);
	struct prpsinfo *i = (struct prpsinfo *)c->page;

	*i = (struct prpsinfo){
		.sname = 'R',
		.nice = (char)READ_ONCE(self->nice),
		.uid = current_cred()->uid,
		.gid = current_cred()->gid,
		.pid = self->proc->pid,
		.ppid = f.ppid,
		.pgrp = f.pgrp,
		.sid = f.sid,
	};

	strlcpy(i->fname, self->name, sizeof(i->fname));
	read_args(c, i->args, sizeof(i->args));
	return put_note(c, at, NT_PRPSINFO, i, sizeof(*i));
}

static uint64_t put_info(struct core *c, uint64_t at)
{
	memset(c->page, 0, SIGINFO_SIZE);
	memcpy(c->page, c->info, sizeof(*c->info));
	return put_note(c, at, NT_SIGINFO, c->page, SIGINFO_SIZE);
}

static uint64_t put_auxv(struct core *c, uint64_t at)
{
	const size_t n = NR_AUXV * sizeof(struct auxv_entry);

	if (mm_access(c->mm, READ_ONCE(c->mm->auxv_at), c->page, n, false,
		      true) != (ssize_t)n)
		return at;
	return put_note(c, at, NT_AUXV, c->page, n);
}

/* ---- the files ---- */

/* Numbers of all mappings of files, then their names in the same order; the
 * count and the length are known in the end. */
struct file_note {
	uint64_t nr, numbers, names;
};

static void count_file(struct core *c, struct file_note *n,
		       const struct core_segment *s)
{
	const uint64_t row[3] = { s->start, s->end, s->offset / PAGE_SIZE };

	core_put(c, n->numbers, row, sizeof(row));
	n->numbers += sizeof(row);
	n->nr++;
}

static void name_file(struct core *c, struct file_note *n,
		      const struct core_segment *s)
{
	size_t length = strlen(s->file->path) + 1;

	core_put(c, n->names, s->file->path, length);
	n->names += length;
}

static bool has_name(const struct core_segment *s)
{
	return s->file != NULL && s->file->path != NULL;
}

/* The next mapping of a file with a name; a reference to it is in @s. */
static bool next_file(struct core *c, vaddr_t *at, struct core_segment *s)
{
	while (c->err == 0 && core_next_segment(c, *at, s)) {
		*at = s->end;
		if (has_name(s))
			return true;
		core_put_segment(s);
	}
	return false;
}

static uint64_t put_files(struct core *c, uint64_t at)
{
	struct file_note n = { .numbers = at + NOTE_HEAD + 16 };
	struct core_segment s;
	uint64_t names = 0;

	for (vaddr_t va = 0; next_file(c, &va, &s); core_put_segment(&s))
		count_file(c, &n, &s);
	n.names = n.numbers;
	for (vaddr_t va = 0; names < n.nr && next_file(c, &va, &s); names++) {
		name_file(c, &n, &s);
		core_put_segment(&s);
	}

	const uint64_t first[2] = { names, PAGE_SIZE };
	struct note_head head = {
		5, (uint32_t)(n.names - at - NOTE_HEAD), NT_FILE, "CORE"
	};

	core_put(c, at, &head, NOTE_HEAD);
	core_put(c, at + NOTE_HEAD, first, sizeof(first));
	return align_up(n.names, 4UL);
}

/* ---- all of them ---- */

static uint64_t put_thread(struct core *c, uint64_t at,
			   const struct core_thread *t)
{
	at = put_status(c, at, t);
	return put_note(c, at, NT_FPREGSET, &t->fpu, sizeof(t->fpu));
}

/* In Linux's order: debuggers take the first thread for the one that was hit. */
uint64_t core_put_notes(struct core *c, uint64_t at)
{
	const struct core_thread *t;

	is_private(signals); /* nobody else is left */
	at = put_status(c, at, &c->self);
	at = put_process(c, at);
	at = put_info(c, at);
	at = put_auxv(c, at);
	at = put_files(c, at);
	at = put_note(c, at, NT_FPREGSET, &c->self.fpu, sizeof(c->self.fpu));
	list_for_each_entry(t, &c->threads, link)
		at = put_thread(c, at, t);
	return at;
}
