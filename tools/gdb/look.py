"""What all commands of drover.py need: drover's structures, and a way to them.

A hart sees the kernel's memory when it runs the kernel with paging on.  The
selected one may be in the firmware or in a program; then a command looks
through another hart, and says one line when there is none.
"""
import gdb

DIRECT_MAP = 0xffffffc000000000
PAGE_SHIFT = 12
EARLY = "paging is not on yet: `tbreak boot_main`, then `continue`"
AWAY = "no hart is in the kernel now: let it `continue` a moment, or `break trap_dispatch`"


def value(expression):
    return gdb.parse_and_eval(expression)


def number(expression):
    """Of a register, too: as the machine has it, without a sign."""
    return int(value(expression)) & (1 << 64) - 1


def asked(expression):
    """The value of what a user has typed; gdb's own word for what is wrong with it."""
    try:
        found = value(expression)
        found.fetch_lazy()
        return found
    except gdb.error as error:
        raise gdb.GdbError(str(error)) from None


def sees_kernel():
    try:
        value("nr_harts").fetch_lazy()
        return True
    except gdb.MemoryError:
        return False


def seeing_thread():
    """A hart, as gdb's thread, that sees the kernel; the selected one if it can."""
    selected = gdb.selected_thread()
    others = [t for t in gdb.selected_inferior().threads() if t.num != selected.num]
    for thread in [selected, *others]:
        thread.switch()
        if sees_kernel():
            return thread
    return None


def levels_of(satp):
    """How many levels the page tables have: Sv39 is mode 8, Sv48 9, Sv57 10."""
    return (satp >> 60) - 5


def mode_of(satp):
    return f"Sv{12 + 9 * levels_of(satp)}"


def is_early():
    """Of the selected hart: it does not translate addresses yet."""
    return number("$satp") == 0


class Command(gdb.Command):
    """One whose show() may read the kernel's memory."""

    def __init__(self, kind=gdb.COMMAND_STATUS):
        super().__init__(type(self).__name__.lower(), kind)

    def invoke(self, argument, _):
        selected, frame = gdb.selected_thread(), gdb.selected_frame()
        self.early, self.selected = is_early(), selected.num
        try:
            if sees_kernel() or seeing_thread():
                self.show(argument)
            else:
                print(EARLY if self.early else AWAY)
        except gdb.MemoryError as error:
            print(f"{error}: that is no memory of the kernel")
        finally:
            if gdb.selected_thread().num != selected.num:
                selected.switch()
                frame.select()


# ---- structures ----

def enum_name(number_, enum):
    for field in gdb.lookup_type("enum " + enum).fields():
        if field.enumval == int(number_):
            return field.name.split("_", 1)[1].lower()
    return str(int(number_))


def container(address, struct, field):
    """The struct whose field is at that address."""
    struct_type = gdb.lookup_type("struct " + struct)
    offset = next(f.bitpos // 8 for f in struct_type.fields() if f.name == field)
    return gdb.Value(int(address) - offset).cast(struct_type.pointer()).dereference()


def members(head, struct, link):
    """The structs on a list, from its head (a struct list)."""
    node = head["next"]
    while int(node) != int(head.address):
        yield container(node, struct, link)
        node = node["next"]


def in_order(node):
    """The nodes of an AVL tree, leftmost first."""
    if int(node):
        yield from in_order(node["left"])
        yield node
        yield from in_order(node["right"])


def symbol_at(address):
    """A word for an address of code or data: its symbol, else its number."""
    text = gdb.execute(f"info symbol {int(address):#x}", to_string=True)
    return f"{int(address):#x}" if text.startswith("No symbol") else text.split(" in section")[0].strip()


# ---- harts, threads, processes ----

def harts():
    return [value(f"harts[{n}]") for n in range(int(value("nr_harts")))]


def hart_of(gdb_number):
    """The struct hart of gdb's thread: QEMU counts them as the firmware does, from 1."""
    return next((h for h in harts() if int(h["hartid"]) == gdb_number - 1), None)


def thread_on(hart):
    """The struct thread that the hart runs, or None."""
    if hart is None or int(hart["current"]) == 0:
        return None
    return hart["current"].cast(gdb.lookup_type("struct thread").pointer()).dereference()


def describe(thread):
    name, tid = thread["name"].string(), int(thread["tid"])
    return f"{name or '-'} (tid {tid}), {enum_name(thread['state'], 'thread_state')}"


def processes():
    """All, parents first."""
    first = value("init_proc")
    found = [first.dereference()] if int(first) else []
    for proc in found:
        found += members(proc["children"], "proc", "sibling")
    return found


def threads():
    return [t for p in processes() for t in members(p["threads"], "thread", "proc_link")]


def find_thread(typed):
    tid = int(asked(typed))
    found = [t for t in threads() if int(t["tid"]) == tid]
    return found[0] if found else None
