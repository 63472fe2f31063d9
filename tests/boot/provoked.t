#!/usr/bin/env python3
"""
Claim   Each check of the lab build can fail: the mistake that it is for, made
        on purpose (kernel/debug/provoke.h), is a panic that says what it is.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

MISTAKES = {
    "hang": r"hart \d+ has taken no interrupt for 10 seconds",
    "deadlock": r"deadlock: hart \d waits for WAITQ \S+ held by hart \d, which waits for WAITQ",
    "lost-wakeup": r"lost wake-up: thread \d+ \(sh\) sleeps in lose_wakeup although READ_ONCE\(arrived\)",
    "keep-lock": r"a lock is held on the way to user mode",
    "two-harts": r"thread \d+ \(sh\) runs on harts \d and \d",
    "dead-root": r"satp holds page \S+, which is no page table any more",
    "stack-low": r"assertion failed: kstack_is_own",
    "write-page": r"page \S+ was written after it was freed \(at \+0x10: ",
    "write-object": r"object \S+ of cache kmalloc-128 was written after it was freed",
    "retry": r"200000 turns of a loop that tries again, without progress",
}

for name, says in MISTAKES.items():
    status, output = guest.run(guest.Machine(
        smp=4, cmd=f"sh -c 'echo {name} >/proc/drover/provoke'"))
    tap.ok(status == 99 and re.search("PANIC on hart .*" + says, output), name,
           f"{output}\nstatus {status}")

tap.end()
