/*
 * proc/task/exec.c - become another program.
 *
 * All that can fail is done on a new address space beside the old one:
 * finding the file, collecting the arguments, mapping, building the stack.
 * Then the other threads are sent away.  What they could change is decided
 * after that: whose rights the program gets, and with whom it shares.  There
 * is no way back by then: without memory for a descriptor table of its own
 * the process ends.
 */
#include "arch/context.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/elf.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "mm/map.h"
#include "mm/slab.h"
#include "proc/task/elf_load.h"
#include "proc/task/exec_args.h"
#include "proc/task/life_internal.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "proc/task/rseq.h"
#include "proc/task/script.h"
#include "proc/task/to_ptrace.h"
#include "proc/task/to_signal.h"
#include "proc/time/vdso.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/fs_context.h"

#define STACK_FIRST_SIZE (128UL << 10)
/* IMAFDC, one bit a letter, as Linux says it in AT_HWCAP. */
#define HWCAP (BIT('I' - 'A') | BIT('M' - 'A') | BIT('A' - 'A') | \
	       BIT('F' - 'A') | BIT('D' - 'A') | BIT('C' - 'A'))

struct exec {
	struct program program; /* the file, and what a script puts before argv */
	struct exec_args args;
	struct mm *mm;
	struct elf_image image;
	long sp;
	struct cred *cred;       /* of the new program, see decide_cred() */
	bool set_id;             /* its file asks for rights the user has not */
	int old_tid;             /* of the thread, before it was the only one */
	struct fdtable *files;   /* to replace a shared one; or NULL */
};

/* ---- collect ---- */

static int add_path(struct exec *x)
{
	return exec_args_add_kernel(&x->args, x->program.path);
}

static int collect_args(struct exec *x, vaddr_t argv, vaddr_t envp)
{
	struct exec_args *a = &x->args;
	unsigned skip = 0;
	int err = 0;

	for (unsigned i = 0; i < x->program.nr_prefix && err == 0; i++) {
		err = exec_args_add_kernel(a, x->program.prefix[i]);
		a->argc++;
		skip = 1; /* the script's path stands for argv[0] */
	}
	if (err == 0)
		err = exec_args_add_vector(a, argv, skip, &a->argc);
	if (err == 0 && a->argc == 0) {
		/* As Linux: no program sees an argc of 0. */
		a->argc = 1;
		err = exec_args_add_kernel(a, "");
	}
	if (err == 0)
		err = exec_args_add_vector(a, envp, 0, &a->envc);
	return err != 0 ? err : add_path(x);
}

static int collect_first_args(struct exec *x, char *const *argv)
{
	static const char *const env[] = { "HOME=/", "TERM=linux",
					   "PATH=/bin:/sbin:/usr/bin" };
	struct exec_args *a = &x->args;
	int err = 0;

	for (; *argv != NULL && err == 0; argv++, a->argc++)
		err = exec_args_add_kernel(a, *argv);
	for (; a->envc < ARRAY_SIZE(env) && err == 0; a->envc++)
		err = exec_args_add_kernel(a, env[a->envc]);
	return err != 0 ? err : add_path(x);
}

/* ---- build ---- */

/* Of what is an address or -errno: 0 or -errno. */
static int error_of(long result)
{
	return result < 0 ? (int)result : 0;
}

/* Not above what Sv48 has, as on Linux: programs keep bits of their own in the
 * upper end of pointers.  Who wants memory there asks for it. */
static vaddr_t top_of_stack(void)
{
	return min(user_end, 1UL << 47) - PAGE_SIZE;
}

/* Where the stack will be: before anything is mapped, or that may come to lie
 * in its place. */
static int begin_memory(struct exec *x)
{
	x->mm = mm_create();
	if (x->mm == NULL)
		return -ENOMEM;
	is_private(map);
	x->mm->stack_top = top_of_stack();
	x->mm->stack_limit = current_limit(RLIMIT_STACK);
	file_get(x->program.file);
	x->mm->exe = x->program.file;
	return 0;
}

static int map_program(struct exec *x)
{
	int err = elf_load(x->program.file, x->mm, &x->image);

	is_private(map);
	x->mm->heap_start = x->mm->heap_end = align_up(x->image.end, PAGE_SIZE);
	return err;
}

static int map_stack(struct exec *x)
{
	uint64_t size = align_up(x->args.used +
				 (x->args.argc + x->args.envc) * 8, PAGE_SIZE);
	long at = mm_map(x->mm, &(struct map_request){
		.addr = top_of_stack() - STACK_FIRST_SIZE - size,
		.length = STACK_FIRST_SIZE + size,
		.flags = VMA_READ | VMA_WRITE | VMA_GROWSDOWN | VMA_STACK |
			 (x->image.exec_stack ? VMA_EXEC : 0),
		.fixed = true,
		.noreplace = true,
	});

	/* Segments of the program are there. */
	return at == -EEXIST ? -ENOEXEC : error_of(at);
}

static int map_vdso(struct exec *x)
{
	return error_of(vdso_map(x->mm));
}

static int build_stack(struct exec *x)
{
	x->sp = exec_args_build(&x->args, x->mm, top_of_stack());
	return error_of(x->sp);
}

static int build_memory(struct exec *x)
{
	static int (*const steps[])(struct exec *x) = {
		begin_memory, map_program, map_stack, map_vdso, build_stack,
	};
	int err = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(steps) && err == 0; i++)
		err = steps[i](x);
	return err;
}

/* The files come last: who has them does not fail any more. */
static void discard(struct exec *x)
{
	if (x->mm != NULL)
		mm_put(x->mm);
	if (x->cred != NULL)
		cred_put(x->cred);
}

/* ---- alone ----
 *
 * The other threads are gone.  What they could have changed behind our back
 * until now is decided here.
 */

/* The program runs with rights that its user does not have, or did not. */
static bool has_more_rights(const struct exec *x)
{
	return x->cred->euid != x->cred->uid || x->cred->egid != x->cred->gid ||
	       !caps_are_within(x->cred->caps.permitted,
				current_cred()->caps.permitted);
}

/*
 * Somebody without root's rights traces it.  From here on nobody begins to,
 * until it has the new rights, by which he is judged.  Without that:
 *
 *	exec						another of its user's
 *	not traced: the program gets its owner's rights
 *							may trace it: same user
 *	has them
 *							writes into its memory
 */
static bool is_led_by_tracer(void)
{
	struct thread *self = current_thread();

	tree_lock_shared();
	spin_lock(&self->proc->lock);
	self->proc->gets_rights = true;
	spin_unlock(&self->proc->lock);
	bool led = thread_is_traced(self) && !self->trace.by_root;

	tree_unlock_shared();
	race_point(exec_decides, self->proc);
	return led;
}

/*
 * Who it acts for.  A process that shares its current directory and umask
 * with another gets no rights: the other could lead it astray; nor does one
 * that is traced by who has none.  The program is
 * told not to trust its surroundings (AT_SECURE) all the same, as on Linux.
 */
static void decide_cred(struct exec *x)
{
	struct cred *new = x->cred;
	bool led = is_led_by_tracer();
	bool unsafe = led || new->no_new_privs ||
		      fs_context_is_shared(current_proc()->vfs.fs);

	if (!new->no_new_privs && file_may_set_ids(x->program.file))
		file_exec_ids(x->program.file, &new->euid, &new->egid);
	x->set_id = caps_follow_exec(new, current_cred(), unsafe);
}

static void write_aux(struct exec *x)
{
	const struct elf_image *im = &x->image;
	struct auxv_entry aux[] = {
		{ AT_HWCAP, HWCAP },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_CLKTCK, USER_HZ },
		{ AT_PHDR, im->phdrs },
		{ AT_PHENT, sizeof(struct elf64_phdr) },
		{ AT_PHNUM, im->nr_phdrs },
		{ AT_BASE, im->interp_base },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, im->entry },
		{ AT_UID, x->cred->uid },
		{ AT_EUID, x->cred->euid },
		{ AT_GID, x->cred->gid },
		{ AT_EGID, x->cred->egid },
		{ AT_SECURE, x->set_id },
		{ AT_RANDOM, 0 },
		{ AT_EXECFN, 0 },
		{ AT_SYSINFO_EHDR, x->mm->vdso },
		{ AT_RSEQ_FEATURE_SIZE, RSEQ_FEATURE_SIZE },
		{ AT_RSEQ_ALIGN, RSEQ_ALIGN },
		{ AT_NULL, 0 },
	};

	_Static_assert(ARRAY_SIZE(aux) == NR_AUXV, "room on the stack");
	exec_args_write_aux(&x->args, x->mm, aux);
}

/* A program that may be run but not read has secrets as well. */
static void decide_memory(struct exec *x)
{
	x->mm->dumpable = !has_more_rights(x) && x->image.readable;
	/* As Linux: whoever called it does not choose how its memory lies. */
	is_private(map);
	if (x->set_id)
		x->mm->stack_limit = min(x->mm->stack_limit,
					 DEFAULT_STACK_LIMIT);
}

static int decide(struct exec *x)
{
	decide_cred(x);
	decide_memory(x);
	write_aux(x);
	/* A program does not share descriptors with a process that did not exec
	 * with it. */
	return fdtable_of_own(&x->files);
}

/* ---- commit ---- */

/* READ_IMPLIES_EXEC, ADDR_COMPAT_LAYOUT, MMAP_PAGE_ZERO, ADDR_NO_RANDOMIZE. */
#define PERSONALITY_UNSAFE 0x0740000U
#define PERSONALITY_KIND 0xffU

/* Nobody else changes it while the tree is shared.  Process 1 has no parent. */
static void set_usual_exit_signal(struct proc *p) REQUIRES_SHARED(proc_tree_lock)
{
	struct proc *parent = p->parent;

	if (READ_ONCE(p->exit_signal) == SIGCHLD || parent == NULL)
		return;
	spin_lock(&parent->lock);
	p->exit_signal = SIGCHLD;
	spin_unlock(&parent->lock);
}

/* The memory and the ids in one: who finds the new memory and then asks
 * whose it is (/proc/PID/mem) is told of the new ids. */
static void replace_memory(struct exec *x)
{
	struct proc *p = current_proc();
	struct mm *old = p->mm;
	struct old_creds old_creds;

	lab_assert(mm_is_complete(x->mm));
	tree_lock_shared();
	set_usual_exit_signal(p);
	spin_lock(&p->lock);
	p->mm = x->mm;
	p->did_exec = true;
	p->nr_execs++;
	replace_current_cred_locked(x->cred, &old_creds);
	if (x->set_id) /* as Linux, also where the rights are those it had */
		p->death_signal = 0;
	p->gets_rights = false;
	spin_unlock(&p->lock);
	tree_unlock_shared();
	waitq_wake_all(&p->thread_wait);
	put_old_creds(&old_creds);
	thread_use_mm(x->mm);
	if (old != NULL) {
		proc_note_peak(p, old);
		mm_put(old);
	}
	vfork_release(p);
}

static void replace_files(struct exec *x)
{
	proc_replace_files(x->files);
	fdtable_close_on_exec(current_proc()->vfs.files);
}

/* Another system's program becomes one of this; and one with rights that its
 * user has not is led astray by no flag of his. */
static void reset_personality(struct thread *self, bool set_id)
{
	uint32_t flags = self->personality & ~PERSONALITY_KIND;

	if (set_id)
		flags &= ~PERSONALITY_UNSAFE;
	WRITE_ONCE(self->personality, flags);
}

static void start_program(struct exec *x)
{
	struct thread *self = current_thread();
	const char *slash = strrchr(x->program.path, '/');

	thread_set_name(self, slash != NULL ? slash + 1 : x->program.path);
	trace_name();
	self->altstack = NO_ALTSTACK;
	WRITE_ONCE(self->robust_list, 0);
	self->clear_child_tid = 0;
	WRITE_ONCE(self->pi.is_gone, false); /* what it locks now is its own again */
	reset_personality(self, x->set_id);
	fpu_drop_current();
	trapframe_init_user(thread_frame(&self->arch), x->image.start,
			    (vaddr_t)x->sp);
	atomic_fetch_or_relaxed(&self->arch.work, WORK_FRAME);
}

static void commit(struct exec *x)
{
	struct proc *p = current_proc();

	futex_thread_exit(current_thread());
	aio_exit(p);
	replace_memory(x);
	replace_files(x);
	signal_reset_handlers(p);
	itimer_exec(p);
	start_program(x);
	count(execs);
}

/* There will be no new ones. */
static void give_up_rights(void)
{
	struct proc *p = current_proc();

	tree_lock_shared();
	spin_lock(&p->lock);
	p->gets_rights = false;
	spin_unlock(&p->lock);
	tree_unlock_shared();
	waitq_wake_all(&p->thread_wait);
}

/* ---- the two ways in ---- */

static int prepare(struct exec *x)
{
	x->cred = cred_copy(current_cred());
	if (x->cred == NULL)
		return -ENOMEM;
	cred_leave_keys(x->cred);
	return build_memory(x);
}

static int exec_program(int dirfd, const char *path, int flags, vaddr_t argv,
			vaddr_t envp, char *const *first_argv)
{
	struct exec *x = kzalloc(sizeof(*x));
	int err;

	if (x == NULL)
		return -ENOMEM;
	x->old_tid = current_thread()->tid;
	exec_args_init(&x->args);
	err = program_open(&x->program, dirfd, path, flags);
	if (err == 0)
		err = first_argv != NULL ? collect_first_args(x, first_argv) :
					   collect_args(x, argv, envp);
	if (err == 0)
		err = prepare(x);
	if (err == 0)
		err = exec_become_only_thread();

	bool lost = err == 0 && decide(x) != 0;

	if (err == 0 && !lost)
		commit(x);
	else
		discard(x);

	int old_tid = x->old_tid;

	exec_args_destroy(&x->args);
	program_close(&x->program);
	kfree(x);
	if (lost) {
		give_up_rights();
		proc_exit_group(WAIT_STATUS_SIGNAL(SIGKILL));
	}
	if (err == 0 && thread_is_traced(current_thread()))
		ptrace_stop_exec(old_tid);
	return err;
}

long proc_exec(int dirfd, const char *path, vaddr_t argv, vaddr_t envp,
	       int flags)
{
	return exec_program(dirfd, path, flags, argv, envp, NULL);
}

int exec_first_program(const char *path, char *const argv[])
{
	return exec_program(-1, path, 0, 0, 0, argv);
}
