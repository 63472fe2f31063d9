"""What lab tour asks for, found as a student would: breakpoints, registers, a walk.

tools/tour.py has gdb read this beside drover.py, with the machine stopped
before its first instruction.  A line "KEY: VALUE" for each answer.
"""
import gdb

import look
import memory


def tell(key, number):
    print(f"{key}: {number:#x}", flush=True)


def stop_at(name):
    gdb.Breakpoint(name, temporary=True, internal=True)
    gdb.execute("continue", to_string=True)


def first_start():
    """The first call of HSM: where does a hart begin?  Which one that is, the
    firmware's lottery decides."""
    stop_at("sbi_hart_start")
    tell("begins", look.number("entry"))


def walk(address):
    """(index, entry) from the root down to the leaf."""
    satp = look.number("$satp")
    table = (satp & (1 << 44) - 1) << look.PAGE_SHIFT
    for level in reversed(range(look.levels_of(satp))):
        index = address >> look.PAGE_SHIFT + 9 * level & 511
        entry = look.number(f"*(unsigned long *){table + 8 * index + look.DIRECT_MAP:#x}")
        yield index, entry
        if memory.is_leaf(entry):
            return
        table = memory.target_of(entry)


def first_call():
    """The first system call of process 1, its stack and its instruction."""
    stop_at("syscall_lab")
    pc = look.number("f->pc")
    tell("call", look.number("f->a7"))
    tell("behind", look.number("f->pc"))
    for number, (index, _) in zip((2, 1, 0), walk(look.number("f->sp"))):
        tell(f"stack{number}", index)
    *_, (_, leaf) = walk(look.number("f->pc"))
    tell("frame", memory.target_of(leaf))


gdb.execute("set pagination off")
gdb.execute("set confirm off")
first_start()
first_call()
gdb.execute("kill")
