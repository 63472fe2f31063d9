"""What is mapped where: pagetable, page, vmas, mappers."""
import struct

import gdb

import look

PTE_FLAGS = "VRWXUGADC"         # C: copy-on-write, drover's own bit
ENTRIES = struct.Struct("<512Q")
USER_ROOTS = 256                # entries of a root table below the kernel's half
VMA_READ, VMA_WRITE, VMA_EXEC, VMA_SHARED = 1, 2, 4, 8


def flags_of(entry):
    return "".join(c if entry >> n & 1 else "-" for n, c in enumerate(PTE_FLAGS))


def target_of(entry):
    return (entry >> 10 & (1 << 44) - 1) << look.PAGE_SHIFT


def is_leaf(entry):
    return bool(entry & 0xe)


class PageTable(look.Command):
    """pagetable VA: the entries that translate VA on the selected hart."""

    def __init__(self):
        super().__init__(gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        self.address = int(look.asked(argument)) & (1 << 64) - 1    # of the selected frame
        self.root = (look.number("$satp") & (1 << 44) - 1) << look.PAGE_SHIFT
        super().invoke(argument, from_tty)

    def show(self, _):
        if self.root == 0:
            print("this hart translates nothing: its satp is 0")
            return
        table = self.root
        for level in reversed(range(look.levels_of(look.number("$satp")))):
            index = self.address >> look.PAGE_SHIFT + 9 * level & 511
            entry = look.number(f"*(unsigned long *){table + 8 * index + look.DIRECT_MAP:#x}")
            table = target_of(entry)
            print(f"level {level} [{index:3}]: {entry:#018x} {flags_of(entry)} -> {table:#x}")
            if not entry & 1 or is_leaf(entry):
                break


def frame_of(page):
    return int(page - look.value("page_array"))


def page_of(argument):
    """A struct page, by an expression of the selected frame."""
    page = look.asked(argument)
    return page if page.type.code == gdb.TYPE_CODE_PTR else page.address


class PageCommand(look.Command):
    """One about a struct page."""

    def __init__(self):
        super().__init__(gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError(f"{type(self).__name__.lower()}: of which struct page *?")
        self.page = page_of(argument)
        super().invoke(argument, from_tty)


class Page(PageCommand):
    """page POINTER: what a struct page says, and where the kernel sees its bytes; $bytes is that."""

    def show(self, _):
        frame = frame_of(self.page) << look.PAGE_SHIFT
        print(f"frame {frame:#x}: {look.enum_name(self.page['kind'], 'page_kind')}, "
              f"references {int(self.page['refs']['count'])}, bytes at {frame + look.DIRECT_MAP:#x}")
        bytes_type = gdb.lookup_type("char").pointer()
        gdb.set_convenience_variable("bytes", gdb.Value(frame + look.DIRECT_MAP).cast(bytes_type))


def read_table(address):
    """The 512 entries of the table in that frame."""
    return ENTRIES.unpack(gdb.selected_inferior().read_memory(address + look.DIRECT_MAP, 4096))


def leaves(root):
    """(virtual address, entry) of all that a root table maps for its user."""
    for top, upper in enumerate(read_table(root)[:USER_ROOTS]):
        for middle, lower in enumerate(read_table(target_of(upper)) if upper & 1 else ()):
            for bottom, entry in enumerate(read_table(target_of(lower)) if lower & 1 else ()):
                if entry & 1:
                    yield (top << 18 | middle << 9 | bottom) << look.PAGE_SHIFT, entry


def address_spaces():
    """(struct mm, the processes that share it)."""
    found = {}
    for proc in look.processes():
        if int(proc["mm"]):
            found.setdefault(int(proc["mm"]), (proc["mm"].dereference(), []))[1].append(proc)
    return found.values()


class Mappers(PageCommand):
    """mappers POINTER: which address spaces map the page of a struct page, and where."""

    def show(self, _):
        frame, seen = frame_of(self.page), 0
        for mm, procs in address_spaces():
            names = ", ".join(str(int(p["pid"])) for p in procs)
            for address, entry in leaves(int(mm["root"]) - look.DIRECT_MAP):
                if target_of(entry) >> look.PAGE_SHIFT == frame:
                    print(f"process {names}: {address:#x} {flags_of(entry)}")
                    seen += 1
        print(f"{seen} entries map it; its references are {int(self.page['refs']['count'])}")


def trees_of(mm):
    """The address space's own, and those of its windows that are open."""
    yield mm["vmas"]
    windows = mm["windows"]
    for i in range(int(windows["nr"]) if int(windows) else 0):
        if int(windows["open"]) >> i & 1:
            yield windows["window"][i]["vmas"]


class Vmas(look.Command):
    """vmas [PID]: what a process has mapped; without PID the one that runs on the selected hart."""

    def show(self, argument):
        proc = self.process(argument)
        if proc is None:
            print(f"no process {argument}: `tasks` shows them" if argument else "no process runs here")
        elif int(proc["mm"]) == 0:
            print("it has no memory any more")
        else:
            for tree in trees_of(proc["mm"].dereference()):
                for node in look.in_order(tree["root"]["node"]):
                    self.line(look.container(node, "vma", "node"))

    def process(self, argument):
        if argument:
            pid = int(look.asked(argument))
            return next((p for p in look.processes() if int(p["pid"]) == pid), None)
        thread = look.thread_on(look.hart_of(self.selected))
        return thread["proc"].dereference() if thread is not None and int(thread["proc"]) else None

    def line(self, vma):
        flags = int(vma["flags"])
        rights = "".join(c if flags & bit else "-" for c, bit in
                         (("r", VMA_READ), ("w", VMA_WRITE), ("x", VMA_EXEC)))
        kind = "anonymous"
        if int(vma["pagecache"]):
            kind = f"page cache {int(vma['pagecache']):#x} from {int(vma['offset']):#x}"
        print(f"{int(vma['start']):#012x}-{int(vma['end']):#012x} "
              f"{rights}{'s' if flags & VMA_SHARED else 'p'} {kind}, vma {int(vma.address):#x}")
