#!/usr/bin/env python3
"""How deep a kernel stack can get, and that it is deep enough.

    check_stack.py BUILD [--show]

BUILD is a kernel's folder (build/lab): beside each object lies what gcc
-fcallgraph-info=su says of it: the frame of each function, and whom it calls.
What the compiler cannot know stands below, and the lab's kernel needs every line:

  ENTRIES     who is called by assembly or begins a thread
  OPERATIONS  a call through a structure: the functions that such structures
              are set to in the sources
  CALLBACKS   a call through another pointer: the functions it can lead to
  RECURSION   functions that may call themselves: how often, and why not more
  NOT_BY_INTERRUPTS  what is called only for traps of programs, by functions
              that serve both

What has to fit into a kernel stack is the deepest chain of a thread, on top of
it an interrupt, the registers that both begin with, and then still a panic.
A function whose frame is as large as a guard (kernel/arch/kstack.h), less
the registers of a trap, could step over it.
"""
import collections
import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
KERNEL = ROOT / "kernel"

ENTRIES = """boot_memory boot_main hart_arrived kthread_entry start_user_thread start_init
    syscall_lab sys_* syscall/*:sys_* trap_from_user trap_finish_work"""
INTERRUPT = "trap_from_kernel"
PANICS = {"panic", "panic_trap", "panic_stopped", "panic_no_room"}   # nothing comes back from there

# Not compiled from C; what of them uses the stack is a trap frame.
ASSEMBLY = {"switch_context", "return_to_user", "fpu_registers_save", "fpu_registers_load"}

# The text of the call, and the structure whose members it may reach.
OPERATIONS = {
    r"(f|file|ops)(->ops)?->\w+": "file_ops",
    r"[\w>.-]*\b(inode|dir|link)->ops->\w+": "inode_ops",
    r"[\w>-]*\bfs->ops->\w+": "filesystem_ops",
    r"(vma->pagecache|req\.pagecache|memory)->ops->\w+": "pagecache_ops",
    r"(s|sender|of|listener)->ops->\w+": "socket_ops",
    r"tree->ops->\w+": "radix_ops",
    r"m->kind->\w+": "notify_kind",
    r"d->ops->\w+": "disk_ops",
    r"m->store->ops->\w+": "store_ops",
    r"(o->)?(t|table)->kind->\w+|o->table->kind->\w+": "sysv_kind",
    r"(w\.)?kind->\w+": "sleep_kind",
    r"(tty->)?device->\w+": "tty_device",
    r"type->\w+": "filesystem_type",
}

CALLBACKS = {
    r"(sink->)?put|c->word_name": "fs/proc/drover.c:put_line print_line debug/trace.c:word_name",
    r"alloc_table|alloc_page": "page_alloc_boot",
    r"output": "uart_put firmware_put",
    r"out->sink": "fs/proc/text.c:sink lib/printf.c:buffer_put init/panic.c:put_text fs/proc/trace.c:put",
    r"ops->update": "update_max_gap",
    r"test": "ubsan_test? ubsan_test_unreachable? debug/lockdep/mistakes.c:cross take_second_first "
            "take_twice take_in_interrupt keep_from_interrupt hold_over_flush sleep_with_lock "
            "allocate_with_lock",
    r"mistakes\[i\]\.fn": "hang deadlock wait_with_lock lose_wakeup starve sleep_too_deep sleep_and_read free_at_once "
                         "free_below_reader read_for_ever keep_lock run_twice "
                         "free_root write_stack_end write_page write_object forget_object read_unset "
                         "try_for_ever attempt_in_vain",
    r"handlers\[irq\]": "uart_interrupt dev/virtio_disk.c:interrupt",
    r"of_hart": "lockorder_acquired lockorder_contended",
    r"get": "fs_context_cwd_locked fs_context_root_locked fd_file? exe_file?",
    r"sink->emit": "fill_emit",
    r"act": "send_buffer send_message receive_buffer receive_message ring_link "
           "ring_unlink ipc/keys/*:add update_found clear revoke invalidate tell_serial set_timeout "
           "change_owner set_rights describe read_value nothing",
    r"pt->watch": "watch_queue join_queue proc/signal/async.c:join",
    r"ask": "is_locked not_locked busy_if_locked not_locked_nor_shared any_mapping",
    r"copy": "copy_vma",
    r"start\.fn": "cross_back want_lock arrive line_thread collector flusher fs/ext2/node.c:reaper "
                 "proc/signal/async.c:run net/held.c:run disk/loop.c:worker rcu_reclaim clearer "
                 "overflow_by_call overflow_by_interrupt",
    r"step": "file_to_pipe pipe_to_file splice_pages_to_pipe splice_between_pipes splice_tee? file_to_file",
    r"steps\[i\]": "begin_memory map_program map_stack map_vdso build_stack",
    r"move": "random_in random_out zero_user_partial",
    r"late->fn": "close_late clear_late",
    r"head->free": "proc_free thread_free file_free slots_free free_entry free_node_memory mount_free free_kept_name "
                   "sync/rcu.c:is_over is_freed",
    r"tell": "keys_describe keys_read",
    r"t->fire": "sleep_timer_fire posix_fire real_fire ring take_outer take_leaf",
    r"visit": "uncount reach",
    r"w->fire": "wake_sleeper posix_fire_cpu",
    r"set": "fs/ext2/raw.c:put_all put_free",
    r"w->notify": "vfs/poll.c:notify vfs/epoll/ready.c:call proc/signal/async.c:note",
    r"request": "proc/ptrace/request.c:nothing proc/ptrace/request.c:resume proc/ptrace/request.c:kill_it "
               "proc/ptrace/request.c:interrupt proc/ptrace/request.c:listen proc/ptrace/request.c:peek "
               "proc/ptrace/re*.c:get_* proc/ptrace/re*.c:set_*",
    r"rule": "rule_set rule_set_real_effective rule_set_all rule_set_fs",
    r"show": "show_mount show_mountinfo show_answer show_type",
    r"show_mm": "show_maps? show_environ? show_auxv? show_each show_sum",
    r"write_vma": "procfs_write_vma write_vma_usage",
    r"r->from->kind->ask": "route_ask diag_ask",
    r"d->tell": "net/unix/diag.c:tell_if_asked net/inet/diag.c:tell_if_asked",
    r"tell_it": "net/unix/diag.c:tell net/inet/diag.c:tell_it",
    r"is_wanted": "net/unix/diag.c:is_it net/inet/diag.c:is_it",
    r"tell_of": "route_get_* route_dump_*",
    r"c->visit": "find_best find_one set_each find_nice set_each_nice",
    r"what": "attach_found? bind_locked change_found? clone_found find_found? move_locked move_found "
            "set_found umount_found",
    r"syscall_table\[f->a7\]": "sys_* syscall/*:sys_*",
    r"e->node->ioctl": "procfs_query_map",
    r"ops->show": "tmpfs_show ext2_show",
    r"e->node->show": "procfs_show_* fs/proc/*:show_* syscall/*_texts.c:show_*",
    r"node->store": "procfs_store_* fs/proc/*:store_* syscall/*_texts.c:store_*",
}

RECURSION = {
    "descend": (1, "its stack is to overflow (init/overflow.c)"),
    "spin_wait": (1, "who finds that his wait has no end says so with no lock, and panics"),
    "wake_some": (2, "a file calls an epoll, and that who polls it, who calls nobody (vfs/epoll/ready.c)"),
    "epoll_poll": (6, "five epolls in each other, and a file (vfs/epoll/nest.c)"),
    "count_events": (5, "five epolls in each other"),
    "look_down": (6, "the same, and one that is to be added"),
    "look_up": (6, "the same"),
    "cut_below": (3, "three levels of pointers (fs/ext2/free.c)"),
    "check_below": (7, "keyrings in each other (ipc/keys/ring.c)"),
    "search_in": (7, "the same"),
    "pagecache_fill_page": (2, "a page of a file, and for its pointers one of the disk"),
    "userfaultfd_release": (1, "a file that is mapped is none of these"),
    "find_below": (24, "a balanced tree of at most 65,536 mappings is no higher"),
}

# Functions that are given the sink they call, and where those below them are.
FORMATTERS = {"vprintf_to", "printf_to", "columns_print", "trace_columns"}
FORMAT = {"kernel/lib/printf.c", "kernel/debug/columns.c", "kernel/debug/trace.c"}
HAVE_THEIR_OWN = {"ksnprintf", "kvsnprintf"}
SINK = r"out->sink"

# init/trap_dispatch.c panics before it calls these for a trap of the kernel.
NOT_BY_INTERRUPTS = {"mm_fault_once", "mm_fault_again", "signal_fault", "signal_kernel"}

NODE = re.compile(r'^node: \{ title: "([^"]+)" label: "([^"]+)"( shape)?', re.M)
EDGE = re.compile(r'^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "([^"]+)")?', re.M)
FRAME = re.compile(r"(\d+) bytes \(([^)]*)\)")
INDIRECT = "__indirect_call"
INITIALISER = re.compile(r"\bstruct (\w+) \w+(?:\[\w*\])? = \{(.*?)\};", re.S)
MEMBER = re.compile(r"\.(\w+) = (\w+)\b(?![(.\[]|->)")
CALL = re.compile(r"[\w.\[\]>-]+(?=\()")
COMMENT = re.compile(r"/\*.*?\*/|\"[^\"\n]*\"", re.S)
OFFSET = re.compile(r"#define (\w+) (\d+)")

problems = []


class Graph:
    """Functions by the names that the compiler gives them: those of static ones begin with the file."""

    def __init__(self, build):
        self.frame, self.calls, self.sites = {}, collections.defaultdict(set), []
        self.source = {}
        self.is_lab = build.name == "lab"
        for path in sorted(build.glob("kernel/**/*.ci")):
            if (ROOT / path.relative_to(build)).with_suffix(".c").exists():
                self.read(path.read_text(), str(path.relative_to(build).with_suffix(".c")))
        self.named = collections.defaultdict(list)
        for title in self.frame:
            self.named[title.rpartition(":")[2]].append(title)

    def read(self, text, source):
        for title, label, elsewhere in NODE.findall(text):
            if not elsewhere:
                self.frame[title] = self.bytes_of(title, label)
                self.source[title] = source
        for source, target, place in EDGE.findall(text):
            if target == INDIRECT:
                self.sites.append((source, place))
            else:
                self.calls[source].add(target)

    @staticmethod
    def bytes_of(title, label):
        found = FRAME.search(label)
        if found is None or "dynamic" in found[2] and "bounded" not in found[2]:
            problems.append(f"{title}: a frame without a bound")
            return 0
        return int(found[1])

    def find(self, name, near=""):
        """The function @name, as the source @near means it; or "folder/file.c:name"."""
        path, _, word = name.rpartition(":")
        local = f"kernel/{path}:{word}" if path else f"{near}:{word}"
        if local in self.frame:
            return [local]
        return [name] if name in self.frame else self.named.get(word, []) if not path else []


# ---- calls through pointers ----

def operations(graph):
    """(structure, member): what the sources set it to."""
    found = collections.defaultdict(set)
    for path in KERNEL.rglob("*.c"):
        near = str(path.relative_to(ROOT))
        for structure, body in INITIALISER.findall(path.read_text()):
            for member, name in MEMBER.findall(body):
                found[structure, member].update(graph.find(name, near))
    return found


def texts(place):
    """What is called from a place on: an argument may contain the call, or a macro."""
    path, line, column = place.split(":")
    lines = (ROOT / path).read_text().split("\n")[int(line) - 1:int(line) + 1]
    return CALL.findall("\n".join(lines)[int(column) - 1:])


def listed(graph, names, source):
    """The functions @names; a star is any text, and "name?" need not be in the lab's build."""
    for name in names.split():
        if "*" in name:
            yield from fnmatch.filter(graph.frame, f"kernel/{name}" if "/" in name else name)
            continue
        found = graph.find(name.rstrip("?"), source.rpartition(":")[0])
        if not found and not name.endswith("?") and graph.is_lab:
            problems.append(f"there is no {name}")
        yield from found


def targets(graph, known, source, place):
    """Where the call at @place may lead; None: no table knows."""
    for text in texts(place):
        for pattern, names in CALLBACKS.items():
            if re.fullmatch(pattern, text):
                used.add(pattern)
                return set(listed(graph, names, source))
        for pattern, structure in OPERATIONS.items():
            if re.fullmatch(pattern, text):
                used.add(pattern)
                return known[structure, re.split(r"->|\.", text)[-1]]
    return None


def resolve(graph):
    known = operations(graph)
    for source, place in graph.sites:
        found = targets(graph, known, source, place)
        if found is None:
            problems.append(f"{place}: where does this call lead?")
        graph.calls[source] |= found or set()


def reachable(graph, heads, allowed):
    found, left = set(), list(heads)
    while left:
        node = left.pop()
        if node not in found and allowed(node):
            found.add(node)
            left += graph.calls.get(node, ())
    return found


def separate(graph):
    """Who formats gives the sink along, one of his own file: for each sink the functions between are
    taken as functions of their own, or printk() would be thought to write into a text of /proc."""
    sinks = set(listed(graph, CALLBACKS[SINK], ""))
    between = reachable(graph, FORMATTERS & graph.frame.keys(),
                        lambda node: graph.source.get(node) in FORMAT and
                        node not in sinks | HAVE_THEIR_OWN)
    between = {node for node in between if sinks & reachable(graph, [node], (between | sinks).__contains__)}
    callers = {node for node, calls in graph.calls.items() if calls & between} - between
    for sink in sinks:
        mine = {node: f"{node}~{sink.rpartition('/')[2]}" for node in between}
        for node, own in mine.items():
            calls = graph.calls[node]
            graph.frame[own] = graph.frame[node]
            graph.calls[own] = {mine.get(callee, callee) for callee in calls - sinks}
            graph.calls[own] |= {sink} & calls
        for caller in callers:
            if graph.source[caller] == graph.source[sink]:
                graph.calls[caller] = {mine.get(callee, callee) for callee in graph.calls[caller]}
    for caller in sorted(callers):
        if graph.calls[caller] & between:
            problems.append(f"{caller}: which sink does it format for?")
    for node in between:
        del graph.frame[node]


# ---- depth ----

def circles(graph, roots):
    """Strongly connected components (Tarjan), callees first, without Python's own recursion."""
    index, low, on, stack, out = {}, {}, set(), [], []
    for root in roots:
        work = [(root, None)]
        while work:
            node, rest = work.pop()
            if rest is None:
                if node in index:
                    continue
                index[node] = low[node] = len(index)
                stack.append(node)
                on.add(node)
                rest = iter(sorted(graph.calls.get(node, ())))
            for callee in rest:
                if callee not in index:
                    work += [(node, rest), (callee, None)]
                    break
                if callee in on:
                    low[node] = min(low[node], index[callee])
            else:
                if low[node] == index[node]:
                    cut = stack.index(node)
                    out.append(stack[cut:])
                    on -= set(stack[cut:])
                    del stack[cut:]
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
    return out


def weight(graph, circle):
    """What the functions of a circle take together, as often as they may call themselves."""
    one = sum(graph.frame.get(node, 0) for node in circle)
    if len(circle) == 1 and circle[0] not in graph.calls.get(circle[0], ()):
        return one
    for name, (times, _) in RECURSION.items():
        if any(node.rpartition(":")[2].partition(".")[0] == name for node in circle):
            used.add(name)
            return one * times
    problems.append("unnamed recursion: " + " ".join(sorted(circle)))
    return one


def deepest(graph, roots, without=()):
    """How deep calls from @roots go; the chain, as (bytes, function)."""
    kept = Graph.__new__(Graph)
    kept.frame = graph.frame
    kept.calls = {node: {callee for callee in calls if callee.rpartition(":")[2] not in without}
                  for node, calls in graph.calls.items()}
    depth, after = {}, {}
    for circle in circles(kept, sorted(roots)):
        below = {callee for node in circle for callee in kept.calls.get(node, ())} - set(circle)
        best = max(below, key=lambda callee: depth[callee], default=None)
        own = weight(kept, circle)
        for node in circle:
            depth[node] = own + (depth[best] if best else 0)
            after[node] = (own, circle, best)
    top = max(roots, key=lambda root: depth[root])
    total, chain = depth[top], []
    while top:
        own, circle, top = after[top]
        chain.append((own, " ".join(sorted(circle))))
    return total, chain, set(depth)


# ---- what nobody would miss ----

def unreached(graph, reached):
    """A function that no chain comes by, and whose address is taken, is the end of a pointer that
    no table knows.  (Of others the calls are inlined.)"""
    text = "\n".join(COMMENT.sub("", path.read_text()) for path in KERNEL.rglob("*.c"))
    named = set(re.findall(r"\b[a-z]\w+\b(?!\s*\()", text))
    for title in sorted(graph.frame.keys() - reached):
        if "~" not in title and title.rpartition(":")[2] in named:
            problems.append(f"{title}: who calls it?")


def unknown(graph, reached):
    for title in sorted(reached - graph.frame.keys() - ASSEMBLY):
        problems.append(f"{title}: how much stack does it take?")


def stale():
    for line in {*OPERATIONS, *CALLBACKS, *RECURSION} - used:
        problems.append(f"not needed any more: {line}")


def main(build, show):
    graph = Graph(build)
    if not graph.frame:
        sys.exit(f"check_stack: no *.ci below {build}; make kernel")
    offsets = {name: int(value) for name, value in
               OFFSET.findall((build / "include/asm_offsets.h").read_text())}
    resolve(graph)
    separate(graph)
    roots = set(listed(graph, ENTRIES, ""))
    parts = {"a thread": deepest(graph, roots, PANICS),
             "an interrupt": deepest(graph, set(graph.find(INTERRUPT)), PANICS | NOT_BY_INTERRUPTS),
             "a panic": deepest(graph, PANICS, PANICS)}
    reached = set().union(*(functions for _, _, functions in parts.values()))
    unreached(graph, reached)
    unknown(graph, reached)
    if graph.is_lab:
        stale()
    registers = 2 * offsets["FRAME_BYTES"]
    total = registers + sum(depth for depth, _, _ in parts.values())
    size = offsets["KSTACK_BYTES"]
    for name, (depth, chain, _) in parts.items() if show or total > size else ():
        print(f"{name}:", *(f"{own:6}  {functions}" for own, functions in chain), sep="\n")
    print(f"{build.name}: {total} of the {size} bytes of a kernel stack: {registers} of registers, " +
          ", ".join(f"{depth} of {name}" for name, (depth, _, _) in parts.items()))
    for title, own in graph.frame.items():
        if own + offsets["FRAME_BYTES"] >= size:
            problems.append(f"{title}: its frame may step over a guard")
    if total > size:
        problems.append(f"a kernel stack may overflow: {build.name}")
    print(*problems, sep="\n", end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    used = set()
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), "--show" in sys.argv))
