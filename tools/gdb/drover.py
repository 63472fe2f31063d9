"""Commands for gdb that know drover's structures; `make gdb` loads them.

    harts            what each hart runs
    tasks            the tree of processes, with their threads
    pagetable VA     the walk of VA from each level's entry
    page POINTER     what a struct page says of its frame
"""
import gdb

DIRECT_MAP = 0xffffffc000000000
PTE_FLAGS = "VRWXUGADC"         # C: copy-on-write, drover's own bit


def value(expression):
    return gdb.parse_and_eval(expression)


def enum_name(number, enum):
    for field in gdb.lookup_type("enum " + enum).fields():
        if field.enumval == int(number):
            return field.name.split("_", 1)[1].lower()
    return str(int(number))


def members(head, struct, link):
    """The structs on a list, from its head (a struct list)."""
    struct_type = gdb.lookup_type("struct " + struct)
    offset = next(f.bitpos // 8 for f in struct_type.fields() if f.name == link)
    node = head["next"]
    while int(node) != int(head.address):
        address = int(node) - offset
        yield gdb.Value(address).cast(struct_type.pointer()).dereference()
        node = node["next"]


def describe(thread):
    name, tid = thread["name"].string(), int(thread["tid"])
    return f"{name or '-'} (tid {tid}), {enum_name(thread['state'], 'thread_state')}"


class Harts(gdb.Command):
    """harts: what each hart runs, and in which address space."""

    def __init__(self):
        super().__init__("harts", gdb.COMMAND_STATUS)

    def invoke(self, *_):
        thread_type = gdb.lookup_type("struct thread").pointer()
        for number in range(int(value("nr_harts"))):
            hart = value(f"harts[{number}]")
            if int(hart["current"]) == 0:
                print(f"{number:2}: nothing yet")
                continue
            thread = hart["current"].cast(thread_type).dereference()
            asid = int(hart["tlb"]["asid"]) if int(hart["tlb"]) else "-"
            pending = int(hart["ipi_pending"])
            print(f"{number:2}: {describe(thread)}, asid {asid}, ipi_pending {pending:#x}")


class Tasks(gdb.Command):
    """tasks: the tree of processes, and the threads of each."""

    def __init__(self):
        super().__init__("tasks", gdb.COMMAND_STATUS)

    def invoke(self, *_):
        if int(value("init_proc")) == 0:
            print("none yet")
        else:
            self.show(value("init_proc").dereference(), 0)

    def show(self, proc, depth):
        indent = "  " * depth
        state = enum_name(proc["state"], "proc_state")
        print(f"{indent}process {int(proc['pid'])}, group {int(proc['pgid'])}, {state}")
        for thread in members(proc["threads"], "thread", "proc_link"):
            print(f"{indent}  {describe(thread)}, hart {int(thread['hart'])}")
        for child in members(proc["children"], "proc", "sibling"):
            self.show(child, depth + 1)


class PageTable(gdb.Command):
    """pagetable VA: the entries that translate VA on the selected hart."""

    def __init__(self):
        super().__init__("pagetable", gdb.COMMAND_DATA)

    def invoke(self, argument, _):
        address = int(value(argument)) & (1 << 64) - 1
        table = (int(value("$satp")) & (1 << 44) - 1) << 12
        for level in (2, 1, 0):
            index = address >> 12 + 9 * level & 511
            pointer = f"*(unsigned long *){table + 8 * index + DIRECT_MAP:#x}"
            entry = int(value(pointer))
            flags = "".join(c if entry >> n & 1 else "-" for n, c in enumerate(PTE_FLAGS))
            table = (entry >> 10 & (1 << 44) - 1) << 12
            print(f"level {level} [{index:3}]: {entry:#018x} {flags} -> {table:#x}")
            if not entry & 1 or entry & 0xe:
                break


class Page(gdb.Command):
    """page POINTER: what a struct page says, and where the kernel sees its bytes."""

    def __init__(self):
        super().__init__("page", gdb.COMMAND_DATA)

    def invoke(self, argument, _):
        page = value(argument)
        frame = int(page - value("page_array")) << 12
        print(f"frame {frame:#x}: {enum_name(page['kind'], 'page_kind')}, "
              f"references {int(page['refs']['count'])}, bytes at {frame + DIRECT_MAP:#x}")


Harts()
Tasks()
PageTable()
Page()
