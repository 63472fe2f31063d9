"""Who runs, who waits: harts, tasks, runq, locks."""
import gdb

import look


class Harts(look.Command):
    """harts: what each hart runs, and in which address space."""

    def show(self, _):
        if not look.harts():
            print("none yet: `tbreak start_init`, then `continue`")
        for number, hart in enumerate(look.harts()):
            thread = look.thread_on(hart)
            if thread is None:
                print(f"{number:2}: nothing yet")
                continue
            asid = int(hart["tlb"]["asid"]) if int(hart["tlb"]) else "-"
            pending = int(hart["ipi_pending"])
            print(f"{number:2}: {look.describe(thread)}, asid {asid}, ipi_pending {pending:#x}")


class Tasks(look.Command):
    """tasks: the tree of processes, and the threads of each."""

    def show(self, _):
        if int(look.value("init_proc")) == 0:
            print("none yet")
        else:
            self.branch(look.value("init_proc").dereference(), 0)

    def branch(self, proc, depth):
        indent = "  " * depth
        state = look.enum_name(proc["state"], "proc_state")
        group = int(proc["group"]["pgid"]) if int(proc["group"]) else "-"
        print(f"{indent}process {int(proc['pid'])}, group {group}, {state}")
        for thread in look.members(proc["threads"], "thread", "proc_link"):
            print(f"{indent}  {look.describe(thread)}, hart {int(thread['hart'])}")
        for child in look.members(proc["children"], "proc", "sibling"):
            self.branch(child, depth + 1)


class Runq(look.Command):
    """runq: who is ready and waits for a hart, next first."""

    def show(self, _):
        for number, hart in enumerate(look.harts()):
            queue = look.value(f"runqs[{number}]")
            runs = look.thread_on(hart)
            print(f"{number:2}: runs {look.describe(runs) if runs is not None else 'nothing yet'}; "
                  f"{int(queue['nr_ready'])} ready")
            if int(queue["nr_ready"]):
                for thread in look.members(queue["ready"], "thread", "run_link"):
                    print(f"      {look.describe(thread)}")


class Locks(look.Command):
    """locks: what each thread holds and where it took it; what each hart spins for.  Not with PROFILE=release."""

    def show(self, _):
        try:
            self.waits()
        except gdb.error as error:
            if isinstance(error, gdb.MemoryError):
                raise
            print("this kernel does not keep account of its locks: PROFILE=debug or lab does")
            return
        running = [t for t in map(look.thread_on, look.harts()) if t is not None]
        kernel_threads = [t for t in running if int(t["proc"]) == 0]
        holders = [t for t in kernel_threads + look.threads() if int(t["held"]["nr"])]
        for thread in holders:
            self.held(thread)
        if not holders:
            print("no thread holds a lock")

    def held(self, thread):
        print(look.describe(thread) + " holds")
        for n in range(int(thread["held"]["nr"])):
            entry = thread["held"]["entry"][n]
            rank = str(entry["rank"]).removeprefix("RANK_")
            print(f"      {rank} {look.symbol_at(entry['lock'])}, taken at {look.symbol_at(entry['pc'])}")

    def waits(self):
        for number in range(len(look.harts())):
            wait = look.value(f"'lockwatch.c'::states[{number}].wait")
            if int(wait["lock"]):
                print(f"hart {number} spins for {look.symbol_at(wait['lock'])}")
            elif int(wait["site"]):
                print(f"hart {number} waits until {wait['site']['until'].string()}")
            elif int(wait["by"]):
                print(f"hart {number} waits for hart {int(wait['by']) - 1} to flush its TLB")
