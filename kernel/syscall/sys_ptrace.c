/*
 * syscall/sys_ptrace.c - ptrace(): numbers of requests, and what goes from and
 * to the tracer's own memory.
 *
 * The tracee is looked at in between, by proc/ptrace: never while memory is
 * touched.
 *
 * Source: Linux include/uapi/linux/ptrace.h, kernel/ptrace.c.
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/ptrace/ptrace.h"
#include "proc/signal/signal.h"
#include "syscall/uapi.h"

/* Not those of other machines, nor single steps, which riscv64 has not. */
enum {
	PTRACE_TRACEME = 0,
	PTRACE_PEEKTEXT = 1,
	PTRACE_PEEKDATA = 2,
	PTRACE_POKETEXT = 4,
	PTRACE_POKEDATA = 5,
	PTRACE_CONT = 7,
	PTRACE_KILL = 8,
	PTRACE_ATTACH = 16,
	PTRACE_DETACH = 17,
	PTRACE_SYSCALL = 24,
	PTRACE_SETOPTIONS = 0x4200,
	PTRACE_GETEVENTMSG,
	PTRACE_GETSIGINFO,
	PTRACE_SETSIGINFO,
	PTRACE_GETREGSET,
	PTRACE_SETREGSET,
	PTRACE_SEIZE,
	PTRACE_INTERRUPT,
	PTRACE_LISTEN,
	PTRACE_PEEKSIGINFO,
	PTRACE_GETSIGMASK,
	PTRACE_SETSIGMASK,
	PTRACE_GET_SYSCALL_INFO = 0x420e,
};

/* ---- memory ---- */

/* All of a word, or nothing. */
static long peek(int tid, vaddr_t addr, vaddr_t to)
{
	uint64_t word;
	long n = ptrace_access(tid, addr, &word, sizeof(word), false);

	if (n < 0)
		return n;
	return n == sizeof(word) ? put_user_u64(to, word) : -EIO;
}

static long poke(int tid, vaddr_t addr, uint64_t word)
{
	long n = ptrace_access(tid, addr, &word, sizeof(word), true);

	if (n < 0)
		return n;
	return n == sizeof(word) ? 0 : -EIO;
}

/* ---- registers ---- */

#define NT_PRSTATUS 1UL
#define NT_FPREGSET 2UL

static bool is_regset(unsigned long type, enum ptrace_regset *set)
{
	*set = type == NT_FPREGSET ? REGSET_FPU : REGSET_GENERAL;
	return type == NT_PRSTATUS || type == NT_FPREGSET;
}

/* Both, with a vector of one piece, whose length tells how much there is. */
static long move_registers(int tid, unsigned long type, vaddr_t vector, bool set)
{
	uint8_t registers[MAX_REGSET];
	struct user_iovec iov;
	enum ptrace_regset which;
	long err;

	if (copy_from_user(&iov, vector, sizeof(iov)) != 0)
		return -EFAULT;
	if (!is_regset(type, &which) || iov.length % sizeof(uint64_t) != 0)
		return -EINVAL;
	iov.length = min(iov.length, ptrace_regset_size(which));
	if (set && copy_from_user(registers, iov.base, iov.length) != 0)
		return -EFAULT;
	err = set ? ptrace_set_registers(tid, which, registers, iov.length) :
		    ptrace_get_registers(tid, which, registers, iov.length);
	if (err != 0)
		return err;
	if (!set && copy_to_user(iov.base, registers, iov.length) != 0)
		return -EFAULT;
	return put_user_u64(vector + offsetof(struct user_iovec, length),
			    iov.length);
}

static long get_syscall_info(int tid, size_t size, vaddr_t to)
{
	struct ptrace_syscall_info info;
	long n = ptrace_get_syscall_info(tid, &info);

	if (n > 0 && copy_to_user(to, &info, min((size_t)n, size)) != 0)
		return -EFAULT;
	return n;
}

/* ---- signals ---- */

static long get_info(int tid, vaddr_t to)
{
	struct siginfo info;
	long err = ptrace_get_info(tid, &info);

	return err != 0 ? err : signal_put_info(to, &info);
}

static long set_info(int tid, vaddr_t from)
{
	struct siginfo info;

	if (copy_from_user(&info, from, sizeof(info)) != 0)
		return -EFAULT; /* the rest of it says nothing */
	return ptrace_set_info(tid, &info);
}

static long get_mask(int tid, size_t size, vaddr_t to)
{
	sigset_t mask;
	long err;

	if (size != sizeof(mask))
		return -EINVAL;
	err = ptrace_get_blocked(tid, &mask);
	return err != 0 ? err : put_user_u64(to, mask);
}

static long set_mask(int tid, size_t size, vaddr_t from)
{
	sigset_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user_u64(&mask, from) != 0)
		return -EFAULT;
	return ptrace_set_blocked(tid, mask);
}

#define PEEK_SHARED 1U

struct peek_args {
	uint64_t from;
	uint32_t flags;
	int32_t nr;
};

/* Copied one by one; what is there may change between. */
static long peek_queue(int tid, vaddr_t from, vaddr_t to)
{
	struct peek_args args;
	struct siginfo info;
	long n = 0, err = 0;

	if (copy_from_user(&args, from, sizeof(args)) != 0)
		return -EFAULT;
	if ((args.flags & ~PEEK_SHARED) || args.nr < 0)
		return -EINVAL;
	for (; n < args.nr; n++) {
		err = ptrace_peek_queue(tid, args.flags & PEEK_SHARED,
					args.from + (uint64_t)n, &info);
		if (err == 1)
			err = signal_put_info(to + (uint64_t)n * SIGINFO_SIZE,
					      &info);
		else if (err == 0)
			break;
		if (err != 0 || !block_go_on())
			break;
	}
	return n > 0 ? n : err;
}

/* ---- to go on ---- */

static long resume(int tid, bool calls, unsigned long sig)
{
	return sig > NSIG ? -EIO : ptrace_resume(tid, calls, (int)sig);
}

static long detach(int tid, unsigned long sig)
{
	return sig > NSIG ? -EIO : ptrace_detach(tid, (int)sig);
}

static long seize(int tid, unsigned long addr, unsigned long options)
{
	if (addr != 0 || (options & ~(unsigned long)PTRACE_O_MASK))
		return -EIO;
	return ptrace_attach(tid, true, (uint32_t)options);
}

static long set_options(int tid, unsigned long options)
{
	if (options & ~(unsigned long)PTRACE_O_MASK)
		return -EINVAL;
	return ptrace_set_options(tid, (uint32_t)options);
}

static long get_message(int tid, vaddr_t to)
{
	uint64_t message;
	long err = ptrace_get_message(tid, &message);

	return err != 0 ? err : put_user_u64(to, message);
}

static long request_of_signals(long request, int tid, vaddr_t addr, uint64_t data)
{
	switch (request) {
	case PTRACE_SETOPTIONS:
		return set_options(tid, data);
	case PTRACE_GETEVENTMSG:
		return get_message(tid, data);
	case PTRACE_GETSIGINFO:
		return get_info(tid, data);
	case PTRACE_SETSIGINFO:
		return set_info(tid, data);
	case PTRACE_GETSIGMASK:
		return get_mask(tid, addr, data);
	case PTRACE_SETSIGMASK:
		return set_mask(tid, addr, data);
	case PTRACE_PEEKSIGINFO:
		return peek_queue(tid, addr, data);
	case PTRACE_LISTEN:
		return ptrace_listen(tid);
	default:
		return -EIO;
	}
}

/* Which is none, or not stopped, is said before anything else. */
static long request_of_stopped(long request, int tid, vaddr_t addr, uint64_t data)
{
	long err = ptrace_check(tid);

	if (err != 0)
		return err;
	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
		return peek(tid, addr, data);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return poke(tid, addr, data);
	case PTRACE_CONT:
		return resume(tid, false, data);
	case PTRACE_SYSCALL:
		return resume(tid, true, data);
	case PTRACE_DETACH:
		return detach(tid, data);
	case PTRACE_GETREGSET:
		return move_registers(tid, addr, data, false);
	case PTRACE_SETREGSET:
		return move_registers(tid, addr, data, true);
	case PTRACE_GET_SYSCALL_INFO:
		return get_syscall_info(tid, addr, data);
	default:
		return request_of_signals(request, tid, addr, data);
	}
}

/*
 * LACKS ptrace: what concerns `seccomp()`, `PTRACE_GET_RSEQ_CONFIGURATION`
 * and system calls that are dispatched to their program are `EIO`; threads
 * that another one ends do not stop once more.
 */
SYSCALL_4(ptrace, request, pid, addr, data)
{
	int tid = (int)pid;

	switch ((long)request) {
	case PTRACE_TRACEME:
		return ptrace_traceme();
	case PTRACE_ATTACH:
		return ptrace_attach(tid, false, 0);
	case PTRACE_SEIZE:
		return seize(tid, addr, data);
	case PTRACE_KILL:
		return ptrace_kill(tid);
	case PTRACE_INTERRUPT:
		return ptrace_interrupt(tid);
	default:
		return request_of_stopped((long)request, tid, addr, data);
	}
}
