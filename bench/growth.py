#!/usr/bin/env python3
"""Measure how costs grow, and print the table beside what they may grow with.

    growth.py [--write FILE.md] [PATTERN]

Boots the release kernel with one hart under -icount shift=0 and runs
bench/growth.c there: instructions per operation at three sizes of what the
operation is among.  bench/growth.tsv says what each row may grow with, and how
many instructions it may take; a row that grows faster or takes more is marked
"!", and the exit status is then 1.

PATTERN   only rows whose names contain it
--write   puts the table between the markers in FILE.md too
"""
import argparse
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import guest
import table

BEGIN, END = "<!-- growth -->", "<!-- end of growth -->"
MAY_GROW = {
    "nothing": lambda times: 1.25,
    "log n": lambda times: 1 + math.log2(times) / 10,
    "n": lambda times: times,
}


def lines_of(text):
    for line in text.splitlines():
        if line[:1] not in "#=" and "\t" in line:
            yield line.rstrip("\r").split("\t")


def bars():
    """{row: (what it may grow with, instructions at most or None)}"""
    return {name: (grows, None if most == "-" else int(most))
            for name, grows, most in lines_of((HERE / "growth.tsv").read_text())}


def measure(pattern):
    """{row: [(size, instructions)]}, and what the console said."""
    machine = guest.Machine(smp=1, mem="1G", kernel=guest.kernel("release"),
                            cmd="/bench/growth" + (f" '{pattern}'" if pattern else ""))
    machine.extra += ("-icount", "shift=0,sleep=off")
    _, output = guest.run(machine)
    rows = {}
    for name, size, cost in lines_of(output.partition("==== bench begin")[2]):
        rows.setdefault(name, []).append((int(size), int(cost)))
    return rows, output


def complaint(points, grows, most):
    """What is wrong with a row, or nothing."""
    if len(points) != 3:
        return "was not measured at three sizes"
    (first, before), _, (last, after) = points
    if after > before * MAY_GROW[grows](last / first):
        return f"grows from {before:,} to {after:,}, and may with {grows}"
    if most is not None and after > most:
        return f"takes {after:,}, and may take {most:,}"
    return ""


def table_line(name, points, grows, most, wrong):
    sizes = ", ".join(f"{size:,}" for size, _ in points)
    costs = [f"{cost:,}" for _, cost in points] + [""] * (3 - len(points))
    costs[-1] += " !" if wrong else ""
    return [name, sizes, *costs, grows, f"{most:,}" if most else ""]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE.md")
    parser.add_argument("pattern", nargs="?", default="")
    args = parser.parse_args()

    wanted = {name: bar for name, bar in bars().items() if args.pattern in name}
    rows, output = measure(args.pattern)
    if not rows:
        sys.exit(f"nothing was measured:\n{output}")
    lines, complaints = [], [f"{name}: is not in bench/growth.tsv" for name in rows.keys() - wanted]
    for name, (grows, most) in wanted.items():
        wrong = complaint(rows.get(name, []), grows, most)
        lines.append(table_line(name, rows.get(name, []), grows, most, wrong))
        complaints += [f"{name}: {wrong}"] if wrong else []
    text = table.markdown(("per operation", "n", "smallest", "middle", "largest",
                           "may grow with", "at most"), lines)
    print(text)
    if args.write:
        table.write_into(args.write, text, BEGIN, END)
    for line in complaints:
        print(f"! {line}", file=sys.stderr)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
