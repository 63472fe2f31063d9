#!/usr/bin/env python3
"""
Claim   PROFILE=watched reports each kind of data race, with both accesses, the
        calls that led to each, and the value; it is silent about marked
        accesses, locks, neighbours and races that are meant; and a run in
        which one was found fails.
        With weak=on a release that is missing is a race, too, and one that is
        there is none.
Method  The kernel races on purpose (kernel/debug/datarace/test.c) and panics
        when a race goes unseen or right code is reported.  What it says of
        each is looked at here.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

RACES = {
    "two plain writes": ("plain write", "plain (?:read|write)"),
    "a plain read, a plain write": ("plain read", "plain (?:read|write)"),
    "a plain read, a marked write": ("plain read", "marked write"),
    "a plain write, a marked read": ("plain write", "marked read"),
    "a plain read, an atomic addition": ("plain read", "marked write"),
    "a plain read, a write of half of it": ("plain read of 8", "plain write of 4"),
    "a block that is set, a word of it": ("plain read of 8", "plain write of (?:8|128)"),
    "a block that is set, a copy of it": ("plain read", "plain write"),
    "a write under the lock, one without": ("plain write", "plain (?:read|write)"),
}
RIGHT = ["two plain reads", "marked accesses", "marked and atomic ones", "two writes under the lock",
         "neighbours in a word", "a race that is meant"]
FAILED = 98


WEAK = {"words, and a flag without a release": ("plain write", "plain read")}
WEAK_RIGHT = ["words, and a flag with one", "words, a fence and a flag"]


def run(command, words=""):
    return guest.run(guest.Machine(kernel=guest.kernel("watched"), smp=4,
                                   append=f"{words} -- " + guest.kernel_words(command)))


def tells(said, kinds):
    """Both accesses, in either order, each with its calls; and the value."""
    calls = r" .* by hart (\d), thread \d+\n(?:.*  from .*\n)+"
    for a, b in (kinds, kinds[::-1]):
        found = re.search(rf"data race:\n.*  {a}{calls}.*and meanwhile {b}{calls}.*the value ", said)
        if found and found[1] != found[2]:
            return True
    return False


said = guest.build("kernel", "watched")
tap.ok(not said, "the kernel is built", said)

for words, races, right in (("", RACES, RIGHT), ("weak=on", WEAK, WEAK_RIGHT)):
    status, output = run("sh -c 'echo datarace >/proc/drover/provoke; cat /proc/drover/dataraces'", words)
    tap.ok(status == FAILED, f"all is as it should be, and a run with a data race fails {words}",
           f"{output}\nstatus {status}")
    pieces = re.split(r"datarace: ([^\n]*): as it should be\n", output)
    found = dict(zip(pieces[1::2], pieces[0::2]))
    for name, kinds in races.items():
        tap.ok(tells(found.get(name, ""), kinds), f"{name}: both accesses, calls and the value",
               found.get(name, output))
    for name in right:
        tap.ok("data race" not in found.get(name, "data race"), f"{name}: nothing is said",
               found.get(name, output))
tap.ok(re.search(r"^\d+ \w+\+0x\w+ \w+\+0x\w+$", output, re.M), "the pairs are listed", output)

for words in ("", "weak=on"):
    status, output = run("true", words)
    tap.ok(status == 0 and "data race" not in output, f"one without passes {words}", output)

tap.end()
