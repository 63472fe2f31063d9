"""What a hart has in its registers: trapframe, csr; and a program's symbols."""
import pathlib

import gdb

import look

SYMBOLS = pathlib.Path(__file__).resolve().parents[2] / "build/symbols"
INTERRUPTS = {1: "software (an IPI)", 5: "timer", 9: "external (a device)"}
EXCEPTIONS = ["fetch misaligned", "fetch access fault", "illegal instruction", "breakpoint",
              "load misaligned", "load access fault", "store misaligned", "store access fault",
              "system call", "call from the kernel", "reserved", "call from the firmware",
              "fetch page fault", "load page fault", "reserved", "store page fault"]
REGISTERS = ("pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 "
             "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()


def cause_text(cause):
    if cause == (1 << 64) - 1:
        return "a system call, whose signals were seen to"
    if cause >> 63:
        return "interrupt: " + INTERRUPTS.get(cause & 0xff, str(cause & 0xff))
    return EXCEPTIONS[cause] if cause < len(EXCEPTIONS) else f"cause {cause:#x}"


def status_text(status):
    """sstatus: where it came from, and whether interrupts are on."""
    return (f"{'kernel' if status >> 8 & 1 else 'user'} before the trap, "
            f"interrupts {'on' if status >> 1 & 1 else 'off'} now, "
            f"{'on' if status >> 5 & 1 else 'off'} after it")


class Trapframe(look.Command):
    """trapframe [TID]: what a thread's registers were in user mode when it came into the kernel."""

    def show(self, argument):
        thread = look.find_thread(argument) if argument else \
            look.thread_on(look.hart_of(self.selected))
        if thread is None:
            print(f"no thread {argument}: `tasks` shows them" if argument else "no thread runs here")
        elif int(thread["proc"]) == 0:
            print(f"{look.describe(thread)}: it lives in the kernel")
        else:
            self.frame(thread)

    def frame(self, thread):
        frame_type = gdb.lookup_type("struct trapframe")
        top = int(thread["arch"]["kstack_top"])
        frame = gdb.Value(top - frame_type.sizeof).cast(frame_type.pointer()).dereference()
        print(f"{look.describe(thread)}: {cause_text(int(frame['cause']))}; "
              f"{status_text(int(frame['status']))}")
        for n in range(0, len(REGISTERS), 4):
            print("  " + "  ".join(f"{name:3} {int(frame[name]):016x}" for name in REGISTERS[n:n + 4]))


class Csr(gdb.Command):
    """csr: the supervisor's control registers of the selected hart, in words."""

    def __init__(self):
        super().__init__("csr", gdb.COMMAND_STATUS)

    def invoke(self, *_):
        status, cause, satp = (look.number(f"${name}") for name in ("sstatus", "scause", "satp"))
        print(f"sstatus  {status:#018x}  {status_text(status)}")
        print(f"scause   {cause:#018x}  of the last trap: {cause_text(cause)}")
        for name, what in (("sepc", "where that was"), ("stval", "its address or instruction"),
                           ("stvec", "where traps go"), ("sscratch", "user mode: the trapframe")):
            print(f"{name:8} {look.number('$' + name):#018x}  {what}")
        print(f"satp     {satp:#018x}  " + (
            f"{look.mode_of(satp)}, ASID {satp >> 44 & 0xffff}, root table {(satp & (1 << 44) - 1) << 12:#x}"
            if satp else "paging is off"))
        for name, what in (("sie", "interrupts that are enabled"), ("sip", "that are pending")):
            bits = look.number("$" + name)
            words = [text for bit, text in INTERRUPTS.items() if bits >> bit & 1]
            print(f"{name:8} {bits:#018x}  {what}: {', '.join(words) or 'none'}")


class Program(gdb.Command):
    """program NAME: the symbols of a program, as in `program tests/stress/dirtycow`."""

    def __init__(self):
        super().__init__("program", gdb.COMMAND_FILES, gdb.COMPLETE_SYMBOL)

    def invoke(self, argument, _):
        path = SYMBOLS / argument.strip().lstrip("/")
        if not argument.strip() or not path.is_file():
            print(f"no {path}: a program of drover's, as it is named in the image; `make image` builds them")
        else:
            gdb.execute(f"add-symbol-file {path}", to_string=True)
            print(f"symbols of {argument.strip()}")
