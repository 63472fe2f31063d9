"""Read drover's trace (kernel/debug/trace.c) from a file of the guest's memory,
and make of its events what happened: slices, moments and arrows.

    trace = traceread.read("build/lab/kernel.elf", "build/trace/ram")
    story = traceread.Story(trace)

A slice is something that a hart did for a while, and may lie inside another
one: a thread ran, made a system call, took a fault, waited for a lock.  A
moment has no length.  An arrow says that one hart's act was seen by another:
an interrupt was taken, a shootdown acknowledged, a thread woken.
"""
import bisect
import collections
import dataclasses
import pathlib
import re
import struct
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
RAM_BASE = 0x80000000
DIRECT_MAP_BASE = 0xffffffc000000000
HEADER = struct.Struct("<8sQQQQ160s")       # struct of kernel/debug/trace.c
RING = struct.Struct("<QQQ")                # kernel/debug/ring.h
EVENT = struct.Struct("<QBBHiQQ")
MAX_HARTS = 64
COMMENT = re.compile(r"/\*.*?\*/", re.S)


# ---- names, from the tables the kernel was built of ----

def table(path, pattern):
    return re.findall(pattern, COMMENT.sub("", (TOP / "kernel" / path).read_text()), re.M)


EVENTS = [name for name, *_ in table("debug/events.def", r'^EVENT\((\w+),\s*(\w+),\s*"')]
SHOWS = {name: show for name, show in table("debug/events.def", r'^EVENT\((\w+),\s*(\w+),\s*"')}
POINTS = ["none", *table("debug/points.def", r"^POINT\((\w+),")]
RANKS = table("sync/ranks.h", r"^\s*X\((\w+),\s*(?:true|false),")
SYSCALLS = {int(nr): (name, len(arguments)) for nr, name, arguments in
            table("syscall/table.def", r'^SYSCALL\(\s*(\d+),\s*(\w+),\s*"(\w*)"')}
IPIS = ["tlb", "resched", "stop", "fence"]
ACCESSES = ["read", "write", "run"]


def places_of_points():
    """{race point: (file:line, what it names)}"""
    meaning = dict(re.findall(r'^POINT\((\w+),\s*"([^"]*)"',
                              (TOP / "kernel/debug/points.def").read_text(), re.M))
    found = {}
    for path in sorted((TOP / "kernel").rglob("*.[chS]")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if (at := re.search(r"race_point\((\w+),", line)) and at[1] in meaning:
                found.setdefault(at[1], (f"{path.relative_to(TOP)}:{number}", meaning[at[1]]))
    return found


def name_of(names, number):
    return names[number] if number < len(names) else f"{number}"


# ---- the rings ----

@dataclasses.dataclass
class Event:
    us: float           # since the first event
    name: str
    hart: int
    tid: int
    a: int
    b: int


@dataclasses.dataclass
class Trace:
    events: list        # by time
    harts: int
    why: str            # the text of the stop, or ""
    lost: dict          # of each hart: events that were overwritten


def symbol(kernel, name):
    listing = subprocess.run(["nm", kernel], capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^([0-9a-f]+) \w {name}$", listing, re.M)
    if not found:
        raise SystemExit(f"trace: {kernel} has no {name}: is it the lab kernel?")
    return int(found[1], 16)


class Memory:
    def __init__(self, path):
        self.file = open(path, "rb")

    def read(self, address, size):
        self.file.seek(address - DIRECT_MAP_BASE - RAM_BASE)
        return self.file.read(size)


def read_ring(memory, ring):
    """The events of one ring, oldest first: (ticks, id, hart, times, tid, a, b)."""
    written, size, address = RING.unpack(ring)
    if not address:
        return [], 0
    raw = memory.read(address, size * EVENT.size)
    events = list(EVENT.iter_unpack(raw))
    first = max(0, written - size + 1)
    return [events[n % size] for n in range(first, written)], first


def read(kernel, path):
    memory = Memory(path)
    address = symbol(kernel, "trace_header")
    magic, hz, _, enabled, _, why = HEADER.unpack(memory.read(address, HEADER.size))
    if magic != b"DROVTRAC" or not enabled:
        raise SystemExit(f"trace: {path} has no trace: the kernel did not come that far")
    raw, lost = [], {}
    for hart in range(MAX_HARTS):
        ring = memory.read(address + HEADER.size + hart * RING.size, RING.size)
        events, lost[hart] = read_ring(memory, ring)
        raw += events
    raw = [fields for fields in raw if fields[1] < len(EVENTS)]
    raw.sort(key=lambda fields: fields[0])
    start = raw[0][0] if raw else 0
    events = [Event((ticks - start) * 1e6 / hz, EVENTS[number], hart, tid, a, b)
              for ticks, number, hart, _, tid, a, b in raw]
    harts = struct.unpack("<I", memory.read(symbol(kernel, "nr_harts"), 4))[0]
    return Trace(events, harts,
                 why.split(b"\0")[0].decode(errors="replace"), lost)


# ---- what happened ----

@dataclasses.dataclass
class Slice:
    hart: int
    start: float
    end: float
    depth: int          # 0: a thread runs
    kind: str           # run, idle, syscall, fault, lock, shoot, wait
    text: str
    tid: int
    more: str = ""
    times: int = 1


@dataclasses.dataclass
class Moment:
    hart: int
    us: float
    kind: str           # point, passes, flush, ipi, cow, wake, start, exit, name, mark, crime
    text: str
    tid: int
    more: str = ""
    key: str = ""       # what a race point is about


@dataclasses.dataclass
class Arrow:
    kind: str           # ipi, ack, wake
    hart: int
    us: float
    to_hart: int
    to_us: float


@dataclasses.dataclass
class Open:
    kind: str
    start: float        # since it is shown: the thread may have moved
    text: str
    more: str
    arguments: int = 0      # of a system call: those that are still to come


BLOCKED = (3,)              # of enum thread_state: what a thread is that has gone to sleep
ENDS = {"syscall_end": "syscall", "fault_end": "fault", "lock_got": "lock",
        "shoot_end": "shoot", "goes_on": "wait", "gives_up": "wait"}
PAGE_KINDS = ["reserved", "free", "the kernel's", "of objects", "a page table", "anonymous",
              "a file's, of the page cache", "the zero page"]
FAULT_RESULTS = ["ok", "no mapping", "no right", "beyond the end", "no memory"]


def harts_of(bits):
    return ", ".join(str(h) for h in range(MAX_HARTS) if bits >> h & 1)


def begin_text(e):
    """Of an event that begins a slice: kind, text, more; else None."""
    if e.name == "syscall":
        name, n = SYSCALLS.get(e.a, (f"call {e.a}", 0))
        return "syscall", name, f"arguments {e.b:#x}" if n else "no arguments"
    if e.name == "fault":
        return "fault", f"fault {name_of(ACCESSES, e.b)}", f"address {e.a:#x}"
    if e.name == "lock_wait":
        return "lock", f"wait for {name_of(RANKS, e.a)}", f"lock {e.b:#x}"
    if e.name == "shoot":
        return ("shoot", f"shootdown to {harts_of(e.b)}",
                f"{e.a & ~4095:#x}, pages: {e.a & 4095}")
    if e.name == "waits":
        return ("wait", f"until {name_of(POINTS, e.b)}",
                f"at race point {name_of(POINTS, e.a)}")
    if e.name == "held":
        return "wait", "held up", f"at race point {name_of(POINTS, e.a)}, for {e.b} us"
    return None


def arguments_after_first(e):
    return max(0, SYSCALLS.get(e.a, ("", 0))[1] - 1) if e.name == "syscall" else 0


def moment_of(e):
    """Of an event without length: kind, text, more; else None."""
    if e.name in ("point", "passes"):
        return e.name, name_of(POINTS, e.a), f"key {e.b:#x}"
    if e.name == "flush":
        return "flush", "flush", f"address space {e.a}, generation {e.b}"
    if e.name == "ipi_send":
        return "ipi", f"IPI {name_of(IPIS, e.a)} to {e.b}", ""
    if e.name == "ipi_take":
        return "ipi", f"IPI {name_of(IPIS, e.a)} taken", ""
    if e.name == "cow_copy":
        return "cow", "copy mapped", f"entry {e.a:#x}, pages {e.b:#b}"
    if e.name == "cow_reuse":
        return "cow", "page reused", f"entry {e.a:#x}"
    if e.name == "wake":
        return "wake", f"wakes {e.a}", f"it ran on hart {e.b}"
    if e.name == "wake_drop":
        return "wake", f"{e.a} is awake", "so this wake does nothing"
    if e.name == "foreign":
        return ("crime", "writes into a page not its own",
                f"the kernel writes into page {e.a:#x}, {name_of(PAGE_KINDS, e.b)}: the entry does not "
                "allow it, and others use that page")
    if e.name == "start":
        return "start", f"starts {e.a}", "a thread" if e.b else "a process"
    if e.name == "exit":
        return "exit", "exits", ""
    if e.name == "name":
        return "name", thread_name(e), ""
    return None


def key_of(e):
    return f"{e.b:x}" if e.name in ("point", "passes") and e.b else ""


def thread_name(e):
    return struct.pack("<QQ", e.a, e.b).split(b"\0")[0].decode(errors="replace")


class Story:
    def __init__(self, trace):
        self.trace = trace
        self.slices, self.moments, self.arrows = [], [], []
        self.names = {0: "idle"}
        self.end = trace.events[-1].us if trace.events else 0
        self.mark = None
        self.on = {}            # hart: (tid, since)
        self.open = collections.defaultdict(list)   # tid or idle hart: Opens
        for e in trace.events:
            self.take(e)
        for hart in list(self.on):
            self.leave(hart, self.end)
        self.slices.sort(key=lambda s: (s.hart, s.start, s.depth))
        self.merge_loops()
        self.find_arrows()
        self.find_dropped_wakes()
        self.find_frame()
        self.moments.sort(key=lambda m: m.us)

    # A thread's open slices move with it; idle threads, all 0, stay at home.
    def stack(self, hart, tid):
        return self.open[tid if tid else ("idle", hart)]

    def show(self, hart, tid, depth, o, end):
        self.slices.append(Slice(hart, o.start, end, depth, o.kind, o.text, tid, o.more))

    def leave(self, hart, us):
        tid, since = self.on.pop(hart)
        for depth, o in enumerate(self.stack(hart, tid), 1):
            self.show(hart, tid, depth, o, us)
        self.slices.append(Slice(hart, since, us, 0, "run" if tid else "idle",
                                 str(tid) if tid else "idle", tid))

    def enter(self, hart, tid, us):
        self.on[hart] = tid, us
        for o in self.stack(hart, tid):
            o.start = us

    def take(self, e):
        if self.on.get(e.hart, (None,))[0] != e.tid:        # the first, or some were lost
            if e.hart in self.on:
                self.leave(e.hart, e.us)
            self.enter(e.hart, e.tid, e.us)
        stack = self.stack(e.hart, e.tid)
        if begin := begin_text(e):
            if e.name == "syscall":     # one that does not return leaves things behind
                stack.clear()
            kind, text, more = begin
            stack.append(Open(kind, e.us, text, more, arguments_after_first(e)))
        elif e.name == "syscall_args":
            self.add_arguments(e, stack)
        elif e.name in ENDS:
            self.finish(e, stack)
        elif e.name == "switch":
            self.leave(e.hart, e.us)
            self.enter(e.hart, e.a, e.us)
        elif e.name == "mark":
            self.mark = e
            self.moments.append(Moment(e.hart, e.us, "mark", self.trace.why, e.tid))
        elif moment := moment_of(e):
            kind, text, more = moment
            self.moments.append(Moment(e.hart, e.us, kind, text, e.tid, more, key_of(e)))
        if e.name == "name":
            self.names[e.tid] = thread_name(e)
        elif e.name == "start":
            self.names.setdefault(e.a, self.names.get(e.tid, ""))
        elif e.name == "exit":
            stack.clear()

    def add_arguments(self, e, stack):
        """Of the two words those that the call has."""
        o = stack[-1] if stack else None
        if o and o.kind == "syscall":
            o.more += "".join(f", {word:#x}" for word in (e.a, e.b)[:o.arguments])
            o.arguments -= 2

    def finish(self, e, stack):
        kind = ENDS[e.name]
        if kind not in (o.kind for o in stack):
            return                      # it began before the ring did
        while True:
            o, depth = stack.pop(), len(stack) + 1
            if o.kind == kind:
                break
        if kind == "syscall":
            result = e.a - (e.a >> 63 << 64)
            o.more += f"; result {result}" if -4096 < result < 65536 else f"; result {e.a:#x}"
        elif kind == "fault":
            o.more += f"; {name_of(FAULT_RESULTS, e.a)}"
        elif kind == "wait":
            o.more += "; passed" if e.name == "goes_on" else "; nobody came"
        self.show(e.hart, e.tid, depth, o, e.us)

    def merge_loops(self):
        """A loop of one system call, in which nothing else happens, is one slice."""
        kept, moments = [], collections.defaultdict(list)
        for m in self.moments:
            moments[m.hart].append(m.us)
        for s in self.slices:
            last = kept[-1] if kept else None
            if last and s.kind == last.kind == "syscall" and \
                    (s.hart, s.tid, s.text) == (last.hart, last.tid, last.text) and \
                    bisect.bisect_left(moments[s.hart], last.start) == \
                    bisect.bisect_right(moments[s.hart], s.end):
                last.end, last.times = s.end, last.times + 1
            else:
                kept.append(s)
        self.slices = kept

    # ---- arrows ----

    def find_arrows(self):
        events = self.trace.events
        takes = collections.defaultdict(list)       # what ends an arrow, by time
        for e in events:
            if e.name == "ipi_take":
                takes["ipi", e.hart, e.a].append(e)
            elif e.name == "switch" and e.a:
                takes["run", e.a].append(e)
        for e in events:
            if e.name == "ipi_send":
                self.arrow("ipi", e, takes["ipi", e.b, e.a])
            elif e.name in ("wake", "start"):
                self.arrow("wake", e, takes["run", e.a])
        self.find_acks(events)

    def arrow(self, kind, e, ends):
        n = bisect.bisect_left(ends, e.us, key=lambda end: end.us)
        if n < len(ends):
            self.arrows.append(Arrow(kind, e.hart, e.us, ends[n].hart, ends[n].us))

    def find_acks(self, events):
        """From each flush that a shootdown waited for to its end."""
        begun, flushes = {}, collections.defaultdict(list)
        for e in events:
            if e.name == "shoot":
                begun[e.tid] = e
            elif e.name == "flush":
                flushes[e.a].append(e)
                del flushes[e.a][:-64]
            elif e.name == "shoot_end" and e.tid in begun:
                shoot = begun.pop(e.tid)
                for f in flushes[e.a]:
                    if f.us >= shoot.us and f.b >= e.b and shoot.b >> f.hart & 1:
                        self.arrows.append(Arrow("ack", f.hart, f.us, e.hart, e.us))

    # ---- crimes that only the end shows ----

    def find_dropped_wakes(self):
        """A thread slept until the end, and no wake came: one had come just before its last
        sleep, when it was still awake or only about to sleep, and left nothing behind."""
        if not self.trace.why:
            return
        dropped, asleep = {}, set()
        for e in self.trace.events:
            if e.name in ("wake", "wake_drop"):
                dropped[e.a] = None if e.a in asleep else e
                asleep.discard(e.a)
            elif e.name == "switch" and e.tid and e.b in BLOCKED:
                asleep.add(e.tid)
            if e.name == "switch" and e.a:
                asleep.discard(e.a)
                dropped[e.a] = None
        for tid in asleep:
            if e := dropped.get(tid):
                self.crime(e, f"a wake for {tid} is dropped",
                           f"it was not asleep yet; it slept then, and nobody woke it again")

    def find_frame(self):
        """What was seen wrong names a page: who freed it last, and who took it again."""
        found = re.search(r"page (0x[0-9a-f]+)", self.trace.why)
        last = {}
        for e in self.trace.events:
            if found and e.name in ("frame_free", "frame_take") and e.a == int(found[1], 16):
                last[e.name] = e
        if e := last.get("frame_free"):
            self.crime(e, "frees the page", f"page {e.a:#x}, {name_of(PAGE_KINDS, e.b)}")
        if "frame_free" in last and (e := last.get("frame_take")) and e.us > last["frame_free"].us:
            self.crime(e, "takes the page again", f"page {e.a:#x}, now {name_of(PAGE_KINDS, e.b)}")

    def crime(self, e, text, more):
        self.moments.append(Moment(e.hart, e.us, "crime", text, e.tid, more))
