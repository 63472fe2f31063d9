/*
 * syscall/sys_kcmp.c - kcmp(): do two processes share something?
 *
 * What is compared are addresses of the kernel, and they are in an order, so that
 * whoever asks for many can sort.  The order is of numbers that they are given by
 * chance, and so tells nothing of where anything lies.
 */
#include "syscall/syscall.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "proc/task/pid.h"
#include "proc/task/random.h"
#include "proc/task/rights.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

/* Linux's numbers. */
enum kcmp_type {
	KCMP_FILE,
	KCMP_VM,
	KCMP_FILES,
	KCMP_FS,
	KCMP_SIGHAND,
	KCMP_IO,
	KCMP_SYSVSEM,
};

/* 0: the same; 1: the first is less; 2: it is more. */
static int compare(const void *a, const void *b)
{
	if (a == b)
		return 0;
	return random_number_of(a) < random_number_of(b) ? 1 : 2;
}

/* The two processes, with references, the numbers they were found by, and their
 * descriptors. */
struct pair {
	struct proc *p[2];
	int id[2];
	int fd[2];
};

static int compare_files(const struct pair *of)
{
	struct file *f[2] = { NULL, NULL };
	int result = -EBADF;

	for (int i = 0; i < 2; i++) {
		struct fdtable *files = proc_files_visit(of->p[i]);

		if (files == NULL)
			continue;
		f[i] = fd_get_from(files, of->fd[i]);
		fdtable_leave(files);
	}
	if (f[0] != NULL && f[1] != NULL)
		result = compare(f[0], f[1]);
	for (int i = 0; i < 2; i++)
		if (f[i] != NULL)
			file_put(f[i]);
	return result;
}

static int compare_memory(const struct pair *of)
{
	struct mm *mm[2] = { proc_mm_get(of->p[0]), proc_mm_get(of->p[1]) };
	int result = compare(mm[0], mm[1]);

	for (int i = 0; i < 2; i++)
		if (mm[i] != NULL)
			mm_put(mm[i]);
	return result;
}

static int compare_tables(const struct pair *of)
{
	struct fdtable *files[2] = { proc_files_visit(of->p[0]),
				     proc_files_visit(of->p[1]) };
	int result = compare(files[0], files[1]);

	for (int i = 0; i < 2; i++)
		if (files[i] != NULL)
			fdtable_leave(files[i]);
	return result;
}

/* As it is at that moment: only the address is looked at. */
static const void *place_of(struct proc *p)
{
	const void *fs;

	spin_lock(&p->lock);
	fs = p->vfs.fs;
	spin_unlock(&p->lock);
	return fs;
}

/* What is undone when the thread @id ends is a list of its own; as it is at
 * that moment. */
static const void *undo_of(int id)
{
	struct thread *t = thread_find(id);
	const void *undo;

	if (t == NULL)
		return NULL;
	undo = READ_ONCE(t->sem_undo);
	thread_put(t);
	return undo;
}

static int compare_all(const struct pair *of, int type)
{
	switch (type) {
	case KCMP_FILE:
		return compare_files(of);
	case KCMP_VM:
		return compare_memory(of);
	case KCMP_FILES:
		return compare_tables(of);
	case KCMP_FS:
		return compare(place_of(of->p[0]), place_of(of->p[1]));
	case KCMP_SIGHAND:
		return compare(of->p[0], of->p[1]);
	case KCMP_IO: /* no disk's queue knows processes: nobody has a place there */
		return 0;
	case KCMP_SYSVSEM:
		return compare(undo_of(of->id[0]), undo_of(of->id[1]));
	}
	return -EINVAL;
}

/* Their right is asked for before and after: one that has become another's by
 * exec meanwhile may not be looked into. */
static int compare_if_allowed(const struct pair *of, int type)
{
	int result;

	if (!proc_may_inspect(of->p[0]) || !proc_may_inspect(of->p[1]))
		return -EPERM;
	result = compare_all(of, type);
	return proc_may_inspect(of->p[0]) && proc_may_inspect(of->p[1]) ? result :
									   -EPERM;
}

/* LACKS kcmp: `KCMP_EPOLL_TFD` is `EINVAL`. */
SYSCALL_5(kcmp, pid1, pid2, type, fd1, fd2)
{
	struct pair of = {
		.p = { pid_get_proc_of((int)pid1), pid_get_proc_of((int)pid2) },
		.id = { (int)pid1, (int)pid2 },
		.fd = { (int)fd1, (int)fd2 },
	};
	int result = -ESRCH;

	if (of.p[0] != NULL && of.p[1] != NULL)
		result = compare_if_allowed(&of, (int)type);
	for (int i = 0; i < 2; i++)
		if (of.p[i] != NULL)
			proc_put(of.p[i]);
	return result;
}
