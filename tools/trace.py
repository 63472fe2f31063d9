#!/usr/bin/env python3
"""Boot drover, run a stress test, and show what every hart did meanwhile.

The guest's memory is a file, so the trace is read after the guest has ended,
however it ended.  Written are, below build/trace:

    trace.json      Chrome's trace event format: open it in ui.perfetto.dev
    trace.html      a page of its own: open it in any browser
    lanes.svg       the last moments as a picture, for paper

With --ram a memory file is read that is there already.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

import arguments
import claims
import guest
import lanes
import races
import traceread

RING_KIB = 4096                 # for each hart: TRACE_MAX_KIB
PAGE_ITEMS = 15000              # the page shows the last slices, the last moments
RAM_OPTIONS = "memory-backend-file,id=ram,size={mem},mem-path={path},share=on"
LANE_ROWS = 40
STORY_KEYS = 30                 # events of the story that the page opens with


# ---- the run ----

def boot(args, path):
    points = arguments.points_for(args.bug, args.points)
    found = arguments.bugs_that_show(args.bug, args.profile)
    tests = args.test or (arguments.tests_of(found) or "cow_threads").split()[0]
    machine = guest.Machine(
        smp=args.smp, mem=args.mem, kernel=args.kernel, initrd=args.initrd,
        board=guest.Machine.board + ",memory-backend=ram",
        append=" ".join(word for word in (
            f"trace={RING_KIB} seed={args.seed}",
            points and f"points={points}", args.append) if word),
        cmd=f"/bin/run-tests stress -1 -d {args.duration} -s {args.seed} {tests}",
        extra=("-object", RAM_OPTIONS.format(mem=args.mem, path=guest.in_option(path))))
    command = machine.limited(args.duration * 2 + guest.PATIENCE)
    command.insert(1, "--foreground")
    sys.stdout.flush()
    status = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    if status in guest.TIMED_OUT:
        print("trace: the guest did not end; this is what it did last")


# ---- Chrome's format ----

COLORS = {"idle": "grey", "syscall": "good", "fault": "bad", "lock": "terrible",
          "shoot": "yellow", "wait": "olive"}


def who(story, tid):
    name = story.names.get(tid)
    return f"{name} {tid}" if name and tid else name or f"thread {tid}"


def chrome_slice(story, s):
    times = f" x{s.times}" if s.times > 1 else ""
    event = {"ph": "X", "pid": 1, "tid": s.hart, "ts": round(s.start, 3),
             "dur": round(s.end - s.start, 3), "cat": s.kind,
             "name": (who(story, s.tid) if s.depth == 0 else s.text) + times,
             "args": {"thread": who(story, s.tid), "what": s.more}}
    if s.kind in COLORS:
        event["cname"] = COLORS[s.kind]
    return event


def chrome_moment(story, m):
    return {"ph": "i", "s": "t", "pid": 1, "tid": m.hart, "ts": round(m.us, 3), "cat": m.kind,
            "name": m.text, "args": {"thread": who(story, m.tid), "what": m.more}}


def chrome_arrow(number, arrow):
    common = {"pid": 1, "cat": arrow.kind, "name": arrow.kind, "id": number}
    yield {**common, "ph": "s", "tid": arrow.hart, "ts": round(arrow.us, 3)}
    yield {**common, "ph": "f", "bp": "e", "tid": arrow.to_hart, "ts": round(arrow.to_us, 3)}


def chrome(story):
    events = [{"ph": "M", "pid": 1, "name": "process_name", "args": {"name": "drover"}}]
    for hart in range(story.trace.harts):
        events.append({"ph": "M", "pid": 1, "tid": hart, "name": "thread_name",
                       "args": {"name": f"hart {hart}"}})
        events.append({"ph": "M", "pid": 1, "tid": hart, "name": "thread_sort_index",
                       "args": {"sort_index": hart}})
    events += [chrome_slice(story, s) for s in story.slices]
    events += [chrome_moment(story, m) for m in story.moments]
    for number, arrow in enumerate(story.arrows):
        events += chrome_arrow(number, arrow)
    return {"traceEvents": events, "displayTimeUnit": "ns",
            "otherData": {"end": story.trace.why}}


# ---- the page ----

def lost_until(trace):
    """Of each hart: when its history begins, if older events were overwritten."""
    first = {}
    for e in trace.events:
        first.setdefault(e.hart, e.us)
    return [first.get(hart) if trace.lost.get(hart) else None for hart in range(trace.harts)]


def links(args):
    """Where race points and races are told, as seen from the page; of one that
    stands alone nothing."""
    if args.alone:
        return {"points": {}, "races": []}

    def seen(path):
        return os.path.relpath(path, args.out)

    return {"points": {name: [place, seen(traceread.TOP / place.rpartition(":")[0]), what]
                       for name, (place, what) in traceread.places_of_points().items()},
            "races": [[race.name, seen(race.patch.parent / "README.md")]
                      for race in races.find_all(args.bug) if not race.is_own]}


def page_data(story, title, args):
    """What trace.html draws.  Times are microseconds before the end."""
    end = story.mark.us if story.mark else story.end
    ends = sorted(s.end for s in story.slices)
    moments = [m.us for m in story.moments]
    first = max(times[-args.items:][0] for times in (ends, moments) if times) if ends else 0
    keys = [e.us for e in story.trace.events
            if traceread.SHOWS[e.name] == "KEY" and e.us <= end]

    def at(us):
        return round(us - end, 1)

    return {
        "title": title, "why": story.trace.why, "harts": story.trace.harts,
        "lost": [us if us is None else at(us) for us in lost_until(story.trace)],
        "overwritten": sum(story.trace.lost.values()), "cut": ends and first > min(s.start for s in story.slices),
        **links(args),
        "endHart": story.mark.hart if story.mark else None,
        "names": story.names, "from": at(first), "to": at(story.end),
        "open": at(keys[-STORY_KEYS:][0]) if keys else at(first),
        "slices": [[s.hart, at(s.start), at(s.end), s.depth, s.kind, s.text, s.tid, s.more,
                    s.times] for s in story.slices if s.end >= first],
        "moments": [[m.hart, at(m.us), m.kind, m.text, m.tid, m.more, m.key]
                    for m in story.moments if m.us >= first or m.kind == "crime"],
        "arrows": [[a.kind, a.hart, at(a.us), a.to_hart, at(a.to_us)]
                   for a in story.arrows if a.us >= first],
    }


def page(story, title, args):
    template = (pathlib.Path(__file__).parent / "trace.html").read_text()
    data = json.dumps(page_data(story, title, args), separators=(",", ":")).replace("</", "<\\/")
    return template.replace("/* DATA */ null", data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--mem", default="512M")
    parser.add_argument("--kernel", default="")
    parser.add_argument("--profile", default="lab")
    parser.add_argument("--initrd", default=guest.Machine.initrd)
    parser.add_argument("--duration", help="seconds; 1, or with a bug 20: it ends when that shows")
    parser.add_argument("--seed", default="1")
    for name in ("append", "test", "bug", "points"):
        parser.add_argument("--" + name, default="")
    parser.add_argument("--ram", help="read this memory file, boot nothing")
    parser.add_argument("--items", type=int, default=PAGE_ITEMS, help="on the page")
    parser.add_argument("--rows", type=int, default=LANE_ROWS, help="of the picture")
    parser.add_argument("--alone", action="store_true", help="no links to the sources")
    parser.add_argument("--keep", action="store_true", help="keep the memory file")
    parser.add_argument("--out", type=pathlib.Path, default=guest.BUILD / "trace")
    args = parser.parse_args()

    args.duration = arguments.number("DURATION", args.duration or ("20" if args.bug else "1"), 1, 3600)
    args.seed = arguments.seed(args.seed)
    args.kernel = args.kernel or guest.kernel(args.profile, args.bug)
    args.out = claims.folder(args.out)
    ram = pathlib.Path(args.ram) if args.ram else args.out / "ram"
    try:
        if not args.ram:
            boot(args, ram)
        trace = traceread.read(args.kernel, ram)
    finally:
        if not args.ram and not args.keep:
            ram.unlink(missing_ok=True)
    story = traceread.Story(trace)
    title = " ".join(word for word in ("drover", args.test, args.bug and f"bug={args.bug}",
                                       f"SMP={args.smp}", f"seed={args.seed}") if word)
    (args.out / "trace.json").write_text(json.dumps(chrome(story)))
    (args.out / "trace.html").write_text(page(story, title, args))
    (args.out / "lanes.svg").write_text(lanes.draw(story, args.rows))
    print(f"trace: {len(trace.events)} events of {trace.harts} harts,",
          f"{sum(trace.lost.values())} older ones overwritten; ended by: {trace.why or 'nothing'}")
    print(f"trace: {args.out}/trace.html (any browser), {args.out}/trace.json (ui.perfetto.dev)")


if __name__ == "__main__":
    main()
