#!/usr/bin/env python3
"""
Claim   Each detector of PROFILE=checked reports the mistakes that it is for,
        with the place, the values and the calls that led there, and is silent
        about code that is right.
Method  The kernel makes the mistakes on purpose (kernel/debug/detector.h) and
        panics when one goes unseen.  What it says of each is looked at here.
        Without a test a report is a panic.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

UBSAN = {
    "shift by too much": r"1 is shifted by 32, and 'unsigned int' has 32 bits",
    "shift by less than nothing": r"1 is shifted by -1, and 'unsigned int' has 32 bits",
    "sum": r"2147483647 \+ 4 does not fit in 'int'",
    "difference": r"-2147483648 - 4 does not fit in 'int'",
    "product": r"4 \* 9223372036854775807 does not fit in 'long int'",
    "negation": r"-\(-2147483648\) does not fit in 'int'",
    "division by zero": r"4 / 0 does not fit in 'int'",
    "quotient": r"-2147483648 / -1 does not fit in 'int'",
    "index behind an array": r"index 4 is outside 'int \[4\]'",
    "index before an array": r"index -1 is outside 'int \[4\]'",
    "member of nothing": r"access to a member of 'struct pair' by a null pointer",
    "misaligned load": r"load of 'volatile int' at 0x\w+, which is not aligned to 4",
    "pointer that wraps": r"the pointer 0xffffffffffffff00 wraps around to 0x7ffffeff",
    "neither true nor false": r"219 is no value of '_Bool'",
}
OBJECT = r"0x\w+ is byte %d of an object of kmalloc-128 at 0x\w+\n.*it was taken by thread \d+:\n.*%s"
FREED = r".*it was freed by thread \d+:\n.*%s"
VARIABLE = r"0x\w+ is byte 20 of variable \(kernel/debug/kasan_test\.c\), which has 20"
KASAN = {
    "behind an object": r"1 bytes written at .* is beside an object\n.*" + OBJECT % (100, "behind_object"),
    "before an object": r"1 bytes read at .* is beside an object\n",
    "an object that was freed": r"1 bytes read at .* is an object that was freed\n.*"
                                + OBJECT % (50, "freed_object") + FREED % "freed_object",
    "freed twice": r"0x\w+ is freed, and nobody's\n.*" + OBJECT % (0, "freed_twice") + FREED % "freed_twice",
    "freed inside": r"0x\w+ is freed, and nobody's\n.*" + OBJECT % (16, "freed_inside"),
    "behind pages": r"1 bytes read at .* is behind a block of pages\n",
    "a page that was freed": r"1 bytes read at .* is a free page\n",
    "behind a variable of a function": r"1 bytes read at .* is beside a variable of a function\n",
    "behind a variable of a file": r"1 bytes written at .* is beside a variable of a file\n.*" + VARIABLE,
    "copied too far": r"25 bytes written at .* is beside a variable of a file\n.*" + VARIABLE,
}

UBSAN_SAYS = r"undefined behaviour: kernel/debug/ubsan_test\.c:\d+:\d+: "


def provoke(name):
    machine = guest.Machine(kernel=guest.kernel("checked"), smp=2, append="-- " + guest.kernel_words(
        f"sh -c 'echo {name} >/proc/drover/provoke'"))
    return guest.run(machine)


def reports(output, detector):
    """What was said before each fault of a detector's test was done with."""
    pieces = re.split(rf"{detector}: ([^\n]*): as it should be\n", output)
    return dict(zip(pieces[1::2], pieces[0::2]))


said = guest.build("kernel", "checked")
tap.ok(not said, "the kernel is built", said)

def tested(detector, begins, faults, mark):
    status, output = provoke(detector)
    tap.ok(status == 0, f"{detector}: every fault is reported once", output)
    found = reports(output, detector)
    for name, says in faults.items():
        tap.ok(re.search(f"{begins}{says}.*  from [0-9a-f]+ provoke", found.get(name, ""), re.S),
               f"{detector}: {name}", found.get(name, output))
    tap.ok(mark not in found.get("what is allowed", mark), f"{detector}: what is allowed is let be", output)


tested("ubsan", UBSAN_SAYS, UBSAN, "undefined")
tested("kasan", "memory: ", KASAN, "memory")

status, output = provoke("unreachable")
tap.ok(status == 99 and re.search(rf"PANIC on hart \d: {UBSAN_SAYS}this place is said never to be reached",
                                  output), "a report ends the run", output)

tap.end()
