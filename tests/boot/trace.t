#!/usr/bin/env python3
"""
Claim   A failing test and a panic print what each hart did before, one column
        a hart, and the losing interleaving is in it.  make stress tells
        a cause once, the window in words, and where to read on.  The trace of
        a whole run is read from the guest's memory and drawn, with every
        hart, and with arrows from what one hart did to what it brought about
        on another.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

ROW = re.compile(r"^(?:# )? *-?\d+\.\d( +)(.*)$")
HEAD = re.compile(r"^(?:# )? *us  hart ")


def cells(output):
    """The rows of the columns as (hart, text), and the last line's text."""
    harts, rows = None, []
    for line in output.splitlines():
        line = line.removeprefix("# ")
        if HEAD.match(line):
            harts = [(found.start(), int(found[1])) for found in re.finditer(r"hart (\d+)", line)]
            rows = []
        elif harts and (found := ROW.match(line)):
            at = [hart for start, hart in harts if start <= found.start(2)]
            rows.append((at[-1], found[2]))
    return rows


def harts_at(rows, point):
    """Of each key: the harts that were at @point with it."""
    found = {}
    for hart, text in rows:
        if at := re.match(rf"\d+ {point} (\S+)", text):
            found.setdefault(at[1], set()).add(hart)
    return found


said = guest.build("variant/cow_double_copy")
tap.ok(not said, "a kernel with a bug is built", said)
done = subprocess.run([guest.ROOT / "tools/stress.py", "--bug", "cow_double_copy"],
                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
output = guest.lines_of(done.stdout)
rows = cells(output)
copied, installed = harts_at(rows, "cow_copied"), harts_at(rows, "cow_installed")
tap.ok(any(a != b for key in copied for a in copied[key] for b in installed.get(key, ())),
       "a copy made on one hart, installed on another", output)
tap.ok(rows and re.match(r"hart \d: .*lost its write|hart \d: PANIC", rows[-1][1]),
       "the columns end with what was seen", output)

tap.ok(re.search(r"window of cow_double_copy: threads held at cow_copied until cow_installed: "
                 r"\d+, and it came: \d+$", output, re.M), "the window is told in words", output)
told = re.findall(r"^# .*lost its write.*", output, re.M)[:-1]
tap.ok(len(set(told)) == len(told) and "errno" not in output, "a cause is told once", output)
tap.ok(re.search(r"races/cow_double_copy/README\.md\n.*make trace BUG=cow_double_copy$",
                 output, re.M), "and at the end: where to read on, how to look at it", output)

status, output = guest.run(guest.Machine(append="trace=64 init=/bin/no-such-program"))
rows = cells(output)
tap.ok(status == 99 and rows and "PANIC cannot run" in rows[-1][1],
       "a panic prints them too", output)

status, output = guest.run(guest.Machine(append="trace=9999"))
tap.ok(status == 99 and "PANIC on hart 0: trace=9999" in output, "a ring has its limits", output)

with tempfile.TemporaryDirectory() as folder:
    done = subprocess.run([guest.ROOT / "tools/trace.py", "--bug", "cow_double_copy",
                           "--out", folder], capture_output=True, text=True)
    text = done.stdout + done.stderr
    tap.ok(done.returncode == 0, "make trace's program ends well", text)
    events = json.loads(pathlib.Path(folder, "trace.json").read_text())["traceEvents"]
    page = pathlib.Path(folder, "trace.html").read_text()
    left = sorted(path.name for path in pathlib.Path(folder).iterdir())
tap.ok(left == ["lanes.svg", "trace.html", "trace.json"], "the memory file is gone", f"{left}")

named = {e["args"]["name"] for e in events if e["name"] == "thread_name"}
tap.ok(named == {f"hart {h}" for h in range(4)}, "every hart has a track", f"{named}")
kinds = {e["cat"] for e in events if e["ph"] == "X"}
tap.ok({"run", "idle", "syscall", "fault", "shoot", "wait"} <= kinds,
       "threads run, call, fault, shoot down, are held back", f"{kinds}")
tap.ok(all(e["dur"] >= 0 for e in events if e["ph"] == "X"), "nothing ends before it begins")
begun = {e["id"]: e for e in events if e["ph"] == "s"}
ended = {e["id"]: e for e in events if e["ph"] == "f"}
tap.ok(begun.keys() == ended.keys() and {"ipi", "ack", "wake"} <= {e["cat"] for e in begun.values()},
       "interrupts, acknowledgements and wakes are arrows", f"{len(begun)} {len(ended)}")
tap.ok(all(begun[n]["ts"] <= ended[n]["ts"] for n in begun), "and point forward")
tap.ok(any(e["cat"] == "ack" and e["tid"] != ended[n]["tid"] for n, e in begun.items()),
       "an acknowledgement goes to another hart")
marks = [e for e in events if e.get("cat") == "mark"]
tap.ok(len(marks) == 1 and re.search("lost its write|PANIC", marks[0]["name"]),
       "the failure is marked", f"{marks}")
calls = [e["args"]["what"] for e in events if e["ph"] == "X" and e["name"] == "mmap"]
tap.ok(any(re.match(r"arguments (0x[0-9a-f]+, ){5}0x[0-9a-f]+; result", what) for what in calls),
       "a system call has all its arguments", f"{calls}")
data = json.loads(page.partition("const data = ")[2].partition(";\n")[0])
places = [place for place, _, _ in data["points"].values()]
tap.ok(len(places) > 20 and all(re.fullmatch(r"kernel/\S+:\d+", place) for place in places) and
       data["races"][0][0] == "cow_double_copy" and data["races"][0][1].endswith("README.md"),
       "race points and the race have a place to read on", f"{places[:3]} {data['races']}")
# On a busy host the failure may be long in coming, and the first events are gone.
tap.ok(len(data["lost"]) == 4 and (data["overwritten"] > 0) == (data["lost"] != [None] * 4),
       "no history was lost, or the page says where", f"{data['lost']} {data['overwritten']}")
tap.ok("/* DATA */ null" not in page and not re.search(r"(src|href)=|https?://|@import", page),
       "the page needs nothing else")

said = guest.build("variant/dirtycow")
with tempfile.TemporaryDirectory() as folder:
    done = subprocess.run([guest.ROOT / "tools/trace.py", "--bug", "dirtycow", "--out", folder],
                          capture_output=True, text=True)
    text = said + done.stdout + done.stderr
    events = json.loads(pathlib.Path(folder, "trace.json").read_text())["traceEvents"]
crimes = [e for e in events if e.get("cat") == "crime"]
noticed = max((e["ts"] for e in events if e.get("cat") == "mark"), default=0)
# Others may go on with it until they have heard.
tap.ok(min((e["ts"] for e in crimes), default=noticed) < noticed and
       all("page cache" in e["args"]["what"] for e in crimes),
       "the crime is marked, before it was noticed", f"{text}\n{crimes} {noticed}")

tap.end()
