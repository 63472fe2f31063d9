#!/usr/bin/env python3
"""
Claim   From the events of a trace the crimes are found that only the end
        shows, and no others: a wake that came too early for a thread that
        then slept until the end, and who freed and took again the page that
        the last line names.  What a ring has lost is known.
Method  Traces made up of a few events.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import tap
import trace
import traceread

BLOCKED = traceread.BLOCKED[0]
MMAP = 222


def story(why, *events, lost=0):
    """Of events (name, hart, tid, a, b), a microsecond apart."""
    listed = [traceread.Event(us, *event) for us, event in enumerate(events)]
    return traceread.Story(traceread.Trace(listed, 2, why, {0: lost, 1: 0}))


def crimes(told):
    return [(m.text, m.us) for m in told.moments if m.kind == "crime"]


SLEEPS = ("switch", 0, 7, 0, BLOCKED)
RUNS = ("switch", 0, 0, 7, 0)
WAKE, EARLY = ("wake", 1, 8, 7, 0), ("wake_drop", 1, 8, 7, 0)
END = ("mark", 1, 8, 0, 0)

for early in (WAKE, EARLY):
    found = crimes(story("7 sleeps", RUNS, early, SLEEPS, END))
    tap.ok(found == [("a wake for 7 is dropped", 1)], f"{early[0]}: before the sleep, and nobody after it",
           f"{found}")
for name, events in (("a wake that was heard", (RUNS, SLEEPS, WAKE, RUNS, END)),
                     ("a sleep that somebody ended", (RUNS, EARLY, SLEEPS, WAKE, END)),
                     ("a wake before an earlier run", (EARLY, RUNS, SLEEPS, END))):
    found = crimes(story("7 sleeps", *events))
    tap.ok(not found, f"{name} is none", f"{found}")
found = crimes(story("", RUNS, EARLY, SLEEPS, END))
tap.ok(not found, "nor is anything in a run that ended well", f"{found}")

PAGE = 0x9ff9a000
FREED, TAKEN = ("frame_free", 0, 7, PAGE, 5), ("frame_take", 1, 8, PAGE, 6)
found = crimes(story(f"PANIC page {PAGE:#x} was written", TAKEN, FREED, TAKEN, END))
tap.ok(found == [("frees the page", 1), ("takes the page again", 2)], "the page's last free and its reuse",
       f"{found}")
found = crimes(story("PANIC page 0x1000 was written", FREED, TAKEN, END))
tap.ok(not found, "those of another page are none", f"{found}")

told = story("", ("syscall", 0, 7, MMAP, 1), ("syscall_args", 0, 7, 2, 3), ("syscall_args", 0, 7, 4, 5),
             ("syscall_args", 0, 7, 6, 0), ("syscall_end", 0, 7, 0, MMAP))
call = next(s for s in told.slices if s.kind == "syscall")
tap.ok(call.more == "arguments 0x1, 0x2, 0x3, 0x4, 0x5, 0x6; result 0", "a call has its arguments",
       call.more)

told = story("", RUNS, SLEEPS, END, lost=9)
tap.ok(trace.lost_until(told.trace) == [0, None], "where a hart's history begins",
       f"{trace.lost_until(told.trace)}")

tap.end()
