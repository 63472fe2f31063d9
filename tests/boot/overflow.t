#!/usr/bin/env python3
"""
Claim   A kernel stack that overflows ends with a report that says so and whose
        it was, by a call and by an interrupt that finds no room, in the lab's
        build and in the release; and nothing below the stack was written.
Method  overflow=KIND on the command line (kernel/init/overflow.h).  Without the
        two lines of trap.S that look at the stack pointer the trap's own
        registers are stored in the guard again, for ever, and no report comes.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

SAYS = re.compile(r"PANIC on hart (\d): kernel stack overflow: thread \d+ \(overflower\), sp 0x(\w+), "
                  r"its stack is 0x(\w+) to 0x(\w+)\n")

for profile in ("lab", "release"):
    for kind in ("call", "interrupt"):
        status, output = guest.run(guest.Machine(
            smp=4, kernel=guest.kernel(profile), append=f"overflow={kind}", cmd="/bin/sleep 1000"))
        said = SAYS.search(output)
        name = f"{profile}, by {kind}"
        tap.ok(status == 99 and said, name, f"{output}\nstatus {status}")
        if not said:
            continue
        hart, sp, stack, top = (int(number, 16) for number in said.groups())
        room = 0 if kind == "call" else 512
        tap.ok(stack - 512 < sp <= stack + room and top - stack == 16384, f"{name}: sp is where the stack ends",
               said[0])
        tap.ok(re.search(rf"\bhart {hart} .*, thread overflower[^\n]*\n(?:.*\n)+?.*from\??\s+\w+ descend", output),
               f"{name}: the calls that led there", output)
        tap.ok(set(re.findall(r"^\W*[\d. ]*\]?\s*hart (\d+) \(", output, re.M)) == set("0123") and
               "panic inside a panic" not in output, f"{name}: each hart reports", output)

tap.end()
