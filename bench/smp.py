#!/usr/bin/env python3
"""Print what bench/smp measured, beside what it should be.

    smp.py [--write FILE.md]

A row is an operation that each hart does in a place of its own. "us" is what
one operation takes a hart, "times" how much that is of what it takes alone:
both depend on the host, which has fewer processors than the guest has harts.
Switches, IPIs to reschedule and IPIs for shootdowns are per operation. The
last column has the classes of locks that were not free more than once in a
hundred times.

What should not be is marked "!": such a lock, and a switch or an IPI to
reschedule that the same operation does not need where it is alone. The exit
status is 1 then. Nothing is judged by time.

--write   puts the table between the markers in FILE.md, too
"""
import argparse
import pathlib
import re
import sys

RESULT = pathlib.Path(__file__).resolve().parents[1] / "build/bench/smp.tsv"
BEGIN, END = "<!-- smp table -->", "<!-- end of smp table -->"
NOT_FREE = 0.01     # of the acquisitions of a class
NOISE = 0.05        # events of the rest of the machine, per operation
RARE = 0.05         # acquisitions per operation: a class that hardly counts
HEAD = ("operation, each in a place of its own", "harts", "us", "times", "switches",
        "reschedules", "shootdowns", "locks not free")


class Line:
    def __init__(self, fields):
        self.row, harts, ops, ns, *events = fields[:7]
        self.harts, self.ops, self.us = int(harts), int(ops), float(ns) / 1000
        self.switches, self.reschedules, self.shootdowns = (int(e) / self.ops for e in events)
        locks = [re.fullmatch(r"(\w+)=(\d+),(\d+)", field).groups() for field in fields[7:]]
        self.locks = {name: int(busy) / int(taken) for name, taken, busy in locks
                      if int(taken) > RARE * self.ops}

    def waited_for(self):
        """The classes that were not free, worst first."""
        found = [(share, name) for name, share in self.locks.items() if share > NOT_FREE]
        return sorted(found, reverse=True)


def lines_of(path):
    return [Line(text.split("\t")) for text in path.read_text().splitlines()
            if text[:1] not in "#=" and text.count("\t") >= 6]


def cells_of(line, alone):
    """What is shown of a line; a cell that ends in "!" should not be so."""
    def event(value, limit):
        return f"{value:.2f}" + " !" * (value > limit + NOISE)
    locks = ", ".join(f"{name} {share:.1%}" for share, name in line.waited_for())
    return (line.row, str(line.harts), f"{line.us:,.0f}", f"{line.us / alone.us:.1f}",
            event(line.switches, alone.switches), event(line.reschedules, alone.reschedules),
            f"{line.shootdowns:.2f}", locks + " !" * bool(locks))


def markdown(rows):
    widths = [max(map(len, column)) for column in zip(HEAD, *rows)]
    left = (0, len(HEAD) - 1)
    def text(cells):
        return "| " + " | ".join(c.ljust(w) if i in left else c.rjust(w)
                                 for i, (c, w) in enumerate(zip(cells, widths))) + " |"
    rule = "|" + "|".join("-" * (w + 2) if i in left else "-" * (w + 1) + ":"
                          for i, w in enumerate(widths)) + "|"
    return "\n".join([text(HEAD), rule, *map(text, rows)])


def write_into(path, text):
    old = path.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.S)
    if not pattern.search(old):
        sys.exit(f"{path}: no line {BEGIN} ... {END}")
    path.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", old))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE.md")
    args = parser.parse_args()

    lines = lines_of(RESULT)
    alone = {line.row: line for line in lines if line.harts == 1}
    rows = [cells_of(line, alone[line.row]) for line in lines]
    text = markdown(rows)
    print(text)
    if args.write:
        write_into(args.write, text)
    above = sum(any(cell.endswith("!") for cell in row) for row in rows)
    if above:
        print(f"\n{above} lines have what they should not", file=sys.stderr)
    return above != 0


if __name__ == "__main__":
    sys.exit(main())
