#!/usr/bin/env python3
"""
Claim   /bin/locks ends as the command does, and shows of each class of locks
        what /proc/drover/locks counts: numbers that belong together.
Method  Two shells fight for a file; the shell then reads the counts itself.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

SCRIPT = ("for n in 1 2 3 4; do echo $n >>/tmp/f & done; wait; "
          "cat /proc/drover/locks; exec /bin/false")
status, output = guest.run(guest.Machine(smp=2, cmd=f"locks -a sh -c '{SCRIPT}'"))
ROW = re.compile(r"^lock (\w+) (\d) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", re.M)
BINS = re.compile(r"^(waits|holds) (\w+) (\d)((?: \d+){24})$", re.M)

rows = {(name, hart): [int(n) for n in numbers] for name, hart, *numbers in ROW.findall(output)}
bins = {(name, hart, what): sum(map(int, numbers.split()))
        for what, name, hart, numbers in BINS.findall(output)}


def is_sound(key):
    """The counts were read one after the other, while others went on: bins last."""
    acquired, waits, waited, longest_wait, holds, held, longest_hold = rows[key]
    return (acquired > 0 and waited >= longest_wait >= 0 and held >= longest_hold >= 0
            and bins.get((*key, "waits"), 0) >= waits and bins.get((*key, "holds"), 0) >= holds)


tap.ok(status == 1, "the status is the command's", output)
tap.ok({("RUNQ", "0"), ("RUNQ", "1")} <= rows.keys(), "both harts have taken locks", output)
unsound = [key for key in rows if not is_sound(key)]
tap.ok(not unsound, "counts, times and histograms belong together", f"{unsound}\n{output}")
shown = dict(re.findall(r"^(\w+) +all +(\d+) ", output, re.M))
taken = sum(numbers[0] for (name, _), numbers in rows.items() if name == "MAP_SEM")
tap.ok(int(shown.get("MAP_SEM", 0)) >= taken > 0, "the table has the sums", f"{shown}")
tap.end()
