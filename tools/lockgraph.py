#!/usr/bin/env python3
"""The orders in which the kernel takes its locks: the table in docs/locking.md,
and what a run has seen.

    lockgraph.py draw               boots, runs the ABI tests (or --cmd), and
                                    writes build/lockgraph/: lockgraph.svg, with
                                    the calls behind each edge, and .dot
    lockgraph.py compare FILE...    of the outputs of several run-tests, all
                                    together: what each of them has seen stands
                                    in the table, and what must be seen was

In an output it is the lines "# lock order FROM TO".  In the table

    | NAMES | FD_TABLE, MAP_SEM | SLAB: when ... |

the second column must be seen in each run of the ABI tests; the third may be,
and says when.  "any that sleeps" stands for all such locks.
"""
import argparse
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import guest

DOCUMENT = guest.ROOT / "docs/locking.md"
RANKS = guest.ROOT / "kernel/sync/ranks.h"
RANK = re.compile(r"^\tX\((\w+),\s*(true|false),\s*(true|false),", re.M)
ROW = re.compile(r"^\| ([A-Z_]+|any that sleeps) \| ([^|]*) \| ([^|]*) \|$", re.M)
NAME = re.compile(r"\b[A-Z]+(?:_[A-Z]+)*\b")
SEEN = re.compile(r"^# lock order (\w+) (\w+)\r?$", re.M)
FLUSH = "FLUSH"         # a shootdown that is waited for
OUT = guest.BUILD / "lockgraph"


def ranks():
    """name: (sleeps, taken with interrupts off), outermost first."""
    return {name: (sleeps == "true", irq == "true")
            for name, sleeps, irq in RANK.findall(RANKS.read_text())}


def documented():
    """The orders that must be seen, and those that may be."""
    table = ranks()
    known = {*table, FLUSH}
    must, may = set(), set()
    for name, always, sometimes in ROW.findall(DOCUMENT.read_text()):
        froms = [name] if name in known else [n for n, (sleeps, _) in table.items() if sleeps]
        for column, found in (always, must), (sometimes, may):
            found |= {(a, b) for a in froms for b in NAME.findall(column) if b in known}
    return must, may


def seen(text):
    return set(SEEN.findall(text))


def unknown(orders):
    """Of orders that were seen: what the table does not have, as lines."""
    must, may = documented()
    return [f"lock order {a} {b}: seen, and not in docs/locking.md"
            for a, b in sorted(orders - must - may)]


def compare(texts):
    orders = set().union(*map(seen, texts))
    missing = sorted(documented()[0] - orders)
    return unknown(orders) + [f"lock order {a} {b}: in docs/locking.md, and never seen"
                              for a, b in missing]


# ---- the drawing ----

def node(name, sleeps, irq):
    shape = "box" if sleeps else "ellipse"
    look = ', style=filled, fillcolor="#ffd8d8"' if irq else ""
    return f'  {name} [shape={shape}{look}];'


def edge(a, b, calls, must):
    tip = calls.replace("\\", "").replace('"', "'").replace(" < ", "&#10;").replace(" then ",
                                                                                   "&#10;then ")
    style = "" if (a, b) in must else ", style=dashed"
    return f'  {a} -> {b} [tooltip="{a}, then {b}, first by {tip}"{style}];'


def dot(listing):
    """Graphviz's text for a listing of /proc/drover/lockgraph."""
    must, _ = documented()
    orders = re.findall(r"^order (\w+) (\w+) (.*?)\r?$", listing, re.M)
    lines = ["digraph locks {", '  label="held -> then taken; boxes sleep, red ones are taken '
             'by interrupts, dashed edges are not seen in every run";', "  node [fontname=Sans];"]
    lines += [node(name, *how) for name, how in ranks().items()]
    lines += [f"  {FLUSH} [shape=octagon];"]
    lines += [edge(a, b, calls, must) for a, b, calls in orders]
    return "\n".join([*lines, "}", ""])


def draw(args):
    command = "sh -c " + shlex.quote(f"{args.cmd}; cat /proc/drover/lockgraph")
    machine = guest.Machine(smp=args.smp, initrd=args.initrd, cmd=command)
    status, output = guest.run(machine)
    if status or not re.search(r"^order ", output, re.M):
        sys.exit(output[-2000:] + "\nlockgraph: the guest has not said what it has seen")
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "lockgraph.dot").write_text(dot(output))
    if not shutil.which("dot"):
        sys.exit(f"lockgraph: no dot(1) here; the graph is {OUT / 'lockgraph.dot'}")
    svg = OUT / "lockgraph.svg"
    subprocess.run(["dot", "-Tsvg", "-o", svg, OUT / "lockgraph.dot"], check=True)
    print(f"lockgraph: {svg.relative_to(guest.ROOT)}: point at an edge to see who made it first")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("draw", "compare"))
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--initrd", default=guest.Machine.initrd)
    parser.add_argument("--cmd", default="/bin/run-tests abi")
    args = parser.parse_args()
    if args.what == "draw":
        draw(args)
        return
    problems = compare([file.read_text(errors="replace") for file in args.files])
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
