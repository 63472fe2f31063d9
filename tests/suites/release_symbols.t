#!/usr/bin/env python3
"""
Claim   The release kernel has nothing of what the lab kernel watches and
        provokes itself with: no code, no data and no names of races, of race
        points, of the trace, of the shadow TLB, of the graph of locks.
Method  No source of kernel/debug but those of the console, its log and backtraces
        leaves a symbol in the release build; no name of theirs is a symbol or
        a text in the linked kernel.  The lab kernel, looked at in the same
        way, has them all.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import races
import tap

IN_BOTH = {"printk.c", "log.c", "ksyms.c", "backtrace.c"}
NAMES = re.compile(r"(trace|race|shadow|columns|lockwatch|lockdep|lock_graph)_|"
                   r"step_(waits|hits)$|point_names$|kernel_variant$|nr_races$")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def symbols(path):
    listing = subprocess.run(["nm", "--defined-only", path], capture_output=True, text=True)
    names = (line.split()[-1] for line in listing.stdout.splitlines())
    return {name.split(".")[0] for name in names if name[0] not in ".$"}    # not the assembler's


def names(path, pattern):
    return set(re.findall(pattern, COMMENT.sub("", (TOP / "kernel" / path).read_text()), re.M))


def kernel(profile):
    return TOP / "build" / profile / "kernel.elf"


def left_by(profile):
    """The symbols of kernel/debug's objects, by source."""
    folder = TOP / "kernel/debug"
    sources = [str(path.relative_to(folder)) for path in folder.rglob("*.c")
               if path.name not in IN_BOTH]
    objects = TOP / "build" / profile / "kernel/debug"
    return {name: symbols(objects / name.replace(".c", ".o")) for name in sources}


def of_lab(sources):
    """Those that the lab has; the rest is of other profiles alone, or of both builds."""
    return {name: left for name, left in sources.items()
            if re.search(r"^#if LAB$", (TOP / "kernel/debug" / name).read_text(), re.M)}


def loaded(profile):
    """The kernel as it lies in memory, without what is there for debuggers."""
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["riscv64-linux-gnu-objcopy", "-O", "binary", kernel(profile), file.name],
                       check=True)
        return pathlib.Path(file.name).read_bytes()


def contained(data, wanted):
    return {name for name in wanted if re.search(rb"(?<!\w)" + name.encode() + rb"(?!\w)", data)}


lab, release = left_by("lab"), left_by("release")
tap.ok(of_lab(lab) and all(of_lab(lab).values()), "each source of the lab is in its kernel",
       f"{[name for name, left in of_lab(lab).items() if not left]}")
tap.ok(not any(release.values()), "and leaves nothing in the release build",
       "\n".join(f"{name}: {sorted(left)}" for name, left in release.items() if left))

ours = {s for s in symbols(kernel("lab")) if NAMES.match(s)}
tap.ok({"kernel_variant", "race_names", "race_reach", "trace_event", "trace_header"} <= ours,
       "the lab kernel has their symbols", f"{sorted(ours)}")
left = {s for s in symbols(kernel("release")) if NAMES.match(s)}
tap.ok(not left, "the release kernel has none", f"{sorted(left)}")

# A race point may be called as a function is, whose name backtraces need.
wanted = {race.name for race in races.read()} | names("debug/points.def", r"^POINT\((\w+),")
wanted -= symbols(kernel("release"))
missing = wanted - contained(loaded("lab"), wanted)
tap.ok(wanted and not missing, "the lab kernel knows the names of races and points",
       f"{sorted(missing)}")
left = contained(loaded("release"), wanted)
tap.ok(not left, "the release kernel knows none", f"{sorted(left)}")

tap.end()
