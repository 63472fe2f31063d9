#!/usr/bin/env python3
"""
Claim   counters -- COMMAND ends as the command does and says what it cost:
        the time, and what the kernel counted, in numbers that belong together.
Method  A shell that forks once runs two programs: three execs of our own
        making, as many copies as the forks need.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

status, output = guest.run(guest.Machine(
    smp=2, cmd="counters -- sh -c '/bin/true; exec /bin/false'"))
bill = output.partition("what sh cost\n")[2]
rows = dict(re.findall(r"^  (\S[\w -]*\S)  +(.*)$", bill, re.M))


def items(row):
    """{words: number} of "7 in all, 3 for a copy"."""
    return {words: int(number) for number, words in re.findall(r"(\d+) ([^,]+)", rows.get(row, ""))}


tap.ok(status == 1, "the status is the command's", output)
tap.ok(rows.get("time", "").endswith(" ms"), "how long it took", output)
calls = items("system calls")
tap.ok(calls.get("made a process or thread") == 2 and calls.get("started a program") == 3,
       "two forks, three programs", f"{calls}")
faults = items("page faults")
tap.ok(faults.get("for a copy", 0) > 0 and
       faults.get("in all", 0) >= sum(faults.values()) - faults["in all"],
       "faults, with copies, are no more than all faults", f"{faults}")
pages = items("pages")
tap.ok(pages.get("taken", 0) >= pages.get("zeroed", 0) and pages.get("copied", 0) > 0,
       "pages were taken and copied", f"{pages}")
locks = items("locks")
tap.ok(locks.get("taken", 0) > locks.get("waited for", 0), "locks were taken", f"{locks}")
tap.ok(re.search(r"^fence_cow +\d", bill, re.M), "each counter follows", output)

tap.end()
